/* traffic.c - endpoints on a fabric that check every byte they receive. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sim/traffic.h"

#include "kernel/lib/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Message k from a to b has a length and bytes that both know from (a, b, k).
 * The head carries k. A node sends to a random peer, itself included, eagerly
 * without a request, with one, or as an offer; offers are pulled at once or
 * later.
 */

struct traffic_head {
	u32 from, k;
};

struct traffic_send {
	struct traffic_send *next;
	struct msg_req req;
	u64 len;
	u8 data[] ALIGNED(2);
};

struct traffic_pull {
	struct traffic_pull *next;
	struct msg_req req;
	u32 from, k;
	u64 offer, len;
	bool started;
	u8 data[] ALIGNED(2);
};

struct traffic_node {
	struct fabric_port port;
	struct msg_ep *ep;
	void *arena, *segment;
	u32 self;
	u32 left;              /* messages to send */
	u32 sent[TRAFFIC_NODES_MAX], got[TRAFFIC_NODES_MAX];
	struct traffic_send *sends;
	struct traffic_pull *pulls;
	u64 sleep_until;
};

static struct traffic {
	struct traffic_config cfg;
	struct fabric fabric;
	struct traffic_node node[TRAFFIC_NODES_MAX];
	struct prng rng;
	struct msg_stat stat[64];
	u32 stats;
	const char *failed;
	char text[200];
} t;

static void
traffic_fail(const char *what, u32 from, u32 to, u32 k)
{
	if (t.failed)
		return;
	snprintf(t.text, sizeof(t.text), "seed %llu: %s (%u to %u, message %u)",
	    (unsigned long long)t.cfg.seed, what, from, to, k);
	t.failed = t.text;
}

static u64
traffic_mix(u32 from, u32 to, u32 k)
{
	struct prng p;

	prng_seed(&p, t.cfg.seed ^ ((u64)from << 40 | (u64)to << 20 | k));
	return prng_next(&p);
}

/* Many small, some at the edges of the protocol, some large. */
static u64
traffic_len(u32 from, u32 to, u32 k)
{
	static const u32 edges[] = { 0, 1, 1408, 1409, 1416, 1432, 2840,
		MSG_EAGER_MAX - 1, MSG_EAGER_MAX, MSG_EAGER_MAX + 1 };
	u64 x = traffic_mix(from, to, k);
	u64 len;

	if (x % 4 == 0)
		len = edges[x / 4 % ARRAY_LEN(edges)];
	else if (x % 4 == 1)
		len = x / 4 % (t.cfg.len_max + 1);
	else
		len = x / 4 % 64;
	return MIN(len, (u64)t.cfg.len_max);
}

static u8
traffic_byte(u64 mix, u64 i)
{
	return (u8)(mix + i * 7 + (i >> 8) * 13);
}

static bool
traffic_same(u32 from, u32 to, u32 k, const u8 *data, u64 at, u64 len)
{
	u64 mix = traffic_mix(from, to, k);

	for (u64 i = 0; i < len; i++)
		if (data[i] != traffic_byte(mix, at + i))
			return false;
	return true;
}

static void
traffic_take_offer(struct traffic_node *n, const struct msg_in *in, u32 k)
{
	struct traffic_pull *p = calloc(1, sizeof(*p) + in->len + 1);

	p->from = in->peer;
	p->k = k;
	p->offer = in->offer;
	/* Now and then a longer or a shorter buffer, or none. */
	p->len = in->len + (k % 5 == 0);
	if (k % 7 == 0)
		p->len = in->len / 2;
	if (k % 11 == 0)
		p->len = 0;
	p->next = n->pulls;
	n->pulls = p;
	if (k % 2) {
		p->started = true;
		msg_pull(n->ep, p->from, p->offer, p->data, p->len, &p->req);
	}
}

static void
traffic_deliver(void *ctx, const struct msg_in *in)
{
	struct traffic_node *n = ctx;
	struct traffic_head h;
	u64 at = 0;

	if (in->head_len != sizeof(h)) {
		traffic_fail("head length", in->peer, n->self, 0);
		return;
	}
	memcpy(&h, in->head, sizeof(h));
	if (h.from != in->peer || h.k != n->got[in->peer]++)
		traffic_fail("order", in->peer, n->self, h.k);
	if (in->len != traffic_len(h.from, n->self, h.k))
		traffic_fail("length", in->peer, n->self, h.k);
	if (in->offer) {
		traffic_take_offer(n, in, h.k);
		return;
	}
	for (u32 i = 0; i < in->segs; at += in->seg[i++].len)
		if (!traffic_same(h.from, n->self, h.k, in->seg[i].ptr, at,
			in->seg[i].len))
			traffic_fail("bytes", h.from, n->self, h.k);
	if (at != in->len)
		traffic_fail("pieces", h.from, n->self, h.k);
}

static void
traffic_send_one(struct traffic_node *n)
{
	u32 to = (u32)prng_below(&t.rng, t.cfg.nodes), k = n->sent[to];
	struct traffic_head h = { n->self, k };
	u64 len = traffic_len(n->self, to, k);
	u64 mix = traffic_mix(n->self, to, k);
	struct traffic_send *s = calloc(1, sizeof(*s) + len);
	u32 how = (u32)prng_below(&t.rng, 3);
	int err;

	for (u64 i = 0; i < len; i++)
		s->data[i] = traffic_byte(mix, i);
	s->len = len;
	if (how == 0 && len <= MSG_EAGER_MAX) {
		err = msg_send(n->ep, to, &h, sizeof(h), s->data, len, 0, NULL);
		free(s);
		if (err == ERR_AGAIN)
			return;
	} else {
		err = msg_send(n->ep, to, &h, sizeof(h), s->data, len,
		    how == 1 ? MSG_OFFER : 0, &s->req);
		s->next = n->sends;
		n->sends = s;
	}
	if (err)
		traffic_fail("send refused", n->self, to, k);
	n->sent[to]++;
	n->left--;
}

static void
traffic_reap_sends(struct traffic_node *n)
{
	struct traffic_send **at = &n->sends, *s;

	while ((s = *at)) {
		if (!s->req.done) {
			at = &s->next;
			continue;
		}
		if (s->req.err)
			traffic_fail("send failed", n->self, 0, 0);
		memset(s->data, 0xdd, s->len);
		*at = s->next;
		free(s);
	}
}

static void
traffic_reap_pulls(struct traffic_node *n)
{
	struct traffic_pull **at = &n->pulls, *p;
	u64 want;

	while ((p = *at)) {
		if (!p->started && prng_below(&t.rng, 4) == 0) {
			p->started = true;
			msg_pull(n->ep, p->from, p->offer, p->data, p->len,
			    &p->req);
		}
		if (!p->started || !p->req.done) {
			at = &p->next;
			continue;
		}
		want = MIN(p->len, traffic_len(p->from, n->self, p->k));
		if (p->req.err || p->req.moved != want ||
		    !traffic_same(p->from, n->self, p->k, p->data, 0, want))
			traffic_fail("pulled bytes", p->from, n->self, p->k);
		*at = p->next;
		free(p);
	}
}

/* As a node whose host has other things to do. */
static bool
traffic_stalls(struct traffic_node *n)
{
	if (!t.cfg.stall)
		return false;
	if (t.fabric.now < n->sleep_until)
		return true;
	if (t.fabric.now - n->sleep_until > (u64)200 * 1000 * 1000)
		n->sleep_until = t.fabric.now + 5 * 1000 * 1000 +
		    prng_below(&t.rng, 95 * 1000 * 1000);
	return t.fabric.now < n->sleep_until;
}

static void
traffic_node_step(struct traffic_node *n)
{
	if (traffic_stalls(n))
		return;
	if (t.cfg.lazy && t.fabric.now < n->sleep_until) {
		msg_progress(n->ep);
		return;
	}
	if (t.cfg.lazy && prng_below(&t.rng, 2000) == 0)
		n->sleep_until = t.fabric.now + 50 * 1000 * 1000;
	for (u32 i = 0; i < 2 && n->left; i++)
		traffic_send_one(n);
	msg_poll(n->ep);
	traffic_reap_sends(n);
	traffic_reap_pulls(n);
}

static bool
traffic_is_over(void)
{
	for (u32 i = 0; i < t.cfg.nodes; i++) {
		struct traffic_node *n = &t.node[i];

		if (n->left || n->sends || n->pulls || !msg_is_drained(n->ep))
			return false;
		for (u32 k = 0; k < t.cfg.nodes; k++)
			if (t.node[k].sent[i] != n->got[k])
				return false;
	}
	return true;
}

/* The neighbour's memory is ours. Now and then it refuses. */
static int
traffic_copy(void *ctx, u64 owner, void *to, u64 from, u64 len)
{
	struct traffic_node *n = ctx;

	if (owner != (n->self ^ 1) + 1)
		traffic_fail("owner of an offer", n->self, (u32)owner, 0);
	if (prng_below(&t.rng, 5) == 0)
		return ERR_IO;
	memcpy(to, (const void *)(uintptr_t)from, len);
	return 0;
}

static void
traffic_open(u32 i)
{
	struct traffic_node *n = &t.node[i];
	struct msg_config cfg = { .port = &n->port.port,
		.self = n->port.addr, .key = 0x1234, .epoch = i + 1,
		.peers_max = t.cfg.nodes, .deliver = traffic_deliver,
		.ctx = n };

	cfg.arena_bytes = msg_arena_bytes(cfg.peers_max, cfg.peers_max);
	cfg.arena = n->arena = malloc(cfg.arena_bytes);
	n->self = i;
	n->left = t.cfg.messages;
	if (msg_open(&n->ep, &cfg))
		traffic_fail("open", i, i, 0);
	for (u32 k = 0; k < t.cfg.nodes; k++)
		msg_peer_set(n->ep, k, &t.node[k].port.addr, k);
	if (!t.cfg.shm)
		return;
	msg_shm_own(n->ep, n->segment, i + 1, traffic_copy, n);
	if ((i ^ 1) < t.cfg.nodes)
		msg_shm_peer(n->ep, i ^ 1, t.node[i ^ 1].segment);
}

static void
traffic_begin(void)
{
	for (u32 i = 0; i < t.cfg.nodes; i++) {
		fabric_join(&t.fabric, &t.node[i].port, t.cfg.mtu,
		    t.cfg.rx_bufs);
		t.node[i].port.group = i % 2;
		if (t.cfg.land)
			fabric_land(&t.node[i].port, !t.cfg.small);
		t.node[i].segment = aligned_alloc(64, msg_shm_bytes());
		memset(t.node[i].segment, 0, msg_shm_bytes());
	}
	for (u32 i = 0; i < t.cfg.nodes; i++)
		traffic_open(i);
}

static void
traffic_count(const struct msg_ep *ep)
{
	struct msg_stat st[64];
	u32 n = msg_stats(ep, st, 64);

	t.stats = n;
	for (u32 i = 0; i < n; i++) {
		t.stat[i].name = st[i].name;
		t.stat[i].value += st[i].value;
	}
}

u64
traffic_stat(const char *name)
{
	for (u32 i = 0; i < t.stats; i++)
		if (strcmp(t.stat[i].name, name) == 0)
			return t.stat[i].value;
	panic("no counter %s", name);
}

static void
traffic_end(void)
{
	for (u32 i = 0; i < t.cfg.nodes; i++) {
		struct traffic_node *n = &t.node[i];

		traffic_count(n->ep);
		msg_close(n->ep);
		fabric_run(&t.fabric, t.fabric.now + 1000 * 1000);
		msg_progress(n->ep);
		for (struct traffic_send *s = n->sends; s; s = n->sends) {
			n->sends = s->next;
			free(s);
		}
		for (struct traffic_pull *p = n->pulls; p; p = n->pulls) {
			n->pulls = p->next;
			free(p);
		}
	}
	fabric_fini(&t.fabric);
	for (u32 i = 0; i < t.cfg.nodes; i++) {
		free(t.node[i].arena);
		free(t.node[i].segment);
	}
}

/* To the next moment at which anything can happen. */
static u64
traffic_next(void)
{
	u64 next = MIN(fabric_next(&t.fabric), t.fabric.now + 1000 * 1000);

	for (u32 i = 0; i < t.cfg.nodes; i++) {
		u64 at = msg_deadline(t.node[i].ep);

		next = MIN(next, MAX(at, t.fabric.now + 2000));
	}
	return MAX(next, t.fabric.now + 500);
}

const char *
traffic_run(const struct traffic_config *cfg)
{
	memset(&t, 0, sizeof(t));
	t.cfg = *cfg;
	fabric_init(&t.fabric, cfg->seed);
	prng_seed(&t.rng, cfg->seed + 1);
	t.fabric.faults = cfg->faults;
	traffic_begin();
	while (!t.failed && !traffic_is_over()) {
		u64 ms = t.fabric.now / 1000000;

		t.fabric.partition = cfg->partition &&
		    (ms % 2500 > 1 && ms % 2500 < 1000) && ms < 5000;
		fabric_run(&t.fabric, traffic_next());
		for (u32 i = 0; i < cfg->nodes; i++)
			if (prng_below(&t.rng, 8))
				traffic_node_step(&t.node[i]);
		if (t.fabric.now > cfg->limit_ns)
			traffic_fail("not over in time", 0, 0, 0);
	}
	traffic_end();
	return t.failed;
}

void
traffic_of_seed(struct traffic_config *cfg, u64 seed)
{
	struct prng p;

	prng_seed(&p, seed);
	memset(cfg, 0, sizeof(*cfg));
	cfg->seed = seed;
	cfg->nodes = 2 + (u32)prng_below(&p, 4);
	cfg->messages = 60;
	cfg->len_max = 100 * 1000;
	cfg->mtu = prng_below(&p, 3) ? 1472 : 8972;
	cfg->rx_bufs = 32u << prng_below(&p, 4);
	cfg->faults.loss = (u32)prng_below(&p, 100 * 1000);
	cfg->faults.duplicate = (u32)prng_below(&p, 50 * 1000);
	cfg->faults.reorder = (u32)prng_below(&p, 200 * 1000);
	cfg->faults.corrupt = (u32)prng_below(&p, 20 * 1000);
	cfg->partition = prng_below(&p, 4) == 0;
	cfg->lazy = prng_below(&p, 3) == 0;
	cfg->shm = prng_below(&p, 3) == 0;
	cfg->stall = prng_below(&p, 5) == 0;
	cfg->land = prng_below(&p, 2) == 0;
	if (cfg->land) {
		cfg->small = prng_below(&p, 6) == 0;
		cfg->len_max = 600 * 1000;
		cfg->messages = 24;
	}
	cfg->limit_ns = (u64)300 * 1000 * 1000 * 1000;
}
