/* tasks.h - throughput and start latency of tasks, the same for every system. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_BENCH_TASKS_H
#define TESTS_BENCH_TASKS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What a system provides. */
struct tasks {
	const char *name;
	void (*submit)(void (*fn)(void *), void *arg);
	void (*wait)(void);             /* until all that were submitted ended */
	uint64_t (*now_ns)(void);
	void (*sleep_ns)(uint64_t ns);  /* of the submitter, not helping */
};

enum { TASKS_MANY = 100000, TASKS_STARTS = 101 };
#define TASKS_QUIET_NS 3000000

static uint64_t tasks_began;
static uint64_t (*tasks_clock)(void);

static void
tasks_nothing(void *arg)
{
	(void)arg;
}

static void
tasks_stamp(void *arg)
{
	(void)arg;
	tasks_began = tasks_clock();
}

static int
tasks_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
tasks_bench(const struct tasks *t)
{
	static uint64_t took[TASKS_STARTS];
	uint64_t from;

	tasks_clock = t->now_ns;
	from = t->now_ns();
	for (int i = 0; i < TASKS_MANY; i++)
		t->submit(tasks_nothing, NULL);
	t->wait();
	from = t->now_ns() - from;
	/* The other core has gone to sleep each time. */
	for (int i = 0; i < TASKS_STARTS; i++) {
		uint64_t begin;

		t->sleep_ns(TASKS_QUIET_NS);
		begin = t->now_ns();
		t->submit(tasks_stamp, NULL);
		t->sleep_ns(TASKS_QUIET_NS);
		t->wait();
		took[i] = tasks_began - begin;
	}
	qsort(took, TASKS_STARTS, sizeof *took, tasks_compare);
	printf("tasks: %s each %.1f ns start %.1f us\n", t->name,
	    (double)from / TASKS_MANY, (double)took[TASKS_STARTS / 2] / 1e3);
	fflush(stdout);
}

#endif
