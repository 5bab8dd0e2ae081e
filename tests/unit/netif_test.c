/* netif_test.c - the node's Ethernet, ARP, IPv4, UDP and DHCP over a wire. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "net/node/dhcp.h"
#include "net/node/netif.h"
#include "tests/emu/machine.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct wire_nic wa, wb;
static struct netif a, b;
static struct netif_socket sa, sb;

enum { IP_A = 0x0a4d000a, IP_B = 0x0a4d000b, PORT = 7800 };

static void
setup(void)
{
	wire_join(&wa, &wb);
	memset(&sa, 0, sizeof(sa));
	memset(&sb, 0, sizeof(sb));
	CHECK_EQ(netif_open(&a, &wa.nic), 0);
	CHECK_EQ(netif_open(&b, &wb.nic), 0);
	a.ip4 = IP_A;
	b.ip4 = IP_B;
	a.mask = b.mask = 0xffffff00;
	CHECK_EQ(netif_bind(&a, PORT, &sa), 0);
	CHECK_EQ(netif_bind(&b, PORT, &sb), 0);
}

static int
say(struct netif *from, u32 ip4, const char *text, u32 *pending)
{
	struct port_addr to = { ip4, PORT, 0 };
	struct iov seg = { (void *)(uintptr_t)text, strlen(text) };

	return netif_send(from, PORT, &to, &seg, 1, pending);
}

/* Sends until ARP has answered; each try lets both sides poll. */
static void
reach(void)
{
	for (int i = 0; i < 4 && say(&a, IP_B, "x", NULL) == ERR_AGAIN; i++) {
		netif_poll(&b);
		netif_poll(&a);
	}
	netif_poll(&b);
}

TEST(netif_send__asks_who_has_then_delivers)
{
	struct netif_datagram d;
	u32 pending = 0;

	setup();
	CHECK_EQ(say(&a, IP_B, "hello", NULL), ERR_AGAIN);
	CHECK_EQ(wa.sent, 1);
	netif_poll(&b);
	netif_poll(&a);
	CHECK_EQ(say(&a, IP_B, "hello", &pending), 0);
	netif_poll(&b);
	CHECK(netif_take(&sb, &d));
	CHECK_EQ(d.len, 5);
	CHECK(memcmp(d.data, "hello", 5) == 0);
	CHECK_EQ(d.from.ip4, IP_A);
	CHECK_EQ(d.from.udp_port, PORT);
	netif_release(&b, d.buf);
	netif_poll(&a);
	CHECK_EQ(pending, 0);
}

TEST(netif_send__pending_until_the_nic_is_done)
{
	u32 pending = 0;

	setup();
	reach();
	wa.stuck = true;
	CHECK_EQ(say(&a, IP_B, "held", &pending), 0);
	netif_poll(&a);
	CHECK_EQ(pending, 1);
	wa.stuck = false;
	netif_poll(&a);
	netif_poll(&a);
	CHECK_EQ(pending, 0);
}

TEST(netif_send__order_is_kept_and_slots_are_bounded)
{
	struct netif_datagram d;
	char text[16];
	int sent = 0, got = 0;

	setup();
	reach();
	while (netif_take(&sb, &d))
		netif_release(&b, d.buf);
	wa.stuck = true;
	static char texts[2000][16];
	while (sent < 2000) {
		snprintf(texts[sent], 16, "%d", sent);
		if (say(&a, IP_B, texts[sent], NULL) != 0)
			break;
		sent++;
	}
	CHECK(sent > 100 && sent <= NETIF_SLOTS);
	wa.stuck = false;
	for (int i = 0; i < 100; i++) {
		netif_poll(&a);
		netif_poll(&b);
		while (netif_take(&sb, &d)) {
			snprintf(text, sizeof(text), "%d", got++);
			CHECK(d.len == strlen(text) &&
			    memcmp(d.data, text, d.len) == 0);
			netif_release(&b, d.buf);
		}
	}
	/* The rest found the inbox full. */
	CHECK_EQ(got, MIN(sent, NETIF_INBOX));
}

TEST(netif_send__to_oneself)
{
	struct netif_datagram d;

	setup();
	CHECK_EQ(say(&a, IP_A, "me", NULL), 0);
	netif_poll(&a);
	CHECK(netif_take(&sa, &d));
	CHECK_EQ(d.len, 2);
	CHECK_EQ(wa.sent, 0);
	netif_release(&a, d.buf);
}

TEST(udp_rx__full_inbox_drops_and_counts)
{
	struct netif_datagram d;
	int got = 0;

	setup();
	reach();
	for (int i = 0; i < NETIF_INBOX + 50; i++) {
		say(&a, IP_B, "x", NULL);
		netif_poll(&a);
		netif_poll(&b);
	}
	while (netif_take(&sb, &d)) {
		netif_release(&b, d.buf);
		got++;
	}
	CHECK_EQ(got, NETIF_INBOX);
	CHECK_EQ(sb.dropped, 51);
	CHECK_EQ(b.stats.drop_inbox, 51);
}

/* A good frame to B, then one field wrong at a time. */
TEST(eth_rx__malformed_frames_are_dropped_by_reason)
{
	u8 frame[64] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0,
		36, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 77, 0, 10, 10, 77, 0, 11,
		0x1e, 0x78, 0x1e, 0x78, 0, 16, 0, 0, 'p', 'a', 'y', 'l', 'o',
		'a', 'd', '!' };
	static const struct {
		u8 at, value;
	} wrong[] = { { 12, 9 }, { 14, 0x46 }, { 17, 19 }, { 17, 60 },
		{ 20, 0x60 }, { 23, 6 }, { 33, 99 }, { 36, 0x70 }, { 39, 7 },
		{ 39, 17 } };
	struct netif_datagram d;
	u16 sum;

	setup();
	sum = frame_sum(frame + 14, 20);
	frame[24] = (u8)(sum >> 8);
	frame[25] = (u8)sum;
	wire_inject(&wb, frame, 50);
	netif_poll(&b);
	CHECK(netif_take(&sb, &d));
	CHECK_EQ(d.len, 8);
	netif_release(&b, d.buf);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		u8 bad[64];

		memcpy(bad, frame, sizeof(bad));
		bad[wrong[i].at] = wrong[i].value;
		bad[24] = bad[25] = 0;
		sum = frame_sum(bad + 14, 20);
		bad[24] = (u8)(sum >> 8);
		bad[25] = (u8)sum;
		wire_inject(&wb, bad, 50);
		netif_poll(&b);
		CHECK(!netif_take(&sb, &d));
	}
	frame[24] ^= 1;
	wire_inject(&wb, frame, 50);
	wire_inject(&wb, frame, 10);
	netif_poll(&b);
	CHECK(!netif_take(&sb, &d));
	CHECK_EQ(b.stats.drop_short + b.stats.drop_type + b.stats.drop_ip +
		b.stats.drop_port, ARRAY_LEN(wrong) + 2);
}

/* Whatever comes in, every buffer is posted, held or spare afterwards. */
TEST(netif_poll__noise_leaks_no_buffer)
{
	struct netif_datagram d;
	struct prng rng;
	u32 spare = 0;

	setup();
	prng_seed(&rng, test_seed());
	for (int i = 0; i < 20000; i++) {
		u8 frame[128];
		u32 len = (u32)prng_below(&rng, sizeof(frame));

		for (u32 k = 0; k < len; k++)
			frame[k] = (u8)prng_next(&rng);
		if (prng_below(&rng, 2)) {
			frame[12] = 8;
			frame[13] = prng_below(&rng, 2) ? 6 : 0;
			frame[14] = 0x45;
		}
		wire_inject(&wb, frame, len);
		netif_poll(&b);
		while (netif_take(&sb, &d))
			netif_release(&b, d.buf);
	}
	netif_poll(&b);
	for (u8 *p = b.spare; p; memcpy(&p, p, sizeof(p)))
		spare++;
	CHECK_EQ(spare + wb.posted_head - wb.posted_tail, NETIF_RX_BUFS);
}

/* Stopped in the middle of everything: afterwards all is free again. */
TEST(netif_reset__takes_everything_back)
{
	struct netif_datagram held;
	u32 pending = 0, spare = 0;

	setup();
	reach();
	CHECK(netif_take(&sb, &held));
	wa.stuck = true;
	for (int i = 0; i < 10; i++)
		say(&a, IP_B, "lost", &pending);
	say(&b, IP_A, "lost too", NULL);
	CHECK_EQ(pending, 10);
	a.lock = 1;
	CHECK_EQ(netif_reset(&a), 0);
	CHECK_EQ(netif_reset(&b), 0);
	CHECK_EQ(pending, 0);
	wa.stuck = false;
	netif_release(&b, held.buf);
	netif_poll(&b);
	for (u8 *p = b.spare; p; memcpy(&p, p, sizeof(p)))
		spare++;
	CHECK_EQ(spare + wb.posted_head - wb.posted_tail, NETIF_RX_BUFS);
	for (int i = 0; i < NETIF_SLOTS; i++)
		CHECK_EQ(say(&a, IP_B, "again", NULL), 0);
}

/* -- DHCP: b plays the server -- */

static size_t
answer(struct dhcp_packet *p, const struct dhcp_packet *asked, u8 type)
{
	u8 *o = p->options;

	memcpy(p, asked, sizeof(*p));
	p->op = 2;
	p->yiaddr = be32_of(IP_A);
	p->siaddr = be32_of(IP_B);
	memcpy(o, "\x35\x01", 2);
	o[2] = type;
	memcpy(o + 3, "\x36\x04\x0a\x4d\x00\x0b\x33\x04\x00\x00\x0e\x10"
	    "\x01\x04\xff\xff\xff\x00\xff", 19);
	return offsetof(struct dhcp_packet, options) + 22;
}

TEST(dhcp__discover_request_bound_renewed)
{
	static struct netif_socket server;
	struct netif_datagram d;
	struct dhcp client;
	struct dhcp_packet reply;
	struct port_addr everyone = { 0xffffffff, DHCP_CLIENT_PORT, 0 };
	struct iov seg;

	setup();
	a.ip4 = 0;
	memset(&server, 0, sizeof(server));
	b.dhcp_socket = NULL;
	CHECK_EQ(dhcp_start(&client, &a, 0x1234), 0);
	for (u8 type = 2; type <= 5; type = (u8)(type + 3)) {
		dhcp_poll(&client);
		CHECK_EQ(wb.arrived_head - wb.arrived_tail, 1);
		d.buf = wb.arrived[wb.arrived_tail % WIRE_RING].buf;
		CHECK_EQ(be32_get(((struct dhcp_packet *)(d.buf +
				     FRAME_HEADERS))->magic), 0x63825363);
		seg.ptr = &reply;
		seg.len = answer(&reply, (void *)(d.buf + FRAME_HEADERS),
		    type);
		netif_poll(&b);
		CHECK_EQ(netif_send(&b, DHCP_SERVER_PORT, &everyone, &seg, 1,
			     NULL), 0);
		netif_poll(&a);
		if (type == 2)
			CHECK(!dhcp_poll(&client));
		else
			CHECK(dhcp_poll(&client));
	}
	CHECK_EQ(a.ip4, IP_A);
	CHECK_EQ(a.mask, 0xffffff00);
	CHECK_EQ(client.head, IP_B);
	CHECK_EQ(dhcp_deadline(&client) - machine_now_ns, 1800000000000);
	machine_now_ns = dhcp_deadline(&client);
	dhcp_poll(&client);
	CHECK_EQ(client.state, DHCP_RENEW);
}

/* The next life of a NIC with that MAC; true if it begins with the lease. */
static bool
next_life(struct dhcp *client, const struct handoff_lease *saved)
{
	setup();
	a.ip4 = a.mask = 0;
	b.dhcp_socket = NULL;
	CHECK_EQ(dhcp_start(client, &a, 0x1235), 0);
	return dhcp_resume(client, saved);
}

TEST(dhcp_resume__a_lease_outlives_a_recycle)
{
	struct handoff_lease saved, stale;
	struct dhcp client;

	setup();
	CHECK_EQ(dhcp_start(&client, &a, 1), 0);
	dhcp_save(&client, &saved);
	CHECK(!next_life(&client, &saved));

	client.state = DHCP_BOUND;
	client.head = client.lease.server = IP_B;
	client.lease.ip4 = IP_A;
	client.lease.router = IP_B;
	client.lease.lease_s = 3600;
	client.lease_end_ns = machine_now_ns + 3000500000000;
	dhcp_save(&client, &saved);
	CHECK_EQ(saved.left_s, 3000);
	stale = saved;
	stale.mac[5]++;
	CHECK(!next_life(&client, &stale));
	CHECK_EQ(client.state, DHCP_DISCOVER);

	machine_now_ns = 5;
	CHECK(next_life(&client, &saved));
	CHECK_EQ(a.ip4, IP_A);
	CHECK_EQ(a.mask, 0xffffff00);
	CHECK_EQ(a.router, IP_B);
	CHECK_EQ(client.head, IP_B);
	CHECK(dhcp_poll(&client));      /* told once, and nothing was sent */
	CHECK(!dhcp_poll(&client));
	CHECK_EQ(wa.sent, 0);
	CHECK_EQ(dhcp_deadline(&client), 5 + 1200000000000);
	machine_now_ns = dhcp_deadline(&client);
	dhcp_poll(&client);
	CHECK_EQ(client.state, DHCP_RENEW);
	dhcp_save(&client, &saved);     /* while it asks, it is still ours */
	CHECK_EQ(saved.left_s, 1800);
	machine_now_ns = client.lease_end_ns;
	dhcp_save(&client, &saved);
	CHECK_EQ(saved.left_s, 0);
}

TEST(dhcp_parse__never_reads_past_the_end)
{
	struct dhcp_packet asked = { .xid = be32_of(7), .op = 1 }, p;
	struct dhcp_reply r;
	struct prng rng;
	size_t len;

	asked.magic = be32_of(0x63825363);
	memcpy(asked.chaddr, "abcdef", 6);
	prng_seed(&rng, test_seed());
	len = answer(&p, &asked, 5);
	CHECK_EQ(dhcp_parse(&r, &p, len, 7, (const u8 *)"abcdef"), 0);
	CHECK_EQ(dhcp_parse(&r, &p, len, 8, (const u8 *)"abcdef"), ERR_PROTO);
	CHECK_EQ(dhcp_parse(&r, &p, len, 7, (const u8 *)"abcdeg"), ERR_PROTO);
	for (int i = 0; i < 20000; i++) {
		size_t cut = prng_below(&rng, sizeof(p)) + 1;
		u8 *exact;

		answer(&p, &asked, 5);
		for (int k = 0; k < 4; k++)
			((u8 *)&p)[240 + prng_below(&rng, 60)] =
			    (u8)prng_next(&rng);
		exact = malloc(cut);
		memcpy(exact, &p, cut);
		dhcp_parse(&r, exact, cut, 7, (const u8 *)"abcdef");
		free(exact);
	}
}

/* A NIC that keeps a frame: it is started over, the sender is free of it. */
TEST(netif_recover__what_the_card_keeps_counts_as_lost)
{
	struct netif_datagram d;
	u32 pending = 0;

	setup();
	reach();
	while (netif_take(&sb, &d))
		netif_release(&b, d.buf);
	netif_poll(&a);
	CHECK(!netif_is_stuck(&a));
	wa.keeps = true;
	CHECK_EQ(say(&a, IP_B, "kept", &pending), 0);
	netif_poll(&a);
	CHECK_EQ(pending, 1);
	CHECK(!netif_is_stuck(&a));
	netif_poll(&a);
	CHECK(netif_is_stuck(&a));
	wa.keeps = false;
	netif_recover(&a);
	CHECK_EQ(pending, 0);
	CHECK_EQ(say(&a, IP_B, "said again", &pending), 0);
	netif_poll(&a);
	netif_poll(&b);
	CHECK_EQ(pending, 0);
	CHECK(!netif_is_stuck(&a));
	CHECK(netif_take(&sb, &d));
	CHECK_EQ(d.len, 10);
	netif_release(&b, d.buf);
}
