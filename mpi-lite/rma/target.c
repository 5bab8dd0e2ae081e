/* target.c - what others do to our window is done here. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/op.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/* -- where ----------------------------------------------------------------- */

static struct win *
target_win(struct state *s, u64 number)
{
	struct list *it, *next;

	LIST_EACH(it, next, &s->wins) {
		struct win *w = CONTAINER_OF(it, struct win, link);

		if (w->number == number)
			return w;
	}
	return NULL;
}

/* Are `bytes` from `at` on memory that the window has? */
static bool
target_holds(struct win *w, const u8 *at, i64 bytes)
{
	struct list *it, *next;

	if (w->flavor != MPI_WIN_FLAVOR_DYNAMIC)
		return at >= w->base && at + bytes <= w->base + w->size;
	LIST_EACH(it, next, &w->regions) {
		struct rma_region *r = CONTAINER_OF(it, struct rma_region,
		    link);

		if (at >= r->base && at + bytes <= r->base + r->bytes)
			return true;
	}
	return false;
}

/* The address that `disp` means, or NULL if the items would lie outside. */
static u8 *
target_place(struct win *w, const struct rma_head *h, const struct type *t)
{
	u8 *at = w->flavor == MPI_WIN_FLAVOR_DYNAMIC ?
	    (u8 *)(uintptr_t)h->disp : w->base + h->disp * w->unit;
	i64 low = t->true_lb, bytes = type_span(t, h->count);

	if (bytes == 0 || t->size == 0)
		return at;
	if (t->extent < 0)
		low += t->extent * (h->count - 1);
	return target_holds(w, at + low, bytes) ? at : NULL;
}

/* -- accumulate ------------------------------------------------------------ */

/* in[i] op at[i] for a stream of `bytes` bytes; both sides become arrays of
 * the basic type first, since a type may have holes. */
static int
target_accumulate(enum tag_op op, const struct type *t, i64 count, u8 *at,
    const u8 *stream, u64 bytes)
{
	const struct type *leaf = rma_leaf(t);
	u8 *theirs, *ours, *packed;
	i64 n;
	bool known;

	if (op == OP_NO_OP || bytes == 0)
		return MPI_SUCCESS;
	if (op == OP_REPLACE) {
		type_unpack(t, count, at, stream, bytes);
		return MPI_SUCCESS;
	}
	if (!leaf)
		return MPI_ERR_TYPE;
	n = (i64)bytes / leaf->size;
	theirs = state_zalloc((size_t)(n * leaf->extent));
	ours = state_zalloc((size_t)(n * leaf->extent));
	packed = state_alloc(bytes);
	type_unpack(leaf, n, theirs, stream, bytes);
	type_pack(t, count, at, packed, bytes);
	type_unpack(leaf, n, ours, packed, bytes);
	known = op_arith(op, (enum elem)leaf->elem, theirs, ours, n);
	type_pack(leaf, n, ours, packed, bytes);
	if (known)
		type_unpack(t, count, at, packed, bytes);
	free(theirs);
	free(ours);
	free(packed);
	return known ? MPI_SUCCESS : MPI_ERR_OP;
}

/* -- operations ------------------------------------------------------------ */

static void
target_data(struct state *s, struct win *w, u32 peer, const struct rma_head *h,
    const struct type *t, u8 *stream, u64 len)
{
	u64 bytes = (u64)(t->size * h->count);
	u8 *at = target_place(w, h, t), *old = NULL;
	int err = MPI_SUCCESS;

	if (!at) {
		rma_answer(s, peer, h->op, MPI_ERR_RMA_RANGE, NULL, 0);
		return;
	}
	if (h->kind == RMA_GET || h->kind == RMA_GET_ACC) {
		old = state_alloc(bytes);
		type_pack(t, h->count, at, old, bytes);
	}
	if (h->kind == RMA_PUT)
		type_unpack(t, h->count, at, stream, len);
	else if (h->kind != RMA_GET)
		err = target_accumulate((enum tag_op)h->rop, t, h->count, at,
		    stream, h->kind == RMA_ACC || h->rop != OP_NO_OP ?
		    MIN(len, bytes) : 0);
	rma_answer(s, peer, h->op, err, old, bytes);
}

/* stream: the new value, then the one that must be there. */
static void
target_swap(struct state *s, struct win *w, u32 peer, const struct rma_head *h,
    const struct type *t, const u8 *stream)
{
	size_t n = (size_t)t->size;
	u8 *at = target_place(w, h, t), *old;

	if (!at) {
		rma_answer(s, peer, h->op, MPI_ERR_RMA_RANGE, NULL, 0);
		return;
	}
	old = state_alloc(n);
	memcpy(old, at, n);
	if (memcmp(at, stream + n, n) == 0)
		memcpy(at, stream, n);
	rma_answer(s, peer, h->op, MPI_SUCCESS, old, n);
}

static void
target_operate(struct state *s, struct win *w, u32 peer,
    const struct rma_head *h, u8 *data, u64 len)
{
	struct type basic = { .tag = { TAG_TYPE, 0 }, .elem = h->elem,
		.node = TYPE_BASIC, .plain = h->size == h->extent,
		.size = h->size, .extent = h->extent,
		.true_extent = h->extent };
	const struct type *t = &basic;

	if (h->type_bytes > len)
		return;
	if (h->type_bytes)
		t = rma_type_read(data, h->type_bytes);
	if (!t) {
		rma_answer(s, peer, h->op, MPI_ERR_TYPE, NULL, 0);
		return;
	}
	if (h->kind == RMA_CAS)
		target_swap(s, w, peer, h, t, data);
	else
		target_data(s, w, peer, h, t, data + h->type_bytes,
		    len - h->type_bytes);
	type_drop(t);
}

/* -- locks ----------------------------------------------------------------- */

void
rma_grant(struct state *s, struct win *w)
{
	while (!list_is_empty(&w->wishes)) {
		struct rma_wish *l = CONTAINER_OF(w->wishes.next,
		    struct rma_wish, link);

		if (w->held_exclusive || (l->exclusive && w->holders))
			return;
		w->held_exclusive = l->exclusive;
		w->holders++;
		rma_answer(s, l->peer, l->op, MPI_SUCCESS, NULL, 0);
		list_take(&l->link);
		free(l);
	}
}

static void
target_lock(struct state *s, struct win *w, u32 peer, const struct rma_head *h)
{
	struct rma_wish *l = state_zalloc(sizeof(*l));

	l->peer = peer;
	l->op = h->op;
	l->exclusive = h->lock;
	list_put(&w->wishes, &l->link);
	rma_grant(s, w);
}

void
rma_serve(struct state *s, u32 peer, const struct rma_head *h, u8 *data,
    u64 len)
{
	struct win *w = target_win(s, h->win);
	int rank = w ? group_rank_of(w->comm->group, (int)peer) :
	    MPI_UNDEFINED;

	if (rank < 0)
		return;
	switch (h->kind) {
	case RMA_LOCK:
		target_lock(s, w, peer, h);
		break;
	case RMA_UNLOCK:
		w->holders--;
		w->held_exclusive = false;
		rma_grant(s, w);
		break;
	case RMA_POST:
		w->posts[rank]++;
		break;
	case RMA_COMPLETE:
		w->completes[rank]++;
		break;
	default:
		target_operate(s, w, peer, h, data, len);
		break;
	}
}
