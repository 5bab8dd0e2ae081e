/* threads.c - a rank's further cores, and the threads that it makes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 * A thread is a fiber of a rank with a stack and a thread block of its own in
 * the rank's window, guards between them. Its number is its place in the
 * rank's table + 1; 0 is the rank's main fiber. Numbers 1 to cores - 1 stand
 * one on each further core for as long as the rank runs and take its tasks.
 * The others come from thread_create and are used again once joined: memory is
 * never given back before the recycle.
 */

enum thread_state { THREAD_FREE, THREAD_USED };

struct thread *
thread_prepare(struct job *j, struct rank *r, u64 stack)
{
	struct thread *t;

	if (r->threads == LIMIT_THREADS)
		return NULL;
	t = page_alloc_bytes(sizeof(*t));
	if (!t || loader_thread(j, r, stack, t) != 0)
		return NULL;
	t->fiber.owner = r;
	t->fiber.team = r->team;
	r->thread[r->threads++] = t;
	t->number = r->threads;
	return t;
}

static void
begin(struct thread *t, u32 core, void (*fn)(void *arg), void *arg)
{
	t->state = THREAD_USED;
	fiber_start(&t->fiber, core, t->stack_top, t->fs_base, fn, arg);
}

static bool
has_ended(void *arg)
{
	return ((struct rank *)arg)->state >= RANK_EXITED;
}

static void
take_tasks(void *arg)
{
	wait_until(has_ended, arg, UINT64_MAX);
}

void
threads_start(struct rank *r)
{
	for (u32 i = 0; i + 1 < r->page.cores; i++)
		begin(r->thread[i], r->core + 1 + i, take_tasks, r);
}

struct wish {
	struct rank *r;
	u64 stack;
};

/* Under the agent's lock: the number, or an error. */
static int
find(void *arg)
{
	struct wish *w = arg;
	struct rank *r = w->r;
	struct thread *t;

	for (u32 i = 0; i < r->threads; i++) {
		t = r->thread[i];
		if (t->state != THREAD_FREE || t->stack_bytes < w->stack)
			continue;
		loader_thread_again(agent_job(), r, t);
		t->state = THREAD_USED;
		return (int)i + 1;
	}
	if (!thread_prepare(agent_job(), r, w->stack))
		return ERR_NOMEM;
	r->thread[r->threads - 1]->state = THREAD_USED;
	return (int)r->threads;
}

int
thread_create(u32 core, void (*fn)(void *arg), void *arg, u64 stack)
{
	struct rank *r = rank_this();
	struct wish w = { r, stack ? stack : STACK_BYTES_THREAD };
	int number;

	if (core >= r->page.cores)
		return ERR_INVAL;
	number = agent_lend(find, &w);
	if (number > 0)
		begin(r->thread[number - 1], r->core + core, fn, arg);
	return number;
}

static struct thread *
thread_of(u32 number)
{
	struct rank *r = rank_this();

	return number - 1 < r->threads ? r->thread[number - 1] : NULL;
}

int
thread_join(u32 number, u64 deadline_ns)
{
	struct thread *t = thread_of(number);

	if (!t || t->state != THREAD_USED || &t->fiber == cpu_this()->fiber)
		return ERR_INVAL;
	if (!fiber_join(&t->fiber, deadline_ns))
		return ERR_TIMEOUT;
	__atomic_store_n(&t->state, THREAD_FREE, __ATOMIC_RELEASE);
	return 0;
}

u32
thread_self(void)
{
	struct fiber *f = cpu_this()->fiber;

	return f == &rank_this()->fiber ? 0 :
	    CONTAINER_OF(f, struct thread, fiber)->number;
}

struct word {
	const volatile u32 *at;
	u32 seen;
};

static bool
has_changed(void *arg)
{
	const struct word *w = arg;

	return *w->at != w->seen;
}

bool
thread_wait(const volatile u32 *word, u32 seen, u64 deadline_ns)
{
	struct word w = { word, seen };

	return sched_wait_alone(has_changed, &w, deadline_ns);
}

void
thread_wake(u32 number)
{
	struct thread *t = thread_of(number);

	wait_wake(t ? t->fiber.core : rank_this()->fiber.core);
}
