/* fiber.h - a stack bound to a core: ranks, team members, the idle loop. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_FIBER_H
#define KERNEL_FIBER_H

#include "kernel/lib/base.h"

/*
 * Rules. A fiber starts on one core and stays there: it is never stolen and
 * never run inside another's wait. It is left only in wait_until (wait.c), by
 * its end, or by an NMI that abandons it. Its stack, FS base, MXCSR and x87
 * control word are its own; the kernel itself touches no FP state. Several
 * fibers of a core take turns in wait_until, each looking at its own
 * condition: nothing preempts them.
 */

enum { FIBER_LOCALS = 16 };
struct team;

struct fiber {
	u64 rsp;                 /* while it does not run */
	u64 fs_base;
	u32 core;
	u32 done;                /* nothing touches its stack any more */
	u32 joiner;              /* core + 1 that waits for that; 0 */
	u32 depth, helping;      /* sched.c: tasks on its stack */
	struct team *team;       /* whose tasks it runs besides the kernel's */
	struct fiber *next;      /* ring of the core's blocked fibers */
	u64 deadline_ns;         /* of its wait_until */
	void (*fn)(void *arg);
	void *arg;
	void *owner;             /* struct rank, or NULL for the kernel's */
	void *local[FIBER_LOCALS]; /* its owner's words */
};

/* Hands a fiber (owner and team set) to its core, which begins it as soon as
 * it waits. */
void fiber_start(struct fiber *f, u32 core, u64 stack_top, u64 fs_base,
    void (*fn)(void *arg), void *arg);

/* Ends the calling fiber. */
NORETURN void fiber_exit(void);

/* Waits for a fiber's end; its stack is the caller's then. One joiner. False
 * at the deadline. */
bool fiber_join(struct fiber *f, u64 deadline_ns);

/* Saves the running fiber and continues `to`. wait.c only. */
void fiber_switch(struct fiber *to);

/* The core's first words after a start or an NMI: its idle loop. */
NORETURN void fiber_idle(void);

#endif
