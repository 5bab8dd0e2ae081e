/* init.c - MPI_Init to MPI_Finalize, and what a rank knows of itself. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/env.h"
#include "mpi-lite/coll/coll.h"
#include "mpi-lite/err.h"
#include "mpi-lite/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INIT_DRAIN_NS = 2000 * 1000 * 1000, INIT_CONTEXT_FIRST = 4 };

static const char library[] = "Barerack mpi-lite, MPI-3.1 subset";

struct state *
state_of(const char *func)
{
	struct state *s = env_rank()->mpi;

	if (!s)
		err_fatal(func, "called before MPI_Init");
	if (s->finalized)
		err_fatal(func, "called after MPI_Finalize");
	return s;
}

void *
state_alloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		err_fatal("(any)", "out of memory");
	return p;
}

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
init_comm(struct comm *c, struct group *g, u32 context, const char *name)
{
	c->tag = (struct tag){ TAG_COMM, COMM_TAG_WORLD };
	c->context = context;
	c->rank = g->rank;
	c->size = g->size;
	c->refs = 1;
	c->group = g;
	c->handler = (const struct tag *)MPI_ERRORS_ARE_FATAL;
	strcpy(c->name, name);
}

static int
init_state(int required, int *provided)
{
	struct rankpage *page = env_rank();
	struct state *s;

	if (page->mpi)
		err_fatal("Init", "called twice");
	s = state_alloc(sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->page = page;
	s->ep = page->ep;
	/* Nothing here locks: one call at a time is what we promise. */
	s->thread_level = MIN(required, (int)MPI_THREAD_SERIALIZED);
	*provided = s->thread_level;
	s->next_context = INIT_CONTEXT_FIRST;
	list_init(&s->posted);
	list_init(&s->arrived);
	list_init(&s->orphans);
	s->self_rank[0] = (int)page->rank;
	init_group(&s->world_group, (int)page->size, (int)page->rank, NULL);
	init_group(&s->self_group, 1, 0, s->self_rank);
	init_group(&s->empty_group, 0, MPI_UNDEFINED, NULL);
	init_comm(&s->world, &s->world_group, 0, "MPI_COMM_WORLD");
	init_comm(&s->self, &s->self_group, 2, "MPI_COMM_SELF");
	page->mpi = s;
	msg_attach(s->ep, match_arrive, s);
	return MPI_SUCCESS;
}

MPI_WEAK(Init)
int
PMPI_Init(int *argc, char ***argv)
{
	int provided;

	(void)argc;
	(void)argv;
	return init_state(MPI_THREAD_SINGLE, &provided);
}

MPI_WEAK(Init_thread)
int
PMPI_Init_thread(int *argc, char ***argv, int required, int *provided)
{
	(void)argc;
	(void)argv;
	return init_state(required, provided);
}

MPI_WEAK(Query_thread)
int
PMPI_Query_thread(int *provided)
{
	*provided = state_of("Query_thread")->thread_level;
	return MPI_SUCCESS;
}

/* All ranks meet; then our last messages are seen to their receivers. */
MPI_WEAK(Finalize)
int
PMPI_Finalize(void)
{
	struct state *s = state_of("Finalize");
	int err = coll_barrier(&s->world);
	u64 until = env_now_ns() + INIT_DRAIN_NS;

	while (!msg_is_drained(s->ep) && env_now_ns() < until)
		if (!msg_poll(s->ep))
			env_wait(s->ep, env_now_ns() + 1000 * 1000);
	s->finalized = true;
	env_finalize();
	return err_raise(NULL, "Finalize", err);
}

MPI_WEAK(Initialized)
int
PMPI_Initialized(int *flag)
{
	*flag = env_rank()->mpi != NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Finalized)
int
PMPI_Finalized(int *flag)
{
	const struct state *s = env_rank()->mpi;

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

MPI_WEAK(Pcontrol)
int
PMPI_Pcontrol(const int level, ...)
{
	(void)level;
	return MPI_SUCCESS;
}
