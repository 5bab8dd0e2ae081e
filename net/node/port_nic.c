/* port_nic.c - the transport's port over a NIC. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/node/port_nic.h"

#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/* Buffers that one endpoint may keep: the pool serves several. */
enum {
	PORT_NIC_RX_BUFS = 96,
	PORT_NIC_FRAME_MAX = 1514,      /* what every switch lets through */
	LAND_FRAME = NIC_SPLIT_BYTES + PORT_LAND_BYTES,
	LAND_BATCH = 16,
	LAND_HEADS = 2 * PORT_LAND_RING, /* posted, and being looked at */
};

static int
port_tx(struct port *port, const struct port_addr *to, const struct iov *seg,
    u32 segs, u32 *pending)
{
	struct port_nic *p = (struct port_nic *)port;

	return netif_send(p->n, p->udp_port, to, seg, segs, pending);
}

/* What neighbours answer to ARP comes to the base. */
static void
look(struct netif *n)
{
	struct netif *base = n->base;

	netif_poll(n);
	if (base != n && !base->nic->ops->is_idle(base->q))
		netif_poll(base);
}

static int
port_poll(struct port *port, struct port_rx *rx, int max)
{
	struct port_nic *p = (struct port_nic *)port;
	struct netif_datagram d;
	int got = 0;

	if (!port_nic_ready(p))
		look(p->n);
	while (got < max && netif_take(&p->socket, &d))
		rx[got++] = (struct port_rx){ d.from, d.data, d.len, d.flags,
			d.buf };
	return got;
}

static void
port_release(struct port *port, void *cookie)
{
	netif_release(((struct port_nic *)port)->n, cookie);
}

static u64
port_now(struct port *port)
{
	(void)port;
	return clock_now_ns();
}

bool
port_nic_ready(const struct port_nic *p)
{
	return __atomic_load_n(&p->socket.head, __ATOMIC_SEQ_CST) !=
	    p->socket.tail;
}

bool
port_nic_is_quiet(const struct port_nic *p)
{
	return !port_nic_ready(p) && p->n->nic->ops->is_idle(p->n->q);
}

/* -- landing ---------------------------------------------------------------- */

static u8 *
land_head(const struct port_nic *p, u32 i)
{
	return p->land_heads + (size_t)(i % LAND_HEADS) * NIC_SPLIT_BYTES;
}

static int
port_land_post(struct port *port, void *place)
{
	struct port_nic *p = (struct port_nic *)port;
	const struct nic_ops *ops = p->n->nic->ops;
	int err = 0;

	if (p->land_put - p->land_got == PORT_LAND_RING)
		return ERR_AGAIN;
	if (!p->land)
		err = ops->queue_open(p->n->nic, p->land_index,
		    2 * PORT_LAND_RING, 1, &p->land);
	if (!err)
		err = ops->rx_post_split(p->land, land_head(p, p->land_put),
		    place, PORT_LAND_BYTES, NULL);
	p->land_put += !err;
	return err == ERR_INVAL ? err : err ? ERR_AGAIN : 0;
}

/* The 64 bytes that were split off, len bytes behind them. */
static bool
land_is_ours(const struct port_nic *p, u8 *head, struct port_landed *l)
{
	const struct frame_eth *eth = (const struct frame_eth *)head;
	const struct frame_udp *udp = (const struct frame_udp *)(head +
	    FRAME_HEADERS - sizeof(*udp));
	u32 len = NIC_SPLIT_BYTES - (u32)sizeof(*eth) + l->len;

	if (be16_get(eth->type) != FRAME_TYPE_IP ||
	    !ip_rx(p->n, head + sizeof(*eth), &len, &l->from.ip4) ||
	    be16_get(udp->dst) != p->port.land_port || be16_get(udp->len) != len ||
	    len != sizeof(*udp) + PORT_LAND_HEAD + l->len)
		return false;
	l->from.udp_port = be16_get(udp->src);
	if (be16_get(udp->sum) == 0)
		l->flags = 0;
	return true;
}

static int
port_land_poll(struct port *port, struct port_landed *l, int max)
{
	struct port_nic *p = (struct port_nic *)port;
	struct nic_rx rx[LAND_BATCH];
	int n = 0;

	if (p->land)
		n = p->n->nic->ops->rx_batch(p->land, rx,
		    MIN(max, (int)LAND_BATCH));
	for (int i = 0; i < n; i++) {
		u8 *head = land_head(p, p->land_got++);

		l[i] = (struct port_landed){ .len = rx[i].len, .flags =
		    rx[i].flags & NIC_RX_CSUM_OK ? PORT_RX_CSUM_OK : 0 };
		if (!(rx[i].flags & NIC_RX_ERROR) &&
		    land_is_ours(p, head, &l[i]))
			l[i].head = head + FRAME_HEADERS;
	}
	return n;
}

static void
port_land_stop(struct port *port)
{
	struct port_nic *p = (struct port_nic *)port;

	if (p->land)
		p->n->nic->ops->queue_close(p->land);
	p->land = NULL;
	p->land_got = p->land_put;
}

void
port_nic_land(struct port_nic *p, u16 queue)
{
	const struct nic_info *info = &p->n->info;
	u32 need = NIC_FILTERS | NIC_RX_SPLIT | NIC_RX_UDP_CSUM;
	struct nic_filter f = { (u16)(p->udp_port + NETIF_PORTS), queue };

	if ((info->features & need) != need || queue >= info->queues ||
	    info->frame_max < LAND_FRAME)
		return;
	p->land_index = queue;
	p->land_heads = dma_alloc((size_t)LAND_HEADS * NIC_SPLIT_BYTES);
	p->port.land_bufs = dma_alloc((size_t)PORT_LAND_BUFS * PORT_LAND_BYTES);
	if (!p->land_heads || !p->port.land_bufs ||
	    p->n->nic->ops->filter_add(p->n->nic, &f))
		return;
	p->port.land_post = port_land_post;
	p->port.land_poll = port_land_poll;
	p->port.land_stop = port_land_stop;
	p->port.land_port = f.udp_port;
}

int
port_nic_open(struct port_nic *p, struct netif *n, u16 udp_port,
    void (*wake)(void *ctx), void *ctx)
{
	memset(p, 0, sizeof(*p));
	p->n = n;
	p->udp_port = udp_port;
	p->socket.wake = wake;
	p->socket.ctx = ctx;
	p->port.tx = port_tx;
	p->port.poll = port_poll;
	p->port.release = port_release;
	p->port.now = port_now;
	p->port.mtu = MIN(n->info.frame_max, (u32)PORT_NIC_FRAME_MAX) -
	    FRAME_HEADERS;
	p->port.rx_bufs = PORT_NIC_RX_BUFS;
	p->port.tx_sums = n->info.features & NIC_TX_UDP_CSUM;
	if (n->info.frame_max >= LAND_FRAME)
		p->port.bulk_mtu = LAND_FRAME - FRAME_HEADERS;
	return netif_bind(n, udp_port, &p->socket);
}
