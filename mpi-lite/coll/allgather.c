/* allgather.c - a ring: p - 1 steps, a rank sends n (p - 1) bytes in all. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

/* counts and displs NULL: `count` items from each. */
static int
allgather_ring(struct comm *c, void *out, const int *counts, const int *displs,
    i64 count, const struct type *t)
{
	int p = c->size, right = (c->rank + 1) % p;
	int left = (c->rank - 1 + p) % p, err = 0;

	for (int k = 0; k < p - 1 && !err; k++) {
		int o = (c->rank - k + p) % p, i = (c->rank - k - 1 + p) % p;

		err = coll_exchange(c,
		    coll_at(out, t, displs ? displs[o] : count * o),
		    counts ? counts[o] : count, t, right,
		    coll_at(out, t, displs ? displs[i] : count * i),
		    counts ? counts[i] : count, t, left, COLL_ALLGATHER);
	}
	return err;
}

int
coll_allgather(struct comm *c, const void *in, int in_count,
    MPI_Datatype in_type, void *out, int out_count, MPI_Datatype out_type)
{
	const struct type *t = type_of(out_type);

	if (in != MPI_IN_PLACE)
		coll_copy(in, in_count, type_of(in_type),
		    coll_at(out, t, (i64)out_count * c->rank), out_count, t);
	return allgather_ring(c, out, NULL, NULL, out_count, t);
}

MPI_WEAK(Allgather)
int
PMPI_Allgather(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, int recvcount, MPI_Datatype recvtype, MPI_Comm comm)
{
	const struct type *st, *rt;
	struct comm *c;
	int err = coll_check("Allgather", comm, &c);

	if (!err && sendbuf != MPI_IN_PLACE)
		err = coll_check_type("Allgather", c, sendcount, sendtype, &st);
	if (!err)
		err = coll_check_type("Allgather", c, recvcount, recvtype, &rt);
	return err ? err : err_raise(c, "Allgather", coll_allgather(c, sendbuf,
	    sendcount, sendtype, recvbuf, recvcount, recvtype));
}

MPI_WEAK(Allgatherv)
int
PMPI_Allgatherv(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, const int recvcounts[], const int displs[],
    MPI_Datatype recvtype, MPI_Comm comm)
{
	const struct type *st = NULL, *rt;
	struct comm *c;
	int err = coll_check("Allgatherv", comm, &c);

	if (!err && sendbuf != MPI_IN_PLACE)
		err = coll_check_type("Allgatherv", c, sendcount, sendtype,
		    &st);
	if (!err)
		err = coll_check_type("Allgatherv", c, 0, recvtype, &rt);
	if (err)
		return err;
	if (st)
		coll_copy(sendbuf, sendcount, st,
		    coll_at(recvbuf, rt, displs[c->rank]),
		    recvcounts[c->rank], rt);
	return err_raise(c, "Allgatherv",
	    allgather_ring(c, recvbuf, recvcounts, displs, 0, rt));
}
