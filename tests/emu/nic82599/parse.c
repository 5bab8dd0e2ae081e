/* parse.c - what is in a frame: layers, lengths, sums. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §7.1.11: Ethernet II, one VLAN tag, IPv4 with options or IPv6 without
 * extensions, TCP or UDP. Anything else ends the parsing, not the frame.
 */

enum { TYPE_IP4 = 0x0800, TYPE_IP6 = 0x86dd, IP_TCP = 6, IP_UDP = 17 };

static u16
be16_at(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

u16
n82_sum(const u8 *p, u32 len, u64 start)
{
	u64 sum = start;

	for (u32 i = 0; i + 1 < len; i += 2)
		sum += be16_at(p + i);
	if (len & 1)
		sum += (u64)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

u64
n82_pseudo(const struct n82_packet *p, u32 len)
{
	const u8 *ip = p->frame + p->l3;
	u64 sum = len + (p->tcp ? IP_TCP : IP_UDP);

	return p->ip4 ? n82_sum(ip + 12, 8, sum) : n82_sum(ip + 8, 32, sum);
}

static void
check_l4(struct n82_packet *p, u32 room)
{
	const u8 *l4 = p->frame + p->l4;
	u32 len = p->end - p->l4, head = p->tcp ? (u32)(l4[12] >> 4) * 4 : 8;

	if (len < head || head < 8) {
		p->tcp = p->udp = false;
		return;
	}
	if (p->udp && be16_at(l4 + 4) >= 8 && be16_at(l4 + 4) < len)
		len = be16_at(l4 + 4);
	p->header = p->l4 + head;
	p->type |= p->tcp ? B_RX_TCP : B_RX_UDP;
	/* 82599 specification update: UDP without a sum may come as wrong. */
	p->status |= B_RX_L4CS | (p->udp ? B_RX_UDPCS : 0);
	if (n82_sum(l4, MIN(len, room), n82_pseudo(p, len)) != 0xffff)
		p->status |= B_RX_L4E;
}

static void
parse_l4(struct n82_packet *p, u8 protocol)
{
	u32 room = p->len - p->l4;

	if (p->fragment)
		return;
	p->tcp = protocol == IP_TCP && room >= 20;
	p->udp = protocol == IP_UDP && room >= 8;
	if (p->tcp || p->udp)
		check_l4(p, room);
}

static void
parse_ip4(struct n82_packet *p)
{
	const u8 *ip = p->frame + p->l3;
	u32 head = (u32)(ip[0] & 15) * 4, total = be16_at(ip + 2);

	if (p->l3 + 20 > p->len || ip[0] >> 4 != 4 || head < 20 ||
	    total < head || p->l3 + total > p->len)
		return;
	p->ip4 = true;
	p->type |= B_RX_IP4;
	p->l4 = p->header = p->l3 + head;
	p->end = p->l3 + total;
	p->fragment = be16_at(ip + 6) & 0x3fff;
	p->status |= B_RX_IPCS;
	if (n82_sum(ip, head, 0) != 0xffff)
		p->status |= B_RX_IPE;
	parse_l4(p, ip[9]);
}

static void
parse_ip6(struct n82_packet *p)
{
	const u8 *ip = p->frame + p->l3;

	if (p->l3 + 40 > p->len || ip[0] >> 4 != 6 ||
	    p->l3 + 40 + be16_at(ip + 4) > p->len)
		return;
	p->ip6 = true;
	p->type |= B_RX_IP6;
	p->l4 = p->header = p->l3 + 40;
	p->end = p->l4 + be16_at(ip + 4);
	parse_l4(p, ip[6]);
}

void
n82_parse(struct n82_packet *p, const u8 *frame, u32 len, u16 vet)
{
	memset(p, 0, sizeof *p);
	p->frame = frame;
	p->len = len;
	p->l3 = 14;
	p->ethertype = be16_at(frame + 12);
	if (p->ethertype == vet && len >= 18) {
		p->tagged = true;
		p->vlan = be16_at(frame + 14);
		p->ethertype = be16_at(frame + 16);
		p->l3 = 18;
	}
	p->header = p->l3;
	if (p->ethertype == TYPE_IP4)
		parse_ip4(p);
	else if (p->ethertype == TYPE_IP6)
		parse_ip6(p);
}
