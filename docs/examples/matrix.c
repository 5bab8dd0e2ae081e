/* matrix.c - a matrix product by the work queue: one rank, all of its cores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <barerack.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * bmcc -O2 -o matrix matrix.c && bmrun -n 1 -c 8 ./matrix 512
 *
 * C = A B in square tiles, a task for each tile of C. Tasks are leaves: they
 * never wait, any core of the rank takes them. The one who waits helps.
 */

enum { TILE = 32 };

static struct {
	int n;
	double *a, *b, *c;
	unsigned long *of_core;    /* tasks that each core has run */
} job;

static void
tile(void *arg)
{
	long at = (long)arg;
	int n = job.n, tiles = (n + TILE - 1) / TILE;
	int row = (int)(at / tiles) * TILE, col = (int)(at % tiles) * TILE;

	for (int i = row; i < row + TILE && i < n; i++)
		for (int k = 0; k < n; k++) {
			double x = job.a[(long)i * n + k];

			for (int j = col; j < col + TILE && j < n; j++)
				job.c[(long)i * n + j] +=
				    x * job.b[(long)k * n + j];
		}
	__atomic_add_fetch(&job.of_core[barerack()->core_id()], 1,
	    __ATOMIC_RELAXED);
}

/* A and B are such that every element of C is known. */
static void
fill(int n)
{
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			job.a[i * n + j] = (double)(i + 1);
			job.b[i * n + j] = (double)(j + 1);
		}
}

static long
wrong(int n)
{
	long bad = 0;

	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			bad += job.c[i * n + j] !=
			    (double)n * (double)(i + 1) * (double)(j + 1);
	return bad;
}

int
main(int argc, char **argv)
{
	const struct abi *bm = barerack();
	int n = argc > 1 ? atoi(argv[1]) : 256;
	long tiles = (n + TILE - 1) / TILE;
	size_t bytes = (size_t)n * (size_t)n * sizeof(double);
	struct task_group group = { 0 };
	u64 began;

	job.n = n;
	job.a = malloc(bytes);
	job.b = malloc(bytes);
	job.c = calloc(1, bytes);
	job.of_core = calloc(bm->core_count(), sizeof(*job.of_core));
	if (n < 1 || !job.a || !job.b || !job.c || !job.of_core) {
		fprintf(stderr, "matrix: no memory for %d x %d\n", n, n);
		return 1;
	}
	fill(n);
	began = bm->now_ns();
	for (long at = 0; at < tiles * tiles; at++)
		bm->task_submit_group(&group, tile, (void *)at, -1);
	bm->task_wait_group(&group);
	printf("%d x %d in %ld tasks: %lu us, %ld wrong\n", n, n,
	    tiles * tiles, (unsigned long)(bm->now_ns() - began) / 1000,
	    wrong(n));
	for (u32 i = 0; i < bm->core_count(); i++)
		printf("core %u: %lu tasks\n", i, job.of_core[i]);
	return wrong(n) != 0;
}
