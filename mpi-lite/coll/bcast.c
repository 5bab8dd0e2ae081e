/* bcast.c - one rank's data to all: binomial tree, or scatter and ring. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"
#include "mpi-lite/tool.h"

#include <stdlib.h>

/* Steps: ceil(log2 p); the root sends n * ceil(log2 p) bytes. */
int
coll_bcast_binomial(struct comm *c, void *buf, i64 count, const struct type *t,
    int root)
{
	int me = (c->rank - root + c->size) % c->size, k = 1, err = 0, e;

	/* My parent is me without my lowest bit. */
	while (k < c->size && !(me & k))
		k *= 2;
	if (me)
		err = coll_recv(c, buf, count, t,
		    ((me & ~k) + root) % c->size, COLL_BCAST);
	/* Those below us wait, whatever has come. */
	for (k /= 2; k > 0; k /= 2) {
		if (me + k >= c->size)
			continue;
		e = coll_send(c, buf, count, t, (me + k + root) % c->size,
		    COLL_BCAST);
		err = err ? err : e;
	}
	return err;
}

/* The part of the stream that rank i (from the root) is given. */
static void
bcast_part(u64 bytes, int p, int i, u64 *at, i64 *len)
{
	u64 each = (bytes + (u64)p - 1) / (u64)p;

	*at = MIN(each * (u64)i, bytes);
	*len = (i64)MIN(each, bytes - *at);
}

/* Each part travels once round the ring: p - 1 steps of n / p bytes. */
static int
bcast_ring(struct comm *c, u8 *stream, u64 bytes, int me)
{
	const struct type *t = type_of(MPI_BYTE);
	int p = c->size, right = (c->rank + 1) % p;
	int left = (c->rank - 1 + p) % p, err = 0;

	for (int k = 0; k < p - 1 && !err; k++) {
		u64 out, in;
		i64 out_len, in_len;

		bcast_part(bytes, p, (me - k + p) % p, &out, &out_len);
		bcast_part(bytes, p, (me - k - 1 + p) % p, &in, &in_len);
		err = coll_exchange(c, stream + out, out_len, t, right,
		    stream + in, in_len, t, left, COLL_BCAST);
	}
	return err;
}

/* Steps: 2 (p - 1); a rank sends at most 2 n bytes, the root too. */
int
coll_bcast_scatter_ring(struct comm *c, void *buf, i64 count,
    const struct type *t, int root)
{
	const struct type *byte = type_of(MPI_BYTE);
	int p = c->size, me = (c->rank - root + p) % p, err = 0;
	u64 bytes = (u64)(count * t->size), at;
	u8 *stream = t->plain ? buf : state_alloc(bytes);
	i64 len;

	if (!t->plain && me == 0)
		type_pack(t, count, buf, stream, bytes);
	for (int i = 1; i < p && me == 0 && !err; i++) {
		bcast_part(bytes, p, i, &at, &len);
		err = coll_send(c, stream + at, len, byte, (i + root) % p,
		    COLL_BCAST);
	}
	if (me) {
		bcast_part(bytes, p, me, &at, &len);
		err = coll_recv(c, stream + at, len, byte, root, COLL_BCAST);
	}
	if (!err)
		err = bcast_ring(c, stream, bytes, me);
	if (!t->plain) {
		if (me)
			type_unpack(t, count, buf, stream, bytes);
		free(stream);
	}
	return err;
}

int
coll_bcast(struct comm *c, void *buf, i64 count, const struct type *t,
    int root)
{
	if (c->size == 1)
		return MPI_SUCCESS;
	if (coll_choose(coll_bcast_table, state_of("Bcast")->
		tune[TOOL_BCAST_SHORT], (u64)(count * t->size), c->size,
		true) == COLL_BCAST_BINOMIAL)
		return coll_bcast_binomial(c, buf, count, t, root);
	return coll_bcast_scatter_ring(c, buf, count, t, root);
}

/* Between groups: the root, the first of the others, the rest of them. */
int
coll_run_bcast(const struct coll_call *k)
{
	const struct coll_side *b = &k->out;
	void *buf = (void *)(uintptr_t)b->buf;
	struct comm *c = k->c;
	int err = MPI_SUCCESS;

	if (!c->remote)
		return coll_bcast(c, buf, b->count, b->type, k->root);
	if (k->root == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (k->root == MPI_ROOT)
		return coll_send(c, buf, b->count, b->type, 0, COLL_BCAST);
	if (c->rank == 0)
		err = coll_recv(c, buf, b->count, b->type, k->root,
		    COLL_BCAST);
	return err ? err : coll_bcast(c->local, buf, b->count, b->type, 0);
}
