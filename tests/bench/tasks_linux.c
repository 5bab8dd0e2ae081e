/* tasks_linux.c - tasks.h on Linux: threads with a queue, and OpenMP's tasks. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bench/tasks.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* The usual queue: a mutex, condition variables (futexes below), one worker for
 * each further core; whoever waits helps. */
enum { QUEUE = 1024 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t some, ended;
	struct {
		void (*fn)(void *);
		void *arg;
	} task[QUEUE];
	unsigned head, tail, pending;
} q = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
	PTHREAD_COND_INITIALIZER, { { 0, 0 } }, 0, 0, 0 };

/* The lock is held; runs one without it. */
static void
run_one(void)
{
	unsigned i = q.head++ % QUEUE;
	void (*fn)(void *) = q.task[i].fn;
	void *arg = q.task[i].arg;

	pthread_mutex_unlock(&q.lock);
	fn(arg);
	pthread_mutex_lock(&q.lock);
	if (--q.pending == 0)
		pthread_cond_signal(&q.ended);
}

static void *
worker(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&q.lock);
	for (;;) {
		while (q.head == q.tail)
			pthread_cond_wait(&q.some, &q.lock);
		run_one();
	}
	return NULL;
}

static void
submit(void (*fn)(void *), void *arg)
{
	pthread_mutex_lock(&q.lock);
	while (q.tail - q.head == QUEUE)
		run_one();
	q.task[q.tail % QUEUE].fn = fn;
	q.task[q.tail++ % QUEUE].arg = arg;
	q.pending++;
	pthread_cond_signal(&q.some);
	pthread_mutex_unlock(&q.lock);
}

static void
wait(void)
{
	pthread_mutex_lock(&q.lock);
	while (q.pending)
		if (q.head != q.tail)
			run_one();
		else
			pthread_cond_wait(&q.ended, &q.lock);
	pthread_mutex_unlock(&q.lock);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
nap(uint64_t ns)
{
	struct timespec t = { 0, (long)ns };

	nanosleep(&t, NULL);
}

static void
omp_submit(void (*fn)(void *), void *arg)
{
#pragma omp task firstprivate(fn, arg)
	fn(arg);
}

static void
omp_wait(void)
{
#pragma omp taskwait
}

int
main(void)
{
	pthread_t t;

	for (long i = sysconf(_SC_NPROCESSORS_ONLN); i > 1; i--)
		pthread_create(&t, NULL, worker, NULL);
	tasks_bench(&(struct tasks){ "pthreads", submit, wait, now, nap });
#pragma omp parallel
#pragma omp single
	tasks_bench(&(struct tasks){ "libgomp", omp_submit, omp_wait, now,
	    nap });
	return 0;
}
