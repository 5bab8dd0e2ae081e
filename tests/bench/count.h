/* count.h - instructions that a piece of code executes, under -icount shift=0. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_BENCH_COUNT_H
#define TESTS_BENCH_COUNT_H

#include <stdint.h>

/*
 * QEMU's virtual time then is the number of instructions, and so is the TSC.
 * The least of many is what the code itself takes: without interrupts, without
 * other cores' turns. COUNT_EMPTY is what a pair of readings costs by itself.
 */
enum { COUNT_TIMES = 500 };

static inline uint64_t
count_now(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

#define COUNT(least, what) \
	do { \
		least = UINT64_MAX; \
		for (int i_ = 0; i_ < COUNT_TIMES; i_++) { \
			uint64_t from_ = count_now(), to_; \
			what; \
			to_ = count_now(); \
			if (to_ - from_ < least) \
				least = to_ - from_; \
		} \
	} while (0)

#endif
