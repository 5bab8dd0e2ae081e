/* array.c - datatypes of parts of arrays: subarray and darray. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/contents.h"
#include "mpi-lite/err.h"
#include "mpi-lite/make.h"
#include "mpi-lite/state.h"

#include <stdlib.h>

/*
 * Both are built dimension by dimension from the one that varies fastest on:
 * a vector of what was built so far, at the distance of a whole row of it.
 * The place of the part in memory is a block's displacement in the end, and
 * the extent is that of the whole array: MPI-3.1 §4.1.3, §4.1.4.
 */

/* Replaces *type, dropping what it was. */
static void
array_step(MPI_Datatype *type, MPI_Datatype next)
{
	type_drop(type_of(*type));
	*type = next;
}

/* `type` moved by disp bytes, with the bounds of the whole. */
static void
array_place(MPI_Datatype *type, i64 disp, i64 extent)
{
	MPI_Aint at = disp;
	int one = 1;
	MPI_Datatype next;

	PMPI_Type_create_hindexed(one, &one, &at, *type, &next);
	array_step(type, next);
	make_resized(type_of(*type), 0, extent, &next);
	array_step(type, next);
}

/* The dimension that comes k-th from the fastest. */
static int
array_dim(int order, int ndims, int k)
{
	return order == MPI_ORDER_C ? ndims - 1 - k : k;
}

static int
subarray_check(int ndims, const int sizes[], const int subsizes[],
    const int starts[], int order, const struct type *t)
{
	if (!t)
		return MPI_ERR_TYPE;
	if (ndims < 1 || (order != MPI_ORDER_C && order != MPI_ORDER_FORTRAN))
		return MPI_ERR_ARG;
	for (int i = 0; i < ndims; i++)
		if (sizes[i] < 1 || subsizes[i] < 1 ||
		    subsizes[i] > sizes[i] || starts[i] < 0 ||
		    starts[i] > sizes[i] - subsizes[i])
			return MPI_ERR_ARG;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_subarray)
int
PMPI_Type_create_subarray(int ndims, const int sizes[], const int subsizes[],
    const int starts[], int order, MPI_Datatype oldtype,
    MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	int err = subarray_check(ndims, sizes, subsizes, starts, order, c);
	MPI_Datatype t = oldtype, next;
	i64 row, disp = 0;
	struct contents *k;

	if (err)
		return err_raise(NULL, "Type_create_subarray", err);
	type_hold(c);
	row = c->extent;
	for (int n = 0; n < ndims; n++) {
		int d = array_dim(order, ndims, n);

		make_vector(subsizes[d], 1, row, type_of(t), &next);
		array_step(&t, next);
		disp += starts[d] * row;
		row *= sizes[d];
	}
	array_place(&t, disp, row);
	k = contents_new(t, MPI_COMBINER_SUBARRAY, 3 * ndims + 2, 0, 1);
	contents_int(k, ndims);
	contents_ints(k, ndims, sizes);
	contents_ints(k, ndims, subsizes);
	contents_ints(k, ndims, starts);
	contents_int(k, order);
	contents_type(k, oldtype);
	*newtype = t;
	return MPI_SUCCESS;
}

/* -- darray ---------------------------------------------------------------- */

/*
 * One dimension of `size` items over `procs` processes in blocks of `block`,
 * for process `at`: whole blocks as a vector, and what is left behind them.
 * Returns where its first item is.
 */
static i64
darray_cyclic(MPI_Datatype *type, i64 size, int block, int procs, int at,
    i64 row)
{
	i64 first = (i64)block * at, round = (i64)block * procs;
	i64 whole, rest, left;
	MPI_Datatype next, parts[2];
	MPI_Aint disps[2];
	int lens[2] = { 1, 1 };

	left = size > first ? size - first : 0;
	whole = left / round;
	rest = MIN(left - whole * round, (i64)block);
	if (rest == block) {
		whole++;
		rest = 0;
	}
	/* A block's items are a row apart, not an extent. */
	make_vector(block, 1, row, type_of(*type), &parts[0]);
	make_vector(whole, 1, round * row, type_of(parts[0]), &next);
	array_step(&parts[0], next);
	make_vector(rest, 1, row, type_of(*type), &parts[1]);
	disps[0] = 0;
	disps[1] = whole * round * row;
	PMPI_Type_create_struct(2, lens, disps, parts, &next);
	type_drop(type_of(parts[0]));
	type_drop(type_of(parts[1]));
	array_step(type, next);
	return left ? first : 0;
}

/* The block of a dimension; 0: the arguments do not fit. */
static int
darray_block(int size, int distrib, int darg, int procs)
{
	if (distrib == MPI_DISTRIBUTE_NONE)
		return procs == 1 ? size : 0;
	if (distrib == MPI_DISTRIBUTE_BLOCK)
		return darg == MPI_DISTRIBUTE_DFLT_DARG ?
		    (size + procs - 1) / procs :
		    darg > 0 && (i64)darg * procs >= size ? darg : 0;
	if (distrib == MPI_DISTRIBUTE_CYCLIC)
		return darg == MPI_DISTRIBUTE_DFLT_DARG ? 1 :
		    darg > 0 ? darg : 0;
	return 0;
}

static int
darray_check(int size, int rank, int ndims, const int gsizes[],
    const int distribs[], const int dargs[], const int psizes[], int order,
    const struct type *t)
{
	i64 procs = 1;

	if (!t)
		return MPI_ERR_TYPE;
	if (ndims < 1 || size < 1 || rank < 0 || rank >= size ||
	    (order != MPI_ORDER_C && order != MPI_ORDER_FORTRAN))
		return MPI_ERR_ARG;
	for (int i = 0; i < ndims; i++) {
		if (gsizes[i] < 1 || psizes[i] < 1 ||
		    !darray_block(gsizes[i], distribs[i], dargs[i], psizes[i]))
			return MPI_ERR_ARG;
		procs *= psizes[i];
	}
	return procs == size ? MPI_SUCCESS : MPI_ERR_ARG;
}

/* Processes count in C's order, whatever the array's is. */
static int
darray_coord(int rank, int ndims, const int psizes[], int d)
{
	for (int i = ndims - 1; i > d; i--)
		rank /= psizes[i];
	return rank % psizes[d];
}

MPI_WEAK(Type_create_darray)
int
PMPI_Type_create_darray(int size, int rank, int ndims, const int gsizes[],
    const int distribs[], const int dargs[], const int psizes[], int order,
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	int err = darray_check(size, rank, ndims, gsizes, distribs, dargs,
	    psizes, order, c);
	MPI_Datatype t = oldtype;
	i64 row, disp = 0;
	struct contents *k;

	if (err)
		return err_raise(NULL, "Type_create_darray", err);
	type_hold(c);
	row = c->extent;
	for (int n = 0; n < ndims; n++) {
		int d = array_dim(order, ndims, n);

		disp += row * darray_cyclic(&t, gsizes[d], darray_block(
		    gsizes[d], distribs[d], dargs[d], psizes[d]), psizes[d],
		    darray_coord(rank, ndims, psizes, d), row);
		row *= gsizes[d];
	}
	array_place(&t, disp, row);
	k = contents_new(t, MPI_COMBINER_DARRAY, 4 * ndims + 4, 0, 1);
	contents_int(k, size);
	contents_int(k, rank);
	contents_int(k, ndims);
	contents_ints(k, ndims, gsizes);
	contents_ints(k, ndims, distribs);
	contents_ints(k, ndims, dargs);
	contents_ints(k, ndims, psizes);
	contents_int(k, order);
	contents_type(k, oldtype);
	*newtype = t;
	return MPI_SUCCESS;
}
