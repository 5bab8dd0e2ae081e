/* coll.c - messages and copies that collectives share. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

static struct req_args
coll_args(struct comm *c, const void *buf, i64 count, const struct type *t,
    int peer, enum coll_tag tag)
{
	return (struct req_args){ c, c->context + 1, (void *)(uintptr_t)buf,
		count, t, peer,
		(int)((c->turn * COLL_TAGS + (u32)tag) & INT32_MAX),
		REQ_STANDARD, 0 };
}

int
coll_send(struct comm *c, const void *buf, i64 count, const struct type *t,
    int to, enum coll_tag tag)
{
	struct req_args a = coll_args(c, buf, count, t, to, tag);

	return req_send_wait(state_of("coll"), &a);
}

int
coll_recv(struct comm *c, void *buf, i64 count, const struct type *t, int from,
    enum coll_tag tag)
{
	struct req_args a = coll_args(c, buf, count, t, from, tag);

	return req_recv_wait(state_of("coll"), &a);
}

void
coll_part_send(struct comm *c, struct coll_part *p, const void *buf, i64 count,
    const struct type *t, int to, enum coll_tag tag)
{
	struct req_args a = coll_args(c, buf, count, t, to, tag);

	p->sending = true;
	req_send(state_of("coll"), &p->send, &a);
}

void
coll_part_recv(struct comm *c, struct coll_part *p, void *buf, i64 count,
    const struct type *t, int from, enum coll_tag tag)
{
	struct req_args a = coll_args(c, buf, count, t, from, tag);

	p->receiving = true;
	req_recv(state_of("coll"), &p->recv, &a);
}

static int
coll_wait_one(struct req *r)
{
	int err = req_wait(state_of("coll"), r);

	if (!err && r->kind == REQ_RECV && r->from != MPI_PROC_NULL &&
	    r->got != r->bytes)
		err = MPI_ERR_TRUNCATE;
	req_close(r);
	return err;
}

int
coll_wait(struct coll_part *p, int n)
{
	int err = MPI_SUCCESS, e;

	for (int i = 0; i < n; i++) {
		e = p[i].sending ? coll_wait_one(&p[i].send) : MPI_SUCCESS;
		err = err ? err : e;
		e = p[i].receiving ? coll_wait_one(&p[i].recv) : MPI_SUCCESS;
		err = err ? err : e;
		p[i].sending = p[i].receiving = false;
	}
	return err;
}

struct coll_part *
coll_parts(int n)
{
	struct coll_part *p = state_alloc((size_t)n * sizeof(*p));

	for (int i = 0; i < n; i++)
		p[i].sending = p[i].receiving = false;
	return p;
}

int
coll_exchange(struct comm *c, const void *out, i64 out_count,
    const struct type *out_type, int to, void *in, i64 in_count,
    const struct type *in_type, int from, enum coll_tag tag)
{
	struct coll_part p = { .sending = false };

	coll_part_recv(c, &p, in, in_count, in_type, from, tag);
	coll_part_send(c, &p, out, out_count, out_type, to, tag);
	return coll_wait(&p, 1);
}

void
coll_copy(const void *from, i64 from_count, const struct type *from_type,
    void *to, i64 to_count, const struct type *to_type)
{
	u64 bytes = (u64)(from_count * from_type->size);
	void *stream;

	if (from == to || bytes == 0)
		return;
	if (from_type->plain) {
		type_unpack(to_type, to_count, to, from, bytes);
		return;
	}
	if (to_type->plain) {
		type_pack(from_type, from_count, from, to, bytes);
		return;
	}
	stream = state_alloc(bytes);
	type_pack(from_type, from_count, from, stream, bytes);
	type_unpack(to_type, to_count, to, stream, bytes);
	free(stream);
}

/* The first byte of an item may lie before or behind its address. */
void *
coll_room(const struct type *t, i64 count, void **base)
{
	*base = state_alloc((size_t)type_span(t, count) + 1);
	return (u8 *)*base - t->true_lb;
}
