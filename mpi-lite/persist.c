/* persist.c - sends and receives that are described once and started often. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/bsend.h"
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"

static struct req_args
persist_args(const struct req *r)
{
	return (struct req_args){ r->comm, r->context, r->buf, r->count,
		r->type, r->dest, r->tag_wanted, r->mode, 0 };
}

static void
persist_start_recv(struct state *s, struct req *r)
{
	struct req_args a = persist_args(r);

	req_recv(s, r->run, &a);
}

static void
persist_start_send(struct state *s, struct req *r)
{
	struct req_args a = persist_args(r);

	req_send(s, r->run, &a);
}

static void
persist_start_bsend(struct state *s, struct req *r)
{
	struct req_args a = persist_args(r);

	bsend_begin(s, r->run, &a);
}

static int
persist_make(const struct req_args *a,
    void (*start)(struct state *s, struct req *r), MPI_Request *request)
{
	struct req *r = req_plain(state_of("Send_init"), a->comm, REQ_PERSIST);

	r->state = REQ_INACTIVE;
	r->mode = a->mode;
	r->type = a->type;
	r->buf = a->buf;
	r->count = a->count;
	r->context = a->context;
	r->dest = a->peer;
	r->tag_wanted = a->tag;
	r->start = start;
	type_hold(r->type);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

static int
persist_send(const char *func, const void *buf, int count, MPI_Datatype type,
    int dest, int tag, MPI_Comm comm, u8 mode, MPI_Request *request)
{
	struct req_args a;
	int err = check_send(func, buf, count, type, dest, tag, comm, &a);

	a.mode = mode;
	return err ? err : persist_make(&a, persist_start_send, request);
}

MPI_WEAK(Send_init)
int
PMPI_Send_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return persist_send("Send_init", buf, count, datatype, dest, tag, comm,
	    REQ_STANDARD, request);
}

MPI_WEAK(Rsend_init)
int
PMPI_Rsend_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return persist_send("Rsend_init", buf, count, datatype, dest, tag,
	    comm, REQ_STANDARD, request);
}

MPI_WEAK(Ssend_init)
int
PMPI_Ssend_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	return persist_send("Ssend_init", buf, count, datatype, dest, tag,
	    comm, REQ_SYNC, request);
}

MPI_WEAK(Bsend_init)
int
PMPI_Bsend_init(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	int err = check_send("Bsend_init", buf, count, datatype, dest, tag,
	    comm, &a);

	return err ? err : persist_make(&a, persist_start_bsend, request);
}

MPI_WEAK(Recv_init)
int
PMPI_Recv_init(void *buf, int count, MPI_Datatype datatype, int source,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	int err = check_recv("Recv_init", buf, count, datatype, source, tag,
	    comm, &a);

	return err ? err : persist_make(&a, persist_start_recv, request);
}

MPI_WEAK(Start)
int
PMPI_Start(MPI_Request *request)
{
	struct state *s = state_of("Start");
	struct req *r = req_of(*request);

	if (!r || r->kind != REQ_PERSIST || r->run)
		return err_raise(NULL, "Start", MPI_ERR_REQUEST);
	r->run = req_new(s);
	r->start(s, r);
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
