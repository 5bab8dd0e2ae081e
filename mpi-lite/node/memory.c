/* memory.c - memcpy, memmove and memset in 16-byte vectors. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/base.h"

#include <string.h>

/*
 * newlib's own are `rep movsq`, which costs an order of magnitude on short
 * copies. These move overlapping vectors at both ends, so no byte loop is
 * needed from 16 bytes on. Plain SSE2: every x86-64 has it, and emulators
 * translate it to one host instruction.
 */

typedef unsigned char vec __attribute__((vector_size(16), aligned(1)));

static inline vec
load(const u8 *p)
{
	return *(const vec *)p;
}

static inline void
store(u8 *p, vec v)
{
	*(vec *)p = v;
}

/* 0 to 16 bytes; all loads before all stores, so overlap is harmless. */
static inline void
copy_short(u8 *d, const u8 *s, size_t n)
{
	u64 a, b;
	u32 c, e;
	u16 f, g;

	if (n >= 8) {
		__builtin_memcpy(&a, s, 8);
		__builtin_memcpy(&b, s + n - 8, 8);
		__builtin_memcpy(d, &a, 8);
		__builtin_memcpy(d + n - 8, &b, 8);
	} else if (n >= 4) {
		__builtin_memcpy(&c, s, 4);
		__builtin_memcpy(&e, s + n - 4, 4);
		__builtin_memcpy(d, &c, 4);
		__builtin_memcpy(d + n - 4, &e, 4);
	} else if (n >= 2) {
		__builtin_memcpy(&f, s, 2);
		__builtin_memcpy(&g, s + n - 2, 2);
		__builtin_memcpy(d, &f, 2);
		__builtin_memcpy(d + n - 2, &g, 2);
	} else if (n) {
		*d = *s;
	}
}

static void
copy_up(u8 *d, const u8 *s, size_t n)
{
	vec tail = load(s + n - 16);
	u8 *end = d + n - 16;

	for (; n > 64; n -= 64, d += 64, s += 64) {
		vec a = load(s), b = load(s + 16);
		vec c = load(s + 32), e = load(s + 48);

		store(d, a);
		store(d + 16, b);
		store(d + 32, c);
		store(d + 48, e);
	}
	for (; n > 16; n -= 16, d += 16, s += 16)
		store(d, load(s));
	store(end, tail);
}

static void
copy_down(u8 *d, const u8 *s, size_t n)
{
	vec head = load(s);

	for (; n > 64; n -= 64) {
		vec a = load(s + n - 16), b = load(s + n - 32);
		vec c = load(s + n - 48), e = load(s + n - 64);

		store(d + n - 16, a);
		store(d + n - 32, b);
		store(d + n - 48, c);
		store(d + n - 64, e);
	}
	for (; n > 16; n -= 16)
		store(d + n - 16, load(s + n - 16));
	store(d, head);
}

static inline void *
move(void *dst, const void *src, size_t n)
{
	if (n <= 16)
		copy_short(dst, src, n);
	else if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	return move(dst, src, n);
}

void *
memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	return move(dst, src, n);
}

void *
memset(void *dst, int byte, size_t n)
{
	u8 *d = dst;
	u8 b = (u8)byte;
	vec v = { b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b };
	u8 *end = d + n;

	if (n < 16) {
		for (; d < end; d++) {
			*d = b;
			BARRIER();
		}
		return dst;
	}
	for (; end - d > 16; d += 16)
		store(d, v);
	store(end - 16, v);
	return dst;
}
