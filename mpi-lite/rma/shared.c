/* shared.c - windows that all ranks of a node load from and store to. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/env.h"
#include "mpi-lite/err.h"
#include "mpi-lite/info.h"
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/*
 * Rank 0 of the window makes one piece of memory for all; the parts lie in
 * the order of ranks, one behind the other, or on pages of their own with
 * the info key alloc_shared_noncontig.
 */

enum { SHARED_PAGE = 4096 };

static bool
shared_one_node(const struct comm *c)
{
	const struct rankpage *page = env_rank();

	for (int i = 0; i < c->size; i++)
		if (page->node_of[group_world(c->group, i)] !=
		    page->node_index)
			return false;
	return true;
}

/* Where each rank's part is; the size of all of them. */
static int
shared_layout(struct win *w, MPI_Aint size, int unit, bool apart)
{
	struct rma_part mine = { 0, (u64)size, unit };
	size_t n = (size_t)w->comm->size;
	u64 at = 0;
	int err;

	w->part = state_zalloc(n * sizeof(*w->part));
	err = coll_allgather(w->comm, &mine, sizeof(mine), MPI_BYTE, w->part,
	    sizeof(mine), MPI_BYTE);
	for (size_t i = 0; i < n && !err; i++) {
		w->part[i].at = at;
		at += w->part[i].size;
		if (apart)
			at = ALIGN_UP(at, (u64)SHARED_PAGE);
	}
	w->shared_bytes = (size_t)ALIGN_UP(MAX(at, 1u), (u64)SHARED_PAGE);
	return err;
}

static int
shared_map(struct win *w)
{
	u64 name[3] = { 0, 0, 1 };     /* [2]: did the maker fail? */
	bool maker = w->comm->rank == 0;
	int err;

	if (maker) {
		w->shared = env_share_make(w->shared_bytes, name);
		name[2] = w->shared == NULL;
	}
	err = coll_bcast(w->comm, name, sizeof(name), type_of(MPI_BYTE), 0);
	if (!err && !maker && !name[2])
		w->shared = env_share_map(w->shared_bytes, name);
	if (!err)
		err = coll_barrier(w->comm);
	if (maker && w->shared)
		env_share_seal(name);
	return err ? err : w->shared ? MPI_SUCCESS : MPI_ERR_RMA_SHARED;
}

void
win_unshare(struct win *w)
{
	bool maker = w->comm->rank == 0;

	if (!w->shared)
		return;
	if (!maker)
		env_unshare(w->shared, w->shared_bytes, false);
	coll_barrier(w->comm);
	if (maker)
		env_unshare(w->shared, w->shared_bytes, true);
	w->shared = NULL;
}

MPI_WEAK(Win_allocate_shared)
int
PMPI_Win_allocate_shared(MPI_Aint size, int disp_unit, MPI_Info info,
    MPI_Comm comm, void *baseptr, MPI_Win *win)
{
	const char *apart = info_value(info_of(info),
	    "alloc_shared_noncontig");
	struct comm *c;
	struct win *w;
	int err = comm_check(comm, "Win_allocate_shared", &c);

	if (err)
		return err;
	if (size < 0)
		return err_raise(c, "Win_allocate_shared", MPI_ERR_SIZE);
	if (disp_unit < 1)
		return err_raise(c, "Win_allocate_shared", MPI_ERR_DISP);
	if (c->remote || !shared_one_node(c))
		return err_raise(c, "Win_allocate_shared",
		    MPI_ERR_RMA_SHARED);
	err = win_make(c, MPI_WIN_FLAVOR_SHARED, info, &w);
	if (!err)
		err = shared_layout(w, size, disp_unit,
		    apart && strcmp(apart, "true") == 0);
	if (!err)
		err = shared_map(w);
	if (err)
		return err_raise(c, "Win_allocate_shared", err);
	w->base = w->shared + w->part[c->rank].at;
	w->size = size;
	w->unit = disp_unit;
	*(void **)baseptr = w->base;
	return err_raise(c, "Win_allocate_shared", win_open(w, win));
}

MPI_WEAK(Win_shared_query)
int
PMPI_Win_shared_query(MPI_Win win, int rank, MPI_Aint *size, int *disp_unit,
    void *baseptr)
{
	struct win *w;
	int err = win_check(win, "Win_shared_query", &w);

	if (err)
		return err;
	if (w->flavor != MPI_WIN_FLAVOR_SHARED)
		return win_raise(w, "Win_shared_query", MPI_ERR_RMA_FLAVOR);
	/* MPI_PROC_NULL: the first that has memory. */
	if (rank == MPI_PROC_NULL)
		for (rank = 0; rank < w->comm->size - 1 &&
		    !w->part[rank].size; rank++)
			;
	if (rank < 0 || rank >= w->comm->size)
		return win_raise(w, "Win_shared_query", MPI_ERR_RANK);
	*size = (MPI_Aint)w->part[rank].size;
	*disp_unit = (int)w->part[rank].unit;
	*(void **)baseptr = *size ? w->shared + w->part[rank].at : NULL;
	return MPI_SUCCESS;
}
