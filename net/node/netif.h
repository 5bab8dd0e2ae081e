/* netif.h - one NIC with its addresses: frames in, datagrams out. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_NODE_NETIF_H
#define NET_NODE_NETIF_H

#include "kernel/lib/base.h"
#include "net/nic.h"
#include "net/node/frame.h"
#include "net/port.h"

/*
 * Rules. The NIC's queue has a try-lock, `lock`, and nobody waits for it.
 * Whoever holds it receives for everybody: frames are sorted by UDP port into
 * the sockets' inboxes, no other code runs. A sender always puts its packet
 * into the outbox, then tries the lock; if it is refused, the holder sends the
 * packet, because after every release it looks at the outbox again. Buffers
 * that endpoints give back go through `freed` in the same way.
 *
 * A NIC that can steer frames gives an endpoint a queue of its own: a second
 * struct netif that shares addresses and neighbours with the first, which is
 * its `base`. ARP stays the base's.
 *
 *	sender --> outbox --(holder)--> NIC ring --(reclaim)--> slot free
 *	NIC ring --(holder)--> inbox --> endpoint --> freed --(holder)--> ring
 */

enum {
	NETIF_MAX = 4,
	NETIF_RX_BUFS = 768,        /* posted or in inboxes */
	NETIF_RX_RING = 256,
	NETIF_TX_RING = 256,
	NETIF_OWN = 2,              /* an own queue has half of each */
	NETIF_BUF_BYTES = 2048,
	NETIF_SLOTS = 512,          /* packets on their way out */
	NETIF_INBOX = 256,          /* datagrams that wait for one endpoint */
	NETIF_ARP = 2048,           /* neighbours; power of two */
	NETIF_PORT_FIRST = 7770,    /* UDP ports of endpoints */
	NETIF_PORTS = 1100,
};

/* One packet on its way out; the header bytes stand right here. */
struct netif_slot {
	struct netif_slot *next;
	u32 *pending;               /* of port.h; NULL: nobody waits */
	struct iov seg[PORT_SEGS_MAX];
	u16 segs;
	u16 head_len;
	u8 loop;                    /* to ourselves */
	u8 busy;                    /* taken from the free ones */
	u8 summed;                  /* the NIC fills in the UDP checksum */
	u8 given;                   /* the NIC's, until it is reclaimed */
	u8 head[48];
	u8 body[64];                /* ARP and copies of short pieces */
};

struct netif_datagram {
	u8 *buf;                    /* the receive buffer */
	u8 *data;
	u32 len;
	u32 flags;
	struct port_addr from;
};

/* A bound UDP port: filled by the lock's holder, emptied by its owner. */
struct netif_socket {
	u32 head ALIGNED(CACHE_LINE);   /* next to fill */
	u64 dropped;                    /* inbox was full */
	void (*wake)(void *ctx);        /* first datagram; may be NULL */
	void *ctx;
	u32 tail ALIGNED(CACHE_LINE);   /* next to take */
	struct netif_datagram ring[NETIF_INBOX];
};

struct netif_arp {
	u32 ip4;
	u32 pad;
	u64 mac;                        /* 48 bits; 0: free entry */
};

struct netif_stats {
	u64 rx_frames, rx_arp, rx_udp;
	u64 drop_short, drop_type, drop_ip, drop_port, drop_inbox;
	u64 drop_nobuf;
	u64 tx_frames, tx_noarp, tx_noslot;
};

struct netif {
	u32 lock ALIGNED(CACHE_LINE);   /* core + 1 of its holder; 0 */
	u32 ip4, mask, router;          /* host order; 0: none yet */
	u16 queue;                      /* which of the NIC's */
	u16 port_first;                 /* of the sockets */
	u32 ports, share;               /* share: 1, or NETIF_OWN */
	u32 irq_core;                   /* core + 1 that it wakes: agent.c */
	struct netif *base;             /* itself, if it has queue 0 */
	struct netif *next_own;         /* in agent.c's list */
	struct nic *nic;
	struct nic_queue *q;
	struct nic_info info;
	struct netif_slot *outbox ALIGNED(CACHE_LINE); /* LIFO, many writers */
	u8 *freed ALIGNED(CACHE_LINE);                 /* LIFO, many writers */
	u64 slots_free ALIGNED(CACHE_LINE);  /* tag << 32 | index + 1 */
	/* the lock holder's */
	struct netif_slot *queued ALIGNED(CACHE_LINE), **queued_end;
	u32 given, done;                /* packets of the NIC's; back ever */
	u32 done_seen;                  /* by netif_is_stuck(), */
	bool given_seen;                /* which saw some given, too */
	bool down;                      /* it did not start again */
	u8 *spare;                      /* buffers not posted */
	u8 *bufs;                       /* all of them, in one run */
	u8 *buf_ours;                   /* [of each] 1: posted or spare */
	struct netif_slot *slots;
	u32 *slot_next;
	struct netif_arp *arp;
	struct netif_socket **sockets;  /* [ports] */
	struct netif_socket *dhcp_socket;
	u64 arp_asked_ns[64];
	struct netif_stats stats;
	u16 ip_id;
};

/* Opens queue 0 of the NIC and posts its buffers. 0 or an error. */
int netif_open(struct netif *n, struct nic *nic);

/*
 * Opens another queue of base's NIC, for one UDP port; n is zeroed memory.
 * ERR_UNSUPP: it has none, or cannot steer; ERR_NOMEM.
 */
int netif_open_own(struct netif *n, struct netif *base, u16 queue,
    u16 udp_port);

/*
 * Starts the queue over after its users were stopped at any point: the device
 * is reset, every packet on its way out is dropped (its `pending` goes down),
 * every buffer that no endpoint holds is posted anew. No other core may be in
 * any call of this header.
 */
int netif_reset(struct netif *n);

/*
 * Asked once a second: packets were given to the NIC, and since the last time
 * none came back. netif_recover() starts the queue over while others use the
 * interface: what the NIC held is dropped, as if it had been lost. A reset that
 * fails is tried again when asked for next.
 */
bool netif_is_stuck(struct netif *n);
void netif_recover(struct netif *n);

/* Receives, completes, sends. Returns events; 0 also when refused. */
int netif_poll(struct netif *n);

/* Binds a port until the next recycle. ERR_INVAL, ERR_BUSY. */
int netif_bind(struct netif *n, u16 udp_port, struct netif_socket *s);

/* The oldest datagram, or false. Owner only. */
bool netif_take(struct netif_socket *s, struct netif_datagram *d);
/* Gives a datagram's buffer back. Any core. */
void netif_release(struct netif *n, u8 *buf);

/* As port.h's tx. ip4 0xffffffff is the broadcast. */
int netif_send(struct netif *n, u16 from_port, const struct port_addr *to,
    const struct iov *seg, u32 segs, u32 *pending);

/* -- steps, in the order a frame takes them -- */
/* eth.c: one received frame; true if the buffer was kept. Lock held. */
bool eth_rx(struct netif *n, u8 *buf, u32 offset, u32 len, u32 flags);
void eth_head(const struct netif *n, struct netif_slot *s, u64 mac, u16 type);
/* arp.c */
void arp_rx(struct netif *n, const u8 *data, u32 len);
/* MAC of a neighbour, or 0 after asking for it. */
u64 arp_find(struct netif *n, u32 ip4);
/* ip.c: false if not a whole, plain packet for us. */
bool ip_rx(const struct netif *n, u8 *data, u32 *len, u32 *from);
void ip_head(struct netif *n, struct netif_slot *s, u32 to, u32 payload);
/* What a NIC wants in the checksum's place: RFC 768's pseudo header. */
u16 ip_pseudo_sum(const struct netif_slot *s, u32 payload);
/* udp.c */
bool udp_rx(struct netif *n, u8 *buf, u8 *data, u32 len, u32 from, u32 flags);
struct netif_socket **udp_socket(struct netif *n, u16 port);

/* The number of the calling core: agent.c, or a test. */
u32 netif_core(void);

/* -- netif.c, for the steps above -- */
struct netif_slot *netif_slot_get(struct netif *n);
void netif_slot_put(struct netif *n, struct netif_slot *s);
void netif_push(struct netif *n, struct netif_slot *s);

#endif
