/* smp.h - the cores: their blocks, waking them, stopping them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

struct acpi_topology;
struct fiber;

/* A core's own block; GS points at it. Offsets 0 and 8 are known to trap.S, 16
 * to fiber_this. */
struct cpu {
	struct cpu *self;
	u64 trap_depth;
	struct fiber *fiber;         /* what it runs now */
	u32 index, apic_id;
	u32 place;                   /* index before cores that do not come */
	u32 slot;                    /* its place in the MADT, in every life */
	u32 node;                    /* NUMA node */
	volatile u32 online;
	volatile u32 parked;         /* in wait.c: an IPI wakes it */
	u32 wake_seq;                /* wait.c: what a sleeper looks at changed */
	u32 quiet, kept;             /* wait.c's own */
	volatile u32 stop;           /* NMI: abandon what you run */
	volatile u32 stopped;
	struct fiber *idle;          /* its own loop */
	struct fiber *start;         /* handed over by fiber_start: a list */
	struct fiber *left;          /* ended; fiber.c says so */
	struct fiber *ring;          /* blocked fibers that take turns */
	u64 tick_at_ns;              /* 0: this core has no tick */
	u64 alarm_ns;                /* wait.c: the timer comes then; 0: never */
	u64 ticks;
	u64 idle_top;                /* top of the idle stack */
} ALIGNED(CACHE_LINE);

static inline struct cpu *
cpu_this(void)
{
	struct cpu *c;

	__asm__("mov %%gs:0, %0" : "=r"(c));
	return c;
}

/* The running fiber: the same for as long as its code runs. */
static inline struct fiber *
fiber_this(void)
{
	struct fiber *f;

	_Static_assert(offsetof(struct cpu, fiber) == 16, "known below");
	__asm__("mov %%gs:16, %0" : "=r"(f));
	return f;
}

/* Cold: reads the MADT, while low memory is still mapped. */
void smp_find(void);
/* What it found; one entry and no NUMA nodes if the firmware says nothing. */
const struct acpi_topology *smp_topology(void);
/* Starts every core that the MADT names; each runs smp_core_run. */
void smp_init(void);
u32 smp_count(void);
struct cpu *smp_cpu(u32 index);
u64 smp_ticks(void);

/* An IPI that ends a hlt. Any context. */
void smp_interrupt(u32 core);
/* To some parked core, so that somebody looks at the inboxes. */
void smp_wake_one(void);
void smp_wake_all(void);

/*
 * Makes every other core abandon what it runs, wherever it is, by NMI: it
 * returns to its idle loop, or goes to wait in the recycle code. Bounded: a
 * core that does not answer within a second is reported and given up. Locks
 * that they held are not released: the caller resets what they guard.
 */
enum smp_stop { SMP_TO_IDLE = 1, SMP_TO_RECYCLE, SMP_TO_DEBUG };
void smp_stop_others(u32 how);
/* An NMI that leads to gdbstub_nmi on that core. Under the agent's lock. */
void smp_ask_debug(u32 core);

/* Core 0's block, for the time before smp_init. */
void smp_boot_core(void);

#endif
