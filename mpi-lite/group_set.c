/* group_set.c - groups made of groups: union, ranges and the like. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/comm.h"
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>

static bool
group_set_has(const struct group *g, int world)
{
	return group_rank_of(g, world) != MPI_UNDEFINED;
}

/* Members of a that are in b (or are not), then those of b alone if `both`. */
static int
group_set_make(const char *func, MPI_Group group1, MPI_Group group2,
    bool in_b, bool out_b, bool both, MPI_Group *newgroup)
{
	struct group *a, *b;
	int err = group_check(group1, func, &a), n = 0, *world;

	if (!err)
		err = group_check(group2, func, &b);
	if (err)
		return err;
	if (!newgroup)
		return err_raise(NULL, func, MPI_ERR_ARG);
	world = state_alloc((size_t)(a->size + b->size + 1) * sizeof(int));
	for (int i = 0; i < a->size; i++)
		if (group_set_has(b, group_world(a, i)) ? in_b : out_b)
			world[n++] = group_world(a, i);
	for (int i = 0; i < b->size && both; i++)
		if (!group_set_has(a, group_world(b, i)))
			world[n++] = group_world(b, i);
	*newgroup = MPI_GROUP_EMPTY;
	if (n)
		*newgroup = group_handle(group_make(n, world));
	else
		free(world);
	return MPI_SUCCESS;
}

MPI_WEAK(Group_union)
int
PMPI_Group_union(MPI_Group group1, MPI_Group group2, MPI_Group *newgroup)
{
	return group_set_make("Group_union", group1, group2, true, true, true,
	    newgroup);
}

MPI_WEAK(Group_intersection)
int
PMPI_Group_intersection(MPI_Group group1, MPI_Group group2,
    MPI_Group *newgroup)
{
	return group_set_make("Group_intersection", group1, group2, true,
	    false, false, newgroup);
}

MPI_WEAK(Group_difference)
int
PMPI_Group_difference(MPI_Group group1, MPI_Group group2, MPI_Group *newgroup)
{
	return group_set_make("Group_difference", group1, group2, false, true,
	    false, newgroup);
}

/* -- ranges ---------------------------------------------------------------- */

/* Marks the ranks of the triplets (first, last, stride) and lists them. */
static int
group_set_ranges(const struct group *g, int n, int ranges[][3], int *list,
    int *listed)
{
	bool *seen = state_zalloc((size_t)g->size + 1);
	int err = MPI_SUCCESS;

	*listed = 0;
	for (int i = 0; i < n && !err; i++) {
		int first = ranges[i][0], last = ranges[i][1];
		int step = ranges[i][2];

		if (step == 0)
			err = MPI_ERR_ARG;
		else if (first < 0 || first >= g->size || last < 0 ||
		    last >= g->size || (last - first) / step < 0)
			err = MPI_ERR_RANK;
		for (int r = first; !err && (step > 0 ? r <= last :
		    r >= last); r += step) {
			if (seen[r])
				err = MPI_ERR_RANK;
			else
				list[(*listed)++] = r;
			seen[r] = true;
		}
	}
	free(seen);
	return err;
}

static int
group_set_range(const char *func, MPI_Group group, int n, int ranges[][3],
    bool incl, MPI_Group *newgroup)
{
	struct group *g;
	int err = group_check(group, func, &g), listed, *list;

	if (err)
		return err;
	if (n < 0 || (n && !ranges) || !newgroup)
		return err_raise(NULL, func, MPI_ERR_ARG);
	list = state_alloc((size_t)(g->size + 1) * sizeof(int));
	err = group_set_ranges(g, n, ranges, list, &listed);
	if (err)
		err = err_raise(NULL, func, err);
	else if (incl)
		err = PMPI_Group_incl(group, listed, list, newgroup);
	else
		err = PMPI_Group_excl(group, listed, list, newgroup);
	free(list);
	return err;
}

MPI_WEAK(Group_range_incl)
int
PMPI_Group_range_incl(MPI_Group group, int n, int ranges[][3],
    MPI_Group *newgroup)
{
	return group_set_range("Group_range_incl", group, n, ranges, true,
	    newgroup);
}

MPI_WEAK(Group_range_excl)
int
PMPI_Group_range_excl(MPI_Group group, int n, int ranges[][3],
    MPI_Group *newgroup)
{
	return group_set_range("Group_range_excl", group, n, ranges, false,
	    newgroup);
}
