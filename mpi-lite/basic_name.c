/* basic_name.c - the predefined datatypes' names, which programs may change. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/basic.h"

#include <stdlib.h>

/*
 * Name by name: mpi.h, which declares these objects with types of its own, is
 * not included here.
 */
#define NAMES(X) \
	X(datatype_null, "MPI_DATATYPE_NULL") \
	X(lb, "MPI_LB") \
	X(ub, "MPI_UB") \
	X(byte, "MPI_BYTE") \
	X(packed, "MPI_PACKED") \
	X(char, "MPI_CHAR") \
	X(character, "MPI_CHARACTER") \
	X(signed_char, "MPI_SIGNED_CHAR") \
	X(unsigned_char, "MPI_UNSIGNED_CHAR") \
	X(short, "MPI_SHORT") \
	X(unsigned_short, "MPI_UNSIGNED_SHORT") \
	X(int, "MPI_INT") \
	X(unsigned, "MPI_UNSIGNED") \
	X(long, "MPI_LONG") \
	X(unsigned_long, "MPI_UNSIGNED_LONG") \
	X(long_long_int, "MPI_LONG_LONG_INT") \
	X(unsigned_long_long, "MPI_UNSIGNED_LONG_LONG") \
	X(int8_t, "MPI_INT8_T") \
	X(uint8_t, "MPI_UINT8_T") \
	X(int16_t, "MPI_INT16_T") \
	X(uint16_t, "MPI_UINT16_T") \
	X(int32_t, "MPI_INT32_T") \
	X(uint32_t, "MPI_UINT32_T") \
	X(int64_t, "MPI_INT64_T") \
	X(uint64_t, "MPI_UINT64_T") \
	X(aint, "MPI_AINT") \
	X(offset, "MPI_OFFSET") \
	X(count, "MPI_COUNT") \
	X(wchar, "MPI_WCHAR") \
	X(float, "MPI_FLOAT") \
	X(double, "MPI_DOUBLE") \
	X(long_double, "MPI_LONG_DOUBLE") \
	X(c_bool, "MPI_C_BOOL") \
	X(cxx_bool, "MPI_CXX_BOOL") \
	X(c_float_complex, "MPI_C_COMPLEX") \
	X(c_double_complex, "MPI_C_DOUBLE_COMPLEX") \
	X(c_long_double_complex, "MPI_C_LONG_DOUBLE_COMPLEX") \
	X(cxx_cplex, "MPI_CXX_FLOAT_COMPLEX") \
	X(cxx_dblcplex, "MPI_CXX_DOUBLE_COMPLEX") \
	X(cxx_ldblcplex, "MPI_CXX_LONG_DOUBLE_COMPLEX") \
	X(logical, "MPI_LOGICAL") \
	X(logical1, "MPI_LOGICAL1") \
	X(logical2, "MPI_LOGICAL2") \
	X(logical4, "MPI_LOGICAL4") \
	X(logical8, "MPI_LOGICAL8") \
	X(integer, "MPI_INTEGER") \
	X(integer1, "MPI_INTEGER1") \
	X(integer2, "MPI_INTEGER2") \
	X(integer4, "MPI_INTEGER4") \
	X(integer8, "MPI_INTEGER8") \
	X(integer16, "MPI_INTEGER16") \
	X(real, "MPI_REAL") \
	X(real2, "MPI_REAL2") \
	X(real4, "MPI_REAL4") \
	X(real8, "MPI_REAL8") \
	X(real16, "MPI_REAL16") \
	X(dblprec, "MPI_DOUBLE_PRECISION") \
	X(cplex, "MPI_COMPLEX") \
	X(complex4, "MPI_COMPLEX4") \
	X(complex8, "MPI_COMPLEX8") \
	X(complex16, "MPI_COMPLEX16") \
	X(complex32, "MPI_COMPLEX32") \
	X(dblcplex, "MPI_DOUBLE_COMPLEX") \
	X(ldblcplex, "MPI_C_LONG_DOUBLE_COMPLEX") \
	X(float_int, "MPI_FLOAT_INT") \
	X(double_int, "MPI_DOUBLE_INT") \
	X(long_int, "MPI_LONG_INT") \
	X(short_int, "MPI_SHORT_INT") \
	X(longdbl_int, "MPI_LONG_DOUBLE_INT") \
	X(2int, "MPI_2INT") \
	X(2integer, "MPI_2INTEGER") \
	X(2real, "MPI_2REAL") \
	X(2dblprec, "MPI_2DOUBLE_PRECISION") \
	X(2cplex, "MPI_2COMPLEX") \
	X(2dblcplex, "MPI_2DOUBLE_COMPLEX")

#define DECLARE(object, text) extern const struct type ompi_mpi_##object;
#define COMPARE(object, text) \
	if (t == &ompi_mpi_##object) \
		return text;

NAMES(DECLARE)

/* A name that the program gave. */
struct renamed {
	struct list link;
	const struct type *type;
	char *name;
};

void
basic_rename(struct list *renamed, const struct type *t, char *name)
{
	struct renamed *r = malloc(sizeof(*r));

	if (!r) {
		free(name);
		return;
	}
	r->type = t;
	r->name = name;
	/* In front: the last one counts. */
	list_put(renamed->next, &r->link);
}

const char *
basic_name(struct list *renamed, const struct type *t)
{
	struct list *it, *next;

	LIST_EACH(it, next, renamed) {
		struct renamed *r = CONTAINER_OF(it, struct renamed, link);

		if (r->type == t)
			return r->name;
	}
	NAMES(COMPARE)
	return NULL;
}

/* Attributes that the program hung on it. */
struct attributed {
	struct list link, attrs;
	const struct type *type;
};

struct list *
basic_attrs(struct list *all, const struct type *t)
{
	struct list *it, *next;
	struct attributed *a;

	LIST_EACH(it, next, all) {
		a = CONTAINER_OF(it, struct attributed, link);
		if (a->type == t)
			return &a->attrs;
	}
	a = malloc(sizeof(*a));
	if (!a)
		return NULL;
	a->type = t;
	list_init(&a->attrs);
	list_put(all, &a->link);
	return &a->attrs;
}
