/* rx.c - an arriving packet: validate, peer, duplicate, place, deliver. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/rx.h"

#include "kernel/lib/string.h"
#include "net/ack.h"
#include "net/bulk.h"
#include "net/credit.h"
#include "net/peer.h"
#include "net/tx.h"

enum {
	RX_BATCH = 32,
	RX_BATCHES = 8,        /* of one round */
	HOLD_SKIP = 1 << 16,   /* committed, but no message for the owner */
};

/* -- place ----------------------------------------------------------------- */

static void
rx_release(struct msg_ep *ep, struct hold *h)
{
	if (h->own) {
		h->own->pending--;
	} else {
		ep->port->release(ep->port, h->cookie);
		ep->held--;
	}
	h->data = NULL;
	h->own = NULL;
}

void
rx_drop_partial(struct msg_ep *ep, struct peer *p)
{
	u32 turn = p->rx_commit;

	for (u32 i = 0; i < WIRE_WINDOW; i++, turn++) {
		struct hold *h = &p->hold[turn % WIRE_WINDOW];

		if (!(p->rx_map >> (turn % WIRE_WINDOW) & 1))
			continue;
		rx_release(ep, h);
		ep->stat[STAT_EVICTED]++;
	}
	p->rx_map = 0;
	p->rx_next = p->rx_commit;
}

void
rx_drop_stream(struct msg_ep *ep, struct peer *p)
{
	for (u32 i = 0; i < WIRE_WINDOW; i++)
		if (p->hold[i].data)
			rx_release(ep, &p->hold[i]);
	p->rx_map = 0;
	list_take(&p->ready);
	if (ep->privileged == p)
		ep->privileged = NULL;
}

/* Do the lengths of the frames from rx_commit to rx_next make a message? */
static bool
rx_message_ok(const struct peer *p)
{
	const struct hold *h = &p->hold[p->rx_commit % WIRE_WINDOW];
	const struct wire_msg *m = (const struct wire_msg *)h->data;
	u64 bytes = 0;

	if (!(h->flags & WIRE_FIRST) || m->head_len > MSG_HEAD_MAX ||
	    h->len < sizeof(*m) + m->head_len)
		return false;
	for (u32 s = p->rx_commit; s != p->rx_next; s++)
		bytes += p->hold[s % WIRE_WINDOW].len;
	bytes -= sizeof(*m) + m->head_len;
	if (le32_get(m->offer))
		return bytes == 0 && le16_get(m->chunk_max) >= WIRE_CHUNK_MIN;
	return bytes == le64_get(m->len);
}

/* The frames up to rx_next are one unit: from here on they are ours. */
static void
rx_commit(struct msg_ep *ep, struct peer *p)
{
	struct hold *h = &p->hold[p->rx_commit % WIRE_WINDOW];
	bool skip = true;

	if (h->flags & WIRE_TAKEN)
		bulk_taken(ep, p, (const struct wire_taken *)h->data);
	else if (rx_message_ok(p))
		skip = false;
	else
		ep->stat[STAT_DROP_MALFORMED]++;
	for (; p->rx_commit != p->rx_next; p->rx_commit++) {
		h = &p->hold[p->rx_commit % WIRE_WINDOW];
		p->rx_map &= ~((u64)1 << p->rx_commit % WIRE_WINDOW);
		if (skip)
			h->flags |= HOLD_SKIP;
	}
	if (skip)
		return;
	if (list_is_empty(&p->ready))
		list_put(&ep->ready, &p->ready);
	endpoint_news(ep);
}

/* Passes what is not for the owner. */
static void
rx_skip(struct msg_ep *ep, struct peer *p)
{
	while (p->rx_deliver != p->rx_commit) {
		struct hold *h = &p->hold[p->rx_deliver % WIRE_WINDOW];

		if (!(h->flags & HOLD_SKIP))
			return;
		rx_release(ep, h);
		p->rx_deliver++;
	}
}

static void
rx_advance(struct msg_ep *ep, struct peer *p)
{
	for (;;) {
		u32 i = p->rx_next % WIRE_WINDOW;

		if (!(p->rx_map >> i & 1))
			break;
		p->rx_next++;
		if (p->hold[i].flags & WIRE_LAST ||
		    p->rx_next - p->rx_commit >= MSG_SEGS_MAX)
			rx_commit(ep, p);
	}
	rx_skip(ep, p);
	if (credit_is_news(ep, p))
		ack_owe(ep, p, true);
}

static void
rx_place(struct msg_ep *ep, struct peer *p, u32 seq, const struct hold *h)
{
	u32 i = seq % WIRE_WINDOW;

	ASSERT(!p->hold[i].data);
	p->hold[i] = *h;
	p->rx_map |= (u64)1 << i;
	if (seq == p->rx_next)
		rx_advance(ep, p);
}

void
rx_loop(struct msg_ep *ep, struct peer *p, struct buf *b)
{
	struct hold h = { b->payload, b->len, b->flags, NULL, b };

	b->pending++;
	rx_place(ep, p, b->seq, &h);
}

/* -- validate -------------------------------------------------------------- */

static bool
rx_drop(struct msg_ep *ep, enum stat why)
{
	ep->stat[why]++;
	return false;
}

/* The slot of a ring is wanted back at once: the frame moves to a buffer,
 * which is free again when the hold lets go of it. */
static bool
rx_keep_copy(struct msg_ep *ep, struct hold *h)
{
	struct buf *b = buf_get(&ep->pool, BUF_RESERVE);

	if (!b)
		return false;
	memcpy(b->payload, h->data, h->len);
	b->pending = 1;
	buf_put(&ep->pool, b);
	h->data = b->payload;
	h->own = b;
	return true;
}

/* True: the frame's buffer is held. cookie NULL: it came by a ring. */
static bool
rx_data(struct msg_ep *ep, struct peer *p, const struct wire_view *v,
    void *cookie)
{
	u32 seq = le32_get(v->head->seq), ahead = seq - p->rx_deliver;
	struct hold h = { v->payload, v->len, v->head->flags, cookie, NULL };
	bool at_once = seq != p->rx_next || h.flags & WIRE_ASK;

	if (wire_before(seq, p->rx_commit) || (ahead < WIRE_WINDOW &&
		p->hold[seq % WIRE_WINDOW].data)) {
		ack_owe(ep, p, true);
		return rx_drop(ep, STAT_DROP_DUPLICATE);
	}
	if (ahead >= WIRE_WINDOW)
		return rx_drop(ep, STAT_DROP_WINDOW);
	if (cookie ? !credit_may_hold(ep, p) : !rx_keep_copy(ep, &h))
		return rx_drop(ep, STAT_DROP_NO_BUFFER);
	if (cookie)
		ep->held++;
	rx_place(ep, p, seq, &h);
	ack_owe(ep, p, at_once); /* the frame may be gone by now */
	return true;
}

/* Everything but BULK; true: the buffer is held. */
static bool
rx_head_frame(struct msg_ep *ep, const struct wire_view *v,
    const struct port_addr *from, void *cookie)
{
	struct slot *slot = peer_slot_accept(ep, from);
	struct peer *p;

	if (!slot)
		return rx_drop(ep, STAT_DROP_STRANGER);
	if (slot->dead)
		return rx_drop(ep, STAT_DROP_DEAD);
	p = peer_get(ep, (u32)(slot - ep->slots));
	if (!p)
		return rx_drop(ep, STAT_DROP_NO_PEER);
	if (!peer_epoch_ok(ep, p, v->head))
		return rx_drop(ep, STAT_DROP_EPOCH);
	p->tries = 0;
	ep->heard++;
	ack_take(ep, p, v->head);
	switch (v->kind) {
	case WIRE_DATA:
		return rx_data(ep, p, v, cookie);
	case WIRE_PULL:
		bulk_asked(ep, p, v);
		break;
	default:
		break;
	}
	if (v->head->flags & WIRE_ASK)
		ack_owe(ep, p, true);
	return false;
}

static bool
rx_packet(struct msg_ep *ep, const struct port_rx *rx)
{
	struct wire_view v;
	enum wire_verdict bad;

	if (ep->closed)
		return false;
	ep->stat[STAT_RX_FRAMES]++;
	bad = wire_check(&v, rx->data, rx->len, ep->key);
	if (bad)
		return rx_drop(ep, (enum stat)(STAT_DROP_SHORT +
		    (bad - WIRE_BAD_SHORT)));
	if (v.kind == WIRE_BULK) {
		bulk_chunk(ep, &v, &rx->from);
		return false;
	}
	return rx_head_frame(ep, &v, &rx->from, rx->cookie);
}

/* Frames of neighbours. */
static void
rx_poll_ring(struct msg_ep *ep)
{
	struct port_addr from;
	struct wire_view v;
	u8 *frame;
	u32 len;

	for (u32 n = 0; n < SHM_SLOTS && !ep->closed &&
	     (frame = shm_first(ep->shm, &from, &len)); n++) {
		enum wire_verdict bad = wire_look(&v, frame, len, ep->key);

		ep->stat[STAT_RX_FRAMES]++;
		ep->events++;
		if (bad)
			rx_drop(ep, (enum stat)(STAT_DROP_SHORT +
			    (bad - WIRE_BAD_SHORT)));
		else
			rx_head_frame(ep, &v, &from, NULL);
		shm_next(ep->shm);
	}
}

void
rx_poll(struct msg_ep *ep)
{
	struct port_rx rx[RX_BATCH];
	int n = RX_BATCH;

	if (ep->shm)
		rx_poll_ring(ep);
	for (int b = 0; b < RX_BATCHES && n == RX_BATCH; b++) {
		n = ep->port->poll(ep->port, rx, RX_BATCH);
		for (int i = 0; i < n; i++)
			if (!rx_packet(ep, &rx[i]))
				ep->port->release(ep->port, rx[i].cookie);
		ep->events += (u32)n;
	}
}

/* -- deliver --------------------------------------------------------------- */

/* Takes the peer's first message out of its stream. */
static u32
rx_take_message(struct peer *p, struct hold part[MSG_SEGS_MAX])
{
	u32 parts = 0;

	do {
		struct hold *h = &p->hold[p->rx_deliver % WIRE_WINDOW];

		ASSERT(h->data && parts < MSG_SEGS_MAX);
		part[parts] = *h;
		h->data = NULL;
		h->own = NULL;
		p->rx_deliver++;
	} while (!(part[parts++].flags & WIRE_LAST));
	return parts;
}

static void
rx_describe(struct msg_in *in, const struct hold *part, u32 parts)
{
	const struct wire_msg *m = (const struct wire_msg *)part[0].data;
	u32 skip = (u32)sizeof(*m) + m->head_len;

	in->head = part[0].data + sizeof(*m);
	in->head_len = m->head_len;
	in->len = le64_get(m->len);
	in->segs = 0;
	in->offer = le32_get(m->offer);
	if (in->offer) {
		in->offer |= (u64)le16_get(m->chunk_max) << 32;
		return;
	}
	for (u32 i = 0; i < parts; i++, skip = 0) {
		if (part[i].len == skip)
			continue;
		in->seg[in->segs].ptr = part[i].data + skip;
		in->seg[in->segs++].len = part[i].len - skip;
	}
}

static void
rx_deliver_one(struct msg_ep *ep, struct peer *p)
{
	struct hold part[MSG_SEGS_MAX];
	struct msg_in in = { .peer = p->number };
	u32 parts = rx_take_message(p, part);

	rx_skip(ep, p);
	list_take(&p->ready);
	if (p->rx_deliver != p->rx_commit)
		list_put(&ep->ready, &p->ready);
	if (ep->privileged == p)
		ep->privileged = NULL;
	if (p->self)
		endpoint_kick(ep, p);
	else if (credit_is_news(ep, p))
		ack_owe(ep, p, true);
	rx_describe(&in, part, parts);
	ep->stat[STAT_MESSAGES_IN]++;
	if (!in.offer) {
		ep->stat[STAT_RX_COPIED_BYTES] += in.len;
		ep->stat[STAT_RX_TOUCHED_BYTES] += in.len;
	}
	ep->events++;
	ep->upcall = true;
	ep->deliver(ep->ctx, &in);
	ep->upcall = false;
	for (u32 i = 0; i < parts; i++)
		rx_release(ep, &part[i]);
}

void
rx_deliver(struct msg_ep *ep)
{
	while (ep->deliver && !list_is_empty(&ep->ready) && !ep->closed)
		rx_deliver_one(ep, CONTAINER_OF(ep->ready.next, struct peer,
		    ready));
}
