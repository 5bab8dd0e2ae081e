/* bulk.c - large messages, pulled in place by their receiver. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/bulk.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "net/credit.h"
#include "net/land.h"
#include "net/peer.h"
#include "net/retry.h"
#include "net/tx.h"

/*
 *	sender                                receiver
 *	DATA (offer 7, 1 MiB) ------------------>  deliver: a place is found
 *	   <---------------------- PULL (7, chunks 0..63)
 *	BULK chunk 0, 1, 2, ... ----------------->  each at its place
 *	   <---------------------- PULL (7, chunks 64..95)   half has arrived
 *	BULK ... (the last says LAST) ----------->
 *	   <---------------------- DATA (TAKEN 7)            in the stream
 *
 * PULL and BULK are not repeated by their senders: the receiver asks again
 * for what is missing, and it alone decides how much is under way: the
 * chunks asked for by all its pulls fit in its port's buffers. The sender
 * keeps no timer and remembers only which chunks it was asked for. Where the
 * machine can, chunks land in place without being copied: land.c.
 *
 * A chunk is asked for again (1) when later ones have come and a whole
 * measured round trip, with its spread, has passed since; (2) when nothing
 * at all came for four of those. Both waits double until the window moves.
 */

enum {
	BULK_TURN = 16,        /* chunks of one offer before the next one's */
	BULK_ROUND = 64,       /* chunks sent in one round */
	BULK_STALLED = 2,      /* timeouts after which a pull gives its turn */
	BULK_ROOM_FIRST = 16,  /* chunks under way: doubles each round trip, */
	BULK_ROOM_MIN = 4,     /* halves with each loss */
};

u32
bulk_chunk_max(u32 mtu)
{
	u32 most = mtu - (u32)sizeof(struct wire_bulk);

	return most >= WIRE_CHUNK_MAX ? WIRE_CHUNK_MAX :
	    most & ~7u;
}

/* -- the sender's side ----------------------------------------------------- */

static struct msg_req *
bulk_find_offer(struct peer *p, u32 offer)
{
	struct list *it, *next;

	LIST_EACH(it, next, &p->offers) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);

		if (req->id == offer)
			return req;
	}
	return NULL;
}

void
bulk_asked(struct msg_ep *ep, struct peer *p, const struct wire_view *v)
{
	const struct wire_pull *w = (const struct wire_pull *)v->payload;
	struct msg_req *req = bulk_find_offer(p, le32_get(w->offer));
	u32 chunk = le16_get(w->chunk), base = le32_get(w->base);
	u32 id = le32_get(w->pull), shift;
	u64 mask = le64_get(w->mask);

	if (!req) {
		ep->stat[STAT_DROP_NO_OFFER]++;
		return;
	}
	if (chunk < WIRE_CHUNK_MIN || chunk > ep->chunk_max) {
		ep->stat[STAT_DROP_MALFORMED]++;
		return;
	}
	if (wire_before(id, req->offer))
		return;
	if (req->offer != id) {
		req->offer = id;
		req->want = req->gave = 0;
		req->base = base;
		req->land_port = le16_get(w->port);
	}
	shift = base - req->base;
	if (wire_before(base, req->base))
		return;
	req->want = shift < 64 ? req->want >> shift : 0;
	req->gave = shift < 64 ? req->gave >> shift : 0;
	req->want |= req->land_port ? mask & ~req->gave : mask;
	req->base = base;
	req->chunk = chunk;
	req->have = MIN(req->len, le64_get(w->len));
	if (list_is_empty(&req->grant))
		list_put(&ep->granted, &req->grant);
}

/* `have` is the number of bytes that the receiver wants, here. */
static bool
bulk_send_chunk(struct msg_ep *ep, struct msg_req *req, u32 bit)
{
	struct bulk_slot *s = &ep->bulk[ep->bulk_put % BULK_SLOTS];
	struct peer *p = ep->slots[req->peer].peer;
	u64 at = ((u64)req->base + bit) * req->chunk;
	struct port_addr to = p->addr;
	struct iov seg[2];

	if (at >= req->have && at > 0)
		return true;
	if (ep->bulk_put - ep->bulk_got >= BULK_SLOTS)
		return false;
	seg[0] = (struct iov){ &s->head, sizeof(s->head) };
	seg[1] = (struct iov){ (u8 *)req->data + at,
		MIN(req->have - at, (u64)req->chunk) };
	s->head.version_kind = WIRE_VERSION << 4 | WIRE_BULK;
	s->head.flags = at + seg[1].len == req->have ? WIRE_LAST : 0;
	if (req->land_port) {
		to.udp_port = req->land_port;
		s->head.flags |= ep->port->tx_sums ? WIRE_SUMMED : 0;
	}
	s->head.key = le32_of(ep->key);
	s->head.dst_epoch = le32_of(p->epoch);
	s->head.pull = le32_of(req->offer);
	s->head.chunk = le32_of(req->base + bit);
	wire_sum_bulk(&s->head, seg[1].ptr, (u32)seg[1].len);
	s->pending = 0;
	if (ep->port->tx(ep->port, &to, seg, 2, &s->pending) < 0) {
		ep->stat[STAT_TX_REFUSED]++;
		return false;
	}
	ep->stat[STAT_TX_BULK]++;
	if (s->pending) {
		s->req = req;
		req->pending++;
		ep->bulk_put++;
	}
	return true;
}

/* Up to BULK_TURN chunks of the first granted offer; false: port full. */
static bool
bulk_turn(struct msg_ep *ep, struct msg_req *req)
{
	for (u32 n = 0; n < BULK_TURN && req->want; n++) {
		u32 bit = (u32)__builtin_ctzll(req->want);

		if (!bulk_send_chunk(ep, req, bit)) {
			ep->tx_full = true;
			return false;
		}
		req->want &= req->want - 1;
		req->gave |= (u64)1 << bit;
		ep->events++;
	}
	list_take(&req->grant);
	if (req->want)
		list_put(&ep->granted, &req->grant);
	return true;
}

void
bulk_reap(struct msg_ep *ep)
{
	while (ep->bulk_got != ep->bulk_put) {
		struct bulk_slot *s = &ep->bulk[ep->bulk_got % BULK_SLOTS];

		if (s->pending)
			return;
		s->req->pending--;
		s->req = NULL;
		ep->bulk_got++;
	}
}

void
bulk_taken(struct msg_ep *ep, struct peer *p, const struct wire_taken *t)
{
	struct msg_req *req = bulk_find_offer(p, le32_get(t->offer));

	if (!req) {
		ep->stat[STAT_DROP_NO_OFFER]++;
		return;
	}
	req->moved = MIN(le64_get(t->moved), req->len);
	endpoint_finish(ep, req, 0);
}

/* -- the receiver's side --------------------------------------------------- */

static void
bulk_is_pulled(struct msg_ep *ep, struct msg_req *req)
{
	land_end(ep, req);
	list_take(&req->link);
	req->state = REQ_PULLED;
	list_put(&ep->pulled, &req->link);
}

/* Our own offer: one copy, both are done. */
static void
bulk_pull_self(struct msg_ep *ep, struct peer *p, struct msg_req *req)
{
	struct msg_req *sent = bulk_find_offer(p, req->offer);

	if (!sent) {
		endpoint_finish(ep, req, ERR_NOENT);
		return;
	}
	req->moved = MIN(req->len, sent->len);
	if (req->moved)
		memcpy(req->data, sent->data, req->moved);
	sent->moved = req->moved;
	endpoint_finish(ep, sent, 0);
	endpoint_finish(ep, req, 0);
}

/* A neighbour's offer: one copy from its memory. */
static bool
bulk_copy(struct msg_ep *ep, struct peer *p, struct msg_req *req)
{
	u64 from, len;

	if (!p->shm || !shm_offer_find(p->shm, req->offer, &from, &len))
		return false;
	len = MIN(len, req->len);
	if (len && ep->copy(ep->copy_ctx, shm_owner(p->shm), req->data, from,
	    len))
		return false;
	req->moved = len;
	ep->stat[STAT_COPIED]++;
	ep->stat[STAT_RX_COPIED_BYTES] += len;
	ep->stat[STAT_RX_TOUCHED_BYTES] += len;
	return true;
}

void
bulk_pull(struct msg_ep *ep, struct msg_req *req)
{
	struct peer *p = peer_get(ep, req->peer);

	list_init(&req->link);
	list_init(&req->grant);
	endpoint_unfinished(ep, 1);
	if (!p) {
		endpoint_finish(ep, req, ERR_DEAD);
		return;
	}
	if (p->self) {
		bulk_pull_self(ep, p, req);
		return;
	}
	if (req->len == 0 || bulk_copy(ep, p, req)) {
		bulk_is_pulled(ep, req);
		return;
	}
	req->landing = land_may(ep, req, req->chunk);
	if (!req->landing)
		req->chunk = MIN(req->chunk, ep->chunk_copied);
	req->state = REQ_PULL_WAITING;
	list_put(&ep->pulls, &req->link);
}

/* When the pull has to be looked at if nothing more comes. */
static u64
bulk_due(const struct msg_ep *ep, const struct msg_req *req)
{
	const struct peer *p = ep->slots[req->peer].peer;
	u64 quiet = MAX(req->asked_ns, req->heard_ns) +
	    retry_pull_ns(p, req->tries);

	if (req->landing && ep->land.broken)
		return land_due(ep);
	if (!req->gap_ns)
		return quiet;
	return MIN(quiet, req->gap_ns + retry_gap_ns(p, req->tries));
}

static void
bulk_ask(struct msg_ep *ep, struct msg_req *req, u64 mask)
{
	struct peer *p = ep->slots[req->peer].peer;
	struct wire_pull w = { .offer = le32_of(req->offer) };

	w.pull = le32_of(req->id);
	w.chunk = le16_of((u16)req->chunk);
	w.port = le16_of(req->landing ? ep->port->land_port : 0);
	w.base = le32_of(req->base);
	req->want |= mask;
	/* What lands must come in order, even if a PULL does not. */
	w.mask = le64_of(req->landing ? req->want & ~req->have : mask);
	w.len = le64_of(req->len);
	tx_control(ep, p, WIRE_PULL, 0, &w, sizeof(w));
	req->asked_ns = ep->now;
	endpoint_timer(ep, bulk_due(ep, req));
}

/* Asks for the next chunks when half of those under way have come. */
static void
bulk_ask_more(struct msg_ep *ep, struct msg_req *req)
{
	u32 room = req->landing ? req->room : MIN(credit_chunks(ep), req->room);
	u32 left = req->chunks - req->base;
	u32 under_way = (u32)__builtin_popcountll(req->want & ~req->have);
	u64 mask = 0, open = ~(req->want | req->have);

	if (left < WIRE_CHUNKS)
		open &= ((u64)1 << left) - 1;
	if (!open || under_way > room / 2)
		return;
	for (; open && under_way < room; under_way++) {
		mask |= open & (0 - open);
		open &= open - 1;
	}
	if (req->landing)
		mask = ep->land.broken ? 0 : land_post(ep, req, mask);
	/* Its last chunk measures the round trip, unless one is awaited. */
	if (!mask)
		return;
	if (!req->top) {
		req->top = req->base + 64 - (u32)__builtin_clzll(mask);
		req->top_ns = ep->now;
	}
	bulk_ask(ep, req, mask);
}

/* Something was lost: round trips are not measured (Karn). */
static void
bulk_shrink(struct msg_ep *ep, struct msg_req *req, u64 missing)
{
	ep->stat[STAT_PULLS_AGAIN] += (u32)__builtin_popcountll(missing);
	req->tries++;
	req->top = 0;
	req->room = MAX(req->room / 2, (u32)BULK_ROOM_MIN);
}

/* What is missing is asked for again. */
static void
bulk_ask_again(struct msg_ep *ep, struct msg_req *req, u64 missing)
{
	bulk_shrink(ep, req, missing);
	if (req->gap_ns)
		req->gap_ns = ep->now;
	bulk_ask(ep, req, missing);
}

/* From the first chunk on, or from where it had to give its turn. */
static void
bulk_begin(struct msg_ep *ep, struct msg_req *req)
{
	req->id = ++ep->next_pull;
	if (!req->chunks) {
		req->base = 0;
		req->have = 0;
		req->room = BULK_ROOM_FIRST;
		req->chunks = (u32)((req->len + req->chunk - 1) / req->chunk);
	}
	req->want = req->have;
	req->asked_ns = ep->now;
	if (req->landing)
		land_begin(ep, req);
	bulk_ask_more(ep, req);
	endpoint_timer(ep, bulk_due(ep, req));
}

/* Pulls in order, but for those that wait for the one that lands now. */
static void
bulk_start(struct msg_ep *ep)
{
	struct list *it, *next;

	LIST_EACH(it, next, &ep->pulls) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);

		if (ep->pulling_count >= WIRE_PULLS_ACTIVE)
			return;
		if (req->landing && ep->land.req)
			continue;
		list_take(&req->link);
		list_put(&ep->pulling, &req->link);
		ep->pulling_count++;
		req->state = REQ_PULLING;
		bulk_begin(ep, req);
	}
}

void
bulk_pump(struct msg_ep *ep)
{
	for (u32 n = 0; n < BULK_ROUND / BULK_TURN; n++) {
		if (list_is_empty(&ep->granted) ||
		    !bulk_turn(ep, CONTAINER_OF(ep->granted.next,
			struct msg_req, grant)))
			break;
	}
	bulk_start(ep);
}

void
bulk_told(struct msg_ep *ep)
{
	while (!list_is_empty(&ep->pulled)) {
		struct msg_req *req = CONTAINER_OF(ep->pulled.next,
		    struct msg_req, link);
		struct peer *p = ep->slots[req->peer].peer;

		if (!tx_taken(ep, p, req->offer, req->moved))
			return;
		endpoint_finish(ep, req, 0);
	}
}

static struct msg_req *
bulk_find_pull(struct msg_ep *ep, u32 id)
{
	struct list *it, *next;

	LIST_EACH(it, next, &ep->pulling) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);

		if (req->id == id)
			return req;
	}
	return NULL;
}

/* Chunks that enough later ones have overtaken. */
static u64
bulk_overdue(const struct msg_req *req)
{
	u32 top;

	if (!req->have)
		return 0;
	top = 63 - (u32)__builtin_clzll(req->have);
	return top <= WIRE_REORDER ? 0 : req->want & ~req->have &
	    (((u64)1 << (top - WIRE_REORDER)) - 1);
}

/* Is there a gap, since when, and has it lasted too long? */
static void
bulk_find_lost(struct msg_ep *ep, struct msg_req *req)
{
	struct peer *p = ep->slots[req->peer].peer;
	u64 overdue = bulk_overdue(req);

	if (!overdue) {
		req->gap_ns = 0;
	} else if (!req->gap_ns) {
		req->gap_ns = ep->now;
		endpoint_timer(ep, bulk_due(ep, req));
	} else if (ep->now - req->gap_ns >= retry_gap_ns(p, req->tries)) {
		bulk_ask_again(ep, req, overdue);
	}
}

/* The window moves over what is complete. */
static void
bulk_slide(struct msg_ep *ep, struct msg_req *req)
{
	u32 n = ~req->have ? (u32)__builtin_ctzll(~req->have) : 64;

	req->base += n;
	if (n)
		req->tries = 0;
	req->have = n < 64 ? req->have >> n : 0;
	req->want = n < 64 ? req->want >> n : 0;
	if (req->base < req->chunks)
		return;
	if (!req->reasked)
		ep->pulling_count--;
	bulk_is_pulled(ep, req);
	bulk_told(ep);
	bulk_start(ep);
}

/* Does the chunk have the length that it must have? */
static bool
bulk_fits(struct msg_req *req, const struct wire_view *v, u32 index)
{
	u64 at = (u64)index * req->chunk;

	if (at > req->len || v->len > req->len - at || v->len > req->chunk)
		return false;
	if (v->bulk->flags & WIRE_LAST) {
		req->chunks = index + 1;
		req->moved = at + v->len;
	} else if (v->len != req->chunk) {
		return false;
	}
	return true;
}

void
bulk_heard(struct msg_ep *ep, struct msg_req *req, u32 index)
{
	struct peer *p = ep->slots[req->peer].peer;

	req->heard_ns = ep->now;
	req->gently = false;
	req->room = MIN(req->room + 1, (u32)WIRE_CHUNKS);
	if (req->top && index + 1 == req->top) {
		retry_sample_bulk(p, ep->now - req->top_ns);
		req->top = 0;
	}
}

u32
bulk_wanted(struct msg_ep *ep, struct msg_req *req, const struct wire_view *v,
    const struct port_addr *from)
{
	u32 index = le32_get(v->bulk->chunk), bit = index - req->base;
	const struct port_addr *a = &ep->slots[req->peer].addr;

	if (req->id != le32_get(v->bulk->pull) || a->ip4 != from->ip4 ||
	    a->udp_port != from->udp_port ||
	    le32_get(v->bulk->dst_epoch) != ep->epoch) {
		ep->stat[STAT_DROP_BULK_STALE]++;
	} else if (bit >= WIRE_CHUNKS || !(req->want >> bit & 1) ||
	    req->have >> bit & 1) {
		ep->stat[STAT_DROP_DUPLICATE]++;
	} else if (!bulk_fits(req, v, index)) {
		ep->stat[STAT_DROP_MALFORMED]++;
	} else {
		ep->stat[STAT_RX_BULK]++;
		ep->stat[STAT_RX_BYTES_BULK] += v->len;
		return bit;
	}
	return WIRE_CHUNKS;
}

void
bulk_goes_on(struct msg_ep *ep, struct msg_req *req)
{
	if (req->reasked)
		ep->pulling_count++;
	req->reasked = 0;
	bulk_slide(ep, req);
	if (req->state != REQ_PULLING)
		return;
	if (!req->landing)
		bulk_find_lost(ep, req);
	bulk_ask_more(ep, req);
}

void
bulk_chunk(struct msg_ep *ep, const struct wire_view *v,
    const struct port_addr *from)
{
	struct msg_req *req = bulk_find_pull(ep, le32_get(v->bulk->pull));
	u32 bit;

	if (!req || req->landing) {
		ep->stat[STAT_DROP_BULK_STALE]++;
		return;
	}
	bit = bulk_wanted(ep, req, v, from);
	if (bit >= WIRE_CHUNKS)
		return;
	if (v->len)
		memcpy((u8 *)req->data + ((u64)req->base + bit) * req->chunk,
		    v->payload, v->len);
	ep->stat[STAT_RX_COPIED_BYTES] += v->len;
	ep->stat[STAT_RX_TOUCHED_BYTES] += v->len;
	req->have |= (u64)1 << bit;
	bulk_heard(ep, req, req->base + bit);
	bulk_goes_on(ep, req);
}
/* -- time ------------------------------------------------------------------ */

/* Frames are lost, late, or too long for something on the way. */
static void
bulk_land_again(struct msg_ep *ep, struct msg_req *req)
{
	struct slot *slot = &ep->slots[req->peer];
	u64 missing = req->want & ~req->have;

	if (!ep->land.broken)
		retry_widen_bulk(slot->peer, ep->now - req->asked_ns);
	/* The PULL may have been lost, or the sender is busy: no harm done. */
	if (!ep->land.broken && !req->gently && missing) {
		req->gently = true;
		req->tries++;
		bulk_ask(ep, req, missing);
		return;
	}
	land_settle(ep);
	bulk_shrink(ep, req, missing);
	req->id = ++ep->next_pull;
	req->want = req->have;
	if (!slot->landed && req->tries >= LAND_TRIES) {
		slot->no_landing = true;
		land_end(ep, req);
		req->landing = false;
		req->chunk = MIN(req->chunk, ep->chunk_copied);
		req->chunks = 0;
		bulk_begin(ep, req);
		return;
	}
	bulk_goes_on(ep, req);
	if (req->state == REQ_PULLING)
		endpoint_timer(ep, bulk_due(ep, req));
}

/* A sender that stays silent lets other pulls have its turn. */
static void
bulk_give_turn(struct msg_ep *ep, struct msg_req *req)
{
	ep->pulling_count--;
	if (!req->landing) {
		req->reasked = 1;
		return;
	}
	land_end(ep, req);
	list_take(&req->link);
	list_put(&ep->pulls, &req->link);
	req->state = REQ_PULL_WAITING;
}

void
bulk_timers(struct msg_ep *ep)
{
	struct list *it, *next;

	LIST_EACH(it, next, &ep->pulling) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);
		u64 at = bulk_due(ep, req), missing = req->want & ~req->have;
		u64 overdue = bulk_overdue(req);

		if (ep->now < at) {
			endpoint_timer(ep, at);
			continue;
		}
		if (req->landing)
			bulk_land_again(ep, req);
		else
			bulk_ask_again(ep, req, req->gap_ns && overdue ?
			    overdue : missing);
		if (req->state == REQ_PULLING && req->tries >= BULK_STALLED &&
		    !req->reasked)
			bulk_give_turn(ep, req);
	}
	bulk_start(ep);
}
