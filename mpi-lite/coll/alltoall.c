/* alltoall.c - pairwise: p - 1 steps, in each one partner to and one from. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include <stdlib.h>

static int
alltoall_pairs(struct comm *c, const struct coll_side *out,
    const struct coll_side *in)
{
	struct coll_block o = coll_block(out, c->rank);
	struct coll_block i = coll_block(in, c->rank);
	int p = c->size, err = 0;

	coll_copy(o.ptr, o.count, o.type, i.ptr, i.count, i.type);
	for (int k = 1; k < p && !err; k++) {
		int to = (c->rank + k) % p, from = (c->rank - k + p) % p;

		o = coll_block(out, to);
		i = coll_block(in, from);
		err = coll_exchange(c, o.ptr, o.count, o.type, to, i.ptr,
		    i.count, i.type, from, COLL_ALLTOALL);
	}
	return err;
}

/* In place: with each partner the same block is exchanged; it leaves from a
 * copy. The k-th partners of two ranks are each other: rank + partner = k. */
static int
alltoall_in_place(struct comm *c, const struct coll_side *io)
{
	int p = c->size, err = 0;

	for (int k = 0; k < p && !err; k++) {
		int peer = (k - c->rank + p) % p;
		struct coll_block b = coll_block(io, peer);
		u64 bytes = (u64)(b.count * b.type->size);
		void *copy;

		if (peer == c->rank)
			continue;
		copy = state_alloc(bytes);
		type_pack(b.type, b.count, b.ptr, copy, bytes);
		err = coll_exchange(c, copy, (i64)bytes, type_of(MPI_BYTE),
		    peer, b.ptr, b.count, b.type, peer, COLL_ALLTOALL);
		free(copy);
	}
	return err;
}

int
coll_run_alltoall(const struct coll_call *k)
{
	if (k->c->remote)
		return coll_direct(k->c, &k->in, false, &k->out,
		    k->c->remote->size, COLL_ALLTOALL);
	return k->in.buf == MPI_IN_PLACE ? alltoall_in_place(k->c, &k->out) :
	    alltoall_pairs(k->c, &k->in, &k->out);
}
