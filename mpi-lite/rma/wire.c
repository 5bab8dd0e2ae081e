/* wire.c - messages of one-sided operations come and go. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/* -- going ----------------------------------------------------------------- */

static void
rma_op_free(struct rma_op *op)
{
	if (op->type)
		type_drop(op->type);
	free(op->data);
	free(op);
}

void
rma_send(struct state *s, u32 peer, const struct rma_head *h,
    struct rma_op *op, const void *data, u64 len)
{
	int err;

	/* What is copied at once needs no looking after. */
	if (len <= MSG_EAGER_MAX && !msg_send(s->ep, peer, h, sizeof(*h), data,
	    len, 0, NULL)) {
		op->left = true;
		if (op->target < 0)
			rma_op_free(op);
		return;
	}
	op->net.done = 0;
	err = msg_send(s->ep, peer, h, sizeof(*h), data, len, 0, &op->net);
	if (err)
		err_fatal("Put", err_text(err_of_net(err)));
	list_put(&s->rma_out, &op->link);
}

void
rma_tell(struct state *s, u32 peer, const struct rma_head *h)
{
	struct rma_op *op;

	if (!msg_send(s->ep, peer, h, sizeof(*h), NULL, 0, 0, NULL))
		return;
	op = state_zalloc(sizeof(*op));
	op->target = -1;
	rma_send(s, peer, h, op, NULL, 0);
}

void
rma_answer(struct state *s, u32 peer, u64 number, int err, void *data, u64 len)
{
	struct rma_head h = { .op = number, .kind = RMA_ANSWER, .err = err };
	struct rma_op *op;

	if (!data) {
		rma_tell(s, peer, &h);
		return;
	}
	op = state_zalloc(sizeof(*op));
	op->target = -1;
	op->data = data;
	rma_send(s, peer, &h, op, data, len);
}

/* What has left; it is done with if it needs no answer, or has one. */
static int
rma_reap(struct state *s)
{
	struct list *it, *next;
	int n = 0;

	LIST_EACH(it, next, &s->rma_out) {
		struct rma_op *op = CONTAINER_OF(it, struct rma_op, link);

		if (!__atomic_load_n(&op->net.done, __ATOMIC_ACQUIRE))
			continue;
		list_take(it);
		op->left = true;
		if (op->target < 0 || op->answered)
			rma_op_free(op);
		n++;
	}
	return n;
}

/* -- coming ---------------------------------------------------------------- */

/* A message that waits for its data, or behind one that does. */
struct rma_in {
	struct list link;
	struct rma_head head;
	u32 peer;
	u64 len;
	u8 *data;
	struct msg_req net;
	bool pulls;
};

static void
rma_answered(const struct rma_head *h, const u8 *data, u64 len)
{
	struct rma_op *op = (struct rma_op *)(uintptr_t)h->op;
	struct win *w = op->win;

	if (op->result && len)
		type_unpack(op->type, op->count, op->result, data, len);
	w->pending[op->target]--;
	w->answered[op->target]++;
	if (h->err && !w->err)
		w->err = h->err;
	if (op->req) {
		op->req->err = h->err;
		op->req->got = len;
		__atomic_store_n(&op->req->state, REQ_DONE, __ATOMIC_RELEASE);
	}
	op->answered = true;
	if (op->left)
		rma_op_free(op);
}

static void
rma_take(struct state *s, u32 peer, const struct rma_head *h, u8 *data,
    u64 len)
{
	if (h->kind == RMA_ANSWER)
		rma_answered(h, data, len);
	else
		rma_serve(s, peer, h, data, len);
}

static bool
rma_waits(struct state *s, u32 peer)
{
	struct list *it, *next;

	LIST_EACH(it, next, &s->rma_in)
		if (CONTAINER_OF(it, struct rma_in, link)->peer == peer)
			return true;
	return false;
}

static u8 *
rma_gather(const struct msg_in *in)
{
	u8 *data = state_alloc(in->len), *at = data;

	for (u32 i = 0; i < in->segs; i++) {
		memcpy(at, in->seg[i].ptr, in->seg[i].len);
		at += in->seg[i].len;
	}
	return data;
}

void
rma_arrive(struct state *s, const struct msg_in *in)
{
	struct rma_head h;
	struct rma_in *r;
	u8 *data;

	memcpy(&h, in->head, sizeof(h));
	if (!in->offer && !rma_waits(s, in->peer)) {
		data = in->len ? rma_gather(in) : NULL;
		rma_take(s, in->peer, &h, data, in->len);
		free(data);
		return;
	}
	r = state_zalloc(sizeof(*r));
	r->head = h;
	r->peer = in->peer;
	r->len = in->len;
	r->pulls = in->offer != 0;
	r->data = r->pulls ? state_alloc(in->len) : rma_gather(in);
	if (r->pulls && msg_pull(s->ep, in->peer, in->offer, r->data, in->len,
	    &r->net))
		err_fatal("Put", "the transport refused to pull");
	list_put(&s->rma_in, &r->link);
}

/* Is one of that peer's, before r, still on its way? */
static bool
rma_is_behind(struct state *s, const struct rma_in *r)
{
	for (struct list *it = s->rma_in.next; it != &r->link; it = it->next)
		if (CONTAINER_OF(it, struct rma_in, link)->peer == r->peer)
			return true;
	return false;
}

int
rma_progress(struct state *s)
{
	struct list *it, *next;
	int n = 0;

	LIST_EACH(it, next, &s->rma_in) {
		struct rma_in *r = CONTAINER_OF(it, struct rma_in, link);

		if ((r->pulls && !__atomic_load_n(&r->net.done,
			__ATOMIC_ACQUIRE)) || rma_is_behind(s, r))
			continue;
		list_take(it);
		if (!r->pulls || !r->net.err)
			rma_take(s, r->peer, &r->head, r->data, r->len);
		free(r->data);
		free(r);
		n++;
	}
	return n + rma_reap(s);
}
