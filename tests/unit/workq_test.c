/* workq_test.c - the task queue and the parking protocol, with real threads. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "kernel/park.h"
#include "kernel/workq.h"
#include "tests/test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

static struct workq q;

static void
nothing(void *arg)
{
	(void)arg;
}

static int
put(u64 n)
{
	return workq_put(&q, nothing, (void *)(uintptr_t)n, NULL);
}

TEST(workq__gives_tasks_back_in_order)
{
	struct task t;

	workq_reset(&q);
	CHECK(workq_is_empty(&q));
	CHECK(!workq_take(&q, &t));
	for (u64 n = 1; n <= 3; n++)
		CHECK_EQ(put(n), 0);
	CHECK(!workq_is_empty(&q));
	for (u64 n = 1; n <= 3; n++) {
		CHECK(workq_take(&q, &t));
		CHECK(t.fn == nothing);
		CHECK_EQ((uintptr_t)t.arg, n);
	}
	CHECK(workq_is_empty(&q));
}

TEST(workq__is_full_at_its_limit_and_usable_again)
{
	struct task t;

	workq_reset(&q);
	for (u64 lap = 0; lap < 3; lap++) {
		for (u64 n = 0; n < LIMIT_TASKS; n++)
			CHECK_EQ(put(n), 0);
		CHECK_EQ(put(0), ERR_AGAIN);
		for (u64 n = 0; n < LIMIT_TASKS; n++) {
			CHECK(workq_take(&q, &t));
			CHECK_EQ((uintptr_t)t.arg, n);
		}
		CHECK(!workq_take(&q, &t));
	}
}

enum { PUTTERS = 3, TAKERS = 3, TASKS_EACH = 20000 };

static u8 seen[PUTTERS * TASKS_EACH];
static u32 taken;

static void *
putter(void *arg)
{
	u64 base = (u64)(uintptr_t)arg * TASKS_EACH;

	for (u64 n = 0; n < TASKS_EACH; n++)
		while (put(base + n) != 0)
			sched_yield();
	return NULL;
}

/* Tasks of one putter must come to one taker in the order they were put. */
static void *
taker(void *arg)
{
	u64 last[PUTTERS] = { 0 };
	struct task t;

	while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < sizeof(seen)) {
		u64 n, who;

		if (!workq_take(&q, &t)) {
			sched_yield();
			continue;
		}
		n = (u64)(uintptr_t)t.arg;
		who = n / TASKS_EACH;
		if (n + 1 <= last[who])
			*(u32 *)arg += 1;
		last[who] = n + 1;
		__atomic_add_fetch(&seen[n], 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST(workq__many_threads_take_each_task_once)
{
	pthread_t put[PUTTERS], take[TAKERS];
	u32 disorder[TAKERS] = { 0 };

	workq_reset(&q);
	memset(seen, 0, sizeof(seen));
	taken = 0;
	for (u64 i = 0; i < TAKERS; i++)
		pthread_create(&take[i], NULL, taker, &disorder[i]);
	for (u64 i = 0; i < PUTTERS; i++)
		pthread_create(&put[i], NULL, putter, (void *)(uintptr_t)i);
	for (u32 i = 0; i < PUTTERS; i++)
		pthread_join(put[i], NULL);
	for (u32 i = 0; i < TAKERS; i++)
		pthread_join(take[i], NULL);
	for (u32 i = 0; i < sizeof(seen); i++)
		CHECK_EQ(seen[i], 1);
	for (u32 i = 0; i < TAKERS; i++)
		CHECK_EQ(disorder[i], 0);
	CHECK(workq_is_empty(&q));
}

/*
 * Parking: a semaphore stands for the interrupt that ends a hlt. Two threads
 * hand a number back and forth; a wake-up that gets lost leaves both asleep,
 * which the timed wait reports. The sleeper never sleeps without parking.
 */
enum { ROUNDS = 20000, LOST_S = 20 };

struct sleeper {
	volatile u32 parked;
	u32 seq;
	u32 value;
	sem_t irq;
};

static struct sleeper side[2];
static u32 lost, slept;

static bool
sleep_until_irq(struct sleeper *s)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += LOST_S;
	while (sem_timedwait(&s->irq, &end) != 0)
		if (errno == ETIMEDOUT)
			return false;
	return true;
}

static bool
wait_for(struct sleeper *s, u32 value)
{
	for (;;) {
		u32 before = park_seen(&s->seq);

		if (__atomic_load_n(&s->value, __ATOMIC_RELAXED) == value)
			return true;
		park_enter(&s->parked);
		if (park_may_sleep(&s->seq, before)) {
			__atomic_add_fetch(&slept, 1, __ATOMIC_RELAXED);
			if (!sleep_until_irq(s))
				return false;
		}
		park_leave(&s->parked);
	}
}

static void
tell(struct sleeper *s, u32 value)
{
	__atomic_store_n(&s->value, value, __ATOMIC_RELAXED);
	if (park_note(&s->seq, &s->parked))
		sem_post(&s->irq);
}

static void *
player(void *arg)
{
	u32 me = (u32)(uintptr_t)arg;

	for (u32 n = 1; n <= ROUNDS; n++) {
		if (me == 0)
			tell(&side[1], n);
		if (!wait_for(&side[me], n)) {
			__atomic_add_fetch(&lost, 1, __ATOMIC_RELAXED);
			return NULL;
		}
		if (me == 1)
			tell(&side[0], n);
	}
	return NULL;
}

TEST(park__no_wake_up_is_lost)
{
	pthread_t t[2];

	memset(side, 0, sizeof(side));
	lost = slept = 0;
	for (u32 i = 0; i < 2; i++)
		sem_init(&side[i].irq, 0, 0);
	for (u64 i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, player, (void *)(uintptr_t)i);
	for (u32 i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(lost, 0);
	/* Else the test has shown nothing. */
	CHECK(slept > ROUNDS / 100);
}
