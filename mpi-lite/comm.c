/* comm.c - communicators: handles, dup, split, create, free. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/comm.h"

#include "mpi-lite/attr.h"
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/env.h"
#include "mpi-lite/err.h"
#include "mpi-lite/info.h"
#include "mpi-lite/state.h"
#include "mpi-lite/strand.h"
#include "mpi-lite/topo/topo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct comm *
comm_of(MPI_Comm handle)
{
	struct comm *c = (struct comm *)(void *)handle;
	struct state *s = env_rank()->mpi;

	if (!c || !s || c->tag.kind != TAG_COMM)
		return NULL;
	switch (c->tag.which) {
	case COMM_TAG_WORLD:
		return &s->world;
	case COMM_TAG_SELF:
		return &s->self;
	case TAG_MADE:
		return c;
	default:
		return NULL;
	}
}

MPI_Comm
comm_handle(struct comm *c)
{
	struct state *s = env_rank()->mpi;

	if (c == &s->world)
		return MPI_COMM_WORLD;
	return c == &s->self ? MPI_COMM_SELF : (MPI_Comm)(void *)c;
}

int
comm_check(MPI_Comm handle, const char *func, struct comm **c)
{
	state_of(func);
	*c = comm_of(handle);
	return *c ? MPI_SUCCESS : err_raise(NULL, func, MPI_ERR_COMM);
}

void
comm_hold(struct comm *c)
{
	state_hold(&c->refs);
}

void
comm_drop(struct comm *c)
{
	if (!state_drop(&c->refs))
		return;
	c->tag.kind = TAG_FREED;
	group_drop(c->group);
	if (c->remote)
		group_drop(c->remote);
	if (c->local)
		comm_drop(c->local);
	topo_drop(c->topo);
	info_free(c->info);
	handler_drop(c->handler);
	free(c);
}

/* -- making ---------------------------------------------------------------- */

enum { COMM_CONTEXTS = 4, COMM_RANK_SHIFT = 32 };

u64
comm_number(struct state *s)
{
	u32 n = __atomic_add_fetch(&s->contexts, COMM_CONTEXTS,
	    __ATOMIC_RELAXED);

	return (u64)(s->page->rank + 1) << COMM_RANK_SHIFT | n;
}

struct comm *
comm_new(struct comm *c, struct group *group)
{
	struct comm *n = state_zalloc(sizeof(*n));

	n->tag = (struct tag){ TAG_COMM, TAG_MADE };
	n->rank = group->rank;
	n->size = group->size;
	n->refs = 1;
	n->group = group;
	n->handler = handler_hold(c->handler);
	list_init(&n->attrs);
	return n;
}

/* Rank 0's number, at all. */
static int
comm_agree(struct comm *c, u64 *context)
{
	*context = c->rank == 0 ? comm_number(state_of("Comm")) : 0;
	return coll_bcast(c, context, sizeof(*context), type_of(MPI_BYTE), 0);
}

int
comm_make(struct comm *c, struct group *group, MPI_Comm *out)
{
	struct comm *n;
	u64 context;
	int err = comm_agree(c, &context);

	*out = MPI_COMM_NULL;
	if (err || !group)
		return err;
	n = comm_new(c, group);
	n->context = context;
	*out = (MPI_Comm)(void *)n;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_rank)
int
PMPI_Comm_rank(MPI_Comm comm, int *rank)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_rank", &c);

	if (!err && !rank)
		err = err_raise(NULL, "Comm_rank", MPI_ERR_ARG);
	if (!err)
		*rank = c->rank;
	return err;
}

MPI_WEAK(Comm_size)
int
PMPI_Comm_size(MPI_Comm comm, int *size)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_size", &c);

	if (!err && !size)
		err = err_raise(NULL, "Comm_size", MPI_ERR_ARG);
	if (!err)
		*size = c->size;
	return err;
}

/* -- dup ------------------------------------------------------------------- */

/* MPI-4.0 §7.4.4: promises of the program that we have no use for yet. */
static const struct info_hint comm_known[] = {
	{ "mpi_assert_no_any_tag", "false" },
	{ "mpi_assert_no_any_source", "false" },
	{ "mpi_assert_exact_length", "false" },
	{ "mpi_assert_allow_overtaking", "false" },
};

static struct info *
comm_hints(struct comm *c)
{
	if (!c->info)
		c->info = info_hints(comm_known, (int)ARRAY_LEN(comm_known),
		    NULL);
	return c->info;
}

/* What a duplicate takes from the old one, apart from its context. */
static int
comm_inherit(struct comm *c, struct comm *n, struct info *info)
{
	n->topo = topo_hold(c->topo);
	n->info = info_copy(c->info);
	if (info)
		info_learn(comm_hints(n), info);
	return attr_copy_all(&c->attrs, &n->attrs, comm_handle(c));
}

static int
comm_dup(const char *func, MPI_Comm comm, struct info *info, MPI_Comm *newcomm)
{
	struct comm *c, *n;
	int err = comm_check(comm, func, &c);

	if (err)
		return err;
	group_hold(c->group);
	if (c->remote) {
		group_hold(c->remote);
		err = comm_make_inter(c, c->group, c->remote, newcomm);
	} else {
		err = comm_make(c, c->group, newcomm);
	}
	if (err)
		return err_raise(c, func, err);
	n = comm_of(*newcomm);
	err = comm_inherit(c, n, info);
	if (err) {
		attr_delete_all(&n->attrs, *newcomm);
		comm_drop(n);
		*newcomm = MPI_COMM_NULL;
	}
	return err_raise(c, func, err);
}

MPI_WEAK(Comm_dup)
int
PMPI_Comm_dup(MPI_Comm comm, MPI_Comm *newcomm)
{
	return comm_dup("Comm_dup", comm, NULL, newcomm);
}

MPI_WEAK(Comm_dup_with_info)
int
PMPI_Comm_dup_with_info(MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm)
{
	return comm_dup("Comm_dup_with_info", comm, info_of(info), newcomm);
}

/* The new communicator is there at once; its contexts come later. */
struct comm_later {
	struct comm *c, *n;
};

static int
comm_later_run(void *arg)
{
	struct comm_later *d = arg;

	if (d->c->remote)
		return comm_agree_inter(d->c, &d->n->context,
		    &d->n->local->context);
	return comm_agree(d->c, &d->n->context);
}

static int
comm_later_after(void *arg)
{
	struct comm_later *d = arg;

	coll_shadow_free(d->c);
	comm_drop(d->n);
	free(d);
	return 0;
}

static int
comm_idup(const char *func, MPI_Comm comm, struct info *info,
    MPI_Comm *newcomm, MPI_Request *request)
{
	struct state *s = state_of(func);
	struct comm_later *d;
	struct comm *c, *n;
	struct req *r;
	int err = comm_check(comm, func, &c);

	if (err)
		return err;
	group_hold(c->group);
	n = comm_new(c, c->group);
	if (c->remote) {
		group_hold(c->remote);
		n->remote = c->remote;
		group_hold(c->group);
		n->local = comm_new(c, c->group);
	}
	err = comm_inherit(c, n, info);
	if (err) {
		comm_drop(n);
		return err_raise(c, func, err);
	}
	r = req_plain(s, c, REQ_COLL);
	d = state_alloc(sizeof(*d));
	*d = (struct comm_later){ coll_shadow(c), n };
	comm_hold(n);
	*newcomm = (MPI_Comm)(void *)n;
	*request = (MPI_Request)(void *)r;
	strand_start(s, r, comm_later_run, comm_later_after, d);
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_idup)
int
PMPI_Comm_idup(MPI_Comm comm, MPI_Comm *newcomm, MPI_Request *request)
{
	return comm_idup("Comm_idup", comm, NULL, newcomm, request);
}

MPI_WEAK(Comm_idup_with_info)
int
PMPI_Comm_idup_with_info(MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm,
    MPI_Request *request)
{
	return comm_idup("Comm_idup_with_info", comm, info_of(info), newcomm,
	    request);
}

/* -- create ---------------------------------------------------------------- */

/* A member of the group is one of our side's? */
static bool
comm_has_all(const struct comm *c, const struct group *g)
{
	for (int i = 0; i < g->size; i++)
		if (group_rank_of(c->group, group_world(g, i)) < 0)
			return false;
	return true;
}

MPI_WEAK(Comm_create)
int
PMPI_Comm_create(MPI_Comm comm, MPI_Group group, MPI_Comm *newcomm)
{
	struct group *g = group_of(group);
	struct comm *c;
	int err = comm_check(comm, "Comm_create", &c);

	if (err)
		return err;
	if (!newcomm)
		return err_raise(NULL, "Comm_create", MPI_ERR_ARG);
	if (!g || !comm_has_all(c, g))
		return err_raise(c, "Comm_create", MPI_ERR_GROUP);
	if (c->remote)
		return err_raise(c, "Comm_create",
		    comm_create_inter(c, g, newcomm));
	if (g->rank == MPI_UNDEFINED)
		g = NULL;
	else
		group_hold(g);
	return err_raise(c, "Comm_create", comm_make(c, g, newcomm));
}

/* The first member numbers the communicator and tells the others. */
static int
comm_tell(struct comm *c, struct group *g, int tag, u64 *context)
{
	struct state *s = state_of("Comm_create_group");
	struct req_args a = { c, c->context + COMM_CONTEXTS - 1, context,
		sizeof(*context), type_of(MPI_BYTE), 0, tag, REQ_STANDARD,
		0 };
	int err = MPI_SUCCESS;

	if (g->rank != 0) {
		a.peer = group_rank_of(c->group, group_world(g, 0));
		return req_recv_wait(s, &a);
	}
	*context = comm_number(s);
	for (int i = 1; i < g->size && !err; i++) {
		a.peer = group_rank_of(c->group, group_world(g, i));
		err = req_send_wait(s, &a);
	}
	return err;
}

MPI_WEAK(Comm_create_group)
int
PMPI_Comm_create_group(MPI_Comm comm, MPI_Group group, int tag,
    MPI_Comm *newcomm)
{
	struct group *g = group_of(group);
	struct comm *c, *n;
	u64 context;
	int err = comm_check(comm, "Comm_create_group", &c);

	if (err)
		return err;
	if (!newcomm)
		return err_raise(NULL, "Comm_create_group", MPI_ERR_ARG);
	if (!g || !comm_has_all(c, g))
		return err_raise(c, "Comm_create_group", MPI_ERR_GROUP);
	*newcomm = MPI_COMM_NULL;
	if (g->rank == MPI_UNDEFINED)
		return MPI_SUCCESS;
	err = comm_tell(c, g, tag, &context);
	if (err)
		return err_raise(c, "Comm_create_group", err);
	group_hold(g);
	n = comm_new(c, g);
	n->context = context;
	*newcomm = (MPI_Comm)(void *)n;
	return MPI_SUCCESS;
}

/* -- split ----------------------------------------------------------------- */

struct comm_part {
	int color, key, rank;  /* rank in the old communicator */
};

static int
comm_part_order(const void *a, const void *b)
{
	const struct comm_part *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

/* The group of those with our color, by key and old rank. */
static struct group *
comm_part_group(struct comm *c, struct comm_part *part, int color)
{
	int n = 0, *world;

	for (int i = 0; i < c->size; i++)
		if (part[i].color == color)
			part[n++] = part[i];
	qsort(part, (size_t)n, sizeof(*part), comm_part_order);
	world = state_alloc((size_t)n * sizeof(int));
	for (int i = 0; i < n; i++)
		world[i] = group_world(c->group, part[i].rank);
	return group_make(n, world);
}

int
comm_split(struct comm *c, int color, int key, MPI_Comm *newcomm)
{
	struct comm_part mine = { color, key, c->rank };
	struct comm_part *part =
	    state_alloc((size_t)c->size * sizeof(*part));
	struct group *g = NULL;
	int err = c->remote ? MPI_ERR_COMM : coll_allgather(c, &mine, 3, MPI_INT, part, 3, MPI_INT);

	if (!err && color != MPI_UNDEFINED)
		g = comm_part_group(c, part, color);
	free(part);
	return err ? err : comm_make(c, g, newcomm);
}

MPI_WEAK(Comm_split)
int
PMPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm *newcomm)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_split", &c);

	if (err)
		return err;
	if (!newcomm || (color < 0 && color != MPI_UNDEFINED))
		return err_raise(newcomm ? c : NULL, "Comm_split", MPI_ERR_ARG);
	return err_raise(c, "Comm_split", c->remote ?
	    comm_split_inter(c, color, key, newcomm) :
	    comm_split(c, color, key, newcomm));
}

/* MPI_COMM_TYPE_SHARED: the ranks of one node. */
MPI_WEAK(Comm_split_type)
int
PMPI_Comm_split_type(MPI_Comm comm, int split_type, int key, MPI_Info info,
    MPI_Comm *newcomm)
{
	const struct rankpage *page = env_rank();
	int color = MPI_UNDEFINED;
	struct comm *c;
	int err = comm_check(comm, "Comm_split_type", &c);

	(void)info;
	if (err)
		return err;
	if (!newcomm)
		return err_raise(NULL, "Comm_split_type", MPI_ERR_ARG);
	if (split_type >= MPI_COMM_TYPE_SHARED &&
	    split_type <= OMPI_COMM_TYPE_CLUSTER)
		color = (int)page->node_index;
	else if (split_type != MPI_UNDEFINED &&
	    split_type != MPI_COMM_TYPE_HW_GUIDED &&
	    split_type != MPI_COMM_TYPE_HW_UNGUIDED)
		return err_raise(c, "Comm_split_type", MPI_ERR_ARG);
	return err_raise(c, "Comm_split_type",
	    comm_split(c, color, key, newcomm));
}

/* -- the rest -------------------------------------------------------------- */

MPI_WEAK(Comm_free)
int
PMPI_Comm_free(MPI_Comm *comm)
{
	struct comm *c;
	int err = comm_check(*comm, "Comm_free", &c);

	if (err)
		return err;
	if (c->tag.which != TAG_MADE)
		return err_raise(c, "Comm_free", MPI_ERR_COMM);
	err = attr_delete_all(&c->attrs, *comm);
	if (err)
		return err_raise(c, "Comm_free", err);
	comm_drop(c);
	*comm = MPI_COMM_NULL;
	return MPI_SUCCESS;
}

/* Waits until nobody needs it any more: a barrier of both sides. */
MPI_WEAK(Comm_disconnect)
int
PMPI_Comm_disconnect(MPI_Comm *comm)
{
	int err = PMPI_Barrier(*comm);

	return err ? err : PMPI_Comm_free(comm);
}

MPI_WEAK(Comm_compare)
int
PMPI_Comm_compare(MPI_Comm comm1, MPI_Comm comm2, int *result)
{
	struct comm *a, *b;
	int err = comm_check(comm1, "Comm_compare", &a);

	if (!err)
		err = comm_check(comm2, "Comm_compare", &b);
	if (err)
		return err;
	if (!result)
		return err_raise(a, "Comm_compare", MPI_ERR_ARG);
	*result = MPI_UNEQUAL;
	if (!a->remote != !b->remote)
		return MPI_SUCCESS;
	*result = group_order(a->group, b->group);
	if (a->remote)
		*result = MAX(*result, group_order(a->remote, b->remote));
	if (*result == MPI_IDENT && a != b)
		*result = MPI_CONGRUENT;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_set_name)
int
PMPI_Comm_set_name(MPI_Comm comm, const char *comm_name)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_set_name", &c);

	if (!err)
		snprintf(c->name, sizeof(c->name), "%s", comm_name);
	return err;
}

MPI_WEAK(Comm_get_name)
int
PMPI_Comm_get_name(MPI_Comm comm, char *comm_name, int *resultlen)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_get_name", &c);

	if (err)
		return err;
	memcpy(comm_name, c->name, sizeof(c->name));
	*resultlen = (int)strlen(c->name);
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_test_inter)
int
PMPI_Comm_test_inter(MPI_Comm comm, int *flag)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_test_inter", &c);

	if (!err && !flag)
		err = err_raise(c, "Comm_test_inter", MPI_ERR_ARG);
	if (!err)
		*flag = c->remote != NULL;
	return err;
}

MPI_WEAK(Comm_set_info)
int
PMPI_Comm_set_info(MPI_Comm comm, MPI_Info info)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_set_info", &c);

	if (err)
		return err;
	if (!info_of(info))
		return err_raise(c, "Comm_set_info", MPI_ERR_INFO);
	info_learn(comm_hints(c), info_of(info));
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_get_info)
int
PMPI_Comm_get_info(MPI_Comm comm, MPI_Info *info_used)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_get_info", &c);

	if (err)
		return err;
	if (!info_used)
		return err_raise(NULL, "Comm_get_info", MPI_ERR_ARG);
	*info_used = info_handle(info_copy(comm_hints(c)));
	return MPI_SUCCESS;
}
