/* hash.c - receive side scaling: the Toeplitz hash. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/* §7.1.2.8: the key's first byte is RSSRK 0's lowest. */
static u32
toeplitz(const struct nic82599 *n, const u8 *data, u32 len)
{
	const u8 *key = (const u8 *)&R(n, R_RSSRK);
	u64 window = 0;
	u32 hash = 0;

	for (u32 i = 0; i < 8; i++)
		window = window << 8 | key[i];
	for (u32 i = 0; i < len; i++) {
		for (u32 bit = 0; bit < 8; bit++)
			if (data[i] >> (7 - bit) & 1)
				hash ^= (u32)(window << bit >> 32);
		window = window << 8 | (i + 8 < 40 ? key[i + 8] : 0);
	}
	return hash;
}

bool
n82_hash_rss(struct nic82599 *n, struct n82_packet *p)
{
	static const u32 wants[2][3] = { { B_MRQC_TCP4, B_MRQC_UDP4,
		B_MRQC_IP4 }, { B_MRQC_TCP6, B_MRQC_UDP6, B_MRQC_IP6 } };
	static const u8 types[2][3] = { { 1, 7, 2 }, { 3, 8, 5 } };
	u32 mrqc = R(n, R_MRQC), len = p->ip6 ? 32 : 8, kind;
	u8 data[36];

	if ((mrqc & 15) != 1 || !(p->ip4 || p->ip6))
		return false;
	memcpy(data, p->frame + p->l3 + (p->ip6 ? 8 : 12), len);
	if (p->tcp && (mrqc & wants[p->ip6][0]))
		kind = 0;
	else if (p->udp && (mrqc & wants[p->ip6][1]))
		kind = 1;
	else if (mrqc & wants[p->ip6][2])
		kind = 2;
	else
		return false;
	if (kind < 2) {
		memcpy(data + len, p->frame + p->l4, 4);
		len += 4;
	}
	p->hash = toeplitz(n, data, len);
	p->rss_type = types[p->ip6][kind];
	return true;
}
