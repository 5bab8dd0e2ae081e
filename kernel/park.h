/* park.h - when a core may sleep, and who must wake it; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_PARK_H
#define KERNEL_PARK_H

#include "kernel/lib/base.h"

/*
 * The protocol that wait.c explains, in four steps:
 *
 *	sleeper                             waker
 *	seen = park_seen(seq)               store what the sleeper looks at
 *	look at everything: nothing there   park_note(): seq += 1, full fence;
 *	park_enter(): parked = 1, fence         true: interrupt the sleeper
 *	park_may_sleep(seq, seen)?
 *	look again; sleep
 *	park_leave(): parked = 0
 *
 * A waker to whom any sleeper will do claims one, so that the next such waker
 * claims another: park_claim() instead of park_note(); true: it alone must
 * interrupt that sleeper, and does. Whatever else it is woken for finds it on
 * its way.
 */

static inline u32
park_seen(const u32 *seq)
{
	return __atomic_load_n(seq, __ATOMIC_SEQ_CST);
}

static inline void
park_enter(volatile u32 *parked)
{
	__atomic_exchange_n(parked, 1, __ATOMIC_SEQ_CST);
}

static inline bool
park_may_sleep(const u32 *seq, u32 seen)
{
	return __atomic_load_n(seq, __ATOMIC_SEQ_CST) == seen;
}

static inline void
park_leave(volatile u32 *parked)
{
	__atomic_store_n(parked, 0, __ATOMIC_SEQ_CST);
}

static inline bool
park_claim(volatile u32 *parked)
{
	u32 one = 1;

	return __atomic_load_n(parked, __ATOMIC_SEQ_CST) &&
	    __atomic_compare_exchange_n(parked, &one, 0, false,
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static inline bool
park_note(u32 *seq, const volatile u32 *parked)
{
	__atomic_add_fetch(seq, 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(parked, __ATOMIC_SEQ_CST) != 0;
}

#endif
