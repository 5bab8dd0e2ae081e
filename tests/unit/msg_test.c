/* msg_test.c - the transport's promises, one by one. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "net/host/port_udp.h"
#include "net/msg.h"
#include "net/wire.h"
#include "tests/sim/fabric.h"
#include "tests/sim/traffic.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 77, MS = 1000 * 1000 };

struct end {
	struct fabric_port port;
	struct msg_ep *ep;
	void *arena;
	u32 messages, bytes, offers;
	u32 last_peer;
	u64 last_offer;
	u8 last[MSG_EAGER_MAX];
	u32 last_len;
};

static struct fabric fabric;

static void
deliver(void *ctx, const struct msg_in *in)
{
	struct end *e = ctx;

	e->messages++;
	e->last_peer = in->peer;
	e->last_len = 0;
	if (in->offer) {
		e->offers++;
		e->last_offer = in->offer;
	}
	for (u32 i = 0; i < in->segs; i++) {
		memcpy(e->last + e->last_len, in->seg[i].ptr, in->seg[i].len);
		e->last_len += (u32)in->seg[i].len;
	}
	e->bytes += e->last_len;
}

static void
end_open(struct end *e, u32 epoch, u32 peers)
{
	struct msg_config cfg = { .port = &e->port.port, .self = e->port.addr,
		.key = KEY, .epoch = epoch, .peers_max = peers,
		.deliver = deliver, .ctx = e };

	cfg.arena_bytes = msg_arena_bytes(peers, MIN(peers, 64u));
	cfg.arena = e->arena = malloc(cfg.arena_bytes);
	CHECK_EQ(msg_open(&e->ep, &cfg), 0);
}

/* Ends 0 .. n-1, each knows all; peer i is end i on node i. */
static struct end *
ends_open(u32 n, u32 rx_bufs)
{
	struct end *e = calloc(n, sizeof(*e));

	fabric_init(&fabric, 1);
	for (u32 i = 0; i < n; i++)
		fabric_join(&fabric, &e[i].port, 1472, rx_bufs);
	for (u32 i = 0; i < n; i++) {
		end_open(&e[i], 100 + i, n);
		for (u32 k = 0; k < n; k++)
			CHECK_EQ(msg_peer_set(e[i].ep, k, &e[k].port.addr, k),
			    0);
	}
	return e;
}

static void
ends_close(struct end *e, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		msg_close(e[i].ep);
		fabric_run(&fabric, fabric.now + MS);
		msg_progress(e[i].ep);
	}
	fabric_fini(&fabric);
	for (u32 i = 0; i < n; i++)
		free(e[i].arena);
	free(e);
}

static void
run(struct end *e, u32 n, u32 ms)
{
	u64 until = fabric.now + (u64)ms * MS;

	while (fabric.now < until) {
		fabric_run(&fabric, fabric.now + 20 * 1000);
		for (u32 i = 0; i < n; i++)
			if (e[i].ep)
				msg_poll(e[i].ep);
	}
}

static u64
stat_of(const struct msg_ep *ep, const char *name)
{
	struct msg_stat st[64];
	u32 n = msg_stats(ep, st, 64);

	for (u32 i = 0; i < n; i++)
		if (strcmp(st[i].name, name) == 0)
			return st[i].value;
	test_fail(__FILE__, __LINE__, "no counter %s", name);
}

TEST(msg__message_to_oneself_eager_and_offered)
{
	struct end *e = ends_open(2, 64);
	char data[40000], got[40000];
	struct msg_req s, r;

	memset(data, 'x', sizeof(data));
	CHECK_EQ(msg_send(e->ep, 0, "h", 1, "hello", 5, 0, NULL), 0);
	CHECK_EQ(msg_send(e->ep, 0, "h", 1, data, 40000, 0, &s), 0);
	run(e, 1, 1);
	CHECK_EQ(e->messages, 2);
	CHECK_EQ(s.done, 0);
	CHECK_EQ(msg_pull(e->ep, 0, e->last_offer, got, 40000, &r), 0);
	CHECK(r.done && s.done && memcmp(got, data, 40000) == 0);
	run(e, 1, 1);
	CHECK(msg_is_drained(e->ep));
	ends_close(e, 2);
}

TEST(msg__silent_peer_is_busy_and_backoff_ends_at_one_second)
{
	struct end *e = ends_open(2, 64);
	u64 before, after;

	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, "data", 4, 0, NULL), 0);
	run(e, 1, 20000);
	before = stat_of(e[0].ep, "tx_again");
	run(e, 1, 20000);
	after = stat_of(e[0].ep, "tx_again");
	CHECK(after - before >= 19 && after - before <= 21);
	run(e, 2, 1100);
	CHECK_EQ(e[1].messages, 1);
	CHECK(msg_is_drained(e[0].ep));
	ends_close(e, 2);
}

/* The owner computes; somebody else's msg_progress gets the frame across. */
/* A peer that acknowledges is there, also when an offer waits for ever. */
TEST(msg__who_answers_is_heard_and_a_silent_peer_is_not)
{
	struct end *e = ends_open(2, 64);
	static char data[40000];
	struct msg_req s;

	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, data, sizeof(data), 0, &s), 0);
	run(e, 1, 2000);
	CHECK_EQ(msg_heard(e[0].ep), 0);
	run(e, 2, 2000);
	CHECK(!msg_is_drained(e[0].ep));
	CHECK(msg_heard(e[0].ep) > 0);
	ends_close(e, 2);
}

TEST(msg__progress_alone_resends_a_lost_eager_frame)
{
	struct end *e = ends_open(2, 64);

	fabric.faults.loss = FABRIC_MILLION;
	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, "data", 4, 0, NULL), 0);
	fabric_run(&fabric, fabric.now + MS);
	fabric.faults.loss = 0;
	for (u32 i = 0; i < 2; i++) {
		fabric_run(&fabric, fabric.now + (u64)1000 * MS);
		msg_progress(e[0].ep);
		fabric_run(&fabric, fabric.now + MS);
		msg_poll(e[1].ep);
	}
	CHECK_EQ(e[1].messages, 1);
	ends_close(e, 2);
}

TEST(msg__progress_never_delivers)
{
	struct end *e = ends_open(2, 64);

	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, "data", 4, 0, NULL), 0);
	for (u32 i = 0; i < 100; i++) {
		fabric_run(&fabric, fabric.now + MS);
		msg_progress(e[0].ep);
		msg_progress(e[1].ep);
	}
	CHECK_EQ(e[1].messages, 0);
	CHECK(msg_ready(e[1].ep));
	CHECK(msg_is_drained(e[0].ep));
	msg_poll(e[1].ep);
	CHECK_EQ(e[1].messages, 1);
	CHECK(!msg_ready(e[1].ep));
	ends_close(e, 2);
}

TEST(msg__dead_node_ends_everything_at_once)
{
	struct end *e = ends_open(2, 64);
	char data[50000] = { 0 };
	struct msg_req theirs, offer, pull, queued[200];

	CHECK_EQ(msg_send(e[1].ep, 0, "h", 1, data, 50000, 0, &theirs), 0);
	run(e, 2, 5);
	CHECK_EQ(e[0].offers, 1);
	fabric.faults.loss = FABRIC_MILLION;
	CHECK_EQ(msg_pull(e[0].ep, 1, e[0].last_offer, data, 50000, &pull), 0);
	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, data, 50000, 0, &offer), 0);
	for (u32 i = 0; i < 200; i++)
		CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, data, 9000, 0,
		    &queued[i]), 0);
	run(e, 1, 5);
	CHECK(!pull.done && !offer.done && !queued[199].done);
	msg_node_dead(e[0].ep, 1);
	fabric_run(&fabric, fabric.now + MS);
	msg_poll(e[0].ep);
	CHECK(pull.done && pull.err == ERR_DEAD);
	CHECK(offer.done && offer.err == ERR_DEAD);
	CHECK(queued[199].done && queued[199].err == ERR_DEAD);
	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, "x", 1, 0, NULL), ERR_DEAD);
	CHECK(msg_is_drained(e[0].ep));
	ends_close(e, 2);
}

TEST(msg__unpolled_endpoint_holds_no_more_than_its_buffers)
{
	struct end *e = ends_open(4, 32);
	char data[1000] = { 0 };
	struct msg_req *req = calloc(3 * 200, sizeof(*req));

	for (u32 i = 0; i < 600; i++)
		CHECK_EQ(msg_send(e[1 + i % 3].ep, 0, "h", 1, data, 1000, 0,
		    &req[i]), 0);
	for (u32 i = 0; i < 2000; i++) {
		fabric_run(&fabric, fabric.now + MS / 10);
		msg_progress(e[0].ep);
		for (u32 k = 1; k < 4; k++)
			msg_poll(e[k].ep);
		CHECK(e[0].port.occupied <= 32);
	}
	CHECK(e[0].port.occupied >= 16);
	run(e, 4, 6000);
	CHECK_EQ(e[0].messages, 600);
	CHECK_EQ(e[0].bytes, 600 * 1000);
	free(req);
	ends_close(e, 4);
}

/* Every sender has a part of a message held: one at a time must complete. */
TEST(msg__more_senders_than_buffers_make_progress)
{
	enum { N = 40 };
	struct end *e = ends_open(N, 32);
	char *data = calloc(1, MSG_EAGER_MAX);
	struct msg_req *req = calloc(N, sizeof(*req));

	for (u32 i = 1; i < N; i++)
		CHECK_EQ(msg_send(e[i].ep, 0, "h", 1, data, MSG_EAGER_MAX, 0,
		    &req[i]), 0);
	for (u32 i = 0; i < 200 && e[0].messages < N - 1; i++)
		run(e, N, 100);
	CHECK_EQ(e[0].messages, N - 1);
	CHECK(stat_of(e[0].ep, "evicted") > 0);
	free(data);
	free(req);
	ends_close(e, N);
}

TEST(msg__restarted_peer_is_recognised_and_old_frames_are_dropped)
{
	struct end *e = ends_open(2, 64);
	struct wire_head old;
	struct port_addr from = e[1].port.addr;

	for (u32 i = 0; i < 5; i++)
		msg_send(e[1].ep, 0, "h", 1, "one", 3, 0, NULL);
	run(e, 2, 10);
	CHECK_EQ(e[0].messages, 5);
	msg_close(e[1].ep);
	free(e[1].arena);
	end_open(&e[1], 999, 2);
	msg_peer_set(e[1].ep, 0, &e[0].port.addr, 0);
	msg_send(e[1].ep, 0, "h", 1, "two", 3, 0, NULL);
	run(e, 2, 10);
	CHECK_EQ(e[0].messages, 6);
	CHECK_EQ(stat_of(e[0].ep, "restarts"), 1);
	/* A frame of its earlier life, delayed by the network. */
	memset(&old, 0, sizeof(old));
	old.version_kind = WIRE_VERSION << 4 | WIRE_ACK;
	old.key = le32_of(KEY);
	old.src_epoch = le32_of(101);
	old.dst_epoch = le32_of(100);
	wire_sum(&old, "", 0);
	fabric_inject(&fabric, &e[0].port, &from, &old, sizeof(old));
	run(e, 2, 10);
	CHECK_EQ(stat_of(e[0].ep, "drop_epoch"), 1);
	CHECK_EQ(stat_of(e[0].ep, "restarts"), 1);
	msg_send(e[0].ep, 1, "h", 1, "back", 4, 0, NULL);
	run(e, 2, 10);
	CHECK_EQ(e[1].messages, 1);
	ends_close(e, 2);
}

TEST(msg__each_bad_frame_is_dropped_and_counted_by_reason)
{
	struct end *e = ends_open(2, 64);
	struct { struct wire_head h; u8 data[16]; } f;
	struct port_addr from = e[1].port.addr, stranger = { 1, 2, 0 };

	memset(&f, 0, sizeof(f));
	f.h.version_kind = WIRE_VERSION << 4 | WIRE_DATA;
	f.h.flags = WIRE_FIRST | WIRE_LAST;
	f.h.len = le16_of(16);
	f.h.key = le32_of(KEY);
	f.h.src_epoch = le32_of(101);
	f.h.edge = le32_of(16);
	wire_sum(&f.h, f.data, 16);
	fabric_inject(&fabric, &e[0].port, &from, &f, 20);
	f.h.version_kind ^= 0x70;
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f));
	f.h.version_kind ^= 0x70;
	f.h.key = le32_of(KEY + 1);
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f));
	f.h.key = le32_of(KEY);
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f) - 1);
	f.data[3] ^= 1;
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f));
	f.data[3] ^= 1;
	fabric_inject(&fabric, &e[0].port, &stranger, &f, sizeof(f));
	run(e, 1, 1);
	CHECK_EQ(stat_of(e->ep, "drop_short"), 1);
	CHECK_EQ(stat_of(e->ep, "drop_version"), 1);
	CHECK_EQ(stat_of(e->ep, "drop_key"), 1);
	CHECK_EQ(stat_of(e->ep, "drop_length"), 1);
	CHECK_EQ(stat_of(e->ep, "drop_crc"), 1);
	CHECK_EQ(stat_of(e->ep, "drop_stranger"), 1);
	CHECK_EQ(e->messages, 0);
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f));
	fabric_inject(&fabric, &e[0].port, &from, &f, sizeof(f));
	run(e, 1, 1);
	CHECK_EQ(e->messages, 1);
	CHECK_EQ(stat_of(e->ep, "drop_duplicate"), 1);
	ends_close(e, 2);
}

/* Whatever the bytes: with right sums, from a known peer. ASan watches. */
TEST(msg__forged_frames_with_right_sums_do_no_harm)
{
	struct end *e = ends_open(2, 64);
	struct prng p;
	u8 frame[1472];

	prng_seed(&p, test_seed());
	for (u32 i = 0; i < 30000; i++) {
		struct wire_head *h = (struct wire_head *)frame;
		u32 len = (u32)prng_below(&p, i % 2 ? 90 : 1400);

		for (u32 k = 0; k < sizeof(frame); k++)
			frame[k] = (u8)(prng_next(&p) >> 11);
		h->version_kind = (u8)(WIRE_VERSION << 4 |
		    (1 + prng_below(&p, 4)));
		h->flags &= 15;
		h->key = le32_of(KEY);
		h->src_epoch = le32_of(101);
		h->dst_epoch = le32_of(100);
		h->seq = le32_of((u32)prng_below(&p, 100));
		h->ack = le32_of((u32)prng_below(&p, 3));
		h->edge = le32_of((u32)prng_below(&p, 100));
		h->len = le16_of((u16)len);
		wire_sum(h, frame + sizeof(*h), len);
		if ((h->version_kind & 15) == WIRE_BULK) {
			struct wire_bulk *b = (struct wire_bulk *)frame;

			b->dst_epoch = le32_of(100);
			b->pull = le32_of(1 + (u32)prng_below(&p, 2));
			wire_sum_bulk(b, frame + 22, len + 18);
		}
		fabric_inject(&fabric, &e[0].port, &e[1].port.addr, frame,
		    len + (u32)sizeof(*h));
		fabric_run(&fabric, fabric.now + 1000);
		msg_poll(e[0].ep);
	}
	ends_close(e, 2);
}

/* All but one. */
static bool
accept_most(void *ctx, u32 peer, const struct port_addr *from)
{
	(void)peer;
	++*(u32 *)ctx;
	return from->udp_port != 7800 + 3;
}

TEST(msg__one_endpoint_talks_to_1024_that_it_did_not_know)
{
	enum { N = 1025 };
	struct end *e = calloc(N, sizeof(*e)), *bmd = &e[N - 1];
	u32 asked = 0;

	fabric_init(&fabric, 1);
	for (u32 i = 0; i < N; i++)
		fabric_join(&fabric, &e[i].port, 1472, 256);
	end_open(bmd, 5, 2048);
	free(bmd->arena);
	bmd->arena = malloc(msg_arena_bytes(2048, 1100));
	CHECK_EQ(msg_open(&bmd->ep, &(struct msg_config){
	    .port = &bmd->port.port, .self = bmd->port.addr, .key = KEY,
	    .epoch = 5, .peers_max = 2048, .arena = bmd->arena,
	    .arena_bytes = msg_arena_bytes(2048, 1100), .deliver = deliver,
	    .ctx = bmd }), 0);
	msg_accept(bmd->ep, accept_most, &asked);
	for (u32 i = 0; i < N - 1; i++) {
		end_open(&e[i], 100 + i, 1);
		CHECK_EQ(msg_peer_set(e[i].ep, 0, &bmd->port.addr, 0), 0);
		CHECK_EQ(msg_send(e[i].ep, 0, "h", 1, "hi", 2, 0, NULL), 0);
	}
	for (u32 i = 0; i < 100 && bmd->messages < N - 2; i++)
		run(e, N, 30);
	run(e, N, 100);
	CHECK_EQ(bmd->messages, N - 2);
	CHECK(asked >= N - 1);
	CHECK(stat_of(bmd->ep, "drop_stranger") > 0);
	for (u32 i = 0; i < N - 1; i++)
		CHECK_EQ(msg_is_drained(e[i].ep), i != 3);
	ends_close(e, N);
}

TEST(msg__over_loopback_udp)
{
	struct port_udp *u[2];
	struct port_addr addr[2] = { { 0x7f000001, 0, 0 }, { 0x7f000001, 0, 0 } };
	struct end *e = calloc(2, sizeof(*e));
	struct msg_req s, r;
	u8 *data = malloc(3000000), *got = calloc(1, 3000000);

	for (u32 i = 0; i < 3000000; i++)
		data[i] = (u8)(i * 31 + (i >> 11));
	for (u32 i = 0; i < 2; i++) {
		CHECK_EQ(port_udp_open(&u[i], &addr[i], PORT_UDP_MTU), 0);
		e[i].arena = malloc(msg_arena_bytes(2, 2));
		CHECK_EQ(msg_open(&e[i].ep, &(struct msg_config){
		    .port = port_udp_port(u[i]), .self = addr[i], .key = KEY,
		    .epoch = i + 1, .peers_max = 2, .arena = e[i].arena,
		    .arena_bytes = msg_arena_bytes(2, 2), .deliver = deliver,
		    .ctx = &e[i] }), 0);
	}
	CHECK_EQ(msg_peer_set(e[0].ep, 1, &addr[1], 0), 0);
	CHECK_EQ(msg_peer_set(e[1].ep, 0, &addr[0], 0), 0);
	CHECK_EQ(msg_send(e[0].ep, 1, "h", 1, data, 3000000, 0, &s), 0);
	for (u32 i = 0; i < 100000 && !e[1].offers; i++) {
		msg_poll(e[0].ep);
		msg_poll(e[1].ep);
	}
	CHECK_EQ(msg_pull(e[1].ep, 0, e[1].last_offer, got, 3000000, &r), 0);
	for (u32 i = 0; i < 3000000 && !(s.done && r.done); i++) {
		msg_poll(e[0].ep);
		msg_poll(e[1].ep);
	}
	CHECK(s.done && r.done && r.moved == 3000000);
	CHECK(memcmp(got, data, 3000000) == 0);
	for (u32 i = 0; i < 2; i++) {
		msg_close(e[i].ep);
		port_udp_close(u[i]);
		free(e[i].arena);
	}
	free(data);
	free(got);
	free(e);
}
