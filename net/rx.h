/* rx.h - an arriving packet: validate, peer, duplicate, place, deliver. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_RX_H
#define NET_RX_H

#include "net/endpoint.h"

/* Takes frames from the port and places them. No upcalls. */
void rx_poll(struct msg_ep *ep);

/* Our own frame comes back: the self peer's network is this call. */
void rx_loop(struct msg_ep *ep, struct peer *p, struct buf *b);

/* Hands complete messages to the owner's upcall. */
void rx_deliver(struct msg_ep *ep);

/* Gives up what is not acknowledged: the sender will send it again. */
void rx_drop_partial(struct msg_ep *ep, struct peer *p);

/* Gives back everything that a peer's stream holds. */
void rx_drop_stream(struct msg_ep *ep, struct peer *p);

#endif
