/* workq.h - a bounded queue of tasks: leaves that are run to their end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WORKQ_H
#define KERNEL_WORKQ_H

#include "kernel/lib/base.h"
#include "kernel/lib/err.h"
#include "kernel/limits.h"

/* Tasks that are waited for together; zero: none. One waiter at a time. */
struct task_group {
	u64 state;      /* low 32 bits: not done yet; high: core + 1 waits */
};

struct task {
	void (*fn)(void *arg);
	void *arg;
	struct task_group *group;       /* or NULL */
};

struct workq_cell {
	u64 turn;
	struct task task;
};

struct workq {
	struct workq_cell cell[LIMIT_TASKS] ALIGNED(CACHE_LINE);
	u64 head ALIGNED(CACHE_LINE);        /* next to take */
	u64 tail ALIGNED(CACHE_LINE);        /* next to put */
};

/*
 * Rules. Portable; any number of putters and takers, which never wait; inlined,
 * since a task costs a few dozen instructions in all. Each cell has a turn, which
 * says whose it is (Vyukov's bounded queue):
 *
 *	turn == n         cell n % LIMIT_TASKS is free for the n-th put
 *	turn == n + 1     it holds the n-th task, for the n-th take
 *	turn == n + LIMIT_TASKS   it is free again, one lap later
 *
 * A putter that wins `tail` owns the cell until it writes turn n + 1; a taker
 * that wins `head` owns it until it writes the next lap's turn. One that is
 * stopped in between holds up that cell only, not the queue's ends. No core
 * ever spins for another: full and empty are answers. That a putter is under
 * way counts as not empty: whoever is about to park looks at the ends, so the
 * move of `tail` is the store that must be seen (a full fence), not the turn.
 */

void workq_reset(struct workq *q);

/*
 * 0, or ERR_AGAIN when LIMIT_TASKS wait. What the caller loads afterwards is no
 * older than workq_is_empty's being false for others (park.h builds on it).
 */
static inline int
workq_put(struct workq *q, void (*fn)(void *arg), void *arg,
    struct task_group *group)
{
	u64 n = __atomic_load_n(&q->tail, __ATOMIC_RELAXED);

	for (;;) {
		struct workq_cell *c = &q->cell[n % LIMIT_TASKS];
		u64 turn = __atomic_load_n(&c->turn, __ATOMIC_ACQUIRE);

		if (turn == n) {
			if (!__atomic_compare_exchange_n(&q->tail, &n, n + 1,
				true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
				continue;
			c->task = (struct task){ fn, arg, group };
			__atomic_store_n(&c->turn, n + 1, __ATOMIC_RELEASE);
			return 0;
		}
		if ((i64)(turn - n) < 0)
			return ERR_AGAIN;
		n = __atomic_load_n(&q->tail, __ATOMIC_RELAXED);
	}
}

/* False when none waits. */
static inline bool
workq_take(struct workq *q, struct task *t)
{
	u64 n = __atomic_load_n(&q->head, __ATOMIC_RELAXED);

	for (;;) {
		struct workq_cell *c = &q->cell[n % LIMIT_TASKS];
		u64 turn = __atomic_load_n(&c->turn, __ATOMIC_ACQUIRE);

		if (turn == n + 1) {
			if (!__atomic_compare_exchange_n(&q->head, &n, n + 1,
				true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
				continue;
			*t = c->task;
			__atomic_store_n(&c->turn, n + LIMIT_TASKS,
			    __ATOMIC_RELEASE);
			return true;
		}
		if ((i64)(turn - (n + 1)) < 0)
			return false;
		n = __atomic_load_n(&q->head, __ATOMIC_RELAXED);
	}
}

/* Behind a full fence of the caller it misses no task that was put. */
static inline bool
workq_is_empty(const struct workq *q)
{
	return __atomic_load_n(&q->tail, __ATOMIC_SEQ_CST) ==
	    __atomic_load_n(&q->head, __ATOMIC_SEQ_CST);
}

#endif
