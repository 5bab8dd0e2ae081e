/* sched.c - the node's queue of tasks, and a slot for each core. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/fiber.h"
#include "kernel/lib/err.h"
#include "kernel/smp.h"
#include "kernel/wait.h"
#include "kernel/workq.h"

/*
 * A task of the kernel goes to any core by the queue, or to one core by its
 * slot. A task of a rank belongs to that rank's cores: a rank of one core runs
 * it on the spot. The slot's lock word: 0 empty, 1 being filled or emptied,
 * 2 full.
 */

enum { SLOT_EMPTY, SLOT_BUSY, SLOT_FULL };

struct slot {
	u32 state;
	u32 pad;
	struct task task;
};

static struct workq queue;
static struct slot slots[LIMIT_CORES];

void
sched_init(void)
{
	workq_reset(&queue);
}

static bool
slot_move(struct slot *s, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&s->state, &from, to, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int
workq_submit(void (*fn)(void *arg), void *arg)
{
	struct cpu *c = cpu_this();
	int err;

	if (c->fiber && c->fiber->owner) {
		fn(arg);
		return 0;
	}
	err = workq_put(&queue, (struct task){ fn, arg });
	if (!err)
		smp_wake_one();
	return err;
}

int
workq_submit_core(u32 core, void (*fn)(void *arg), void *arg)
{
	struct slot *s = &slots[core];

	ASSERT(core < smp_count());
	if (!slot_move(s, SLOT_EMPTY, SLOT_BUSY))
		return ERR_AGAIN;
	s->task = (struct task){ fn, arg };
	__atomic_store_n(&s->state, SLOT_FULL, __ATOMIC_RELEASE);
	wait_wake(core);
	return 0;
}

bool
workq_run_one(void)
{
	struct slot *s = &slots[cpu_this()->index];
	struct task t;

	if (__atomic_load_n(&s->state, __ATOMIC_RELAXED) == SLOT_FULL &&
	    slot_move(s, SLOT_FULL, SLOT_BUSY)) {
		t = s->task;
		__atomic_store_n(&s->state, SLOT_EMPTY, __ATOMIC_RELEASE);
	} else if (workq_is_empty(&queue) || !workq_take(&queue, &t)) {
		return false;
	}
	t.fn(t.arg);
	return true;
}

bool
workq_has_work(u32 core)
{
	return __atomic_load_n(&slots[core].state, __ATOMIC_SEQ_CST) ==
	    SLOT_FULL || !workq_is_empty(&queue);
}
