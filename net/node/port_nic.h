/* port_nic.h - the node's port: one endpoint on one network interface. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_NODE_PORT_NIC_H
#define NET_NODE_PORT_NIC_H

#include "net/node/netif.h"
#include "net/port.h"

struct port_nic {
	struct port port;              /* first: methods cast back */
	struct netif *n;
	u16 udp_port;
	struct netif_socket socket;

	/* landing: a queue pair of its own */
	struct nic_queue *land;        /* NULL: closed */
	u16 land_index;
	u32 land_put, land_got;
	u8 *land_heads;                /* [LAND_HEADS], split off */
};

/*
 * Binds the UDP port. `wake` runs on whichever core receives when a datagram
 * comes in, in any context: it may only set flags and wake a parked core.
 */
int port_nic_open(struct port_nic *p, struct netif *n, u16 udp_port,
    void (*wake)(void *ctx), void *ctx);

/*
 * Lets large messages land, by the NIC's queue pair `queue`; then port.h's
 * land_port is set. Without the features or the memory for it nothing changes.
 */
void port_nic_land(struct port_nic *p, u16 queue);

/* A datagram waits in the inbox. */
bool port_nic_ready(const struct port_nic *p);
/* Nor has anything come to the interface. A hint; what lands apart: then
 * msg_deadline() is soon. */
bool port_nic_is_quiet(const struct port_nic *p);

#endif
