/* scan.c - a chain: p - 1 steps on the longest path, each rank sends n bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

/*
 * `sum` holds our own data. What comes from the left is the sum of all before
 * us; `before`, if not NULL, gets it (MPI_Exscan).
 */
static int
scan_chain(struct comm *c, void *sum, void *before, i64 count,
    const struct type *t, const struct tag *op)
{
	void *base, *left = coll_room(t, count, &base);
	int err = 0;

	if (c->rank > 0) {
		err = coll_recv(c, left, count, t, c->rank - 1, COLL_SCAN);
		if (!err)
			op_apply(op, t, left, sum, count);
	}
	if (!err && c->rank + 1 < c->size)
		err = coll_send(c, sum, count, t, c->rank + 1, COLL_SCAN);
	if (!err && before && c->rank > 0)
		coll_copy(left, count, t, before, count, t);
	free(base);
	return err;
}

static int
scan_check(const char *func, int count, MPI_Datatype type, MPI_Op op,
    MPI_Comm comm, struct comm **c, const struct type **t,
    const struct tag **o)
{
	int err = coll_check(func, comm, c);

	if (!err)
		err = coll_check_type(func, *c, count, type, t);
	if (!err)
		err = coll_check_op(func, *c, op, *t, o);
	return err;
}

MPI_WEAK(Scan)
int
PMPI_Scan(const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype,
    MPI_Op op, MPI_Comm comm)
{
	const struct type *t;
	const struct tag *o;
	struct comm *c;
	int err = scan_check("Scan", count, datatype, op, comm, &c, &t, &o);

	if (err)
		return err;
	if (sendbuf != MPI_IN_PLACE)
		coll_copy(sendbuf, count, t, recvbuf, count, t);
	return err_raise(c, "Scan",
	    scan_chain(c, recvbuf, NULL, count, t, o));
}

MPI_WEAK(Exscan)
int
PMPI_Exscan(const void *sendbuf, void *recvbuf, int count,
    MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
{
	const struct type *t;
	const struct tag *o;
	struct comm *c;
	void *base, *sum;
	int err = scan_check("Exscan", count, datatype, op, comm, &c, &t, &o);

	if (err)
		return err;
	sum = coll_room(t, count, &base);
	coll_copy(sendbuf == MPI_IN_PLACE ? recvbuf : sendbuf, count, t, sum,
	    count, t);
	err = scan_chain(c, sum, recvbuf, count, t, o);
	free(base);
	return err_raise(c, "Exscan", err);
}
