/* eth.c - a received frame is told apart; a sent one gets its header. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/string.h"
#include "net/node/netif.h"

/*
 * A frame's way up reads here: Ethernet, then ARP or IPv4, then UDP, then the
 * inbox of the port that it names. Nothing of it runs an endpoint's code.
 */
bool
eth_rx(struct netif *n, u8 *buf, u32 offset, u32 len, u32 flags)
{
	const struct frame_eth *eth = (const struct frame_eth *)(buf + offset);
	u8 *data = buf + offset + sizeof(*eth);
	u32 from;

	if (len < sizeof(*eth)) {
		n->stats.drop_short++;
		return false;
	}
	len -= (u32)sizeof(*eth);
	switch (be16_get(eth->type)) {
	case FRAME_TYPE_ARP:
		if (n->base == n)
			arp_rx(n, data, len);
		return false;
	case FRAME_TYPE_IP:
		if (!ip_rx(n, data, &len, &from)) {
			n->stats.drop_ip++;
			return false;
		}
		return udp_rx(n, buf, data + sizeof(struct frame_ip), len, from,
		    flags);
	default:
		n->stats.drop_type++;
		return false;
	}
}

/* mac has the first byte on the wire in its lowest bits. */
void
eth_head(const struct netif *n, struct netif_slot *s, u64 mac, u16 type)
{
	struct frame_eth *eth = (struct frame_eth *)s->head;

	memcpy(eth->dst, &mac, 6);
	memcpy(eth->src, n->info.mac, 6);
	eth->type = be16_of(type);
	s->head_len = sizeof(*eth);
	s->summed = 0;
}
