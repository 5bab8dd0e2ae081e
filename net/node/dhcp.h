/* dhcp.h - the node's lease: address, mask, router, head node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_NODE_DHCP_H
#define NET_NODE_DHCP_H

#include "kernel/handoff.h"
#include "kernel/lib/endian.h"
#include "net/node/netif.h"

enum {
	DHCP_CLIENT_PORT = 68,
	DHCP_SERVER_PORT = 67,
	DHCP_TRY_NS_MIN = 200 * 1000 * 1000,
	DHCP_OPTIONS_MAX = 312,
};

struct dhcp_packet {            /* RFC 2131 §2 */
	u8 op, htype, hlen, hops;
	be32 xid;
	be16 secs, flags;
	be32 ciaddr, yiaddr, siaddr, giaddr;
	u8 chaddr[16];
	u8 sname[64], file[128];
	be32 magic;
	u8 options[DHCP_OPTIONS_MAX];
} PACKED;

/* What an OFFER or ACK says; RFC 2132. */
struct dhcp_reply {
	u8 type;                /* 2 offer, 5 ack, 6 nak */
	u32 ip4, mask, router, server, next_server;
	u32 lease_s;
};

enum dhcp_state { DHCP_OFF, DHCP_DISCOVER, DHCP_REQUEST, DHCP_BOUND,
	DHCP_RENEW };

struct dhcp {
	struct netif *n;
	enum dhcp_state state;
	u32 xid;
	u32 tries;
	u64 try_at_ns;          /* send again; while bound: renew */
	u64 lease_end_ns;
	u32 head;               /* the head node's address, once bound */
	bool resumed;           /* dhcp_poll has yet to say so */
	struct dhcp_reply lease;
	struct netif_socket *socket;
	struct dhcp_packet *packet; /* what is being sent */
	u32 pending;
};

/* Begins to ask for an address. 0, ERR_NOMEM. */
int dhcp_start(struct dhcp *d, struct netif *n, u32 xid);

/* Sends, receives, renews; true if the address was (newly) set. */
bool dhcp_poll(struct dhcp *d);

/* For the next life of the kernel: the lease, if this NIC holds one. */
void dhcp_save(const struct dhcp *d, struct handoff_lease *saved);

/*
 * After dhcp_start: goes on with a lease of the life before, bound at once;
 * dhcp_poll says so like a new one. False, and nothing changes, if it is for
 * another NIC or over.
 */
bool dhcp_resume(struct dhcp *d, const struct handoff_lease *saved);

/* When dhcp_poll has something to send. */
u64 dhcp_deadline(const struct dhcp *d);

/* A reply of len bytes to xid for this MAC; ERR_PROTO otherwise. */
int dhcp_parse(struct dhcp_reply *r, const void *data, size_t len, u32 xid,
    const u8 mac[6]);

#endif
