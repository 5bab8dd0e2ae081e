/* comm.h - communicators and groups. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_COMM_H
#define MPI_LITE_COMM_H

#include "kernel/lib/list.h"
#include "mpi-lite/lite.h"

struct state;

/* A group is a list of world ranks; it is never changed once made. */
struct group {
	struct tag tag;
	u32 refs;
	int size, rank;        /* rank MPI_UNDEFINED: we are not in it */
	int *world;            /* NULL: rank i is world rank i */
};

/*
 * Each communicator has two contexts: `context` for the program's messages,
 * context + 1 for collectives. One member numbers it when it is made and tells
 * the others; no number is used twice.
 *
 * An inter-communicator has the other side in `remote`; `rank`, `size` and
 * `group` are our side's, and `local` joins our side for collectives.
 *
 * Collectives that are under way at the same time differ in `turn`: blocking
 * ones have turn 0, each other one a copy of the communicator with its own.
 */
struct comm {
	struct tag tag;
	u64 context;
	int rank, size;
	u32 refs;
	struct group *group, *remote;
	struct comm *local;
	const struct tag *handler;
	struct topo *topo;
	struct list attrs;
	struct info *info;
	u32 turn, turns;       /* ours; given away so far */
	u32 agreed;            /* MPI_Comm_create_group calls so far */
	char name[MPI_MAX_OBJECT_NAME];
};

/* The communicator behind a handle, or NULL. */
struct comm *comm_of(MPI_Comm handle);
MPI_Comm comm_handle(struct comm *c);
/* The same, with MPI's error when it is none. */
int comm_check(MPI_Comm handle, const char *func, struct comm **c);

void comm_hold(struct comm *c);
void comm_drop(struct comm *c);

/* Whom ranks in messages' arguments mean. */
static inline struct group *
comm_peers(const struct comm *c)
{
	return c->remote ? c->remote : c->group;
}

/* A number that no communicator had before. */
u64 comm_number(struct state *s);
/* Without its context; takes the group's reference over; handler of c. */
struct comm *comm_new(struct comm *c, struct group *group);
/* Collective over c: a new communicator of `group` (its reference is taken
 * over), or of nobody (NULL). */
int comm_make(struct comm *c, struct group *group, MPI_Comm *out);
/* The same for both sides of c: `group` ours, `remote` theirs; local ones that
 * are in no new group give NULL. */
int comm_make_inter(struct comm *c, struct group *group, struct group *remote,
    MPI_Comm *out);
/* MPI_Comm_split; on inter-communicators too. */
int comm_split(struct comm *c, int color, int key, MPI_Comm *newcomm);
int comm_split_inter(struct comm *c, int color, int key, MPI_Comm *newcomm);
/* MPI_Comm_create of an inter-communicator. */
int comm_create_inter(struct comm *c, struct group *g, MPI_Comm *newcomm);
/* Numbers for a new one and for its local part, the same at all of both
 * sides, and of our side. */
int comm_agree_inter(struct comm *c, u64 *context, u64 *local);

struct group *group_of(MPI_Group handle);
MPI_Group group_handle(struct group *g);
int group_check(MPI_Group handle, const char *func, struct group **g);
/* For size ranks of the world; takes `world` over. */
struct group *group_make(int size, int *world);
void group_hold(struct group *g);
void group_drop(struct group *g);
static inline int
group_world(const struct group *g, int rank)
{
	return g->world ? g->world[rank] : rank;
}
/* MPI_IDENT, MPI_SIMILAR or MPI_UNEQUAL. */
int group_order(const struct group *a, const struct group *b);
/* The rank in g of a world rank, or MPI_UNDEFINED. */
int group_rank_of(const struct group *g, int world);

#endif
