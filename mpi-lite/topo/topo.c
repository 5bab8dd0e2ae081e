/* topo.c - topologies as objects, and the neighbours that they give. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/topo/topo.h"

#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>
#include <string.h>

struct topo *
topo_new(int kind)
{
	struct topo *t = state_zalloc(sizeof(*t));

	t->refs = 1;
	t->kind = kind;
	return t;
}

struct topo *
topo_hold(struct topo *t)
{
	if (t)
		state_hold(&t->refs);
	return t;
}

void
topo_drop(struct topo *t)
{
	if (!t || !state_drop(&t->refs))
		return;
	free(t->dim);
	free(t->periodic);
	free(t->index);
	free(t->edge);
	free(t->in);
	free(t->out);
	free(t->in_weight);
	free(t->out_weight);
	free(t);
}

int *
topo_list(int n, const int *from)
{
	int *list = state_zalloc((size_t)(n + 1) * sizeof(int));

	if (n > 0 && from)
		memcpy(list, from, (size_t)n * sizeof(int));
	return list;
}

int
topo_in(const struct topo *t)
{
	return t ? t->ins : 0;
}

int
topo_out(const struct topo *t)
{
	return t ? t->outs : 0;
}

int
topo_shift(const struct topo *t, int rank, int dim, int by)
{
	int below = 1, at;

	for (int i = t->dims - 1; i > dim; i--)
		below *= t->dim[i];
	at = rank / below % t->dim[dim] + by;
	if (t->periodic[dim])
		at = (at % t->dim[dim] + t->dim[dim]) % t->dim[dim];
	else if (at < 0 || at >= t->dim[dim])
		return MPI_PROC_NULL;
	return rank + (at - rank / below % t->dim[dim]) * below;
}

void
topo_neighbors(const struct topo *t, int rank, int *from, int *to)
{
	int first;

	switch (t->kind) {
	case MPI_CART:
		for (int i = 0; i < 2 * t->dims; i++)
			from[i] = to[i] = topo_shift(t, rank, i / 2,
			    i & 1 ? 1 : -1);
		break;
	case MPI_GRAPH:
		first = rank ? t->index[rank - 1] : 0;
		for (int i = 0; i < t->ins; i++)
			from[i] = to[i] = t->edge[first + i];
		break;
	default:
		memcpy(from, t->in, (size_t)t->ins * sizeof(int));
		memcpy(to, t->out, (size_t)t->outs * sizeof(int));
		break;
	}
}

MPI_WEAK(Topo_test)
int
PMPI_Topo_test(MPI_Comm comm, int *status)
{
	struct comm *c;
	int err = comm_check(comm, "Topo_test", &c);

	if (err)
		return err;
	if (!status)
		return err_raise(c, "Topo_test", MPI_ERR_ARG);
	*status = c->topo ? c->topo->kind : MPI_UNDEFINED;
	return MPI_SUCCESS;
}
