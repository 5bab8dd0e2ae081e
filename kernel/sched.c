/* sched.c - who takes which task: teams of cores, slots, groups. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/sched.h"

#include "kernel/acpi.h"
#include "kernel/fiber.h"
#include "kernel/lib/err.h"
#include "kernel/page.h"
#include "kernel/park.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 * Rules. A task goes into its team's queue; one with a wish goes into the slot
 * of the core that it wishes, if that is empty. A core takes from the queue, then
 * from its own slot, then out of the slots of others ("steals") that have left a
 * task there for a while; a BOUND task, the kernel's only, is never stolen.
 *
 *	slot:  EMPTY --(CAS)--> BUSY --> HINTED or BOUND --(CAS)--> BUSY --> EMPTY
 *
 * No lock, and no interrupt but to a parked core: whoever puts a task looks,
 * behind a full fence, whether the team has sleepers; whoever is about to park
 * counts itself, behind a full fence looks at queue and slots, then sleeps. The
 * waker claims the core that it interrupts (park.h), so that two tasks wake two
 * cores.
 *
 * Waiting by helping. A wait for a group runs tasks meanwhile, also inside a
 * task; a wait for a message does so outside of tasks; any other wait (output,
 * a file, a thread) runs none: what the waiter holds must not be wanted by a
 * stranger above it on its stack. `depth` counts the tasks on a fiber's stack
 * and waits of that kind, `helping` how deep the wait for a group stands. From
 * LIMIT_TASK_DEPTH on tasks are run where they are submitted, so that nobody
 * there has to wait for one.
 */

enum { EMPTY, BUSY, HINTED, BOUND };
enum { PASSES = 16 };   /* by each core: longer than to wake one */

static struct team *kernel;

struct team *
sched_team(u32 first, u32 cores)
{
	struct team *t = page_alloc_bytes(sizeof(*t) +
	    cores * sizeof(struct sched_slot));

	if (!t)
		return NULL;
	workq_reset(&t->queue);
	t->first = first;
	t->cores = cores;
	return t;
}

void
sched_init(void)
{
	const struct acpi_topology *found = smp_topology();

	kernel = sched_team(0, MAX(found->cores, 1u));
	ASSERT(kernel);
	cpu_this()->idle->team = kernel;
}

struct team *
sched_kernel(void)
{
	return kernel;
}

/* -- putting -- */

static bool
move(struct sched_slot *s, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&s->state, &from, to, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void
sched_wake_sleeper(struct team *t)
{
	u32 end = MIN(t->first + t->cores, smp_count());

	for (u32 i = t->first; i < end; i++)
		if (park_claim(&smp_cpu(i)->parked)) {
			smp_interrupt(i);
			return;
		}
}

static inline void
wake_sleeper(struct team *t)
{
	if (UNLIKELY(__atomic_load_n(&t->sleepers, __ATOMIC_SEQ_CST)))
		sched_wake_sleeper(t);
}

/* Else a task runs where it is submitted. */
static inline bool
may_queue(const struct fiber *f)
{
	return f->team && f->depth < LIMIT_TASK_DEPTH;
}

static inline int
put(struct team *t, void (*fn)(void *arg), void *arg, struct task_group *g)
{
	int err = workq_put(&t->queue, fn, arg, g);

	if (LIKELY(!err))
		wake_sleeper(t);
	return err;
}

static void
finish(struct task_group *g)
{
	u64 was = __atomic_fetch_sub(&g->state, 1, __ATOMIC_SEQ_CST);
	u32 core = (u32)(was >> 32) - 1;

	/* From here on *g may be gone. */
	if ((u32)was == 1 && core < smp_count())
		wait_wake(core);
}

int
sched_submit(void (*fn)(void *arg), void *arg)
{
	struct fiber *f = fiber_this();

	if (LIKELY(may_queue(f)))
		return put(f->team, fn, arg, NULL);
	fn(arg);
	return 0;
}

static bool
fill(struct sched_slot *s, u32 state, struct task task)
{
	if (!move(s, EMPTY, BUSY))
		return false;
	s->task = task;
	s->passed = 0;
	__atomic_exchange_n(&s->state, state, __ATOMIC_SEQ_CST);
	return true;
}

/* Into the slot of a core that fits the wish and has none. */
static bool
submit_hinted(struct team *t, struct task task, i32 where)
{
	u32 i = 0, end = t->cores;

	if (where < (i32)end)
		end = (i = (u32)where) + 1;
	for (; i < end; i++) {
		u32 core = t->first + i;

		if (where >= (i32)t->cores &&
		    where != SCHED_NODE(smp_cpu(core)->node))
			continue;
		if (!fill(&t->slot[i], HINTED, task))
			continue;
		__atomic_add_fetch(&t->hinted, 1, __ATOMIC_SEQ_CST);
		if (smp_cpu(core)->parked)
			wait_wake(core);
		else
			wake_sleeper(t);
		return true;
	}
	return false;
}

void
sched_submit_group(struct task_group *g, void (*fn)(void *arg), void *arg,
    i32 where)
{
	struct fiber *f = fiber_this();

	__atomic_add_fetch(&g->state, 1, __ATOMIC_RELAXED);
	if (LIKELY(may_queue(f))) {
		if (where >= 0 && submit_hinted(f->team,
			(struct task){ fn, arg, g }, where))
			return;
		if (LIKELY(put(f->team, fn, arg, g) == 0))
			return;
	}
	fn(arg);
	finish(g);
}

int
sched_submit_core(u32 core, void (*fn)(void *arg), void *arg)
{
	ASSERT(core < smp_count());
	if (!fill(&kernel->slot[core], BOUND, (struct task){ fn, arg, NULL }))
		return ERR_AGAIN;
	wait_wake(core);
	return 0;
}

/* -- taking -- */

static bool
take_slot(struct team *t, struct sched_slot *s, u32 state, struct task *task)
{
	if (!move(s, state, BUSY))
		return false;
	*task = s->task;
	__atomic_store_n(&s->state, EMPTY, __ATOMIC_RELEASE);
	if (state == HINTED)
		__atomic_sub_fetch(&t->hinted, 1, __ATOMIC_RELAXED);
	return true;
}

/* The wished core sees its slot within one round of its own: it was given a few
 * rounds of everybody. The count need not be exact. */
static bool
is_ripe(const struct team *t, struct sched_slot *s)
{
	u32 passed = __atomic_load_n(&s->passed, __ATOMIC_RELAXED);

	if (__atomic_load_n(&s->state, __ATOMIC_RELAXED) != HINTED)
		return false;
	__atomic_store_n(&s->passed, passed + 1, __ATOMIC_RELAXED);
	return passed >= PASSES * t->cores;
}

static bool
steal(struct team *t, struct task *task)
{
	for (u32 i = 0; i < t->cores; i++)
		if (is_ripe(t, &t->slot[i]) &&
		    take_slot(t, &t->slot[i], HINTED, task))
			return true;
	return false;
}

static bool
take_slots(struct team *t, u32 core, struct task *task)
{
	struct sched_slot *s = &t->slot[core - t->first];
	u32 state = __atomic_load_n(&s->state, __ATOMIC_RELAXED);

	return (state >= HINTED && take_slot(t, s, state, task)) ||
	    (t->hinted && steal(t, task));
}

static inline bool
may_help(const struct fiber *f)
{
	return f->depth <= f->helping;
}

/* A task of a rank has ended that no group counts: somebody may look at what it
 * has written; behind a full fence. */
static void
tell_waiters(struct team *t)
{
	for (u32 i = 0; i < t->cores; i++)
		wait_wake(t->first + i);
}

static inline bool
run(struct fiber *f, struct team *t, struct task task)
{
	f->depth++;
	task.fn(task.arg);
	f->depth--;
	if (task.group)
		finish(task.group);
	else if (UNLIKELY(__atomic_add_fetch(&t->waiting, 0, __ATOMIC_SEQ_CST)))
		tell_waiters(t);
	return true;
}

/* The team's queue is empty. */
__attribute__((noinline)) static bool
run_other(struct fiber *f)
{
	struct team *t = f->team;
	struct task task;

	if (t && take_slots(t, f->core, &task))
		return run(f, t, task);
	if ((t != kernel && workq_take(&kernel->queue, &task)) ||
	    take_slots(kernel, f->core, &task))
		return run(f, kernel, task);
	return false;
}

bool
sched_run_one(void)
{
	struct fiber *f = fiber_this();
	struct team *t = f->team;
	struct task task;

	if (UNLIKELY(!may_help(f)))
		return false;
	if (t && workq_take(&t->queue, &task))
		return run(f, t, task);
	return run_other(f);
}

static bool
has_work(struct team *t, u32 core)
{
	return __atomic_load_n(&t->slot[core - t->first].state,
		   __ATOMIC_SEQ_CST) >= HINTED ||
	    !workq_is_empty(&t->queue) ||
	    __atomic_load_n(&t->hinted, __ATOMIC_SEQ_CST);
}

bool
sched_has_work(const struct cpu *c)
{
	for (struct fiber *f = c->fiber, *next = c->ring; f;
	    f = next, next = f ? f->next : NULL)
		if (f->team && may_help(f) && has_work(f->team, c->index))
			return true;
	return has_work(kernel, c->index);
}

void
sched_count_sleeper(const struct cpu *c, u32 by)
{
	for (struct fiber *f = c->fiber, *next = c->ring; f;
	    f = next, next = f ? f->next : NULL)
		if (f->team)
			__atomic_add_fetch(&f->team->sleepers, by,
			    __ATOMIC_SEQ_CST);
}

/* -- waiting -- */

static void
help_until(bool (*ready)(void *arg), void *arg)
{
	struct fiber *f = cpu_this()->fiber;
	u32 before = f->helping;

	f->helping = MIN(f->depth, LIMIT_TASK_DEPTH - 1u);
	wait_until(ready, arg, UINT64_MAX);
	f->helping = before;
}

bool
sched_wait_alone(bool (*ready)(void *arg), void *arg, u64 deadline_ns)
{
	struct fiber *f = cpu_this()->fiber;
	bool result;

	f->depth++;
	result = wait_until(ready, arg, deadline_ns);
	f->depth--;
	return result;
}

static bool
is_done(void *arg)
{
	return (u32)__atomic_load_n(&((struct task_group *)arg)->state,
		   __ATOMIC_SEQ_CST) == 0;
}

static bool
is_zero(void *arg)
{
	return __atomic_load_n((u32 *)arg, __ATOMIC_SEQ_CST) == 0;
}

void
sched_wait_group(struct task_group *g)
{
	u64 me = (u64)(cpu_this()->index + 1) << 32;

	__atomic_add_fetch(&g->state, me, __ATOMIC_SEQ_CST);
	help_until(is_done, g);
	__atomic_sub_fetch(&g->state, me, __ATOMIC_SEQ_CST);
}

void
sched_wait_zero(volatile u32 *pending)
{
	struct team *t = cpu_this()->fiber->team;

	if (t)
		__atomic_add_fetch(&t->waiting, 1, __ATOMIC_SEQ_CST);
	help_until(is_zero, (void *)(uintptr_t)pending);
	if (t)
		__atomic_sub_fetch(&t->waiting, 1, __ATOMIC_SEQ_CST);
}
