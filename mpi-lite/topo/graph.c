/* graph.c - topologies as graphs that every rank knows whole. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/topo/topo.h"

static int
graph_arguments(int ranks, int nnodes, const int index[], const int edges[])
{
	if (nnodes < 0 || nnodes > ranks)
		return MPI_ERR_ARG;
	for (int i = 0; i < nnodes; i++)
		if (index[i] < (i ? index[i - 1] : 0))
			return MPI_ERR_ARG;
	for (int i = 0; nnodes && i < index[nnodes - 1]; i++)
		if (edges[i] < 0 || edges[i] >= nnodes)
			return MPI_ERR_ARG;
	return MPI_SUCCESS;
}

MPI_WEAK(Graph_create)
int
PMPI_Graph_create(MPI_Comm comm_old, int nnodes, const int index[],
    const int edges[], int reorder, MPI_Comm *comm_graph)
{
	struct comm *c, *n;
	struct topo *t;
	int err = comm_check(comm_old, "Graph_create", &c);

	(void)reorder;
	if (err)
		return err;
	if (c->remote)
		return err_raise(c, "Graph_create", MPI_ERR_COMM);
	err = graph_arguments(c->size, nnodes, index, edges);
	if (!err)
		err = comm_split(c, c->rank < nnodes ? 0 : MPI_UNDEFINED,
		    c->rank, comm_graph);
	if (err || *comm_graph == MPI_COMM_NULL)
		return err_raise(c, "Graph_create", err);
	n = comm_of(*comm_graph);
	t = n->topo = topo_new(MPI_GRAPH);
	t->nodes = nnodes;
	t->index = topo_list(nnodes, index);
	t->edge = topo_list(index[nnodes - 1], edges);
	t->ins = t->outs = index[n->rank] - (n->rank ? index[n->rank - 1] : 0);
	return MPI_SUCCESS;
}

MPI_WEAK(Graph_map)
int
PMPI_Graph_map(MPI_Comm comm, int nnodes, const int index[],
    const int edges[], int *newrank)
{
	struct comm *c;
	int err = comm_check(comm, "Graph_map", &c);

	if (err)
		return err;
	err = graph_arguments(c->size, nnodes, index, edges);
	*newrank = c->rank < nnodes ? c->rank : MPI_UNDEFINED;
	return err_raise(c, "Graph_map", nnodes < 1 ? MPI_ERR_ARG : err);
}

static int
graph_check(const char *func, MPI_Comm comm, struct comm **c)
{
	int err = comm_check(comm, func, c);

	if (!err && (!(*c)->topo || (*c)->topo->kind != MPI_GRAPH))
		err = err_raise(*c, func, MPI_ERR_TOPOLOGY);
	return err;
}

MPI_WEAK(Graphdims_get)
int
PMPI_Graphdims_get(MPI_Comm comm, int *nnodes, int *nedges)
{
	struct comm *c;
	int err = graph_check("Graphdims_get", comm, &c);

	if (err)
		return err;
	*nnodes = c->topo->nodes;
	*nedges = c->topo->index[c->topo->nodes - 1];
	return MPI_SUCCESS;
}

MPI_WEAK(Graph_get)
int
PMPI_Graph_get(MPI_Comm comm, int maxindex, int maxedges, int index[],
    int edges[])
{
	struct comm *c;
	int err = graph_check("Graph_get", comm, &c);

	if (err)
		return err;
	for (int i = 0; i < MIN(maxindex, c->topo->nodes); i++)
		index[i] = c->topo->index[i];
	for (int i = 0; i < MIN(maxedges,
	    c->topo->index[c->topo->nodes - 1]); i++)
		edges[i] = c->topo->edge[i];
	return MPI_SUCCESS;
}

/* Where a rank's edges begin and how many they are; -1: no such rank. */
static int
graph_edges(const struct topo *t, int rank, int *first)
{
	if (rank < 0 || rank >= t->nodes)
		return -1;
	*first = rank ? t->index[rank - 1] : 0;
	return t->index[rank] - *first;
}

MPI_WEAK(Graph_neighbors_count)
int
PMPI_Graph_neighbors_count(MPI_Comm comm, int rank, int *nneighbors)
{
	struct comm *c;
	int err = graph_check("Graph_neighbors_count", comm, &c), first;

	if (err)
		return err;
	*nneighbors = graph_edges(c->topo, rank, &first);
	return *nneighbors < 0 ? err_raise(c, "Graph_neighbors_count",
	    MPI_ERR_RANK) : MPI_SUCCESS;
}

MPI_WEAK(Graph_neighbors)
int
PMPI_Graph_neighbors(MPI_Comm comm, int rank, int maxneighbors,
    int neighbors[])
{
	struct comm *c;
	int err = graph_check("Graph_neighbors", comm, &c), first, n;

	if (err)
		return err;
	n = graph_edges(c->topo, rank, &first);
	if (n < 0)
		return err_raise(c, "Graph_neighbors", MPI_ERR_RANK);
	for (int i = 0; i < MIN(maxneighbors, n); i++)
		neighbors[i] = c->topo->edge[first + i];
	return MPI_SUCCESS;
}
