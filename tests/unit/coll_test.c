/* coll_test.c - collectives on one to seven ranks against what they mean. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ranks.h"

/* -- collectives ----------------------------------------------------------- */

/* Not commutative: products of 2 x 2 matrices modulo a prime. */
static void
matrix_product(void *in, void *inout, int *len, MPI_Datatype *type)
{
	u64 *a = in, *b = inout;

	(void)type;
	for (int i = 0; i < *len; i++, a += 4, b += 4) {
		u64 c[4] = { a[0] * b[0] + a[1] * b[2],
			a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2],
			a[2] * b[1] + a[3] * b[3] };

		for (int k = 0; k < 4; k++)
			b[k] = c[k] % 1000003;
	}
}

static void
matrix_of(int rank, u64 m[4])
{
	m[0] = (u64)rank + 2, m[1] = 3, m[2] = (u64)rank * 5 + 1, m[3] = 7;
}

RANKS(user_operation_keeps_the_order)
{
	u64 mine[4], want[4], next[4], got[4];
	MPI_Datatype m;
	MPI_Op op;
	int one = 1;

	MPI_Type_contiguous(4, MPI_UINT64_T, &m);
	MPI_Type_commit(&m);
	MPI_Op_create(matrix_product, 0, &op);
	matrix_of(me, mine);
	matrix_of(0, want);
	for (int i = 1; i < size; i++) {
		u64 left[4];

		memcpy(left, want, sizeof(left));
		matrix_of(i, next);
		matrix_product(left, next, &one, &m);
		memcpy(want, next, sizeof(want));
	}
	MPI_Allreduce(mine, got, 1, m, op, MPI_COMM_WORLD);
	MUST(memcmp(got, want, sizeof(got)) == 0);
	memset(got, 0, sizeof(got));
	MPI_Reduce(mine, got, 1, m, op, size - 1, MPI_COMM_WORLD);
	MUST(me != size - 1 || memcmp(got, want, sizeof(got)) == 0);
	MPI_Scan(mine, got, 1, m, op, MPI_COMM_WORLD);
	MUST(me != size - 1 || memcmp(got, want, sizeof(got)) == 0);
	MPI_Op_free(&op);
	MPI_Type_free(&m);
}

static void
check_reductions(int n)
{
	i64 *in = malloc((size_t)n * 8), *out = malloc((size_t)n * 8);
	int root = n % size;

	for (int i = 0; i < n; i++)
		in[i] = (i64)me * 1000 + i;
	MPI_Allreduce(in, out, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
	for (int i = 0; i < n; i++)
		MUST(out[i] == 1000LL * size * (size - 1) / 2 +
		    (i64)size * i);
	memset(out, 0, (size_t)n * 8);
	MPI_Reduce(in, out, n, MPI_INT64_T, MPI_MAX, root, MPI_COMM_WORLD);
	for (int i = 0; i < n && me == root; i++)
		MUST(out[i] == 1000LL * (size - 1) + i);
	memcpy(out, in, (size_t)n * 8);
	MPI_Allreduce(MPI_IN_PLACE, out, n, MPI_INT64_T, MPI_MIN,
	    MPI_COMM_WORLD);
	for (int i = 0; i < n; i++)
		MUST(out[i] == i);
	MPI_Scan(in, out, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
	for (int i = 0; i < n; i++)
		MUST(out[i] == 1000LL * me * (me + 1) / 2 + (me + 1LL) * i);
	MPI_Exscan(in, out, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
	for (int i = 0; i < n && me; i++)
		MUST(out[i] == 1000LL * me * (me - 1) / 2 + (i64)me * i);
	free(in);
	free(out);
}

static void
check_moves(int n)
{
	int *all = malloc((size_t)(n * size + 1) * sizeof(int));
	int *mine = malloc((size_t)(n * size + 1) * sizeof(int));
	int root = (n + 1) % size;

	for (int i = 0; i < n; i++)
		mine[i] = me == root ? 5 * i : -1;
	MPI_Bcast(mine, n, MPI_INT, root, MPI_COMM_WORLD);
	for (int i = 0; i < n; i++)
		MUST(mine[i] == 5 * i);
	for (int i = 0; i < n; i++)
		mine[i] = me * n + i;
	MPI_Gather(mine, n, MPI_INT, all, n, MPI_INT, root, MPI_COMM_WORLD);
	for (int i = 0; i < n * size && me == root; i++) {
		MUST(all[i] == i);
		all[i] = 2 * i;
	}
	MPI_Scatter(all, n, MPI_INT, mine, n, MPI_INT, root, MPI_COMM_WORLD);
	for (int i = 0; i < n; i++)
		MUST(mine[i] == 2 * (me * n + i));
	MPI_Allgather(mine, n, MPI_INT, all, n, MPI_INT, MPI_COMM_WORLD);
	for (int i = 0; i < n * size; i++)
		MUST(all[i] == 2 * i);
	for (int i = 0; i < n * size; i++)
		all[i] = me * n * size + i;
	MPI_Alltoall(all, n, MPI_INT, mine, n, MPI_INT, MPI_COMM_WORLD);
	for (int i = 0; i < n * size; i++)
		MUST(mine[i] == i / n * n * size + me * n + i % n);
	MPI_Alltoall(MPI_IN_PLACE, 0, MPI_INT, all, n, MPI_INT,
	    MPI_COMM_WORLD);
	MUST(memcmp(all, mine, (size_t)(n * size) * sizeof(int)) == 0);
	free(all);
	free(mine);
}

RANKS(collectives_of_many_sizes)
{
	static const int sizes[] = { 1, 3, 100, 5000, 40000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		check_reductions(sizes[i]);
		check_moves(sizes[i]);
		MPI_Barrier(MPI_COMM_WORLD);
	}
}

RANKS(collectives_with_counts)
{
	int counts[8] = { 0 }, at[8] = { 0 }, mine[8] = { 0 };
	int all[40], back[8], total = 0, one = 0;

	for (int i = 0; i < size; i++) {
		counts[i] = i + 1;
		at[i] = total;
		total += i + 1;
	}
	for (int i = 0; i <= me; i++)
		mine[i] = at[me] + i;
	MPI_Allgatherv(mine, me + 1, MPI_INT, all, counts, at, MPI_INT,
	    MPI_COMM_WORLD);
	for (int i = 0; i < total; i++)
		MUST(all[i] == i);
	memset(all, 0, sizeof(all));
	MPI_Gatherv(mine, me + 1, MPI_INT, all, counts, at, MPI_INT, 0,
	    MPI_COMM_WORLD);
	for (int i = 0; i < total && me == 0; i++)
		MUST(all[i] == i);
	MPI_Scatterv(all, counts, at, MPI_INT, back, me + 1, MPI_INT, 0,
	    MPI_COMM_WORLD);
	MUST(memcmp(back, mine, (size_t)(me + 1) * sizeof(int)) == 0);
	for (int i = 0; i < size; i++)
		mine[i] = me + i;
	MPI_Reduce_scatter_block(mine, &one, 1, MPI_INT, MPI_SUM,
	    MPI_COMM_WORLD);
	MUST(one == size * (size - 1) / 2 + size * me);
}

RANKS(every_operation_on_its_types)
{
	struct { double v; int i; } loc = { (me * 7) % 5, me }, best;
	u8 bits = (u8)(1 << me), or_all, yes = 1;
	float complex_in[2] = { 1, (float)me }, complex_out[2];
	int v = me, and_all;
	long double ld = 1.5L, ld_sum;

	MPI_Allreduce(&loc, &best, 1, MPI_DOUBLE_INT, MPI_MAXLOC,
	    MPI_COMM_WORLD);
	for (int i = 0; i < size; i++)
		MUST(best.v >= (i * 7) % 5 &&
		    (best.v > (i * 7) % 5 || best.i <= i));
	MPI_Allreduce(&bits, &or_all, 1, MPI_UINT8_T, MPI_BOR, MPI_COMM_WORLD);
	MUST(or_all == (1 << size) - 1);
	MPI_Allreduce(&v, &and_all, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
	MUST(and_all == 0);
	MPI_Allreduce(MPI_IN_PLACE, &yes, 1, MPI_C_BOOL, MPI_LAND,
	    MPI_COMM_WORLD);
	MUST(yes == 1);
	MPI_Allreduce(complex_in, complex_out, 1, MPI_C_FLOAT_COMPLEX, MPI_SUM,
	    MPI_COMM_WORLD);
	MUST(complex_out[0] == (float)size);
	MPI_Allreduce(&ld, &ld_sum, 1, MPI_LONG_DOUBLE, MPI_SUM,
	    MPI_COMM_WORLD);
	MUST(ld_sum == 1.5L * size);
}

TEST(mpi__user_operation_keeps_the_order)
{
	ON(user_operation_keeps_the_order, 7);
}

TEST(mpi__every_operation_on_its_types)
{
	ON(every_operation_on_its_types, 5);
}

TEST(mpi__collectives_with_counts)
{
	ON(collectives_with_counts, 5);
}

TEST(mpi__collectives_of_many_sizes)
{
	for (u32 n = 1; n <= 6; n++)
		CHECK_EQ(launch("collectives_of_many_sizes", n, n % 2, NULL), 0);
}
