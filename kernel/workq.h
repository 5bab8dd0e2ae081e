/* workq.h - tasks: leaves that any core takes and runs to their end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WORKQ_H
#define KERNEL_WORKQ_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

struct task {
	void (*fn)(void *arg);
	void *arg;
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

/* -- the queue itself; portable, any number of putters and takers -- */
void workq_reset(struct workq *q);
/* 0, or ERR_AGAIN when LIMIT_TASKS wait. */
int workq_put(struct workq *q, struct task t);
/* False when none waits. */
bool workq_take(struct workq *q, struct task *t);
bool workq_is_empty(const struct workq *q);

/* -- the node's queue: sched.c -- */
void sched_init(void);
/* Within a rank of one core the task runs on the spot. */
int workq_submit(void (*fn)(void *arg), void *arg);
/* A task for one core only; ERR_AGAIN while it has one. */
int workq_submit_core(u32 core, void (*fn)(void *arg), void *arg);
/* Takes and runs one; false: none. */
bool workq_run_one(void);
bool workq_has_work(u32 core);

#endif
