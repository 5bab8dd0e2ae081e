/* tasks.c - tasks on a rank's cores: each once, at the right place. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "mpi-lite/node/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Usage: tasks [HOW-MANY] */

enum { TASKS = 100000, CORES_MAX = 1024, DEPTH = 14 };

static size_t tasks = TASKS;
static unsigned char *ran;
static unsigned on_core[CORES_MAX];
static __thread unsigned mine, mark = 4711;
static __thread unsigned *mine_is_at;
static unsigned bad_tls, cores;

static void
one(void *arg)
{
	__atomic_add_fetch(&ran[(size_t)arg], 1, __ATOMIC_RELAXED);
	if (mark != 4711 || (mine_is_at && mine_is_at != &mine))
		__atomic_add_fetch(&bad_tls, 1, __ATOMIC_RELAXED);
	mine_is_at = &mine;
	mine++;
	__atomic_add_fetch(&on_core[start_abi->core_id()], 1, __ATOMIC_RELAXED);
	for (volatile int i = 0; i < 200; i++)
		;
}

static unsigned
wrong(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < tasks; i++)
		n += ran[i] != 1;
	memset(ran, 0, tasks);
	return n;
}

static unsigned
busy_cores(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CORES_MAX; i++)
		n += on_core[i] != 0;
	memset(on_core, 0, sizeof on_core);
	return n;
}

/* Waits inside tasks: a tree of groups. */
struct node {
	int depth;
	unsigned leaves;
};

static void
tree(void *arg)
{
	struct node *n = arg, kid[2];
	struct task_group g = { 0 };

	if (n->depth == 0) {
		n->leaves = 1;
		return;
	}
	for (int i = 0; i < 2; i++) {
		kid[i] = (struct node){ n->depth - 1, 0 };
		start_abi->task_submit_group(&g, tree, &kid[i], -1);
	}
	start_abi->task_wait_group(&g);
	n->leaves = kid[0].leaves + kid[1].leaves;
}

static volatile unsigned pending;

static void
counted(void *arg)
{
	one(arg);
	__atomic_sub_fetch(&pending, 1, __ATOMIC_RELAXED);
}

static void
wish(void *arg)
{
	*(unsigned *)arg = start_abi->core_id();
}

int
main(int argc, char **argv)
{
	struct task_group g = { 0 };
	struct node root = { DEPTH, 0 };
	static volatile unsigned at[CORES_MAX];
	unsigned as_wished = 0;

	if (argc > 1)
		tasks = strtoul(argv[1], NULL, 10);
	ran = calloc(tasks, 1);
	if (!ran)
		return 2;
	cores = start_abi->core_count();
	for (size_t i = 0; i < tasks; i++)
		start_abi->task_submit_group(&g, one, (void *)i, -1);
	start_abi->task_wait_group(&g);
	printf("wrong %u tls %u cores %u of %u\n", wrong(), bad_tls,
	    busy_cores(), cores);
	tree(&root);
	printf("leaves %u\n", root.leaves);
	pending = (unsigned)tasks;
	for (size_t i = 0; i < tasks; i++)
		while (start_abi->task_submit(counted, (void *)i) == ERR_AGAIN)
			start_abi->sleep_ns(1000);
	start_abi->task_wait(&pending);
	printf("plain: wrong %u\n", wrong());
	for (unsigned round = 0; round < 20; round++)
		for (unsigned i = 0; i < cores; i++) {
			uint64_t end = start_abi->now_ns() + 100000000;

			at[i] = ~0u;
			/* The others fall asleep: this host may have fewer
			 * cores than they are. */
			while (start_abi->now_ns() < end - 90000000)
				;
			start_abi->task_submit_group(&g, wish,
			    (void *)(uintptr_t)&at[i], (int)i);
			while (i && at[i] == ~0u && start_abi->now_ns() < end)
				;
			start_abi->task_wait_group(&g);
			as_wished += at[i] == i;
		}
	printf("wishes %s\n", as_wished >= 10 * cores ? "kept" : "ignored");
	fprintf(stderr, "%u of %u\n", as_wished, 20 * cores);
	return 0;
}
