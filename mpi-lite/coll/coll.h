/* coll.h - collectives among themselves, and the table that chooses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_COLL_COLL_H
#define MPI_LITE_COLL_COLL_H

#include "mpi-lite/op.h"
#include "mpi-lite/req.h"

/*
 * Each algorithm's file says its cost for p ranks and n bytes: steps on the
 * longest path, and bytes that the busiest rank sends. Messages travel in the
 * communicator's second context; a collective's tag is its own.
 */

enum coll_tag {
	COLL_BARRIER = 1, COLL_BCAST, COLL_REDUCE, COLL_ALLREDUCE,
	COLL_GATHER, COLL_SCATTER, COLL_ALLGATHER, COLL_ALLTOALL,
	COLL_SCAN, COLL_REDUCE_SCATTER, COLL_SWAP,
	COLL_NEIGHBOR, COLL_NEIGHBOR_BACK,
	COLL_TAGS = 32,        /* of one turn */
};

/* -- whole collectives, also for our own use; MPI codes, nothing is raised - */
int coll_barrier(struct comm *c);
int coll_bcast(struct comm *c, void *buf, i64 count, const struct type *t,
    int root);
int coll_reduce(struct comm *c, const void *in, void *out, i64 count,
    const struct type *t, const struct tag *op, int root);
int coll_allreduce(struct comm *c, const void *in, void *out, i64 count,
    const struct type *t, const struct tag *op);
int coll_allgather(struct comm *c, const void *in, int in_count,
    MPI_Datatype in_type, void *out, int out_count, MPI_Datatype out_type);

/* -- the table: the first row that fits is taken --------------------------- */
typedef int coll_bcast_fn(struct comm *c, void *buf, i64 count,
    const struct type *t, int root);
typedef int coll_allreduce_fn(struct comm *c, void *buf, i64 count,
    const struct type *t, const struct tag *op);

enum coll_algorithm {
	COLL_BCAST_BINOMIAL, COLL_BCAST_SCATTER_RING,
	COLL_ALLREDUCE_DOUBLING, COLL_ALLREDUCE_RING, COLL_ALLREDUCE_IN_ORDER,
};

enum { COLL_SHORT = 64 * 1024 };   /* bytes, until a tool says otherwise */

/* bytes_max COLL_TUNED: what the rank's control variable says. */
enum { COLL_TUNED = 0 };

struct coll_row {
	u64 bytes_max;
	int ranks_max;
	bool commutative_only;
	enum coll_algorithm algorithm;
};
extern const struct coll_row coll_bcast_table[], coll_allreduce_table[];
/* The first row that fits. */
enum coll_algorithm coll_choose(const struct coll_row *row, int tuned,
    u64 bytes, int ranks, bool commutative);

coll_bcast_fn coll_bcast_binomial, coll_bcast_scatter_ring;
coll_allreduce_fn coll_allreduce_doubling, coll_allreduce_ring,
    coll_allreduce_in_order;

/* -- messages -------------------------------------------------------------- */
int coll_send(struct comm *c, const void *buf, i64 count, const struct type *t,
    int to, enum coll_tag tag);
int coll_recv(struct comm *c, void *buf, i64 count, const struct type *t,
    int from, enum coll_tag tag);
int coll_exchange(struct comm *c, const void *out, i64 out_count,
    const struct type *out_type, int to, void *in, i64 in_count,
    const struct type *in_type, int from, enum coll_tag tag);

/* One side of a many-sided exchange; ended by coll_wait. */
struct coll_part {
	struct req send, recv;
	bool sending, receiving;
};
void coll_part_send(struct comm *c, struct coll_part *p, const void *buf,
    i64 count, const struct type *t, int to, enum coll_tag tag);
void coll_part_recv(struct comm *c, struct coll_part *p, void *buf, i64 count,
    const struct type *t, int from, enum coll_tag tag);
/* Waits for all n parts; the first error. */
int coll_wait(struct coll_part *p, int n);
/* n parts at rest, on the heap. */
struct coll_part *coll_parts(int n);

/* From one typed buffer to another of the same size in bytes. */
void coll_copy(const void *from, i64 from_count, const struct type *from_type,
    void *to, i64 to_count, const struct type *to_type);

/* Room for count items of t; *base is to be freed, the result used. */
void *coll_room(const struct type *t, i64 count, void **base);

/* A copy of c for a collective of its own turn, until it is freed. */
struct comm *coll_shadow(struct comm *c);
void coll_shadow_free(struct comm *shadow);

static inline void *
coll_at(const void *buf, const struct type *t, i64 index)
{
	return (u8 *)(uintptr_t)buf + index * t->extent;
}

#endif
