/* test.h - the harness: named cases, TAP out. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include "kernel/lib/base.h"

/*
 * TEST(name) { ... } defines and registers a case: its name says file and
 * behaviour, as in rx_packet__duplicate_seq. A failed CHECK reports and ends
 * the case. `tests/unit/X_test NAME` runs one; BM_SEED=N repeats a random run.
 */
struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

void test_register(struct test_case *t);
NORETURN void test_fail(const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
NORETURN void test_skip(const char *reason);
/* BM_SEED, else a fresh one; printed when a case that asked for it fails. */
u64 test_seed(void);

#define TEST(n) \
	static void n(void); \
	static struct test_case n##_case = { #n, n, 0 }; \
	__attribute__((constructor)) static void n##_register(void) \
	{ \
		test_register(&n##_case); \
	} \
	static void n(void)

#define CHECK(c) \
	do { \
		if (!(c)) \
			test_fail(__FILE__, __LINE__, "%s", #c); \
	} while (0)

#define CHECK_EQ(a, b) \
	do { \
		long long a_ = (long long)(a), b_ = (long long)(b); \
		if (a_ != b_) \
			test_fail(__FILE__, __LINE__, \
			    "%s is %lld, not %lld (%s)", #a, a_, b_, #b); \
	} while (0)

#endif
