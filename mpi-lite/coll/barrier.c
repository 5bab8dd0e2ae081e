/* barrier.c - dissemination: ceil(log2 p) steps, as many empty messages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

/* In step k each rank tells the one 2^k behind it that it, and all of whom it
 * has heard, are here. */
int
coll_barrier(struct comm *c)
{
	const struct type *t = type_of(MPI_BYTE);
	int err = MPI_SUCCESS;

	for (int k = 1; k < c->size && !err; k *= 2)
		err = coll_exchange(c, NULL, 0, t, (c->rank + k) % c->size,
		    NULL, 0, t, (c->rank - k + c->size) % c->size,
		    COLL_BARRIER);
	return err;
}

/* Of two groups: each by itself, the first ranks, then each again. */
int
coll_run_barrier(const struct coll_call *k)
{
	const struct type *t = type_of(MPI_BYTE);
	struct comm *c = k->c;
	int err;

	if (!c->remote)
		return coll_barrier(c);
	err = coll_barrier(c->local);
	if (!err && c->rank == 0)
		err = coll_exchange(c, NULL, 0, t, 0, NULL, 0, t, 0,
		    COLL_BARRIER);
	return err ? err : coll_bcast(c->local, NULL, 0, t, 0);
}
