/* ranks.h - a test program that starts itself as the ranks of a local job. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_RANKS_H
#define TESTS_UNIT_RANKS_H

#include <mpi.h>

#include "headnode/local.h"
#include "headnode/say.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * RANKS(name) defines
 * what a rank does, and its exit code tells whether all was right.
 */

struct rank_case {
	const char *name;
	void (*run)(void);
	struct rank_case *next;
};

static struct rank_case *rank_cases;
static int me, size;

#define RANKS(n) \
	static void rank_##n(void); \
	static struct rank_case rank_case_##n = { #n, rank_##n, NULL }; \
	__attribute__((constructor(200))) static void \
	rank_case_##n##_register(void) \
	{ \
		rank_case_##n.next = rank_cases; \
		rank_cases = &rank_case_##n; \
	} \
	static void rank_##n(void)

#define MUST(c) \
	do { \
		if (!(c)) { \
			fprintf(stderr, "rank %d of %d: line %d: %s\n", me, \
			    size, __LINE__, #c); \
			_exit(1); \
		} \
	} while (0)

__attribute__((constructor(300))) static void
become_rank(void)
{
	const char *name = getenv("MPI_CASE");

	if (!name)
		return;
	MPI_Init_thread(NULL, NULL, strncmp(name, "threads", 7) ?
	    MPI_THREAD_SINGLE : MPI_THREAD_MULTIPLE, &(int){ 0 });
	MPI_Comm_rank(MPI_COMM_WORLD, &me);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	for (struct rank_case *c = rank_cases; c; c = c->next)
		if (strcmp(c->name, name) == 0) {
			c->run();
			MPI_Finalize();
			exit(0);
		}
	_exit(99);
}

static int
launch(const char *name, u32 ranks, bool shm, const char *err)
{
	char self[] = "/proc/self/exe", env[100];
	char *argv[] = { self, NULL };
	const char *envs[] = { env };
	struct local_job job = { .ranks = ranks, .argv = argv, .env = envs,
		.envs = 1, .no_shm = !shm, .limit_s = 30, .err = err, .out = "/dev/null" };

	snprintf(env, sizeof(env), "MPI_CASE=%s", name);
	say_tool("mpi_test");
	return local_run(&job);
}

/* By shared memory and by UDP. */
#define ON(n, ranks) \
	do { \
		CHECK_EQ(launch(#n, ranks, true, NULL), 0); \
		CHECK_EQ(launch(#n, ranks, false, NULL), 0); \
	} while (0)

#endif
