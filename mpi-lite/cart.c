/* cart.c - Cartesian topologies. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"

#include <stdlib.h>

/* Ranks count the last dimension fastest: MPI-3.1 §7.5.4. */

static struct cart *
cart_new(int dims, const int *dim, const int *periodic)
{
	struct cart *t = state_alloc(sizeof(*t));
	size_t bytes = (size_t)MAX(dims, 1) * sizeof(int);

	t->dims = dims;
	t->dim = state_alloc(bytes);
	t->periodic = state_alloc(bytes);
	t->coord = state_alloc(bytes);
	for (int i = 0; i < dims; i++) {
		t->dim[i] = dim[i];
		t->periodic[i] = periodic[i] != 0;
		t->coord[i] = 0;
	}
	return t;
}

void
cart_free(struct cart *t)
{
	if (!t)
		return;
	free(t->dim);
	free(t->periodic);
	free(t->coord);
	free(t);
}

struct cart *
cart_copy(const struct cart *t)
{
	struct cart *n;

	if (!t)
		return NULL;
	n = cart_new(t->dims, t->dim, t->periodic);
	for (int i = 0; i < t->dims; i++)
		n->coord[i] = t->coord[i];
	return n;
}

static void
cart_coords_of(const struct cart *t, int rank, int *coords)
{
	for (int i = t->dims - 1; i >= 0; i--) {
		coords[i] = rank % t->dim[i];
		rank /= t->dim[i];
	}
}

/* MPI_PROC_NULL beyond the edge of a dimension that is not periodic. */
static int
cart_rank_of(const struct cart *t, const int *coords)
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

	if (!err && !(*c)->cart)
		err = err_raise(*c, func, MPI_ERR_TOPOLOGY);
	return err;
}

static void
cart_put(MPI_Comm comm, struct cart *t)
{
	struct comm *n = comm_of(comm);

	n->cart = t;
	cart_coords_of(t, n->rank, t->coord);
}

MPI_WEAK(Cart_create)
int
PMPI_Cart_create(MPI_Comm old_comm, int ndims, const int dims[],
    const int periods[], int reorder, MPI_Comm *comm_cart)
{
	struct comm *c;
	i64 size = 1;
	int err = comm_check(old_comm, "Cart_create", &c);

	(void)reorder;
	if (err)
		return err;
	for (int i = 0; i < ndims; i++) {
		if (dims[i] <= 0)
			return err_raise(c, "Cart_create", MPI_ERR_DIMS);
		size *= dims[i];
		if (size > c->size)
			return err_raise(c, "Cart_create", MPI_ERR_DIMS);
	}
	err = PMPI_Comm_split(old_comm, c->rank < size ? 0 : MPI_UNDEFINED,
	    c->rank, comm_cart);
	if (!err && *comm_cart != MPI_COMM_NULL)
		cart_put(*comm_cart, cart_new(ndims, dims, periods));
	return err;
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
	if (maxdims < c->cart->dims)
		return err_raise(c, "Cart_coords", MPI_ERR_ARG);
	cart_coords_of(c->cart, rank, coords);
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
	*rank = cart_rank_of(c->cart, coords);
	return *rank == MPI_PROC_NULL ?
	    err_raise(c, "Cart_rank", MPI_ERR_ARG) : MPI_SUCCESS;
}

MPI_WEAK(Cart_shift)
int
PMPI_Cart_shift(MPI_Comm comm, int direction, int disp, int *rank_source,
    int *rank_dest)
{
	struct comm *c;
	struct cart *n;
	int err = cart_check("Cart_shift", comm, &c);

	if (err)
		return err;
	if (direction < 0 || direction >= c->cart->dims)
		return err_raise(c, "Cart_shift", MPI_ERR_ARG);
	n = cart_copy(c->cart);
	n->coord[direction] += disp;
	*rank_dest = cart_rank_of(n, n->coord);
	n->coord[direction] -= 2 * disp;
	*rank_source = cart_rank_of(n, n->coord);
	cart_free(n);
	return MPI_SUCCESS;
}

MPI_WEAK(Cart_get)
int
PMPI_Cart_get(MPI_Comm comm, int maxdims, int dims[], int periods[],
    int coords[])
{
	struct comm *c;
	int err = cart_check("Cart_get", comm, &c);

	if (err)
		return err;
	for (int i = 0; i < MIN(maxdims, c->cart->dims); i++) {
		dims[i] = c->cart->dim[i];
		periods[i] = c->cart->periodic[i];
		coords[i] = c->cart->coord[i];
	}
	return MPI_SUCCESS;
}

MPI_WEAK(Cartdim_get)
int
PMPI_Cartdim_get(MPI_Comm comm, int *ndims)
{
	struct comm *c;
	int err = cart_check("Cartdim_get", comm, &c);

	if (!err)
		*ndims = c->cart->dims;
	return err;
}

MPI_WEAK(Cart_sub)
int
PMPI_Cart_sub(MPI_Comm comm, const int remain_dims[], MPI_Comm *new_comm)
{
	int color = 0, kept = 0, *dim, *periodic;
	struct comm *c;
	int err = cart_check("Cart_sub", comm, &c);

	if (err)
		return err;
	dim = state_alloc((size_t)(c->cart->dims + 1) * sizeof(int));
	periodic = state_alloc((size_t)(c->cart->dims + 1) * sizeof(int));
	for (int i = 0; i < c->cart->dims; i++) {
		if (!remain_dims[i]) {
			color = color * c->cart->dim[i] + c->cart->coord[i];
			continue;
		}
		dim[kept] = c->cart->dim[i];
		periodic[kept++] = c->cart->periodic[i];
	}
	err = PMPI_Comm_split(comm, color, c->rank, new_comm);
	if (!err)
		cart_put(*new_comm, cart_new(kept, dim, periodic));
	free(dim);
	free(periodic);
	return err;
}

/* The largest prime factors first, each to the smallest dimension so far. */
static void
cart_balance(int left, int n, int *free_dim)
{
	int factor[32], factors = 0;

	for (int i = 0; i < n; i++)
		free_dim[i] = 1;
	for (int f = 2; left > 1; f++)
		for (; left % f == 0; left /= f)
			factor[factors++] = f;
	while (factors) {
		int least = 0;

		for (int i = 1; i < n; i++)
			if (free_dim[i] < free_dim[least])
				least = i;
		free_dim[least] *= factor[--factors];
	}
}

static int
cart_descending(const void *a, const void *b)
{
	return *(const int *)b - *(const int *)a;
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
	found = state_alloc((size_t)open * sizeof(int));
	cart_balance(left, open, found);
	qsort(found, (size_t)open, sizeof(int), cart_descending);
	for (int i = 0, k = 0; i < ndims; i++)
		if (!dims[i])
			dims[i] = found[k++];
	free(found);
	return MPI_SUCCESS;
}
