/* init.c - MPI_Init to MPI_Finalize, and what a rank knows of itself. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/init.h"

#include "mpi-lite/attr.h"
#include "mpi-lite/bsend.h"
#include "mpi-lite/env.h"
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"
#include "mpi-lite/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INIT_DRAIN_NS = 2000 * 1000 * 1000, INIT_CONTEXT_SELF = 4 };

static const char library[] = "Barerack mpi-lite";

static void
init_group(struct group *g, int size, int rank, int *world)
{
	g->tag = (struct tag){ TAG_GROUP, TAG_MADE };
	g->refs = 1;
	g->size = size;
	g->rank = rank;
	g->world = world;
}

static void
init_comm(struct comm *c, struct group *g, u64 context, const char *name)
{
	c->tag = (struct tag){ TAG_COMM, COMM_TAG_WORLD };
	c->context = context;
	c->rank = g->rank;
	c->size = g->size;
	c->refs = 1;
	c->group = g;
	c->handler = (const struct tag *)MPI_ERRORS_ARE_FATAL;
	list_init(&c->attrs);
	strcpy(c->name, name);
}

struct state *
init_state(void)
{
	struct rankpage *page = env_rank();
	struct state *s = page->mpi;

	if (s)
		return s;
	s = state_zalloc(sizeof(*s));
	s->page = page;
	s->ep = page->ep;
	list_init(&s->posted);
	list_init(&s->arrived);
	list_init(&s->orphans);
	list_init(&s->strands);
	list_init(&s->wins);
	list_init(&s->rma_in);
	list_init(&s->rma_out);
	list_init(&s->keyvals);
	list_init(&s->codes);
	list_init(&s->parts);
	list_init(&s->type_names);
	list_init(&s->type_attrs);
	s->self_rank[0] = (int)page->rank;
	init_group(&s->world_group, (int)page->size, (int)page->rank, NULL);
	init_group(&s->self_group, 1, 0, s->self_rank);
	init_group(&s->empty_group, 0, MPI_UNDEFINED, NULL);
	init_comm(&s->world, &s->world_group, 0, "MPI_COMM_WORLD");
	init_comm(&s->self, &s->self_group, INIT_CONTEXT_SELF,
	    "MPI_COMM_SELF");
	for (int i = 0; i < STATE_TUNES; i++)
		s->tune[i] = COLL_SHORT;
	page->mpi = s;
	msg_attach(s->ep, match_arrive, s);
	return s;
}

void
init_threads(struct state *s, int required)
{
	s->thread_level = MIN(MAX(required, (int)MPI_THREAD_SINGLE),
	    (int)MPI_THREAD_MULTIPLE);
	s->threads = s->threads || s->thread_level == MPI_THREAD_MULTIPLE;
	s->main_thread = env_thread();
}

static int
init(int required, int *provided)
{
	struct state *s = init_state();

	if (s->initialized)
		err_fatal("Init", "called twice");
	s->initialized = true;
	init_threads(s, required);
	*provided = s->thread_level;
	return MPI_SUCCESS;
}

MPI_WEAK(Init)
int
PMPI_Init(int *argc, char ***argv)
{
	int provided;

	(void)argc;
	(void)argv;
	return init(MPI_THREAD_SINGLE, &provided);
}

MPI_WEAK(Init_thread)
int
PMPI_Init_thread(int *argc, char ***argv, int required, int *provided)
{
	(void)argc;
	(void)argv;
	return init(required, provided);
}

MPI_WEAK(Is_thread_main)
int
PMPI_Is_thread_main(int *flag)
{
	*flag = state_of("Is_thread_main")->main_thread == env_thread();
	return MPI_SUCCESS;
}

MPI_WEAK(Query_thread)
int
PMPI_Query_thread(int *provided)
{
	*provided = state_of("Query_thread")->thread_level;
	return MPI_SUCCESS;
}

void
init_leave(struct state *s)
{
	u64 until = env_now_ns() + INIT_DRAIN_NS;

	while (!(msg_is_drained(s->ep) && list_is_empty(&s->rma_out)) &&
	    env_now_ns() < until)
		if (!req_move(s))
			env_wait(s->ep, env_now_ns() + 1000 * 1000);
	env_finalize();
}

MPI_WEAK(Finalize)
int
PMPI_Finalize(void)
{
	struct state *s = state_of("Finalize");
	int err;

	if (!s->initialized)
		err_fatal("Finalize", "called before MPI_Init");
	bsend_drain(s);
	/* MPI-3.1 §8.7.1: before anything else stops working. */
	err = attr_delete_all(&s->self.attrs, MPI_COMM_SELF);
	if (!err)
		err = attr_delete_all(&s->world.attrs, MPI_COMM_WORLD);
	if (!err)
		err = coll_barrier(&s->world);
	init_leave(s);
	s->finalized = true;
	return err_raise(NULL, "Finalize", err);
}

MPI_WEAK(Initialized)
int
PMPI_Initialized(int *flag)
{
	const struct state *s = state_any();

	*flag = s && s->initialized;
	return MPI_SUCCESS;
}

MPI_WEAK(Finalized)
int
PMPI_Finalized(int *flag)
{
	const struct state *s = state_any();

	*flag = s && s->finalized;
	return MPI_SUCCESS;
}

/* -- about us -------------------------------------------------------------- */

MPI_WEAK(Wtime)
double
PMPI_Wtime(void)
{
	return (double)env_now_ns() * 1e-9;
}

MPI_WEAK(Wtick)
double
PMPI_Wtick(void)
{
	return 1e-9;
}

MPI_WEAK(Get_processor_name)
int
PMPI_Get_processor_name(char *name, int *resultlen)
{
	const struct rankpage *page = env_rank();

	strcpy(name, page->name);
	*resultlen = (int)strlen(page->name);
	return MPI_SUCCESS;
}

MPI_WEAK(Get_version)
int
PMPI_Get_version(int *version, int *subversion)
{
	*version = MPI_VERSION;
	*subversion = MPI_SUBVERSION;
	return MPI_SUCCESS;
}

MPI_WEAK(Get_library_version)
int
PMPI_Get_library_version(char *version, int *resultlen)
{
	strcpy(version, library);
	*resultlen = (int)sizeof(library) - 1;
	return MPI_SUCCESS;
}

MPI_WEAK(Alloc_mem)
int
PMPI_Alloc_mem(MPI_Aint size, MPI_Info info, void *baseptr)
{
	void *p = malloc(size > 0 ? (size_t)size : 1);

	(void)info;
	if (!p)
		return err_raise(NULL, "Alloc_mem", MPI_ERR_NO_MEM);
	*(void **)baseptr = p;
	return MPI_SUCCESS;
}

MPI_WEAK(Free_mem)
int
PMPI_Free_mem(void *base)
{
	free(base);
	return MPI_SUCCESS;
}

MPI_WEAK(Get_address)
int
PMPI_Get_address(const void *location, MPI_Aint *address)
{
	*address = (MPI_Aint)location;
	return MPI_SUCCESS;
}

/* Macros in mpi.h, which are not used here. */
MPI_Aint (PMPI_Aint_add)(MPI_Aint base, MPI_Aint disp);
MPI_Aint (PMPI_Aint_diff)(MPI_Aint addr1, MPI_Aint addr2);

MPI_WEAK(Aint_add)
MPI_Aint
(PMPI_Aint_add)(MPI_Aint base, MPI_Aint disp)
{
	return base + disp;
}

MPI_WEAK(Aint_diff)
MPI_Aint
(PMPI_Aint_diff)(MPI_Aint addr1, MPI_Aint addr2)
{
	return addr1 - addr2;
}

MPI_WEAK(Pcontrol)
int
PMPI_Pcontrol(const int level, ...)
{
	(void)level;
	return MPI_SUCCESS;
}
