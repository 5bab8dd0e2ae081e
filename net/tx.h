/* tx.h - a leaving message: segment, window, send, remember. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_TX_H
#define NET_TX_H

#include "net/endpoint.h"

/* A send without a request: ERR_AGAIN when there is no room at once. */
int tx_eager_now(struct msg_ep *ep, struct peer *p, const void *head,
    u32 head_len, const void *data, u64 len);

/* A send with its request filled in; it is sent now or queued. */
void tx_submit(struct msg_ep *ep, struct msg_req *req);

/* Puts WIRE_TAKEN into the stream; false: no buffer now. */
bool tx_taken(struct msg_ep *ep, struct peer *p, u32 offer, u64 moved);

/* Sends what the peer's window allows, or an ACK that is due. */
void tx_peer(struct msg_ep *ep, struct peer *p);

/* Peers whose requests wait for buffers get another look. */
void tx_kick_waiting(struct msg_ep *ep);

/* A frame of its own that is never sent again: ACK, PULL. */
bool tx_control(struct msg_ep *ep, struct peer *p, enum wire_kind kind,
    u8 flags, const void *payload, u32 len);

/* An ACK to a peer that speaks to an earlier life of ours. */
void tx_tell_epoch(struct msg_ep *ep, struct peer *p, u32 epoch);

#endif
