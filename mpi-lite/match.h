/* match.h - posted receives meet arrived messages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_MATCH_H
#define MPI_LITE_MATCH_H

#include "mpi-lite/req.h"

/* What travels in the head of every message. */
struct match_head {
	u64 context;
	i32 tag;
	u32 order;             /* of partitioned channels; else 0 */
};

/* A message that came before its receive. */
struct match_arrived {
	struct tag tag;        /* TAG_MESSAGE */
	struct list link;
	struct match_head head;
	u32 source;            /* world rank */
	u64 len, offer;
	struct comm *comm;     /* taken by MPI_Mprobe: an MPI_Message */
	u8 data[];             /* eager only */
};

/* The deliver upcall of the rank's endpoint; ctx is the state. */
void match_arrive(void *ctx, const struct msg_in *in);

/* A receive: takes the first fitting arrived message, or is posted. */
void match_post(struct state *s, struct req *r);

/* The first arrived message that fits, left in its place, or NULL. */
struct match_arrived *match_find(struct state *s, u64 context, int source,
    int tag, u32 order);

/* A receive of a message that is in no list any more; it is freed. */
void match_take(struct state *s, struct req *r, struct match_arrived *a);

#endif
