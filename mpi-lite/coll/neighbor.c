/* neighbor.c - exchanges along a topology's edges: 1 step, all at once. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"
#include "mpi-lite/topo/topo.h"

#include <stdlib.h>

/*
 * In a grid the neighbours of a dimension are a pair: what leaves in one
 * direction arrives from the other. Where both are the same rank, the tag
 * keeps the two messages apart.
 */
static enum coll_tag
neighbor_tag(const struct topo *t, int i, bool send)
{
	bool back = topo_is_grid(t) && ((i & 1) != send);

	return back ? COLL_NEIGHBOR_BACK : COLL_NEIGHBOR;
}

static int
neighbor(const struct coll_call *k, bool same)
{
	const struct topo *t = k->c->topo;
	int in = topo_in(t), out = topo_out(t), err;
	int *from = state_alloc((size_t)(in + out + 1) * sizeof(int));
	int *to = from + in;
	struct coll_part *part = coll_parts(in + out);
	struct coll_block b;

	topo_neighbors(t, k->c->rank, from, to);
	for (int i = 0; i < in; i++) {
		b = coll_block(&k->out, i);
		coll_part_recv(k->c, &part[i], b.ptr, b.count, b.type, from[i],
		    neighbor_tag(t, i, false));
	}
	for (int i = 0; i < out; i++) {
		b = coll_block(&k->in, same ? 0 : i);
		coll_part_send(k->c, &part[in + i], b.ptr, b.count, b.type,
		    to[i], neighbor_tag(t, i, true));
	}
	err = coll_wait(part, in + out);
	free(part);
	free(from);
	return err;
}

int
coll_run_neighbor_allgather(const struct coll_call *k)
{
	return neighbor(k, true);
}

int
coll_run_neighbor_alltoall(const struct coll_call *k)
{
	return neighbor(k, false);
}
