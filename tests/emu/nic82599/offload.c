/* offload.c - sums, segments and tags of transmitted frames; the wire. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §7.2.4, §7.2.5. The context names the lengths of the headers; the sum of TCP
 * or UDP already holds the pseudo header's. With TSE the pseudo header's sum
 * leaves out the length, and each segment gets its own.
 */

enum { L4_UDP = 0, L4_TCP = 1, FIN_PSH = 9, CWR = 0x80 };

struct headers {
	u32 l3, l4, data;              /* offsets; data: of the payload */
	u32 mss;
	bool ip4, tcp, sum_ip, sum_l4;
};

static void
put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void
put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static u32
get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void
wire(struct nic82599 *n, u32 q, u8 *frame, u32 len)
{
	if (len < 60) {
		memset(frame + len, 0, 60 - len);
		len = 60;
	}
	n82_stats_tx(n, q, frame, len);
	n->count.tx_frames++;
	n->count.tx_bytes += len;
	if (R(n, R_HLREG0) & B_HLREG0_LPBK)
		nic82599_wire_rx(n, frame, len);
	else if (R(n, R_LINKS) & B_LINKS_UP)
		n->cfg.host.wire_tx(n->cfg.host.ctx, frame, len);
}

/* Puts the tag in, if asked, and sends. frame has room for it. */
static void
send_tagged(struct nic82599 *n, u32 q, u8 *frame, u32 len, bool tag, u32 vlan)
{
	if (tag) {
		memmove(frame + 16, frame + 12, len - 12);
		put16(frame + 12, R(n, R_DMATXCTL) >> 16);
		put16(frame + 14, vlan);
		len += 4;
	}
	wire(n, q, frame, len);
}

static void
fill_sums(u8 *frame, u32 len, const struct headers *h, u64 start)
{
	u8 *ip = frame + h->l3, *l4 = frame + h->l4;
	u8 *at = l4 + (h->tcp ? 16 : 6);
	u16 sum;

	if (h->sum_ip && h->ip4) {
		put16(ip + 10, 0);
		put16(ip + 10, (u16)~n82_sum(ip, h->l4 - h->l3, 0));
	}
	if (!h->sum_l4)
		return;
	sum = (u16)~n82_sum(l4, len - h->l4, start);
	put16(at, !h->tcp && !sum ? 0xffff : sum);
}

static void
segment(struct nic82599 *n, u32 len, const struct headers *h, u32 i, u32 size)
{
	u8 *s = n->segment, *ip = s + h->l3, *tcp = s + h->l4;
	const u8 *f = n->tx_frame;
	u32 from = h->data + i * h->mss;

	memcpy(s, f, h->data);
	memcpy(s + h->data, f + from, size);
	if (h->ip4) {
		put16(ip + 2, h->data - h->l3 + size);
		put16(ip + 4, (get32(f + h->l3 + 2) & 0xffff) + i);
	} else {
		put16(ip + 4, h->data - h->l4 + size);
	}
	put32(tcp + 4, get32(f + h->l4 + 4) + i * h->mss);
	if (from + size < len)
		tcp[13] &= (u8)~FIN_PSH;
	if (i)
		tcp[13] &= (u8)~CWR;
	fill_sums(s, h->data + size, h, h->data - h->l4 + size);
}

static void
send_segments(struct nic82599 *n, u32 q, u32 len, struct headers h, u32 status,
    bool tag, u32 vlan)
{
	u32 left = len - h.data;

	if (h.data >= len || !h.mss || !h.tcp ||
	    h.data + h.mss > NIC82599_FRAME_MAX || status >> 14 != left) {
		n82_misuse(n, "7.2.4", "transmit queue %u: segments of %u "
		    "bytes, PAYLEN %u, from %u behind %u of headers", q, h.mss,
		    status >> 14, len, h.data);
		return;
	}
	h.sum_ip = h.sum_l4 = true;
	n->count.segmented++;
	for (u32 i = 0; left; i++) {
		u32 size = MIN(left, h.mss);

		segment(n, len, &h, i, size);
		send_tagged(n, q, n->segment, h.data + size, tag, vlan);
		left -= size;
	}
}

void
n82_offload_send(struct nic82599 *n, u32 q, u32 len, u32 cmd, u32 status)
{
	const struct n82_context *c = &n->context[q][status >> 4 & 1];
	struct headers h = { .l3 = c->macip >> 9 & 127 };
	bool tag = cmd & B_TX_VLE;

	h.l4 = h.l3 + (c->macip & 511);
	h.data = h.l4 + (c->l4 >> 8 & 255);
	h.mss = c->l4 >> 16;
	h.ip4 = c->tucmd & B_CONTEXT_IP4;
	h.tcp = (c->tucmd >> 11 & 3) == L4_TCP;
	h.sum_ip = status & B_TX_IXSM;
	h.sum_l4 = status & B_TX_TXSM;
	if (cmd & B_TX_TSE) {
		send_segments(n, q, len, h, status, tag, c->macip >> 16);
		return;
	}
	if ((h.sum_ip || h.sum_l4) && h.l4 + (h.tcp ? 18 : 8) > len) {
		n82_misuse(n, "7.2.5", "transmit queue %u: headers of %u "
		    "bytes in a frame of %u", q, h.l4, len);
		return;
	}
	if (h.sum_ip || h.sum_l4)
		fill_sums(n->tx_frame, len, &h, 0);
	send_tagged(n, q, n->tx_frame, len, tag, c->macip >> 16);
}

/* §7.2.3.2.1: a sum from CSS to the end goes to CSO. */
void
n82_offload_legacy(struct nic82599 *n, u32 q, u32 len, u32 cmd, u32 special)
{
	u32 cso = cmd >> 16 & 255, css = special >> 8 & 255;

	if ((cmd & B_TX_IC) && css < len && cso + 2 <= len)
		put16(n->tx_frame + cso,
		    (u16)~n82_sum(n->tx_frame + css, len - css, 0));
	send_tagged(n, q, n->tx_frame, len, cmd & B_TX_VLE, special >> 16);
}
