/* udp.c - ports and their inboxes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "net/node/dhcp.h"
#include "net/node/netif.h"

/*
 * The sum is not checked here: every payload of ours carries a CRC-32C, and
 * frames come with a checked FCS.
 */

struct netif_socket **
udp_socket(struct netif *n, u16 port)
{
	if (port == DHCP_CLIENT_PORT)
		return &n->dhcp_socket;
	return (u32)(port - n->port_first) < n->ports ?
	    &n->sockets[port - n->port_first] : NULL;
}

bool
udp_rx(struct netif *n, u8 *buf, u8 *data, u32 len, u32 from, u32 flags)
{
	const struct frame_udp *udp = (const struct frame_udp *)data;
	struct netif_socket **at, *s;
	struct netif_datagram *d;
	u32 head;

	if (len < sizeof(*udp) || be16_get(udp->len) < sizeof(*udp) ||
	    be16_get(udp->len) > len) {
		n->stats.drop_short++;
		return false;
	}
	at = udp_socket(n, be16_get(udp->dst));
	s = at ? __atomic_load_n(at, __ATOMIC_ACQUIRE) : NULL;
	if (!s) {
		n->stats.drop_port++;
		return false;
	}
	head = s->head;
	if (head - __atomic_load_n(&s->tail, __ATOMIC_ACQUIRE) == NETIF_INBOX) {
		s->dropped++;
		n->stats.drop_inbox++;
		return false;
	}
	d = &s->ring[head % NETIF_INBOX];
	*d = (struct netif_datagram){ buf, data + sizeof(*udp),
		be16_get(udp->len) - (u32)sizeof(*udp),
		flags & NIC_RX_CSUM_OK ? PORT_RX_CSUM_OK : 0,
		{ from, be16_get(udp->src), 0 } };
	__atomic_store_n(&s->head, head + 1, __ATOMIC_SEQ_CST);
	n->stats.rx_udp++;
	if (s->wake)
		s->wake(s->ctx);
	return true;
}

int
netif_bind(struct netif *n, u16 udp_port, struct netif_socket *s)
{
	struct netif_socket **at = udp_socket(n, udp_port);

	if (!at)
		return ERR_INVAL;
	if (*at)
		return ERR_BUSY;
	__atomic_store_n(at, s, __ATOMIC_RELEASE);
	return 0;
}

bool
netif_take(struct netif_socket *s, struct netif_datagram *d)
{
	u32 tail = s->tail;

	if (__atomic_load_n(&s->head, __ATOMIC_ACQUIRE) == tail)
		return false;
	*d = s->ring[tail % NETIF_INBOX];
	__atomic_store_n(&s->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}
