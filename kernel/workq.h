/* workq.h - a bounded queue of tasks: leaves that are run to their end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WORKQ_H
#define KERNEL_WORKQ_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

/* Tasks that are waited for together; zero: none. One waiter at a time. */
struct task_group {
	u64 state;      /* low 32 bits: not done yet; high: core + 1 waits */
};

struct task {
	void (*fn)(void *arg);
	void *arg;
	struct task_group *group;       /* or NULL */
};

struct workq_cell {
	u64 turn;
	struct task task;
};

struct workq {
	u64 head ALIGNED(CACHE_LINE);        /* next to take */
	u64 tail ALIGNED(CACHE_LINE);        /* next to put */
	struct workq_cell cell[LIMIT_TASKS] ALIGNED(CACHE_LINE);
};

/* Portable; any number of putters and takers, which never wait. */
void workq_reset(struct workq *q);
/*
 * 0, or ERR_AGAIN when LIMIT_TASKS wait. What the caller loads afterwards is no
 * older than workq_is_empty's being false for others (park.h builds on it).
 */
int workq_put(struct workq *q, void (*fn)(void *arg), void *arg,
    struct task_group *group);
/* False when none waits. */
bool workq_take(struct workq *q, struct task *t);
/* Behind a full fence of the caller it misses no task that was put. */
bool workq_is_empty(const struct workq *q);

#endif
