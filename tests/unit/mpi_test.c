/* mpi_test.c - messages, types, communicators between several ranks. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ranks.h"

/* -- point to point -------------------------------------------------------- */

static void
fill(u8 *p, size_t len, int seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (u8)((size_t)seed * 37 + i * 11 + (i >> 9));
}

static bool
is_filled(const u8 *p, size_t len, int seed)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != (u8)((size_t)seed * 37 + i * 11 + (i >> 9)))
			return false;
	return true;
}

RANKS(ring_of_all_sizes)
{
	static const int lens[] = { 0, 1, 8, 1400, 1416, 1424, 1432, 4096,
		16384, 16385, 100000, 3000000 };
	int right = (me + 1) % size, left = (me - 1 + size) % size;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		u8 *out = malloc((size_t)lens[i] + 1);
		u8 *in = malloc((size_t)lens[i] + 1);
		MPI_Status st;
		int n;

		fill(out, (size_t)lens[i], me);
		MPI_Sendrecv(out, lens[i], MPI_BYTE, right, 5, in, lens[i] + 1,
		    MPI_BYTE, left, 5, MPI_COMM_WORLD, &st);
		MPI_Get_count(&st, MPI_BYTE, &n);
		MUST(n == lens[i] && st.MPI_SOURCE == left && st.MPI_TAG == 5);
		MUST(is_filled(in, (size_t)n, left));
		free(out);
		free(in);
	}
}

/* Messages of one pair keep their order, whatever their size or mode. */
RANKS(order_with_wildcards)
{
	enum { N = 300 };
	int *buf = calloc(20000, sizeof(int));
	int next[16] = { 0 };
	MPI_Status st;

	if (me) {
		for (int i = 0; i < N; i++) {
			buf[0] = i;
			if (i % 7 == 0)
				MPI_Ssend(buf, 1 + i, MPI_INT, 0, i % 3,
				    MPI_COMM_WORLD);
			else
				MPI_Send(buf, i % 11 == 0 ? 9000 : 1 + i,
				    MPI_INT, 0, i % 3, MPI_COMM_WORLD);
		}
	} else {
		for (int i = 0; i < N * (size - 1); i++) {
			MPI_Recv(buf, 20000, MPI_INT, MPI_ANY_SOURCE,
			    MPI_ANY_TAG, MPI_COMM_WORLD, &st);
			MUST(buf[0] == next[st.MPI_SOURCE]++);
			MUST(st.MPI_TAG == buf[0] % 3);
		}
	}
	free(buf);
}

/* A later message with the wanted tag overtakes; the others keep waiting. */
RANKS(tags_choose_among_the_unexpected)
{
	int v[4] = { 10, 11, 12, 13 }, got;

	if (me == 1) {
		for (int i = 0; i < 4; i++)
			MPI_Send(&v[i], 1, MPI_INT, 0, i, MPI_COMM_WORLD);
		MPI_Send(v, 4, MPI_INT, 0, 9, MPI_COMM_WORLD);
	} else if (me == 0) {
		MPI_Recv(v, 4, MPI_INT, 1, 9, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		for (int i = 3; i >= 0; i--) {
			MPI_Recv(&got, 1, MPI_INT, 1, i, MPI_COMM_WORLD,
			    MPI_STATUS_IGNORE);
			MUST(got == 10 + i);
		}
	}
}

/* The first posted receive that fits takes the message. */
RANKS(posted_receives_are_taken_in_order)
{
	MPI_Request r[3];
	int v[3] = { 0 }, k = 7;

	if (me == 0) {
		MPI_Irecv(&v[0], 1, MPI_INT, 1, 1, MPI_COMM_WORLD, &r[0]);
		MPI_Irecv(&v[1], 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG,
		    MPI_COMM_WORLD, &r[1]);
		MPI_Irecv(&v[2], 1, MPI_INT, 1, 2, MPI_COMM_WORLD, &r[2]);
		MPI_Barrier(MPI_COMM_WORLD);
		MPI_Waitall(3, r, MPI_STATUSES_IGNORE);
		MUST(v[0] == 8 && v[1] == 7 && v[2] == 9);
	} else {
		MPI_Barrier(MPI_COMM_WORLD);
		if (me == 1) {
			MPI_Send(&k, 1, MPI_INT, 0, 2, MPI_COMM_WORLD);
			k = 8;
			MPI_Send(&k, 1, MPI_INT, 0, 1, MPI_COMM_WORLD);
			k = 9;
			MPI_Send(&k, 1, MPI_INT, 0, 2, MPI_COMM_WORLD);
		}
	}
}

RANKS(ssend_ends_only_when_received)
{
	MPI_Request r;
	int v = 3, flag = 1;

	if (me == 0) {
		MPI_Issend(&v, 1, MPI_INT, 1, 1, MPI_COMM_WORLD, &r);
		for (int i = 0; i < 200; i++) {
			MPI_Test(&r, &flag, MPI_STATUS_IGNORE);
			MUST(!flag);
			usleep(200);
		}
		MPI_Send(&v, 1, MPI_INT, 1, 2, MPI_COMM_WORLD);
		MPI_Wait(&r, MPI_STATUS_IGNORE);
		MUST(r == MPI_REQUEST_NULL);
	} else if (me == 1) {
		MPI_Recv(&v, 1, MPI_INT, 0, 2, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		MPI_Recv(&v, 1, MPI_INT, 0, 1, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
	}
}

RANKS(errors_are_returned_when_asked)
{
	int v[4] = { 0 }, len;
	char text[MPI_MAX_ERROR_STRING];
	MPI_Status st;

	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MUST(MPI_Send(v, 1, MPI_INT, size, 0, MPI_COMM_WORLD) == MPI_ERR_RANK);
	MUST(MPI_Send(v, -1, MPI_INT, 0, 0, MPI_COMM_WORLD) == MPI_ERR_COUNT);
	MUST(MPI_Send(v, 1, MPI_INT, 0, -5, MPI_COMM_WORLD) == MPI_ERR_TAG);
	MUST(MPI_Send(v, 1, MPI_DATATYPE_NULL, 0, 0, MPI_COMM_WORLD) ==
	    MPI_ERR_TYPE);
	MUST(MPI_Send(v, 1, MPI_INT, 0, 0, MPI_COMM_NULL) == MPI_ERR_COMM);
	MUST(MPI_Send(NULL, 1, MPI_INT, 0, 0, MPI_COMM_WORLD) ==
	    MPI_ERR_BUFFER);
	MUST(MPI_Bcast(v, 1, MPI_INT, size, MPI_COMM_WORLD) == MPI_ERR_ROOT);
	MUST(MPI_Allreduce(v, v + 1, 1, MPI_DOUBLE, MPI_BAND,
	    MPI_COMM_WORLD) == MPI_ERR_OP);
	MPI_Send(v, 4, MPI_INT, me, 0, MPI_COMM_WORLD);
	MUST(MPI_Recv(v, 2, MPI_INT, me, 0, MPI_COMM_WORLD, &st) ==
	    MPI_ERR_TRUNCATE);
	MPI_Error_string(MPI_ERR_TRUNCATE, text, &len);
	MUST(strstr(text, "truncated"));
	MUST(MPI_Recv(v, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &st) ==
	    0 && st.MPI_SOURCE == MPI_PROC_NULL);
}

RANKS(an_error_is_fatal)
{
	int v = 0;

	if (me == 1)
		MPI_Send(&v, 1, MPI_INT, size + 3, 0, MPI_COMM_WORLD);
	MPI_Barrier(MPI_COMM_WORLD);
}

RANKS(abort_ends_all)
{
	if (me == 1)
		MPI_Abort(MPI_COMM_WORLD, 42);
	MPI_Barrier(MPI_COMM_WORLD);
	usleep(60 * 1000 * 1000);
}

RANKS(waits_and_tests)
{
	enum { N = 40 };
	MPI_Request r[N];
	MPI_Status st[N];
	int v[N], idx[N], n, left = N, flag, index;

	if (me == 0) {
		for (int i = 0; i < N; i++)
			MPI_Irecv(&v[i], 1, MPI_INT, MPI_ANY_SOURCE, i,
			    MPI_COMM_WORLD, &r[i]);
		MPI_Testall(N, r, &flag, st);
		MUST(!flag);
		MPI_Barrier(MPI_COMM_WORLD);
		MPI_Waitany(N, r, &index, &st[0]);
		MUST(v[index] == index * 3 && st[0].MPI_TAG == index);
		MUST(r[index] == MPI_REQUEST_NULL);
		left--;
		while (left) {
			MPI_Waitsome(N, r, &n, idx, st);
			MUST(n > 0);
			for (int i = 0; i < n; i++)
				MUST(v[idx[i]] == idx[i] * 3);
			left -= n;
		}
		MPI_Waitsome(N, r, &n, idx, st);
		MUST(n == MPI_UNDEFINED);
		MPI_Waitany(N, r, &index, st);
		MUST(index == MPI_UNDEFINED);
	} else {
		MPI_Barrier(MPI_COMM_WORLD);
		for (int i = me - 1; i < N; i += size - 1) {
			v[i] = i * 3;
			MPI_Isend(&v[i], 1, MPI_INT, 0, i, MPI_COMM_WORLD,
			    &r[0]);
			MPI_Request_free(&r[0]);
		}
	}
}

RANKS(probe_and_cancel)
{
	int v[5] = { 1, 2, 3, 4, 5 }, n, flag;
	MPI_Request r;
	MPI_Status st;

	if (me == 1)
		MPI_Send(v, 5, MPI_INT, 0, 17, MPI_COMM_WORLD);
	if (me == 0) {
		MPI_Irecv(v, 1, MPI_INT, 1, 99, MPI_COMM_WORLD, &r);
		MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &st);
		MPI_Get_count(&st, MPI_INT, &n);
		MUST(n == 5 && st.MPI_TAG == 17 && st.MPI_SOURCE == 1);
		MPI_Iprobe(1, 18, MPI_COMM_WORLD, &flag, &st);
		MUST(!flag);
		MPI_Recv(v, 5, MPI_INT, 1, 17, MPI_COMM_WORLD, &st);
		MPI_Cancel(&r);
		MPI_Wait(&r, &st);
		MPI_Test_cancelled(&st, &flag);
		MUST(flag);
	}
}

RANKS(persistent)
{
	MPI_Request r[2];
	int in = -1, out;

	MPI_Recv_init(&in, 1, MPI_INT, (me - 1 + size) % size, 3,
	    MPI_COMM_WORLD, &r[0]);
	MPI_Send_init(&out, 1, MPI_INT, (me + 1) % size, 3, MPI_COMM_WORLD,
	    &r[1]);
	for (int i = 0; i < 50; i++) {
		out = me * 1000 + i;
		MPI_Startall(2, r);
		MPI_Waitall(2, r, MPI_STATUSES_IGNORE);
		MUST(in == (me - 1 + size) % size * 1000 + i);
	}
	MPI_Request_free(&r[0]);
	MPI_Request_free(&r[1]);
}

/* -- types ----------------------------------------------------------------- */

struct particle {
	char kind;
	double x[3];
	short id;
};

RANKS(types_travel_through_holes)
{
	MPI_Datatype column, part, tri, sized;
	MPI_Aint at[3], lb, extent;
	int lens[3] = { 1, 3, 1 }, disps[3] = { 0, 4, 5 }, n, bytes;
	MPI_Datatype types[3] = { MPI_CHAR, MPI_DOUBLE, MPI_SHORT };
	double m[8][10], col[8];
	struct particle p[50], q[50];
	int idx[8] = { 0 };
	MPI_Status st;

	for (int i = 0; i < 80; i++)
		m[i / 10][i % 10] = i;
	MPI_Type_vector(8, 1, 10, MPI_DOUBLE, &column);
	MPI_Type_commit(&column);
	MPI_Type_size(column, &bytes);
	MPI_Type_get_extent(column, &lb, &extent);
	MUST(bytes == 64 && lb == 0 && extent == 71 * 8);
	MPI_Sendrecv(&m[0][3], 1, column, me, 0, col, 8, MPI_DOUBLE, me, 0,
	    MPI_COMM_WORLD, &st);
	for (int i = 0; i < 8; i++)
		MUST(col[i] == 10 * i + 3);
	MPI_Type_create_resized(column, 0, 8, &sized);
	MPI_Type_commit(&sized);
	MPI_Type_free(&column);
	/* Ten columns of one element's extent: a transposition. */
	double tr[10][8];
	MPI_Sendrecv(m, 10, sized, me, 0, tr, 80, MPI_DOUBLE, me, 0,
	    MPI_COMM_WORLD, &st);
	for (int i = 0; i < 80; i++)
		MUST(tr[i % 10][i / 10] == i);
	MPI_Type_free(&sized);

	at[0] = offsetof(struct particle, kind);
	at[1] = offsetof(struct particle, x);
	at[2] = offsetof(struct particle, id);
	MPI_Type_create_struct(3, lens, at, types, &part);
	MPI_Type_commit(&part);
	MPI_Type_get_extent(part, &lb, &extent);
	MUST(extent == sizeof(struct particle));
	memset(q, 0xee, sizeof(q));
	for (int i = 0; i < 50; i++)
		p[i] = (struct particle){ (char)i, { i, 2 * i, me }, 7 };
	MPI_Sendrecv(p, 50, part, (me + 1) % size, 0, q, 50, part,
	    (me - 1 + size) % size, 0, MPI_COMM_WORLD, &st);
	MPI_Get_count(&st, part, &n);
	MUST(n == 50);
	for (int i = 0; i < 50; i++)
		MUST(q[i].kind == (char)i && q[i].x[1] == 2 * i &&
		    q[i].x[2] == (me - 1 + size) % size && q[i].id == 7);
	MPI_Type_free(&part);

	lens[0] = 2, lens[1] = 1, lens[2] = 3;
	MPI_Type_indexed(3, lens, disps, MPI_INT, &tri);
	MPI_Type_commit(&tri);
	int src[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	MPI_Sendrecv(src, 1, tri, me, 0, idx, 6, MPI_INT, me, 0,
	    MPI_COMM_WORLD, &st);
	MUST(idx[0] == 1 && idx[1] == 2 && idx[2] == 5 && idx[3] == 6 &&
	    idx[5] == 8);
	MPI_Type_free(&tri);
}

/* A large message of a type with holes is pulled, then unpacked. */
RANKS(types_large_with_holes)
{
	enum { N = 40000 };
	struct { int a, b; } *p = calloc(N, sizeof(*p));
	int *in = calloc(N, sizeof(int));
	MPI_Datatype every;

	for (int i = 0; i < N; i++)
		p[i].a = i * me, p[i].b = -1;
	MPI_Type_create_resized(MPI_INT, 0, 8, &every);
	MPI_Type_commit(&every);
	MPI_Sendrecv(p, N, every, (me + 1) % size, 0, in, N, MPI_INT,
	    (me - 1 + size) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	for (int i = 0; i < N; i++)
		MUST(in[i] == i * ((me - 1 + size) % size));
	MPI_Sendrecv(in, N, MPI_INT, (me + 1) % size, 0, p, N, every,
	    (me - 1 + size) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	for (int i = 0; i < N; i++)
		MUST(p[i].a == i * ((me - 2 + 2 * size) % size) &&
		    p[i].b == -1);
	MPI_Type_free(&every);
	free(p);
	free(in);
}

/* -- communicators --------------------------------------------------------- */

RANKS(split_dup_and_isolation)
{
	MPI_Comm half, copy, none;
	int r, n, v = me, sum, result;

	MPI_Comm_split(MPI_COMM_WORLD, me % 2, -me, &half);
	MPI_Comm_rank(half, &r);
	MPI_Comm_size(half, &n);
	MUST(n == (size + 1 - me % 2) / 2);
	MUST(r == n - 1 - me / 2);
	MPI_Allreduce(&v, &sum, 1, MPI_INT, MPI_SUM, half);
	for (int i = me % 2; i < size; i += 2)
		sum -= i;
	MUST(sum == 0);
	MPI_Comm_dup(half, &copy);
	MPI_Comm_compare(half, copy, &result);
	MUST(result == MPI_CONGRUENT);
	/* The same tag and ranks in two communicators do not meet. */
	if (n > 1 && r == 0) {
		v = 1;
		MPI_Send(&v, 1, MPI_INT, 1, 0, half);
		v = 2;
		MPI_Send(&v, 1, MPI_INT, 1, 0, copy);
	} else if (r == 1) {
		MPI_Recv(&v, 1, MPI_INT, 0, 0, copy, MPI_STATUS_IGNORE);
		MUST(v == 2);
		MPI_Recv(&v, 1, MPI_INT, 0, 0, half, MPI_STATUS_IGNORE);
		MUST(v == 1);
	}
	MPI_Comm_split(MPI_COMM_WORLD, me ? MPI_UNDEFINED : 0, 0, &none);
	MUST((none == MPI_COMM_NULL) == (me != 0));
	if (me == 0)
		MPI_Comm_free(&none);
	MPI_Comm_free(&copy);
	MPI_Comm_free(&half);
}

RANKS(groups_and_create)
{
	MPI_Group world, odd, back;
	MPI_Comm comm;
	int pick[8], n = 0, r, v;

	MPI_Comm_group(MPI_COMM_WORLD, &world);
	for (int i = 1; i < size; i += 2)
		pick[n++] = i;
	MPI_Group_incl(world, n, pick, &odd);
	MPI_Group_rank(odd, &r);
	MUST(r == (me % 2 ? me / 2 : MPI_UNDEFINED));
	MPI_Group_excl(world, n, pick, &back);
	MPI_Group_size(back, &v);
	MUST(v == size - n);
	MPI_Comm_create(MPI_COMM_WORLD, odd, &comm);
	MUST((comm == MPI_COMM_NULL) == (me % 2 == 0));
	if (comm != MPI_COMM_NULL) {
		v = r;
		MPI_Bcast(&v, 1, MPI_INT, n - 1, comm);
		MUST(v == n - 1);
		MPI_Comm_free(&comm);
	}
	MPI_Group_free(&odd);
	MPI_Group_free(&back);
	MPI_Group_free(&world);
}

RANKS(cartesian)
{
	int dims[2] = { 0, 0 }, periods[2] = { 1, 0 }, c[2], up, down, r, s;
	MPI_Comm grid, row;

	MPI_Dims_create(6, 2, dims);
	MUST(dims[0] == 3 && dims[1] == 2);
	MPI_Cart_create(MPI_COMM_WORLD, 2, dims, periods, 0, &grid);
	MPI_Cart_coords(grid, me, 2, c);
	MUST(c[0] == me / 2 && c[1] == me % 2);
	MPI_Cart_rank(grid, c, &r);
	MUST(r == me);
	MPI_Cart_shift(grid, 0, 1, &up, &down);
	MUST(down == (me + 2) % 6 && up == (me + 4) % 6);
	MPI_Cart_shift(grid, 1, 1, &up, &down);
	MUST(down == (c[1] == 1 ? MPI_PROC_NULL : me + 1));
	int remain[2] = { 0, 1 };
	MPI_Cart_sub(grid, remain, &row);
	MPI_Comm_size(row, &s);
	MPI_Comm_rank(row, &r);
	MUST(s == 2 && r == c[1]);
	MPI_Comm_free(&row);
	MPI_Comm_free(&grid);
}

/* -- the cases ------------------------------------------------------------- */

TEST(mpi__ring_of_all_sizes)
{
	ON(ring_of_all_sizes, 1);
	ON(ring_of_all_sizes, 4);
}

TEST(mpi__order_with_wildcards)
{
	ON(order_with_wildcards, 4);
}

TEST(mpi__tags_choose_among_the_unexpected)
{
	ON(tags_choose_among_the_unexpected, 2);
}

TEST(mpi__posted_receives_are_taken_in_order)
{
	ON(posted_receives_are_taken_in_order, 3);
}

TEST(mpi__ssend_ends_only_when_received)
{
	ON(ssend_ends_only_when_received, 2);
}

TEST(mpi__errors_are_returned_when_asked)
{
	ON(errors_are_returned_when_asked, 2);
}

TEST(mpi__waits_and_tests)
{
	ON(waits_and_tests, 4);
}

TEST(mpi__probe_and_cancel)
{
	ON(probe_and_cancel, 2);
}

TEST(mpi__persistent)
{
	ON(persistent, 3);
}

TEST(mpi__types_travel_through_holes)
{
	ON(types_travel_through_holes, 3);
}

TEST(mpi__types_large_with_holes)
{
	ON(types_large_with_holes, 3);
}

TEST(mpi__split_dup_and_isolation)
{
	ON(split_dup_and_isolation, 5);
}

TEST(mpi__groups_and_create)
{
	ON(groups_and_create, 5);
}

TEST(mpi__cartesian)
{
	ON(cartesian, 6);
}


static void
read_file(const char *path, char *text, size_t max)
{
	FILE *f = fopen(path, "r");

	CHECK(f);
	text[fread(text, 1, max - 1, f)] = 0;
	fclose(f);
	unlink(path);
}

TEST(local__fatal_error_names_rank_call_and_error)
{
	char path[] = "/tmp/mpi_test.XXXXXX", text[1000] = "";

	close(mkstemp(path));
	CHECK_EQ(launch("an_error_is_fatal", 3, true, path), 1);
	read_file(path, text, sizeof(text));
	CHECK(strstr(text, "rank 1: MPI_Send: MPI_ERR_RANK"));
}

TEST(local__abort_ends_all_with_its_code)
{
	char path[] = "/tmp/mpi_test.XXXXXX", text[1000] = "";

	close(mkstemp(path));
	CHECK_EQ(launch("abort_ends_all", 4, true, path), 42);
	read_file(path, text, sizeof(text));
	CHECK(strstr(text, "rank 1: MPI_Abort with code 42"));
}

/* Handles and functions that a program may name without calling anything. */
RANKS(predefined_names_link)
{
	MPI_Comm_copy_attr_function *copy = MPI_COMM_DUP_FN;
	void *value = NULL;
	int flag = 0, n;
	const MPI_Datatype types[] = { MPI_2REAL, MPI_COMPLEX16, MPI_LOGICAL8,
		MPI_CXX_DOUBLE_COMPLEX, MPI_COUNT, MPI_C_LONG_DOUBLE_COMPLEX };
	const int sizes[] = { 8, 16, 8, 16, 8, 32 };

	MUST(copy(MPI_COMM_WORLD, 0, NULL, &flag, &value, &flag) == 0);
	MUST(flag == 1 && value == &flag);
	for (int i = 0; i < 6; i++) {
		MPI_Type_size(types[i], &n);
		MUST(n == sizes[i]);
	}
	MUST(MPI_WIN_NULL != NULL && MPI_INFO_NULL != NULL &&
	    MPI_FILE_NULL != NULL && MPI_OP_NULL != MPI_SUM);
}

TEST(mpi__predefined_names_link)
{
	ON(predefined_names_link, 1);
}
