/* env.c - a rank on a node: page, messages, waiting, the end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/env.h"

#include "mpi-lite/node/start.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENV_YIELD_NS = 2000 };

/* The transport's functions are the kernel's: a jump through the table. */

void
msg_attach(struct msg_ep *ep, msg_deliver_fn *fn, void *ctx)
{
	start_abi->msg_attach(ep, fn, ctx);
}

int
msg_send(struct msg_ep *ep, u32 peer, const void *head, u32 head_len,
    const void *data, u64 len, u32 flags, struct msg_req *req)
{
	return start_abi->msg_send(ep, peer, head, head_len, data, len, flags,
	    req);
}

int
msg_pull(struct msg_ep *ep, u32 peer, u64 offer, void *buf, u64 len,
    struct msg_req *req)
{
	return start_abi->msg_pull(ep, peer, offer, buf, len, req);
}

int
msg_poll(struct msg_ep *ep)
{
	return start_abi->msg_poll(ep);
}

bool
msg_ready(const struct msg_ep *ep)
{
	return start_abi->msg_ready(ep);
}

bool
msg_is_drained(const struct msg_ep *ep)
{
	return start_abi->msg_is_drained(ep);
}

struct rankpage *
env_rank(void)
{
	return start_rank;
}

void
env_wait(struct msg_ep *ep, u64 deadline_ns)
{
	start_abi->msg_wait(ep, deadline_ns);
}

u64
env_thread(void)
{
	return start_abi->thread_self() + 1;
}

void
env_yield(void)
{
	u32 word = 0;

	start_abi->thread_wait(&word, 0, start_abi->now_ns() + ENV_YIELD_NS);
}

/* One address space: what a rank allocates, the others reach. */
void *
env_share_make(size_t bytes, u64 name[2])
{
	void *base = calloc(1, bytes);

	name[0] = (u64)(uintptr_t)base;
	name[1] = 0;
	return base;
}

void *
env_share_map(size_t bytes, const u64 name[2])
{
	(void)bytes;
	return (void *)(uintptr_t)name[0];
}

void
env_share_seal(const u64 name[2])
{
	(void)name;
}

void
env_unshare(void *base, size_t bytes, bool made)
{
	(void)bytes;
	if (made)
		free(base);
}

/* The call table does not have them. */
u32
env_stats(struct msg_ep *ep, struct msg_stat *st, u32 max)
{
	(void)ep;
	(void)st;
	(void)max;
	return 0;
}

u64
env_now_ns(void)
{
	return start_abi->now_ns();
}

void
env_error(const char *text, size_t len)
{
	start_abi->write(2, text, len);
}

void
env_abort(int code)
{
	fflush(NULL);
	start_abi->abort(code & 255 ? code & 255 : 1);
}

/* The agent keeps the endpoint until all is acknowledged. */
void
env_finalize(void)
{
}
