/* scan.c - a chain: p - 1 steps on the longest path, each rank sends n bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

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

int
coll_run_scan(const struct coll_call *k)
{
	void *out = (void *)(uintptr_t)k->out.buf;
	const struct type *t = k->out.type;
	i64 n = k->out.count;

	if (k->in.buf != MPI_IN_PLACE)
		coll_copy(k->in.buf, n, t, out, n, t);
	return scan_chain(k->c, out, NULL, n, t, k->op);
}

int
coll_run_exscan(const struct coll_call *k)
{
	void *out = (void *)(uintptr_t)k->out.buf, *base, *sum;
	const struct type *t = k->out.type;
	i64 n = k->out.count;
	int err;

	sum = coll_room(t, n, &base);
	coll_copy(k->in.buf == MPI_IN_PLACE ? out : k->in.buf, n, t, sum, n,
	    t);
	err = scan_chain(k->c, sum, out, n, t, k->op);
	free(base);
	return err;
}
