/* match.h - posted receives meet arrived messages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_MATCH_H
#define MPI_LITE_MATCH_H

#include "mpi-lite/req.h"

/* What travels in the head of every message. */
struct match_head {
	u32 context;
	i32 tag;
};

/* A message that came before its receive. */
struct match_arrived {
	struct list link;
	struct match_head head;
	u32 source;            /* world rank */
	u64 len, offer;
	u8 data[];             /* eager only */
};

/* The deliver upcall of the rank's endpoint; ctx is the state. */
void match_arrive(void *ctx, const struct msg_in *in);

/* A receive: takes the first fitting arrived message, or is posted. */
void match_post(struct state *s, struct req *r);

/* The first arrived message that fits, left in its place, or NULL. */
struct match_arrived *match_find(struct state *s, u32 context, int source,
    int tag);

#endif
