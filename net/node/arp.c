/* arp.c - who has this address: RFC 826. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "net/node/netif.h"

/*
 * Entries are written by the holder of the interface's lock only and read by
 * anybody: ip4 is stored before mac, and mac is one word. A sender that finds
 * none asks, at most once in ARP_ASK_NS for addresses of one bucket, and its
 * transport tries again.
 */

enum { ARP_REQUEST = 1, ARP_REPLY = 2, ARP_ASK_NS = 20 * 1000 * 1000 };

static u32
arp_hash(u32 ip4)
{
	return (ip4 * 2654435761u) >> 16;
}

static void
arp_send(struct netif *n, u16 op, u64 to_mac, u64 target_mac, u32 target_ip)
{
	struct netif_slot *s = netif_slot_get(n);
	struct frame_arp *arp;

	if (!s)
		return;
	eth_head(n, s, to_mac, FRAME_TYPE_ARP);
	arp = (struct frame_arp *)s->body;
	*arp = (struct frame_arp){ be16_of(1), be16_of(FRAME_TYPE_IP), 6, 4,
		be16_of(op), { 0 }, be32_of(n->ip4), { 0 },
		be32_of(target_ip) };
	memcpy(arp->sender_mac, n->info.mac, 6);
	memcpy(arp->target_mac, &target_mac, 6);
	memset(s->body + sizeof(*arp), 0, sizeof(s->body) - sizeof(*arp));
	s->seg[0] = (struct iov){ s->body, FRAME_MIN - s->head_len };
	s->segs = 1;
	s->loop = 0;
	s->pending = NULL;
	netif_push(n, s);
}

static void
arp_learn(struct netif *n, u32 ip4, u64 mac)
{
	for (u32 i = 0; i < NETIF_ARP; i++) {
		struct netif_arp *e =
		    &n->arp[(arp_hash(ip4) + i) & (NETIF_ARP - 1)];

		if (e->mac && e->ip4 != ip4)
			continue;
		__atomic_store_n(&e->ip4, ip4, __ATOMIC_RELAXED);
		__atomic_store_n(&e->mac, mac, __ATOMIC_RELEASE);
		return;
	}
}

void
arp_rx(struct netif *n, const u8 *data, u32 len)
{
	const struct frame_arp *arp = (const struct frame_arp *)data;
	u64 mac = 0;

	if (len < sizeof(*arp) || be16_get(arp->hw) != 1 ||
	    be16_get(arp->proto) != FRAME_TYPE_IP || arp->hw_len != 6 ||
	    arp->proto_len != 4 || !n->ip4) {
		n->stats.drop_type++;
		return;
	}
	n->stats.rx_arp++;
	if (be32_get(arp->target_ip) != n->ip4)
		return;
	memcpy(&mac, arp->sender_mac, 6);
	if (mac && be32_get(arp->sender_ip))
		arp_learn(n, be32_get(arp->sender_ip), mac);
	if (be16_get(arp->op) == ARP_REQUEST)
		arp_send(n, ARP_REPLY, mac, mac, be32_get(arp->sender_ip));
}

u64
arp_find(struct netif *n, u32 ip4)
{
	u64 now, *asked;
	u32 hop = (ip4 ^ n->ip4) & n->mask ? n->router : ip4;

	if (!hop)
		return 0;
	for (u32 i = 0; i < NETIF_ARP; i++) {
		struct netif_arp *e =
		    &n->arp[(arp_hash(hop) + i) & (NETIF_ARP - 1)];
		u64 mac = __atomic_load_n(&e->mac, __ATOMIC_ACQUIRE);

		if (!mac)
			break;
		if (__atomic_load_n(&e->ip4, __ATOMIC_RELAXED) == hop)
			return mac;
	}
	n->stats.tx_noarp++;
	now = clock_now_ns();
	asked = &n->arp_asked_ns[arp_hash(hop) % ARRAY_LEN(n->arp_asked_ns)];
	if (!*asked || now - *asked > ARP_ASK_NS) {
		*asked = now;
		arp_send(n, ARP_REQUEST, 0xffffffffffff, 0, hop);
		netif_poll(n);
	}
	return 0;
}
