/* barrier.c - dissemination: ceil(log2 p) steps, as many empty messages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

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

MPI_WEAK(Barrier)
int
PMPI_Barrier(MPI_Comm comm)
{
	struct comm *c;
	int err = coll_check("Barrier", comm, &c);

	return err ? err : err_raise(c, "Barrier", coll_barrier(c));
}
