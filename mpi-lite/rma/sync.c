/* sync.c - epochs: fence, start and post, locks, flush. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>

/* One round of progress, or of waiting for something to happen. */
static void
sync_step(struct state *s, int *moved)
{
	if (!*moved)
		req_progress(s, true);
	*moved = req_move(s);
}

int
win_flush(struct state *s, struct win *w, int rank)
{
	int from = rank < 0 ? 0 : rank, to = rank < 0 ? w->comm->size : rank + 1;
	int moved = 1, err;

	for (int i = from; i < to; i++) {
		u32 until;

		/* Answers come in order; other threads may send on. */
		state_lock(s);
		until = w->answered[i] + w->pending[i];
		state_unlock(s);
		while ((i32)(__atomic_load_n(&w->answered[i],
		    __ATOMIC_ACQUIRE) - until) < 0)
			sync_step(s, &moved);
	}
	err = w->err;
	w->err = MPI_SUCCESS;
	return err;
}

static bool
sync_any_lock(const struct win *w)
{
	for (int i = 0; i < w->comm->size; i++)
		if (w->locked[i])
			return true;
	return w->all_locked;
}

MPI_WEAK(Win_fence)
int
PMPI_Win_fence(int assert, MPI_Win win)
{
	struct state *s = state_of("Win_fence");
	struct win *w;
	int err = win_check(win, "Win_fence", &w);

	if (err)
		return err;
	if (sync_any_lock(w) || w->started || w->post_group)
		return win_raise(w, "Win_fence", MPI_ERR_RMA_SYNC);
	err = win_flush(s, w, -1);
	if (!err)
		err = coll_barrier(w->comm);
	w->fence = assert & MPI_MODE_NOSUCCEED ? FENCE_NONE : FENCE_OPEN;
	return win_raise(w, "Win_fence", err);
}

/* -- general active target ------------------------------------------------- */

static void
sync_tell(struct state *s, struct win *w, const struct group *g,
    enum rma_kind kind)
{
	struct rma_head h = { .win = w->number, .kind = (u8)kind };

	state_lock(s);
	for (int i = 0; i < g->size; i++)
		rma_tell(s, (u32)group_world(g, i), &h);
	state_unlock(s);
}

/* Has one come from each? Then they are used up. */
static bool
sync_all_here(const struct win *w, const struct group *g, u32 *counts)
{
	for (int i = 0; i < g->size; i++)
		if (!__atomic_load_n(&counts[group_rank_of(w->comm->group,
			group_world(g, i))], __ATOMIC_ACQUIRE))
			return false;
	for (int i = 0; i < g->size; i++)
		counts[group_rank_of(w->comm->group, group_world(g, i))]--;
	return true;
}

static int
sync_group(const char *func, MPI_Group group, MPI_Win win, struct win **w,
    struct group **g)
{
	int err = win_check(win, func, w);

	if (err)
		return err;
	*g = group_of(group);
	if (!*g)
		return win_raise(*w, func, MPI_ERR_GROUP);
	for (int i = 0; i < (*g)->size; i++)
		if (group_rank_of((*w)->comm->group, group_world(*g, i)) < 0)
			return win_raise(*w, func, MPI_ERR_GROUP);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_start)
int
PMPI_Win_start(MPI_Group group, int assert, MPI_Win win)
{
	struct state *s = state_of("Win_start");
	struct group *g;
	struct win *w;
	int err = sync_group("Win_start", group, win, &w, &g), moved = 1;

	(void)assert;
	if (err)
		return err;
	if (w->started || sync_any_lock(w) || w->fence == FENCE_USED)
		return win_raise(w, "Win_start", MPI_ERR_RMA_SYNC);
	w->fence = FENCE_NONE;
	group_hold(g);
	w->start_group = g;
	w->started = true;
	while (!sync_all_here(w, g, w->posts))
		sync_step(s, &moved);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_complete)
int
PMPI_Win_complete(MPI_Win win)
{
	struct state *s = state_of("Win_complete");
	struct win *w;
	int err = win_check(win, "Win_complete", &w);

	if (err)
		return err;
	if (!w->started)
		return win_raise(w, "Win_complete", MPI_ERR_RMA_SYNC);
	err = win_flush(s, w, -1);
	sync_tell(s, w, w->start_group, RMA_COMPLETE);
	group_drop(w->start_group);
	w->start_group = NULL;
	w->started = false;
	return win_raise(w, "Win_complete", err);
}

MPI_WEAK(Win_post)
int
PMPI_Win_post(MPI_Group group, int assert, MPI_Win win)
{
	struct state *s = state_of("Win_post");
	struct group *g;
	struct win *w;
	int err = sync_group("Win_post", group, win, &w, &g);

	(void)assert;
	if (err)
		return err;
	if (w->post_group)
		return win_raise(w, "Win_post", MPI_ERR_RMA_SYNC);
	group_hold(g);
	w->post_group = g;
	sync_tell(s, w, g, RMA_POST);
	return MPI_SUCCESS;
}

static void
sync_exposed(struct win *w)
{
	group_drop(w->post_group);
	w->post_group = NULL;
}

MPI_WEAK(Win_wait)
int
PMPI_Win_wait(MPI_Win win)
{
	struct state *s = state_of("Win_wait");
	struct win *w;
	int err = win_check(win, "Win_wait", &w), moved = 1;

	if (err)
		return err;
	if (!w->post_group)
		return win_raise(w, "Win_wait", MPI_ERR_RMA_SYNC);
	while (!sync_all_here(w, w->post_group, w->completes))
		sync_step(s, &moved);
	sync_exposed(w);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_test)
int
PMPI_Win_test(MPI_Win win, int *flag)
{
	struct state *s = state_of("Win_test");
	struct win *w;
	int err = win_check(win, "Win_test", &w);

	if (err)
		return err;
	if (!w->post_group)
		return win_raise(w, "Win_test", MPI_ERR_RMA_SYNC);
	req_progress(s, false);
	*flag = sync_all_here(w, w->post_group, w->completes);
	if (*flag)
		sync_exposed(w);
	return MPI_SUCCESS;
}

/* -- passive target -------------------------------------------------------- */

/* Asks for a lock; the answer lets pending[rank] fall. */
static void
sync_ask(struct state *s, struct win *w, int rank, bool exclusive)
{
	struct rma_op *op = state_zalloc(sizeof(*op));
	struct rma_head h = { .win = w->number, .kind = RMA_LOCK,
		.lock = exclusive, .op = (u64)(uintptr_t)op };

	op->win = w;
	op->target = rank;
	state_lock(s);
	w->pending[rank]++;
	rma_send(s, win_world(w, rank), &h, op, NULL, 0);
	state_unlock(s);
}

static void
sync_release(struct state *s, struct win *w, int rank)
{
	struct rma_head h = { .win = w->number, .kind = RMA_UNLOCK };

	state_lock(s);
	rma_tell(s, win_world(w, rank), &h);
	state_unlock(s);
}

MPI_WEAK(Win_lock)
int
PMPI_Win_lock(int lock_type, int rank, int assert, MPI_Win win)
{
	struct state *s = state_of("Win_lock");
	struct win *w;
	int err = win_check(win, "Win_lock", &w);

	(void)assert;
	if (err || rank == MPI_PROC_NULL)
		return err;
	if (lock_type != MPI_LOCK_EXCLUSIVE && lock_type != MPI_LOCK_SHARED)
		return win_raise(w, "Win_lock", MPI_ERR_LOCKTYPE);
	if (rank < 0 || rank >= w->comm->size)
		return win_raise(w, "Win_lock", MPI_ERR_RANK);
	if (w->locked[rank] || w->all_locked || w->started || w->post_group ||
	    w->fence == FENCE_USED)
		return win_raise(w, "Win_lock", MPI_ERR_RMA_SYNC);
	w->fence = FENCE_NONE;
	w->locked[rank] = 1;
	sync_ask(s, w, rank, lock_type == MPI_LOCK_EXCLUSIVE);
	return win_raise(w, "Win_lock", win_flush(s, w, rank));
}

MPI_WEAK(Win_unlock)
int
PMPI_Win_unlock(int rank, MPI_Win win)
{
	struct state *s = state_of("Win_unlock");
	struct win *w;
	int err = win_check(win, "Win_unlock", &w);

	if (err || rank == MPI_PROC_NULL)
		return err;
	if (rank < 0 || rank >= w->comm->size)
		return win_raise(w, "Win_unlock", MPI_ERR_RANK);
	if (!w->locked[rank])
		return win_raise(w, "Win_unlock", MPI_ERR_RMA_SYNC);
	err = win_flush(s, w, rank);
	w->locked[rank] = 0;
	sync_release(s, w, rank);
	return win_raise(w, "Win_unlock", err);
}

MPI_WEAK(Win_lock_all)
int
PMPI_Win_lock_all(int assert, MPI_Win win)
{
	struct state *s = state_of("Win_lock_all");
	struct win *w;
	int err = win_check(win, "Win_lock_all", &w);

	(void)assert;
	if (err)
		return err;
	if (sync_any_lock(w) || w->started || w->post_group ||
	    w->fence == FENCE_USED)
		return win_raise(w, "Win_lock_all", MPI_ERR_RMA_SYNC);
	w->fence = FENCE_NONE;
	w->all_locked = true;
	for (int i = 0; i < w->comm->size; i++)
		sync_ask(s, w, i, false);
	return win_raise(w, "Win_lock_all", win_flush(s, w, -1));
}

MPI_WEAK(Win_unlock_all)
int
PMPI_Win_unlock_all(MPI_Win win)
{
	struct state *s = state_of("Win_unlock_all");
	struct win *w;
	int err = win_check(win, "Win_unlock_all", &w);

	if (err)
		return err;
	if (!w->all_locked)
		return win_raise(w, "Win_unlock_all", MPI_ERR_RMA_SYNC);
	err = win_flush(s, w, -1);
	w->all_locked = false;
	for (int i = 0; i < w->comm->size; i++)
		sync_release(s, w, i);
	return win_raise(w, "Win_unlock_all", err);
}

/* -- flush: the local forms promise less, and get the same ----------------- */

static int
sync_flush(const char *func, int rank, MPI_Win win)
{
	struct state *s = state_of(func);
	struct win *w;
	int err = win_check(win, func, &w);

	if (err || rank == MPI_PROC_NULL)
		return err;
	if (rank < -1 || rank >= w->comm->size)
		return win_raise(w, func, MPI_ERR_RANK);
	if (!w->all_locked && !(rank < 0 ? sync_any_lock(w) :
	    w->locked[rank]))
		return win_raise(w, func, MPI_ERR_RMA_SYNC);
	return win_raise(w, func, win_flush(s, w, rank));
}

MPI_WEAK(Win_flush)
int
PMPI_Win_flush(int rank, MPI_Win win)
{
	return sync_flush("Win_flush", rank, win);
}

MPI_WEAK(Win_flush_local)
int
PMPI_Win_flush_local(int rank, MPI_Win win)
{
	return sync_flush("Win_flush_local", rank, win);
}

MPI_WEAK(Win_flush_all)
int
PMPI_Win_flush_all(MPI_Win win)
{
	return sync_flush("Win_flush_all", -1, win);
}

MPI_WEAK(Win_flush_local_all)
int
PMPI_Win_flush_local_all(MPI_Win win)
{
	return sync_flush("Win_flush_local_all", -1, win);
}

MPI_WEAK(Win_sync)
int
PMPI_Win_sync(MPI_Win win)
{
	struct state *s = state_of("Win_sync");
	struct win *w;
	int err = win_check(win, "Win_sync", &w);

	if (err)
		return err;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	req_progress(s, false);
	return MPI_SUCCESS;
}
