/* state.h - all that mpi-lite remembers of one rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_STATE_H
#define MPI_LITE_STATE_H

#include "kernel/lib/list.h"
#include "mpi-lite/comm.h"
#include "mpi-lite/rankpage.h"
#include "net/msg.h"

enum { STATE_REQS_KEPT = 64, STATE_ATTRS = 8 };

/* Hangs from rankpage->mpi, from MPI_Init to the end of the process. */
struct state {
	struct rankpage *page;
	struct msg_ep *ep;
	bool finalized;
	int thread_level;
	struct comm world, self;
	struct group world_group, self_group, empty_group;
	int self_rank[1];
	u32 next_context;
	struct list posted;    /* receives, in order of posting */
	struct list arrived;   /* unexpected messages, in order of arrival */
	struct list orphans;   /* freed requests that are still active */
	struct req *spare;     /* requests to use again */
	u32 spares;
	int attr[STATE_ATTRS]; /* values that MPI_Comm_get_attr points at */
};

/* The caller's state. Before MPI_Init or after MPI_Finalize: a line that
 * names the function, and the end of the job. */
struct state *state_of(const char *func);

/* malloc that ends the job with a line when there is no memory. */
void *state_alloc(size_t bytes);

#endif
