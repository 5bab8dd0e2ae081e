/* reduce_scatter.c - a reduce to rank 0, then its parts: 2 log2 p + 1 steps. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include <stdlib.h>

static int
reduce_scatter(struct comm *c, const void *in, void *out, const int *counts,
    i64 total, const struct type *t, const struct tag *op)
{
	void *base, *sum = coll_room(t, total, &base);
	struct coll_part *part;
	i64 at = 0;
	int err = coll_reduce(c, in, sum, total, t, op, 0);

	if (!err && c->rank)
		err = coll_recv(c, out, counts[c->rank], t, 0,
		    COLL_REDUCE_SCATTER);
	if (!err && c->rank == 0) {
		part = coll_parts(c->size);
		coll_copy(sum, counts[0], t, out, counts[0], t);
		for (int i = 1; i < c->size; i++) {
			at += counts[i - 1];
			coll_part_send(c, &part[i], coll_at(sum, t, at),
			    counts[i], t, i, COLL_REDUCE_SCATTER);
		}
		err = coll_wait(part, c->size);
		free(part);
	}
	free(base);
	return err;
}

/*
 * Between groups: the other side's sum, cut by our counts. Their first rank
 * has it and sends it to ours, who deals it out.
 */
static int
reduce_scatter_inter(struct comm *c, const void *in, void *out,
    const int *counts, i64 total, const struct type *t, const struct tag *op)
{
	void *base, *sum = coll_room(t, total, &base);
	void *base2, *theirs = coll_room(t, total, &base2);
	struct coll_side deal = { .buf = theirs, .counts = counts,
		.type = t };
	int *displs = state_alloc((size_t)c->size * sizeof(int)), at = 0;
	struct coll_call k = { .c = c->local, .root = 0, .in = deal,
		.out = { .buf = out, .count = counts[c->rank], .type = t } };
	int err = coll_reduce(c->local, in, sum, total, t, op, 0);

	if (!err && c->rank == 0)
		err = coll_exchange(c, sum, total, t, 0, theirs, total, t, 0,
		    COLL_REDUCE_SCATTER);
	for (int i = 0; i < c->size; at += counts[i++])
		displs[i] = at;
	k.in.displs = displs;
	if (!err)
		err = coll_run_scatter(&k);
	free(displs);
	free(base);
	free(base2);
	return err;
}

int
coll_run_reduce_scatter(const struct coll_call *k)
{
	void *out = (void *)(uintptr_t)k->out.buf;
	const void *in = k->in.buf == MPI_IN_PLACE ? out : k->in.buf;
	const int *counts = k->out.counts;
	i64 total = 0;

	for (int i = 0; i < k->c->size; i++)
		total += counts[i];
	return k->c->remote ? reduce_scatter_inter(k->c, in, out, counts,
	    total, k->out.type, k->op) : reduce_scatter(k->c, in, out,
	    counts, total, k->out.type, k->op);
}

int
coll_run_reduce_scatter_block(const struct coll_call *k)
{
	int *counts = state_alloc((size_t)k->c->size * sizeof(int)), err;
	struct coll_call each = *k;

	for (int i = 0; i < k->c->size; i++)
		counts[i] = (int)k->out.count;
	each.out.counts = counts;
	err = coll_run_reduce_scatter(&each);
	free(counts);
	return err;
}
