/* tx.c - descriptors become frames. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §7.2.3.2: a frame is one or more data descriptors, the last with EOP; what
 * holds for the frame (POPTS, PAYLEN, CC, TSE, VLE) stands in the first. A
 * context descriptor stays until another takes its place. A descriptor with
 * RS is reported: by DD in its status, or by the head's number in memory.
 * A frame without its end stays in the ring.
 */

enum { DESCRIPTORS_MAX = 40, FRAME_LIMIT = 15872, KIND_CONTEXT = 2,
	KIND_DATA = 3 };

struct walk {
	u32 q, base, size, head, tail;
	u64 ring;
	u32 len;                       /* of the frame so far */
	u32 count, cmd, status;        /* descriptors; the first one's words */
	bool report;
};

static bool
descriptor(struct nic82599 *n, const struct walk *w, u32 i, u32 d[4])
{
	return n82_dma_read(n, w->ring + 16ull * i, d, 16);
}

static void
take_context(struct nic82599 *n, const struct walk *w, const u32 d[4])
{
	u32 which = d[3] >> 4 & 1;

	if ((d[0] >> 9 & 127) < 14 || (d[2] >> 20 & 15) != KIND_CONTEXT)
		n82_misuse(n, "7.2.3.2.3", "transmit queue %u: context with "
		    "MACLEN %u", w->q, d[0] >> 9 & 127);
	n->context[w->q][which] = (struct n82_context){ true, d[0], d[2],
		d[3] };
}

/* Adds a data descriptor's bytes. */
static bool
gather(struct nic82599 *n, struct walk *w, const u32 d[4])
{
	u32 len = d[2] & 0xffff;
	u64 addr = d[0] | (u64)d[1] << 32;

	if (w->count++ == 0) {
		w->cmd = d[2];
		w->status = d[3];
	}
	if (!len || w->len + len > N82_TSO_MAX ||
	    w->count > DESCRIPTORS_MAX) {
		n82_misuse(n, "7.2.3.2.4", "transmit queue %u: descriptor %u "
		    "of a frame has %u bytes", w->q, w->count, len);
		return false;
	}
	if ((d[2] & B_TX_DEXT) && (d[2] >> 20 & 15) != KIND_DATA) {
		n82_misuse(n, "7.2.3.2.4", "transmit queue %u: DTYP %u",
		    w->q, d[2] >> 20 & 15);
		return false;
	}
	if (!n82_dma_read(n, addr, n->tx_frame + w->len, len))
		return false;
	w->len += len;
	w->report |= (d[2] & B_TX_RS) != 0;
	return true;
}

/* Tells that everything before `head` is done; `i`: a descriptor with RS. */
static void
report(struct nic82599 *n, const struct walk *w, u32 i, u32 head)
{
	u32 done = B_TX_DD, wb = R(n, w->base + RING_WBAL);

	if (!(wb & 1))
		n82_dma_write(n, w->ring + 16ull * i + 12, &done, 4);
	else
		n82_dma_write(n, (wb & ~3u) |
		    (u64)R(n, w->base + RING_WBAH) << 32, &head, 4);
}

static void
check_frame(struct nic82599 *n, const struct walk *w, u32 len)
{
	u32 paylen = w->status >> 14;
	const struct n82_context *c = &n->context[w->q][w->status >> 4 & 1];

	if (!(w->cmd & 1 << 25))
		n82_misuse(n, "7.2.3.2.4", "transmit queue %u: no IFCS",
		    w->q);
	if (!(w->cmd & B_TX_TSE) && (paylen != len || len > FRAME_LIMIT))
		n82_misuse(n, "7.2.3.2.4", "transmit queue %u: PAYLEN %u of "
		    "%u bytes", w->q, paylen, len);
	if ((w->cmd & (B_TX_TSE | B_TX_VLE)) ||
	    (w->status & (B_TX_TXSM | B_TX_IXSM))) {
		if (!(w->status & B_TX_CC) || !c->set)
			n82_misuse(n, "7.2.3.2.3", "transmit queue %u: "
			    "offload without a context", w->q);
	}
}

static void
send(struct nic82599 *n, const struct walk *w, u32 len)
{
	if (len < 14) {
		n82_misuse(n, "7.2.1.2", "transmit queue %u: %u bytes", w->q,
		    len);
		return;
	}
	if (w->cmd & B_TX_DEXT) {
		check_frame(n, w, len);
		n82_offload_send(n, w->q, len, w->cmd, w->status);
	} else {
		n82_offload_legacy(n, w->q, len, w->cmd, w->status);
	}
}

/* From head to EOP; the number behind it, or tail: no whole frame. */
static u32
collect(struct nic82599 *n, struct walk *w)
{
	u32 d[4];

	for (u32 i = w->head; i != w->tail; i = (i + 1) % w->size) {
		if (!descriptor(n, w, i, d) || !gather(n, w, d))
			break;
		if (d[2] & B_TX_EOP)
			return (i + 1) % w->size;
	}
	w->len = 0;
	return w->head;
}

static void
finish(struct nic82599 *n, struct walk *w, u32 end)
{
	bool lost = w->report && n82_fails(n, NIC82599_LOST_DONE);
	u32 d[4];

	for (u32 i = w->head; i != end; i = (i + 1) % w->size)
		if (!lost && descriptor(n, w, i, d) && (d[2] & B_TX_RS))
			report(n, w, i, end);
	w->head = end;
	R(n, w->base + RING_HEAD) = end;
}

/* One context or frame; false: nothing more can be done. */
static bool
step(struct nic82599 *n, struct walk *w)
{
	u32 d[4], end, len;

	if (!descriptor(n, w, w->head, d))
		return false;
	w->len = w->count = 0;
	w->report = false;
	if ((d[2] & B_TX_DEXT) && (d[2] >> 20 & 15) == KIND_CONTEXT) {
		take_context(n, w, d);
		finish(n, w, (w->head + 1) % w->size);
		return true;
	}
	end = collect(n, w);
	if (end == w->head)
		return false;
	len = w->len;
	send(n, w, len);
	finish(n, w, end);
	if (w->report)
		n82_irq_queue(n, w->q, true);
	return true;
}

void
n82_tx_run(struct nic82599 *n, u32 q)
{
	struct walk w = { .q = q, .base = n82_tx_ring(q) };

	w.size = R(n, w.base + RING_LEN) / 16;
	w.tail = R(n, w.base + RING_TAIL);
	w.head = R(n, w.base + RING_HEAD);
	w.ring = R(n, w.base + RING_BAL) | (u64)R(n, w.base + RING_BAH) << 32;
	if (!n->tx[q].on || !(R(n, R_DMATXCTL) & B_DMATXCTL_TE) || !w.size ||
	    w.head >= w.size || w.tail >= w.size)
		return;
	while (w.head != w.tail && step(n, &w))
		;
}
