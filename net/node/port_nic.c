/* port_nic.c - the transport's port over a NIC. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/node/port_nic.h"

#include "kernel/clock.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/* Buffers that one endpoint may keep: the pool serves several. */
enum {
	PORT_NIC_RX_BUFS = 96,
	PORT_NIC_FRAME_MAX = 1514,      /* what every switch lets through */
};

static int
port_tx(struct port *port, const struct port_addr *to, const struct iov *seg,
    u32 segs, u32 *pending)
{
	struct port_nic *p = (struct port_nic *)port;

	return netif_send(p->n, p->udp_port, to, seg, segs, pending);
}

static int
port_poll(struct port *port, struct port_rx *rx, int max)
{
	struct port_nic *p = (struct port_nic *)port;
	struct netif_datagram d;
	int got = 0;

	if (!port_nic_ready(p))
		netif_poll(p->n);
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
	return netif_bind(n, udp_port, &p->socket);
}
