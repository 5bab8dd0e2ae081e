/* dist_graph.c - graphs of which each rank knows its own edges. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"
#include "mpi-lite/topo/topo.h"

#include <stdlib.h>
#include <string.h>

static bool
dist_graph_ranks_ok(const struct comm *c, int n, const int ranks[])
{
	for (int i = 0; i < n; i++)
		if (ranks[i] < 0 || ranks[i] >= c->size)
			return false;
	return n >= 0;
}

/* The communicator that a topology hangs from. */
static int
dist_graph_finish(struct comm *c, struct topo *t, MPI_Comm *out)
{
	int err;

	group_hold(c->group);
	err = comm_make(c, c->group, out);
	if (err)
		topo_drop(t);
	else
		comm_of(*out)->topo = t;
	return err;
}

static bool
dist_graph_weighted(const int *weights)
{
	return weights != MPI_UNWEIGHTED;
}

MPI_WEAK(Dist_graph_create_adjacent)
int
PMPI_Dist_graph_create_adjacent(MPI_Comm comm_old, int indegree,
    const int sources[], const int sourceweights[], int outdegree,
    const int destinations[], const int destweights[], MPI_Info info,
    int reorder, MPI_Comm *comm_dist_graph)
{
	struct comm *c;
	struct topo *t;
	int err = comm_check(comm_old, "Dist_graph_create_adjacent", &c);

	(void)info;
	(void)reorder;
	if (err)
		return err;
	if (c->remote)
		return err_raise(c, "Dist_graph_create_adjacent",
		    MPI_ERR_COMM);
	if (!dist_graph_ranks_ok(c, indegree, sources) ||
	    !dist_graph_ranks_ok(c, outdegree, destinations))
		return err_raise(c, "Dist_graph_create_adjacent",
		    MPI_ERR_ARG);
	t = topo_new(MPI_DIST_GRAPH);
	t->ins = indegree;
	t->outs = outdegree;
	t->in = topo_list(indegree, sources);
	t->out = topo_list(outdegree, destinations);
	t->weighted = dist_graph_weighted(sourceweights);
	if (t->weighted) {
		t->in_weight = topo_list(indegree, sourceweights);
		t->out_weight = topo_list(outdegree, destweights);
	}
	return err_raise(c, "Dist_graph_create_adjacent",
	    dist_graph_finish(c, t, comm_dist_graph));
}

/* -- edges that anybody names ---------------------------------------------- */

struct dist_edge {
	int from, to, weight;
};

/* All edges of all ranks, in the order of ranks; the caller frees them. */
static int
dist_graph_collect(struct comm *c, const struct dist_edge *mine, int n,
    struct dist_edge **all, int *total)
{
	const struct type *byte = type_of(MPI_BYTE);
	int *count = state_alloc((size_t)c->size * sizeof(int));
	int err = coll_allgather(c, &n, 1, MPI_INT, count, 1, MPI_INT);
	i64 at = 0;

	*total = 0;
	for (int i = 0; i < c->size && !err; i++)
		*total += count[i];
	*all = state_alloc((size_t)*total * sizeof(**all) + 1);
	for (int i = 0; i < c->size && !err; i++) {
		if (i == c->rank && n)
			memcpy(*all + at, mine, (size_t)n * sizeof(*mine));
		err = coll_bcast(c, *all + at,
		    count[i] * (i64)sizeof(*mine), byte, i);
		at += count[i];
	}
	free(count);
	return err;
}

/* Our own of them. */
static void
dist_graph_sort(struct topo *t, int rank, const struct dist_edge *e, int n)
{
	t->in = topo_list(n, NULL);
	t->out = topo_list(n, NULL);
	t->in_weight = topo_list(n, NULL);
	t->out_weight = topo_list(n, NULL);
	for (int i = 0; i < n; i++) {
		if (e[i].to == rank) {
			t->in[t->ins] = e[i].from;
			t->in_weight[t->ins++] = e[i].weight;
		}
		if (e[i].from == rank) {
			t->out[t->outs] = e[i].to;
			t->out_weight[t->outs++] = e[i].weight;
		}
	}
}

/* The edges as MPI lists them, or NULL if one is wrong. */
static struct dist_edge *
dist_graph_list(const struct comm *c, int n, const int sources[],
    const int degrees[], const int destinations[], const int weights[],
    int *edges)
{
	struct dist_edge *e;
	int total = 0;

	if (!dist_graph_ranks_ok(c, n, sources))
		return NULL;
	for (int i = 0; i < n; i++) {
		if (degrees[i] < 0)
			return NULL;
		total += degrees[i];
	}
	if (!dist_graph_ranks_ok(c, total, destinations))
		return NULL;
	e = state_alloc((size_t)total * sizeof(*e));
	*edges = 0;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < degrees[i]; k++, (*edges)++)
			e[*edges] = (struct dist_edge){ sources[i],
				destinations[*edges],
				dist_graph_weighted(weights) ?
				weights[*edges] : 1 };
	return e;
}

MPI_WEAK(Dist_graph_create)
int
PMPI_Dist_graph_create(MPI_Comm comm_old, int n, const int nodes[],
    const int degrees[], const int targets[], const int weights[],
    MPI_Info info, int reorder, MPI_Comm *newcomm)
{
	struct dist_edge *mine, *all;
	struct comm *c;
	struct topo *t;
	int err = comm_check(comm_old, "Dist_graph_create", &c), edges, total;

	(void)info;
	(void)reorder;
	if (err)
		return err;
	if (c->remote)
		return err_raise(c, "Dist_graph_create", MPI_ERR_COMM);
	mine = dist_graph_list(c, n, nodes, degrees, targets, weights,
	    &edges);
	if (!mine)
		return err_raise(c, "Dist_graph_create", MPI_ERR_ARG);
	err = dist_graph_collect(c, mine, edges, &all, &total);
	t = topo_new(MPI_DIST_GRAPH);
	t->weighted = dist_graph_weighted(weights);
	if (!err)
		dist_graph_sort(t, c->rank, all, total);
	free(mine);
	free(all);
	if (err)
		topo_drop(t);
	else
		err = dist_graph_finish(c, t, newcomm);
	return err_raise(c, "Dist_graph_create", err);
}

/* -- questions ------------------------------------------------------------- */

static int
dist_graph_check(const char *func, MPI_Comm comm, struct comm **c)
{
	int err = comm_check(comm, func, c);

	if (!err && (!(*c)->topo || (*c)->topo->kind != MPI_DIST_GRAPH))
		err = err_raise(*c, func, MPI_ERR_TOPOLOGY);
	return err;
}

MPI_WEAK(Dist_graph_neighbors_count)
int
PMPI_Dist_graph_neighbors_count(MPI_Comm comm, int *inneighbors,
    int *outneighbors, int *weighted)
{
	struct comm *c;
	int err = dist_graph_check("Dist_graph_neighbors_count", comm, &c);

	if (err)
		return err;
	*inneighbors = c->topo->ins;
	*outneighbors = c->topo->outs;
	*weighted = c->topo->weighted;
	return MPI_SUCCESS;
}

static void
dist_graph_tell(int n, const int *list, int max, int *out)
{
	for (int i = 0; i < MIN(n, max) && out && list; i++)
		out[i] = list[i];
}

MPI_WEAK(Dist_graph_neighbors)
int
PMPI_Dist_graph_neighbors(MPI_Comm comm, int maxindegree, int sources[],
    int sourceweights[], int maxoutdegree, int destinations[],
    int destweights[])
{
	struct comm *c;
	struct topo *t;
	int err = dist_graph_check("Dist_graph_neighbors", comm, &c);

	if (err)
		return err;
	t = c->topo;
	dist_graph_tell(t->ins, t->in, maxindegree, sources);
	dist_graph_tell(t->outs, t->out, maxoutdegree, destinations);
	if (t->weighted && dist_graph_weighted(sourceweights))
		dist_graph_tell(t->ins, t->in_weight, maxindegree,
		    sourceweights);
	if (t->weighted && dist_graph_weighted(destweights))
		dist_graph_tell(t->outs, t->out_weight, maxoutdegree,
		    destweights);
	return MPI_SUCCESS;
}
