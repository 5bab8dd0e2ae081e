/* buf.c - get, put and late release of frame buffers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/buf.h"

void
buf_init(struct buf_pool *pool, void *mem, u32 count)
{
	struct buf *b = mem;

	pool->free = pool->limbo = NULL;
	pool->frees = pool->total = count;
	for (u32 i = 0; i < count; i++) {
		b[i].next = pool->free;
		pool->free = &b[i];
	}
}

struct buf *
buf_get(struct buf_pool *pool, u32 keep)
{
	struct buf *b = pool->free;

	if (pool->frees <= keep)
		return NULL;
	pool->free = b->next;
	pool->frees--;
	b->next = NULL;
	b->pending = 0;
	b->sent = 0;
	b->lost = b->sacked = false;
	return b;
}

void
buf_put(struct buf_pool *pool, struct buf *b)
{
	if (b->pending) {
		b->next = pool->limbo;
		pool->limbo = b;
		return;
	}
	b->next = pool->free;
	pool->free = b;
	pool->frees++;
	ASSERT(pool->frees <= pool->total);
}

bool
buf_reap(struct buf_pool *pool)
{
	struct buf *b, *next, *all = pool->limbo;
	u32 before = pool->frees;

	pool->limbo = NULL;
	for (b = all; b; b = next) {
		next = b->next;
		buf_put(pool, b);
	}
	return pool->frees != before;
}
