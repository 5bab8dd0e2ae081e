/* group.c - sets of ranks. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/comm.h"
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>
#include <string.h>

struct group *
group_of(MPI_Group handle)
{
	struct group *g = (struct group *)(void *)handle;

	if (!g || g->tag.kind != TAG_GROUP)
		return NULL;
	if (g->tag.which == GROUP_TAG_EMPTY)
		return &state_of("Group")->empty_group;
	return g->tag.which == GROUP_TAG_NULL ? NULL : g;
}

MPI_Group
group_handle(struct group *g)
{
	return g->size ? (MPI_Group)(void *)g : MPI_GROUP_EMPTY;
}

struct group *
group_make(int size, int *world)
{
	struct group *g = state_alloc(sizeof(*g));

	g->tag = (struct tag){ TAG_GROUP, TAG_MADE };
	g->refs = 1;
	g->size = size;
	g->world = world;
	g->rank = group_rank_of(g, (int)state_of("Group")->page->rank);
	return g;
}

void
group_hold(struct group *g)
{
	state_hold(&g->refs);
}

void
group_drop(struct group *g)
{
	if (!state_drop(&g->refs))
		return;
	g->tag.kind = TAG_FREED;
	free(g->world);
	free(g);
}

int
group_rank_of(const struct group *g, int world)
{
	if (!g->world)
		return world >= 0 && world < g->size ? world : MPI_UNDEFINED;
	for (int i = 0; i < g->size; i++)
		if (g->world[i] == world)
			return i;
	return MPI_UNDEFINED;
}

int
group_check(MPI_Group handle, const char *func, struct group **g)
{
	state_of(func);
	*g = group_of(handle);
	return *g ? MPI_SUCCESS : err_raise(NULL, func, MPI_ERR_GROUP);
}

MPI_WEAK(Comm_group)
int
PMPI_Comm_group(MPI_Comm comm, MPI_Group *group)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_group", &c);

	if (err)
		return err;
	if (!group)
		return err_raise(NULL, "Comm_group", MPI_ERR_ARG);
	group_hold(c->group);
	*group = group_handle(c->group);
	return MPI_SUCCESS;
}

MPI_WEAK(Group_size)
int
PMPI_Group_size(MPI_Group group, int *size)
{
	struct group *g;
	int err = group_check(group, "Group_size", &g);

	if (!err && !size)
		err = err_raise(NULL, "Group_size", MPI_ERR_ARG);
	if (!err)
		*size = g->size;
	return err;
}

MPI_WEAK(Group_rank)
int
PMPI_Group_rank(MPI_Group group, int *rank)
{
	struct group *g;
	int err = group_check(group, "Group_rank", &g);

	if (!err && !rank)
		err = err_raise(NULL, "Group_rank", MPI_ERR_ARG);
	if (!err)
		*rank = g->rank;
	return err;
}

MPI_WEAK(Group_free)
int
PMPI_Group_free(MPI_Group *group)
{
	struct group *g;
	int err = group_check(*group, "Group_free", &g);

	if (err)
		return err;
	if (g->size)
		group_drop(g);
	*group = MPI_GROUP_NULL;
	return MPI_SUCCESS;
}

/* A new group of those members of g whose mark is set, or in `order`. */
static MPI_Group
group_pick(const struct group *g, int n, const int *order)
{
	int *world;

	if (n == 0)
		return MPI_GROUP_EMPTY;
	world = state_alloc((size_t)n * sizeof(int));
	for (int i = 0; i < n; i++)
		world[i] = group_world(g, order[i]);
	return group_handle(group_make(n, world));
}

static bool
group_ranks_ok(const struct group *g, int n, const int ranks[])
{
	if (n < 0 || (n && !ranks))
		return false;
	for (int i = 0; i < n; i++) {
		if (ranks[i] < 0 || ranks[i] >= g->size)
			return false;
		for (int k = 0; k < i; k++)
			if (ranks[k] == ranks[i])
				return false;
	}
	return true;
}

MPI_WEAK(Group_incl)
int
PMPI_Group_incl(MPI_Group group, int n, const int ranks[], MPI_Group *newgroup)
{
	struct group *g;
	int err = group_check(group, "Group_incl", &g);

	if (err)
		return err;
	if (n < 0 || (n && !ranks) || !newgroup)
		return err_raise(NULL, "Group_incl", MPI_ERR_ARG);
	if (!group_ranks_ok(g, n, ranks))
		return err_raise(NULL, "Group_incl", MPI_ERR_RANK);
	*newgroup = group_pick(g, n, ranks);
	return MPI_SUCCESS;
}

MPI_WEAK(Group_excl)
int
PMPI_Group_excl(MPI_Group group, int n, const int ranks[], MPI_Group *newgroup)
{
	struct group *g;
	int err = group_check(group, "Group_excl", &g), kept = 0, *order;

	if (err)
		return err;
	if (n < 0 || (n && !ranks) || !newgroup)
		return err_raise(NULL, "Group_excl", MPI_ERR_ARG);
	if (!group_ranks_ok(g, n, ranks))
		return err_raise(NULL, "Group_excl", MPI_ERR_RANK);
	order = state_alloc((size_t)(g->size + 1) * sizeof(int));
	for (int i = 0; i < g->size; i++) {
		bool out = false;

		for (int k = 0; k < n; k++)
			out = out || ranks[k] == i;
		if (!out)
			order[kept++] = i;
	}
	*newgroup = group_pick(g, kept, order);
	free(order);
	return MPI_SUCCESS;
}

MPI_WEAK(Group_translate_ranks)
int
PMPI_Group_translate_ranks(MPI_Group group1, int n, const int ranks1[],
    MPI_Group group2, int ranks2[])
{
	struct group *a, *b;
	int err = group_check(group1, "Group_translate_ranks", &a);

	if (!err)
		err = group_check(group2, "Group_translate_ranks", &b);
	if (err)
		return err;
	if (n < 0 || (n && (!ranks1 || !ranks2)))
		return err_raise(NULL, "Group_translate_ranks", MPI_ERR_ARG);
	for (int i = 0; i < n; i++) {
		ranks2[i] = MPI_PROC_NULL;
		if (ranks1[i] == MPI_PROC_NULL)
			continue;
		if (ranks1[i] < 0 || ranks1[i] >= a->size)
			return err_raise(NULL, "Group_translate_ranks",
			    MPI_ERR_RANK);
		ranks2[i] = group_rank_of(b, group_world(a, ranks1[i]));
	}
	return MPI_SUCCESS;
}

int
group_order(const struct group *a, const struct group *b)
{
	int result = a->size == b->size ? MPI_IDENT : MPI_UNEQUAL;

	for (int i = 0; i < a->size && result != MPI_UNEQUAL; i++) {
		int world = group_world(a, i);

		if (group_world(b, i) == world)
			continue;
		result = group_rank_of(b, world) == MPI_UNDEFINED ?
		    MPI_UNEQUAL : MPI_SIMILAR;
	}
	return result;
}

MPI_WEAK(Group_compare)
int
PMPI_Group_compare(MPI_Group group1, MPI_Group group2, int *result)
{
	struct group *a, *b;
	int err = group_check(group1, "Group_compare", &a);

	if (!err)
		err = group_check(group2, "Group_compare", &b);
	if (!err && !result)
		err = err_raise(NULL, "Group_compare", MPI_ERR_ARG);
	if (!err)
		*result = group_order(a, b);
	return err;
}
