/* recv.c - MPI's receives and probes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"
#include "mpi-lite/match.h"
#include "mpi-lite/strand.h"

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

/* The old content leaves from a copy, out->buf, which the caller frees. */
static int
recv_replace(const char *call, void *buf, int count, MPI_Datatype datatype,
    int dest, int sendtag, int source, int recvtag, MPI_Comm comm,
    struct req_args *out, struct req_args *in)
{
	u64 bytes;
	int err = check_send(call, buf, count, datatype, dest, sendtag, comm,
	    out);

	if (!err)
		err = check_recv(call, buf, count, datatype, source, recvtag,
		    comm, in);
	if (err)
		return err;
	bytes = (u64)(out->type->size * out->count);
	out->buf = state_alloc(bytes);
	type_pack(out->type, out->count, buf, out->buf, bytes);
	out->type = type_of(MPI_BYTE);
	out->count = (i64)bytes;
	return 0;
}

MPI_WEAK(Sendrecv_replace)
int
PMPI_Sendrecv_replace(void *buf, int count, MPI_Datatype datatype, int dest,
    int sendtag, int source, int recvtag, MPI_Comm comm, MPI_Status *status)
{
	struct req_args out, in;
	int err = recv_replace("Sendrecv_replace", buf, count, datatype, dest,
	    sendtag, source, recvtag, comm, &out, &in);

	if (err)
		return err;
	err = recv_exchange("Sendrecv_replace", &out, &in, status);
	free(out.buf);
	return err;
}

/* -- MPI-4: exchanges that do not block ----------------------------------- */

struct recv_pair {
	struct req_args out, in;
	void *copy;
	struct req *result;
};

static int
recv_pair_run(void *arg)
{
	struct recv_pair *p = arg;
	struct state *s = state_of("Isendrecv");
	struct req send, recv;
	int err, err2;

	req_recv(s, &recv, &p->in);
	req_send(s, &send, &p->out);
	err = req_wait(s, &send);
	err2 = req_wait(s, &recv);
	p->result->from = recv.from;
	p->result->tag_got = recv.tag_got;
	p->result->got = recv.got;
	req_close(&send);
	req_close(&recv);
	return err ? err : err2;
}

static int
recv_pair_after(void *arg)
{
	struct recv_pair *p = arg;

	type_drop(p->out.type);
	type_drop(p->in.type);
	free(p->copy);
	free(p);
	return 0;
}

static int
recv_pair_begin(const char *func, const struct req_args *out,
    const struct req_args *in, void *copy, MPI_Request *request)
{
	struct state *s = state_of(func);
	struct recv_pair *p = state_alloc(sizeof(*p));
	struct req *r = req_plain(s, out->comm, REQ_COLL);

	*p = (struct recv_pair){ *out, *in, copy, r };
	type_hold(out->type);
	type_hold(in->type);
	*request = (MPI_Request)(void *)r;
	strand_start(s, r, recv_pair_run, recv_pair_after, p);
	return MPI_SUCCESS;
}

MPI_WEAK(Isendrecv)
int
PMPI_Isendrecv(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    int dest, int sendtag, void *recvbuf, int recvcount,
    MPI_Datatype recvtype, int source, int recvtag, MPI_Comm comm,
    MPI_Request *request)
{
	struct req_args out, in;
	int err = check_send("Isendrecv", sendbuf, sendcount, sendtype, dest,
	    sendtag, comm, &out);

	if (!err)
		err = check_recv("Isendrecv", recvbuf, recvcount, recvtype,
		    source, recvtag, comm, &in);
	return err ? err : recv_pair_begin("Isendrecv", &out, &in, NULL,
	    request);
}

MPI_WEAK(Isendrecv_replace)
int
PMPI_Isendrecv_replace(void *buf, int count, MPI_Datatype datatype, int dest,
    int sendtag, int source, int recvtag, MPI_Comm comm, MPI_Request *request)
{
	struct req_args out, in;
	int err = recv_replace("Isendrecv_replace", buf, count, datatype, dest,
	    sendtag, source, recvtag, comm, &out, &in);

	if (err)
		return err;
	return recv_pair_begin("Isendrecv_replace", &out, &in, out.buf,
	    request);
}

/* -- probe ----------------------------------------------------------------- */

static struct match_arrived *
recv_look(struct state *s, const struct req_args *a)
{
	return match_find(s, a->context, a->peer == MPI_ANY_SOURCE ?
	    MPI_ANY_SOURCE : group_world(comm_peers(a->comm), a->peer), a->tag,
	    0);
}

static void
recv_probe_status(const struct req_args *a, const struct match_arrived *m,
    MPI_Status *status)
{
	if (status == MPI_STATUS_IGNORE)
		return;
	status->MPI_SOURCE = m ? group_rank_of(comm_peers(a->comm),
	    (int)m->source) : MPI_PROC_NULL;
	status->MPI_TAG = m ? m->head.tag : MPI_ANY_TAG;
	status->_ucount = m ? m->len : 0;
	status->_cancelled = 0;
}

/* The message in the arrived list, or NULL; taken out of it if `take`. */
static struct match_arrived *
recv_find(struct state *s, const struct req_args *a, bool take)
{
	struct match_arrived *m;

	state_lock(s);
	m = recv_look(s, a);
	if (m && take) {
		list_take(&m->link);
		m->comm = a->comm;
		comm_hold(m->comm);
	}
	state_unlock(s);
	return m;
}

/* Progress until there is one. */
static struct match_arrived *
recv_await(struct state *s, const struct req_args *a, bool take)
{
	struct match_arrived *m;
	int moved = 1;

	while (!(m = recv_find(s, a, take))) {
		if (!moved)
			req_progress(s, true);
		moved = req_move(s);
	}
	return m;
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
		m = recv_find(state_of("Iprobe"), &a, false);
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
	int err = check_recv("Probe", NULL, 0, MPI_BYTE, source, tag, comm,
	    &a);

	if (err)
		return err;
	if (source != MPI_PROC_NULL)
		m = recv_await(state_of("Probe"), &a, false);
	recv_probe_status(&a, m, status);
	return MPI_SUCCESS;
}

/* -- matched probe --------------------------------------------------------- */

static MPI_Message
recv_message(struct match_arrived *m)
{
	return m ? (MPI_Message)(void *)m : MPI_MESSAGE_NO_PROC;
}

MPI_WEAK(Improbe)
int
PMPI_Improbe(int source, int tag, MPI_Comm comm, int *flag,
    MPI_Message *message, MPI_Status *status)
{
	struct match_arrived *m = NULL;
	struct req_args a;
	int err = check_recv("Improbe", NULL, 0, MPI_BYTE, source, tag, comm,
	    &a);

	if (err)
		return err;
	if (source != MPI_PROC_NULL) {
		req_progress(state_of("Improbe"), false);
		m = recv_find(state_of("Improbe"), &a, true);
	}
	*flag = m || source == MPI_PROC_NULL;
	*message = *flag ? recv_message(m) : MPI_MESSAGE_NULL;
	if (*flag)
		recv_probe_status(&a, m, status);
	return MPI_SUCCESS;
}

MPI_WEAK(Mprobe)
int
PMPI_Mprobe(int source, int tag, MPI_Comm comm, MPI_Message *message,
    MPI_Status *status)
{
	struct match_arrived *m = NULL;
	struct req_args a;
	int err = check_recv("Mprobe", NULL, 0, MPI_BYTE, source, tag, comm,
	    &a);

	if (err)
		return err;
	if (source != MPI_PROC_NULL)
		m = recv_await(state_of("Mprobe"), &a, true);
	*message = recv_message(m);
	recv_probe_status(&a, m, status);
	return MPI_SUCCESS;
}

/* Begins r for the message; the handle becomes null. */
static int
recv_matched(const char *func, void *buf, int count, MPI_Datatype type,
    MPI_Message *message, struct req *r, struct comm **c)
{
	struct match_arrived *m = (struct match_arrived *)(void *)*message;
	struct state *s = state_of(func);
	bool none = *message == MPI_MESSAGE_NO_PROC;
	struct req_args a;
	int err;

	*c = NULL;
	if (!none && (!m || m->tag.kind != TAG_MESSAGE ||
		m->tag.which != TAG_MADE))
		return err_raise(NULL, func, MPI_ERR_REQUEST);
	*c = none ? &s->world : m->comm;
	err = check_recv(func, buf, count, type, MPI_PROC_NULL, MPI_ANY_TAG,
	    comm_handle(*c), &a);
	if (err)
		return err;
	a.count = none ? 0 : count;
	*message = MPI_MESSAGE_NULL;
	if (none)
		req_recv(s, r, &a);
	else
		req_recv_message(s, r, &a, m);
	if (!none)
		comm_drop(*c);
	return MPI_SUCCESS;
}

MPI_WEAK(Mrecv)
int
PMPI_Mrecv(void *buf, int count, MPI_Datatype type, MPI_Message *message,
    MPI_Status *status)
{
	struct comm *c;
	struct req r;
	int err = recv_matched("Mrecv", buf, count, type, message, &r, &c);

	if (err)
		return err;
	err = req_wait(state_of("Mrecv"), &r);
	req_status(&r, status);
	err = err_raise(c, "Mrecv", err);
	req_close(&r);
	return err;
}

MPI_WEAK(Imrecv)
int
PMPI_Imrecv(void *buf, int count, MPI_Datatype type, MPI_Message *message,
    MPI_Request *request)
{
	struct state *s = state_of("Imrecv");
	struct req *r = req_new(s);
	struct comm *c;
	int err = recv_matched("Imrecv", buf, count, type, message, r, &c);

	if (err) {
		req_free(s, r);
		return err;
	}
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}
