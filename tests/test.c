/* test.c - runs the cases of one unit test program. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/test.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct test_case *first, **last = &first;
static jmp_buf escape;
static const char *skipped;
static u64 seed;

void
test_register(struct test_case *t)
{
	*last = t;
	last = &t->next;
}

void
test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	longjmp(escape, 1);
}

void
test_skip(const char *reason)
{
	skipped = reason;
	longjmp(escape, 2);
}

u64
test_seed(void)
{
	const char *given = getenv("BM_SEED");

	if (given)
		seed = strtoull(given, NULL, 0);
	else if (!seed)
		seed = (u64)time(NULL) * 2654435761u;
	return seed;
}

static int
run_one(const struct test_case *t, int number)
{
	int how;

	seed = 0;
	how = setjmp(escape);
	if (how == 0)
		t->run();
	if (how == 1) {
		printf("not ok %d - %s\n", number, t->name);
		if (seed)
			printf("# BM_SEED=%llu\n", (unsigned long long)seed);
	} else {
		printf("ok %d - %s%s%s\n", number, t->name,
		    how == 2 ? " # SKIP " : "", how == 2 ? skipped : "");
	}
	fflush(stdout);
	return how == 1;
}

int
main(int argc, char **argv)
{
	int n = 0, failed = 0;

	for (const struct test_case *t = first; t; t = t->next)
		if (argc < 2 || strcmp(argv[1], t->name) == 0)
			failed += run_one(t, ++n);
	printf("1..%d\n", n);
	return failed != 0 || n == 0;
}
