/* credit.h - how much may be sent and held. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_CREDIT_H
#define NET_CREDIT_H

#include "net/endpoint.h"

/* The number of active peers has changed: new shares of the buffers. */
void credit_share(struct msg_ep *ep);

/* The first DATA number that the peer may not send yet. */
u32 credit_edge(const struct msg_ep *ep, const struct peer *p);

/* The owner has consumed: true if the peer should hear of the new edge. */
bool credit_is_news(const struct msg_ep *ep, const struct peer *p);

/* May another received frame of p be held? Others' partial messages are
 * given up for a privileged peer, so that one message always completes. */
bool credit_may_hold(struct msg_ep *ep, struct peer *p);

/* The congestion window grows by what was acknowledged, and shrinks. */
void credit_grow(struct peer *p, u32 acked);
void credit_shrink(struct peer *p, bool silent);

/* Chunks that one pull may have asked for and not yet received. */
u32 credit_chunks(const struct msg_ep *ep);

#endif
