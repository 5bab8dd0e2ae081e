/* ack.h - what arrived, told and heard. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_ACK_H
#define NET_ACK_H

#include "net/endpoint.h"

/* Writes acknowledgement and credit into a head that leaves now. */
void ack_fill(struct msg_ep *ep, struct peer *p, struct wire_head *h);

/* Notes a DATA frame to acknowledge: at once, or after a while. */
void ack_owe(struct msg_ep *ep, struct peer *p, bool at_once);

/* Takes what a peer acknowledges; frees buffers, finds lost frames. */
void ack_take(struct msg_ep *ep, struct peer *p, const struct wire_head *h);

#endif
