/* allgather.c - a ring: p - 1 steps, a rank sends n (p - 1) bytes in all. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

static int
allgather_ring(struct comm *c, const struct coll_side *all)
{
	int p = c->size, right = (c->rank + 1) % p;
	int left = (c->rank - 1 + p) % p, err = 0;

	for (int k = 0; k < p - 1 && !err; k++) {
		struct coll_block o = coll_block(all, (c->rank - k + p) % p);
		struct coll_block i = coll_block(all,
		    (c->rank - k - 1 + p) % p);

		err = coll_exchange(c, o.ptr, o.count, o.type, right, i.ptr,
		    i.count, i.type, left, COLL_ALLGATHER);
	}
	return err;
}

int
coll_allgather(struct comm *c, const void *in, int in_count,
    MPI_Datatype in_type, void *out, int out_count, MPI_Datatype out_type)
{
	struct coll_side all = { .buf = out, .count = out_count,
		.type = type_of(out_type) };
	struct coll_block b = coll_block(&all, c->rank);

	if (in != MPI_IN_PLACE)
		coll_copy(in, in_count, type_of(in_type), b.ptr, b.count,
		    b.type);
	return allgather_ring(c, &all);
}

/* Between groups each gives its block to all of the others. */
int
coll_run_allgather(const struct coll_call *k)
{
	struct comm *c = k->c;
	struct coll_block b;

	if (c->remote)
		return coll_direct(c, &k->in, true, &k->out, c->remote->size,
		    COLL_ALLGATHER);
	b = coll_block(&k->out, c->rank);
	if (k->in.buf != MPI_IN_PLACE)
		coll_copy(k->in.buf, k->in.count, k->in.type, b.ptr, b.count,
		    b.type);
	return allgather_ring(c, &k->out);
}
