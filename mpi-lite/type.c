/* type.c - packing, unpacking and counting by walking a type's tree. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/type.h"

#include "mpi-lite/contents.h"
#include "mpi-lite/state.h"

#include <stdlib.h>
#include <string.h>

const struct type *
type_of(const void *handle)
{
	const struct type *t = handle;

	return t && t->tag.kind == TAG_TYPE && t->elem != ELEM_NULL ? t : NULL;
}

void
type_hold(const struct type *t)
{
	if (t->tag.which == TAG_MADE)
		state_hold(&((struct type *)(uintptr_t)t)->refs);
}

void
type_drop(const struct type *t)
{
	struct type *made = (struct type *)(uintptr_t)t;

	if (t->tag.which != TAG_MADE || !state_drop(&made->refs))
		return;
	if (made->child)
		type_drop(made->child);
	for (i64 i = 0; made->block && i < made->count; i++)
		type_drop(made->block[i].child);
	free(made->block);
	free(made->name);
	contents_free(made->made);
	made->tag.kind = TAG_FREED;
	free(made);
}

/* -- walk ------------------------------------------------------------------ */

/* A place in the stream; `left` bytes may still be moved. */
struct type_cursor {
	u8 *stream;
	u64 left;
	bool pack;
};

static void
type_move(struct type_cursor *c, u8 *user, i64 bytes)
{
	u64 n = MIN((u64)bytes, c->left);

	if (n && c->pack)
		memcpy(c->stream, user, n);
	else if (n)
		memcpy(user, c->stream, n);
	c->stream += n;
	c->left -= n;
}

/* Pairs with a hole: both parts, without it. */
static void
type_move_pair(struct type_cursor *c, const struct type *t, u8 *user)
{
	if (t->elem == ELEM_SHORT_INT) {
		type_move(c, user, 2);
		type_move(c, user + 4, 4);
		return;
	}
	type_move(c, user, t->size);
}

static void type_walk(struct type_cursor *c, const struct type *t, i64 count,
    u8 *user);

static void
type_walk_one(struct type_cursor *c, const struct type *t, u8 *user)
{
	switch (t->node) {
	case TYPE_BASIC:
		type_move_pair(c, t, user);
		break;
	case TYPE_VECTOR:
		for (i64 i = 0; i < t->count && c->left; i++)
			type_walk(c, t->child, t->len, user + i * t->stride);
		break;
	case TYPE_BLOCKS:
		for (i64 i = 0; i < t->count && c->left; i++)
			type_walk(c, t->block[i].child, t->block[i].len,
			    user + t->block[i].disp);
		break;
	default:
		type_walk(c, t->child, 1, user);
		break;
	}
}

static void
type_walk(struct type_cursor *c, const struct type *t, i64 count, u8 *user)
{
	if (t->plain) {
		type_move(c, user, t->size * count);
		return;
	}
	for (i64 i = 0; i < count && c->left; i++)
		type_walk_one(c, t, user + i * t->extent);
}

u64
type_pack(const struct type *t, i64 count, const void *buf, void *stream,
    u64 bytes)
{
	struct type_cursor c = { stream, bytes, true };

	type_walk(&c, t, count, (u8 *)(uintptr_t)buf);
	return bytes - c.left;
}

u64
type_unpack(const struct type *t, i64 count, void *buf, const void *stream,
    u64 bytes)
{
	struct type_cursor c = { (u8 *)(uintptr_t)stream, bytes, false };

	type_walk(&c, t, count, buf);
	return bytes - c.left;
}

i64
type_span(const struct type *t, i64 count)
{
	return count > 0 ? t->extent * (count - 1) + t->true_extent : 0;
}

/* -- count ----------------------------------------------------------------- */

i64
type_first(const struct type *t)
{
	switch (t->elem) {
	case ELEM_FLOAT_INT:
	case ELEM_2I32:
	case ELEM_2F32:
		return 4;
	case ELEM_DOUBLE_INT:
	case ELEM_LONG_INT:
	case ELEM_2F64:
	case ELEM_2C32:
		return 8;
	case ELEM_SHORT_INT:
		return 2;
	case ELEM_LDBL_INT:
	case ELEM_2C64:
		return 16;
	default:
		return t->size;
	}
}

static i64 type_count(const struct type *t, i64 count, u64 *left);

/* Elements in a part of an item, at the end of a stream. */
static i64
type_count_part(const struct type *t, u64 *left)
{
	i64 n = 0;

	switch (t->node) {
	case TYPE_BASIC:
		n = *left >= (u64)type_first(t);
		*left = 0;
		return n;
	case TYPE_VECTOR:
		return type_count(t->child, t->count * t->len, left);
	case TYPE_BLOCKS:
		for (i64 i = 0; i < t->count && *left; i++)
			n += type_count(t->block[i].child, t->block[i].len,
			    left);
		return n;
	default:
		return type_count(t->child, 1, left);
	}
}

static i64
type_count(const struct type *t, i64 count, u64 *left)
{
	i64 whole, n;

	if (t->size == 0)
		return 0;
	whole = MIN(count, (i64)(*left / (u64)t->size));
	n = whole * t->elems;
	*left -= (u64)(whole * t->size);
	return whole < count && *left ? n + type_count_part(t, left) : n;
}

i64
type_elements(const struct type *t, u64 bytes)
{
	return type_count(t, INT64_MAX, &bytes);
}

static i64 type_skip(const struct type *t, i64 count, i64 *n);

/* Bytes of at most *n elements of one item; *n gets what is left of it. */
static i64
type_skip_part(const struct type *t, i64 *n)
{
	i64 bytes = 0;

	switch (t->node) {
	case TYPE_BASIC:
		bytes = *n ? type_first(t) : 0;
		*n = 0;
		return bytes;
	case TYPE_VECTOR:
		return type_skip(t->child, t->count * t->len, n);
	case TYPE_BLOCKS:
		for (i64 i = 0; i < t->count && *n; i++)
			bytes += type_skip(t->block[i].child, t->block[i].len,
			    n);
		return bytes;
	default:
		return type_skip(t->child, 1, n);
	}
}

static i64
type_skip(const struct type *t, i64 count, i64 *n)
{
	i64 whole;

	if (t->elems == 0)
		return 0;
	whole = MIN(count, *n / t->elems);
	*n -= whole * t->elems;
	return whole * t->size +
	    (whole < count && *n ? type_skip_part(t, n) : 0);
}

i64
type_bytes_of(const struct type *t, i64 n)
{
	return type_skip(t, 1, &n);
}
