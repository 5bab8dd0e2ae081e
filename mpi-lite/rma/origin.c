/* origin.c - put, get, accumulate and their relatives. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/op.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/* An operation as MPI's arguments describe it. */
struct origin_call {
	enum rma_kind kind;
	const void *from;
	int from_count;
	MPI_Datatype from_type;
	void *result;
	int result_count;
	MPI_Datatype result_type;
	int target;
	MPI_Aint disp;
	int count;             /* at the target */
	MPI_Datatype type;
	MPI_Op op;
	const void *compare;
};

/* -- checks ---------------------------------------------------------------- */

static bool
origin_may(struct win *w, int target)
{
	if (w->locked[target] || w->all_locked)
		return true;
	if (w->started && w->start_group && group_rank_of(w->start_group,
	    (int)win_world(w, target)) >= 0)
		return true;
	if (w->started || w->fence == FENCE_NONE)
		return false;
	w->fence = FENCE_USED;
	return true;
}

static int
origin_check_type(int count, MPI_Datatype type)
{
	const struct type *t = type_of(type);

	if (count < 0)
		return MPI_ERR_COUNT;
	return !t || !t->committed ? MPI_ERR_TYPE : MPI_SUCCESS;
}

static int
origin_check_op(const struct origin_call *k)
{
	const struct tag *op = op_of(k->op);
	const struct type *leaf = rma_leaf(type_of(k->type));

	if (!op || op->which == TAG_MADE)
		return MPI_ERR_OP;
	if (op->which == OP_REPLACE || op->which == OP_NO_OP || !k->count)
		return MPI_SUCCESS;
	if (!leaf)
		return MPI_ERR_TYPE;
	return op_takes(op, leaf) ? MPI_SUCCESS : MPI_ERR_OP;
}

static bool
origin_sends(const struct origin_call *k)
{
	return k->kind != RMA_GET && !(k->kind == RMA_GET_ACC &&
	    k->op == MPI_NO_OP);
}

static int
origin_check(struct win *w, const struct origin_call *k)
{
	int err = MPI_SUCCESS;

	if (k->target != MPI_PROC_NULL &&
	    (k->target < 0 || k->target >= w->comm->size))
		return MPI_ERR_RANK;
	if (origin_sends(k))
		err = origin_check_type(k->from_count, k->from_type);
	if (!err && k->kind != RMA_PUT && k->kind != RMA_ACC)
		err = origin_check_type(k->result_count, k->result_type);
	if (!err)
		err = origin_check_type(k->count, k->type);
	if (!err && (k->kind == RMA_ACC || k->kind == RMA_GET_ACC))
		err = origin_check_op(k);
	if (err || k->target == MPI_PROC_NULL)
		return err;
	if (k->disp < 0 && w->flavor != MPI_WIN_FLAVOR_DYNAMIC)
		return MPI_ERR_DISP;
	return origin_may(w, k->target) ? MPI_SUCCESS : MPI_ERR_RMA_SYNC;
}

/* -- going ----------------------------------------------------------------- */

/* What travels: the target's type if it is derived, then our data. Plain data
 * alone goes from where it is. */
static const void *
origin_data(const struct origin_call *k, struct rma_head *h, struct rma_op *op,
    u64 *len)
{
	const struct type *t = type_of(k->type);
	const struct type *f = origin_sends(k) ? type_of(k->from_type) : NULL;
	u64 bytes = f ? (u64)(f->size * k->from_count) : 0;

	if (t->node == TYPE_BASIC) {
		h->elem = t->elem;
		h->size = (u8)t->size;
		h->extent = (u8)t->extent;
	} else {
		h->type_bytes = (u32)rma_type_code(t, NULL);
	}
	*len = h->type_bytes + bytes;
	if (!h->type_bytes && (!f || f->plain))
		return k->from;
	op->data = state_alloc(*len);
	if (h->type_bytes)
		rma_type_code(t, op->data);
	if (f)
		type_pack(f, k->from_count, k->from,
		    (u8 *)op->data + h->type_bytes, bytes);
	return op->data;
}

static void
origin_go(struct state *s, struct win *w, const struct origin_call *k,
    struct req *r)
{
	struct rma_head h = { .win = w->number, .disp = k->disp,
		.count = k->count, .kind = (u8)k->kind };
	struct rma_op *op = state_zalloc(sizeof(*op));
	const void *data;
	u64 len;

	op->win = w;
	op->target = k->target;
	op->req = r;
	op->result = k->result;
	op->count = k->result_count;
	if (k->kind != RMA_PUT && k->kind != RMA_ACC) {
		op->type = type_of(k->result_type);
		type_hold(op->type);
	}
	if (k->kind == RMA_ACC || k->kind == RMA_GET_ACC)
		h.rop = (u8)op_of(k->op)->which;
	h.op = (u64)(uintptr_t)op;
	data = origin_data(k, &h, op, &len);
	if (k->kind == RMA_CAS) {
		op->data = state_alloc(2 * (size_t)h.size);
		memcpy(op->data, k->from, h.size);
		memcpy((u8 *)op->data + h.size, k->compare, h.size);
		data = op->data;
		len = 2u * h.size;
	}
	w->pending[k->target]++;
	rma_send(s, win_world(w, k->target), &h, op, data, len);
}

static int
origin(const char *func, const struct origin_call *k, MPI_Win win,
    MPI_Request *request)
{
	struct state *s = state_of(func);
	struct win *w;
	struct req *r = NULL;
	int err = win_check(win, func, &w);

	if (err)
		return err;
	state_lock(s);
	err = origin_check(w, k);
	if (!err && request && w->fence == FENCE_USED && !w->all_locked &&
	    k->target != MPI_PROC_NULL && !w->locked[k->target])
		err = MPI_ERR_RMA_SYNC;
	if (!err && request) {
		r = req_plain(s, w->comm, REQ_RMA);
		*request = (MPI_Request)(void *)r;
		if (k->target == MPI_PROC_NULL)
			r->state = REQ_DONE;
	}
	if (!err && k->target != MPI_PROC_NULL)
		origin_go(s, w, k, r);
	state_unlock(s);
	return win_raise(w, func, err);
}

/* -- the program's calls --------------------------------------------------- */

#define PUT_CALL { .kind = RMA_PUT, .from = origin_addr, \
	.from_count = origin_count, .from_type = origin_datatype, \
	.target = target_rank, .disp = target_disp, .count = target_count, \
	.type = target_datatype }
#define GET_CALL { .kind = RMA_GET, .result = origin_addr, \
	.result_count = origin_count, .result_type = origin_datatype, \
	.target = target_rank, .disp = target_disp, .count = target_count, \
	.type = target_datatype }
#define ACC_CALL { .kind = RMA_ACC, .from = origin_addr, \
	.from_count = origin_count, .from_type = origin_datatype, \
	.target = target_rank, .disp = target_disp, .count = target_count, \
	.type = target_datatype, .op = op }
#define GET_ACC_CALL { .kind = RMA_GET_ACC, .from = origin_addr, \
	.from_count = origin_count, .from_type = origin_datatype, \
	.result = result_addr, .result_count = result_count, \
	.result_type = result_datatype, .target = target_rank, \
	.disp = target_disp, .count = target_count, \
	.type = target_datatype, .op = op }

MPI_WEAK(Put)
int
PMPI_Put(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Win win)
{
	struct origin_call k = PUT_CALL;

	return origin("Put", &k, win, NULL);
}

MPI_WEAK(Rput)
int
PMPI_Rput(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Win win,
    MPI_Request *request)
{
	struct origin_call k = PUT_CALL;

	return origin("Rput", &k, win, request);
}

MPI_WEAK(Get)
int
PMPI_Get(void *origin_addr, int origin_count, MPI_Datatype origin_datatype,
    int target_rank, MPI_Aint target_disp, int target_count,
    MPI_Datatype target_datatype, MPI_Win win)
{
	struct origin_call k = GET_CALL;

	return origin("Get", &k, win, NULL);
}

MPI_WEAK(Rget)
int
PMPI_Rget(void *origin_addr, int origin_count, MPI_Datatype origin_datatype,
    int target_rank, MPI_Aint target_disp, int target_count,
    MPI_Datatype target_datatype, MPI_Win win, MPI_Request *request)
{
	struct origin_call k = GET_CALL;

	return origin("Rget", &k, win, request);
}

MPI_WEAK(Accumulate)
int
PMPI_Accumulate(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win)
{
	struct origin_call k = ACC_CALL;

	return origin("Accumulate", &k, win, NULL);
}

MPI_WEAK(Raccumulate)
int
PMPI_Raccumulate(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win,
    MPI_Request *request)
{
	struct origin_call k = ACC_CALL;

	return origin("Raccumulate", &k, win, request);
}

MPI_WEAK(Get_accumulate)
int
PMPI_Get_accumulate(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, void *result_addr, int result_count,
    MPI_Datatype result_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win)
{
	struct origin_call k = GET_ACC_CALL;

	return origin("Get_accumulate", &k, win, NULL);
}

MPI_WEAK(Rget_accumulate)
int
PMPI_Rget_accumulate(const void *origin_addr, int origin_count,
    MPI_Datatype origin_datatype, void *result_addr, int result_count,
    MPI_Datatype result_datatype, int target_rank, MPI_Aint target_disp,
    int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win,
    MPI_Request *request)
{
	struct origin_call k = GET_ACC_CALL;

	return origin("Rget_accumulate", &k, win, request);
}

MPI_WEAK(Fetch_and_op)
int
PMPI_Fetch_and_op(const void *origin_addr, void *result_addr,
    MPI_Datatype datatype, int target_rank, MPI_Aint target_disp, MPI_Op op,
    MPI_Win win)
{
	struct origin_call k = { .kind = RMA_GET_ACC, .from = origin_addr,
		.from_count = 1, .from_type = datatype, .result = result_addr,
		.result_count = 1, .result_type = datatype,
		.target = target_rank, .disp = target_disp, .count = 1,
		.type = datatype, .op = op };

	return origin("Fetch_and_op", &k, win, NULL);
}

/* MPI-3.1 §11.3.4: integers, logicals and bytes can be compared. */
static bool
origin_compares(MPI_Datatype type)
{
	const struct type *t = type_of(type);

	if (!t || t->node != TYPE_BASIC)
		return false;
	return (t->elem >= ELEM_BYTE && t->elem <= ELEM_U64) ||
	    (t->elem >= ELEM_BOOL && t->elem <= ELEM_L64);
}

MPI_WEAK(Compare_and_swap)
int
PMPI_Compare_and_swap(const void *origin_addr, const void *compare_addr,
    void *result_addr, MPI_Datatype datatype, int target_rank,
    MPI_Aint target_disp, MPI_Win win)
{
	struct origin_call k = { .kind = RMA_CAS, .from = origin_addr,
		.from_count = 1, .from_type = datatype, .result = result_addr,
		.result_count = 1, .result_type = datatype,
		.target = target_rank, .disp = target_disp, .count = 1,
		.type = datatype, .compare = compare_addr };
	struct win *w;
	int err = win_check(win, "Compare_and_swap", &w);

	if (!err && !origin_compares(datatype))
		err = win_raise(w, "Compare_and_swap", MPI_ERR_TYPE);
	return err ? err : origin("Compare_and_swap", &k, win, NULL);
}
