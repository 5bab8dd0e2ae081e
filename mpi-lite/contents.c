/* contents.c - how a program made a datatype: envelope and contents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/contents.h"

#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>

struct contents *
contents_new(MPI_Datatype made, int combiner, int ints, int addrs, int types)
{
	struct type *t = (struct type *)(void *)made;
	struct contents *c = state_zalloc(sizeof(*c));

	c->combiner = combiner;
	c->i = state_alloc((size_t)ints * sizeof(*c->i));
	c->a = state_alloc((size_t)addrs * sizeof(*c->a));
	c->t = state_alloc((size_t)types * sizeof(*c->t));
	contents_free(t->made);
	t->made = c;
	return c;
}

void
contents_int(struct contents *c, int value)
{
	c->i[c->ints++] = value;
}

void
contents_ints(struct contents *c, int n, const int *values)
{
	for (int k = 0; k < n; k++)
		contents_int(c, values[k]);
}

void
contents_addr(struct contents *c, MPI_Aint value)
{
	c->a[c->addrs++] = value;
}

void
contents_addrs(struct contents *c, int n, const MPI_Aint *values)
{
	for (int k = 0; k < n; k++)
		contents_addr(c, values[k]);
}

void
contents_type(struct contents *c, MPI_Datatype type)
{
	type_hold(type_of(type));
	c->t[c->types++] = type_of(type);
}

void
contents_free(struct contents *c)
{
	if (!c)
		return;
	for (int k = 0; k < c->types; k++)
		type_drop(c->t[k]);
	free(c->i);
	free(c->a);
	free(c->t);
	free(c);
}

MPI_WEAK(Type_get_envelope)
int
PMPI_Type_get_envelope(MPI_Datatype type, int *num_integers,
    int *num_addresses, int *num_datatypes, int *combiner)
{
	const struct type *t = type_of(type);

	if (!t)
		return err_raise(NULL, "Type_get_envelope", MPI_ERR_TYPE);
	*num_integers = t->made ? t->made->ints : 0;
	*num_addresses = t->made ? t->made->addrs : 0;
	*num_datatypes = t->made ? t->made->types : 0;
	*combiner = t->made ? t->made->combiner : MPI_COMBINER_NAMED;
	return MPI_SUCCESS;
}

/* Each derived type in the answer is the program's to free. */
MPI_WEAK(Type_get_contents)
int
PMPI_Type_get_contents(MPI_Datatype mtype, int max_integers, int max_addresses,
    int max_datatypes, int integers[], MPI_Aint addresses[],
    MPI_Datatype datatypes[])
{
	const struct type *t = type_of(mtype);
	const struct contents *c;

	if (!t || !t->made || t->made->combiner == MPI_COMBINER_NAMED)
		return err_raise(NULL, "Type_get_contents", MPI_ERR_TYPE);
	c = t->made;
	if (max_integers < c->ints || max_addresses < c->addrs ||
	    max_datatypes < c->types)
		return err_raise(NULL, "Type_get_contents", MPI_ERR_ARG);
	for (int k = 0; k < c->ints; k++)
		integers[k] = c->i[k];
	for (int k = 0; k < c->addrs; k++)
		addresses[k] = c->a[k];
	for (int k = 0; k < c->types; k++) {
		type_hold(c->t[k]);
		datatypes[k] = (MPI_Datatype)(uintptr_t)c->t[k];
	}
	return MPI_SUCCESS;
}
