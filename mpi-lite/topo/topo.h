/* topo.h - who is whose neighbour in a communicator. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_TOPO_TOPO_H
#define MPI_LITE_TOPO_TOPO_H

#include "mpi-lite/comm.h"

/* Never changed once made; shared by duplicates. Takes NULL everywhere. */
struct topo {
	u32 refs;
	int kind;              /* MPI_CART, MPI_GRAPH, MPI_DIST_GRAPH */
	/* grid: ranks count the last dimension fastest */
	int dims;
	int *dim, *periodic;
	/* graph: node i's neighbours are edge[index[i - 1]..index[i]) */
	int nodes;
	int *index, *edge;
	/* distributed: our own edges */
	int ins, outs;
	int *in, *out, *in_weight, *out_weight;
	bool weighted;
};

struct topo *topo_new(int kind);
struct topo *topo_hold(struct topo *t);
void topo_drop(struct topo *t);
/* A copy of n numbers. */
int *topo_list(int n, const int *from);

static inline bool
topo_is_grid(const struct topo *t)
{
	return t && t->kind == MPI_CART;
}

/* How many edges come in and go out at the rank that asks, and from whom and
 * to whom, in MPI's order (MPI-3.1 §7.6). */
int topo_in(const struct topo *t);
int topo_out(const struct topo *t);
void topo_neighbors(const struct topo *t, int rank, int *from, int *to);

/* A neighbour in a grid; MPI_PROC_NULL beyond an edge. */
int topo_shift(const struct topo *t, int rank, int dim, int by);

#endif
