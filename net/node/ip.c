/* ip.c - IPv4 without options and fragments. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/node/netif.h"

enum { IP_TTL = 64, IP_DONT_FRAGMENT = 0x4000 };

u16
frame_sum(const void *data, size_t len)
{
	const be16 *p = data;
	u32 sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += be16_get(p[i]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

/* On return *len is the payload's length. */
bool
ip_rx(const struct netif *n, u8 *data, u32 *len, u32 *from)
{
	const struct frame_ip *ip = (const struct frame_ip *)data;
	u32 dst, total;

	if (*len < sizeof(*ip) || ip->version_ihl != 0x45)
		return false;
	total = be16_get(ip->len);
	if (total < sizeof(*ip) || total > *len)
		return false;
	if (be16_get(ip->fragment) & ~IP_DONT_FRAGMENT)
		return false;
	if (ip->proto != FRAME_IP_UDP || frame_sum(ip, sizeof(*ip)) != 0)
		return false;
	dst = be32_get(ip->dst);
	if (n->ip4 && dst != n->ip4 && dst != 0xffffffff &&
	    dst != (n->ip4 | ~n->mask))
		return false;
	*from = be32_get(ip->src);
	*len = total - (u32)sizeof(*ip);
	return true;
}

void
ip_head(struct netif *n, struct netif_slot *s, u32 to, u32 payload)
{
	struct frame_ip *ip = (struct frame_ip *)(s->head + s->head_len);
	u16 id = __atomic_add_fetch(&n->ip_id, 1, __ATOMIC_RELAXED);

	*ip = (struct frame_ip){ 0x45, 0, be16_of((u16)(payload + 20)),
		be16_of(id), be16_of(IP_DONT_FRAGMENT), IP_TTL, FRAME_IP_UDP,
		be16_of(0), be32_of(n->ip4), be32_of(to) };
	ip->sum = be16_of(frame_sum(ip, sizeof(*ip)));
	s->head_len = (u16)(s->head_len + sizeof(*ip));
}

u16
ip_pseudo_sum(const struct netif_slot *s, u32 payload)
{
	const struct frame_ip *ip = (const struct frame_ip *)(s->head +
	    sizeof(struct frame_eth));
	u32 sum = (u16)~frame_sum(&ip->src, 8) + (u32)FRAME_IP_UDP + payload;

	return (u16)((sum & 0xffff) + (sum >> 16));
}
