/* scatter.c - from the root, all at once: 1 step, the root sends n * p bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

static int
scatter_root(struct comm *c, const void *in, const int *counts,
    const int *displs, int count, const struct type *t, void *out,
    i64 out_count, const struct type *out_type)
{
	struct coll_part *part = coll_parts(c->size);
	int err;

	for (int i = 0; i < c->size; i++) {
		i64 n = counts ? counts[i] : count;
		i64 at = displs ? displs[i] : (i64)count * i;

		if (i != c->rank)
			coll_part_send(c, &part[i], coll_at(in, t, at), n, t,
			    i, COLL_SCATTER);
		else if (out != MPI_IN_PLACE)
			coll_copy(coll_at(in, t, at), n, t, out, out_count,
			    out_type);
	}
	err = coll_wait(part, c->size);
	free(part);
	return err;
}

static int
scatter(const char *func, const void *sendbuf, const int *counts,
    const int *displs, int count, MPI_Datatype sendtype, void *recvbuf,
    int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm)
{
	const struct type *st = NULL, *rt = NULL;
	struct comm *c;
	int err = coll_check(func, comm, &c);

	if (!err)
		err = coll_check_root(func, c, root);
	if (!err && recvbuf != MPI_IN_PLACE)
		err = coll_check_type(func, c, recvcount, recvtype, &rt);
	if (!err && c->rank == root)
		err = coll_check_type(func, c, count, sendtype, &st);
	if (err)
		return err;
	if (c->rank != root)
		err = coll_recv(c, recvbuf, recvcount, rt, root, COLL_SCATTER);
	else
		err = scatter_root(c, sendbuf, counts, displs, count, st,
		    recvbuf, recvcount, rt);
	return err_raise(c, func, err);
}

MPI_WEAK(Scatter)
int
PMPI_Scatter(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, int recvcount, MPI_Datatype recvtype, int root,
    MPI_Comm comm)
{
	return scatter("Scatter", sendbuf, NULL, NULL, sendcount, sendtype,
	    recvbuf, recvcount, recvtype, root, comm);
}

MPI_WEAK(Scatterv)
int
PMPI_Scatterv(const void *sendbuf, const int sendcounts[], const int displs[],
    MPI_Datatype sendtype, void *recvbuf, int recvcount,
    MPI_Datatype recvtype, int root, MPI_Comm comm)
{
	return scatter("Scatterv", sendbuf, sendcounts, displs, 0, sendtype,
	    recvbuf, recvcount, recvtype, root, comm);
}
