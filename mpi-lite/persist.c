/* persist.c - sends and receives that are described once and started often. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"

/* `mode` of a persistent request: which call starts it. */
enum { PERSIST_RECV = 8 };

static int
persist_make(const struct req_args *a, u8 mode, MPI_Request *request)
{
	struct req *r = req_new(state_of("Send_init"));

	r->tag = (struct tag){ TAG_REQUEST, TAG_MADE };
	r->kind = REQ_PERSIST;
	r->state = REQ_INACTIVE;
	r->mode = mode;
	r->comm = a->comm;
	r->type = a->type;
	r->buf = a->buf;
	r->count = a->count;
	r->context = a->context;
	r->dest = a->peer;
	r->tag_wanted = a->tag;
	r->run = NULL;
	comm_hold(r->comm);
	type_hold(r->type);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

MPI_WEAK(Send_init)
int
PMPI_Send_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	int err = check_send("Send_init", buf, count, datatype, dest, tag,
	    comm, &a);

	return err ? err : persist_make(&a, REQ_STANDARD, request);
}

MPI_WEAK(Ssend_init)
int
PMPI_Ssend_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	int err = check_send("Ssend_init", buf, count, datatype, dest, tag,
	    comm, &a);

	return err ? err : persist_make(&a, REQ_SYNC, request);
}

MPI_WEAK(Recv_init)
int
PMPI_Recv_init(void *buf, int count, MPI_Datatype datatype, int source,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	int err = check_recv("Recv_init", buf, count, datatype, source, tag,
	    comm, &a);

	return err ? err : persist_make(&a, PERSIST_RECV, request);
}

MPI_WEAK(Start)
int
PMPI_Start(MPI_Request *request)
{
	struct state *s = state_of("Start");
	struct req *r = req_of(*request);
	struct req_args a;

	if (!r || r->kind != REQ_PERSIST || r->run)
		return err_raise(NULL, "Start", MPI_ERR_REQUEST);
	a = (struct req_args){ r->comm, r->context, r->buf, r->count, r->type,
		r->dest, r->tag_wanted, r->mode };
	r->run = req_new(s);
	if (r->mode == PERSIST_RECV)
		req_recv(s, r->run, &a);
	else
		req_send(s, r->run, &a);
	return MPI_SUCCESS;
}

MPI_WEAK(Startall)
int
PMPI_Startall(int count, MPI_Request requests[])
{
	int err = MPI_SUCCESS;

	for (int i = 0; i < count && !err; i++)
		err = PMPI_Start(&requests[i]);
	return err;
}
