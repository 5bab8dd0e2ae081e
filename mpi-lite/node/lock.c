/* lock.c - newlib's locks, so that tasks of a rank may call libc. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/node/start.h"

#include <stdlib.h>
#include <sys/lock.h>

/*
 * All of newlib's lock hooks stand in this one object: were one missing, the
 * linker would silently take newlib's empty ones. The owner is a thread: it
 * may hold a lock while it waits (for room in the output), and others of its
 * core run meanwhile. So whoever finds a lock taken lets them run. Tasks that a
 * waiting thread runs are its own: it runs none while it waits inside libc.
 */

enum { LOCK_LOOK_NS = 20000 };

struct __lock {
	u32 owner;      /* thread + 1; 0: free */
	u32 depth;
};

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

static u32
self(void)
{
	return start_abi->thread_self() + 1;
}

int
__retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	u32 me = self(), none = 0;

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != me &&
	    !__atomic_compare_exchange_n(&lock->owner, &none, me, false,
		__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	lock->depth++;
	return 1;
}

void
__retarget_lock_acquire_recursive(_LOCK_T lock)
{
	u32 owner;

	while (!__retarget_lock_try_acquire_recursive(lock)) {
		owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);
		if (owner)
			start_abi->thread_wait(&lock->owner, owner,
			    start_abi->now_ns() + LOCK_LOOK_NS);
	}
}

void
__retarget_lock_release_recursive(_LOCK_T lock)
{
	if (--lock->depth == 0)
		__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

void
__retarget_lock_init_recursive(_LOCK_T *lock)
{
	*lock = calloc(1, sizeof(**lock));
	ASSERT(*lock);
}

void
__retarget_lock_close_recursive(_LOCK_T lock)
{
	free(lock);
}

int
__retarget_lock_try_acquire(_LOCK_T lock)
{
	return __retarget_lock_try_acquire_recursive(lock);
}

void
__retarget_lock_acquire(_LOCK_T lock)
{
	__retarget_lock_acquire_recursive(lock);
}

void
__retarget_lock_release(_LOCK_T lock)
{
	__retarget_lock_release_recursive(lock);
}

void
__retarget_lock_init(_LOCK_T *lock)
{
	__retarget_lock_init_recursive(lock);
}

void
__retarget_lock_close(_LOCK_T lock)
{
	__retarget_lock_close_recursive(lock);
}
