/* workq.c - a bounded queue of tasks without a lock; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/workq.h"

_Static_assert((LIMIT_TASKS & (LIMIT_TASKS - 1)) == 0, "laps by mask");

void
workq_reset(struct workq *q)
{
	q->head = q->tail = 0;
	for (u64 i = 0; i < LIMIT_TASKS; i++)
		q->cell[i].turn = i;
}
