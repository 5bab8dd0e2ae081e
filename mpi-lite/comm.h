/* comm.h - communicators and groups. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_COMM_H
#define MPI_LITE_COMM_H

#include "mpi-lite/lite.h"

struct state;

/* A group is a list of world ranks; it is never changed once made. */
struct group {
	struct tag tag;
	u32 refs;
	int size, rank;        /* rank MPI_UNDEFINED: we are not in it */
	int *world;            /* NULL: rank i is world rank i */
};

struct cart {
	int dims;
	int *dim, *periodic, *coord;
};

/*
 * Each communicator has two contexts: `context` for the program's messages,
 * context + 1 for collectives. All members agree on the number when it is
 * made, and it is not used twice.
 */
struct comm {
	struct tag tag;
	u32 context;
	int rank, size;
	u32 refs;
	struct group *group;
	const struct tag *handler;
	struct cart *cart;
	char name[MPI_MAX_OBJECT_NAME];
};

/* The communicator behind a handle, or NULL. */
struct comm *comm_of(MPI_Comm handle);
MPI_Comm comm_handle(struct comm *c);
/* The same, with MPI's error when it is none. */
int comm_check(MPI_Comm handle, const char *func, struct comm **c);

void comm_hold(struct comm *c);
void comm_drop(struct comm *c);

/* Collective over c: a new communicator of `group` (its reference is taken
 * over), or of nobody (NULL). */
int comm_make(struct comm *c, struct group *group, MPI_Comm *out);

struct group *group_of(MPI_Group handle);
/* For size ranks of the world; takes `world` over. */
struct group *group_make(int size, int *world);
void group_hold(struct group *g);
void group_drop(struct group *g);
static inline int
group_world(const struct group *g, int rank)
{
	return g->world ? g->world[rank] : rank;
}
/* The rank in g of a world rank, or MPI_UNDEFINED. */
int group_rank_of(const struct group *g, int world);

/* Both take NULL. */
void cart_free(struct cart *cart);
struct cart *cart_copy(const struct cart *cart);

#endif
