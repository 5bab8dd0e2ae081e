/* retry.c - when to send again: measured round trips, patience, no end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/retry.h"

#include "net/bulk.h"
#include "net/credit.h"
#include "net/tx.h"

/*
 * A silent peer is busy, not dead: after each timeout the wait doubles, up to
 * WIRE_RTO_MAX_NS, and one frame asks again, for ever. Only msg_node_dead()
 * ends it.
 */

enum { RETRY_SHIFT_MAX = 10 };

void
retry_sample(struct peer *p, u64 rtt)
{
	u64 off;

	if (p->srtt == 0) {
		p->srtt = MAX(rtt, 1u);
		p->rttvar = rtt / 2;
	} else {
		off = rtt > p->srtt ? rtt - p->srtt : p->srtt - rtt;
		p->rttvar = (3 * p->rttvar + off) / 4;
		p->srtt = (7 * p->srtt + rtt) / 8;
	}
	p->rto = p->srtt + 4 * p->rttvar + WIRE_ACK_DELAY_NS;
	p->rto = MAX(p->rto, (u64)WIRE_RTO_MIN_NS);
	p->rto = MIN(p->rto, (u64)WIRE_RTO_MAX_NS);
}

u64
retry_wait_ns(const struct peer *p, u32 tries)
{
	u64 wait = p->rto << MIN(tries, (u32)RETRY_SHIFT_MAX);

	return MIN(wait, (u64)WIRE_RTO_MAX_NS);
}

void
retry_arm(struct msg_ep *ep, struct peer *p)
{
	p->retry_at = 0;
	if (!p->tx || p->self)
		return;
	p->retry_at = ep->now + retry_wait_ns(p, p->tries);
	endpoint_timer(ep, p->retry_at);
}

/* Nothing was heard: all that is under way counts as lost, what was sacked
 * too, for the receiver may have given it up. */
static void
retry_fire(struct msg_ep *ep, struct peer *p)
{
	ep->stat[STAT_TIMEOUTS]++;
	p->tries++;
	if (p->tx == p->unsent) {
		tx_control(ep, p, WIRE_ACK, WIRE_ASK, "", 0);
	} else {
		p->lost = 0;
		for (struct buf *b = p->tx; b != p->unsent; b = b->next) {
			b->lost = true;
			b->sacked = false;
			p->lost++;
		}
		p->flight = 0;
		credit_shrink(p, true);
		endpoint_kick(ep, p);
	}
	retry_arm(ep, p);
}

void
retry_timers(struct msg_ep *ep)
{
	struct list *it, *next;

	ep->next_timer = UINT64_MAX;
	LIST_EACH(it, next, &ep->active) {
		struct peer *p = CONTAINER_OF(it, struct peer, link);

		if (p->retry_at && ep->now >= p->retry_at)
			retry_fire(ep, p);
		else if (p->retry_at)
			endpoint_timer(ep, p->retry_at);
		if (p->ack_at && ep->now >= p->ack_at) {
			p->ack_at = 0;
			p->ack_now = true;
			endpoint_kick(ep, p);
		} else if (p->ack_at) {
			endpoint_timer(ep, p->ack_at);
		}
	}
	bulk_timers(ep);
}
