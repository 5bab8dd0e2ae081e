/* comm.c - communicators: handles, dup, split, create, free. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/comm.h"

#include "mpi-lite/coll/coll.h"
#include "mpi-lite/env.h"
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

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
	c->refs++;
}

void
comm_drop(struct comm *c)
{
	if (--c->refs)
		return;
	c->tag.kind = TAG_FREED;
	group_drop(c->group);
	cart_free(c->cart);
	free(c);
}

/* The largest context that any member has still to give away. */
static int
comm_agree(struct comm *c, u32 *context)
{
	struct state *s = state_of("Comm");
	u32 mine = s->next_context;
	int err = coll_allreduce(c, &mine, context, 1, MPI_UINT32_T, MPI_MAX);

	if (!err)
		s->next_context = *context + 2;
	return err;
}

int
comm_make(struct comm *c, struct group *group, MPI_Comm *out)
{
	struct comm *n;
	u32 context;
	int err = comm_agree(c, &context);

	*out = MPI_COMM_NULL;
	if (err || !group)
		return err;
	n = state_alloc(sizeof(*n));
	memset(n, 0, sizeof(*n));
	n->tag = (struct tag){ TAG_COMM, TAG_MADE };
	n->context = context;
	n->rank = group->rank;
	n->size = group->size;
	n->refs = 1;
	n->group = group;
	n->handler = c->handler;
	*out = (MPI_Comm)(void *)n;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_rank)
int
PMPI_Comm_rank(MPI_Comm comm, int *rank)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_rank", &c);

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

	if (!err)
		*size = c->size;
	return err;
}

MPI_WEAK(Comm_dup)
int
PMPI_Comm_dup(MPI_Comm comm, MPI_Comm *newcomm)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_dup", &c);

	if (err)
		return err;
	group_hold(c->group);
	err = comm_make(c, c->group, newcomm);
	if (!err)
		comm_of(*newcomm)->cart = cart_copy(c->cart);
	return err_raise(c, "Comm_dup", err);
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
	if (!g)
		return err_raise(c, "Comm_create", MPI_ERR_GROUP);
	if (g->rank == MPI_UNDEFINED)
		g = NULL;
	else
		group_hold(g);
	return err_raise(c, "Comm_create", comm_make(c, g, newcomm));
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

static int
comm_split(struct comm *c, int color, int key, MPI_Comm *newcomm)
{
	struct comm_part mine = { color, key, c->rank };
	struct comm_part *part =
	    state_alloc((size_t)c->size * sizeof(*part));
	struct group *g = NULL;
	int err = coll_allgather(c, &mine, 3, MPI_INT, part, 3, MPI_INT);

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
	if (color < 0 && color != MPI_UNDEFINED)
		return err_raise(c, "Comm_split", MPI_ERR_ARG);
	return err_raise(c, "Comm_split", comm_split(c, color, key, newcomm));
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
	if (split_type == MPI_COMM_TYPE_SHARED)
		color = (int)page->node_index;
	else if (split_type != MPI_UNDEFINED)
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
	comm_drop(c);
	*comm = MPI_COMM_NULL;
	return MPI_SUCCESS;
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
	PMPI_Group_compare((MPI_Group)(void *)a->group,
	    (MPI_Group)(void *)b->group, result);
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
		strncpy(c->name, comm_name, sizeof(c->name) - 1);
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

	*flag = 0;
	return comm_check(comm, "Comm_test_inter", &c);
}

/* Predefined attributes only: MPI-3.1 §8.1.2. */
MPI_WEAK(Comm_get_attr)
int
PMPI_Comm_get_attr(MPI_Comm comm, int comm_keyval, void *attribute_val,
    int *flag)
{
	struct state *s = state_of("Comm_get_attr");
	struct comm *c;
	int err = comm_check(comm, "Comm_get_attr", &c);

	if (err)
		return err;
	*flag = comm_keyval == MPI_TAG_UB || comm_keyval == MPI_HOST ||
	    comm_keyval == MPI_IO || comm_keyval == MPI_WTIME_IS_GLOBAL;
	if (!*flag)
		return MPI_SUCCESS;
	s->attr[comm_keyval] = comm_keyval == MPI_TAG_UB ? INT32_MAX :
	    comm_keyval == MPI_HOST ? MPI_PROC_NULL :
	    comm_keyval == MPI_IO ? MPI_ANY_SOURCE : 0;
	*(int **)attribute_val = &s->attr[comm_keyval];
	return MPI_SUCCESS;
}
