/* make.c - constructors of derived datatypes, and questions about them. */
/* SPDX-License-Identifier: BSD-3-Clause */
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
	struct type *t = state_alloc(sizeof(*t));

	memset(t, 0, sizeof(*t));
	t->tag = (struct tag){ TAG_TYPE, TAG_MADE };
	t->elem = ELEM_NONE;
	t->node = (u8)node;
	t->refs = 1;
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

static int
make_vector(const char *func, i64 count, i64 len, i64 stride,
    MPI_Datatype oldtype, bool in_bytes, MPI_Datatype *out)
{
	const struct type *c = type_of(oldtype);
	struct make_bounds b = { 0 };
	struct type *t;

	if (!c)
		return err_raise(NULL, func, MPI_ERR_TYPE);
	if (count < 0 || len < 0)
		return err_raise(NULL, func, MPI_ERR_COUNT);
	t = make_new(TYPE_VECTOR);
	t->count = count;
	t->len = len;
	t->stride = in_bytes ? stride : stride * c->extent;
	t->child = c;
	type_hold(c);
	t->size = count * len * c->size;
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
	return make_vector("Type_contiguous", 1, count, 0, oldtype, true,
	    newtype);
}

MPI_WEAK(Type_vector)
int
PMPI_Type_vector(int count, int blocklength, int stride, MPI_Datatype oldtype,
    MPI_Datatype *newtype)
{
	return make_vector("Type_vector", count, blocklength, stride, oldtype,
	    false, newtype);
}

MPI_WEAK(Type_create_hvector)
int
PMPI_Type_create_hvector(int count, int blocklength, MPI_Aint stride,
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	return make_vector("Type_create_hvector", count, blocklength, stride,
	    oldtype, true, newtype);
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

static int
make_blocks_finish(struct type *t, MPI_Datatype *out)
{
	struct make_bounds b = { 0 };
	bool plain = true;

	for (i64 i = 0; i < t->count; i++) {
		const struct type_block *k = &t->block[i];

		type_hold(k->child);
		make_widen(&b, k->child, k->disp, k->len);
		plain = plain && k->child->plain && k->child->lb == 0 &&
		    k->disp == t->size;
		t->size += k->len * k->child->size;
	}
	t->plain = plain;
	make_finish(t, &b, out);
	return MPI_SUCCESS;
}

static bool
make_lengths_ok(int count, const int lens[])
{
	for (int i = 0; i < count; i++)
		if (lens[i] < 0)
			return false;
	return count >= 0;
}

MPI_WEAK(Type_indexed)
int
PMPI_Type_indexed(int count, const int lens[], const int disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	struct type *t;

	if (!c)
		return err_raise(NULL, "Type_indexed", MPI_ERR_TYPE);
	if (!make_lengths_ok(count, lens))
		return err_raise(NULL, "Type_indexed", MPI_ERR_COUNT);
	t = make_blocks(count);
	for (int i = 0; i < count; i++)
		t->block[i] = (struct type_block){ disps[i] * c->extent,
			lens[i], c };
	return make_blocks_finish(t, newtype);
}

MPI_WEAK(Type_create_indexed_block)
int
PMPI_Type_create_indexed_block(int count, int len, const int disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	struct type *t;

	if (!c)
		return err_raise(NULL, "Type_create_indexed_block",
		    MPI_ERR_TYPE);
	if (count < 0 || len < 0)
		return err_raise(NULL, "Type_create_indexed_block",
		    MPI_ERR_COUNT);
	t = make_blocks(count);
	for (int i = 0; i < count; i++)
		t->block[i] = (struct type_block){ disps[i] * c->extent,
			len, c };
	return make_blocks_finish(t, newtype);
}

MPI_WEAK(Type_create_hindexed)
int
PMPI_Type_create_hindexed(int count, const int lens[], const MPI_Aint disps[],
    MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	struct type *t;

	if (!c)
		return err_raise(NULL, "Type_create_hindexed", MPI_ERR_TYPE);
	if (!make_lengths_ok(count, lens))
		return err_raise(NULL, "Type_create_hindexed", MPI_ERR_COUNT);
	t = make_blocks(count);
	for (int i = 0; i < count; i++)
		t->block[i] = (struct type_block){ disps[i], lens[i], c };
	return make_blocks_finish(t, newtype);
}

/* The extent is padded to the strictest alignment, as a C compiler pads. */
MPI_WEAK(Type_create_struct)
int
PMPI_Type_create_struct(int count, const int lens[], const MPI_Aint disps[],
    const MPI_Datatype types[], MPI_Datatype *newtype)
{
	struct type *t;
	i64 align = 1;

	if (!make_lengths_ok(count, lens))
		return err_raise(NULL, "Type_create_struct", MPI_ERR_COUNT);
	for (int i = 0; i < count; i++)
		if (!type_of(types[i]))
			return err_raise(NULL, "Type_create_struct",
			    MPI_ERR_TYPE);
	t = make_blocks(count);
	for (int i = 0; i < count; i++) {
		const struct type *c = type_of(types[i]), *leaf = c;

		t->block[i] = (struct type_block){ disps[i], lens[i], c };
		while (leaf->node == TYPE_VECTOR)
			leaf = leaf->child;
		if (leaf->node == TYPE_BASIC && lens[i])
			align = MAX(align, MIN(leaf->extent, (i64)16));
	}
	make_blocks_finish(t, newtype);
	if ((align & (align - 1)) == 0 && t->extent % align) {
		t->extent = ALIGN_UP(t->extent, align);
		t->plain = 0;
	}
	return MPI_SUCCESS;
}

MPI_WEAK(Type_create_resized)
int
PMPI_Type_create_resized(MPI_Datatype oldtype, MPI_Aint lb, MPI_Aint extent,
    MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	struct type *t;

	if (!c)
		return err_raise(NULL, "Type_create_resized", MPI_ERR_TYPE);
	t = make_new(TYPE_RESIZED);
	t->child = c;
	type_hold(c);
	t->size = c->size;
	t->lb = lb;
	t->extent = extent;
	t->true_lb = c->true_lb;
	t->true_extent = c->true_extent;
	t->plain = c->plain && lb == 0 && extent == c->size;
	*newtype = (MPI_Datatype)(void *)t;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_dup)
int
PMPI_Type_dup(MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	const struct type *c = type_of(oldtype);
	int err;

	if (!c)
		return err_raise(NULL, "Type_dup", MPI_ERR_TYPE);
	err = PMPI_Type_create_resized(oldtype, c->lb, c->extent, newtype);
	((struct type *)(void *)*newtype)->committed = c->committed;
	return err;
}

/* -- commit, free, questions ----------------------------------------------- */

MPI_WEAK(Type_commit)
int
PMPI_Type_commit(MPI_Datatype *datatype)
{
	const struct type *t = type_of(*datatype);

	if (!t)
		return err_raise(NULL, "Type_commit", MPI_ERR_TYPE);
	if (t->tag.which == TAG_MADE)
		((struct type *)(void *)*datatype)->committed = 1;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_free)
int
PMPI_Type_free(MPI_Datatype *datatype)
{
	const struct type *t = type_of(*datatype);

	if (!t || t->tag.which != TAG_MADE)
		return err_raise(NULL, "Type_free", MPI_ERR_TYPE);
	type_drop(t);
	*datatype = MPI_DATATYPE_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_size)
int
PMPI_Type_size(MPI_Datatype datatype, int *size)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Type_size", MPI_ERR_TYPE);
	*size = t->size > INT32_MAX ? MPI_UNDEFINED : (int)t->size;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_extent)
int
PMPI_Type_get_extent(MPI_Datatype datatype, MPI_Aint *lb, MPI_Aint *extent)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Type_get_extent", MPI_ERR_TYPE);
	*lb = t->lb;
	*extent = t->extent;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_true_extent)
int
PMPI_Type_get_true_extent(MPI_Datatype datatype, MPI_Aint *true_lb,
    MPI_Aint *true_extent)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Type_get_true_extent", MPI_ERR_TYPE);
	*true_lb = t->true_lb;
	*true_extent = t->true_extent;
	return MPI_SUCCESS;
}

/* -- pack ------------------------------------------------------------------ */

MPI_WEAK(Pack_size)
int
PMPI_Pack_size(int incount, MPI_Datatype datatype, MPI_Comm comm, int *size)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Pack_size", MPI_ERR_TYPE);
	*size = (int)(t->size * incount);
	return MPI_SUCCESS;
}

MPI_WEAK(Pack)
int
PMPI_Pack(const void *inbuf, int incount, MPI_Datatype datatype, void *outbuf,
    int outsize, int *position, MPI_Comm comm)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Pack", MPI_ERR_TYPE);
	if (t->size * incount > outsize - *position)
		return err_raise(NULL, "Pack", MPI_ERR_TRUNCATE);
	*position += (int)type_pack(t, incount, inbuf,
	    (char *)outbuf + *position, (u64)(t->size * incount));
	return MPI_SUCCESS;
}

MPI_WEAK(Unpack)
int
PMPI_Unpack(const void *inbuf, int insize, int *position, void *outbuf,
    int outcount, MPI_Datatype datatype, MPI_Comm comm)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Unpack", MPI_ERR_TYPE);
	if (t->size * outcount > insize - *position)
		return err_raise(NULL, "Unpack", MPI_ERR_TRUNCATE);
	*position += (int)type_unpack(t, outcount, outbuf,
	    (const char *)inbuf + *position, (u64)(t->size * outcount));
	return MPI_SUCCESS;
}
