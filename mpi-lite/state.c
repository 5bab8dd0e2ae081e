/* state.c - finding a rank's state, its memory, and its one lock. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/state.h"

#include "mpi-lite/env.h"
#include "mpi-lite/err.h"

#include <stdlib.h>
#include <string.h>

struct state *
state_any(void)
{
	return env_rank()->mpi;
}

struct state *
state_of(const char *func)
{
	struct state *s = env_rank()->mpi;

	if (!s)
		err_fatal(func, "called before MPI_Init");
	if (s->finalized)
		err_fatal(func, "called after MPI_Finalize");
	return s;
}

void *
state_alloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		err_fatal("(any)", "out of memory");
	return p;
}

void *
state_zalloc(size_t bytes)
{
	return memset(state_alloc(bytes), 0, bytes);
}

void
state_lock_slow(struct state *s)
{
	u64 me = env_thread(), none = 0;

	if (__atomic_load_n(&s->lock.owner, __ATOMIC_RELAXED) != me) {
		while (!__atomic_compare_exchange_n(&s->lock.owner, &none, me,
		    false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			none = 0;
			env_yield();
		}
	}
	s->lock.depth++;
}

void
state_unlock_slow(struct state *s)
{
	ASSERT(s->lock.depth > 0);
	if (--s->lock.depth == 0)
		__atomic_store_n(&s->lock.owner, 0, __ATOMIC_RELEASE);
}
