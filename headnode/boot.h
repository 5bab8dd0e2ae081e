/* boot.h - HTTP for nodes that boot, DHCP and TFTP by dnsmasq. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_BOOT_H
#define HEADNODE_BOOT_H

#include "headnode/bmd.h"

enum {
	BOOT_CONNECTIONS_MAX = 1200,
	BOOT_TIMEOUT_S = 30,
	DHCP_RESTARTS_MAX = 10,
};

/*
 * Serves /boot.ipxe (made for the MAC that asks) and /barerack on
 * cfg.http_port. 0, ERR_IO after saying why.
 */
int boot_open(struct bmd *b);
void boot_close(struct bmd *b);

/* The node's kernel command line. */
void boot_command_line(const struct bmd *b, char *text, size_t size);

/*
 * Writes dnsmasq.conf and the TFTP directory under cfg.state_dir and starts
 * dnsmasq if cfg.dhcp_interface is set; starts it anew when it dies.
 */
int dhcp_open(struct bmd *b);
void dhcp_close(struct bmd *b);

/* A child of bmd ended: dnsmasq? */
void dhcp_child_ended(struct bmd *b, int pid, int status);

#endif
