/* landing_test.c - large messages between two 82599s, model and all. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/driver.h"
#include "kernel/lib/prng.h"
#include "net/msg.h"
#include "net/node/port_nic.h"
#include "tests/emu/machine.h"
#include "tests/emu/nic82599_hosted.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two nodes: transport, port, driver and the strict model of each, and a cable
 * that loses, doubles and keeps frames. What the device may not touch ends the
 * test; bytes around the message are watched.
 */

enum {
	PORT = 7771, QUEUE = 3, GUARD = 64, KEPT_MAX = 64,
	BYTES = 16 << 20,
	DELAY_NS = 100000,
};

extern const struct nic_driver ixgbe_driver;

static struct side {
	struct hosted_nic *hw;
	struct nic *nic;
	struct netif netif;
	struct port_nic port;
	struct msg_ep *ep;
	void *arena;
} side[2];

static struct cable {
	struct prng rng;
	u32 loss, twice, late;         /* in a million; frames that land */
	u8 *kept[KEPT_MAX];            /* frames that landed, to come again */
	u32 kept_len[KEPT_MAX], count;
	u8 held[NIC82599_FRAME_MAX];   /* one that is overtaken */
	u32 held_len;
} cable;

static u8 *out, *in;
static struct msg_req sent, pulled;
static u64 offered;

static bool
lands(const u8 *frame, u32 len)
{
	return len > 64 && frame[36] == (PORT + NETIF_PORTS) >> 8 &&
	    frame[37] == ((PORT + NETIF_PORTS) & 0xff);
}

static bool
chance(u32 ppm)
{
	return ppm && prng_below(&cable.rng, 1000000) < ppm;
}

static void
cross(struct hosted_nic *h, const u8 *frame, u32 len)
{
	if (!lands(frame, len)) {
		hosted_cross(h, frame, len);
		return;
	}
	if (cable.count < KEPT_MAX) {
		cable.kept[cable.count] = malloc(len);
		memcpy(cable.kept[cable.count], frame, len);
		cable.kept_len[cable.count++] = len;
	}
	if (chance(cable.loss))
		return;
	if (!cable.held_len && chance(cable.late)) {
		memcpy(cable.held, frame, len);
		cable.held_len = len;
		return;
	}
	hosted_cross(h, frame, len);
	if (chance(cable.twice))
		hosted_cross(h, frame, len);
	if (cable.held_len && chance(500000)) {
		hosted_cross(h, cable.held, cable.held_len);
		cable.held_len = 0;
	}
}

static void
deliver(void *ctx, const struct msg_in *m)
{
	(void)ctx;
	CHECK(m->offer != 0);
	offered = m->offer;
}

static u64
stat(const struct side *s, const char *name)
{
	struct msg_stat st[64];
	u32 n = msg_stats(s->ep, st, ARRAY_LEN(st));

	for (u32 i = 0; i < n; i++)
		if (strcmp(st[i].name, name) == 0)
			return st[i].value;
	test_fail(__FILE__, __LINE__, "no counter %s", name);
}

static void
start_side(u32 i, u64 seed)
{
	struct side *s = &side[i];
	struct nic82599_config cfg = { .strict = true, .seed = seed + i,
		.mac = { 2, 0, 0, 0, 0, (u8)(i + 1) }, .delay_ns = DELAY_NS };
	struct msg_config msg = { .peers_max = 2, .key = 7, .epoch = i + 1,
		.deliver = deliver };

	s->hw = hosted_nic(&cfg);
	s->hw->wire_tx = cross;
	CHECK_EQ(ixgbe_driver.probe(&s->hw->pci, &s->nic), 0);
	hosted_wait(2 * DELAY_NS);
	CHECK_EQ(netif_open(&s->netif, s->nic), 0);
	s->netif.ip4 = 0x0a4d0001 + i;
	s->netif.mask = 0xffffff00;
	CHECK_EQ(port_nic_open(&s->port, &s->netif, PORT, NULL, NULL), 0);
	port_nic_land(&s->port, QUEUE);
	CHECK_EQ(s->port.port.land_port, PORT + NETIF_PORTS);
	msg.port = &s->port.port;
	msg.self = (struct port_addr){ s->netif.ip4, PORT, 0 };
	msg.arena_bytes = msg_arena_bytes(2, 2);
	msg.arena = s->arena = malloc(msg.arena_bytes);
	CHECK_EQ(msg_open(&s->ep, &msg), 0);
}

static void
start(u64 seed, u64 len)
{
	memset(&cable, 0, sizeof(cable));
	prng_seed(&cable.rng, seed);
	memset(side, 0, sizeof(side));
	hosted_start();
	for (u32 i = 0; i < 2; i++)
		start_side(i, seed);
	side[0].hw->peer = side[1].hw;
	side[1].hw->peer = side[0].hw;
	for (u32 i = 0; i < 2; i++)
		for (u32 k = 0; k < 2; k++) {
			struct port_addr at = { 0x0a4d0001 + k, PORT, 0 };

			CHECK_EQ(msg_peer_set(side[i].ep, k, &at, k), 0);
		}
	out = malloc(len);
	in = malloc(len + 2 * GUARD);
	memset(in, 0x77, len + 2 * GUARD);
	for (u64 i = 0; i < len; i++)
		out[i] = (u8)(prng_next(&cable.rng) >> 24);
	memset(&sent, 0, sizeof(sent));
	memset(&pulled, 0, sizeof(pulled));
	offered = 0;
}

static void
end(void)
{
	for (u32 i = 0; i < 2; i++) {
		msg_close(side[i].ep);
		free(side[i].arena);
	}
	for (u32 i = 0; i < cable.count; i++)
		free(cable.kept[i]);
	free(out);
	free(in);
}

static void
turn(void)
{
	msg_poll(side[0].ep);
	hosted_wait(10000);
	msg_poll(side[1].ep);
	hosted_wait(10000);
}

static bool
guards_hold(u64 len)
{
	for (u32 i = 0; i < GUARD; i++)
		if (in[i] != 0x77 || in[GUARD + len + i] != 0x77)
			return false;
	return true;
}

/* From side 0 to side 1; how much was put in place, in a thousand. */
static u64
transfer(u64 len)
{
	u64 rounds = 0, landed;

	CHECK_EQ(msg_send(side[0].ep, 1, "h", 1, out, len, MSG_OFFER, &sent),
	    0);
	while (!offered && rounds++ < 100000)
		turn();
	CHECK_EQ(msg_pull(side[1].ep, 0, offered, in + GUARD, len, &pulled), 0);
	while (!(sent.done && pulled.done) && rounds++ < 1000000)
		turn();
	CHECK(sent.done && pulled.done);
	CHECK_EQ(pulled.err, 0);
	CHECK_EQ(pulled.moved, len);
	CHECK(memcmp(in + GUARD, out, len) == 0);
	CHECK(guards_hold(len));
	landed = stat(&side[1], "rx_bytes_landed");
	return landed * 1000 / len;
}

TEST(landing__16_mib_without_a_copy)
{
	start(1, BYTES);
	CHECK(transfer(BYTES) > 990);
	CHECK(stat(&side[1], "rx_copied_bytes") * 100 < BYTES);
	CHECK(stat(&side[1], "rx_touched_bytes") * 100 < BYTES);
	CHECK(stat(&side[0], "tx_copied_bytes") * 100 < BYTES);
	CHECK_EQ(stat(&side[1], "pulls_again"), 0);
	end();
}

/* The message is over: nobody's frame reaches its memory any more. */
TEST(landing__late_frames_change_nothing)
{
	u64 len = 40 * PORT_LAND_BYTES + 100, before;

	start(2, len);
	transfer(len);
	CHECK(cable.count > 30);
	before = nic82599_counts(side[1].hw->model)->rx_dropped;
	for (u32 i = 0; i < cable.count; i++) {
		cable.kept[i][100] ^= 0xff;
		nic82599_wire_rx(side[1].hw->model, cable.kept[i],
		    cable.kept_len[i]);
		turn();
	}
	CHECK(memcmp(in + GUARD, out, len) == 0);
	CHECK(guards_hold(len));
	CHECK(nic82599_counts(side[1].hw->model)->rx_dropped +
	    nic82599_counts(side[1].hw->model)->rx_no_queue >= before + 30);
	end();
}

/* SIM_SEED: the first seed; SIM_SEEDS: how many. */
TEST(landing__lost_doubled_and_overtaken)
{
	const char *first = getenv("SIM_SEED"), *many = getenv("SIM_SEEDS");
	u64 seed = first ? strtoull(first, NULL, 0) : 1;
	u64 to = seed + (many ? strtoull(many, NULL, 0) : 20);

	for (; seed < to; seed++) {
		u64 len = 70 * 1024, share;

		start(seed, 2 * BYTES);
		len += prng_below(&cable.rng, BYTES / 16);
		cable.loss = (u32)prng_below(&cable.rng, 50000);
		cable.twice = (u32)prng_below(&cable.rng, 20000);
		cable.late = (u32)prng_below(&cable.rng, 20000);
		printf("# seed %llu\n", (unsigned long long)seed);
		share = transfer(len);
		CHECK(share <= 1000);
		end();
	}
}

TEST(landing__one_in_a_hundred_lost)
{
	u64 share;

	start(4, BYTES);
	cable.loss = 10000;
	share = transfer(BYTES);
	printf("# %llu of 1000 bytes landed in place, %llu copied\n",
	    (unsigned long long)share, (unsigned long long)
	    (stat(&side[1], "rx_copied_bytes") * 1000 / BYTES));
	CHECK(share > 200);
	end();
}

/* -- ranks with queues of their own ------------------------------------------ */

enum { RANKS = 8, ROUNDS = 20 };

static struct rank_end {
	struct netif own;
	struct port_nic port;
	u32 got;
} rank[2][RANKS];

static void
start_rank(u32 i, u32 r)
{
	struct rank_end *e = &rank[i][r];
	u16 port = (u16)(PORT + 1 + r), queue = (u16)(1 + 2 * r);

	memset(e, 0, sizeof(*e));
	CHECK_EQ(netif_open_own(&e->own, &side[i].netif, queue, port), 0);
	CHECK_EQ(port_nic_open(&e->port, &e->own, port, NULL, NULL), 0);
	port_nic_land(&e->port, queue + 1);
}

static void
hear(struct rank_end *e, u32 r)
{
	struct port_rx rx[8];
	int n = e->port.port.poll(&e->port.port, rx, ARRAY_LEN(rx));

	for (int k = 0; k < n; k++) {
		CHECK_EQ(rx[k].data[0], r);
		CHECK_EQ(rx[k].from.udp_port, PORT + 1 + r);
		e->got++;
		e->port.port.release(&e->port.port, rx[k].cookie);
	}
}

TEST(own_queues__each_rank_receives_its_own_traffic_only)
{
	u32 sent_by[RANKS] = { 0 }, others = 0;

	start(5, 64);
	for (u32 r = 0; r < 2 * RANKS; r++)
		start_rank(r % 2, r / 2);
	for (u32 n = 0; n < ROUNDS * RANKS; n++) {
		u32 r = n % RANKS;
		u8 text[100] = { (u8)r };
		struct iov seg = { text, sizeof(text) };
		struct port_addr to = { 0x0a4d0002, (u16)(PORT + 1 + r), 0 };
		struct port *p = &rank[0][r].port.port;
		u32 pending = 0;

		while (p->tx(p, &to, &seg, 1, &pending) != 0) {
			hosted_wait(30000000);
			netif_poll(&side[1].netif);
			hear(&rank[0][r], r);
		}
		for (u32 k = 0; pending && k < 1000; k++)
			hear(&rank[0][r], r);
		CHECK_EQ(pending, 0);
		sent_by[r]++;
		hear(&rank[1][r], r);
	}
	for (u32 r = 0; r < RANKS; r++) {
		hear(&rank[1][r], r);
		CHECK_EQ(rank[1][r].got, sent_by[r]);
		CHECK_EQ(rank[1][r].own.stats.rx_frames, sent_by[r]);
		CHECK_EQ(rank[1][r].own.stats.rx_udp, sent_by[r]);
		others += (u32)rank[1][r].own.stats.drop_port;
	}
	CHECK_EQ(others, 0);
	CHECK_EQ(side[1].netif.stats.rx_udp, 0);
	CHECK(side[1].netif.stats.rx_arp > 0);
	end();
}
