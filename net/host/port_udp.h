/* port_udp.h - a port over a Linux UDP socket. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_HOST_PORT_UDP_H
#define NET_HOST_PORT_UDP_H

#include "net/port.h"

enum {
	PORT_UDP_RX_BUFS = 512,
	PORT_UDP_SLACK = 64,       /* buffers that only poll() occupies */
	PORT_UDP_MTU = 1472,
	PORT_UDP_MTU_LOCAL = 8972, /* both ends on this machine */
	PORT_UDP_SOCKET_BYTES = 4 * 1024 * 1024,
};

struct port_udp;

/*
 * Binds addr (udp_port 0: any) and opens a port on it. Transmits copy into
 * the socket, so nothing stays referenced. On success *addr is complete and
 * the port is freed by port_udp_close. 0, ERR_NOMEM, ERR_IO (errno tells).
 */
int port_udp_open(struct port_udp **u, struct port_addr *addr, u32 mtu);
/* The same on a bound socket, which is the port's from now on. */
int port_udp_adopt(struct port_udp **u, struct port_addr *addr, int fd,
    u32 mtu);
void port_udp_close(struct port_udp *u);

struct port *port_udp_port(struct port_udp *u);
/* For poll(2) and epoll: readable means that port->poll has work. */
int port_udp_fd(const struct port_udp *u);
/* Waits for a frame until `deadline` (port time), at most. True: readable. */
bool port_udp_wait(struct port_udp *u, u64 deadline);

#endif
