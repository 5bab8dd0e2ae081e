/* string.h - memory and strings; on Linux and in apps libc provides them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include "kernel/lib/base.h"

/* As in ISO C. string.c implements them for the node only. */
void *memcpy(void *restrict dst, const void *restrict src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);

/*
 * On the node short copies of a known length become moves. Not others: a
 * compiler that saves bytes makes `rep movsb` of them.
 */
#if !__STDC_HOSTED__
#define STRING_INLINE_MAX 32u
#define STRING_INLINE(len) \
	(__builtin_constant_p(len) && (size_t)(len) <= STRING_INLINE_MAX)
#define memcpy(dst, src, len) \
	(STRING_INLINE(len) ? __builtin_memcpy(dst, src, len) : \
			      (memcpy)(dst, src, len))
#define memset(dst, byte, len) \
	(STRING_INLINE(len) ? __builtin_memset(dst, byte, len) : \
			      (memset)(dst, byte, len))
#endif

#endif
