/* rx.c - a frame comes in: filter, FIFO, descriptors, header split. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <stdlib.h>
#include <string.h>

/*
 *	 wire -> accepted? -> which queue? -> FIFO -> its queue's descriptors
 *
 * The FIFO is one for all queues (§7.1): a queue without descriptors holds up
 * the frames behind, unless its SRRCTL.DROP_EN is set, and what no longer fits
 * is missed. §7.1.10, SRRCTL.DESCTYPE:
 *
 *	0  legacy descriptor, one buffer
 *	1  advanced, one buffer
 *	2  split: a decoded header that fits goes to the header buffer
 *	5  split, always: if nothing was decoded, the header buffer is filled
 *	   first, and the packet buffer takes the rest
 *
 * Only a frame's first descriptor has a header.
 */

enum { FCS = 4, TYPE_LEGACY = 0, TYPE_SPLIT = 2, TYPE_ALWAYS = 5,
	SLOT = 64 };

struct layout {
	u32 type, buf, head_max;
	u32 head;                      /* bytes for the header buffer */
	u32 hdr_len;                   /* as reported */
	bool split, over;              /* SPH, HBO */
};

static u32
crc32(const u8 *p, u32 len)
{
	u32 crc = ~0u;

	for (u32 i = 0; i < len; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

/* -- from the wire to the FIFO -------------------------------------------- */

static bool
is_too_long(struct nic82599 *n, const struct n82_packet *p)
{
	u32 max = R(n, R_HLREG0) & B_HLREG0_JUMBO ? R(n, R_MAXFRS) >> 16 :
	    1518;

	if (p->len + FCS <= max + (p->tagged ? 4 : 0))
		return false;
	R(n, R_ROC)++;
	return true;
}

static void
enqueue(struct nic82599 *n, const struct n82_packet *p)
{
	u32 room = R(n, R_RXPBSIZE), takes = ALIGN_UP(p->len + FCS, SLOT);
	struct n82_waiting *w = NULL;

	if (n->fifo_used + takes <= MIN(room, (u32)N82_FIFO_BYTES))
		w = malloc(sizeof *w + p->len);
	if (!w) {
		R(n, R_RXMPC)++;
		n->count.rx_missed++;
		n82_irq_other(n, B_EICR_MISS);
		return;
	}
	w->next = NULL;
	w->packet = *p;
	memcpy(w->frame, p->frame, p->len);
	w->packet.frame = w->frame;
	*n->last = w;
	n->last = &w->next;
	n->fifo_used += takes;
}

static void
arrive(struct nic82599 *n, const u8 *frame, u32 len)
{
	struct n82_packet p;

	n82_parse(&p, frame, len, (u16)R(n, R_VLNCTRL));
	if (is_too_long(n, &p))
		return;
	if (!(R(n, R_RXCTRL) & B_RXCTRL_RXEN) ||
	    (R(n, R_SECRXCTRL) & B_SECRX_DIS)) {
		n->count.rx_no_queue++;
		return;
	}
	if (!n82_filter_accepts(n, &p)) {
		n->count.rx_filtered++;
		return;
	}
	n82_stats_rx(n, frame, len);
	n82_filter_steer(n, &p);
	if (p.drop)
		return;
	if (n82_fails(n, NIC82599_BAD_SUM))
		p.status |= B_RX_L4CS | B_RX_L4E;
	if (n82_fails(n, NIC82599_RX_ERROR))
		p.status |= B_RX_RXE;
	enqueue(n, &p);
	n82_later(n, EV_RX_RUN, 0, n->cfg.lag_ns);
}

void
nic82599_wire_rx(struct nic82599 *n, const void *frame, u32 len)
{
	u8 padded[60] = { 0 };

	if (n->fault[NIC82599_GONE] || n->resetting ||
	    !(R(n, R_LINKS) & B_LINKS_UP) || len < 14 ||
	    len > NIC82599_FRAME_MAX)
		return;
	R(n, R_TPR)++;
	if (len < sizeof padded) {
		memcpy(padded, frame, len);
		arrive(n, padded, sizeof padded);
	} else {
		arrive(n, frame, len);
	}
}

/* -- from the FIFO to memory ---------------------------------------------- */

/* What of the frame counts as its header, §8.2.3.7.4. 0: not decoded. */
static u32
decoded(const struct nic82599 *n, const struct n82_packet *p)
{
	u32 wants = R(n, R_PSRTYPE);

	if ((p->tcp && (wants & 1 << 4)) || (p->udp && (wants & 1 << 5)))
		return p->header;
	if ((p->ip4 && (wants & 1 << 8)) || (p->ip6 && (wants & 1 << 9)))
		return p->l4;
	return wants & 1 << 12 ? p->l3 : 0;
}

static struct layout
lay_out(const struct nic82599 *n, const struct n82_packet *p, u32 q, u32 len)
{
	u32 srrctl = R(n, n82_rx_ring(q) + RING_SRRCTL);
	struct layout l = { .type = srrctl >> 25 & 7,
		.buf = (srrctl & 31) * 1024,
		.head_max = (srrctl >> 8 & 63) * 64 };
	u32 header;

	if (!l.buf)
		l.buf = 2048;
	if (l.type != TYPE_SPLIT && l.type != TYPE_ALWAYS)
		return l;
	header = decoded(n, p);
	if (header && header <= l.head_max) {
		l.split = true;
		l.head = l.hdr_len = header;
	} else if (l.type == TYPE_ALWAYS) {
		l.split = l.over = header != 0;
		l.head = MIN(len, l.head_max);
		l.hdr_len = header ? header : l.head;
	} else if (header) {
		l.split = l.over = true;
		l.hdr_len = header;
	}
	return l;
}

static u64
ring_base(const struct nic82599 *n, u32 base)
{
	return R(n, base + RING_BAL) | (u64)R(n, base + RING_BAH) << 32;
}

static void
write_back(struct nic82599 *n, u64 at, const struct n82_packet *p,
    const struct layout *l, u32 bytes, u32 status)
{
	u32 w[4];

	if (l->type == TYPE_LEGACY) {
		/* §7.1.5: status and errors are a byte each. */
		w[2] = bytes;
		w[3] = (status & 0xff) | (status >> 29 & 7) << 13 |
		    (status & B_RX_VP ? (u32)p->vlan << 16 : 0);
		n82_dma_write(n, at + 8, w + 2, 8);
		return;
	}
	w[0] = p->rss_type | p->type | l->hdr_len << 21 |
	    (l->split ? B_RX_SPH : 0);
	w[1] = p->hash;
	if (!(R(n, R_RXCSUM) & B_RXCSUM_PCSD))
		w[1] = 0;
	w[2] = status | (l->over ? B_RX_HBO : 0);
	w[3] = bytes | (status & B_RX_VP ? (u32)p->vlan << 16 : 0);
	n82_dma_write(n, at, w, 8);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	n82_dma_write(n, at + 8, w + 2, 8);
}

/* One descriptor takes up to l->buf bytes from `from`; how many it took. */
static u32
fill(struct nic82599 *n, u64 at, const u8 *from, u32 len,
    const struct layout *l, u32 *took)
{
	u64 d[2];

	*took = MIN(len - l->head, l->buf);
	if (!n82_dma_read(n, at, d, 16))
		return 0;
	if (l->type != TYPE_LEGACY && (d[1] & 1)) {
		/* Without a split ixgbe.ko leaves the last status there. */
		n82_misuse(n, "7.1.6.1", "descriptor at %#llx is given with "
		    "bit 0 of the header address", (unsigned long long)at);
		if (n->cfg.strict)
			return 0;
	}
	if (l->head && !n82_dma_write(n, d[1], from, l->head))
		return 0;
	if (*took && !n82_dma_write(n, d[0], from + l->head, *took))
		return 0;
	return 1;
}

static void
place(struct nic82599 *n, const struct n82_packet *p, u32 q, u32 len,
    struct layout l)
{
	u32 base = n82_rx_ring(q), size = R(n, base + RING_LEN) / 16;
	const u8 *from = n->rx_frame, *end = from + len;

	while (from < end) {
		u32 head = R(n, base + RING_HEAD), took = 0;
		u64 at = ring_base(n, base) + 16ull * head;
		u32 status = B_RX_DD;

		if (!fill(n, at, from, (u32)(end - from), &l, &took))
			return;
		from += l.head + took;
		if (from == end)
			status |= B_RX_EOP | p->status;
		R(n, base + RING_HEAD) = (head + 1) % size;
		write_back(n, at, p, &l, took, status);
		l.head = l.hdr_len = 0;
		l.split = l.over = false;
	}
	n->count.rx_frames++;
	n->count.rx_bytes += len;
	n82_stats_queue(n, q, len, false);
	n82_irq_queue(n, q, false);
}

/* The frame as memory will see it: tag out, FCS in. Its length. */
static u32
compose(struct nic82599 *n, struct n82_packet *p, u32 q)
{
	bool strip = (R(n, n82_rx_ring(q) + RING_XDCTL) & B_RXDCTL_VME) &&
	    p->tagged;
	u32 len = p->len, crc = crc32(p->frame, p->len);
	u32 keeps = !(R(n, R_HLREG0) & B_HLREG0_CRCSTRP);

	if (keeps != !(R(n, R_RDRXCTL) & B_RDRXCTL_CRCSTRIP))
		n82_misuse(n, "8.2.3.8.8", "RDRXCTL.CRCSTRIP and "
		    "HLREG0.RXCRCSTRP differ");
	if (p->tagged)
		p->status |= B_RX_VP;
	if (strip) {
		memcpy(n->rx_frame, p->frame, 12);
		memcpy(n->rx_frame + 12, p->frame + 16, len - 16);
		len -= 4;
		p->header -= 4;
		p->l4 -= p->l4 ? 4 : 0;
		p->l3 -= 4;
	} else {
		memcpy(n->rx_frame, p->frame, len);
	}
	if (keeps) {
		memcpy(n->rx_frame + len, &crc, FCS);
		len += FCS;
	}
	return len;
}

/* False: no descriptors now, and the frame waits. */
static bool
deliver(struct nic82599 *n, const struct n82_packet *in)
{
	struct n82_packet p = *in;
	u32 q = p.queue, base = n82_rx_ring(q), len, need, have, size;
	struct layout l;

	if (!n->rx[q].on) {
		n->count.rx_no_queue++;
		n82_stats_queue(n, q, p.len, true);
		return true;
	}
	len = compose(n, &p, q);
	l = lay_out(n, &p, q, len);
	need = MAX(1, (len - l.head + l.buf - 1) / l.buf);
	size = R(n, base + RING_LEN) / 16;
	have = size ? (R(n, base + RING_TAIL) + size -
	    R(n, base + RING_HEAD)) % size : 0;
	if (have < need && !(R(n, base + RING_SRRCTL) & B_SRRCTL_DROP))
		return false;
	if (have < need) {
		n->count.rx_dropped++;
		n82_stats_queue(n, q, p.len, true);
		return true;
	}
	n->count.split += l.split && !l.over;
	n->count.header_first += l.head && !l.split;
	place(n, &p, q, len, l);
	return true;
}

static void
pop(struct nic82599 *n)
{
	struct n82_waiting *w = n->first;

	n->first = w->next;
	if (!n->first)
		n->last = &n->first;
	n->fifo_used -= ALIGN_UP(w->packet.len + FCS, SLOT);
	free(w);
}

void
n82_rx_drain(struct nic82599 *n)
{
	while (n->first && n82_dma_is_on(n) &&
	    deliver(n, &n->first->packet))
		pop(n);
}

void
n82_rx_flush(struct nic82599 *n)
{
	while (n->first)
		pop(n);
}
