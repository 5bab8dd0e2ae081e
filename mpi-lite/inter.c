/* inter.c - communicators that join two groups. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"

#include <stdlib.h>
#include <string.h>

/*
 * What both sides must know travels between the leaders, rank 0 of each side
 * (MPI_Intercomm_create: those that the program names), and from there along
 * our side's own communicator.
 */

/* Leaders swap `bytes` bytes; then all of our side have the other's. */
static int
inter_swap(struct comm *c, const void *mine, void *theirs, i64 bytes,
    i64 their_bytes)
{
	const struct type *t = type_of(MPI_BYTE);
	int err = MPI_SUCCESS;

	if (c->rank == 0)
		err = coll_exchange(c, mine, bytes, t, 0, theirs, their_bytes,
		    t, 0, COLL_SWAP);
	return err ? err : coll_bcast(c->local, theirs, their_bytes, t, 0);
}

int
comm_agree_inter(struct comm *c, u64 *context, u64 *local)
{
	u64 mine[2] = { 0, 0 }, theirs[2];
	int err;

	if (c->rank == 0) {
		mine[0] = comm_number(state_of("Comm"));
		mine[1] = comm_number(state_of("Comm"));
	}
	err = coll_bcast(c->local, mine, sizeof(mine), type_of(MPI_BYTE), 0);
	if (!err)
		err = inter_swap(c, mine, theirs, sizeof(mine), sizeof(mine));
	*context = MIN(mine[0], theirs[0]);
	*local = mine[1];
	return err;
}

static struct comm *
inter_new(struct comm *c, struct group *group, struct group *remote,
    u64 context, u64 local)
{
	struct comm *n = comm_new(c, group);

	group_hold(group);
	n->context = context;
	n->remote = remote;
	n->local = comm_new(c, group);
	n->local->context = local;
	return n;
}

int
comm_make_inter(struct comm *c, struct group *group, struct group *remote,
    MPI_Comm *out)
{
	u64 context, local;
	int err = comm_agree_inter(c, &context, &local);

	*out = MPI_COMM_NULL;
	if (err || !group)
		return err;
	*out = (MPI_Comm)(void *)inter_new(c, group, remote, context, local);
	return MPI_SUCCESS;
}

/* A group of n world ranks. */
static struct group *
inter_group(const int *ranks, int n)
{
	int *world = state_alloc((size_t)n * sizeof(int));

	memcpy(world, ranks, (size_t)n * sizeof(int));
	return group_make(n, world);
}

int
comm_create_inter(struct comm *c, struct group *g, MPI_Comm *newcomm)
{
	int size = c->size, far = c->remote->size, err;
	int *mine = state_zalloc((size_t)(size + 1) * sizeof(int));
	int *theirs = state_zalloc((size_t)(far + 1) * sizeof(int));
	struct group *remote = NULL;

	/* [0]: how many, then the world ranks. */
	mine[0] = g->size;
	for (int i = 0; i < g->size; i++)
		mine[i + 1] = group_world(g, i);
	err = inter_swap(c, mine, theirs, (i64)(size + 1) * 4,
	    (i64)(far + 1) * 4);
	if (!err && g->rank != MPI_UNDEFINED && theirs[0]) {
		remote = inter_group(theirs + 1, theirs[0]);
		group_hold(g);
	}
	if (!err)
		err = comm_make_inter(c, remote ? g : NULL, remote, newcomm);
	free(mine);
	free(theirs);
	return err;
}

/* -- split ----------------------------------------------------------------- */

struct inter_part {
	int color, key, world;
};

static struct group *
inter_part_group(const struct inter_part *part, int n, int color)
{
	int *world = state_alloc((size_t)(n + 1) * sizeof(int)), m = 0;
	int *key = state_alloc((size_t)(n + 1) * sizeof(int));

	for (int i = 0; i < n; i++) {
		int k = m;

		if (part[i].color != color)
			continue;
		/* Insertion keeps the old order of equal keys. */
		for (; k > 0 && key[k - 1] > part[i].key; k--) {
			key[k] = key[k - 1];
			world[k] = world[k - 1];
		}
		key[k] = part[i].key;
		world[k] = part[i].world;
		m++;
	}
	free(key);
	if (m)
		return group_make(m, world);
	free(world);
	return NULL;
}

int
comm_split_inter(struct comm *c, int color, int key, MPI_Comm *newcomm)
{
	struct inter_part me = { color, key,
		group_world(c->group, c->rank) };
	i64 each = sizeof(me), far = c->remote->size;
	struct inter_part *mine = state_alloc((size_t)(c->size * each));
	struct inter_part *theirs = state_alloc((size_t)(far * each));
	struct group *g = NULL, *remote = NULL;
	int err = coll_allgather(c->local, &me, (int)each, MPI_BYTE, mine,
	    (int)each, MPI_BYTE);

	if (!err)
		err = inter_swap(c, mine, theirs, c->size * each, far * each);
	if (!err && color != MPI_UNDEFINED) {
		g = inter_part_group(mine, c->size, color);
		remote = inter_part_group(theirs, (int)far, color);
		if (!remote) {
			group_drop(g);
			g = NULL;
		}
	}
	free(mine);
	free(theirs);
	return err ? err : comm_make_inter(c, g, remote, newcomm);
}

/* -- create and merge ------------------------------------------------------ */

/* The leaders meet in the peer communicator, on the program's tag. */
static int
inter_meet(struct comm *peer, int leader, int tag, const void *out,
    i64 out_bytes, void *in, i64 in_bytes)
{
	struct state *s = state_of("Intercomm_create");
	const struct type *t = type_of(MPI_BYTE);
	struct req_args a = { peer, peer->context + 3,
		(void *)(uintptr_t)out, out_bytes, t, leader, tag,
		REQ_STANDARD, 0 };
	struct req_args b = a;
	struct req send, recv;
	int err, err2;

	b.buf = in;
	b.count = in_bytes;
	req_recv(s, &recv, &b);
	req_send(s, &send, &a);
	err = req_wait(s, &send);
	err2 = req_wait(s, &recv);
	req_close(&send);
	req_close(&recv);
	return err ? err : err2;
}

struct inter_hello {
	u64 context, local;
	int size, spare;
};

/* The leader's part: theirs' size and number, then the list of ranks. */
static int
inter_greet(struct comm *c, struct comm *peer, int leader, int tag,
    struct inter_hello *mine, struct inter_hello *theirs, int **ranks)
{
	int *ours, err;

	err = inter_meet(peer, leader, tag, mine, sizeof(*mine), theirs,
	    sizeof(*theirs));
	if (err)
		return err;
	ours = state_alloc((size_t)c->size * sizeof(int));
	for (int i = 0; i < c->size; i++)
		ours[i] = group_world(c->group, i);
	*ranks = state_alloc((size_t)theirs->size * sizeof(int));
	err = inter_meet(peer, leader, tag, ours, (i64)c->size * 4, *ranks,
	    (i64)theirs->size * 4);
	free(ours);
	return err;
}

static int
inter_create(struct comm *c, int local_leader, struct comm *peer, int leader,
    int tag, MPI_Comm *out)
{
	const struct type *t = type_of(MPI_BYTE);
	struct state *s = state_of("Intercomm_create");
	struct inter_hello mine = { 0 }, theirs = { 0 };
	bool leads = c->rank == local_leader;
	int *ranks = NULL, err = MPI_SUCCESS;
	struct inter_hello both[2];

	if (leads) {
		mine = (struct inter_hello){ comm_number(s), comm_number(s),
			c->size, 0 };
		err = inter_greet(c, peer, leader, tag, &mine, &theirs,
		    &ranks);
	}
	both[0] = mine, both[1] = theirs;
	if (!err)
		err = coll_bcast(c, both, sizeof(both), t, local_leader);
	if (!err && !leads)
		ranks = state_alloc((size_t)both[1].size * sizeof(int));
	if (!err)
		err = coll_bcast(c, ranks, (i64)both[1].size * 4, t,
		    local_leader);
	if (!err) {
		group_hold(c->group);
		*out = (MPI_Comm)(void *)inter_new(c, c->group,
		    inter_group(ranks, both[1].size),
		    MIN(both[0].context, both[1].context), both[0].local);
	}
	free(ranks);
	return err;
}

MPI_WEAK(Intercomm_create)
int
PMPI_Intercomm_create(MPI_Comm local_comm, int local_leader,
    MPI_Comm bridge_comm, int remote_leader, int tag,
    MPI_Comm *newintercomm)
{
	struct comm *c, *peer = NULL;
	int err = comm_check(local_comm, "Intercomm_create", &c);

	if (err)
		return err;
	if (!newintercomm)
		return err_raise(NULL, "Intercomm_create", MPI_ERR_ARG);
	if (c->remote)
		return err_raise(c, "Intercomm_create", MPI_ERR_COMM);
	if (local_leader < 0 || local_leader >= c->size)
		return err_raise(c, "Intercomm_create", MPI_ERR_RANK);
	if (c->rank == local_leader) {
		err = comm_check(bridge_comm, "Intercomm_create", &peer);
		if (err)
			return err;
		if (remote_leader < 0 ||
		    remote_leader >= comm_peers(peer)->size)
			return err_raise(c, "Intercomm_create", MPI_ERR_RANK);
		if (tag < 0)
			return err_raise(c, "Intercomm_create", MPI_ERR_TAG);
	}
	return err_raise(c, "Intercomm_create", inter_create(c, local_leader,
	    peer, remote_leader, tag, newintercomm));
}

/* The side that says `high` comes last; if both say the same, the one whose
 * first member has the lower world rank comes first. */
MPI_WEAK(Intercomm_merge)
int
PMPI_Intercomm_merge(MPI_Comm intercomm, int high, MPI_Comm *newintracomm)
{
	struct comm *c, *n;
	int err = comm_check(intercomm, "Intercomm_merge", &c), theirs;
	int *world, size;
	struct group *first, *last;
	u64 context, local;
	bool we_first;

	if (err)
		return err;
	if (!c->remote)
		return err_raise(c, "Intercomm_merge", MPI_ERR_COMM);
	high = high != 0;
	err = inter_swap(c, &high, &theirs, sizeof(high), sizeof(theirs));
	if (!err)
		err = comm_agree_inter(c, &context, &local);
	if (err)
		return err_raise(c, "Intercomm_merge", err);
	we_first = high != theirs ? !high :
	    group_world(c->group, 0) < group_world(c->remote, 0);
	first = we_first ? c->group : c->remote;
	last = we_first ? c->remote : c->group;
	size = first->size + last->size;
	world = state_alloc((size_t)size * sizeof(int));
	for (int i = 0; i < size; i++)
		world[i] = i < first->size ? group_world(first, i) :
		    group_world(last, i - first->size);
	n = comm_new(c, group_make(size, world));
	n->context = context;
	*newintracomm = (MPI_Comm)(void *)n;
	return MPI_SUCCESS;
}

/* -- questions ------------------------------------------------------------- */

MPI_WEAK(Comm_remote_size)
int
PMPI_Comm_remote_size(MPI_Comm comm, int *size)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_remote_size", &c);

	if (err)
		return err;
	if (!c->remote)
		return err_raise(c, "Comm_remote_size", MPI_ERR_COMM);
	*size = c->remote->size;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_remote_group)
int
PMPI_Comm_remote_group(MPI_Comm comm, MPI_Group *group)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_remote_group", &c);

	if (err)
		return err;
	if (!c->remote)
		return err_raise(c, "Comm_remote_group", MPI_ERR_COMM);
	group_hold(c->remote);
	*group = group_handle(c->remote);
	return MPI_SUCCESS;
}
