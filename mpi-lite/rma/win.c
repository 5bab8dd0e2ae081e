/* win.c - windows are made, found and freed. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/attr.h"
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"
#include "mpi-lite/info.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>

struct win *
win_of(MPI_Win handle)
{
	struct win *w = (struct win *)(void *)handle;

	return w && w->tag.kind == TAG_WIN && w->tag.which == TAG_MADE ? w :
	    NULL;
}

int
win_check(MPI_Win handle, const char *func, struct win **w)
{
	state_of(func);
	*w = win_of(handle);
	return *w ? MPI_SUCCESS : err_raise(NULL, func, MPI_ERR_WIN);
}

int
win_raise(struct win *w, const char *func, int code)
{
	return code ? err_raise_on(w->handler, w, func, code) : MPI_SUCCESS;
}

/* MPI-3.1 §11.2.1, §11.2.3: kept and shown. */
static const struct info_hint win_known[] = {
	{ "no_locks", "false" },
	{ "accumulate_ordering", "rar,raw,war,waw" },
	{ "accumulate_ops", "same_op_no_op" },
	{ "same_size", "false" },
	{ "same_disp_unit", "false" },
	{ "alloc_shared_noncontig", "false" },
	{ "alloc_shm", "true" },
};

int
win_make(struct comm *c, int flavor, MPI_Info info, struct win **out)
{
	struct state *s = state_of("Win_create");
	size_t n = (size_t)c->size;
	struct win *w;
	MPI_Comm own;
	int err;

	if (c->remote)
		return MPI_ERR_COMM;
	group_hold(c->group);
	err = comm_make(c, c->group, &own);
	if (err)
		return err;
	w = state_zalloc(sizeof(*w));
	w->tag = (struct tag){ TAG_WIN, TAG_MADE };
	w->comm = comm_of(own);
	w->number = w->comm->context;
	w->flavor = flavor;
	w->model = MPI_WIN_UNIFIED;
	w->unit = 1;
	w->handler = (const struct tag *)(void *)MPI_ERRORS_ARE_FATAL;
	w->info = info_hints(win_known, (int)ARRAY_LEN(win_known),
	    info_of(info));
	w->pending = state_zalloc(n * sizeof(u32));
	w->answered = state_zalloc(n * sizeof(u32));
	w->posts = state_zalloc(n * sizeof(u32));
	w->completes = state_zalloc(n * sizeof(u32));
	w->locked = state_zalloc(n);
	list_init(&w->attrs);
	list_init(&w->regions);
	list_init(&w->wishes);
	state_lock(s);
	list_put(&s->wins, &w->link);
	state_unlock(s);
	*out = w;
	return MPI_SUCCESS;
}

/* Nobody sends to a window that somebody else has not made yet. */
int
win_open(struct win *w, MPI_Win *out)
{
	*out = (MPI_Win)(void *)w;
	return coll_barrier(w->comm);
}

static void
win_destroy(struct win *w)
{
	while (!list_is_empty(&w->regions)) {
		struct list *it = w->regions.next;

		list_take(it);
		free(CONTAINER_OF(it, struct rma_region, link));
	}
	comm_drop(w->comm);
	handler_drop(w->handler);
	info_free(w->info);
	free(w->owned);
	free(w->part);
	free(w->pending);
	free(w->answered);
	free(w->posts);
	free(w->completes);
	free(w->locked);
	w->tag.kind = TAG_FREED;
	free(w);
}

MPI_WEAK(Win_create)
int
PMPI_Win_create(void *base, MPI_Aint size, int disp_unit, MPI_Info info,
    MPI_Comm comm, MPI_Win *win)
{
	struct comm *c;
	struct win *w;
	int err = comm_check(comm, "Win_create", &c);

	if (err)
		return err;
	if (size < 0)
		return err_raise(c, "Win_create", MPI_ERR_SIZE);
	if (disp_unit < 1)
		return err_raise(c, "Win_create", MPI_ERR_DISP);
	if (!win)
		return err_raise(c, "Win_create", MPI_ERR_ARG);
	err = win_make(c, MPI_WIN_FLAVOR_CREATE, info, &w);
	if (err)
		return err_raise(c, "Win_create", err);
	w->base = base;
	w->size = size;
	w->unit = disp_unit;
	return err_raise(c, "Win_create", win_open(w, win));
}

MPI_WEAK(Win_allocate)
int
PMPI_Win_allocate(MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm,
    void *baseptr, MPI_Win *win)
{
	struct comm *c;
	struct win *w;
	int err = comm_check(comm, "Win_allocate", &c);

	if (err)
		return err;
	if (size < 0)
		return err_raise(c, "Win_allocate", MPI_ERR_SIZE);
	if (disp_unit < 1)
		return err_raise(c, "Win_allocate", MPI_ERR_DISP);
	err = win_make(c, MPI_WIN_FLAVOR_ALLOCATE, info, &w);
	if (err)
		return err_raise(c, "Win_allocate", err);
	w->owned = state_zalloc((size_t)size);
	w->base = w->owned;
	w->size = size;
	w->unit = disp_unit;
	*(void **)baseptr = w->base;
	return err_raise(c, "Win_allocate", win_open(w, win));
}

MPI_WEAK(Win_create_dynamic)
int
PMPI_Win_create_dynamic(MPI_Info info, MPI_Comm comm, MPI_Win *win)
{
	struct comm *c;
	struct win *w;
	int err = comm_check(comm, "Win_create_dynamic", &c);

	if (err)
		return err;
	err = win_make(c, MPI_WIN_FLAVOR_DYNAMIC, info, &w);
	return err_raise(c, "Win_create_dynamic", err ? err :
	    win_open(w, win));
}

MPI_WEAK(Win_attach)
int
PMPI_Win_attach(MPI_Win win, void *base, MPI_Aint size)
{
	struct rma_region *r;
	struct win *w;
	int err = win_check(win, "Win_attach", &w);

	if (err)
		return err;
	if (w->flavor != MPI_WIN_FLAVOR_DYNAMIC)
		return win_raise(w, "Win_attach", MPI_ERR_RMA_FLAVOR);
	if (size < 0)
		return win_raise(w, "Win_attach", MPI_ERR_SIZE);
	r = state_zalloc(sizeof(*r));
	r->base = base;
	r->bytes = (u64)size;
	list_put(&w->regions, &r->link);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_detach)
int
PMPI_Win_detach(MPI_Win win, const void *base)
{
	struct list *it, *next;
	struct win *w;
	int err = win_check(win, "Win_detach", &w);

	if (err)
		return err;
	LIST_EACH(it, next, &w->regions) {
		struct rma_region *r = CONTAINER_OF(it, struct rma_region,
		    link);

		if (r->base != base)
			continue;
		list_take(it);
		free(r);
		return MPI_SUCCESS;
	}
	return win_raise(w, "Win_detach", MPI_ERR_RMA_ATTACH);
}

MPI_WEAK(Win_free)
int
PMPI_Win_free(MPI_Win *win)
{
	struct state *s = state_of("Win_free");
	struct win *w;
	int err = win_check(*win, "Win_free", &w);

	if (err)
		return err;
	if (w->started || w->post_group || w->all_locked)
		return win_raise(w, "Win_free", MPI_ERR_RMA_SYNC);
	for (int i = 0; i < w->comm->size; i++)
		if (w->locked[i])
			return win_raise(w, "Win_free", MPI_ERR_RMA_SYNC);
	err = attr_delete_all(&w->attrs, *win);
	if (!err)
		err = win_flush(s, w, -1);
	if (!err)
		err = coll_barrier(w->comm);
	if (err)
		return win_raise(w, "Win_free", err);
	win_unshare(w);
	state_lock(s);
	list_take(&w->link);
	state_unlock(s);
	win_destroy(w);
	*win = MPI_WIN_NULL;
	return MPI_SUCCESS;
}
