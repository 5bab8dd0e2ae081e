/* type.h - datatypes: constants and trees that are walked. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_TYPE_H
#define MPI_LITE_TYPE_H

#include "kernel/lib/list.h"
#include "mpi-lite/tag.h"

/* What a basic type's bytes are: chooses the function of an operation. */
enum elem {
	ELEM_NONE,             /* derived */
	ELEM_NULL, ELEM_BYTE, ELEM_CHAR, ELEM_WCHAR,
	ELEM_I8, ELEM_I16, ELEM_I32, ELEM_I64, ELEM_I128,
	ELEM_U8, ELEM_U16, ELEM_U32, ELEM_U64,
	ELEM_F32, ELEM_F64, ELEM_F80, ELEM_F128, ELEM_F16,
	ELEM_C32, ELEM_C64, ELEM_C80, ELEM_C128,
	ELEM_BOOL,             /* C bool */
	ELEM_L8, ELEM_L16, ELEM_L32, ELEM_L64, /* Fortran logical */
	ELEM_FLOAT_INT, ELEM_DOUBLE_INT, ELEM_LONG_INT, ELEM_SHORT_INT,
	ELEM_LDBL_INT, ELEM_2I32, ELEM_2F32, ELEM_2F64, ELEM_2C32, ELEM_2C64,
	ELEMS,
};

enum type_node {
	TYPE_BASIC,
	TYPE_VECTOR,           /* count blocks of len children, stride apart */
	TYPE_BLOCKS,           /* blocks with own place, length and child */
	TYPE_RESIZED,          /* one child with other bounds */
};

struct type_block {
	i64 disp;              /* bytes */
	i64 len;               /* children */
	const struct type *child;
};

/*
 * A derived type holds a reference to each child, so a child may be freed by
 * the program first. Sizes in bytes. `plain`: count items are size * count
 * bytes without holes, in order, from the buffer's start.
 */
struct type {
	struct tag tag;
	u8 elem;               /* enum elem */
	u8 node;               /* enum type_node */
	u8 plain, committed;
	i64 size, lb, extent, true_lb, true_extent;
	i64 count, len, stride;
	const struct type *child;
	struct type_block *block; /* TYPE_BLOCKS: [count] */
	u32 refs;
	i64 elems;             /* basic elements; a pair has two */
	struct contents *made; /* how the program made it */
	struct list attrs;
	char *name;            /* NULL: none given */
};

/* The type behind a handle, or NULL. */
const struct type *type_of(const void *handle);

void type_hold(const struct type *t);
void type_drop(const struct type *t);

/*
 * Copies between user memory (count items at buf) and a stream of at most
 * `bytes` bytes; type_pack returns how many it wrote, type_unpack how many
 * it took.
 */
u64 type_pack(const struct type *t, i64 count, const void *buf, void *stream,
    u64 bytes);
u64 type_unpack(const struct type *t, i64 count, void *buf,
    const void *stream, u64 bytes);

/* Basic elements in the first `bytes` bytes of a stream of the type. */
i64 type_elements(const struct type *t, u64 bytes);

/* Bytes of the first n basic elements of one item, n < t->elems. */
i64 type_bytes_of(const struct type *t, i64 n);

/* Bytes of the first element of a basic type: of a pair its value's. */
i64 type_first(const struct type *t);

/* Bytes that `count` items span in memory, holes included. */
i64 type_span(const struct type *t, i64 count);

#endif
