/* fiber.c - stacks bound to a core: begin, switch, end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/fiber.h"

#include "kernel/cpu.h"
#include "kernel/lib/err.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 *	fiber_start --(slot c->start)--> begun by the core in wait_until
 *
 *	running ---- wait_until: not ready, others there ----> ring of the core
 *	        <--- its turn comes round ---------------------+
 *	   |
 *	   +-- fiber_exit: done; the ring goes on without it
 *
 * The ring holds every fiber of the core but the running one; the idle loop is
 * one of them, so that a core always has somewhere to go. Only the core itself
 * touches its ring; other cores see c->start alone. An NMI or an exception
 * empties the ring and begins the idle loop anew: what ran there is abandoned.
 */

enum {
	MXCSR_DEFAULT = 0x1f80,     /* ABI: all exceptions masked */
	X87_DEFAULT = 0x037f,
};

/* What switch_stack pops. */
struct switch_frame {
	u32 mxcsr;
	u16 x87, pad;
	u64 r15, r14, r13, r12, rbx, rbp;
	u64 rip;
};

void switch_stack(u64 *save_rsp, u64 rsp);
void switch_first(void);
NORETURN void fiber_begin(void);

int
fiber_start(struct fiber *f, u32 core, u64 stack_top, u64 fs_base,
    void (*fn)(void *arg), void *arg)
{
	struct fiber *none = NULL;
	struct switch_frame *s;

	ASSERT(core < smp_count());
	s = (struct switch_frame *)(uintptr_t)(ALIGN_DOWN(stack_top, 16ull)) -
	    1;
	*s = (struct switch_frame){ .mxcsr = MXCSR_DEFAULT,
		.x87 = X87_DEFAULT, .rip = (u64)(uintptr_t)switch_first };
	f->rsp = (u64)(uintptr_t)s;
	f->fs_base = fs_base;
	f->core = core;
	f->done = 0;
	f->fn = fn;
	f->arg = arg;
	if (!__atomic_compare_exchange_n(&smp_cpu(core)->start, &none, f,
		false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return ERR_BUSY;
	wait_wake(core);
	return 0;
}

void
fiber_begin(void)
{
	struct fiber *f = cpu_this()->fiber;

	f->fn(f->arg);
	fiber_exit();
}

void
fiber_switch(struct fiber *to)
{
	struct cpu *c = cpu_this();
	struct fiber *from = c->fiber;

	c->fiber = to;
	if (to->fs_base != from->fs_base)
		cpu_wrmsr(MSR_FS_BASE, to->fs_base);
	switch_stack(&from->rsp, to->rsp);
}

void
fiber_exit(void)
{
	struct cpu *c = cpu_this();
	struct fiber *next = c->ring;

	ASSERT(next && c->fiber != c->idle);
	c->ring = next->next;
	__atomic_store_n(&c->fiber->done, 1, __ATOMIC_RELEASE);
	fiber_switch(next);
	__builtin_unreachable();
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

void
fiber_idle(void)
{
	struct cpu *c = cpu_this();

	c->fiber = c->idle;
	c->ring = NULL;
	cpu_wrmsr(MSR_FS_BASE, c->idle->fs_base);
	for (;;)
		wait_until(never, NULL, UINT64_MAX);
}
