/* call.h - a collective as data: run now, later, or again and again. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_COLL_CALL_H
#define MPI_LITE_COLL_CALL_H

#include "mpi-lite/coll/coll.h"

/* Who gives and who gets: decides what is looked at and checked. */
enum coll_shape {
	SHAPE_BARRIER, SHAPE_BCAST, SHAPE_GATHER, SHAPE_SCATTER, SHAPE_REDUCE,
	SHAPE_ALL,             /* all give, all get */
	SHAPE_ALLREDUCE, SHAPE_SCAN,
	SHAPE_REDUCE_SCATTER,
	SHAPE_NEIGHBOR,
};

/*
 * What a rank gives (or gets): one block, or one for each peer. counts NULL:
 * `count` items each. Without displs and addrs the blocks lie one after
 * another; displs are in items, or in bytes where each peer has its own type,
 * addrs always in bytes.
 */
struct coll_side {
	const void *buf;
	i64 count;
	const int *counts, *displs;
	const MPI_Aint *addrs;
	MPI_Datatype handle;
	const MPI_Datatype *handles;
	const struct type *type;   /* of handle, when checked */
};

struct coll_block {
	void *ptr;
	i64 count;
	const struct type *type;
};

/* The block for peer i. */
struct coll_block coll_block(const struct coll_side *s, int i);

/* Bcast has its buffer in `out`; reductions have count and type there. */
struct coll_call {
	int (*run)(const struct coll_call *k);
	enum coll_shape shape;
	struct coll_side in, out;
	MPI_Op op_handle;
	int root;
	struct comm *c;        /* from here on: what the checks found */
	const struct tag *op;
};

/* The three ways. The last makes a persistent request. */
int coll_now(const char *func, struct coll_call *k, MPI_Comm comm);
int coll_later(const char *func, struct coll_call *k, MPI_Comm comm,
    MPI_Request *request);
int coll_init(const char *func, struct coll_call *k, MPI_Comm comm,
    MPI_Request *request);

/* What `run` points to: one per collective; MPI codes. */
typedef int coll_run_fn(const struct coll_call *k);
coll_run_fn coll_run_barrier, coll_run_bcast, coll_run_gather,
    coll_run_scatter, coll_run_allgather, coll_run_alltoall, coll_run_reduce,
    coll_run_allreduce, coll_run_scan, coll_run_exscan,
    coll_run_reduce_scatter, coll_run_reduce_scatter_block,
    coll_run_neighbor_allgather, coll_run_neighbor_alltoall;

/* All blocks at once: to each of n peers its block of `out_side` (one for all
 * if `same`), from each its block. Either side may be NULL. */
int coll_direct(struct comm *c, const struct coll_side *give, bool same,
    const struct coll_side *get, int n, enum coll_tag tag);

#endif
