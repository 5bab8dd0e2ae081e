/* string.c - memory and strings for the node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/string.h"

#undef memcpy
#undef memset

typedef u64 word_t __attribute__((aligned(1), may_alias));

/* Words where both ends allow it; emulators and small cores are slow at
 * `rep movsb`, and the kernel copies little. */

void *
memcpy(void *restrict dst, const void *restrict src, size_t len)
{
	u8 *d = dst;
	const u8 *s = src;

	for (; len >= 8; len -= 8, d += 8, s += 8)
		*(word_t *)d = *(const word_t *)s;
	for (; len; len--) {
		*d++ = *s++;
		BARRIER();
	}
	return dst;
}

void *
memmove(void *dst, const void *src, size_t len)
{
	u8 *d = dst;
	const u8 *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= len)
		return memcpy(dst, src, len);
	while (len--) {
		d[len] = s[len];
		BARRIER();
	}
	return dst;
}

void *
memset(void *dst, int byte, size_t len)
{
	u8 *d = dst;
	u64 word = (u8)byte * 0x0101010101010101ull;

	for (; len >= 8; len -= 8, d += 8)
		*(word_t *)d = word;
	for (; len; len--) {
		*d++ = (u8)byte;
		BARRIER();
	}
	return dst;
}

int
memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;

	for (; len; len--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

size_t
strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t
strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int
strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}
