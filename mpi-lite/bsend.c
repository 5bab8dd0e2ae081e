/* bsend.c - buffered sends and the buffer that a program attaches. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/bsend.h"

#include "mpi-lite/check.h"
#include "mpi-lite/err.h"

#include <stdlib.h>
#include <string.h>

/*
 * MPI-3.1 §3.6.1: as if messages were kept in the program's buffer, each with
 * MPI_BSEND_OVERHEAD. Copies live on the heap; what counts is the room that
 * the buffer would have had.
 */
struct bsend {
	void *base;
	u64 size, used;
	struct list held;      /* copies under way */
};

struct bsend_copy {
	struct list link;
	struct req req;
	u64 room;
	u8 data[];
};

/* Lets go of the copies that have left. */
static void
bsend_reap(struct state *s)
{
	struct list *it, *next;

	LIST_EACH(it, next, &s->bsend->held) {
		struct bsend_copy *c = CONTAINER_OF(it, struct bsend_copy,
		    link);

		if (!req_look(s, &c->req))
			continue;
		list_take(it);
		req_close(&c->req);
		s->bsend->used -= c->room;
		free(c);
	}
}

static int
bsend_copy(struct state *s, const struct req_args *a)
{
	u64 bytes = (u64)(a->type->size * a->count);
	u64 room = ALIGN_UP(bytes, 8u) + MPI_BSEND_OVERHEAD;
	struct bsend_copy *c;
	struct req_args copy = *a;

	if (a->peer == MPI_PROC_NULL)
		return MPI_SUCCESS;
	if (!s->bsend)
		return MPI_ERR_BUFFER;
	bsend_reap(s);
	if (s->bsend->used + room > s->bsend->size) {
		req_progress(s, false);
		bsend_reap(s);
	}
	if (s->bsend->used + room > s->bsend->size)
		return MPI_ERR_BUFFER;
	c = state_alloc(sizeof(*c) + bytes);
	c->room = room;
	type_pack(a->type, a->count, a->buf, c->data, bytes);
	copy.buf = c->data;
	copy.type = type_of(MPI_BYTE);
	copy.count = (i64)bytes;
	copy.mode = REQ_STANDARD;
	req_send(s, &c->req, &copy);
	s->bsend->used += room;
	list_put(&s->bsend->held, &c->link);
	return MPI_SUCCESS;
}

void
bsend_begin(struct state *s, struct req *r, const struct req_args *a)
{
	struct req_args none = *a;

	state_lock(s);
	none.peer = MPI_PROC_NULL;
	req_send(s, r, &none);
	r->err = bsend_copy(s, a);
	state_unlock(s);
}

void
bsend_drain(struct state *s)
{
	while (s->bsend && !list_is_empty(&s->bsend->held)) {
		struct bsend_copy *c = CONTAINER_OF(s->bsend->held.next,
		    struct bsend_copy, link);

		req_wait(s, &c->req);
		bsend_reap(s);
	}
}

MPI_WEAK(Bsend)
int
PMPI_Bsend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm)
{
	struct state *s = state_of("Bsend");
	struct req_args a;
	int err = check_send("Bsend", buf, count, datatype, dest, tag, comm,
	    &a);

	if (err)
		return err;
	state_lock(s);
	err = bsend_copy(s, &a);
	state_unlock(s);
	return err_raise(a.comm, "Bsend", err);
}

MPI_WEAK(Ibsend)
int
PMPI_Ibsend(const void *buf, int count, MPI_Datatype datatype, int dest,
    int tag, MPI_Comm comm, MPI_Request *request)
{
	struct state *s = state_of("Ibsend");
	struct req_args a;
	struct req *r;
	int err = check_send("Ibsend", buf, count, datatype, dest, tag, comm,
	    &a);

	if (err)
		return err;
	r = req_new(s);
	bsend_begin(s, r, &a);
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

MPI_WEAK(Buffer_attach)
int
PMPI_Buffer_attach(void *buffer, int size)
{
	struct state *s = state_of("Buffer_attach");

	if (s->bsend)
		return err_raise(NULL, "Buffer_attach", MPI_ERR_BUFFER);
	if (size < 0)
		return err_raise(NULL, "Buffer_attach", MPI_ERR_ARG);
	s->bsend = state_zalloc(sizeof(*s->bsend));
	s->bsend->base = buffer;
	s->bsend->size = (u64)size;
	list_init(&s->bsend->held);
	return MPI_SUCCESS;
}

MPI_WEAK(Buffer_detach)
int
PMPI_Buffer_detach(void *buffer, int *size)
{
	struct state *s = state_of("Buffer_detach");

	if (!s->bsend)
		return err_raise(NULL, "Buffer_detach", MPI_ERR_BUFFER);
	bsend_drain(s);
	*(void **)buffer = s->bsend->base;
	*size = (int)s->bsend->size;
	free(s->bsend);
	s->bsend = NULL;
	return MPI_SUCCESS;
}
