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

/* RFC 6298 §2, in integers. */
static void
retry_smooth(u64 *srtt, u64 *rttvar, u64 rtt)
{
	u64 off = rtt > *srtt ? rtt - *srtt : *srtt - rtt;

	if (*srtt == 0) {
		*srtt = MAX(rtt, 1u);
		*rttvar = rtt / 2;
		return;
	}
	*rttvar = (3 * *rttvar + off) / 4;
	*srtt = (7 * *srtt + rtt) / 8;
}

void
retry_sample(struct peer *p, u64 rtt)
{
	retry_smooth(&p->srtt, &p->rttvar, rtt);
	p->rto = p->srtt + 4 * p->rttvar + WIRE_ACK_DELAY_NS;
	p->rto = MAX(p->rto, (u64)WIRE_RTO_MIN_NS);
	p->rto = MIN(p->rto, (u64)WIRE_RTO_MAX_NS);
}

void
retry_sample_bulk(struct peer *p, u64 rtt)
{
	retry_smooth(&p->bulk_srtt, &p->bulk_rttvar, rtt);
}

void
retry_widen_bulk(struct peer *p, u64 waited)
{
	p->bulk_rttvar = MIN(MAX(2 * p->bulk_rttvar, waited / 4),
	    (u64)WIRE_RTO_MAX_NS / 16);
}

static u64
retry_double(u64 wait, u32 tries)
{
	wait = MIN(wait, (u64)WIRE_RTO_MAX_NS);
	return MIN(wait << MIN(tries, (u32)RETRY_SHIFT_MAX),
	    (u64)WIRE_RTO_MAX_NS);
}

u64
retry_gap_ns(const struct peer *p, u32 tries)
{
	return retry_double(p->bulk_srtt ? p->bulk_srtt + 4 * p->bulk_rttvar :
	    (u64)WIRE_PULL_MIN_NS, tries);
}

u64
retry_pull_ns(const struct peer *p, u32 tries)
{
	u64 wait = 4 * (p->bulk_srtt + 4 * p->bulk_rttvar);

	return retry_double(MAX(wait, (u64)WIRE_PULL_MIN_NS), tries);
}

u64
retry_wait_ns(const struct peer *p, u32 tries)
{
	return retry_double(p->rto, tries);
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
