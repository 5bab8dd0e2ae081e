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
enum {
	PORT_SEGS_MAX = 3,
	PORT_LAND_HEAD = 22,     /* bytes that are split off: struct wire_bulk */
	PORT_LAND_BYTES = 8192,  /* of a place */
	PORT_LAND_RING = 64,     /* places posted at one time */
	PORT_LAND_BUFS = 5,
};

/* A datagram that has landed in the oldest place. */
struct port_landed {
	struct port_addr from;
	const u8 *head;  /* PORT_LAND_HEAD bytes, until the next land_poll
			  * for more than 0; NULL: not a datagram of ours */
	u32 len;         /* bytes in the place */
	u32 flags;       /* enum port_flag */
};

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

	/*
	 * Landing, where land_port is not 0: datagrams to that UDP port are put
	 * by the machine itself, in the order in which they come, into the
	 * places that were posted, but for their first PORT_LAND_HEAD bytes.
	 * What comes when no place is left is dropped. Only the holder of the
	 * endpoint's lock calls these.
	 */

	/* The next place, of PORT_LAND_BYTES. ERR_INVAL: not for the machine
	 * (odd, or not in one piece of memory); ERR_AGAIN: too many. */
	int (*land_post)(struct port *p, void *place);
	/* Up to n datagrams, in the order of their places. The machine hears
	 * of places that were posted by this call at the latest, n 0 or not. */
	int (*land_poll)(struct port *p, struct port_landed *l, int n);
	/* Nothing lands any more: when it returns no place is the machine's,
	 * and none that was posted will be heard of. */
	void (*land_stop)(struct port *p);
	u8 *land_bufs;  /* PORT_LAND_BUFS places of the endpoint's own */
	u16 land_port;

	bool tx_sums;   /* tx fills in the UDP checksum */
	u32 bulk_mtu;   /* as mtu, for BULK frames; 0: the same */
	u32 mtu;        /* largest UDP payload, bytes */
	u32 rx_bufs;    /* receive buffers an endpoint may keep occupied */
};

#endif
