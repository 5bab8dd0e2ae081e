/* land.c - large messages that the machine itself puts in place. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/land.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "net/bulk.h"
#include "net/retry.h"
#include "net/wire.h"

/*
 * Rules.
 * - The machine fills places in the order in which frames come, whatever they
 *   are. So exactly as many places are posted as chunks are asked for, in the
 *   order in which the sender will send them, and one pull at a time has the
 *   endpoint's places: only its sender was told the port.
 * - A chunk counts as had when it lies in its own place. A last, shorter one
 *   and one whose place is not for the machine land aside, in a buffer of
 *   ours, and are copied.
 * - As soon as a frame is not the one expected (one was lost, doubled, late,
 *   or a stranger's) all later ones may lie in each other's places. Then no
 *   more is asked for until frames have stopped coming for a round trip; the
 *   machine gives back its places, and what came is copied to where it
 *   belongs: land_settle.
 * - Whenever a pull ends, no place is the machine's: land_end.
 */

enum { LAND_BATCH = 16, LAND_SPARE = PORT_LAND_BUFS - 1 };

bool
land_may(const struct msg_ep *ep, const struct msg_req *req, u32 chunk)
{
	const struct slot *slot = &ep->slots[req->peer];

	return ep->port->land_port && chunk == PORT_LAND_BYTES &&
	    req->len >= LAND_MIN && !slot->no_landing &&
	    slot->addr.ip4 != ep->self.ip4;
}

static u8 *
land_home(const struct msg_req *req, u32 chunk)
{
	return (u8 *)req->data + (u64)chunk * req->chunk;
}

/* -- places ----------------------------------------------------------------- */

/* The chunk's own place or, if that will not do, a buffer of ours. */
static bool
land_post_one(struct msg_ep *ep, const struct msg_req *req, u32 chunk)
{
	struct land *d = &ep->land;
	struct land_place e = { land_home(req, chunk), chunk, LAND_NONE, 0,
		false };
	u32 free = d->bufs & ~(1u << LAND_SPARE);
	int err = ERR_INVAL;

	if (d->put - d->first == PORT_LAND_RING)
		return false;
	if ((u64)(chunk + 1) * req->chunk <= req->len)
		err = ep->port->land_post(ep->port, e.at);
	if (err == ERR_INVAL && free) {
		u32 i = (u32)__builtin_ctz(free);

		e.at = ep->port->land_bufs + (size_t)i * PORT_LAND_BYTES;
		e.aside = true;
		err = ep->port->land_post(ep->port, e.at);
		d->bufs &= ~(err == 0 ? 1u << i : 0);
	}
	if (err)
		return false;
	d->place[d->put++ % PORT_LAND_RING] = e;
	return true;
}

u64
land_post(struct msg_ep *ep, struct msg_req *req, u64 mask)
{
	u64 left = mask;

	while (left && land_post_one(ep, req,
	    req->base + (u32)__builtin_ctzll(left)))
		left &= left - 1;
	ep->port->land_poll(ep->port, NULL, 0);
	return mask & ~left;
}

static void
land_buf_free(struct msg_ep *ep, const struct land_place *e)
{
	if (e->aside)
		ep->land.bufs |= 1u << ((size_t)(e->at - ep->port->land_bufs) /
		    PORT_LAND_BYTES);
}

/* -- what comes ------------------------------------------------------------- */

static void
land_copy(struct msg_ep *ep, void *to, const struct land_place *e)
{
	memcpy(to, e->at, e->len);
	ep->stat[STAT_RX_COPIED_BYTES] += e->len;
	ep->stat[STAT_RX_TOUCHED_BYTES] += e->len;
}

/* The chunk that lies in e, or LAND_NONE. */
static u32
land_which(struct msg_ep *ep, const struct port_landed *l,
    struct land_place *e)
{
	struct land *d = &ep->land;
	struct wire_view v;
	u32 bit;

	e->len = l->len;
	if (!l->head || wire_check_landed(&v, l->head, e->at, l->len, ep->key,
	    l->flags & PORT_RX_CSUM_OK) != WIRE_OK)
		return LAND_NONE;
	if (!(v.bulk->flags & WIRE_SUMMED))
		ep->stat[STAT_RX_TOUCHED_BYTES] += l->len;
	bit = bulk_wanted(ep, d->req, &v, &l->from);
	if (bit >= WIRE_CHUNKS || d->came >> bit & 1)
		return LAND_NONE;
	return d->req->base + bit;
}

static void
land_one(struct msg_ep *ep, const struct port_landed *l)
{
	struct land *d = &ep->land;
	struct msg_req *req = d->req;
	struct land_place *e = &d->place[d->got++ % PORT_LAND_RING];

	ep->events++;
	ep->stat[STAT_RX_FRAMES]++;
	d->last_ns = ep->now;
	e->came = land_which(ep, l, e);
	if (e->came != LAND_NONE)
		bulk_heard(ep, req, e->came);
	if (e->came != LAND_NONE && e->len == PORT_LAND_BYTES)
		ep->slots[req->peer].landed = true;
	if (d->broken || e->came != e->chunk) {
		d->broken = true;
		if (e->came == LAND_NONE)
			ep->stat[STAT_DROP_BULK_STALE]++;
		else
			d->came |= (u64)1 << (e->came - req->base);
		endpoint_timer(ep, land_due(ep));
		return;
	}
	if (e->aside)
		land_copy(ep, land_home(req, e->chunk), e);
	else
		ep->stat[STAT_RX_BYTES_LANDED] += e->len;
	land_buf_free(ep, e);
	d->first = d->got;
	req->have |= (u64)1 << (e->chunk - req->base);
	bulk_goes_on(ep, req);
}

void
land_poll(struct msg_ep *ep)
{
	struct port_landed l[LAND_BATCH];
	u32 turn = ep->land.turn;
	int n = LAND_BATCH;

	while (ep->land.req && ep->land.turn == turn && n == LAND_BATCH) {
		n = ep->port->land_poll(ep->port, l, LAND_BATCH);
		for (int i = 0; i < n && ep->land.turn == turn; i++)
			land_one(ep, &l[i]);
	}
}

u64
land_due(const struct msg_ep *ep)
{
	const struct land *d = &ep->land;

	return d->last_ns + retry_gap_ns(ep->slots[d->req->peer].peer, 0);
}

/* -- out of order ----------------------------------------------------------- */

static struct land_place *
land_place_of(struct land *d, u32 chunk)
{
	u32 i = d->first;

	while (d->place[i % PORT_LAND_RING].chunk != chunk)
		i++;
	return &d->place[i % PORT_LAND_RING];
}

/* Moves what lies in e to where it belongs, if nothing lies there that is
 * still to be moved itself. */
static bool
land_move(struct msg_ep *ep, struct land_place *e)
{
	struct land *d = &ep->land;
	struct land_place *t = land_place_of(d, e->came);

	if (t != e && !t->aside && t->came != LAND_NONE)
		return false;
	if (t != e || e->aside)
		land_copy(ep, land_home(d->req, e->came), e);
	else
		ep->stat[STAT_RX_BYTES_LANDED] += e->len;
	d->req->have |= (u64)1 << (e->came - d->req->base);
	e->came = LAND_NONE;
	return true;
}

/* One round; returns a place that waits for others. */
static struct land_place *
land_move_all(struct msg_ep *ep, bool *moved)
{
	struct land *d = &ep->land;
	struct land_place *stuck = NULL;

	*moved = false;

	for (u32 i = d->first; i != d->put; i++) {
		struct land_place *e = &d->place[i % PORT_LAND_RING];

		if (e->came == LAND_NONE)
			continue;
		if (land_move(ep, e))
			*moved = true;
		else
			stuck = e;
	}
	return stuck;
}

/* Places that each wait for the next: one steps aside. */
static void
land_step_aside(struct msg_ep *ep, struct land_place *e)
{
	u8 *spare = ep->port->land_bufs + (size_t)LAND_SPARE * PORT_LAND_BYTES;

	land_copy(ep, spare, e);
	e->at = spare;
	e->aside = true;
}

/* Nothing is posted, nothing has come. */
static void
land_clear(struct msg_ep *ep)
{
	struct land *d = &ep->land;

	if (d->got != d->put)
		ep->port->land_stop(ep->port);
	d->first = d->got = d->put;
	d->bufs = (1u << PORT_LAND_BUFS) - 1;
	d->came = 0;
	d->broken = false;
}

void
land_settle(struct msg_ep *ep)
{
	struct land *d = &ep->land;
	struct land_place *stuck;
	bool moved;

	if (d->got != d->put)
		ep->port->land_stop(ep->port);
	d->got = d->put;
	while ((stuck = land_move_all(ep, &moved)))
		if (!moved)
			land_step_aside(ep, stuck);
	land_clear(ep);
}

void
land_begin(struct msg_ep *ep, struct msg_req *req)
{
	land_clear(ep);
	ep->land.req = req;
	ep->land.last_ns = ep->now;
}

void
land_end(struct msg_ep *ep, struct msg_req *req)
{
	if (ep->land.req != req)
		return;
	land_clear(ep);
	ep->land.req = NULL;
	ep->land.turn++;
}
