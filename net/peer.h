/* peer.h - numbers, addresses and lives of peers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_PEER_H
#define NET_PEER_H

#include "net/endpoint.h"

/* The peer's state, made at first use. NULL: no memory or no such peer. */
struct peer *peer_get(struct msg_ep *ep, u32 number);

/* The slot of a sender, or NULL. */
struct slot *peer_slot_of(struct msg_ep *ep, const struct port_addr *from);
/* As above, and strangers are offered to the accept function. */
struct slot *peer_slot_accept(struct msg_ep *ep,
    const struct port_addr *from);

int peer_bind(struct msg_ep *ep, u32 number, const struct port_addr *addr,
    u32 node);
void peer_unbind(struct msg_ep *ep, u32 number);

/*
 * Judges a frame's epochs and learns from them. False: the frame belongs to
 * an earlier life of either side and must be dropped.
 */
bool peer_epoch_ok(struct msg_ep *ep, struct peer *p,
    const struct wire_head *h);

/* Ends all that waits for the peer with err, and both streams with it. */
void peer_fail(struct msg_ep *ep, struct peer *p, int err);

#endif
