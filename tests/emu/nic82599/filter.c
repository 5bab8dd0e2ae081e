/* filter.c - which frames are for us, and for which queue. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §7.1.1: unicast by RAL/RAH, multicast by a 12-bit hash, broadcast, VLAN.
 * §7.1.2: EtherType filters, then 5-tuple filters (or flow director, if it
 * comes first), then RSS.
 */

enum { ADDRESSES = 128, ETYPES = 8, TUPLES = 128 };

static bool
is_ours(const struct nic82599 *n, const u8 *mac)
{
	for (u32 i = 0; i < ADDRESSES; i++) {
		u32 low = R(n, R_RAL + 8 * i), high = R(n, R_RAL + 8 * i + 4);

		if ((high & B_AV) && memcmp(&low, mac, 4) == 0 &&
		    memcmp(&high, mac + 4, 2) == 0)
			return true;
	}
	return false;
}

/* §8.2.3.7.7: MO says which 12 of the last two bytes' bits are the hash. */
static bool
is_in_table(const struct nic82599 *n, const u8 *mac)
{
	u32 mo = R(n, R_MCSTCTRL) & 3, word = (u32)mac[5] << 8 | mac[4];
	u32 bit = word >> (4 - mo - (mo == 3)) & 0xfff;

	return (R(n, R_MCSTCTRL) & B_MCSTCTRL_MFE) &&
	    (R(n, R_MTA + 4 * (bit >> 5)) >> (bit & 31) & 1);
}

static bool
is_vlan_known(const struct nic82599 *n, const struct n82_packet *p)
{
	u32 id = p->vlan & 0xfff;

	return !p->tagged || !(R(n, R_VLNCTRL) & B_VLNCTRL_VFE) ||
	    (R(n, R_VFTA + 4 * (id >> 5)) >> (id & 31) & 1);
}

bool
n82_filter_accepts(struct nic82599 *n, const struct n82_packet *p)
{
	static const u8 all[6] = { 255, 255, 255, 255, 255, 255 };
	u32 fctrl = R(n, R_FCTRL);
	const u8 *mac = p->frame;
	bool ok;

	if (memcmp(mac, all, 6) == 0)
		ok = fctrl & B_FCTRL_BAM;
	else if (mac[0] & 1)
		ok = (fctrl & B_FCTRL_MPE) || is_in_table(n, mac) ||
		    is_ours(n, mac);
	else
		ok = (fctrl & B_FCTRL_UPE) || is_ours(n, mac);
	return ok && is_vlan_known(n, p);
}

static bool
match_ethertype(struct nic82599 *n, struct n82_packet *p)
{
	for (u32 i = 0; i < ETYPES; i++) {
		u32 qf = R(n, R_ETQF + 4 * i), qs = R(n, R_ETQS + 4 * i);

		if (!(qf & B_AV) || (qf & 0xffff) != p->ethertype)
			continue;
		p->status |= B_RX_PIF;
		if (qs & B_AV) {
			p->queue = qs >> 16 & 127;
			return true;
		}
	}
	return false;
}

/* §8.2.3.7.19: a mask's bit says what does not count. */
static bool
tuple_matches(const struct nic82599 *n, u32 i, const struct n82_packet *p)
{
	u32 f = R(n, R_FTQF + 4 * i), protocol = p->tcp ? 0 : p->udp ? 1 : 3;
	const u8 *ports = (const u8 *)&R(n, R_SDPQF + 4 * i);
	const u8 *ip = p->frame + p->l3, *l4 = p->frame + p->l4;

	return (f & B_AV) && (f >> 29 & 1 || (f & 3) == protocol) &&
	    (f >> 25 & 1 || memcmp(&R(n, R_SAQF + 4 * i), ip + 12, 4) == 0) &&
	    (f >> 26 & 1 || memcmp(&R(n, R_DAQF + 4 * i), ip + 16, 4) == 0) &&
	    (f >> 27 & 1 || memcmp(ports, l4, 2) == 0) &&
	    (f >> 28 & 1 || memcmp(ports + 2, l4 + 2, 2) == 0);
}

/* The highest priority wins, then the lowest number. */
static bool
match_tuple(struct nic82599 *n, struct n82_packet *p)
{
	u32 best = TUPLES, rank = 0;

	if (!p->ip4 || p->fragment || !(p->tcp || p->udp))
		return false;
	for (u32 i = 0; i < TUPLES; i++) {
		u32 now = R(n, R_FTQF + 4 * i) >> 2 & 7;

		if (tuple_matches(n, i, p) && (best == TUPLES || now > rank)) {
			best = i;
			rank = now;
		}
	}
	if (best == TUPLES)
		return false;
	p->queue = R(n, R_L34TIMIR + 4 * best) >> 21 & 127;
	if ((R(n, R_L34TIMIR + 4 * best) >> 13 & 127) != 64)
		n82_misuse(n, "8.2.3.7.20", "L34TIMIR %u: bits 19:13 are not "
		    "1000000b", best);
	return true;
}

void
n82_filter_steer(struct nic82599 *n, struct n82_packet *p)
{
	bool hashed = n82_hash_rss(n, p), flow = n82_flow_match(n, p);
	u32 by_flow = p->queue;

	if (match_ethertype(n, p) || match_tuple(n, p)) {
		n->count.steered++;
	} else if (flow) {
		p->queue = by_flow;
		n->count.steered++;
	} else {
		p->queue = hashed ? R(n, R_RETA + (p->hash & 127 & ~3u)) >>
		    8 * (p->hash & 3) & 15 : 0;
		n->count.hashed += hashed;
	}
}
