/* allreduce.c - recursive doubling for short data, a ring for long. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"
#include "mpi-lite/tool.h"

#include <stdlib.h>

/*
 * Doubling. Ranks beyond the largest power of two give their data to a
 * neighbour first and get the result from it in the end. Steps: log2 p (+ 2);
 * a rank sends n * log2 p bytes. Lower ranks' data stands left of the
 * operation everywhere, so all ranks compute the same bits.
 */
static int
allreduce_pairs(struct comm *c, void *buf, void *theirs, i64 count,
    const struct type *t, const struct tag *op, int pow2, int me)
{
	int extra = c->size - pow2, err = 0;

	for (int k = 1; k < pow2 && !err; k *= 2) {
		int peer = me ^ k;
		int rank = peer < extra ? 2 * peer : peer + extra;

		err = coll_exchange(c, buf, count, t, rank, theirs, count, t,
		    rank, COLL_ALLREDUCE);
		if (err)
			break;
		if (peer < me) {
			op_apply(op, t, theirs, buf, count);
			continue;
		}
		op_apply(op, t, buf, theirs, count);
		coll_copy(theirs, count, t, buf, count, t);
	}
	return err;
}

int
coll_allreduce_doubling(struct comm *c, void *buf, i64 count,
    const struct type *t, const struct tag *op)
{
	void *base, *theirs = coll_room(t, count, &base);
	int pow2 = 1, extra, me, err = 0;

	while (pow2 * 2 <= c->size)
		pow2 *= 2;
	extra = c->size - pow2;
	/* Of the first 2 * extra ranks the odd ones sit out. */
	me = c->rank < 2 * extra ? c->rank / 2 : c->rank - extra;
	if (c->rank < 2 * extra && c->rank % 2) {
		err = coll_send(c, buf, count, t, c->rank - 1, COLL_ALLREDUCE);
		if (!err)
			err = coll_recv(c, buf, count, t, c->rank - 1,
			    COLL_ALLREDUCE);
		free(base);
		return err;
	}
	if (c->rank < 2 * extra) {
		err = coll_recv(c, theirs, count, t, c->rank + 1,
		    COLL_ALLREDUCE);
		op_apply(op, t, buf, theirs, count);
		coll_copy(theirs, count, t, buf, count, t);
	}
	if (!err)
		err = allreduce_pairs(c, buf, theirs, count, t, op, pow2, me);
	if (!err && c->rank < 2 * extra)
		err = coll_send(c, buf, count, t, c->rank + 1, COLL_ALLREDUCE);
	free(base);
	return err;
}

static i64
allreduce_part(i64 count, int p, int i, i64 *at)
{
	i64 each = (count + p - 1) / p;

	*at = MIN(each * i, count);
	return MIN(each, count - *at);
}

/*
 * Ring: p - 1 steps in which parts are summed on their way round, p - 1 in
 * which the sums go round. A rank sends 2 n (p - 1) / p bytes.
 */
int
coll_allreduce_ring(struct comm *c, void *buf, i64 count, const struct type *t,
    const struct tag *op)
{
	int p = c->size, right = (c->rank + 1) % p;
	int left = (c->rank - 1 + p) % p, err = 0;
	void *base, *theirs = coll_room(t, (count + p - 1) / p, &base);

	for (int k = 0; k < 2 * (p - 1) && !err; k++) {
		bool sum = k < p - 1;
		int shift = sum ? k : k - p;
		i64 out_at, in_at, out, in;
		void *to;

		out = allreduce_part(count, p,
		    (c->rank - shift + 2 * p) % p, &out_at);
		in = allreduce_part(count, p,
		    (c->rank - shift - 1 + 2 * p) % p, &in_at);
		to = sum ? theirs : coll_at(buf, t, in_at);
		err = coll_exchange(c, coll_at(buf, t, out_at), out, t, right,
		    to, in, t, left, COLL_ALLREDUCE);
		if (sum && !err)
			op_apply(op, t, theirs, coll_at(buf, t, in_at), in);
	}
	free(base);
	return err;
}

/* For operations that do not commute: to rank 0 and back, 2 log2 p steps. */
int
coll_allreduce_in_order(struct comm *c, void *buf, i64 count,
    const struct type *t, const struct tag *op)
{
	int err = coll_reduce(c, buf, buf, count, t, op, 0);

	return err ? err : coll_bcast(c, buf, count, t, 0);
}

int
coll_allreduce(struct comm *c, const void *in, void *out, i64 count,
    const struct type *t, const struct tag *op)
{
	if (in != MPI_IN_PLACE)
		coll_copy(in, count, t, out, count, t);
	if (c->size == 1 || count == 0)
		return MPI_SUCCESS;
	switch (coll_choose(coll_allreduce_table, state_of("Allreduce")->
	    tune[TOOL_ALLREDUCE_SHORT], (u64)(count * t->size),
	    c->size, op_commutes(op))) {
	case COLL_ALLREDUCE_DOUBLING:
		return coll_allreduce_doubling(c, out, count, t, op);
	case COLL_ALLREDUCE_RING:
		return coll_allreduce_ring(c, out, count, t, op);
	default:
		return coll_allreduce_in_order(c, out, count, t, op);
	}
}

/* Between groups each side gets the other's result. */
int
coll_run_allreduce(const struct coll_call *k)
{
	void *out = (void *)(uintptr_t)k->out.buf, *base, *sum;
	const struct type *t = k->out.type;
	i64 n = k->out.count;
	struct comm *c = k->c;
	int err;

	if (!c->remote)
		return coll_allreduce(c, k->in.buf, out, n, t, k->op);
	sum = coll_room(t, n, &base);
	err = coll_reduce(c->local, k->in.buf, sum, n, t, k->op, 0);
	if (!err && c->rank == 0)
		err = coll_exchange(c, sum, n, t, 0, out, n, t, 0,
		    COLL_ALLREDUCE);
	free(base);
	return err ? err : coll_bcast(c->local, out, n, t, 0);
}
