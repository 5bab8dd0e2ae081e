/* fortran_type.c - datatypes by size or by Fortran's precision and range. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/contents.h"
#include "mpi-lite/err.h"
#include "mpi-lite/make.h"

MPI_WEAK(Type_match_size)
int
PMPI_Type_match_size(int typeclass, int size, MPI_Datatype *type)
{
	MPI_Datatype t = MPI_DATATYPE_NULL;

	switch (typeclass) {
	case MPI_TYPECLASS_INTEGER:
		t = size == 1 ? MPI_INTEGER1 : size == 2 ? MPI_INTEGER2 :
		    size == 4 ? MPI_INTEGER4 : size == 8 ? MPI_INTEGER8 : t;
		break;
	case MPI_TYPECLASS_REAL:
		t = size == 4 ? MPI_REAL4 : size == 8 ? MPI_REAL8 :
		    size == 16 ? MPI_REAL16 : t;
		break;
	case MPI_TYPECLASS_COMPLEX:
		t = size == 8 ? MPI_COMPLEX8 : size == 16 ? MPI_COMPLEX16 :
		    size == 32 ? MPI_COMPLEX32 : t;
		break;
	}
	if (t == MPI_DATATYPE_NULL)
		return err_raise(NULL, "Type_match_size", MPI_ERR_ARG);
	*type = t;
	return MPI_SUCCESS;
}

/* A type that behaves as `like` and remembers what was asked for. It is
 * committed, and is not to be freed: MPI-3.1 §17.1.9. */
static int
fortran_type_make(const char *func, MPI_Datatype like, int combiner, int ints,
    int p, int r, MPI_Datatype *out)
{
	struct contents *c;
	struct type *t;

	if (like == MPI_DATATYPE_NULL)
		return err_raise(NULL, func, MPI_ERR_ARG);
	make_resized(type_of(like), 0, type_of(like)->extent, out);
	t = (struct type *)(void *)*out;
	t->committed = 1;
	t->elem = type_of(like)->elem;
	c = contents_new(*out, combiner, ints, 0, 0);
	contents_int(c, p);
	if (ints > 1)
		contents_int(c, r);
	return MPI_SUCCESS;
}

/* IEEE's formats: decimal digits and exponents that each has room for. */
static MPI_Datatype
fortran_type_real(int p, int r, MPI_Datatype f4, MPI_Datatype f8,
    MPI_Datatype f16)
{
	p = p == MPI_UNDEFINED ? 0 : p;
	r = r == MPI_UNDEFINED ? 0 : r;
	if (p <= 6 && r <= 37)
		return f4;
	if (p <= 15 && r <= 307)
		return f8;
	return p <= 33 && r <= 4931 ? f16 : MPI_DATATYPE_NULL;
}

MPI_WEAK(Type_create_f90_real)
int
PMPI_Type_create_f90_real(int p, int r, MPI_Datatype *newtype)
{
	return fortran_type_make("Type_create_f90_real", fortran_type_real(p,
	    r, MPI_REAL4, MPI_REAL8, MPI_REAL16), MPI_COMBINER_F90_REAL, 2, p,
	    r, newtype);
}

MPI_WEAK(Type_create_f90_complex)
int
PMPI_Type_create_f90_complex(int p, int r, MPI_Datatype *newtype)
{
	return fortran_type_make("Type_create_f90_complex",
	    fortran_type_real(p, r, MPI_COMPLEX8, MPI_COMPLEX16,
	    MPI_COMPLEX32), MPI_COMBINER_F90_COMPLEX, 2, p, r, newtype);
}

MPI_WEAK(Type_create_f90_integer)
int
PMPI_Type_create_f90_integer(int r, MPI_Datatype *newtype)
{
	MPI_Datatype t = r <= 2 ? MPI_INTEGER1 : r <= 4 ? MPI_INTEGER2 :
	    r <= 9 ? MPI_INTEGER4 : r <= 18 ? MPI_INTEGER8 :
	    MPI_DATATYPE_NULL;

	return fortran_type_make("Type_create_f90_integer", t,
	    MPI_COMBINER_F90_INTEGER, 1, r, 0, newtype);
}
