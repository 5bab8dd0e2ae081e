/* pthread.c - a small pthreads: the rank's threads behind POSIX's names. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/node/start.h"

#include "kernel/lib/err.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * newlib's objects are 32-bit words that a static initialiser fills with ones.
 * Threads are bound to the rank's cores in turn and are never preempted; who
 * waits for a word lets the others of its core run, and looks again when it
 * changes or LOOK_NS later, so nobody needs to know whom to wake.
 *
 *   mutex    0 or ~0: free; else owner + 1, depth << 16, MUTEX_RECURSIVE
 *   cond     counts signals
 *   barrier  how many it is for, have come << 11, round << 22
 */

enum {
	LOOK_NS = 20000,
	PTHREADS_MAX = 256,
	MUTEX_OWNER = 0xffff,
	MUTEX_DEPTH = 1 << 16,
	MUTEX_RECURSIVE = 1 << 30,
	BARRIER_MAX = 2047,
	BARRIER_CAME = 1 << 11,
	BARRIER_ROUND = 1 << 22,
};

static struct thread {
	void *(*fn)(void *);
	void *arg, *result;
	u32 used;
} threads[PTHREADS_MAX];

static u32 next_core;
static u32 keys;                       /* made so far; slot 0 is ours */
static void (*key_end[ABI_THREAD_KEYS])(void *);

/* Until the word is not `seen`, or now_ns is at the deadline: then false. */
static bool
await(const u32 *word, u32 seen, u64 deadline)
{
	u64 now = start_abi->now_ns();

	if (now >= deadline)
		return false;
	start_abi->thread_wait(word, seen, MIN(deadline, now + LOOK_NS));
	return true;
}

/* -- threads: our own key holds a thread's entry --------------------------- */

static void
end_keys(void)
{
	for (u32 k = 1; k <= keys && k < ABI_THREAD_KEYS; k++) {
		void **slot = start_abi->thread_key(k), *value = *slot;

		*slot = NULL;
		if (value && key_end[k])
			key_end[k](value);
	}
}

static void
begin(void *arg)
{
	struct thread *t = arg;

	*start_abi->thread_key(0) = t;
	t->result = t->fn(t->arg);
	end_keys();
}

static int
slot_of_new(void)
{
	u32 free_slot = 0;

	for (int i = 0; i < PTHREADS_MAX; i++, free_slot = 0)
		if (__atomic_compare_exchange_n(&threads[i].used, &free_slot,
		    1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return i;
	return -1;
}

/* pthread_t: the call table's number and our slot. */
int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	u64 stack = attr && attr->is_initialized ? (u64)attr->stacksize : 0;
	int slot = slot_of_new(), number;
	u32 core;

	if (slot < 0)
		return EAGAIN;
	threads[slot].fn = fn;
	threads[slot].arg = arg;
	core = __atomic_add_fetch(&next_core, 1, __ATOMIC_RELAXED);
	number = start_abi->thread_create(core % MAX(start_rank->cores, 1u),
	    begin, &threads[slot], stack);
	if (number < 0) {
		__atomic_store_n(&threads[slot].used, 0, __ATOMIC_RELEASE);
		return EAGAIN;
	}
	*thread = (pthread_t)number << 8 | (pthread_t)slot;
	return 0;
}

int
pthread_join(pthread_t thread, void **result)
{
	struct thread *t = &threads[thread & (PTHREADS_MAX - 1)];

	if (start_abi->thread_join(thread >> 8, UINT64_MAX))
		return ESRCH;
	if (result)
		*result = t->result;
	__atomic_store_n(&t->used, 0, __ATOMIC_RELEASE);
	return 0;
}

void
pthread_exit(void *result)
{
	struct thread *t = *start_abi->thread_key(0);

	if (t)
		t->result = result;
	end_keys();
	start_abi->thread_exit();
}

pthread_t
pthread_self(void)
{
	struct thread *t = *start_abi->thread_key(0);

	return (pthread_t)start_abi->thread_self() << 8 |
	    (t ? (pthread_t)(t - threads) : 0);
}

int
pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}

int
pthread_attr_init(pthread_attr_t *attr)
{
	*attr = (pthread_attr_t){ .is_initialized = 1 };
	return 0;
}

int
pthread_attr_destroy(pthread_attr_t *attr)
{
	attr->is_initialized = 0;
	return 0;
}

int
pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes)
{
	attr->stacksize = (int)bytes;
	return 0;
}

/* -- mutexes --------------------------------------------------------------- */

int
pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
	*attr = (pthread_mutexattr_t){ .is_initialized = 1 };
	return 0;
}

int
pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
	attr->is_initialized = 0;
	return 0;
}

int
pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
	attr->recursive = type == PTHREAD_MUTEX_RECURSIVE;
	return 0;
}

int
pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	*m = attr && attr->recursive ? MUTEX_RECURSIVE : 0;
	return 0;
}

int
pthread_mutex_destroy(pthread_mutex_t *m)
{
	*m = 0;
	return 0;
}

int
pthread_mutex_trylock(pthread_mutex_t *m)
{
	u32 me = start_abi->thread_self() + 1;
	u32 v = __atomic_load_n(m, __ATOMIC_RELAXED), want;

	want = v == ~0u ? 0 : v & MUTEX_RECURSIVE;
	if (v != ~0u && (v & MUTEX_OWNER)) {
		if ((v & MUTEX_OWNER) != me || !(v & MUTEX_RECURSIVE))
			return EBUSY;
		__atomic_store_n(m, v + MUTEX_DEPTH, __ATOMIC_RELAXED);
		return 0;
	}
	return __atomic_compare_exchange_n(m, &v, want | me, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) ? 0 : EBUSY;
}

int
pthread_mutex_lock(pthread_mutex_t *m)
{
	while (pthread_mutex_trylock(m)) {
		u32 v = __atomic_load_n(m, __ATOMIC_RELAXED);

		if (v != ~0u && (v & MUTEX_OWNER))
			await(m, v, UINT64_MAX);
	}
	return 0;
}

int
pthread_mutex_unlock(pthread_mutex_t *m)
{
	u32 v = __atomic_load_n(m, __ATOMIC_RELAXED);

	if (v == ~0u || (v & MUTEX_OWNER) != start_abi->thread_self() + 1)
		return EPERM;
	v = v & ~(u32)MUTEX_RECURSIVE & ~(u32)MUTEX_OWNER ?
	    v - MUTEX_DEPTH : v & MUTEX_RECURSIVE;
	__atomic_store_n(m, v, __ATOMIC_RELEASE);
	return 0;
}

/* -- conditions ------------------------------------------------------------ */

int
pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr)
{
	(void)attr;
	*c = 0;
	return 0;
}

int
pthread_cond_destroy(pthread_cond_t *c)
{
	*c = 0;
	return 0;
}

static int
cond_wait(pthread_cond_t *c, pthread_mutex_t *m, u64 deadline)
{
	u32 seen = __atomic_load_n(c, __ATOMIC_ACQUIRE);
	bool in_time = true;

	pthread_mutex_unlock(m);
	while (in_time && __atomic_load_n(c, __ATOMIC_ACQUIRE) == seen)
		in_time = await(c, seen, deadline);
	pthread_mutex_lock(m);
	return in_time ? 0 : ETIMEDOUT;
}

int
pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	return cond_wait(c, m, UINT64_MAX);
}

int
pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *abstime)
{
	struct timespec now;
	i64 left;

	clock_gettime(CLOCK_REALTIME, &now);
	left = (i64)(abstime->tv_sec - now.tv_sec) * 1000000000 +
	    abstime->tv_nsec - now.tv_nsec;
	return cond_wait(c, m, start_abi->now_ns() + (u64)MAX(left, 0));
}

/* Wakes all: whoever waits must look again anyway. */
int
pthread_cond_broadcast(pthread_cond_t *c)
{
	__atomic_add_fetch(c, 1, __ATOMIC_ACQ_REL);
	return 0;
}

int
pthread_cond_signal(pthread_cond_t *c)
{
	return pthread_cond_broadcast(c);
}

/* -- once, keys, barriers -------------------------------------------------- */

int
pthread_once(pthread_once_t *once, void (*fn)(void))
{
	u32 *state = (u32 *)&once->init_executed, none = 0;

	if (__atomic_compare_exchange_n(state, &none, 1, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		fn();
		__atomic_store_n(state, 2, __ATOMIC_RELEASE);
		return 0;
	}
	while (__atomic_load_n(state, __ATOMIC_ACQUIRE) == 1)
		await(state, 1, UINT64_MAX);
	return 0;
}

int
pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
	u32 k = __atomic_add_fetch(&keys, 1, __ATOMIC_RELAXED);

	if (k >= ABI_THREAD_KEYS)
		return EAGAIN;
	key_end[k] = end;
	*key = k;
	return 0;
}

int
pthread_key_delete(pthread_key_t key)
{
	if (key < ABI_THREAD_KEYS)
		key_end[key] = NULL;
	return 0;
}

int
pthread_setspecific(pthread_key_t key, const void *value)
{
	if (key == 0 || key >= ABI_THREAD_KEYS)
		return EINVAL;
	*start_abi->thread_key(key) = (void *)(uintptr_t)value;
	return 0;
}

void *
pthread_getspecific(pthread_key_t key)
{
	return key && key < ABI_THREAD_KEYS ? *start_abi->thread_key(key) :
	    NULL;
}

int
pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attr,
    unsigned int count)
{
	(void)attr;
	if (count == 0 || count > BARRIER_MAX)
		return EINVAL;
	*b = count;
	return 0;
}

int
pthread_barrier_destroy(pthread_barrier_t *b)
{
	*b = 0;
	return 0;
}

int
pthread_barrier_wait(pthread_barrier_t *b)
{
	u32 v = __atomic_add_fetch(b, BARRIER_CAME, __ATOMIC_ACQ_REL);
	u32 round = v / BARRIER_ROUND, count = v & BARRIER_MAX;

	if (v / BARRIER_CAME % (BARRIER_ROUND / BARRIER_CAME) == count) {
		__atomic_store_n(b, (round + 1) * BARRIER_ROUND | count,
		    __ATOMIC_RELEASE);
		return PTHREAD_BARRIER_SERIAL_THREAD;
	}
	for (;;) {
		v = __atomic_load_n(b, __ATOMIC_ACQUIRE);
		if (v / BARRIER_ROUND != round)
			return 0;
		await(b, v, UINT64_MAX);
	}
}
