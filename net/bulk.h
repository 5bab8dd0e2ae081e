/* bulk.h - large messages, pulled in place by their receiver. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_BULK_H
#define NET_BULK_H

#include "net/endpoint.h"

/* The receiver wants an offer: req names peer, offer, data and len. */
void bulk_pull(struct msg_ep *ep, struct msg_req *req);

/* A PULL arrived: chunks of one of our offers are asked for. */
void bulk_asked(struct msg_ep *ep, struct peer *p, const struct wire_view *v);

/* A BULK frame arrived. */
void bulk_chunk(struct msg_ep *ep, const struct wire_view *v,
    const struct port_addr *from);

/* The bit of req's window that this frame is for, its length right; WIRE_CHUNKS
 * and a counter if it is not wanted. */
u32 bulk_wanted(struct msg_ep *ep, struct msg_req *req,
    const struct wire_view *v, const struct port_addr *from);

/* A wanted chunk came: time and window are measured by it. */
void bulk_heard(struct msg_ep *ep, struct msg_req *req, u32 index);

/* Chunks were added to what req has. */
void bulk_goes_on(struct msg_ep *ep, struct msg_req *req);

/* A TAKEN was committed: the offer is over. */
void bulk_taken(struct msg_ep *ep, struct peer *p, const struct wire_taken *t);

/* Tells senders of finished pulls, as far as there are buffers. */
void bulk_told(struct msg_ep *ep);

/* Sends granted chunks and asks for more. */
void bulk_pump(struct msg_ep *ep);

/* Frees headers whose frames the port has sent. */
void bulk_reap(struct msg_ep *ep);

/* Asks again for what did not come in time. */
void bulk_timers(struct msg_ep *ep);

/* How many bytes of data one chunk carries over this mtu. */
u32 bulk_chunk_max(u32 mtu);

#endif
