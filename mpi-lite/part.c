/* part.c - partitioned messages: MPI-4.0 chapter 4. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/check.h"
#include "mpi-lite/err.h"

#include <stdlib.h>

/*
 * A partitioned send leaves as one message when its last partition is ready,
 * in a context of its own; so both sides may cut the data differently. Until
 * then r->run is a request that nothing ends.
 */

enum { PART_CONTEXT = 2 };

struct part {
	struct req_args args;
	bool sends;
	int parts, ready;
	u8 *marks;             /* [parts]: ready in this round */
};

static void
part_start(struct state *s, struct req *r)
{
	struct part *p = r->what;

	if (!p->sends) {
		req_recv(s, r->run, &p->args);
		return;
	}
	req_free(s, r->run);
	r->run = req_plain(s, r->comm, REQ_PART);
	p->ready = 0;
	for (int i = 0; i < p->parts; i++)
		p->marks[i] = 0;
}

static void
part_forget(struct state *s, void *what)
{
	struct part *p = what;

	(void)s;
	type_drop(p->args.type);
	free(p->marks);
	free(p);
}

/* How many channels of that kind there were before: both sides make them in
 * the same order. */
struct part_count {
	struct list link;
	u64 context;
	int peer, tag;
	bool sends;
	u32 made;
};

static u32
part_order(struct state *s, const struct req_args *a, bool sends)
{
	struct list *it, *next;
	struct part_count *c;

	LIST_EACH(it, next, &s->parts) {
		c = CONTAINER_OF(it, struct part_count, link);
		if (c->context == a->context && c->peer == a->peer &&
		    c->tag == a->tag && c->sends == sends)
			return ++c->made;
	}
	c = state_alloc(sizeof(*c));
	*c = (struct part_count){ .context = a->context, .peer = a->peer,
		.tag = a->tag, .sends = sends, .made = 1 };
	list_put(&s->parts, &c->link);
	return 1;
}

static int
part_make(const char *func, int parts, MPI_Count count, bool sends,
    const struct req_args *a, MPI_Request *request)
{
	struct state *s = state_of(func);
	struct part *p;
	struct req *r;

	if (parts < 1)
		return err_raise(a->comm, func, MPI_ERR_ARG);
	if (count < 0)
		return err_raise(a->comm, func, MPI_ERR_COUNT);
	p = state_zalloc(sizeof(*p));
	p->args = *a;
	p->args.count = count * parts;
	state_lock(s);
	p->args.order = part_order(s, a, sends);
	state_unlock(s);
	p->args.context += PART_CONTEXT;
	p->parts = parts;
	p->sends = sends;
	p->marks = state_zalloc((size_t)parts);
	type_hold(a->type);
	r = req_plain(s, a->comm, REQ_PERSIST);
	r->state = REQ_INACTIVE;
	r->start = part_start;
	r->forget = part_forget;
	r->what = p;
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

MPI_WEAK(Psend_init)
int
PMPI_Psend_init(const void *buf, int partitions, MPI_Count count,
    MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Info info,
    MPI_Request *request)
{
	struct req_args a;
	int err = check_send("Psend_init", buf, 0, datatype, dest, tag, comm,
	    &a);

	(void)info;
	return err ? err : part_make("Psend_init", partitions, count, true, &a,
	    request);
}

MPI_WEAK(Precv_init)
int
PMPI_Precv_init(void *buf, int partitions, MPI_Count count,
    MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Info info,
    MPI_Request *request)
{
	struct req_args a;
	int err = check_recv("Precv_init", buf, 0, datatype, source, tag, comm,
	    &a);

	(void)info;
	return err ? err : part_make("Precv_init", partitions, count, false,
	    &a, request);
}

/* The active partitioned request of that side behind a handle, or NULL. */
static struct part *
part_of(MPI_Request handle, bool sends)
{
	struct req *r = req_of(handle);
	struct part *p;

	if (!r || r->kind != REQ_PERSIST || r->start != part_start)
		return NULL;
	p = r->what;
	return p->sends == sends ? p : NULL;
}

static int
part_ready(struct state *s, struct req *r, struct part *p, int i)
{
	if (i < 0 || i >= p->parts)
		return MPI_ERR_ARG;
	if (!r->run || r->run->kind != REQ_PART || p->marks[i])
		return MPI_ERR_REQUEST;
	p->marks[i] = 1;
	if (++p->ready < p->parts)
		return MPI_SUCCESS;
	/* A thread may wait for it already. */
	req_close(r->run);
	req_send(s, r->run, &p->args);
	return MPI_SUCCESS;
}

static int
part_ready_some(const char *func, int n, int first, const int list[],
    MPI_Request request)
{
	struct state *s = state_of(func);
	struct part *p = part_of(request, true);
	int err = p ? MPI_SUCCESS : MPI_ERR_REQUEST;

	state_lock(s);
	for (int i = 0; i < n && !err; i++)
		err = part_ready(s, req_of(request), p,
		    list ? list[i] : first + i);
	state_unlock(s);
	return err_raise(p ? p->args.comm : NULL, func, err);
}

MPI_WEAK(Pready)
int
PMPI_Pready(int partition, MPI_Request request)
{
	return part_ready_some("Pready", 1, partition, NULL, request);
}

MPI_WEAK(Pready_range)
int
PMPI_Pready_range(int partition_low, int partition_high, MPI_Request request)
{
	return part_ready_some("Pready_range",
	    partition_high - partition_low + 1, partition_low, NULL, request);
}

MPI_WEAK(Pready_list)
int
PMPI_Pready_list(int length, int partitions[], MPI_Request request)
{
	return part_ready_some("Pready_list", length, 0, partitions, request);
}

/* All partitions arrive at once. */
MPI_WEAK(Parrived)
int
PMPI_Parrived(MPI_Request request, int partition, int *flag)
{
	struct state *s = state_of("Parrived");
	struct part *p = part_of(request, false);
	struct req *r = req_of(request);

	if (!p)
		return err_raise(NULL, "Parrived", MPI_ERR_REQUEST);
	if (partition < 0 || partition >= p->parts)
		return err_raise(p->args.comm, "Parrived", MPI_ERR_ARG);
	*flag = !r->run || req_look(s, r->run);
	if (!*flag) {
		req_progress(s, false);
		*flag = req_look(s, r->run);
	}
	return MPI_SUCCESS;
}
