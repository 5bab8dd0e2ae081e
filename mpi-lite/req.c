/* req.c - a request's life: begin, progress, done. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/req.h"

#include "mpi-lite/env.h"
#include "mpi-lite/err.h"
#include "mpi-lite/match.h"
#include "mpi-lite/rma/rma.h"
#include "mpi-lite/strand.h"

#include <stdlib.h>
#include <string.h>

enum {
	REQ_IDLE_NS = 100 * 1000 * 1000,
	REQ_SHARED_NS = 200 * 1000, /* another thread may take what we wait for */
};

struct req *
req_new(struct state *s)
{
	struct req *r;

	state_lock(s);
	r = s->spare;
	if (r) {
		s->spare = r->spare_next;
		s->spares--;
	}
	state_unlock(s);
	return r ? r : state_alloc(sizeof(*r));
}

void
req_free(struct state *s, struct req *r)
{
	r->tag.kind = TAG_FREED;
	state_lock(s);
	if (s->spares < STATE_REQS_KEPT) {
		r->spare_next = s->spare;
		s->spare = r;
		s->spares++;
		r = NULL;
	}
	state_unlock(s);
	free(r);
}

struct req *
req_plain(struct state *s, struct comm *c, enum req_kind kind)
{
	struct req *r = req_new(s);

	memset(r, 0, sizeof(*r));
	r->tag = (struct tag){ TAG_REQUEST, TAG_MADE };
	r->kind = (u8)kind;
	r->state = REQ_MOVING;
	list_init(&r->link);
	r->comm = c;
	r->from = MPI_ANY_SOURCE;
	r->tag_got = MPI_ANY_TAG;
	if (c)
		comm_hold(c);
	return r;
}

static void
req_begin(struct req *r, const struct req_args *a, enum req_kind kind)
{
	r->tag = (struct tag){ TAG_REQUEST, TAG_MADE };
	r->kind = (u8)kind;
	r->mode = a->mode;
	r->cancelled = 0;
	r->orphan = 0;
	list_init(&r->link);
	r->comm = a->comm;
	r->type = a->type;
	r->buf = a->buf;
	r->count = a->count;
	r->context = a->context;
	r->order = a->order;
	r->packed = NULL;
	r->bytes = (u64)(a->type->size * a->count);
	r->from = MPI_PROC_NULL;
	r->tag_got = MPI_ANY_TAG;
	r->err = MPI_SUCCESS;
	r->got = 0;
	r->run = NULL;
	r->what = NULL;
	comm_hold(r->comm);
	type_hold(r->type);
}

/* The bytes are in their place. */
static void
req_end(struct req *r)
{
	free(r->packed);
	r->packed = NULL;
	if (r->type)
		type_drop(r->type);
	r->type = NULL;
}

void
req_close(struct req *r)
{
	if (r->comm)
		comm_drop(r->comm);
	r->comm = NULL;
}

void
req_send(struct state *s, struct req *r, const struct req_args *a)
{
	struct match_head h = { a->context, a->tag, a->order };
	const void *data = a->buf;
	u32 world;
	int err;

	req_begin(r, a, REQ_SEND);
	if (a->peer == MPI_PROC_NULL) {
		r->state = REQ_DONE;
		return;
	}
	world = (u32)group_world(comm_peers(a->comm), a->peer);
	if (!a->type->plain && r->bytes) {
		data = r->packed = state_alloc(r->bytes);
		type_pack(a->type, a->count, a->buf, r->packed, r->bytes);
	}
	r->state = REQ_MOVING;
	state_lock(s);
	err = msg_send(s->ep, world, &h, sizeof(h), data, r->bytes,
	    a->mode == REQ_SYNC ? MSG_OFFER : 0, &r->net);
	state_unlock(s);
	if (err) {
		r->err = err_of_net(err);
		r->state = REQ_DONE;
	}
}

void
req_recv(struct state *s, struct req *r, const struct req_args *a)
{
	req_begin(r, a, REQ_RECV);
	if (a->peer == MPI_PROC_NULL) {
		r->state = REQ_DONE;
		return;
	}
	r->source = a->peer == MPI_ANY_SOURCE ? MPI_ANY_SOURCE :
	    group_world(comm_peers(a->comm), a->peer);
	r->tag_wanted = a->tag;
	r->state = REQ_POSTED;
	state_lock(s);
	match_post(s, r);
	state_unlock(s);
}

void
req_recv_message(struct state *s, struct req *r, const struct req_args *a,
    struct match_arrived *m)
{
	req_begin(r, a, REQ_RECV);
	state_lock(s);
	match_take(s, r, m);
	state_unlock(s);
}

static bool
req_has_moved(const struct req *r)
{
	return r->state == REQ_MOVING &&
	    (r->kind == REQ_SEND || r->kind == REQ_RECV) &&
	    __atomic_load_n(&r->net.done, __ATOMIC_ACQUIRE);
}

bool
req_is_done(struct req *r)
{
	if (req_has_moved(r)) {
		if (r->net.err)
			r->err = err_of_net(r->net.err);
		else if (r->kind == REQ_RECV && r->packed)
			type_unpack(r->type, r->count, r->buf, r->packed,
			    r->got);
		r->state = REQ_DONE;
	}
	if (__atomic_load_n(&r->state, __ATOMIC_ACQUIRE) != REQ_DONE)
		return false;
	req_end(r);
	return true;
}

/* Freed requests that have ended meanwhile. */
static void
req_reap_orphans(struct state *s)
{
	struct list *it, *next;

	LIST_EACH(it, next, &s->orphans) {
		struct req *r = CONTAINER_OF(it, struct req, link);

		if (!req_is_done(r))
			continue;
		list_take(it);
		req_close(r);
		req_free(s, r);
	}
}

void
req_progress(struct state *s, bool idle)
{
	if (idle)
		env_wait(s->ep, env_now_ns() +
		    (s->threads ? REQ_SHARED_NS : REQ_IDLE_NS));
	else
		req_move(s);
}

int
req_move(struct state *s)
{
	int moved;

	state_lock(s);
	if (!list_is_empty(&s->orphans))
		req_reap_orphans(s);
	moved = msg_poll(s->ep);
	moved += rma_progress(s);
	if (!s->strand && !list_is_empty(&s->strands))
		moved += strand_progress(s);
	state_unlock(s);
	return moved;
}

/* Only the strand's own thread holds the lock while it runs. */
static bool
req_in_strand(struct state *s)
{
	return !s->threads || __atomic_load_n(&s->lock.owner,
	    __ATOMIC_RELAXED) == env_thread();
}

bool
req_look(struct state *s, struct req *r)
{
	bool done;

	state_lock(s);
	done = req_is_done(r);
	state_unlock(s);
	return done;
}

int
req_wait(struct state *s, struct req *r)
{
	int moved = 1;

	if (s->strand && req_in_strand(s)) {
		while (!req_is_done(r))
			strand_wait(s, r);
		return r->err;
	}
	while (!req_look(s, r)) {
		if (!moved)
			req_progress(s, true);
		moved = req_move(s);
	}
	return r->err;
}

void
req_status(const struct req *r, MPI_Status *status)
{
	if (status == MPI_STATUS_IGNORE)
		return;
	status->MPI_SOURCE = r->from;
	status->MPI_TAG = r->tag_got;
	status->_ucount = r->got;
	status->_cancelled = r->cancelled;
}

struct req *
req_of(MPI_Request handle)
{
	struct req *r = (struct req *)(void *)handle;

	return r && r->tag.kind == TAG_REQUEST && r->tag.which == TAG_MADE ?
	    r : NULL;
}

struct req *
req_run(struct req *r)
{
	return r->kind == REQ_PERSIST && r->run ? r->run : r;
}

void
req_retire(struct state *s, MPI_Request *handle)
{
	struct req *r = req_of(*handle);

	req_close(req_run(r));
	if (r->kind == REQ_PERSIST) {
		req_free(s, r->run);
		r->run = NULL;
		return;
	}
	req_free(s, r);
	*handle = MPI_REQUEST_NULL;
}

/* Small messages need no request: the transport copies them at once. */
int
req_send_wait(struct state *s, const struct req_args *a)
{
	struct match_head h = { a->context, a->tag, a->order };
	u64 bytes = (u64)(a->type->size * a->count);
	struct req r;
	u32 world;

	if (a->peer == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (a->mode == REQ_STANDARD && a->type->plain &&
	    bytes <= MSG_EAGER_MAX) {
		int err;

		world = (u32)group_world(comm_peers(a->comm), a->peer);
		state_lock(s);
		err = msg_send(s->ep, world, &h, sizeof(h), a->buf, bytes, 0,
		    NULL);
		state_unlock(s);
		if (!err)
			return MPI_SUCCESS;
	}
	req_send(s, &r, a);
	req_wait(s, &r);
	req_close(&r);
	return r.err;
}

int
req_recv_wait(struct state *s, const struct req_args *a)
{
	struct req r;

	req_recv(s, &r, a);
	req_wait(s, &r);
	req_close(&r);
	return !r.err && r.got != r.bytes ? MPI_ERR_TRUNCATE : r.err;
}
