/* config.h - bmd.conf: lines of a key and its value. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_CONFIG_H
#define HEADNODE_CONFIG_H

#include "kernel/lib/base.h"
#include "net/jobmsg.h"

enum {
	CONFIG_NODES_MAX = 1024,
	CONFIG_PATH_MAX = 1024,
	CONFIG_WORD_MAX = 32,
	CONFIG_SOCKET_MAX = 100,
	CONFIG_LINE_MAX = 2048,
};

enum config_boot {
	CONFIG_BOOT_NONE,          /* nodes start by themselves */
	CONFIG_BOOT_IPXE,          /* iPXE in ROM or chained: HTTP */
	CONFIG_BOOT_PXELINUX,      /* pxelinux over TFTP */
	CONFIG_BOOT_UEFI,          /* firmware loads the kernel itself */
};

struct config_node {
	char name[JOBMSG_NAME_MAX];
	u8 mac[6];
	u32 ip4;                   /* 0: from the DHCP range */
};

/* One more card of a node: DHCP gives it its address. */
struct config_card {
	u8 mac[6];
	u32 ip4;                   /* 0: from the DHCP range */
};

struct config {
	char socket[CONFIG_SOCKET_MAX];
	char state_dir[CONFIG_PATH_MAX];
	char image[CONFIG_PATH_MAX];
	char append[CONFIG_PATH_MAX];
	char power_reset[CONFIG_PATH_MAX]; /* shell command; empty: none */
	u32 listen_ip4;            /* 0: any */
	u16 udp_port, http_port;   /* http_port 0: no HTTP */
	enum config_boot boot;
	char dhcp_interface[CONFIG_WORD_MAX]; /* empty: no dnsmasq */
	u32 dhcp_mask, dhcp_from, dhcp_to;
	u32 heartbeat_ms, lost_ms;
	u64 console_log_bytes;     /* of one file */
	u32 console_log_files;     /* older ones that are kept, per node */
	bool discover;             /* unknown MACs become nodes */
	bool trust_reset;          /* nodes boot anew between two users */
	u32 nodes;
	struct config_node node[CONFIG_NODES_MAX];
	u32 cards;
	struct config_card card[CONFIG_NODES_MAX];
};

/* What holds when no file says otherwise. */
void config_default(struct config *c);

/*
 * Reads lines of `key value` into c; '#' starts a comment. 0; ERR_INVAL after
 * saying "PATH:LINE: what is wrong and what would be right"; ERR_NOENT.
 */
int config_load(struct config *c, const char *path);

/* "52:54:00:12:34:56". */
bool config_mac(const char *text, u8 mac[6]);

#endif
