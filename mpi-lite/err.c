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

/* What MPI_Add_error_class and _code made. */
struct err_code {
	struct list link;
	int code, class;
	char text[MPI_MAX_ERROR_STRING];
};

static const char texts[][72] = {
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
	[MPI_ERR_ACCESS] = "MPI_ERR_ACCESS: permission denied",
	[MPI_ERR_AMODE] = "MPI_ERR_AMODE: invalid access mode",
	[MPI_ERR_ASSERT] = "MPI_ERR_ASSERT: invalid assertion",
	[MPI_ERR_BAD_FILE] = "MPI_ERR_BAD_FILE: invalid file name",
	[MPI_ERR_BASE] = "MPI_ERR_BASE: invalid base address",
	[MPI_ERR_CONVERSION] = "MPI_ERR_CONVERSION: data conversion failed",
	[MPI_ERR_DISP] = "MPI_ERR_DISP: invalid displacement",
	[MPI_ERR_DUP_DATAREP] = "MPI_ERR_DUP_DATAREP: data representation exists",
	[MPI_ERR_FILE_EXISTS] = "MPI_ERR_FILE_EXISTS: file exists",
	[MPI_ERR_FILE_IN_USE] = "MPI_ERR_FILE_IN_USE: file is in use",
	[MPI_ERR_FILE] = "MPI_ERR_FILE: invalid file handle",
	[MPI_ERR_INFO_KEY] = "MPI_ERR_INFO_KEY: invalid info key",
	[MPI_ERR_INFO_NOKEY] = "MPI_ERR_INFO_NOKEY: no such info key",
	[MPI_ERR_INFO_VALUE] = "MPI_ERR_INFO_VALUE: invalid info value",
	[MPI_ERR_INFO] = "MPI_ERR_INFO: invalid info",
	[MPI_ERR_IO] = "MPI_ERR_IO: input or output failed",
	[MPI_ERR_LOCKTYPE] = "MPI_ERR_LOCKTYPE: invalid lock type",
	[MPI_ERR_NAME] = "MPI_ERR_NAME: name is not published",
	[MPI_ERR_NOT_SAME] = "MPI_ERR_NOT_SAME: arguments differ between ranks",
	[MPI_ERR_NO_SPACE] = "MPI_ERR_NO_SPACE: no space left",
	[MPI_ERR_NO_SUCH_FILE] = "MPI_ERR_NO_SUCH_FILE: no such file",
	[MPI_ERR_PORT] = "MPI_ERR_PORT: invalid port name",
	[MPI_ERR_QUOTA] = "MPI_ERR_QUOTA: quota exceeded",
	[MPI_ERR_READ_ONLY] = "MPI_ERR_READ_ONLY: read-only file or file system",
	[MPI_ERR_RMA_CONFLICT] = "MPI_ERR_RMA_CONFLICT: conflicting accesses to a window",
	[MPI_ERR_RMA_SYNC] = "MPI_ERR_RMA_SYNC: wrong synchronisation of a window",
	[MPI_ERR_SERVICE] = "MPI_ERR_SERVICE: invalid service name",
	[MPI_ERR_SIZE] = "MPI_ERR_SIZE: invalid size",
	[MPI_ERR_SPAWN] = "MPI_ERR_SPAWN: processes cannot be started by programs",
	[MPI_ERR_UNSUPPORTED_DATAREP] = "MPI_ERR_UNSUPPORTED_DATAREP: unsupported representation",
	[MPI_ERR_UNSUPPORTED_OPERATION] = "MPI_ERR_UNSUPPORTED_OPERATION: unsupported operation",
	[MPI_ERR_WIN] = "MPI_ERR_WIN: invalid window",
	[MPI_ERR_RMA_RANGE] = "MPI_ERR_RMA_RANGE: memory outside the window",
	[MPI_ERR_RMA_ATTACH] = "MPI_ERR_RMA_ATTACH: memory cannot be attached",
	[MPI_ERR_RMA_FLAVOR] = "MPI_ERR_RMA_FLAVOR: wrong kind of window",
	[MPI_ERR_RMA_SHARED] = "MPI_ERR_RMA_SHARED: memory cannot be shared",
	[MPI_ERR_PROC_ABORTED] = "MPI_ERR_PROC_ABORTED: a peer has aborted",
	[MPI_ERR_PROC_FAILED] = "MPI_ERR_PROC_FAILED: a peer has failed",
	[MPI_ERR_PROC_FAILED_PENDING] = "MPI_ERR_PROC_FAILED_PENDING: a possible sender has failed",
	[MPI_ERR_REVOKED] = "MPI_ERR_REVOKED: communicator revoked",
	[MPI_ERR_SESSION] = "MPI_ERR_SESSION: invalid session",
	[MPI_ERR_VALUE_TOO_LARGE] = "MPI_ERR_VALUE_TOO_LARGE: value too large",
};

static struct err_code *
err_find(int code)
{
	struct state *s = env_rank()->mpi;
	struct list *it, *next;

	if (!s)
		return NULL;
	LIST_EACH(it, next, &s->codes) {
		struct err_code *e = CONTAINER_OF(it, struct err_code, link);

		if (e->code == code)
			return e;
	}
	return NULL;
}

const char *
err_text(int code)
{
	struct err_code *e = err_find(code);

	if (e)
		return e->text;
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
	case ERR_DEAD:
		return MPI_ERR_PROC_FAILED;
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
err_raise_on(const struct tag *handler, void *object, const char *func,
    int code)
{
	switch (handler->which) {
	case HANDLER_RETURN:
		return code;
	case TAG_MADE:
		handler_function(handler)(&object, &code);
		return code;
	default:
		err_fatal(func, err_text(code));
	}
}

/* What belongs to no communicator is the world's: MPI-3.1 §8.3, or, where a
 * program knows MPI-4 §9.3, MPI_COMM_SELF's. */
int
err_raise(struct comm *c, const char *func, int code)
{
	struct state *s = env_rank()->mpi;

	if (code == MPI_SUCCESS)
		return code;
	if (!s) {
		err_fatal(func, err_text(code));
	}
	if (!c)
		c = s->world.handler->which == HANDLER_FATAL ?
		    &s->self : &s->world;
	return err_raise_on(c->handler, comm_handle(c), func, code);
}

/* -- the program's calls --------------------------------------------------- */

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
	struct err_code *e = err_find(errorcode);

	*errorclass = e ? e->class : errorcode;
	return MPI_SUCCESS;
}

int
err_last(const struct state *s)
{
	return MPI_ERR_LASTCODE + s->code_next;
}

/* class 0: it is its own. */
static int
err_add(const char *func, int class)
{
	struct state *s = state_of(func);
	struct err_code *e = state_zalloc(sizeof(*e));

	e->code = MPI_ERR_LASTCODE + ++s->code_next;
	e->class = class ? class : e->code;
	list_put(&s->codes, &e->link);
	return e->code;
}

MPI_WEAK(Add_error_class)
int
PMPI_Add_error_class(int *errorclass)
{
	*errorclass = err_add("Add_error_class", 0);
	return MPI_SUCCESS;
}

MPI_WEAK(Add_error_code)
int
PMPI_Add_error_code(int errorclass, int *errorcode)
{
	if (errorclass < 0 || errorclass > err_last(state_of("Add_error_code")))
		return err_raise(NULL, "Add_error_code", MPI_ERR_ARG);
	*errorcode = err_add("Add_error_code", errorclass);
	return MPI_SUCCESS;
}

MPI_WEAK(Add_error_string)
int
PMPI_Add_error_string(int errorcode, const char *string)
{
	struct err_code *e = err_find(errorcode);

	if (!e)
		return err_raise(NULL, "Add_error_string", MPI_ERR_ARG);
	snprintf(e->text, sizeof(e->text), "%s", string);
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
