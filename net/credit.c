/* credit.c - how much may be sent and held. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/credit.h"

#include "net/rx.h"

enum { CWND_LOSS = 4, CWND_SILENT = 1 };

void
credit_share(struct msg_ep *ep)
{
	/* What comes by a ring is copied to our own buffers. */
	u32 bufs = ep->shm ? MIN(ep->port->rx_bufs, ep->pool.total) :
	    ep->port->rx_bufs;
	u32 fair = bufs / (2 * MAX(ep->actives, 1u));

	ep->window = MAX(MIN(fair, (u32)WIRE_WINDOW), (u32)WIRE_CREDIT_MIN);
}

u32
credit_edge(const struct msg_ep *ep, const struct peer *p)
{
	return p->rx_deliver + ep->window;
}

bool
credit_is_news(const struct msg_ep *ep, const struct peer *p)
{
	u32 edge = credit_edge(ep, p);

	return wire_before(p->edge_sent + WIRE_CREDIT_MIN / 2 - 1, edge);
}

/*
 * With more senders than buffers, all of them might be occupied by parts of
 * messages, none of which can complete. So one peer at a time is privileged:
 * the frames of others' incomplete messages, which are not acknowledged, make
 * room for it.
 */
bool
credit_may_hold(struct msg_ep *ep, struct peer *p)
{
	struct list *it, *next;

	if (ep->held < ep->port->rx_bufs)
		return true;
	if (ep->privileged && ep->privileged != p &&
	    ep->now < ep->privileged_until)
		return false;
	LIST_EACH(it, next, &ep->active) {
		struct peer *other = CONTAINER_OF(it, struct peer, link);

		if (other == p || !other->rx_map || other->self ||
		    other->shm)
			continue;
		rx_drop_partial(ep, other);
		ep->privileged = p;
		ep->privileged_until = ep->now + WIRE_PRIVILEGE_NS;
		return true;
	}
	return false;
}

void
credit_grow(struct peer *p, u32 acked)
{
	p->cwnd = MIN(p->cwnd + acked, (u32)WIRE_WINDOW);
}

void
credit_shrink(struct peer *p, bool silent)
{
	if (!silent)
		p->cwnd = MAX(p->cwnd / 2, (u32)CWND_LOSS);
	else
		p->cwnd = CWND_SILENT;
}

u32
credit_chunks(const struct msg_ep *ep)
{
	u32 share = ep->port->rx_bufs / (2 * MAX(ep->pulling_count, 1u));

	return MAX(MIN(share, (u32)WIRE_CHUNKS), 8u);
}
