/* rma_test.c - windows, operations and epochs on two to five ranks. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ranks.h"

enum { WORDS = 64 };

/* -- fence ----------------------------------------------------------------- */

/* Everybody writes to its right and reads from its left. */
RANKS(put_and_get_between_fences)
{
	int mine[WORDS], theirs[WORDS], out[WORDS];
	int right = (me + 1) % size, left = (me - 1 + size) % size;
	MPI_Win win;

	for (int i = 0; i < WORDS; i++) {
		mine[i] = me * 1000 + i;
		out[i] = me * 100 + i;
		theirs[i] = -1;
	}
	MPI_Win_create(mine, sizeof(mine), sizeof(int), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	MPI_Win_fence(0, win);
	MPI_Get(theirs, WORDS, MPI_INT, left, 0, WORDS, MPI_INT, win);
	MPI_Win_fence(0, win);
	MPI_Put(out, WORDS / 2, MPI_INT, right, WORDS / 2, WORDS / 2, MPI_INT,
	    win);
	MPI_Win_fence(MPI_MODE_NOSUCCEED, win);
	for (int i = 0; i < WORDS; i++)
		MUST(theirs[i] == left * 1000 + i);
	for (int i = 0; i < WORDS / 2; i++) {
		MUST(mine[i] == me * 1000 + i);
		MUST(mine[WORDS / 2 + i] == left * 100 + i);
	}
	MPI_Win_free(&win);
	MUST(win == MPI_WIN_NULL);
}

/* Longer than an eager message, and into every other place of the target. */
RANKS(large_and_with_holes)
{
	enum { N = 20000 };
	int *base, *out = malloc(N * sizeof(int));
	MPI_Datatype every2;
	MPI_Win win;

	MPI_Win_allocate(2 * N * (MPI_Aint)sizeof(int), sizeof(int),
	    MPI_INFO_NULL, MPI_COMM_WORLD, &base, &win);
	for (int i = 0; i < 2 * N; i++)
		base[i] = -1;
	for (int i = 0; i < N; i++)
		out[i] = me * N + i;
	MPI_Type_vector(N, 1, 2, MPI_INT, &every2);
	MPI_Type_commit(&every2);
	MPI_Win_fence(0, win);
	MPI_Put(out, N, MPI_INT, (me + 1) % size, 1, 1, every2, win);
	MPI_Win_fence(0, win);
	for (int i = 0; i < N; i++) {
		MUST(base[2 * i] == -1);
		MUST(base[2 * i + 1] == ((me - 1 + size) % size) * N + i);
	}
	MPI_Type_free(&every2);
	MPI_Win_free(&win);
	free(out);
}

RANKS(accumulate_from_all)
{
	double sum[4] = { 1, 1, 1, 1 }, add[4], old[4];
	MPI_Win win;

	for (int i = 0; i < 4; i++)
		add[i] = me + i;
	MPI_Win_create(sum, sizeof(sum), sizeof(double), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	MPI_Win_fence(0, win);
	for (int r = 0; r < size; r++)
		MPI_Accumulate(add, 4, MPI_DOUBLE, r, 0, 4, MPI_DOUBLE,
		    MPI_SUM, win);
	MPI_Win_fence(0, win);
	for (int i = 0; i < 4; i++)
		MUST(sum[i] == 1 + size * (size - 1) / 2 + i * size);
	MPI_Get_accumulate(NULL, 0, MPI_DOUBLE, old, 4, MPI_DOUBLE, me, 0, 4,
	    MPI_DOUBLE, MPI_NO_OP, win);
	MPI_Win_fence(0, win);
	MUST(memcmp(old, sum, sizeof(sum)) == 0);
	MPI_Win_free(&win);
}

/* -- locks ----------------------------------------------------------------- */

/* Read, add, write back: only right if locks exclude. */
RANKS(exclusive_locks_exclude)
{
	int counter = 0, value;
	MPI_Win win;

	MPI_Win_create(&counter, me == 0 ? sizeof(int) : 0, sizeof(int),
	    MPI_INFO_NULL, MPI_COMM_WORLD, &win);
	for (int i = 0; i < 50; i++) {
		MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, win);
		MPI_Get(&value, 1, MPI_INT, 0, 0, 1, MPI_INT, win);
		MPI_Win_flush(0, win);
		value++;
		MPI_Put(&value, 1, MPI_INT, 0, 0, 1, MPI_INT, win);
		MPI_Win_unlock(0, win);
	}
	MPI_Barrier(MPI_COMM_WORLD);
	MUST(me != 0 || counter == 50 * size);
	MPI_Win_free(&win);
}

RANKS(fetch_and_op_and_compare_and_swap)
{
	long ticket = -1, one = 1, counter = 0, got = -1, swapped = 0;
	MPI_Win win;

	MPI_Win_create(&counter, sizeof(long), sizeof(long), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	MPI_Win_lock_all(0, win);
	MPI_Fetch_and_op(&one, &ticket, MPI_LONG, 0, 0, MPI_SUM, win);
	MPI_Win_flush(0, win);
	MUST(ticket >= 0 && ticket < size);
	MPI_Win_unlock_all(win);
	MPI_Barrier(MPI_COMM_WORLD);
	MUST(me != 0 || counter == size);
	MPI_Barrier(MPI_COMM_WORLD);
	/* All want to change rank 1's 0 to their number + 1: one may. */
	counter = 0;
	MPI_Barrier(MPI_COMM_WORLD);
	ticket = me + 1;
	MPI_Win_lock(MPI_LOCK_SHARED, 1, 0, win);
	MPI_Compare_and_swap(&ticket, &swapped, &got, MPI_LONG, 1, 0, win);
	MPI_Win_unlock(1, win);
	one = got == 0;
	MPI_Allreduce(MPI_IN_PLACE, &one, 1, MPI_LONG, MPI_SUM,
	    MPI_COMM_WORLD);
	MUST(one == 1);
	MPI_Win_free(&win);
}

/* -- post, start, complete, wait ------------------------------------------- */

RANKS(post_start_complete_wait)
{
	int box = -1, other = 1 - me;
	MPI_Group world, g;
	MPI_Win win;

	MPI_Comm_group(MPI_COMM_WORLD, &world);
	MPI_Group_incl(world, 1, &other, &g);
	MPI_Win_create(&box, sizeof(int), sizeof(int), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &win);
	for (int i = 0; i < 20; i++) {
		int value = 10 * i + me;

		MPI_Win_post(g, 0, win);
		MPI_Win_start(g, 0, win);
		MPI_Put(&value, 1, MPI_INT, other, 0, 1, MPI_INT, win);
		MPI_Win_complete(win);
		MPI_Win_wait(win);
		MUST(box == 10 * i + other);
	}
	MPI_Group_free(&g);
	MPI_Group_free(&world);
	MPI_Win_free(&win);
}

/* -- shared and dynamic ---------------------------------------------------- */

RANKS(shared_memory_is_shared)
{
	int *mine, *theirs, unit;
	MPI_Aint bytes;
	MPI_Win win;

	MPI_Win_allocate_shared(4 * sizeof(int), sizeof(int), MPI_INFO_NULL,
	    MPI_COMM_WORLD, &mine, &win);
	for (int i = 0; i < 4; i++)
		mine[i] = me * 10 + i;
	MPI_Win_fence(0, win);
	for (int r = 0; r < size; r++) {
		MPI_Win_shared_query(win, r, &bytes, &unit, &theirs);
		MUST(bytes == 4 * sizeof(int) && unit == sizeof(int));
		for (int i = 0; i < 4; i++)
			MUST(theirs[i] == r * 10 + i);
	}
	MPI_Win_free(&win);
}

RANKS(dynamic_memory_and_errors)
{
	int box[4] = { 0 }, value = me + 1, err;
	MPI_Aint at, all[2];
	MPI_Win win;

	MPI_Win_create_dynamic(MPI_INFO_NULL, MPI_COMM_WORLD, &win);
	MPI_Win_set_errhandler(win, MPI_ERRORS_RETURN);
	MUST(MPI_Put(&value, 1, MPI_INT, 0, 0, 1, MPI_INT, win) ==
	    MPI_ERR_RMA_SYNC);
	MPI_Win_attach(win, box, sizeof(box));
	MPI_Get_address(&box[2], &at);
	MPI_Allgather(&at, 1, MPI_AINT, all, 1, MPI_AINT, MPI_COMM_WORLD);
	MPI_Win_lock_all(0, win);
	MPI_Put(&value, 1, MPI_INT, 1 - me, all[1 - me], 1, MPI_INT, win);
	MUST(MPI_Win_flush_all(win) == MPI_SUCCESS);
	/* Beyond what is attached: refused where it is, told here. */
	MPI_Put(&value, 1, MPI_INT, 1 - me, all[1 - me] + 8, 1, MPI_INT, win);
	err = MPI_Win_flush_all(win);
	MUST(err == MPI_ERR_RMA_RANGE);
	MPI_Win_unlock_all(win);
	MPI_Barrier(MPI_COMM_WORLD);
	MUST(box[2] == 2 - me && box[3] == 0);
	MPI_Win_detach(win, box);
	MPI_Win_free(&win);
}

TEST(rma__put_and_get_between_fences)
{
	ON(put_and_get_between_fences, 1);
	ON(put_and_get_between_fences, 4);
}

TEST(rma__large_and_with_holes)
{
	ON(large_and_with_holes, 3);
}

TEST(rma__accumulate_from_all)
{
	ON(accumulate_from_all, 5);
}

TEST(rma__exclusive_locks_exclude)
{
	ON(exclusive_locks_exclude, 3);
}

TEST(rma__fetch_and_op_and_compare_and_swap)
{
	ON(fetch_and_op_and_compare_and_swap, 4);
}

TEST(rma__post_start_complete_wait)
{
	ON(post_start_complete_wait, 2);
}

TEST(rma__shared_memory_is_shared)
{
	ON(shared_memory_is_shared, 3);
}

TEST(rma__dynamic_memory_and_errors)
{
	ON(dynamic_memory_and_errors, 2);
}
