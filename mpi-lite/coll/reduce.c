/* reduce.c - binomial tree: ceil(log2 p) steps, each rank sends n bytes once. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

/*
 * The tree hangs from `top`; `sum` holds the rank's own data and collects its
 * subtree's. Children are taken from the nearest on, so operands stay in the
 * order of ranks when top is 0: right for operations that do not commute.
 */
static int
reduce_tree(struct comm *c, void *sum, i64 count, const struct type *t,
    const struct tag *op, int top)
{
	int p = c->size, me = (c->rank - top + p) % p, err = 0;
	void *base, *theirs = coll_room(t, count, &base);

	for (int k = 1; k < p && !err; k *= 2) {
		if (me & k) {
			err = coll_send(c, sum, count, t,
			    ((me & ~k) + top) % p, COLL_REDUCE);
			break;
		}
		if (me + k >= p)
			continue;
		err = coll_recv(c, theirs, count, t, (me + k + top) % p,
		    COLL_REDUCE);
		if (err)
			break;
		/* sum op theirs: our ranks are the lower ones. */
		op_apply(op, t, sum, theirs, count);
		coll_copy(theirs, count, t, sum, count, t);
	}
	free(base);
	return err;
}

/* `in` and `out` are plain buffers here: no MPI_IN_PLACE. */
int
coll_reduce(struct comm *c, const void *in, void *out, i64 count,
    const struct type *t, const struct tag *op, int root)
{
	int top = op_commutes(op) ? root : 0, err;
	void *base, *sum = coll_room(t, count, &base);

	coll_copy(in, count, t, sum, count, t);
	err = reduce_tree(c, sum, count, t, op, top);
	if (!err && top != root && c->rank == top)
		err = coll_send(c, sum, count, t, root, COLL_REDUCE);
	if (!err && top != root && c->rank == root)
		err = coll_recv(c, sum, count, t, top, COLL_REDUCE);
	if (c->rank == root)
		coll_copy(sum, count, t, out, count, t);
	free(base);
	return err;
}

MPI_WEAK(Reduce)
int
PMPI_Reduce(const void *sendbuf, void *recvbuf, int count,
    MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm comm)
{
	const struct type *t;
	const struct tag *o;
	struct comm *c;
	int err = coll_check("Reduce", comm, &c);

	if (!err)
		err = coll_check_type("Reduce", c, count, datatype, &t);
	if (!err)
		err = coll_check_op("Reduce", c, op, t, &o);
	if (!err)
		err = coll_check_root("Reduce", c, root);
	if (err)
		return err;
	return err_raise(c, "Reduce", coll_reduce(c, sendbuf == MPI_IN_PLACE ?
	    recvbuf : sendbuf, recvbuf, count, t, o, root));
}
