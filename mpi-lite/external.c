/* external.c - external32: big-endian, with sizes that MPI fixes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/type.h"

#include <stdlib.h>
#include <string.h>

/*
 * MPI-3.1 §13.5.2. Only C's long, its unsigned twin and long double differ in
 * size from x86-64's; a long double's value is kept as IEEE binary128.
 * Elements are taken from, or put into, a stream that type_pack or
 * type_unpack makes, so holes are gone already.
 */

/* One basic value: how many bytes it has here and there. */
struct external_value {
	u8 here, there;
	enum { EXT_INT, EXT_UINT, EXT_SWAP, EXT_LDBL } how;
};

/* The values that one basic item consists of: at most two. */
static int
external_values(const struct type *t, struct external_value v[2])
{
	u8 first = (u8)type_first(t), second = (u8)(t->size - first);

	v[0] = (struct external_value){ first, first, EXT_SWAP };
	v[1] = (struct external_value){ second, second, EXT_SWAP };
	switch (t->elem) {
	case ELEM_F80:
		v[0].how = EXT_LDBL;
		return 1;
	case ELEM_LDBL_INT:
		v[0].how = EXT_LDBL;
		return 2;
	case ELEM_C80:
		v[0] = v[1] = (struct external_value){ 16, 16, EXT_LDBL };
		return 2;
	case ELEM_C32:
	case ELEM_C64:
	case ELEM_C128:
		v[0].here = v[0].there = (u8)(t->size / 2);
		v[1] = v[0];
		return 2;
	case ELEM_LONG_INT:
		v[0] = (struct external_value){ 8, 4, EXT_INT };
		return 2;
	case ELEM_2I32:
	case ELEM_2F32:
	case ELEM_2F64:
	case ELEM_FLOAT_INT:
	case ELEM_DOUBLE_INT:
	case ELEM_SHORT_INT:
		return 2;
	default:
		if (t == type_of(MPI_LONG))
			v[0] = (struct external_value){ 8, 4, EXT_INT };
		if (t == type_of(MPI_UNSIGNED_LONG))
			v[0] = (struct external_value){ 8, 4, EXT_UINT };
		return 1;
	}
}

static void
external_swap(u8 *to, const u8 *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = from[n - 1 - i];
}

static void
external_out(const struct external_value *v, u8 *to, const u8 *from)
{
	__float128 wide;
	long double x;

	if (v->how == EXT_LDBL) {
		memcpy(&x, from, sizeof(x));
		wide = x;
		external_swap(to, (const u8 *)&wide, v->there);
		return;
	}
	external_swap(to, from, v->there);
}

static void
external_in(const struct external_value *v, u8 *to, const u8 *from)
{
	__float128 wide;
	long double x;

	if (v->how == EXT_LDBL) {
		external_swap((u8 *)&wide, from, v->there);
		x = (long double)wide;
		memset(to, 0, v->here);
		memcpy(to, &x, 10);
		return;
	}
	external_swap(to, from, v->there);
	/* The sign, or zeros, in front of a shorter integer. */
	if (v->here > v->there)
		memset(to + v->there, v->how == EXT_INT &&
		    (to[v->there - 1] & 0x80) ? 0xff : 0, (size_t)(v->here -
		    v->there));
}

/* -- walk ------------------------------------------------------------------ */

struct external_walk {
	u8 *here, *there;      /* NULL there: only count */
	u64 bytes;
	bool out;
};

static void external_type(struct external_walk *w, const struct type *t,
    i64 count);

static void
external_basic(struct external_walk *w, const struct type *t)
{
	struct external_value v[2];
	int n = external_values(t, v);

	for (int i = 0; i < n; i++) {
		if (w->there && w->out)
			external_out(&v[i], w->there, w->here);
		else if (w->there)
			external_in(&v[i], w->here, w->there);
		if (w->there) {
			w->here += v[i].here;
			w->there += v[i].there;
		}
		w->bytes += v[i].there;
	}
}

static void
external_one(struct external_walk *w, const struct type *t)
{
	switch (t->node) {
	case TYPE_BASIC:
		external_basic(w, t);
		break;
	case TYPE_VECTOR:
		for (i64 i = 0; i < t->count; i++)
			external_type(w, t->child, t->len);
		break;
	case TYPE_BLOCKS:
		for (i64 i = 0; i < t->count; i++)
			external_type(w, t->block[i].child, t->block[i].len);
		break;
	default:
		external_type(w, t->child, 1);
		break;
	}
}

static void
external_type(struct external_walk *w, const struct type *t, i64 count)
{
	u64 before = w->bytes;

	if (count <= 0)
		return;
	if (!w->there) {
		external_one(w, t);
		w->bytes = before + (w->bytes - before) * (u64)count;
		return;
	}
	for (i64 i = 0; i < count; i++)
		external_one(w, t);
}

static u64
external_size(const struct type *t, i64 count)
{
	struct external_walk w = { NULL, NULL, 0, true };

	external_type(&w, t, count);
	return w.bytes;
}

static int
external_check(const char *func, const char *datarep, int count,
    MPI_Datatype type, const struct type **t)
{
	*t = type_of(type);
	if (strcmp(datarep, "external32"))
		return err_raise(NULL, func, MPI_ERR_UNSUPPORTED_DATAREP);
	if (count < 0)
		return err_raise(NULL, func, MPI_ERR_COUNT);
	return *t ? MPI_SUCCESS : err_raise(NULL, func, MPI_ERR_TYPE);
}

MPI_WEAK(Pack_external_size)
int
PMPI_Pack_external_size(const char datarep[], int incount,
    MPI_Datatype datatype, MPI_Aint *size)
{
	const struct type *t;
	int err = external_check("Pack_external_size", datarep, incount,
	    datatype, &t);

	if (!err)
		*size = (MPI_Aint)external_size(t, incount);
	return err;
}

MPI_WEAK(Pack_external)
int
PMPI_Pack_external(const char datarep[], const void *inbuf, int incount,
    MPI_Datatype datatype, void *outbuf, MPI_Aint outsize,
    MPI_Aint *position)
{
	struct external_walk w = { .out = true };
	const struct type *t;
	u8 *stream;
	int err = external_check("Pack_external", datarep, incount, datatype,
	    &t);

	if (err)
		return err;
	if ((i64)external_size(t, incount) > outsize - *position)
		return err_raise(NULL, "Pack_external", MPI_ERR_TRUNCATE);
	stream = state_alloc((size_t)(t->size * incount));
	type_pack(t, incount, inbuf, stream, (u64)(t->size * incount));
	w.here = stream;
	w.there = (u8 *)outbuf + *position;
	external_type(&w, t, incount);
	free(stream);
	*position += (MPI_Aint)w.bytes;
	return MPI_SUCCESS;
}

MPI_WEAK(Unpack_external)
int
PMPI_Unpack_external(const char datarep[], const void *inbuf, MPI_Aint insize,
    MPI_Aint *position, void *outbuf, int outcount, MPI_Datatype datatype)
{
	struct external_walk w = { .out = false };
	const struct type *t;
	u8 *stream;
	int err = external_check("Unpack_external", datarep, outcount,
	    datatype, &t);

	if (err)
		return err;
	if ((i64)external_size(t, outcount) > insize - *position)
		return err_raise(NULL, "Unpack_external", MPI_ERR_TRUNCATE);
	stream = state_alloc((size_t)(t->size * outcount));
	w.here = stream;
	w.there = (u8 *)(uintptr_t)inbuf + *position;
	external_type(&w, t, outcount);
	type_unpack(t, outcount, outbuf, stream, (u64)(t->size * outcount));
	free(stream);
	*position += (MPI_Aint)w.bytes;
	return MPI_SUCCESS;
}
