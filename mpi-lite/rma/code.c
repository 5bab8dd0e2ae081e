/* code.c - derived datatypes as bytes, for targets that never made them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/rma/rma.h"

#include <stdlib.h>
#include <string.h>

/* A node, then its blocks' places, then its children (one if all blocks have
 * the same). */
struct code_node {
	u8 node, elem, plain, same;
	u32 spare;
	i64 size, lb, extent, true_lb, true_extent, count, len, stride;
};

struct code_block {
	i64 disp, len;
};

enum { CODE_DEPTH = 64 };      /* nested constructors that are read */

static bool
code_same(const struct type *t)
{
	for (i64 i = 1; i < t->count; i++)
		if (t->block[i].child != t->block[0].child)
			return false;
	return true;
}

static void
code_put(u8 **out, u64 *bytes, const void *from, u64 len)
{
	if (*out) {
		memcpy(*out, from, len);
		*out += len;
	}
	*bytes += len;
}

static void
code_write(const struct type *t, u8 **out, u64 *bytes)
{
	struct code_node n = { t->node, t->elem, t->plain,
		t->node == TYPE_BLOCKS && code_same(t), 0, t->size, t->lb,
		t->extent, t->true_lb, t->true_extent, t->count, t->len,
		t->stride };

	code_put(out, bytes, &n, sizeof(n));
	for (i64 i = 0; t->node == TYPE_BLOCKS && i < t->count; i++) {
		struct code_block b = { t->block[i].disp, t->block[i].len };

		code_put(out, bytes, &b, sizeof(b));
	}
	if (t->node == TYPE_BLOCKS)
		for (i64 i = 0; i < (n.same ? MIN(t->count, 1) : t->count);
		    i++)
			code_write(t->block[i].child, out, bytes);
	else if (t->node != TYPE_BASIC)
		code_write(t->child, out, bytes);
}

u64
rma_type_code(const struct type *t, u8 *out)
{
	u64 bytes = 0;

	code_write(t, &out, &bytes);
	return bytes;
}

/* -- reading --------------------------------------------------------------- */

struct code_cursor {
	const u8 *at;
	u64 left;
};

static bool
code_get(struct code_cursor *c, void *to, u64 len)
{
	if (c->left < len)
		return false;
	memcpy(to, c->at, len);
	c->at += len;
	c->left -= len;
	return true;
}

static struct type *code_read(struct code_cursor *c, int depth);

static bool
code_read_blocks(struct code_cursor *c, struct type *t, bool same, int depth)
{
	i64 places = t->count;

	if (places < 0 || (u64)places > c->left / sizeof(struct code_block))
		return false;
	t->block = state_zalloc((size_t)places * sizeof(*t->block));
	for (i64 i = 0; i < places; i++) {
		struct code_block b;

		code_get(c, &b, sizeof(b));
		t->block[i].disp = b.disp;
		t->block[i].len = b.len;
	}
	for (i64 i = 0; i < places; i++) {
		if (same && i) {
			t->block[i].child = t->block[0].child;
			type_hold(t->block[i].child);
			continue;
		}
		t->block[i].child = code_read(c, depth + 1);
		if (!t->block[i].child) {
			t->count = i;
			return false;
		}
	}
	return true;
}

static struct type *
code_read(struct code_cursor *c, int depth)
{
	struct code_node n;
	struct type *t;
	bool good = true;

	if (depth > CODE_DEPTH || !code_get(c, &n, sizeof(n)))
		return NULL;
	t = state_zalloc(sizeof(*t));
	t->tag = (struct tag){ TAG_TYPE, TAG_MADE };
	t->refs = 1;
	t->node = n.node;
	t->elem = n.elem;
	t->plain = n.plain;
	t->committed = 1;
	t->size = n.size;
	t->lb = n.lb;
	t->extent = n.extent;
	t->true_lb = n.true_lb;
	t->true_extent = n.true_extent;
	t->count = n.count;
	t->len = n.len;
	t->stride = n.stride;
	list_init(&t->attrs);
	if (t->node == TYPE_BLOCKS) {
		good = code_read_blocks(c, t, n.same, depth);
	} else if (t->node != TYPE_BASIC) {
		t->child = code_read(c, depth + 1);
		good = t->child != NULL;
	}
	if (good)
		return t;
	type_drop(t);
	return NULL;
}

const struct type *
rma_type_read(const u8 *in, u64 bytes)
{
	struct code_cursor c = { in, bytes };

	return code_read(&c, 0);
}

const struct type *
rma_leaf(const struct type *t)
{
	const struct type *leaf = NULL;

	if (t->node == TYPE_BASIC)
		return t;
	if (t->node != TYPE_BLOCKS)
		return rma_leaf(t->child);
	for (i64 i = 0; i < t->count; i++) {
		const struct type *l = t->block[i].len ?
		    rma_leaf(t->block[i].child) : NULL;

		if (l && leaf && l->elem != leaf->elem)
			return NULL;
		leaf = l ? l : leaf;
	}
	return leaf;
}
