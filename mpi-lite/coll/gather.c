/* gather.c - to the root, all at once: 1 step, the root receives n * p bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include <stdlib.h>

/* The transport's grants keep the many senders from drowning the root. */
static int
gather_root(const struct coll_call *k, int peers, int self)
{
	struct coll_part *part = coll_parts(peers);
	int err;

	for (int i = 0; i < peers; i++) {
		struct coll_block b = coll_block(&k->out, i);

		if (i != self)
			coll_part_recv(k->c, &part[i], b.ptr, b.count, b.type,
			    i, COLL_GATHER);
		else if (k->in.buf != MPI_IN_PLACE)
			coll_copy(k->in.buf, k->in.count, k->in.type, b.ptr,
			    b.count, b.type);
	}
	err = coll_wait(part, peers);
	free(part);
	return err;
}

int
coll_run_gather(const struct coll_call *k)
{
	struct comm *c = k->c;

	if (c->remote && k->root == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (c->remote && k->root == MPI_ROOT)
		return gather_root(k, c->remote->size, -1);
	if (!c->remote && k->root == c->rank)
		return gather_root(k, c->size, c->rank);
	return coll_send(c, k->in.buf, k->in.count, k->in.type, k->root,
	    COLL_GATHER);
}
