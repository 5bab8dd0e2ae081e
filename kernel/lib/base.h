/* base.h - the words that every file of the tree shares. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_BASE_H
#define KERNEL_LIB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
/* `a` must be a power of two. */
#define ALIGN_UP(x, a) (((x) + ((a)-1)) & ~((__typeof__(x))(a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define CACHE_LINE 64
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define BARRIER() __asm__ volatile("" ::: "memory")

/* An address and a length: one piece of a gather or scatter list. */
struct iov {
	void *ptr;
	size_t len;
};

/*
 * Whoever links kernel/lib supplies panic(): the node reports and restarts,
 * a Linux program prints and aborts. It is for our own bugs only: packets,
 * disks and user files are refused and counted, never asserted.
 */
NORETURN void panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define ASSERT(c) \
	do { \
		if (UNLIKELY(!(c))) \
			panic(__FILE__ ":%d: cannot be", __LINE__); \
	} while (0)

#endif
