/* reduce.c - binomial tree: ceil(log2 p) steps, each rank sends n bytes once. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

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

/* Between groups: one side's first rank has the result, and sends it. */
int
coll_run_reduce(const struct coll_call *k)
{
	const struct type *t = k->out.type;
	void *out = (void *)(uintptr_t)k->out.buf, *base, *sum;
	i64 n = k->out.count;
	struct comm *c = k->c;
	int err;

	if (!c->remote)
		return coll_reduce(c, k->in.buf == MPI_IN_PLACE ? out :
		    k->in.buf, out, n, t, k->op, k->root);
	if (k->root == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (k->root == MPI_ROOT)
		return coll_recv(c, out, n, t, 0, COLL_REDUCE);
	sum = coll_room(t, n, &base);
	err = coll_reduce(c->local, k->in.buf, sum, n, t, k->op, 0);
	if (!err && c->rank == 0)
		err = coll_send(c, sum, n, t, k->root, COLL_REDUCE);
	free(base);
	return err;
}
