/* switch.c - learn, forward, and decide which frames go wrong. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/switch.h"

#include "kernel/lib/endian.h"
#include "kernel/lib/err.h"

#include <stdlib.h>
#include <string.h>

/*
 * One frame's way:
 *
 *	switch_input: too short or long? refused      port down? cut
 *	    learn the source address
 *	    for each port that gets a copy:
 *	        partition -> cut     drop rule -> matched    loss -> lost
 *	        corrupt: one bit flips    dup: once more
 *	        delay, reorder: held until due, else tx at once
 *
 * Without delay and reordering frames leave in the order in which they came;
 * with a constant delay too, since the heap breaks ties by order.
 */

enum { PPM = 1000000, PROBE_MAX = 16 };

void
switch_init(struct sw *s, u32 ports, u64 seed,
    bool (*tx)(void *, u32, const u8 *, u32), void *ctx)
{
	ASSERT(ports >= 1 && ports <= SWITCH_PORTS_MAX);
	memset(s, 0, sizeof *s);
	s->ports = ports;
	s->tx = tx;
	s->ctx = ctx;
	prng_seed(&s->prng, seed);
}

void
switch_fini(struct sw *s)
{
	for (u32 i = 0; i < s->held_count; i++)
		free(s->held[i].frame);
	s->held_count = 0;
}

static bool
switch_chance(struct sw *s, u32 ppm)
{
	return ppm && prng_below(&s->prng, PPM) < ppm;
}

/* -- addresses -------------------------------------------------------------- */

/*
 * The entry of an address, or the one to overwrite for it: after PROBE_MAX
 * other addresses at its place the first of these gives way.
 */
static struct switch_mac *
switch_find(struct sw *s, const u8 *mac)
{
	u32 h = 2166136261u;
	struct switch_mac *first = NULL;

	for (int i = 0; i < 6; i++)
		h = (h ^ mac[i]) * 16777619u;
	for (u32 i = 0; i < PROBE_MAX; i++) {
		struct switch_mac *m = &s->mac[(h + i) & (SWITCH_MACS_MAX - 1)];

		if (!first)
			first = m;
		if (!m->used || memcmp(m->mac, mac, 6) == 0)
			return m;
	}
	return first;
}

static void
switch_learn(struct sw *s, const u8 *mac, u32 port)
{
	struct switch_mac *m;

	if (mac[0] & 1)
		return;
	m = switch_find(s, mac);
	memcpy(m->mac, mac, 6);
	m->used = 1;
	m->port = port;
}

/* -- frames that leave later ------------------------------------------------ */

static bool
switch_before(const struct switch_held *a, const struct switch_held *b)
{
	return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void
switch_swap(struct switch_held *a, struct switch_held *b)
{
	struct switch_held t = *a;

	*a = *b;
	*b = t;
}

static void
switch_hold(struct sw *s, u32 port, const u8 *frame, u32 len, u64 due)
{
	struct switch_held *h;
	u32 i = s->held_count;
	u8 *copy;

	if (i == SWITCH_HELD_MAX || !(copy = malloc(len))) {
		s->count[port].refused++;
		return;
	}
	memcpy(copy, frame, len);
	h = s->held;
	h[i] = (struct switch_held){ due, s->order++, port, len, copy };
	s->held_count++;
	for (; i && switch_before(&h[i], &h[(i - 1) / 2]); i = (i - 1) / 2)
		switch_swap(&h[i], &h[(i - 1) / 2]);
}

static struct switch_held
switch_take(struct sw *s)
{
	struct switch_held top = s->held[0], *h = s->held;
	u32 i = 0, n = --s->held_count;

	h[0] = h[n];
	for (;;) {
		u32 least = i, l = 2 * i + 1, r = l + 1;

		if (l < n && switch_before(&h[l], &h[least]))
			least = l;
		if (r < n && switch_before(&h[r], &h[least]))
			least = r;
		if (least == i)
			return top;
		switch_swap(&h[i], &h[least]);
		i = least;
	}
}

u64
switch_deadline(const struct sw *s)
{
	return s->held_count ? s->held[0].due : UINT64_MAX;
}

static void
switch_out(struct sw *s, u32 port, const u8 *frame, u32 len)
{
	if (!s->tx(s->ctx, port, frame, len)) {
		s->count[port].overrun++;
		return;
	}
	s->count[port].tx++;
	s->count[port].bytes_tx += len;
}

void
switch_tick(struct sw *s, u64 now_ns)
{
	while (s->held_count && s->held[0].due <= now_ns) {
		struct switch_held h = switch_take(s);

		switch_out(s, h.port, h.frame, h.len);
		free(h.frame);
	}
}

/* -- one copy --------------------------------------------------------------- */

/* Is it UDP over IPv4 from or to this port? Fragments are not looked into. */
static bool
switch_is_udp(const u8 *f, u32 len, u16 udp_port)
{
	u32 ihl;

	if (len < 42 || f[12] != 8 || f[13] != 0 || f[23] != 17)
		return false;
	ihl = (f[14] & 15u) * 4;
	if (ihl < 20 || len < 14 + ihl + 8)
		return false;
	f += 14 + ihl;
	return ((u32)f[0] << 8 | f[1]) == udp_port ||
	    ((u32)f[2] << 8 | f[3]) == udp_port;
}

static bool
switch_matches(struct sw *s, u32 from, u32 to, const u8 *frame, u32 len)
{
	struct switch_drop *d = &s->drop;

	if (!d->left || (d->from >= 0 && (u32)d->from != from) ||
	    (d->to >= 0 && (u32)d->to != to) || len < d->len_min ||
	    (d->len_max && len > d->len_max) ||
	    (d->udp_port && !switch_is_udp(frame, len, d->udp_port)))
		return false;
	d->left--;
	return true;
}

static bool
switch_is_cut(const struct sw *s, u32 from, u32 to)
{
	return s->down[to] || (s->group[from] && s->group[to] &&
	    s->group[from] != s->group[to]);
}

/* One copy leaves: now, or when delay and reordering say so. */
static void
switch_send(struct sw *s, u32 to, const u8 *frame, u32 len, u64 now_ns)
{
	u64 late_us = s->faults.delay_us;

	if (switch_chance(s, s->faults.reorder)) {
		s->count[to].reordered++;
		late_us += 1 + prng_below(&s->prng, SWITCH_REORDER_US_MAX);
	}
	if (late_us)
		switch_hold(s, to, frame, len, now_ns + late_us * 1000);
	else
		switch_out(s, to, frame, len);
}

static void
switch_copy(struct sw *s, u32 from, u32 to, const u8 *frame, u32 len,
    u64 now_ns)
{
	struct switch_count *c = &s->count[to];
	u8 bent[SWITCH_FRAME_MAX];

	if (switch_is_cut(s, from, to)) {
		c->cut++;
		return;
	}
	if (switch_matches(s, from, to, frame, len)) {
		c->matched++;
		return;
	}
	if (switch_chance(s, s->faults.loss)) {
		c->lost++;
		return;
	}
	if (switch_chance(s, s->faults.corrupt)) {
		u64 bit = prng_below(&s->prng, (u64)len * 8);

		memcpy(bent, frame, len);
		bent[bit / 8] ^= (u8)(1u << (bit % 8));
		c->corrupted++;
		frame = bent;
	}
	if (switch_chance(s, s->faults.dup)) {
		c->duplicated++;
		switch_send(s, to, frame, len, now_ns);
	}
	switch_send(s, to, frame, len, now_ns);
}

void
switch_input(struct sw *s, u32 port, const u8 *frame, u32 len, u64 now_ns)
{
	struct switch_count *c = &s->count[port];
	const struct switch_mac *m;

	ASSERT(port < s->ports);
	c->rx++;
	c->bytes_rx += len;
	if (len < SWITCH_FRAME_MIN || len > SWITCH_FRAME_MAX) {
		c->refused++;
		return;
	}
	if (s->down[port]) {
		c->cut++;
		return;
	}
	switch_learn(s, frame + 6, port);
	m = switch_find(s, frame);
	if (!(frame[0] & 1) && m->used && memcmp(m->mac, frame, 6) == 0) {
		if (m->port != port)
			switch_copy(s, port, m->port, frame, len, now_ns);
		return;
	}
	for (u32 to = 0; to < s->ports; to++)
		if (to != port)
			switch_copy(s, port, to, frame, len, now_ns);
}
