/* workq.c - a bounded queue of tasks without a lock; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/workq.h"

#include "kernel/lib/err.h"

/*
 * Rules. A task is a leaf: it never waits, so whoever takes one finishes it.
 * Each cell has a turn, which says whose it is (Vyukov's bounded queue):
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

_Static_assert((LIMIT_TASKS & (LIMIT_TASKS - 1)) == 0, "laps by mask");

void
workq_reset(struct workq *q)
{
	q->head = q->tail = 0;
	for (u64 i = 0; i < LIMIT_TASKS; i++)
		q->cell[i].turn = i;
}

int
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

bool
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

bool
workq_is_empty(const struct workq *q)
{
	return __atomic_load_n(&q->tail, __ATOMIC_SEQ_CST) ==
	    __atomic_load_n(&q->head, __ATOMIC_SEQ_CST);
}
