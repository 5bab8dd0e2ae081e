/* recv.c - MPI's receives and probes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"
#include "mpi-lite/match.h"

#include <stdlib.h>
#include <string.h>

MPI_WEAK(Recv)
int
PMPI_Recv(void *buf, int count, MPI_Datatype datatype, int source, int tag,
    MPI_Comm comm, MPI_Status *status)
{
	struct req_args a;
	struct state *s;
	struct req r;
	int err = check_recv("Recv", buf, count, datatype, source, tag, comm,
	    &a);

	if (err)
		return err;
	s = state_of("Recv");
	req_recv(s, &r, &a);
	err = req_wait(s, &r);
	req_status(&r, status);
	req_close(&r);
	return err_raise(a.comm, "Recv", err);
}

MPI_WEAK(Irecv)
int
PMPI_Irecv(void *buf, int count, MPI_Datatype datatype, int source, int tag,
    MPI_Comm comm, MPI_Request *request)
{
	struct req_args a;
	struct state *s;
	struct req *r;
	int err = check_recv("Irecv", buf, count, datatype, source, tag, comm,
	    &a);

	if (err)
		return err;
	s = state_of("Irecv");
	r = req_new(s);
	req_recv(s, r, &a);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

static int
recv_exchange(const char *func, const struct req_args *out,
    const struct req_args *in, MPI_Status *status)
{
	struct state *s = state_of(func);
	struct req send, recv;
	int err, err2;

	req_recv(s, &recv, in);
	req_send(s, &send, out);
	err = req_wait(s, &send);
	err2 = req_wait(s, &recv);
	req_status(&recv, status);
	req_close(&send);
	req_close(&recv);
	return err_raise(out->comm, func, err ? err : err2);
}

MPI_WEAK(Sendrecv)
int
PMPI_Sendrecv(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    int dest, int sendtag, void *recvbuf, int recvcount,
    MPI_Datatype recvtype, int source, int recvtag, MPI_Comm comm,
    MPI_Status *status)
{
	struct req_args out, in;
	int err = check_send("Sendrecv", sendbuf, sendcount, sendtype, dest,
	    sendtag, comm, &out);

	if (!err)
		err = check_recv("Sendrecv", recvbuf, recvcount, recvtype,
		    source, recvtag, comm, &in);
	return err ? err : recv_exchange("Sendrecv", &out, &in, status);
}

/* The old content leaves from a copy. */
MPI_WEAK(Sendrecv_replace)
int
PMPI_Sendrecv_replace(void *buf, int count, MPI_Datatype datatype, int dest,
    int sendtag, int source, int recvtag, MPI_Comm comm, MPI_Status *status)
{
	struct req_args out, in;
	u64 bytes;
	int err = check_send("Sendrecv_replace", buf, count, datatype, dest,
	    sendtag, comm, &out);

	if (!err)
		err = check_recv("Sendrecv_replace", buf, count, datatype,
		    source, recvtag, comm, &in);
	if (err)
		return err;
	bytes = (u64)(out.type->size * out.count);
	out.buf = state_alloc(bytes);
	type_pack(out.type, out.count, buf, out.buf, bytes);
	out.type = type_of(MPI_BYTE);
	out.count = (i64)bytes;
	err = recv_exchange("Sendrecv_replace", &out, &in, status);
	free(out.buf);
	return err;
}

/* -- probe ----------------------------------------------------------------- */

static struct match_arrived *
recv_look(struct state *s, const struct req_args *a)
{
	return match_find(s, a->context, a->peer == MPI_ANY_SOURCE ?
	    MPI_ANY_SOURCE : group_world(a->comm->group, a->peer), a->tag);
}

static void
recv_probe_status(const struct req_args *a, const struct match_arrived *m,
    MPI_Status *status)
{
	if (status == MPI_STATUS_IGNORE)
		return;
	status->MPI_SOURCE = m ? group_rank_of(a->comm->group,
	    (int)m->source) : MPI_PROC_NULL;
	status->MPI_TAG = m ? m->head.tag : MPI_ANY_TAG;
	status->_ucount = m ? m->len : 0;
	status->_cancelled = 0;
}

MPI_WEAK(Iprobe)
int
PMPI_Iprobe(int source, int tag, MPI_Comm comm, int *flag, MPI_Status *status)
{
	struct match_arrived *m = NULL;
	struct req_args a;
	int err = check_recv("Iprobe", NULL, 0, MPI_BYTE, source, tag, comm,
	    &a);

	if (err)
		return err;
	if (source != MPI_PROC_NULL) {
		req_progress(state_of("Iprobe"), false);
		m = recv_look(state_of("Iprobe"), &a);
	}
	*flag = m || source == MPI_PROC_NULL;
	if (*flag)
		recv_probe_status(&a, m, status);
	return MPI_SUCCESS;
}

MPI_WEAK(Probe)
int
PMPI_Probe(int source, int tag, MPI_Comm comm, MPI_Status *status)
{
	struct match_arrived *m = NULL;
	struct req_args a;
	struct state *s;
	int err = check_recv("Probe", NULL, 0, MPI_BYTE, source, tag, comm,
	    &a), moved = 1;

	if (err)
		return err;
	s = state_of("Probe");
	while (source != MPI_PROC_NULL && !(m = recv_look(s, &a))) {
		if (!moved)
			req_progress(s, true);
		moved = msg_poll(s->ep);
	}
	recv_probe_status(&a, m, status);
	return MPI_SUCCESS;
}

/* -- counts ---------------------------------------------------------------- */

MPI_WEAK(Get_count)
int
PMPI_Get_count(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Get_count", MPI_ERR_TYPE);
	if (t->size == 0)
		*count = status->_ucount ? MPI_UNDEFINED : 0;
	else if (status->_ucount % (size_t)t->size)
		*count = MPI_UNDEFINED;
	else
		*count = (int)(status->_ucount / (size_t)t->size);
	return MPI_SUCCESS;
}

MPI_WEAK(Get_elements)
int
PMPI_Get_elements(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Get_elements", MPI_ERR_TYPE);
	*count = (int)type_elements(t, status->_ucount);
	return MPI_SUCCESS;
}
