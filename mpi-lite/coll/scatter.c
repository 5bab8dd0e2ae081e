/* scatter.c - from the root, all at once: 1 step, the root sends n * p bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include <stdlib.h>

static int
scatter_root(const struct coll_call *k, int peers, int self)
{
	struct coll_part *part = coll_parts(peers);
	int err;

	for (int i = 0; i < peers; i++) {
		struct coll_block b = coll_block(&k->in, i);

		if (i != self)
			coll_part_send(k->c, &part[i], b.ptr, b.count, b.type,
			    i, COLL_SCATTER);
		else if (k->out.buf != MPI_IN_PLACE)
			coll_copy(b.ptr, b.count, b.type,
			    (void *)(uintptr_t)k->out.buf, k->out.count,
			    k->out.type);
	}
	err = coll_wait(part, peers);
	free(part);
	return err;
}

int
coll_run_scatter(const struct coll_call *k)
{
	struct comm *c = k->c;

	if (c->remote && k->root == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (c->remote && k->root == MPI_ROOT)
		return scatter_root(k, c->remote->size, -1);
	if (!c->remote && k->root == c->rank)
		return scatter_root(k, c->size, c->rank);
	return coll_recv(c, (void *)(uintptr_t)k->out.buf, k->out.count,
	    k->out.type, k->root, COLL_SCATTER);
}
