/* call.c - collectives' arguments are checked, and then run in three ways. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include "mpi-lite/err.h"
#include "mpi-lite/strand.h"
#include "mpi-lite/topo/topo.h"

#include <stdlib.h>
#include <string.h>

/* -- what must be right ---------------------------------------------------- */

/* Which sides count at this rank. */
struct call_use {
	bool in, out;
};

static struct call_use
call_use_inter(const struct coll_call *k)
{
	bool gives = k->root == MPI_ROOT;
	bool idle = k->root == MPI_PROC_NULL;

	switch (k->shape) {
	case SHAPE_BCAST:
		return (struct call_use){ false, !idle };
	case SHAPE_SCATTER:
		return (struct call_use){ gives, !gives && !idle };
	case SHAPE_GATHER:
	case SHAPE_REDUCE:
		return (struct call_use){ !gives && !idle, gives };
	default:
		return (struct call_use){ true, true };
	}
}

static struct call_use
call_use(const struct coll_call *k)
{
	bool root = k->root == k->c->rank;

	if (k->c->remote)
		return call_use_inter(k);
	switch (k->shape) {
	case SHAPE_BCAST:
		return (struct call_use){ false, true };
	case SHAPE_SCATTER:
		return (struct call_use){ root, true };
	case SHAPE_GATHER:
	case SHAPE_REDUCE:
		return (struct call_use){ true, root };
	default:
		return (struct call_use){ true, true };
	}
}

static int
call_peers(const struct coll_call *k, bool in)
{
	if (k->shape == SHAPE_NEIGHBOR)
		return in ? topo_out(k->c->topo) : topo_in(k->c->topo);
	return comm_peers(k->c)->size;
}

static int
call_check_side(const struct coll_call *k, struct coll_side *s, int peers)
{
	if (s->handles) {
		for (int i = 0; i < peers; i++) {
			if (s->counts[i] < 0)
				return MPI_ERR_COUNT;
			if (!type_of(s->handles[i]) ||
			    !type_of(s->handles[i])->committed)
				return MPI_ERR_TYPE;
		}
		return MPI_SUCCESS;
	}
	if (s->count < 0)
		return MPI_ERR_COUNT;
	for (int i = 0; s->counts && i < peers; i++)
		if (s->counts[i] < 0)
			return MPI_ERR_COUNT;
	s->type = type_of(s->handle);
	if (!s->type || !s->type->committed)
		return MPI_ERR_TYPE;
	if (!s->buf && !s->counts && s->count && s->type->plain &&
	    s->type->size)
		return MPI_ERR_BUFFER;
	(void)k;
	return MPI_SUCCESS;
}

static int
call_check_root(const struct coll_call *k)
{
	switch (k->shape) {
	case SHAPE_BCAST:
	case SHAPE_GATHER:
	case SHAPE_SCATTER:
	case SHAPE_REDUCE:
		break;
	default:
		return MPI_SUCCESS;
	}
	if (k->c->remote && (k->root == MPI_ROOT || k->root == MPI_PROC_NULL))
		return MPI_SUCCESS;
	return k->root < 0 || k->root >= comm_peers(k->c)->size ?
	    MPI_ERR_ROOT : MPI_SUCCESS;
}

static bool
call_reduces(const struct coll_call *k)
{
	return k->shape == SHAPE_REDUCE || k->shape == SHAPE_ALLREDUCE ||
	    k->shape == SHAPE_SCAN || k->shape == SHAPE_REDUCE_SCATTER;
}

static int
call_check_op(struct coll_call *k)
{
	const struct type *t = type_of(k->out.handle);

	k->op = op_of(k->op_handle);
	if (!t || !t->committed)
		return MPI_ERR_TYPE;
	k->in.type = k->out.type = t;
	return !k->op || !op_takes(k->op, t) ? MPI_ERR_OP : MPI_SUCCESS;
}

static const void *
call_own_block(const struct coll_call *k)
{
	struct coll_side out = k->out;

	out.type = type_of(out.handle);
	return coll_block(&out, k->c->rank).ptr;
}

/* MPI_IN_PLACE stands in one place only, and two buffers are two. */
static int
call_check_buffers(const struct coll_call *k, struct call_use use)
{
	bool place_in = k->in.buf == MPI_IN_PLACE;
	bool place_out = k->out.buf == MPI_IN_PLACE;
	bool some = k->out.count || k->out.counts;

	if (k->shape == SHAPE_SCATTER && use.in && use.out && k->in.buf &&
	    k->in.buf == k->out.buf && k->out.count)
		return MPI_ERR_BUFFER;
	if (k->shape == SHAPE_SCATTER)
		return (use.in && place_in) || (place_out && (k->c->remote ||
		    k->root != k->c->rank)) ? MPI_ERR_BUFFER : MPI_SUCCESS;
	if ((use.out && place_out) ||
	    (use.in && place_in && (k->c->remote ||
	    k->shape == SHAPE_NEIGHBOR ||
	    ((k->shape == SHAPE_GATHER || k->shape == SHAPE_REDUCE) &&
	    k->root != k->c->rank))))
		return MPI_ERR_BUFFER;
	if (k->run == coll_run_allgather && some && k->in.count &&
	    !k->c->remote && type_of(k->out.handle) &&
	    k->in.buf == call_own_block(k))
		return MPI_ERR_BUFFER;
	return use.in && use.out && some && k->in.buf &&
	    k->shape != SHAPE_NEIGHBOR && k->in.buf == k->out.buf &&
	    (call_reduces(k) || k->in.count || k->in.counts) ?
	    MPI_ERR_BUFFER : MPI_SUCCESS;
}

static int
call_check_all(struct coll_call *k)
{
	struct call_use use;
	int err = call_check_root(k);

	if (err || k->shape == SHAPE_BARRIER)
		return err;
	if (k->shape == SHAPE_NEIGHBOR && !k->c->topo)
		return MPI_ERR_TOPOLOGY;
	if (k->c->remote && k->shape == SHAPE_SCAN)
		return MPI_ERR_COMM;
	use = call_use(k);
	err = call_check_buffers(k, use);
	if (!err && call_reduces(k)) {
		if (!use.in && !use.out)
			return MPI_SUCCESS;
		err = call_check_op(k);
		for (int i = 0; k->out.counts && i < k->c->size && !err; i++)
			err = k->out.counts[i] < 0 ? MPI_ERR_COUNT : 0;
		return err ? err : k->out.count < 0 ? MPI_ERR_COUNT : 0;
	}
	if (!err && use.in && k->in.buf != MPI_IN_PLACE)
		err = call_check_side(k, &k->in, k->shape == SHAPE_GATHER ?
		    0 : call_peers(k, true));
	if (!err && use.out && k->out.buf != MPI_IN_PLACE)
		err = call_check_side(k, &k->out, k->shape == SHAPE_BCAST ?
		    0 : call_peers(k, false));
	return err;
}

static int
call_check(const char *func, struct coll_call *k, MPI_Comm comm)
{
	int err = comm_check(comm, func, &k->c);

	return err ? err : err_raise(k->c, func, call_check_all(k));
}

/* -- now ------------------------------------------------------------------- */

int
coll_now(const char *func, struct coll_call *k, MPI_Comm comm)
{
	int err = call_check(func, k, comm);

	return err ? err : err_raise(k->c, func, k->run(k));
}

/* -- later, and again ------------------------------------------------------ */

/* A call that outlives its caller: it holds what the caller may free. */
struct call_kept {
	struct coll_call call;
	const struct type **types;
	int n;
};

static void
call_keep_type(struct call_kept *p, const struct type *t)
{
	if (!t)
		return;
	type_hold(t);
	p->types[p->n++] = t;
}

static struct call_kept *
call_keep(const struct coll_call *k)
{
	struct call_kept *p = state_zalloc(sizeof(*p));
	int in = 0, out = 0;

	p->call = *k;
	if (k->in.handles || k->out.handles) {
		in = k->in.handles ? call_peers(k, true) : 0;
		out = k->out.handles ? call_peers(k, false) : 0;
	}
	p->types = state_alloc((size_t)(in + out + 2) * sizeof(*p->types));
	call_keep_type(p, k->in.type);
	call_keep_type(p, k->out.type);
	for (int i = 0; i < in && k->in.buf != MPI_IN_PLACE; i++)
		call_keep_type(p, type_of(k->in.handles[i]));
	for (int i = 0; i < out; i++)
		call_keep_type(p, type_of(k->out.handles[i]));
	if (k->op)
		op_hold(k->op);
	p->call.c = coll_shadow(k->c);
	return p;
}

static int
call_run(void *arg)
{
	struct call_kept *p = arg;

	return p->call.run(&p->call);
}

static int
call_after(void *arg)
{
	struct call_kept *p = arg;

	coll_shadow_free(p->call.c);
	for (int i = 0; i < p->n; i++)
		type_drop(p->types[i]);
	if (p->call.op)
		op_drop(p->call.op);
	free(p->types);
	free(p);
	return 0;
}

int
coll_later(const char *func, struct coll_call *k, MPI_Comm comm,
    MPI_Request *request)
{
	struct state *s = state_of(func);
	int err = call_check(func, k, comm);
	struct req *r;

	if (err)
		return err;
	r = req_plain(s, k->c, REQ_COLL);
	*request = (MPI_Request)(void *)r;
	strand_start(s, r, call_run, call_after, call_keep(k));
	return MPI_SUCCESS;
}

static void
call_forget(struct state *s, void *what)
{
	(void)s;
	call_after(what);
}

static void
call_start(struct state *s, struct req *r)
{
	req_free(s, r->run);
	r->run = req_plain(s, r->comm, REQ_COLL);
	strand_start(s, r->run, call_run, NULL, r->what);
}

int
coll_init(const char *func, struct coll_call *k, MPI_Comm comm,
    MPI_Request *request)
{
	struct state *s = state_of(func);
	int err = call_check(func, k, comm);
	struct req *r;

	if (err)
		return err;
	r = req_plain(s, k->c, REQ_PERSIST);
	r->state = REQ_INACTIVE;
	r->start = call_start;
	r->forget = call_forget;
	r->what = call_keep(k);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}
