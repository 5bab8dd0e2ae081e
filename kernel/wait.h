/* wait.h - the one place where anything waits. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include "kernel/lib/base.h"

/* Chooses poll or halt: idle= on the command line, else halt where a
 * hypervisor may have less cores than we see. */
void wait_init(void);

/*
 * Returns true when ready(arg) does, false at the deadline (clock_now_ns time;
 * UINT64_MAX: none). Meanwhile tasks, the agent and other fibers of this core
 * get their turn; with nothing to do the core parks. `ready` is cheap and
 * looks at memory only; whoever makes it true calls wait_wake(core).
 */
bool wait_until(bool (*ready)(void *arg), void *arg, u64 deadline_ns);

/* What `ready` looks at has changed: the core must look again. */
void wait_wake(u32 core);

/* The timer of this core went off: tick and deadlines. */
void wait_timer(void);
/* This core takes part in the tick, at this phase of its period. */
void wait_tick_start(u64 phase_ns);

#endif
