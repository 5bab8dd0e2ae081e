/* tasks_node.c - tasks.h on a node: a rank of several cores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/node/start.h"
#include "tests/bench/tasks.h"

static struct task_group group;

static void
submit(void (*fn)(void *), void *arg)
{
	start_abi->task_submit_group(&group, fn, arg, -1);
}

static void
wait(void)
{
	start_abi->task_wait_group(&group);
}

static uint64_t
now(void)
{
	return start_abi->now_ns();
}

static void
nap(uint64_t ns)
{
	unsigned never = 0;

	start_abi->thread_wait(&never, 0, start_abi->now_ns() + ns);
}

int
main(void)
{
	tasks_bench(&(struct tasks){ "node", submit, wait, now, nap });
	return 0;
}
