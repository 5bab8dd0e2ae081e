/* mpi4_test.c - what came after plain messages: later, matched, partitioned. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ranks.h"

#include <pthread.h>

/* -- messages -------------------------------------------------------------- */

/* Neither receives until both have sent: nothing may be lost for want of
 * room, whoever sends how much. */
RANKS(all_send_before_any_receives)
{
	enum { N = 400 };
	MPI_Request *r = malloc((size_t)(N * size) * sizeof(MPI_Request));
	long out = me, in;
	int n = 0;

	for (int i = 0; i < N; i++)
		for (int to = 0; to < size; to++)
			if (to != me)
				MPI_Isend(&out, 1, MPI_LONG, to, i,
				    MPI_COMM_WORLD, &r[n++]);
	for (int from = 0; from < size; from++)
		for (int i = 0; i < N && from != me; i++) {
			MPI_Recv(&in, 1, MPI_LONG, from, i, MPI_COMM_WORLD,
			    MPI_STATUS_IGNORE);
			MUST(in == from);
		}
	MPI_Waitall(n, r, MPI_STATUSES_IGNORE);
	free(r);
}

RANKS(buffered_sends_have_room_or_say_so)
{
	char space[2 * (100 + MPI_BSEND_OVERHEAD)], data[100] = { 1 };
	void *back;
	int bytes;

	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MUST(MPI_Bsend(data, 100, MPI_CHAR, me, 0, MPI_COMM_WORLD) ==
	    MPI_ERR_BUFFER);
	MPI_Buffer_attach(space, sizeof(space));
	MUST(MPI_Bsend(data, 50, MPI_CHAR, me, 1, MPI_COMM_WORLD) == 0);
	MUST(MPI_Bsend(data, 1000, MPI_CHAR, me, 2, MPI_COMM_WORLD) ==
	    MPI_ERR_BUFFER);
	MPI_Recv(data, 100, MPI_CHAR, me, 1, MPI_COMM_WORLD,
	    MPI_STATUS_IGNORE);
	MPI_Buffer_detach(&back, &bytes);
	MUST(back == space && bytes == (int)sizeof(space));
}

/* A message that was probed for belongs to who probed. */
RANKS(matched_probe_takes_the_message)
{
	int value = 7, other = 0, n;
	MPI_Message m;
	MPI_Status st;

	if (me == 0) {
		MPI_Send(&value, 1, MPI_INT, 1, 3, MPI_COMM_WORLD);
		value = 8;
		MPI_Send(&value, 1, MPI_INT, 1, 3, MPI_COMM_WORLD);
		return;
	}
	MPI_Mprobe(0, 3, MPI_COMM_WORLD, &m, &st);
	MPI_Recv(&other, 1, MPI_INT, 0, MPI_ANY_TAG, MPI_COMM_WORLD,
	    MPI_STATUS_IGNORE);
	MUST(other == 8);
	MPI_Get_count(&st, MPI_INT, &n);
	MUST(n == 1);
	MPI_Mrecv(&other, 1, MPI_INT, &m, MPI_STATUS_IGNORE);
	MUST(other == 7 && m == MPI_MESSAGE_NULL);
}

/* Two channels of one tag pair in the order in which they were made. */
RANKS(partitioned_channels_keep_their_order)
{
	int a[8], b[8], flag = 0;
	MPI_Request r[2];

	for (int i = 0; i < 8; i++) {
		a[i] = me ? -1 : i;
		b[i] = me ? -1 : 100 + i;
	}
	if (me == 0) {
		MPI_Psend_init(a, 4, 2, MPI_INT, 1, 5, MPI_COMM_WORLD,
		    MPI_INFO_NULL, &r[0]);
		MPI_Psend_init(b, 2, 4, MPI_INT, 1, 5, MPI_COMM_WORLD,
		    MPI_INFO_NULL, &r[1]);
		MPI_Start(&r[1]);
		MPI_Pready_range(0, 1, r[1]);
		MPI_Start(&r[0]);
		for (int i = 3; i >= 0; i--)
			MPI_Pready(i, r[0]);
	} else {
		MPI_Precv_init(a, 1, 8, MPI_INT, 0, 5, MPI_COMM_WORLD,
		    MPI_INFO_NULL, &r[0]);
		MPI_Precv_init(b, 8, 1, MPI_INT, 0, 5, MPI_COMM_WORLD,
		    MPI_INFO_NULL, &r[1]);
		MPI_Startall(2, r);
		while (!flag)
			MPI_Parrived(r[1], 7, &flag);
	}
	MPI_Waitall(2, r, MPI_STATUSES_IGNORE);
	for (int i = 0; i < 8; i++)
		MUST(a[i] == i && b[i] == 100 + i);
	MPI_Request_free(&r[0]);
	MPI_Request_free(&r[1]);
}

/* -- collectives that do not block ----------------------------------------- */

/* Many at once, ended in the other order. */
RANKS(collectives_under_way_do_not_mix)
{
	enum { N = 20 };
	int in[N], out[N], all[N][8];
	MPI_Request r[2 * N];

	for (int i = 0; i < N; i++) {
		in[i] = me + i;
		MPI_Iallreduce(&in[i], &out[i], 1, MPI_INT, MPI_SUM,
		    MPI_COMM_WORLD, &r[2 * i]);
		MPI_Iallgather(&in[i], 1, MPI_INT, all[i], 1, MPI_INT,
		    MPI_COMM_WORLD, &r[2 * i + 1]);
	}
	MPI_Barrier(MPI_COMM_WORLD);
	for (int i = 2 * N - 1; i >= 0; i--)
		MPI_Wait(&r[i], MPI_STATUS_IGNORE);
	for (int i = 0; i < N; i++) {
		MUST(out[i] == size * (size - 1) / 2 + i * size);
		for (int k = 0; k < size; k++)
			MUST(all[i][k] == k + i);
	}
}

RANKS(persistent_collectives_start_in_any_order)
{
	int a = 0, b = 0;
	MPI_Request r[2];

	MPI_Bcast_init(&a, 1, MPI_INT, 0, MPI_COMM_WORLD, MPI_INFO_NULL,
	    &r[0]);
	MPI_Bcast_init(&b, 1, MPI_INT, size - 1, MPI_COMM_WORLD,
	    MPI_INFO_NULL, &r[1]);
	for (int i = 1; i < 10; i++) {
		a = me == 0 ? i : 0;
		b = me == size - 1 ? -i : 0;
		MPI_Start(&r[(i + me) % 2]);
		MPI_Start(&r[(i + me + 1) % 2]);
		MPI_Waitall(2, r, MPI_STATUSES_IGNORE);
		MUST(a == i && b == -i);
	}
	MPI_Request_free(&r[0]);
	MPI_Request_free(&r[1]);
}

/* -- two groups ------------------------------------------------------------ */

RANKS(intercommunicators)
{
	MPI_Comm half, inter, merged;
	int side = me % 2, n, sum = 0, value = me, far, flag;

	MPI_Comm_split(MPI_COMM_WORLD, side, me, &half);
	MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - side, 9, &inter);
	MPI_Comm_test_inter(inter, &flag);
	MPI_Comm_remote_size(inter, &n);
	MUST(flag && n == (size + side) / 2);
	/* Each gets the other side's sum. */
	MPI_Allreduce(&value, &sum, 1, MPI_INT, MPI_SUM, inter);
	far = 0;
	for (int i = 1 - side; i < size; i += 2)
		far += i;
	MUST(sum == far);
	value = me == 0 ? 42 : -1;
	MPI_Bcast(&value, 1, MPI_INT, side ? 0 : me == 0 ? MPI_ROOT :
	    MPI_PROC_NULL, inter);
	MUST(!side || value == 42);
	MPI_Intercomm_merge(inter, side, &merged);
	MPI_Comm_rank(merged, &n);
	MUST(n == me / 2 + (side ? (size + 1) / 2 : 0));
	MPI_Comm_free(&merged);
	MPI_Comm_free(&inter);
	MPI_Comm_free(&half);
}

/* -- neighbours ------------------------------------------------------------ */

/* Both neighbours of a ring of two are the same rank. */
RANKS(ring_neighbours_by_direction)
{
	int dims[1] = { 0 }, wraps[1] = { 1 }, out[2], in[2], left, right;
	MPI_Comm ring;

	dims[0] = size;
	MPI_Cart_create(MPI_COMM_WORLD, 1, dims, wraps, 0, &ring);
	MPI_Cart_shift(ring, 0, 1, &left, &right);
	out[0] = me * 10;          /* to the left */
	out[1] = me * 10 + 1;      /* to the right */
	MPI_Neighbor_alltoall(out, 1, MPI_INT, in, 1, MPI_INT, ring);
	MUST(in[0] == left * 10 + 1 && in[1] == right * 10);
	MPI_Comm_free(&ring);
}

/* -- datatypes ------------------------------------------------------------- */

RANKS(subarray_and_contents)
{
	int sizes[2] = { 6, 5 }, sub[2] = { 2, 3 }, at[2] = { 3, 1 }, a[30];
	int ni, na, nt, combiner, ints[8], part[6], pos = 0;
	MPI_Datatype t, old;
	MPI_Aint lb, extent;

	for (int i = 0; i < 30; i++)
		a[i] = i;
	MPI_Type_create_subarray(2, sizes, sub, at, MPI_ORDER_C, MPI_INT, &t);
	MPI_Type_commit(&t);
	MPI_Type_get_extent(t, &lb, &extent);
	MUST(lb == 0 && extent == sizeof(a));
	MPI_Pack(a, 1, t, part, sizeof(part), &pos, MPI_COMM_SELF);
	for (int i = 0; i < 6; i++)
		MUST(part[i] == 5 * (3 + i / 3) + 1 + i % 3);
	MPI_Type_get_envelope(t, &ni, &na, &nt, &combiner);
	MUST(ni == 8 && na == 0 && nt == 1 &&
	    combiner == MPI_COMBINER_SUBARRAY);
	MPI_Type_get_contents(t, ni, na, nt, ints, NULL, &old);
	MUST(ints[0] == 2 && ints[1] == 6 && ints[4] == 3 && ints[5] == 3 &&
	    ints[7] == MPI_ORDER_C && old == MPI_INT);
	MPI_Type_free(&t);
}

RANKS(external_form_is_big_endian_and_fixed)
{
	struct { long l; short s; double d; } from = { -2, 3, 1.5 }, to;
	int lens[3] = { 1, 1, 1 };
	MPI_Aint disps[3] = { 0, 8, 16 }, bytes, pos = 0;
	MPI_Datatype types[3] = { MPI_LONG, MPI_SHORT, MPI_DOUBLE }, t;
	unsigned char buf[32];
	const unsigned char want[14] = { 255, 255, 255, 254, 0, 3, 0x3f, 0xf8 };

	MPI_Type_create_struct(3, lens, disps, types, &t);
	MPI_Type_commit(&t);
	MPI_Pack_external_size("external32", 1, t, &bytes);
	MUST(bytes == 14);
	MPI_Pack_external("external32", &from, 1, t, buf, sizeof(buf), &pos);
	MUST(pos == 14 && memcmp(buf, want, 14) == 0);
	pos = 0;
	MPI_Unpack_external("external32", buf, 14, &pos, &to, 1, t);
	MUST(to.l == -2 && to.s == 3 && to.d == 1.5);
	MPI_Type_free(&t);
}

/* -- attributes ------------------------------------------------------------ */

static int deleted;

static int
count_deletes(MPI_Comm comm, int keyval, void *value, void *extra)
{
	(void)comm, (void)keyval, (void)extra;
	deleted += *(int *)value;
	return MPI_SUCCESS;
}

RANKS(attributes_are_copied_and_deleted)
{
	int key, one = 1, flag;
	MPI_Comm copy;
	void *value;

	MPI_Comm_create_keyval(MPI_COMM_DUP_FN, count_deletes, &key, NULL);
	MPI_Comm_set_attr(MPI_COMM_WORLD, key, &one);
	MPI_Comm_dup(MPI_COMM_WORLD, &copy);
	MPI_Comm_get_attr(copy, key, &value, &flag);
	MUST(flag && value == &one);
	MPI_Comm_free(&copy);
	MUST(deleted == 1);
	MPI_Comm_delete_attr(MPI_COMM_WORLD, key);
	MUST(deleted == 2);
	MPI_Comm_free_keyval(&key);
}

/* -- threads --------------------------------------------------------------- */

static void *
thread_exchange(void *arg)
{
	int tag = *(int *)arg, value, peer = 1 - me;

	for (int i = 0; i < 200; i++) {
		int out = tag * 1000 + i;

		MPI_Sendrecv(&out, 1, MPI_INT, peer, tag, &value, 1, MPI_INT,
		    peer, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		if (value != out)
			_exit(3);
	}
	return NULL;
}

RANKS(threads_exchange_at_the_same_time)
{
	int provided, tags[4] = { 1, 2, 3, 4 };
	pthread_t t[4];

	MPI_Query_thread(&provided);
	MUST(provided == MPI_THREAD_MULTIPLE);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread_exchange, &tags[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

RANKS(sessions_without_init)
{
	MPI_Session s;
	MPI_Group g;
	MPI_Comm c;
	int sum = 0, one = 1, n;

	MPI_Session_init(MPI_INFO_NULL, MPI_ERRORS_RETURN, &s);
	MPI_Group_from_session_pset(s, "mpi://WORLD", &g);
	MPI_Comm_create_from_group(g, "test", MPI_INFO_NULL,
	    MPI_ERRORS_RETURN, &c);
	MPI_Comm_size(c, &n);
	MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, c);
	MUST(sum == n && n == size);
	MPI_Comm_free(&c);
	MPI_Group_free(&g);
	MPI_Session_finalize(&s);
}

TEST(mpi4__all_send_before_any_receives)
{
	ON(all_send_before_any_receives, 2);
	ON(all_send_before_any_receives, 4);
}

TEST(mpi4__buffered_sends_have_room_or_say_so)
{
	ON(buffered_sends_have_room_or_say_so, 1);
}

TEST(mpi4__matched_probe_takes_the_message)
{
	ON(matched_probe_takes_the_message, 2);
}

TEST(mpi4__partitioned_channels_keep_their_order)
{
	ON(partitioned_channels_keep_their_order, 2);
}

TEST(mpi4__collectives_under_way_do_not_mix)
{
	ON(collectives_under_way_do_not_mix, 2);
	ON(collectives_under_way_do_not_mix, 5);
}

TEST(mpi4__persistent_collectives_start_in_any_order)
{
	ON(persistent_collectives_start_in_any_order, 4);
}

TEST(mpi4__intercommunicators)
{
	ON(intercommunicators, 2);
	ON(intercommunicators, 5);
}

TEST(mpi4__ring_neighbours_by_direction)
{
	ON(ring_neighbours_by_direction, 2);
	ON(ring_neighbours_by_direction, 3);
}

TEST(mpi4__datatypes)
{
	ON(subarray_and_contents, 1);
	ON(external_form_is_big_endian_and_fixed, 1);
}

TEST(mpi4__attributes_are_copied_and_deleted)
{
	ON(attributes_are_copied_and_deleted, 2);
}

TEST(mpi4__threads_exchange_at_the_same_time)
{
	ON(threads_exchange_at_the_same_time, 2);
}

TEST(mpi4__sessions_without_init)
{
	ON(sessions_without_init, 3);
}
