/* retry.h - when to send again. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include "net/endpoint.h"

/* Runs every timer that is due and finds the time of the next. */
void retry_timers(struct msg_ep *ep);

/* A frame that was sent once has been answered after `rtt`. */
void retry_sample(struct peer *p, u64 rtt);
/* The same for the last chunk of a PULL that was not repeated. */
void retry_sample_bulk(struct peer *p, u64 rtt);
/* Chunks did not come within `waited`: be more patient, until samples say that
 * this was not needed. */
void retry_widen_bulk(struct peer *p, u64 waited);
/* How long chunks may be overtaken before they count as lost, and how long
 * nothing at all may come before a pull asks again. */
u64 retry_gap_ns(const struct peer *p, u32 tries);
u64 retry_pull_ns(const struct peer *p, u32 tries);

/* (Re)starts or stops the peer's timer by what is under way. */
void retry_arm(struct msg_ep *ep, struct peer *p);

/* The time to wait at the n-th try in a row. */
u64 retry_wait_ns(const struct peer *p, u32 tries);

#endif
