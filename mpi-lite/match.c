/* match.c - posted receives meet arrived messages: two lists, one rule. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/match.h"

#include "mpi-lite/err.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/*
 * The rule: a message and a receive fit if their contexts are equal, and
 * source and tag are equal or wild. A message that arrives takes the first
 * posted receive that fits; a receive that is posted takes the first arrived
 * message that fits. The transport delivers each source's messages in the
 * order of sending, so this is MPI's order.
 */

static bool
match_fits(const struct match_head *h, u32 source, u64 context, int want,
    int tag, u32 order)
{
	return h->context == context && h->order == order &&
	    (want == MPI_ANY_SOURCE || (u32)want == source) &&
	    (tag == MPI_ANY_TAG ? h->tag >= 0 : tag == h->tag);
}

static void
match_note(struct req *r, const struct match_head *h, u32 source, u64 len)
{
	r->from = group_rank_of(comm_peers(r->comm), (int)source);
	r->tag_got = h->tag;
	r->got = MIN(len, r->bytes);
	r->err = len > r->bytes ? MPI_ERR_TRUNCATE : MPI_SUCCESS;
}

/* Eager data into the receive's buffer, from one piece or several. */
static void
match_copy(struct req *r, const struct iov *seg, u32 segs)
{
	u64 at = 0;
	u8 *to = r->buf;

	if (!r->type->plain && segs == 1) {
		type_unpack(r->type, r->count, r->buf, seg->ptr, r->got);
		return;
	}
	if (!r->type->plain)
		to = r->packed = state_alloc(r->got);
	for (u32 i = 0; i < segs && at < r->got; i++) {
		u64 n = MIN((u64)seg[i].len, r->got - at);

		memcpy(to + at, seg[i].ptr, n);
		at += n;
	}
	if (r->packed)
		type_unpack(r->type, r->count, r->buf, r->packed, r->got);
}

/* An offer is pulled to its place, or to a stream that is unpacked later. */
static void
match_pull(struct state *s, struct req *r, u32 source, u64 offer)
{
	void *to = r->buf;

	if (!r->type->plain && r->got)
		to = r->packed = state_alloc(r->got);
	r->state = REQ_MOVING;
	if (msg_pull(s->ep, source, offer, to, r->got, &r->net))
		err_fatal("Recv", "the transport refused to pull");
}

/* Nobody waits for it yet. */
static void
match_keep(struct state *s, const struct msg_in *in,
    const struct match_head *h)
{
	struct match_arrived *a;
	u8 *at;

	a = state_alloc(sizeof(*a) + (in->offer ? 0 : in->len));
	a->tag = (struct tag){ TAG_MESSAGE, TAG_MADE };
	a->comm = NULL;
	a->head = *h;
	a->source = in->peer;
	a->len = in->len;
	a->offer = in->offer;
	at = a->data;
	for (u32 i = 0; i < in->segs; i++) {
		memcpy(at, in->seg[i].ptr, in->seg[i].len);
		at += in->seg[i].len;
	}
	list_put(&s->arrived, &a->link);
}

void
match_arrive(void *ctx, const struct msg_in *in)
{
	struct state *s = ctx;
	struct match_head h;
	struct list *it, *next;

	if (in->head_len == sizeof(struct rma_head)) {
		rma_arrive(s, in);
		return;
	}
	if (in->head_len != sizeof(h))
		return;
	memcpy(&h, in->head, sizeof(h));
	LIST_EACH(it, next, &s->posted) {
		struct req *r = CONTAINER_OF(it, struct req, link);

		if (!match_fits(&h, in->peer, r->context, r->source,
		    r->tag_wanted, r->order))
			continue;
		list_take(&r->link);
		match_note(r, &h, in->peer, in->len);
		if (in->offer) {
			match_pull(s, r, in->peer, in->offer);
		} else {
			match_copy(r, in->seg, in->segs);
			r->state = REQ_DONE;
		}
		if (r->orphan)
			list_put(&s->orphans, &r->link);
		return;
	}
	match_keep(s, in, &h);
}

struct match_arrived *
match_find(struct state *s, u64 context, int source, int tag, u32 order)
{
	struct list *it, *next;

	LIST_EACH(it, next, &s->arrived) {
		struct match_arrived *a =
		    CONTAINER_OF(it, struct match_arrived, link);

		if (match_fits(&a->head, a->source, context, source, tag,
		    order))
			return a;
	}
	return NULL;
}

void
match_post(struct state *s, struct req *r)
{
	struct match_arrived *a = match_find(s, r->context, r->source,
	    r->tag_wanted, r->order);

	if (!a) {
		list_put(&s->posted, &r->link);
		return;
	}
	list_take(&a->link);
	match_take(s, r, a);
}

void
match_take(struct state *s, struct req *r, struct match_arrived *a)
{
	struct iov seg;

	match_note(r, &a->head, a->source, a->len);
	if (a->offer) {
		match_pull(s, r, a->source, a->offer);
	} else {
		seg = (struct iov){ a->data, a->len };
		match_copy(r, &seg, a->len ? 1 : 0);
		r->state = REQ_DONE;
	}
	free(a);
}
