/* rankpage.h - what a rank is told about itself and its job. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_RANKPAGE_H
#define MPI_LITE_RANKPAGE_H

#include "kernel/lib/base.h"

/*
 * Written by whoever starts the rank (the node's agent, the hosted launcher,
 * the simulator) before it runs; read-only for the rank. Rank r of the job is
 * peer r of its endpoint; the rank itself too (a message to oneself works).
 */

enum { RANKPAGE_NAME_MAX = 32 };

struct msg_ep;

struct rankpage {
	u32 rank, size;
	u32 job;
	u32 node_index, nodes;       /* of the job */
	u32 local, locals;           /* index and count on this node */
	u32 cores;                   /* cores of this rank */
	struct msg_ep *ep;           /* the rank's endpoint, open */
	const u32 *node_of;          /* [size]: node index of each rank */
	char name[RANKPAGE_NAME_MAX]; /* MPI_Get_processor_name */
	void *mpi;                   /* mpi-lite hangs its state here */
};

#endif
