/* cart.c - Cartesian topologies. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/topo/topo.h"

#include <stdlib.h>

/* Ranks count the last dimension fastest: MPI-3.1 §7.5.4. */

static struct topo *
cart_new(int dims, const int *dim, const int *periodic)
{
	struct topo *t = topo_new(MPI_CART);

	t->dims = dims;
	t->dim = topo_list(dims, dim);
	t->periodic = topo_list(dims, periodic);
	for (int i = 0; i < dims; i++)
		t->periodic[i] = periodic[i] != 0;
	t->ins = t->outs = 2 * dims;
	return t;
}

static void
cart_coords_of(const struct topo *t, int rank, int *coords)
{
	for (int i = t->dims - 1; i >= 0; i--) {
		coords[i] = rank % t->dim[i];
		rank /= t->dim[i];
	}
}

/* MPI_PROC_NULL beyond the edge of a dimension that is not periodic. */
static int
cart_rank_of(const struct topo *t, const int *coords)
{
	int rank = 0;

	for (int i = 0; i < t->dims; i++) {
		int at = coords[i];

		if (t->periodic[i])
			at = (at % t->dim[i] + t->dim[i]) % t->dim[i];
		else if (at < 0 || at >= t->dim[i])
			return MPI_PROC_NULL;
		rank = rank * t->dim[i] + at;
	}
	return rank;
}

static int
cart_check(const char *func, MPI_Comm comm, struct comm **c)
{
	int err = comm_check(comm, func, c);

	if (!err && !topo_is_grid((*c)->topo))
		err = err_raise(*c, func, MPI_ERR_TOPOLOGY);
	return err;
}

/* How many ranks the grid has; or an MPI code, negated. */
static int
cart_size(int ndims, const int dims[], int ranks)
{
	i64 size = 1;

	if (ndims < 0)
		return -MPI_ERR_DIMS;
	if (ndims && !dims)
		return -MPI_ERR_ARG;
	for (int i = 0; i < ndims; i++) {
		if (dims[i] <= 0)
			return -MPI_ERR_DIMS;
		size *= dims[i];
		if (size > ranks)
			return -MPI_ERR_DIMS;
	}
	return (int)size;
}

MPI_WEAK(Cart_create)
int
PMPI_Cart_create(MPI_Comm old_comm, int ndims, const int dims[],
    const int periods[], int reorder, MPI_Comm *comm_cart)
{
	struct comm *c;
	int err = comm_check(old_comm, "Cart_create", &c), size;

	(void)reorder;
	if (err)
		return err;
	if (c->remote)
		return err_raise(c, "Cart_create", MPI_ERR_COMM);
	size = cart_size(ndims, dims, c->size);
	if (comm_cart)
		*comm_cart = MPI_COMM_NULL;
	if (size < 0 || (ndims && !periods) || !comm_cart)
		return err_raise(c, "Cart_create",
		    size < 0 ? -size : MPI_ERR_ARG);
	err = comm_split(c, c->rank < size ? 0 : MPI_UNDEFINED, c->rank,
	    comm_cart);
	if (!err && *comm_cart != MPI_COMM_NULL)
		comm_of(*comm_cart)->topo = cart_new(ndims, dims, periods);
	return err_raise(c, "Cart_create", err);
}

/* No layout is better than another here. */
MPI_WEAK(Cart_map)
int
PMPI_Cart_map(MPI_Comm comm, int ndims, const int dims[], const int periods[],
    int *newrank)
{
	struct comm *c;
	int err = comm_check(comm, "Cart_map", &c), size;

	(void)periods;
	if (err)
		return err;
	size = cart_size(ndims, dims, c->size);
	if (size < 0)
		return err_raise(c, "Cart_map", -size);
	*newrank = c->rank < size ? c->rank : MPI_UNDEFINED;
	return MPI_SUCCESS;
}

MPI_WEAK(Cart_coords)
int
PMPI_Cart_coords(MPI_Comm comm, int rank, int maxdims, int coords[])
{
	struct comm *c;
	int err = cart_check("Cart_coords", comm, &c);

	if (err)
		return err;
	if (rank < 0 || rank >= c->size)
		return err_raise(c, "Cart_coords", MPI_ERR_RANK);
	if (maxdims < c->topo->dims || (maxdims && !coords))
		return err_raise(c, "Cart_coords", MPI_ERR_ARG);
	cart_coords_of(c->topo, rank, coords);
	return MPI_SUCCESS;
}

MPI_WEAK(Cart_rank)
int
PMPI_Cart_rank(MPI_Comm comm, const int coords[], int *rank)
{
	struct comm *c;
	int err = cart_check("Cart_rank", comm, &c);

	if (err)
		return err;
	*rank = cart_rank_of(c->topo, coords);
	return *rank == MPI_PROC_NULL ?
	    err_raise(c, "Cart_rank", MPI_ERR_ARG) : MPI_SUCCESS;
}

MPI_WEAK(Cart_shift)
int
PMPI_Cart_shift(MPI_Comm comm, int direction, int disp, int *rank_source,
    int *rank_dest)
{
	struct comm *c;
	int err = cart_check("Cart_shift", comm, &c);

	if (err)
		return err;
	if (direction < 0 || direction >= c->topo->dims)
		return err_raise(c, "Cart_shift", MPI_ERR_ARG);
	*rank_dest = topo_shift(c->topo, c->rank, direction, disp);
	*rank_source = topo_shift(c->topo, c->rank, direction, -disp);
	return MPI_SUCCESS;
}

MPI_WEAK(Cart_get)
int
PMPI_Cart_get(MPI_Comm comm, int maxdims, int dims[], int periods[],
    int coords[])
{
	struct comm *c;
	int err = cart_check("Cart_get", comm, &c), *all;

	if (err)
		return err;
	all = topo_list(c->topo->dims, NULL);
	cart_coords_of(c->topo, c->rank, all);
	for (int i = 0; i < MIN(maxdims, c->topo->dims); i++) {
		dims[i] = c->topo->dim[i];
		periods[i] = c->topo->periodic[i];
		coords[i] = all[i];
	}
	free(all);
	return MPI_SUCCESS;
}

MPI_WEAK(Cartdim_get)
int
PMPI_Cartdim_get(MPI_Comm comm, int *ndims)
{
	struct comm *c;
	int err = cart_check("Cartdim_get", comm, &c);

	if (!err)
		*ndims = c->topo->dims;
	return err;
}

MPI_WEAK(Cart_sub)
int
PMPI_Cart_sub(MPI_Comm comm, const int remain_dims[], MPI_Comm *new_comm)
{
	int color = 0, kept = 0, *dim, *periodic, *at;
	struct topo *t;
	struct comm *c;
	int err = cart_check("Cart_sub", comm, &c);

	if (err)
		return err;
	t = c->topo;
	dim = topo_list(t->dims, NULL);
	periodic = topo_list(t->dims, NULL);
	at = topo_list(t->dims, NULL);
	cart_coords_of(t, c->rank, at);
	for (int i = 0; i < t->dims; i++) {
		if (!remain_dims[i]) {
			color = color * t->dim[i] + at[i];
			continue;
		}
		dim[kept] = t->dim[i];
		periodic[kept++] = t->periodic[i];
	}
	/* Of no dimensions: one rank. */
	if (kept == 0 && c->rank)
		color = MPI_UNDEFINED;
	err = comm_split(c, color, c->rank, new_comm);
	if (!err && *new_comm != MPI_COMM_NULL)
		comm_of(*new_comm)->topo = cart_new(kept, dim, periodic);
	free(dim);
	free(periodic);
	free(at);
	return err_raise(c, "Cart_sub", err);
}

/*
 * n as a product of `dims` numbers that do not rise, the largest of them as
 * small as can be, then the next, and so on. `most`: the largest allowed.
 */
static bool
cart_balance(int n, int dims, int most, int *dim)
{
	if (dims == 1) {
		dim[0] = n;
		return n <= most;
	}
	for (int d = 1; d <= most && d <= n; d++) {
		i64 room = 1;

		for (int i = 0; i < dims && room < n; i++)
			room *= d;
		if (n % d || room < n)
			continue;
		dim[0] = d;
		if (cart_balance(n / d, dims - 1, d, dim + 1))
			return true;
	}
	return false;
}

MPI_WEAK(Dims_create)
int
PMPI_Dims_create(int nnodes, int ndims, int dims[])
{
	int left = nnodes, open = 0, *found;

	for (int i = 0; i < ndims; i++) {
		if (dims[i] < 0 || (dims[i] && left % dims[i]))
			return err_raise(NULL, "Dims_create", MPI_ERR_DIMS);
		if (dims[i])
			left /= dims[i];
		else
			open++;
	}
	if (nnodes < 1 || (!open && left != 1))
		return err_raise(NULL, "Dims_create", MPI_ERR_DIMS);
	if (!open)
		return MPI_SUCCESS;
	found = topo_list(open, NULL);
	cart_balance(left, open, left, found);
	for (int i = 0, k = 0; i < ndims; i++)
		if (!dims[i])
			dims[i] = found[k++];
	free(found);
	return MPI_SUCCESS;
}
