/* fiber.c - stacks bound to a core: begin, switch, end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/fiber.h"

#include "kernel/cpu.h"
#include "kernel/sched.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 *	fiber_start --(list c->start)--> begun by the core in wait_until
 *
 *	running ---- wait_until: not ready, others there ----> ring of the core
 *	        <--- its turn comes round ---------------------+
 *	   |
 *	   +-- fiber_exit: the ring goes on without it; whoever runs next on the
 *	       core, on another stack, says that it is done
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

void
fiber_start(struct fiber *f, u32 core, u64 stack_top, u64 fs_base,
    void (*fn)(void *arg), void *arg)
{
	struct fiber **list = &smp_cpu(core)->start;
	struct switch_frame *s;

	ASSERT(core < smp_count());
	s = (struct switch_frame *)(uintptr_t)(ALIGN_DOWN(stack_top, 16ull)) -
	    1;
	*s = (struct switch_frame){ .mxcsr = MXCSR_DEFAULT,
		.x87 = X87_DEFAULT, .rip = (u64)(uintptr_t)switch_first };
	f->rsp = (u64)(uintptr_t)s;
	f->fs_base = fs_base;
	f->core = core;
	f->done = f->joiner = f->depth = f->helping = 0;
	f->deadline_ns = 0;
	f->fn = fn;
	f->arg = arg;
	f->next = __atomic_load_n(list, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(list, &f->next, f, true,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	wait_wake(core);
}

/* First thing on the new stack: the fiber before has left its own for good. */
static void
bury(struct cpu *c)
{
	struct fiber *f = c->left;
	u32 joiner;

	if (!f)
		return;
	c->left = NULL;
	__atomic_exchange_n(&f->done, 1, __ATOMIC_SEQ_CST);
	joiner = __atomic_load_n(&f->joiner, __ATOMIC_SEQ_CST);
	if (joiner)
		wait_wake(joiner - 1);
}

void
fiber_begin(void)
{
	struct fiber *f = cpu_this()->fiber;

	bury(cpu_this());
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
	bury(c);
}

void
fiber_exit(void)
{
	struct cpu *c = cpu_this();
	struct fiber *next = c->ring;

	ASSERT(next && c->fiber != c->idle);
	c->ring = next->next;
	c->left = c->fiber;
	fiber_switch(next);
	__builtin_unreachable();
}

static bool
is_done(void *arg)
{
	return __atomic_load_n(&((struct fiber *)arg)->done,
		   __ATOMIC_SEQ_CST) != 0;
}

bool
fiber_join(struct fiber *f, u64 deadline_ns)
{
	__atomic_exchange_n(&f->joiner, cpu_this()->index + 1,
	    __ATOMIC_SEQ_CST);
	return sched_wait_alone(is_done, f, deadline_ns);
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
	c->ring = c->start = c->left = NULL;
	c->idle->depth = c->idle->helping = 0;
	cpu_wrmsr(MSR_FS_BASE, c->idle->fs_base);
	for (;;)
		wait_until(never, NULL, UINT64_MAX);
}
