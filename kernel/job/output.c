/* output.c - what ranks print, on its way to bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/page.h"
#include "kernel/sched.h"

/*
 * Two chunks take turns: the rank fills one while bmd pulls the other. A chunk
 * belongs to one stream. `fill` and `send` only grow; chunks in
 * [send, fill) are closed and wait, chunk `fill` is being filled unless
 * fill - send == OUTPUT_CHUNKS: then the rank waits, which is how a slow
 * reader slows a job down and nothing is lost.
 *
 * The lock is held for a copy. The rank spins for it; the agent, which may run
 * in a tick that interrupted this very rank, only tries.
 */

static bool
try_lock(struct output *o)
{
	return !__atomic_exchange_n(&o->lock, 1, __ATOMIC_ACQUIRE);
}

static void
unlock(struct output *o)
{
	__atomic_store_n(&o->lock, 0, __ATOMIC_RELEASE);
}

int
output_init(struct rank *r)
{
	for (u32 i = 0; i < OUTPUT_CHUNKS; i++) {
		/* The first is also what a FAULT goes out from. */
		u8 *buf = page_alloc_bytes(i ? sizeof(struct jobmsg_output) +
		    JOBMSG_OUTPUT_MAX : JOBMSG_FAULT_MAX);

		if (!buf)
			return ERR_NOMEM;
		r->output.chunk[i].buf = buf;
	}
	return 0;
}

static bool
is_full(const struct output *o)
{
	return o->fill - __atomic_load_n(&o->send, __ATOMIC_ACQUIRE) ==
	    OUTPUT_CHUNKS;
}

static bool
has_room(void *arg)
{
	return !is_full(arg);
}

/* Appends what fits; 0 when both chunks are on their way. */
static size_t
append(struct output *o, u32 stream, const u8 *p, size_t len)
{
	struct output_chunk *c;
	size_t n;

	while (!try_lock(o))
		__builtin_ia32_pause();
	c = &o->chunk[o->fill % OUTPUT_CHUNKS];
	if (!is_full(o) && c->len &&
	    (c->stream != stream || c->len == JOBMSG_OUTPUT_MAX)) {
		o->fill++;
		c = &o->chunk[o->fill % OUTPUT_CHUNKS];
	}
	n = is_full(o) ? 0 : MIN(len, (size_t)JOBMSG_OUTPUT_MAX - c->len);
	if (n) {
		c->stream = stream;
		memcpy(c->buf + sizeof(struct jobmsg_output) + c->len, p, n);
		c->len += (u32)n;
	}
	unlock(o);
	return n;
}

i64
output_write(struct rank *r, int stream, const void *buf, size_t len)
{
	const u8 *p = buf;
	size_t at = 0;

	while (at < len) {
		size_t n = append(&r->output, (u32)stream, p + at, len - at);

		at += n;
		if (n == 0)
			sched_wait_alone(has_room, &r->output,
			    UINT64_MAX);
		else if (!r->output.sending)
			agent_poll();
	}
	return (i64)len;
}

static void
send_chunk(struct rank *r, struct output_chunk *c)
{
	struct jobmsg_output *head = (struct jobmsg_output *)c->buf;

	head->rank = le32_of(r->rank);
	head->stream = le32_of(c->stream);
	memset(&c->req, 0, sizeof(c->req));
	r->output.sending = agent_send(JOBMSG_OUTPUT, c->buf,
	    (u32)sizeof(*head) + c->len, &c->req) == 0;
}

/*
 * `final`: the rank has ended, perhaps while it held the lock: what stands in
 * the chunks goes out regardless.
 */
int
output_poll(struct rank *r, bool final)
{
	struct output *o = &r->output;
	struct output_chunk *c = &o->chunk[o->send % OUTPUT_CHUNKS];
	int events = 0;

	if (o->sending && c->req.done) {
		o->sending = false;
		c->len = 0;
		__atomic_store_n(&o->send, o->send + 1, __ATOMIC_RELEASE);
		c = &o->chunk[o->send % OUTPUT_CHUNKS];
		events++;
		rank_wake(r);
	}
	if (o->sending || !c->len)
		return events;
	if (!final && !try_lock(o))
		return events;
	if (o->fill == o->send)
		o->fill++;
	if (!final)
		unlock(o);
	send_chunk(r, c);
	return events + 1;
}

bool
output_is_empty(const struct rank *r)
{
	const struct output *o = &r->output;

	return !o->sending && !o->chunk[o->send % OUTPUT_CHUNKS].len;
}
