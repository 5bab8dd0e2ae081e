/* send.c - MPI's sends, all by one way. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"

static int
send_blocking(const char *func, const void *buf, int count, MPI_Datatype type,
    int dest, int tag, MPI_Comm comm, u8 mode)
{
	struct req_args a;
	int err = check_send(func, buf, count, type, dest, tag, comm, &a);

	if (err)
		return err;
	a.mode = mode;
	return err_raise(a.comm, func, req_send_wait(state_of(func), &a));
}

static int
send_begin(const char *func, const void *buf, int count, MPI_Datatype type,
    int dest, int tag, MPI_Comm comm, u8 mode, MPI_Request *request)
{
	struct req_args a;
	struct state *s;
	struct req *r;
	int err = check_send(func, buf, count, type, dest, tag, comm, &a);

	if (err)
		return err;
	s = state_of(func);
	r = req_new(s);
	a.mode = mode;
	req_send(s, r, &a);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

MPI_WEAK(Send)
int
PMPI_Send(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,
    MPI_Comm comm)
{
	return send_blocking("Send", buf, count, datatype, dest, tag, comm,
	    REQ_STANDARD);
}

MPI_WEAK(Ssend)
int
PMPI_Ssend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm)
{
	return send_blocking("Ssend", buf, count, datatype, dest, tag, comm,
	    REQ_SYNC);
}

/* The receiver is ready: nothing to gain from that here. */
MPI_WEAK(Rsend)
int
PMPI_Rsend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm)
{
	return send_blocking("Rsend", buf, count, datatype, dest, tag, comm,
	    REQ_STANDARD);
}

MPI_WEAK(Isend)
int
PMPI_Isend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return send_begin("Isend", buf, count, datatype, dest, tag, comm,
	    REQ_STANDARD, request);
}

MPI_WEAK(Issend)
int
PMPI_Issend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return send_begin("Issend", buf, count, datatype, dest, tag, comm,
	    REQ_SYNC, request);
}

MPI_WEAK(Irsend)
int
PMPI_Irsend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return send_begin("Irsend", buf, count, datatype, dest, tag, comm,
	    REQ_STANDARD, request);
}
