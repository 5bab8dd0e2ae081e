/* make.c - constructors of derived datatypes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/make.h"

#include "mpi-lite/contents.h"
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/type.h"

#include <string.h>

/* -- bounds ---------------------------------------------------------------- */

struct make_bounds {
	i64 lb, ub, true_lb, true_ub;
	bool any;
};

/* n children from disp on widen the bounds. */
static void
make_widen(struct make_bounds *b, const struct type *c, i64 disp, i64 n)
{
	i64 last = disp + (n - 1) * c->extent;
	i64 low = MIN(disp, last), high = MAX(disp, last);

	if (n <= 0)
		return;
	if (!b->any) {
		b->lb = b->true_lb = INT64_MAX;
		b->ub = b->true_ub = INT64_MIN;
		b->any = true;
	}
	b->lb = MIN(b->lb, low + c->lb);
	b->ub = MAX(b->ub, high + c->lb + c->extent);
	b->true_lb = MIN(b->true_lb, low + c->true_lb);
	b->true_ub = MAX(b->true_ub, high + c->true_lb + c->true_extent);
}

static struct type *
make_new(enum type_node node)
{
	struct type *t = state_zalloc(sizeof(*t));

	t->tag = (struct tag){ TAG_TYPE, TAG_MADE };
	t->elem = ELEM_NONE;
	t->node = (u8)node;
	t->refs = 1;
	list_init(&t->attrs);
	return t;
}

static void
make_finish(struct type *t, const struct make_bounds *b, MPI_Datatype *out)
{
	t->lb = b->lb;
	t->extent = b->ub - b->lb;
	t->true_lb = b->true_lb;
	t->true_extent = b->true_ub - b->true_lb;
	*out = (MPI_Datatype)(void *)t;
}

/* -- vectors --------------------------------------------------------------- */

int
make_vector(i64 count, i64 len, i64 stride, const struct type *c,
    MPI_Datatype *out)
{
	struct make_bounds b = { 0 };
	struct type *t;

	if (!c)
		return MPI_ERR_TYPE;
	if (count < 0 || len < 0)
		return MPI_ERR_ARG;
	if (!out)
		return MPI_ERR_ARG;
	t = make_new(TYPE_VECTOR);
	t->count = count;
	t->len = len;
	t->stride = stride;
	t->child = c;
	type_hold(c);
	t->size = count * len * c->size;
	t->elems = count * len * c->elems;
	if (count > 0) {
		make_widen(&b, c, 0, len);
		make_widen(&b, c, (count - 1) * t->stride, len);
	}
	t->plain = c->plain && c->lb == 0 &&
	    (count <= 1 || t->stride == len * c->extent);
	make_finish(t, &b, out);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_contiguous)
int
PMPI_Type_contiguous(int count, MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_vector(1, count, 0, type_of(oldtype), newtype);

	if (err)
		return err_raise(NULL, "Type_contiguous", err);
	k = contents_new(*newtype, MPI_COMBINER_CONTIGUOUS, 1, 0, 1);
	contents_int(k, count);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_vector)
int
PMPI_Type_vector(int count, int blocklength, int stride, MPI_Datatype oldtype,
    MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	struct contents *k;
	int err = make_vector(count, blocklength,
	    stride * (c ? c->extent : 0), c, newtype);

	if (err)
		return err_raise(NULL, "Type_vector", err);
	k = contents_new(*newtype, MPI_COMBINER_VECTOR, 3, 0, 1);
	contents_int(k, count);
	contents_int(k, blocklength);
	contents_int(k, stride);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_hvector)
int
PMPI_Type_create_hvector(int count, int blocklength, MPI_Aint stride,
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_vector(count, blocklength, stride, type_of(oldtype),
	    newtype);

	if (err)
		return err_raise(NULL, "Type_create_hvector", err);
	k = contents_new(*newtype, MPI_COMBINER_HVECTOR, 2, 1, 1);
	contents_int(k, count);
	contents_int(k, blocklength);
	contents_addr(k, stride);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

/* -- blocks ---------------------------------------------------------------- */

/* A type of `count` blocks that the caller fills in. */
static struct type *
make_blocks(i64 count)
{
	struct type *t = make_new(TYPE_BLOCKS);

	t->count = count;
	t->block = state_alloc((size_t)count * sizeof(*t->block));
	return t;
}

static void
make_blocks_finish(struct type *t, MPI_Datatype *out)
{
	struct make_bounds b = { 0 };
	bool plain = true;

	for (i64 i = 0; i < t->count; i++) {
		const struct type_block *k = &t->block[i];

		type_hold(k->child);
		if (k->child->elems || k->child->extent)
			make_widen(&b, k->child, k->disp, k->len);
		plain = plain && k->child->plain && k->child->lb == 0 &&
		    (k->disp == t->size || k->len == 0);
		t->size += k->len * k->child->size;
		t->elems += k->len * k->child->elems;
	}
	make_finish(t, &b, out);
	t->plain = plain && t->lb == 0 && t->extent == t->size;
}

/*
 * `lens` NULL: all blocks have `len` items. Displacements are in items
 * (`disps`) or bytes (`addrs`).
 */
static int
make_indexed(int count, int len, const int *lens, const int *disps,
    const MPI_Aint *addrs, const struct type *c, MPI_Datatype *out)
{
	struct type *t;

	if (!c)
		return MPI_ERR_TYPE;
	if (count < 0 || !out || (count && !disps && !addrs))
		return MPI_ERR_ARG;
	for (int i = 0; i < count; i++)
		if ((lens ? lens[i] : len) < 0)
			return MPI_ERR_ARG;
	t = make_blocks(count);
	for (int i = 0; i < count; i++)
		t->block[i] = (struct type_block){ disps ?
			disps[i] * c->extent : addrs[i],
			lens ? lens[i] : len, c };
	make_blocks_finish(t, out);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_indexed)
int
PMPI_Type_indexed(int count, const int lens[], const int disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_indexed(count, 0, lens, disps, NULL, type_of(oldtype),
	    newtype);

	if (err)
		return err_raise(NULL, "Type_indexed", err);
	k = contents_new(*newtype, MPI_COMBINER_INDEXED, 2 * count + 1, 0, 1);
	contents_int(k, count);
	contents_ints(k, count, lens);
	contents_ints(k, count, disps);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_hindexed)
int
PMPI_Type_create_hindexed(int count, const int lens[], const MPI_Aint disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_indexed(count, 0, lens, NULL, disps, type_of(oldtype),
	    newtype);

	if (err)
		return err_raise(NULL, "Type_create_hindexed", err);
	k = contents_new(*newtype, MPI_COMBINER_HINDEXED, count + 1, count, 1);
	contents_int(k, count);
	contents_ints(k, count, lens);
	contents_addrs(k, count, disps);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_indexed_block)
int
PMPI_Type_create_indexed_block(int count, int len, const int disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_indexed(count, len, NULL, disps, NULL,
	    type_of(oldtype), newtype);

	if (err)
		return err_raise(NULL, "Type_create_indexed_block", err);
	k = contents_new(*newtype, MPI_COMBINER_INDEXED_BLOCK, count + 2, 0,
	    1);
	contents_int(k, count);
	contents_int(k, len);
	contents_ints(k, count, disps);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_hindexed_block)
int
PMPI_Type_create_hindexed_block(int count, int len, const MPI_Aint disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_indexed(count, len, NULL, NULL, disps,
	    type_of(oldtype), newtype);

	if (err)
		return err_raise(NULL, "Type_create_hindexed_block", err);
	k = contents_new(*newtype, MPI_COMBINER_HINDEXED_BLOCK, 2, count, 1);
	contents_int(k, count);
	contents_int(k, len);
	contents_addrs(k, count, disps);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}

/* As C aligns a basic type: complex numbers and pairs by their parts. */
static i64
make_align(const struct type *t)
{
	switch (t->elem) {
	case ELEM_C32:
	case ELEM_FLOAT_INT:
	case ELEM_SHORT_INT:
	case ELEM_2I32:
	case ELEM_2F32:
	case ELEM_2C32:
		return 4;
	case ELEM_C64:
	case ELEM_DOUBLE_INT:
	case ELEM_LONG_INT:
	case ELEM_2F64:
	case ELEM_2C64:
		return 8;
	default:
		return MIN(t->extent, (i64)16);
	}
}

/* The extent is padded to the strictest alignment, as a C compiler pads. */
static void
make_pad(struct type *t)
{
	i64 align = 1;

	for (i64 i = 0; i < t->count; i++) {
		const struct type *leaf = t->block[i].child;

		while (leaf->node == TYPE_VECTOR)
			leaf = leaf->child;
		if (leaf->node == TYPE_BASIC && t->block[i].len)
			align = MAX(align, make_align(leaf));
	}
	if ((align & (align - 1)) == 0 && t->extent % align) {
		t->extent = ALIGN_UP(t->extent, align);
		t->plain = 0;
	}
}

MPI_WEAK(Type_create_struct)
int
PMPI_Type_create_struct(int count, const int lens[], const MPI_Aint disps[],
    const MPI_Datatype types[], MPI_Datatype *newtype)
{
	struct contents *k;
	struct type *t;

	if (count < 0)
		return err_raise(NULL, "Type_create_struct", MPI_ERR_COUNT);
	for (int i = 0; i < count; i++)
		if (lens[i] < 0)
			return err_raise(NULL, "Type_create_struct",
			    MPI_ERR_ARG);
	for (int i = 0; i < count; i++)
		if (!type_of(types[i]))
			return err_raise(NULL, "Type_create_struct",
			    MPI_ERR_TYPE);
	t = make_blocks(count);
	for (int i = 0; i < count; i++)
		t->block[i] = (struct type_block){ disps[i], lens[i],
			type_of(types[i]) };
	make_blocks_finish(t, newtype);
	make_pad(t);
	k = contents_new(*newtype, MPI_COMBINER_STRUCT, count + 1, count,
	    count);
	contents_int(k, count);
	contents_ints(k, count, lens);
	contents_addrs(k, count, disps);
	for (int i = 0; i < count; i++)
		contents_type(k, types[i]);
	return MPI_SUCCESS;
}

/* -- other bounds ---------------------------------------------------------- */

int
make_resized(const struct type *c, i64 lb, i64 extent, MPI_Datatype *out)
{
	struct type *t;

	if (!c)
		return MPI_ERR_TYPE;
	t = make_new(TYPE_RESIZED);
	t->child = c;
	type_hold(c);
	t->size = c->size;
	t->elems = c->elems;
	t->lb = lb;
	t->extent = extent;
	t->true_lb = c->true_lb;
	t->true_extent = c->true_extent;
	t->plain = c->plain && lb == 0 && extent == c->size;
	*out = (MPI_Datatype)(void *)t;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_resized)
int
PMPI_Type_create_resized(MPI_Datatype oldtype, MPI_Aint lb, MPI_Aint extent,
    MPI_Datatype *newtype)
{
	struct contents *k;
	int err = make_resized(type_of(oldtype), lb, extent, newtype);

	if (err)
		return err_raise(NULL, "Type_create_resized", err);
	k = contents_new(*newtype, MPI_COMBINER_RESIZED, 0, 2, 1);
	contents_addr(k, lb);
	contents_addr(k, extent);
	contents_type(k, oldtype);
	return MPI_SUCCESS;
}
