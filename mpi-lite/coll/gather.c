/* gather.c - to the root, all at once: 1 step, the root receives n * p bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

/*
 * counts and displs NULL: `count` items from each, one after another. The
 * transport's grants keep the many senders from drowning the root.
 */
static int
gather_root(struct comm *c, const void *in, i64 in_count,
    const struct type *in_type, void *out, const int *counts,
    const int *displs, int count, const struct type *t)
{
	struct coll_part *part = coll_parts(c->size);
	int err;

	for (int i = 0; i < c->size; i++) {
		i64 n = counts ? counts[i] : count;
		i64 at = displs ? displs[i] : (i64)count * i;

		if (i != c->rank)
			coll_part_recv(c, &part[i], coll_at(out, t, at), n, t,
			    i, COLL_GATHER);
		else if (in != MPI_IN_PLACE)
			coll_copy(in, in_count, in_type, coll_at(out, t, at),
			    n, t);
	}
	err = coll_wait(part, c->size);
	free(part);
	return err;
}

static int
gather(const char *func, const void *sendbuf, int sendcount,
    MPI_Datatype sendtype, void *recvbuf, const int *counts, const int *displs,
    int count, MPI_Datatype recvtype, int root, MPI_Comm comm)
{
	const struct type *st = NULL, *rt = NULL;
	struct comm *c;
	int err = coll_check(func, comm, &c);

	if (!err)
		err = coll_check_root(func, c, root);
	if (!err && sendbuf != MPI_IN_PLACE)
		err = coll_check_type(func, c, sendcount, sendtype, &st);
	if (!err && c->rank == root)
		err = coll_check_type(func, c, count, recvtype, &rt);
	if (err)
		return err;
	if (c->rank != root)
		err = coll_send(c, sendbuf, sendcount, st, root, COLL_GATHER);
	else
		err = gather_root(c, sendbuf, sendcount, st, recvbuf, counts,
		    displs, count, rt);
	return err_raise(c, func, err);
}

MPI_WEAK(Gather)
int
PMPI_Gather(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, int recvcount, MPI_Datatype recvtype, int root,
    MPI_Comm comm)
{
	return gather("Gather", sendbuf, sendcount, sendtype, recvbuf, NULL,
	    NULL, recvcount, recvtype, root, comm);
}

MPI_WEAK(Gatherv)
int
PMPI_Gatherv(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, const int recvcounts[], const int displs[],
    MPI_Datatype recvtype, int root, MPI_Comm comm)
{
	return gather("Gatherv", sendbuf, sendcount, sendtype, recvbuf,
	    recvcounts, displs, 0, recvtype, root, comm);
}
