/* threads.c - three threads of a rank talk to those of its partner. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3, ROUNDS = 50 };

static int partner, count, ended, inits;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static pthread_key_t key;

static void
init(void)
{
	inits++;
}

static void
gone(void *value)
{
	__atomic_add_fetch(&ended, *(int *)value, __ATOMIC_RELAXED);
}

static void *
talk(void *arg)
{
	static int one = 1;
	int tag = *(int *)arg, in = -1;

	pthread_once(&once, init);
	pthread_setspecific(key, &one);
	for (int i = 0; i < ROUNDS; i++) {
		int out = tag * 100 + i;

		MPI_Sendrecv(&out, 1, MPI_INT, partner, tag, &in, 1, MPI_INT,
		    partner, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		if (in != out)
			return &one;
	}
	pthread_barrier_wait(&barrier);
	pthread_mutex_lock(&mutex);
	count++;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int
main(int argc, char **argv)
{
	int level, me, size, tags[THREADS] = { 1, 2, 3 }, wrong = 0;
	pthread_t t[THREADS];
	void *result;

	MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
	MPI_Comm_rank(MPI_COMM_WORLD, &me);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	partner = size - 1 - me;
	pthread_barrier_init(&barrier, NULL, THREADS);
	pthread_key_create(&key, gone);
	for (int i = 0; i < THREADS; i++)
		wrong += pthread_create(&t[i], NULL, talk, &tags[i]) != 0;
	pthread_mutex_lock(&mutex);
	while (count < THREADS)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &result);
		wrong += result != NULL;
	}
	printf("rank %d: multiple %d, count %d, ended %d, once %d, "
	    "wrong %d\n", me, level == MPI_THREAD_MULTIPLE, count, ended,
	    inits, wrong);
	MPI_Finalize();
	return wrong;
}
