/* ring.c - a queue's registers: set up while off, used when seen on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

/*
 *	 off: base, length, SRRCTL may change
 *	  |  ENABLE written 1          ^
 *	  v  (takes time)              | (takes time; frames still move)
 *	 on: ENABLE reads 1 ----------ENABLE written 0
 *	  |
 *	  `- the driver has read that 1: the tail may move
 *
 * §4.6.7.1.2: for 100 us after ENABLE reads 0 memory may still be written, so
 * nothing of the ring may change before.
 */

enum { DRAIN_NS = 100000 };

static bool
find(u32 at, u32 *q, bool *rx)
{
	*rx = at < R_TX || at >= R_RX_HIGH;
	if (at >= R_RX && at < R_RX + 64 * RING_BYTES)
		*q = (at - R_RX) / RING_BYTES;
	else if (at >= R_RX_HIGH && at < R_RX_HIGH + 64 * RING_BYTES)
		*q = 64 + (at - R_RX_HIGH) / RING_BYTES;
	else if (at >= R_TX && at < R_TX + 128 * RING_BYTES)
		*q = (at - R_TX) / RING_BYTES;
	else
		return false;
	/* Statistics stand between the receive rings. */
	return !*rx || at % RING_BYTES < 0x30;
}

static const char *
check_srrctl(struct nic82599 *n, u32 base)
{
	u32 v = R(n, base + RING_SRRCTL), type = v >> 25 & 7;

	if ((v & 31) == 0 || (v & 31) > 16)
		return "SRRCTL.BSIZEPACKET is not 1 to 16 KiB";
	if (type != 0 && type != 1 && type != 2 && type != 5)
		return "SRRCTL.DESCTYPE is reserved";
	if (type >= 2 && ((v >> 8 & 63) == 0 || (v >> 8 & 63) > 16))
		return "SRRCTL.BSIZEHEADER is not 64 to 1024";
	if (R(n, base + RING_DCA) & B_DCA_ONE)
		return "DCA_RXCTRL bit 12 is set";
	return NULL;
}

static const char *
check_enable(struct nic82599 *n, u32 base, u32 v, const struct n82_ring *r,
    bool rx)
{
	if (!n->ard_seen || !n->dma_seen)
		return "before EEC.ARD and RDRXCTL.DMAIDONE were seen";
	if (!R(n, base + RING_LEN))
		return "without a ring";
	if (R(n, base + RING_HEAD) || R(n, base + RING_TAIL))
		return "with head or tail not 0";
	if (r->was_on && n->now - r->off_ns < DRAIN_NS)
		return "less than 100 us after it went off";
	if (rx)
		return check_srrctl(n, base);
	if (!(R(n, R_DMATXCTL) & B_DMATXCTL_TE))
		return "before DMATXCTL.TE";
	if ((R(n, base + RING_WBAL) & 1) && (v >> 16 & 127))
		return "with head write-back and WTHRESH";
	return NULL;
}

static void
write_xdctl(struct nic82599 *n, u32 at, u32 v, u32 q, bool rx)
{
	struct n82_ring *r = rx ? &n->rx[q] : &n->tx[q];
	bool on = v & B_XDCTL_ENABLE;
	const char *wrong = on && !r->want ?
	    check_enable(n, at - RING_XDCTL, v, r, rx) : NULL;

	if (wrong) {
		n82_misuse(n, rx ? "4.6.7.1" : "4.6.8.1", "%s queue %u on %s",
		    rx ? "receive" : "transmit", q, wrong);
		if (n->cfg.strict)
			return;
	}
	R(n, at) = (v & ~(u32)B_XDCTL_ENABLE) | (r->on ? B_XDCTL_ENABLE : 0);
	if (!rx && (v & B_TXDCTL_SWFLSH))
		n82_later(n, EV_FLUSH, q, n->cfg.delay_ns);
	if (on == r->want)
		return;
	r->want = on;
	r->seen = false;
	if (on || !n82_fails(n, NIC82599_DEAF_QUEUE))
		n82_later(n, rx ? EV_RX_SWITCH : EV_TX_SWITCH, q,
		    n->cfg.delay_ns);
}

static void
write_tail(struct nic82599 *n, u32 at, u32 v, u32 q, bool rx)
{
	struct n82_ring *r = rx ? &n->rx[q] : &n->tx[q];

	if (v == 0 && !r->want) {
		R(n, at) = 0;
		return;
	}
	if (!r->on || !r->seen) {
		n82_misuse(n, rx ? "4.6.7.1" : "4.6.8.1", "%s queue %u: tail "
		    "before ENABLE was seen", rx ? "receive" : "transmit", q);
		if (n->cfg.strict)
			return;
	}
	if (v >= R(n, at - RING_TAIL + RING_LEN) / 16)
		return n82_misuse(n, rx ? "8.2.3.8.5" : "8.2.3.9.9",
		    "%s queue %u: tail %u outside the ring",
		    rx ? "receive" : "transmit", q, v);
	R(n, at) = v;
	n->count.doorbells++;
	n82_later(n, rx ? EV_RX_RUN : EV_TX_RUN, rx ? 0 : q, n->cfg.lag_ns);
}

/* True: as the ring wants it. */
static bool
check_setup(struct nic82599 *n, u32 at, u32 v, u32 q, bool rx)
{
	const struct n82_ring *r = rx ? &n->rx[q] : &n->tx[q];
	const char *wrong = NULL;
	u32 what = at % RING_BYTES;

	if (r->on || r->want)
		wrong = "while the queue is on";
	else if (r->was_on && n->now - r->off_ns < DRAIN_NS)
		wrong = "less than 100 us after the queue went off";
	else if (what == RING_BAL && v % 128)
		wrong = "not aligned to 128";
	else if (what == RING_LEN && (v % 128 || v >= 1 << 20))
		wrong = "not a multiple of 128";
	else if (what == RING_HEAD && v)
		wrong = "is not 0";
	if (wrong)
		n82_misuse(n, rx ? "4.6.7.1" : "4.6.8.1", "%#x of %s queue "
		    "%u: %s", at, rx ? "receive" : "transmit", q, wrong);
	return !wrong;
}

bool
n82_ring_write(struct nic82599 *n, u32 at, u32 v)
{
	u32 q;
	bool rx;

	if (!find(at, &q, &rx))
		return false;
	switch (at % RING_BYTES) {
	case RING_TAIL:
		write_tail(n, at, v, q, rx);
		break;
	case RING_XDCTL:
		write_xdctl(n, at, v, q, rx);
		break;
	case RING_DCA:
		R(n, at) = v;
		break;
	default:
		if (check_setup(n, at, v, q, rx) || !n->cfg.strict)
			R(n, at) = at % RING_BYTES == RING_BAL ? v & ~127u : v;
	}
	return true;
}

void
n82_ring_read(struct nic82599 *n, u32 at)
{
	u32 q;
	bool rx;

	if (!find(at, &q, &rx) || at % RING_BYTES != RING_XDCTL)
		return;
	if (rx)
		n->rx[q].seen = n->rx[q].on && n->rx[q].want;
	else
		n->tx[q].seen = n->tx[q].on && n->tx[q].want;
}

void
n82_ring_event(struct nic82599 *n, enum n82_event_kind kind, u32 q)
{
	bool rx = kind == EV_RX_SWITCH;
	struct n82_ring *r = rx ? &n->rx[q] : &n->tx[q];
	u32 at = (rx ? n82_rx_ring(q) : n82_tx_ring(q)) + RING_XDCTL;

	if (kind == EV_FLUSH) {
		R(n, at) &= ~(u32)B_TXDCTL_SWFLSH;
		return;
	}
	r->on = r->want;
	if (r->on) {
		r->was_on = true;
		R(n, at) |= B_XDCTL_ENABLE;
	} else {
		r->off_ns = n->now;
		R(n, at) &= ~(u32)B_XDCTL_ENABLE;
		if (!rx)
			n->context[q][0].set = n->context[q][1].set = false;
	}
	n82_later(n, rx ? EV_RX_RUN : EV_TX_RUN, rx ? 0 : q, n->cfg.lag_ns);
}

void
n82_ring_reset(struct nic82599 *n)
{
	for (u32 q = 0; q < NIC82599_QUEUES; q++) {
		n->rx[q] = n->tx[q] = (struct n82_ring){ 0 };
		n->context[q][0].set = n->context[q][1].set = false;
		R(n, n82_rx_ring(q) + RING_SRRCTL) = 2 | 4 << 8;
		R(n, n82_rx_ring(q) + RING_DCA) = B_DCA_ONE | 0xa200;
	}
}
