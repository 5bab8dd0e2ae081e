/* check.c - arguments of point-to-point calls are checked here. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"

#include "mpi-lite/err.h"

static int
check_common(const char *func, int count, MPI_Datatype type, MPI_Comm comm,
    struct req_args *a)
{
	int err = comm_check(comm, func, &a->comm);

	if (err)
		return err;
	a->type = type_of(type);
	/* Nothing of no type: harmless, and seen in programs. */
	if (type == MPI_DATATYPE_NULL && count == 0)
		a->type = type_of(MPI_BYTE);
	if (count < 0)
		return err_raise(a->comm, func, MPI_ERR_COUNT);
	if (!a->type || !a->type->committed)
		return err_raise(a->comm, func, MPI_ERR_TYPE);
	if (!a->buf && count && a->type->size && a->type->plain)
		return err_raise(a->comm, func, MPI_ERR_BUFFER);
	a->context = a->comm->context;
	a->count = count;
	a->mode = REQ_STANDARD;
	a->order = 0;
	return MPI_SUCCESS;
}

int
check_send(const char *func, const void *buf, int count, MPI_Datatype type,
    int dest, int tag, MPI_Comm comm, struct req_args *a)
{
	int err;

	a->buf = (void *)(uintptr_t)buf;
	a->peer = dest;
	a->tag = tag;
	if (dest == MPI_PROC_NULL && type_of(type) && comm_of(comm))
		count = 0;
	err = check_common(func, count, type, comm, a);
	if (err)
		return err;
	if (dest != MPI_PROC_NULL && (dest < 0 || dest >= comm_peers(a->comm)->size))
		return err_raise(a->comm, func, MPI_ERR_RANK);
	if (tag < 0)
		return err_raise(a->comm, func, MPI_ERR_TAG);
	return MPI_SUCCESS;
}

int
check_recv(const char *func, void *buf, int count, MPI_Datatype type,
    int source, int tag, MPI_Comm comm, struct req_args *a)
{
	int err;

	a->buf = buf;
	a->peer = source;
	a->tag = tag;
	if (source == MPI_PROC_NULL && type_of(type) && comm_of(comm))
		count = 0;
	err = check_common(func, count, type, comm, a);
	if (err)
		return err;
	if (source != MPI_PROC_NULL && source != MPI_ANY_SOURCE &&
	    (source < 0 || source >= comm_peers(a->comm)->size))
		return err_raise(a->comm, func, MPI_ERR_RANK);
	if (tag < 0 && tag != MPI_ANY_TAG)
		return err_raise(a->comm, func, MPI_ERR_TAG);
	return MPI_SUCCESS;
}
