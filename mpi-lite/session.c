/* session.c - MPI-4's sessions: groups by name, without MPI_Init. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/info.h"
#include "mpi-lite/init.h"
#include "mpi-lite/req.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
	struct tag tag;
	const struct tag *handler;
	struct info *info;
};

static const char sets[][16] = { "mpi://WORLD", "mpi://SELF" };

static struct session *
session_of(MPI_Session handle)
{
	struct session *e = (struct session *)(void *)handle;

	return e && e->tag.kind == TAG_SESSION && e->tag.which == TAG_MADE ?
	    e : NULL;
}

static int
session_raise(MPI_Session handle, const char *func, int code)
{
	struct session *e = session_of(handle);

	if (!e)
		return err_raise(NULL, func, MPI_ERR_SESSION);
	return code ? err_raise_on(e->handler, e, func, code) : MPI_SUCCESS;
}

MPI_WEAK(Session_init)
int
PMPI_Session_init(MPI_Info info, MPI_Errhandler errhandler,
    MPI_Session *session)
{
	struct state *s = init_state();
	const struct tag *h = handler_of(errhandler);
	const char *level = info_value(info_of(info), "thread_level");
	struct session *e;

	if (!h)
		return err_raise(NULL, "Session_init", MPI_ERR_ARG);
	/* A session may be used from any thread. */
	if (!s->initialized)
		init_threads(s, level && !strcmp(level, "MPI_THREAD_SINGLE") ?
		    MPI_THREAD_SINGLE : MPI_THREAD_MULTIPLE);
	e = state_zalloc(sizeof(*e));
	e->tag = (struct tag){ TAG_SESSION, TAG_MADE };
	e->handler = handler_hold(h);
	e->info = info_of(info) ? info_copy(info_of(info)) : info_new();
	if (!info_value(e->info, "thread_level"))
		info_put(e->info, "thread_level", s->threads ?
		    "MPI_THREAD_MULTIPLE" : "MPI_THREAD_SINGLE");
	s->sessions++;
	*session = (MPI_Session)(void *)e;
	return MPI_SUCCESS;
}

MPI_WEAK(Session_finalize)
int
PMPI_Session_finalize(MPI_Session *session)
{
	struct session *e = session_of(*session);
	struct state *s = state_any();

	if (!e)
		return err_raise(NULL, "Session_finalize", MPI_ERR_SESSION);
	s->sessions--;
	if (!s->initialized && !s->sessions)
		init_leave(s);
	info_free(e->info);
	handler_drop(e->handler);
	e->tag.kind = TAG_FREED;
	free(e);
	*session = MPI_SESSION_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Session_get_info)
int
PMPI_Session_get_info(MPI_Session session, MPI_Info *info_used)
{
	struct session *e = session_of(session);

	if (e)
		*info_used = info_handle(info_copy(e->info));
	return session_raise(session, "Session_get_info", MPI_SUCCESS);
}

MPI_WEAK(Session_set_info)
int
PMPI_Session_set_info(MPI_Session session, MPI_Info info)
{
	struct session *e = session_of(session);

	if (e && info_of(info)) {
		info_free(e->info);
		e->info = info_copy(info_of(info));
	}
	return session_raise(session, "Session_set_info",
	    info_of(info) ? MPI_SUCCESS : MPI_ERR_INFO);
}

/* -- process sets ---------------------------------------------------------- */

MPI_WEAK(Session_get_num_psets)
int
PMPI_Session_get_num_psets(MPI_Session session, MPI_Info info,
    int *npset_names)
{
	(void)info;
	*npset_names = (int)ARRAY_LEN(sets);
	return session_raise(session, "Session_get_num_psets", MPI_SUCCESS);
}

MPI_WEAK(Session_get_nth_pset)
int
PMPI_Session_get_nth_pset(MPI_Session session, MPI_Info info, int n,
    int *len, char *pset_name)
{
	(void)info;
	if (n < 0 || n >= (int)ARRAY_LEN(sets))
		return session_raise(session, "Session_get_nth_pset",
		    MPI_ERR_ARG);
	if (*len)
		snprintf(pset_name, (size_t)*len, "%s", sets[n]);
	*len = (int)strlen(sets[n]) + 1;
	return session_raise(session, "Session_get_nth_pset", MPI_SUCCESS);
}

/* The group of a name, or NULL. */
static struct group *
session_group(struct state *s, const char *name)
{
	if (strcasecmp(name, sets[0]) == 0)
		return &s->world_group;
	return strcasecmp(name, sets[1]) == 0 ? &s->self_group : NULL;
}

MPI_WEAK(Session_get_pset_info)
int
PMPI_Session_get_pset_info(MPI_Session session, const char *pset_name,
    MPI_Info *info)
{
	struct group *g = session_group(state_any(), pset_name);
	char text[16];
	struct info *i;

	if (!g)
		return session_raise(session, "Session_get_pset_info",
		    MPI_ERR_ARG);
	i = info_new();
	snprintf(text, sizeof(text), "%d", g->size);
	info_put(i, "mpi_size", text);
	*info = info_handle(i);
	return session_raise(session, "Session_get_pset_info", MPI_SUCCESS);
}

MPI_WEAK(Group_from_session_pset)
int
PMPI_Group_from_session_pset(MPI_Session session, const char *pset_name,
    MPI_Group *newgroup)
{
	struct group *g = session_group(state_any(), pset_name);

	if (!g)
		return session_raise(session, "Group_from_session_pset",
		    MPI_ERR_ARG);
	group_hold(g);
	*newgroup = group_handle(g);
	return session_raise(session, "Group_from_session_pset", MPI_SUCCESS);
}

/* -- communicators from groups: the name keeps calls apart ----------------- */

static int
session_tag(const char *name)
{
	u32 h = 2166136261u;

	while (*name)
		h = (h ^ (u8)*name++) * 16777619u;
	return (int)(h & INT32_MAX);
}

MPI_WEAK(Comm_create_from_group)
int
PMPI_Comm_create_from_group(MPI_Group group, const char *tag, MPI_Info info,
    MPI_Errhandler errhandler, MPI_Comm *newcomm)
{
	struct state *s = state_of("Comm_create_from_group");
	int err = PMPI_Comm_create_group(MPI_COMM_WORLD, group,
	    session_tag(tag), newcomm);

	(void)s;
	(void)info;
	if (!err && *newcomm != MPI_COMM_NULL)
		err = PMPI_Comm_set_errhandler(*newcomm, errhandler);
	return err;
}

MPI_WEAK(Intercomm_create_from_groups)
int
PMPI_Intercomm_create_from_groups(MPI_Group local_group, int local_leader,
    MPI_Group remote_group, int remote_leader, const char *tag, MPI_Info info,
    MPI_Errhandler errhandler, MPI_Comm *newintercomm)
{
	struct group *far = group_of(remote_group);
	MPI_Comm local;
	int err;

	if (!far || remote_leader < 0 || remote_leader >= far->size)
		return err_raise(NULL, "Intercomm_create_from_groups",
		    MPI_ERR_GROUP);
	err = PMPI_Comm_create_from_group(local_group, tag, info, errhandler,
	    &local);
	if (err)
		return err;
	err = PMPI_Intercomm_create(local, local_leader, MPI_COMM_WORLD,
	    group_world(far, remote_leader), session_tag(tag), newintercomm);
	PMPI_Comm_free(&local);
	return err;
}

/* -- error handlers -------------------------------------------------------- */

MPI_WEAK(Session_create_errhandler)
int
PMPI_Session_create_errhandler(MPI_Session_errhandler_function *function,
    MPI_Errhandler *errhandler)
{
	*errhandler = handler_make(TAG_SESSION, (void *)function);
	return MPI_SUCCESS;
}

MPI_WEAK(Session_set_errhandler)
int
PMPI_Session_set_errhandler(MPI_Session session, MPI_Errhandler errhandler)
{
	struct session *e = session_of(session);

	return session_raise(session, "Session_set_errhandler", e ?
	    handler_put(&e->handler, errhandler, TAG_SESSION) : 0);
}

MPI_WEAK(Session_get_errhandler)
int
PMPI_Session_get_errhandler(MPI_Session session, MPI_Errhandler *errhandler)
{
	struct session *e = session_of(session);

	if (e)
		*errhandler = (MPI_Errhandler)(uintptr_t)handler_hold(
		    e->handler);
	return session_raise(session, "Session_get_errhandler", MPI_SUCCESS);
}

MPI_WEAK(Session_call_errhandler)
int
PMPI_Session_call_errhandler(MPI_Session session, int errorcode)
{
	session_raise(session, "Session_call_errhandler", errorcode);
	return MPI_SUCCESS;
}
