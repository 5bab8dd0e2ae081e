/* err.c - error texts, handlers, and the end that the default one brings. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"

#include "kernel/lib/err.h"
#include "mpi-lite/env.h"
#include "mpi-lite/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERR_LINE_MAX = 256 };

struct errhandler {
	struct tag tag;
	u32 refs;
	MPI_Comm_errhandler_function *fn;
};

static const char texts[][56] = {
	[MPI_SUCCESS] = "MPI_SUCCESS: no error",
	[MPI_ERR_BUFFER] = "MPI_ERR_BUFFER: invalid buffer pointer",
	[MPI_ERR_COUNT] = "MPI_ERR_COUNT: invalid count argument",
	[MPI_ERR_TYPE] = "MPI_ERR_TYPE: invalid datatype",
	[MPI_ERR_TAG] = "MPI_ERR_TAG: invalid tag",
	[MPI_ERR_COMM] = "MPI_ERR_COMM: invalid communicator",
	[MPI_ERR_RANK] = "MPI_ERR_RANK: invalid rank",
	[MPI_ERR_REQUEST] = "MPI_ERR_REQUEST: invalid request",
	[MPI_ERR_ROOT] = "MPI_ERR_ROOT: invalid root",
	[MPI_ERR_GROUP] = "MPI_ERR_GROUP: invalid group",
	[MPI_ERR_OP] = "MPI_ERR_OP: invalid reduce operation",
	[MPI_ERR_TOPOLOGY] = "MPI_ERR_TOPOLOGY: invalid communicator topology",
	[MPI_ERR_DIMS] = "MPI_ERR_DIMS: invalid topology dimension",
	[MPI_ERR_ARG] = "MPI_ERR_ARG: invalid argument of some other kind",
	[MPI_ERR_UNKNOWN] = "MPI_ERR_UNKNOWN: unknown error",
	[MPI_ERR_TRUNCATE] = "MPI_ERR_TRUNCATE: message truncated",
	[MPI_ERR_OTHER] = "MPI_ERR_OTHER: known error not in list",
	[MPI_ERR_INTERN] = "MPI_ERR_INTERN: internal error",
	[MPI_ERR_IN_STATUS] = "MPI_ERR_IN_STATUS: error code in status",
	[MPI_ERR_PENDING] = "MPI_ERR_PENDING: pending request",
	[MPI_ERR_KEYVAL] = "MPI_ERR_KEYVAL: invalid key value",
	[MPI_ERR_NO_MEM] = "MPI_ERR_NO_MEM: out of memory",
};

const char *
err_text(int code)
{
	if (code < 0 || code >= (int)ARRAY_LEN(texts) || !texts[code][0])
		return texts[MPI_ERR_UNKNOWN];
	return texts[code];
}

int
err_of_net(int err)
{
	switch (err) {
	case 0:
		return MPI_SUCCESS;
	case ERR_NOMEM:
		return MPI_ERR_NO_MEM;
	default:
		return MPI_ERR_OTHER;
	}
}

NORETURN void
err_fatal(const char *func, const char *text)
{
	char line[ERR_LINE_MAX];
	int len = snprintf(line, sizeof(line), "rank %u: MPI_%s: %s\n",
	    (unsigned)env_rank()->rank, func, text);

	env_error(line, MIN((size_t)len, sizeof(line) - 1));
	env_abort(1);
}

int
err_raise(struct comm *c, const char *func, int code)
{
	struct state *s = env_rank()->mpi;
	const struct errhandler *h;
	MPI_Comm handle;

	if (code == MPI_SUCCESS || !s)
		return code;
	if (!c)
		c = &s->world;
	switch (c->handler->which) {
	case HANDLER_RETURN:
		return code;
	case TAG_MADE:
		h = (const struct errhandler *)c->handler;
		handle = comm_handle(c);
		h->fn(&handle, &code);
		return code;
	default:
		err_fatal(func, err_text(code));
	}
}

/* -- the program's calls --------------------------------------------------- */

static const struct tag *
errhandler_of(MPI_Errhandler handle)
{
	const struct tag *t = (const struct tag *)handle;

	return t && t->kind == TAG_ERRHANDLER && t->which != HANDLER_NULL ?
	    t : NULL;
}

MPI_WEAK(Comm_set_errhandler)
int
PMPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
{
	const struct tag *t = errhandler_of(errhandler);
	struct comm *c;
	int err = comm_check(comm, "Comm_set_errhandler", &c);

	if (err)
		return err;
	if (!t)
		return err_raise(c, "Comm_set_errhandler", MPI_ERR_ARG);
	c->handler = t;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_get_errhandler)
int
PMPI_Comm_get_errhandler(MPI_Comm comm, MPI_Errhandler *errhandler)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_get_errhandler", &c);

	if (!err)
		*errhandler = (MPI_Errhandler)(uintptr_t)c->handler;
	return err;
}

MPI_WEAK(Comm_create_errhandler)
int
PMPI_Comm_create_errhandler(MPI_Comm_errhandler_function *function,
    MPI_Errhandler *errhandler)
{
	struct errhandler *h = state_alloc(sizeof(*h));

	h->tag = (struct tag){ TAG_ERRHANDLER, TAG_MADE };
	h->fn = function;
	*errhandler = (MPI_Errhandler)(void *)h;
	return MPI_SUCCESS;
}

/* Communicators may still use it, so it stays until the process ends. */
MPI_WEAK(Errhandler_free)
int
PMPI_Errhandler_free(MPI_Errhandler *errhandler)
{
	if (!errhandler_of(*errhandler))
		return err_raise(NULL, "Errhandler_free", MPI_ERR_ARG);
	*errhandler = MPI_ERRHANDLER_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_call_errhandler)
int
PMPI_Comm_call_errhandler(MPI_Comm comm, int errorcode)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_call_errhandler", &c);

	if (err)
		return err;
	err_raise(c, "Comm_call_errhandler", errorcode);
	return MPI_SUCCESS;
}

MPI_WEAK(Error_string)
int
PMPI_Error_string(int errorcode, char *string, int *resultlen)
{
	const char *text = err_text(errorcode);

	*resultlen = (int)strlen(text);
	memcpy(string, text, (size_t)*resultlen + 1);
	return MPI_SUCCESS;
}

MPI_WEAK(Error_class)
int
PMPI_Error_class(int errorcode, int *errorclass)
{
	*errorclass = errorcode;
	return MPI_SUCCESS;
}

MPI_WEAK(Abort)
int
PMPI_Abort(MPI_Comm comm, int errorcode)
{
	char line[ERR_LINE_MAX];
	int len = snprintf(line, sizeof(line),
	    "rank %u: MPI_Abort with code %d\n", (unsigned)env_rank()->rank,
	    errorcode);

	(void)comm;
	env_error(line, (size_t)len);
	env_abort(errorcode);
}
