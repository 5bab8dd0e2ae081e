/* sched.h - who takes which task: teams of cores, slots, groups. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "kernel/workq.h"

struct cpu;

/*
 * A team is a run of cores that take one another's tasks: all cores for the
 * kernel's, a rank's own for a rank's. A fiber puts tasks into its own team and
 * takes them from there; kernel tasks run on any fiber.
 */
struct sched_slot {
	u32 state;
	u32 passed;                  /* how often it was left to its core */
	struct task task;
} ALIGNED(CACHE_LINE);

struct team {
	struct workq queue;
	u32 first, cores;
	u32 sleepers ALIGNED(CACHE_LINE);    /* parked, or about to */
	u32 hinted;                          /* slots that may be stolen from */
	u32 waiting;                         /* in sched_wait_zero */
	struct sched_slot slot[];            /* one a core */
};

/* Where a task should run: an index among the team's cores, a NUMA node, or
 * anywhere. A wish: an idle core takes it if the wished one is busy. */
enum { SCHED_ANY = -1 };
#define SCHED_NODE(n) ((i32)(0x40000000u | (u32)(n)))

/* Makes the kernel's team; before other cores start. */
void sched_init(void);
struct team *sched_kernel(void);
/* A team of cores [first, first + cores), or NULL: no memory. Freed by the
 * recycle. */
struct team *sched_team(u32 first, u32 cores);

/*
 * A task for the running fiber's team. Fibers without a team, which are ranks
 * of one core, and tasks nested too deeply run it on the spot. ERR_AGAIN: the
 * queue is full.
 */
int sched_submit(void (*fn)(void *arg), void *arg);
/* The same in a group (*g zero at first); a full queue runs it on the spot. */
void sched_submit_group(struct task_group *g, void (*fn)(void *arg),
    void *arg, i32 where);
/* Runs tasks until the group has none left. One waiter at a time. */
void sched_wait_group(struct task_group *g);
/* Runs tasks until *pending is 0, which a task without a group has made it. */
void sched_wait_zero(volatile u32 *pending);

/* wait_until, but without running tasks: for waits whose caller may hold what a
 * task wants, like a lock of libc. */
bool sched_wait_alone(bool (*ready)(void *arg), void *arg, u64 deadline_ns);

/* A kernel task for one core only; ERR_AGAIN while it has one. */
int sched_submit_core(u32 core, void (*fn)(void *arg), void *arg);

/* Wakes a parked core of the team, if any, that nobody is waking yet; behind a
 * full fence. */
void sched_wake_sleeper(struct team *t);

/* -- for wait.c -- */
/* Takes and runs one; false: none that the running fiber may run. */
bool sched_run_one(void);
/* Some fiber of this core could run a task. */
bool sched_has_work(const struct cpu *c);
/* The core is about to park (by = 1), or no longer (-1). A full fence. */
void sched_count_sleeper(const struct cpu *c, u32 by);

#endif
