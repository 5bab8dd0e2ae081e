/* ack.c - what arrived, told and heard. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/ack.h"

#include "net/credit.h"
#include "net/retry.h"
#include "net/tx.h"

/*
 * `ack` moves by whole messages: what it covers is never given up. `sack`
 * says which frames from `ack` on are here; a receiver short of buffers may
 * give those up, so the sender keeps them and sends everything again after a
 * timeout.
 */

void
ack_fill(struct msg_ep *ep, struct peer *p, struct wire_head *h)
{
	u32 turn = p->rx_commit % WIRE_WINDOW;
	u64 sack = p->rx_map >> turn;

	if (turn)
		sack |= p->rx_map << (WIRE_WINDOW - turn);
	p->edge_sent = credit_edge(ep, p);
	h->ack = le32_of(p->rx_commit);
	h->sack = le64_of(sack);
	h->edge = le32_of(p->edge_sent);
	p->ack_due = 0;
	p->ack_at = 0;
	p->ack_now = false;
}

void
ack_owe(struct msg_ep *ep, struct peer *p, bool at_once)
{
	if (at_once || ++p->ack_due >= WIRE_ACK_EVERY) {
		p->ack_now = true;
		endpoint_kick(ep, p);
	} else if (!p->ack_at) {
		p->ack_at = ep->now + WIRE_ACK_DELAY_NS;
		endpoint_timer(ep, p->ack_at);
	}
}

/* The frame is no longer under way. */
static void
ack_settle(struct peer *p, struct buf *b)
{
	if (b->lost)
		p->lost--;
	else if (!b->sacked)
		p->flight--;
	b->lost = false;
}

/* Frees all frames before `ack`; returns how many. */
static u32
ack_free(struct msg_ep *ep, struct peer *p, u32 ack)
{
	u32 freed = 0;
	struct buf *b;

	while ((b = p->tx) && wire_before(b->seq, ack)) {
		if (b->sent == 1 && !b->sacked && !b->lost && !p->self)
			retry_sample(p, ep->now - b->sent_ns);
		ack_settle(p, b);
		p->tx = b->next;
		if (!p->tx)
			p->tx_end = &p->tx;
		p->queued--;
		endpoint_unfinished(ep, -1);
		buf_put(&ep->pool, b);
		freed++;
	}
	p->tx_una = ack;
	return freed;
}

/* Marks frames that are there; returns how many are new. */
static u32
ack_mark(struct msg_ep *ep, struct peer *p, u64 sack, u32 *highest)
{
	u32 marked = 0;

	for (struct buf *b = p->tx; b != p->unsent; b = b->next) {
		u32 bit = b->seq - p->tx_una;

		if (bit >= WIRE_WINDOW || !(sack >> bit & 1))
			continue;
		*highest = b->seq;
		if (b->sacked)
			continue;
		if (b->sent == 1 && !b->lost)
			retry_sample(p, ep->now - b->sent_ns);
		ack_settle(p, b);
		b->sacked = true;
		marked++;
	}
	return marked;
}

/* A frame is lost when enough later ones have overtaken it; one that was
 * sent again only after a round trip. */
static void
ack_find_lost(struct msg_ep *ep, struct peer *p, u32 highest)
{
	bool any = false;

	for (struct buf *b = p->tx; b != p->unsent; b = b->next) {
		if (!wire_before(b->seq + WIRE_REORDER - 1, highest))
			break;
		if (b->sacked || b->lost ||
		    (b->sent > 1 && ep->now - b->sent_ns < p->srtt * 2))
			continue;
		b->lost = true;
		p->lost++;
		p->flight--;
		any = true;
	}
	if (any)
		credit_shrink(p, false);
}

void
ack_take(struct msg_ep *ep, struct peer *p, const struct wire_head *h)
{
	u32 ack = le32_get(h->ack), edge = le32_get(h->edge);
	u32 sent = p->unsent ? p->unsent->seq : p->tx_next;
	u64 sack = le64_get(h->sack);
	u32 news = 0, highest = ack;

	if (wire_before(ack, p->tx_una))
		return;
	if (wire_before(sent, ack) ||
	    (i32)(edge - ack) > 2 * WIRE_WINDOW) {
		ep->stat[STAT_DROP_MALFORMED]++;
		return;
	}
	if (ack != p->tx_una)
		news = ack_free(ep, p, ack);
	if (sack) {
		news += ack_mark(ep, p, sack, &highest);
		ack_find_lost(ep, p, highest);
	}
	if (wire_before(p->tx_edge, edge))
		p->tx_edge = edge;
	if (news) {
		p->tries = 0;
		credit_grow(p, news);
		retry_arm(ep, p);
		ep->events++;
		if (ep->waiting)
			tx_kick_waiting(ep);
	}
	if (p->unsent || p->lost)
		endpoint_kick(ep, p);
}
