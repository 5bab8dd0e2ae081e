/* windows.c - windows and later collectives, over nodes and within one. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <mpi.h>
#include <stdio.h>

enum { N = 5000 };

static int me, size, wrong;

static void
ring_of_puts(void)
{
	static double box[N], out[N];
	int right = (me + 1) % size, left = (me - 1 + size) % size;
	MPI_Win win;

	for (int i = 0; i < N; i++)
		out[i] = me * N + i;
	MPI_Win_create(box, sizeof(box), sizeof(double), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	MPI_Win_fence(0, win);
	MPI_Put(out, N, MPI_DOUBLE, right, 0, N, MPI_DOUBLE, win);
	MPI_Win_fence(0, win);
	for (int i = 0; i < N; i++)
		wrong += box[i] != left * N + i;
	MPI_Win_free(&win);
}

static void
tickets(void)
{
	long counter = 0, one = 1, mine = -1, sum;
	MPI_Win win;

	MPI_Win_create(&counter, sizeof(long), sizeof(long), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, win);
	MPI_Fetch_and_op(&one, &mine, MPI_LONG, 0, 0, MPI_SUM, win);
	MPI_Win_unlock(0, win);
	MPI_Allreduce(&mine, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
	wrong += sum != (long)size * (size - 1) / 2;
	MPI_Win_free(&win);
}

static void
shared_within_a_node(void)
{
	MPI_Comm node;
	MPI_Aint bytes;
	MPI_Win win;
	int rank, ranks, unit, *mine, *theirs;

	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0,
	    MPI_INFO_NULL, &node);
	MPI_Comm_rank(node, &rank);
	MPI_Comm_size(node, &ranks);
	MPI_Win_allocate_shared(sizeof(int), sizeof(int), MPI_INFO_NULL, node,
	    &mine, &win);
	*mine = 100 + rank;
	MPI_Win_fence(0, win);
	for (int r = 0; r < ranks; r++) {
		MPI_Win_shared_query(win, r, &bytes, &unit, &theirs);
		wrong += *theirs != 100 + r;
	}
	MPI_Win_free(&win);
	MPI_Comm_free(&node);
}

static void
many_under_way(void)
{
	int in[10], out[10];
	MPI_Request r[10];

	for (int i = 0; i < 10; i++) {
		in[i] = me + i;
		MPI_Iallreduce(&in[i], &out[i], 1, MPI_INT, MPI_SUM,
		    MPI_COMM_WORLD, &r[i]);
	}
	MPI_Waitall(10, r, MPI_STATUSES_IGNORE);
	for (int i = 0; i < 10; i++)
		wrong += out[i] != size * (size - 1) / 2 + i * size;
}

int
main(int argc, char **argv)
{
	int all;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &me);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	ring_of_puts();
	tickets();
	shared_within_a_node();
	many_under_way();
	MPI_Reduce(&wrong, &all, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
	if (me == 0)
		printf(all ? "%d ranks: %d wrong\n" : "%d ranks: right\n",
		    size, all);
	MPI_Finalize();
	return 0;
}
