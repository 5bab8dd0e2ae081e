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
};

/*
 * Binds the UDP port. `wake` runs on whichever core receives when a datagram
 * comes in, in any context: it may only set flags and wake a parked core.
 */
int port_nic_open(struct port_nic *p, struct netif *n, u16 udp_port,
    void (*wake)(void *ctx), void *ctx);

/* A datagram waits in the inbox. */
bool port_nic_ready(const struct port_nic *p);
/* Nor has anything come to the interface. A hint. */
bool port_nic_is_quiet(const struct port_nic *p);

#endif
