/* port.h - what the transport needs from a machine. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_PORT_H
#define NET_PORT_H

#include "kernel/lib/base.h"

/*
 * A port carries UDP datagrams for one endpoint. There are three: NIC
 * (net/node/port_nic.c), UDP sockets (net/host/port_udp.c), simulator
 * (tests/sim/fabric.c). The transport owns no socket, clock or thread.
 */

/* Where an endpoint lives on the network. */
struct port_addr {
	u32 ip4;        /* host byte order */
	u16 udp_port;
	u16 pad;
};

/*
 * A received datagram: the UDP payload. It stays valid until release();
 * whoever keeps it longer keeps the port's receive buffer occupied, and
 * buffers are limited: the transport's credits say by how much.
 */
struct port_rx {
	struct port_addr from;
	u8 *data;
	u32 len;
	u32 flags;      /* PORT_RX_CSUM_OK: hardware checked the payload */
	void *cookie;   /* for release(); never NULL */
};

enum port_flag { PORT_RX_CSUM_OK = 1 << 0 };
enum { PORT_SEGS_MAX = 3 };

struct port {
	/*
	 * Sends one datagram of up to PORT_SEGS_MAX pieces. The pieces may be
	 * referenced after the call: then *pending was incremented and will
	 * be decremented (by poll) once the machine is done with them.
	 * pending may be NULL only if all pieces stay untouched for ever.
	 * 0; ERR_AGAIN when the machine is full (nothing was referenced);
	 * ERR_TOOBIG above mtu. Never blocks.
	 */
	int (*tx)(struct port *p, const struct port_addr *to,
	    const struct iov *seg, u32 segs, u32 *pending);

	/* Up to n datagrams; completes transmits on the way. Never blocks. */
	int (*poll)(struct port *p, struct port_rx *rx, int n);

	/* Gives a received datagram's buffer back. */
	void (*release)(struct port *p, void *cookie);

	/* Nanoseconds, monotonic, from an arbitrary start. */
	u64 (*now)(struct port *p);

	u32 mtu;        /* largest UDP payload, bytes */
	u32 rx_bufs;    /* receive buffers an endpoint may keep occupied */
};

#endif
