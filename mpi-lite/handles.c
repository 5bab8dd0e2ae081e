/* handles.c - handles as Fortran's integers, and statuses in its forms. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <string.h>

/*
 * One table for all kinds: a handle gets a number when it is first asked for,
 * and keeps it; the number of a freed object goes to nobody else.
 */

enum { HANDLES_FIRST = 32, HANDLES_LIMIT = 1 << 24 };

static MPI_Fint
handles_number(void *handle)
{
	struct state *s = state_of("c2f");
	MPI_Fint n = 0;

	state_lock(s);
	while (n < s->handles && s->handle[n] != handle)
		n++;
	if (n == s->handles) {
		if (n % HANDLES_FIRST == 0) {
			void **more = state_alloc((size_t)(n +
			    HANDLES_FIRST) * sizeof(*more));

			if (n)
				memcpy(more, s->handle,
				    (size_t)n * sizeof(*more));
			s->handle = more;
		}
		ASSERT(n < HANDLES_LIMIT);
		s->handle[s->handles++] = handle;
	}
	state_unlock(s);
	return n;
}

static void *
handles_of(MPI_Fint n, void *null)
{
	struct state *s = state_of("f2c");

	return n >= 0 && n < s->handles ? s->handle[n] : null;
}

#define HANDLE(Name, type, null) \
	MPI_WEAK(Name##_c2f) \
	MPI_Fint \
	PMPI_##Name##_c2f(type handle) \
	{ \
		return handles_number((void *)handle); \
	} \
	MPI_WEAK(Name##_f2c) \
	type \
	PMPI_##Name##_f2c(MPI_Fint number) \
	{ \
		return (type)handles_of(number, (void *)null); \
	}

HANDLE(Comm, MPI_Comm, MPI_COMM_NULL)
HANDLE(Group, MPI_Group, MPI_GROUP_NULL)
HANDLE(Type, MPI_Datatype, MPI_DATATYPE_NULL)
HANDLE(Request, MPI_Request, MPI_REQUEST_NULL)
HANDLE(Op, MPI_Op, MPI_OP_NULL)
HANDLE(Info, MPI_Info, MPI_INFO_NULL)
HANDLE(Errhandler, MPI_Errhandler, MPI_ERRHANDLER_NULL)
HANDLE(Win, MPI_Win, MPI_WIN_NULL)
HANDLE(Message, MPI_Message, MPI_MESSAGE_NULL)
HANDLE(Session, MPI_Session, MPI_SESSION_NULL)
HANDLE(File, MPI_File, MPI_FILE_NULL)

/* -- statuses: the same bytes in all three languages ----------------------- */

_Static_assert(sizeof(MPI_Status) == 6 * sizeof(MPI_Fint),
    "a status is six Fortran integers");
_Static_assert(sizeof(MPI_F08_status) == sizeof(MPI_Status),
    "and as many in Fortran 2008");

#define STATUS(name, from, to) \
	MPI_WEAK(Status_##name) \
	int \
	PMPI_Status_##name(const from *in, to *out) \
	{ \
		memcpy(out, in, sizeof(MPI_Status)); \
		return MPI_SUCCESS; \
	}

STATUS(c2f, MPI_Status, MPI_Fint)
STATUS(f2c, MPI_Fint, MPI_Status)
STATUS(c2f08, MPI_Status, MPI_F08_status)
STATUS(f082c, MPI_F08_status, MPI_Status)
STATUS(f082f, MPI_F08_status, MPI_Fint)
STATUS(f2f08, MPI_Fint, MPI_F08_status)
