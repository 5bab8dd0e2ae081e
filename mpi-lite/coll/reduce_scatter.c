/* reduce_scatter.c - a reduce to rank 0, then its parts: 2 log2 p + 1 steps. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

static int
reduce_scatter(struct comm *c, const void *in, void *out, const int *counts,
    i64 total, const struct type *t, const struct tag *op)
{
	void *base, *sum = coll_room(t, total, &base);
	struct coll_part *part;
	i64 at = 0;
	int err = coll_reduce(c, in, sum, total, t, op, 0);

	if (!err && c->rank)
		err = coll_recv(c, out, counts[c->rank], t, 0,
		    COLL_REDUCE_SCATTER);
	if (!err && c->rank == 0) {
		part = coll_parts(c->size);
		coll_copy(sum, counts[0], t, out, counts[0], t);
		for (int i = 1; i < c->size; i++) {
			at += counts[i - 1];
			coll_part_send(c, &part[i], coll_at(sum, t, at),
			    counts[i], t, i, COLL_REDUCE_SCATTER);
		}
		err = coll_wait(part, c->size);
		free(part);
	}
	free(base);
	return err;
}

static int
reduce_scatter_call(const char *func, const void *sendbuf, void *recvbuf,
    const int *counts, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
{
	const struct type *t;
	const struct tag *o;
	struct comm *c = comm_of(comm);
	i64 total = 0;
	int err = coll_check_type(func, c, 0, datatype, &t);

	if (!err)
		err = coll_check_op(func, c, op, t, &o);
	if (err)
		return err;
	for (int i = 0; i < c->size; i++) {
		if (counts[i] < 0)
			return err_raise(c, func, MPI_ERR_COUNT);
		total += counts[i];
	}
	return err_raise(c, func, reduce_scatter(c,
	    sendbuf == MPI_IN_PLACE ? recvbuf : sendbuf, recvbuf, counts,
	    total, t, o));
}

MPI_WEAK(Reduce_scatter)
int
PMPI_Reduce_scatter(const void *sendbuf, void *recvbuf, const int recvcounts[],
    MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
{
	struct comm *c;
	int err = coll_check("Reduce_scatter", comm, &c);

	return err ? err : reduce_scatter_call("Reduce_scatter", sendbuf,
	    recvbuf, recvcounts, datatype, op, comm);
}

MPI_WEAK(Reduce_scatter_block)
int
PMPI_Reduce_scatter_block(const void *sendbuf, void *recvbuf, int recvcount,
    MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
{
	struct comm *c;
	int *counts;
	int err = coll_check("Reduce_scatter_block", comm, &c);

	if (err)
		return err;
	counts = state_alloc((size_t)c->size * sizeof(int));
	for (int i = 0; i < c->size; i++)
		counts[i] = recvcount;
	err = reduce_scatter_call("Reduce_scatter_block", sendbuf, recvbuf,
	    counts, datatype, op, comm);
	free(counts);
	return err;
}
