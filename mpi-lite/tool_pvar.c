/* tool_pvar.c - MPI_T's performance variables: queues and counters. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/tool.h"

#include "mpi-lite/env.h"

#include <stdlib.h>
#include <string.h>

/*
 * All are read-only numbers that run all the time. A counter counts from the
 * handle's making or its last reset; a level (the length of a queue) is what
 * it is.
 */

static const char own[TOOL_PVARS][32] = {
	"unexpected_messages", "posted_receives", "collectives_under_way",
};

struct tool_session {
	u32 handles;
};

struct tool_pvar_handle {
	struct tool_session *session;
	int index;
	u64 base;
};

static u64
tool_length(struct list *l)
{
	struct list *it, *next;
	u64 n = 0;

	LIST_EACH(it, next, l)
		n++;
	return n;
}

static u32
tool_counters(struct msg_stat st[TOOL_COUNTERS])
{
	return MIN(env_stats(state_any()->ep, st, TOOL_COUNTERS),
	    (u32)TOOL_COUNTERS);
}

int
tool_pvars(void)
{
	struct msg_stat st[TOOL_COUNTERS];

	return TOOL_PVARS + (int)tool_counters(st);
}

u64
tool_pvar_read(int index, const char **name)
{
	struct state *s = state_any();
	struct msg_stat st[TOOL_COUNTERS];

	if (index >= TOOL_PVARS) {
		tool_counters(st);
		*name = st[index - TOOL_PVARS].name;
		return st[index - TOOL_PVARS].value;
	}
	*name = own[index];
	return tool_length(index == TOOL_UNEXPECTED ? &s->arrived :
	    index == TOOL_POSTED ? &s->posted : &s->strands);
}

static int
tool_class(int index)
{
	return index < TOOL_PVARS ? MPI_T_PVAR_CLASS_LEVEL :
	    MPI_T_PVAR_CLASS_COUNTER;
}

MPI_WEAK(T_pvar_get_num)
int
PMPI_T_pvar_get_num(int *num_pvar)
{
	int err = tool_check(0, 1);

	if (!err)
		*num_pvar = tool_pvars();
	return err;
}

MPI_WEAK(T_pvar_get_info)
int
PMPI_T_pvar_get_info(int pvar_index, char *name, int *name_len,
    int *verbosity, int *var_class, MPI_Datatype *datatype,
    MPI_T_enum *enumtype, char *desc, int *desc_len, int *bind, int *readonly,
    int *continuous, int *atomic)
{
	const char *text;
	int err = tool_check(0, 1);

	if (!err)
		err = tool_check(pvar_index, tool_pvars());
	if (err)
		return err;
	tool_pvar_read(pvar_index, &text);
	tool_text(text, name, name_len);
	tool_text(pvar_index < TOOL_PVARS ? "length of a queue of this rank" :
	    "transport counter: docs/reliability.md", desc, desc_len);
	if (verbosity)
		*verbosity = MPI_T_VERBOSITY_USER_DETAIL;
	if (var_class)
		*var_class = tool_class(pvar_index);
	if (datatype)
		*datatype = MPI_UNSIGNED_LONG_LONG;
	if (enumtype)
		*enumtype = MPI_T_ENUM_NULL;
	if (bind)
		*bind = MPI_T_BIND_NO_OBJECT;
	if (readonly)
		*readonly = tool_class(pvar_index) == MPI_T_PVAR_CLASS_LEVEL;
	if (continuous)
		*continuous = 1;
	if (atomic)
		*atomic = 0;
	return MPI_SUCCESS;
}

MPI_WEAK(T_pvar_get_index)
int
PMPI_T_pvar_get_index(const char *name, int var_class, int *pvar_index)
{
	const char *text;
	int err = tool_check(0, 1), n;

	if (err)
		return err;
	n = tool_pvars();
	for (int i = 0; i < n; i++) {
		tool_pvar_read(i, &text);
		if (strcmp(text, name) || tool_class(i) != var_class)
			continue;
		*pvar_index = i;
		return MPI_SUCCESS;
	}
	return MPI_T_ERR_INVALID_NAME;
}

/* -- sessions and handles -------------------------------------------------- */

MPI_WEAK(T_pvar_session_create)
int
PMPI_T_pvar_session_create(MPI_T_pvar_session *session)
{
	int err = tool_check(0, 1);

	if (!err)
		*session = (MPI_T_pvar_session)state_zalloc(
		    sizeof(struct tool_session));
	return err;
}

MPI_WEAK(T_pvar_session_free)
int
PMPI_T_pvar_session_free(MPI_T_pvar_session *session)
{
	int err = tool_check(0, 1);

	if (err)
		return err;
	if (!*session)
		return MPI_T_ERR_INVALID_SESSION;
	free(*session);
	*session = MPI_T_PVAR_SESSION_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(T_pvar_handle_alloc)
int
PMPI_T_pvar_handle_alloc(MPI_T_pvar_session session, int pvar_index,
    void *obj_handle, MPI_T_pvar_handle *handle, int *count)
{
	struct tool_pvar_handle *h;
	const char *name;
	int err = tool_check(0, 1);

	(void)obj_handle;
	if (!err)
		err = tool_check(pvar_index, tool_pvars());
	if (err)
		return err;
	if (!session)
		return MPI_T_ERR_INVALID_SESSION;
	h = state_zalloc(sizeof(*h));
	h->session = (struct tool_session *)(void *)session;
	h->session->handles++;
	h->index = pvar_index;
	if (tool_class(pvar_index) == MPI_T_PVAR_CLASS_COUNTER)
		h->base = tool_pvar_read(pvar_index, &name);
	*handle = (MPI_T_pvar_handle)(void *)h;
	*count = 1;
	return MPI_SUCCESS;
}

/* The handle's variable, or an MPI_T code. */
static int
tool_handle(MPI_T_pvar_session session, MPI_T_pvar_handle handle,
    struct tool_pvar_handle **h)
{
	int err = tool_check(0, 1);

	*h = (struct tool_pvar_handle *)(void *)handle;
	if (err)
		return err;
	if (!session)
		return MPI_T_ERR_INVALID_SESSION;
	return !handle || handle == MPI_T_PVAR_ALL_HANDLES ||
	    (void *)(*h)->session != (void *)session ?
	    MPI_T_ERR_INVALID_HANDLE : MPI_SUCCESS;
}

MPI_WEAK(T_pvar_handle_free)
int
PMPI_T_pvar_handle_free(MPI_T_pvar_session session, MPI_T_pvar_handle *handle)
{
	struct tool_pvar_handle *h;
	int err = tool_handle(session, *handle, &h);

	if (err)
		return err;
	h->session->handles--;
	free(h);
	*handle = MPI_T_PVAR_HANDLE_NULL;
	return MPI_SUCCESS;
}

/* All run all the time; to start or stop all that can be is to do nothing. */
static int
tool_running(MPI_T_pvar_session session, MPI_T_pvar_handle handle)
{
	struct tool_pvar_handle *h;
	int err = tool_check(0, 1);

	if (err)
		return err;
	if (handle == MPI_T_PVAR_ALL_HANDLES)
		return session ? MPI_SUCCESS : MPI_T_ERR_INVALID_SESSION;
	err = tool_handle(session, handle, &h);
	return err ? err : MPI_T_ERR_PVAR_NO_STARTSTOP;
}

MPI_WEAK(T_pvar_start)
int
PMPI_T_pvar_start(MPI_T_pvar_session session, MPI_T_pvar_handle handle)
{
	return tool_running(session, handle);
}

MPI_WEAK(T_pvar_stop)
int
PMPI_T_pvar_stop(MPI_T_pvar_session session, MPI_T_pvar_handle handle)
{
	return tool_running(session, handle);
}

MPI_WEAK(T_pvar_read)
int
PMPI_T_pvar_read(MPI_T_pvar_session session, MPI_T_pvar_handle handle,
    void *buf)
{
	struct tool_pvar_handle *h;
	const char *name;
	int err = tool_handle(session, handle, &h);

	if (!err)
		*(unsigned long long *)buf = tool_pvar_read(h->index, &name) -
		    h->base;
	return err;
}

MPI_WEAK(T_pvar_write)
int
PMPI_T_pvar_write(MPI_T_pvar_session session, MPI_T_pvar_handle handle,
    const void *buf)
{
	struct tool_pvar_handle *h;
	int err = tool_handle(session, handle, &h);

	(void)buf;
	return err ? err : MPI_T_ERR_PVAR_NO_WRITE;
}

MPI_WEAK(T_pvar_reset)
int
PMPI_T_pvar_reset(MPI_T_pvar_session session, MPI_T_pvar_handle handle)
{
	struct tool_pvar_handle *h;
	const char *name;
	int err = tool_check(0, 1);

	if (!err && handle == MPI_T_PVAR_ALL_HANDLES)
		return session ? MPI_SUCCESS : MPI_T_ERR_INVALID_SESSION;
	err = tool_handle(session, handle, &h);
	if (!err && tool_class(h->index) != MPI_T_PVAR_CLASS_COUNTER)
		return MPI_T_ERR_PVAR_NO_WRITE;
	if (!err)
		h->base = tool_pvar_read(h->index, &name);
	return err;
}

MPI_WEAK(T_pvar_readreset)
int
PMPI_T_pvar_readreset(MPI_T_pvar_session session, MPI_T_pvar_handle handle,
    void *buf)
{
	int err = PMPI_T_pvar_read(session, handle, buf);

	return err ? err : PMPI_T_pvar_reset(session, handle);
}
