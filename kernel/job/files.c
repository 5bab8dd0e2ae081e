/* files.c - file calls of ranks, done by bmd on the head node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/page.h"
#include "kernel/sched.h"

/*
 * A mailbox per rank, for one of its threads at a time: the rank writes its
 * call into it and says ASKED, the agent sends it and says SENT, the reply makes
 * it DONE. Each side touches the box only in the states that are its own. The
 * rank's own memory is touched by the rank alone: a wild pointer is its accident,
 * not the agent's.
 */

enum { LINUX_EIO = 5, LINUX_ENAMETOOLONG = 36, LINUX_EINVAL = 22,
	PATH_MAX_BYTES = 4096 };

int
files_init(struct rank *r)
{
	r->file.buf = page_alloc_bytes(sizeof(struct jobmsg_file) +
	    JOBMSG_FILE_MAX);
	return r->file.buf ? 0 : ERR_NOMEM;
}

static bool
is_done(void *arg)
{
	return __atomic_load_n(&((struct file_box *)arg)->state,
		   __ATOMIC_ACQUIRE) == FILE_DONE;
}

static bool
take_box(void *arg)
{
	return !__atomic_exchange_n(&((struct file_box *)arg)->taken, 1,
	    __ATOMIC_ACQ_REL);
}

static void
fail(struct abi_file *f, u32 linux_errno)
{
	f->result = -1;
	f->error = linux_errno;
}

/* In the rank's own time. */
static void
put_request(struct rank *r, const struct abi_file *f)
{
	struct jobmsg_file *m = (struct jobmsg_file *)r->file.buf;
	u32 len = sizeof(*m);

	*m = (struct jobmsg_file){ le32_of(r->rank), le32_of(++r->file.seq),
		le32_of(f->op), le32_of((u32)f->fd), le32_of(f->flags),
		le32_of(f->mode), le64_of(f->offset), le64_of(f->size) };
	if (f->path) {
		u32 n = (u32)strlen(f->path) + 1;

		memcpy(r->file.buf + len, f->path, n);
		len += n;
	} else if (f->op == JOBMSG_WRITE) {
		memcpy(r->file.buf + len, f->data, f->size);
		len += (u32)f->size;
	}
	r->file.len = len;
}

static void
take_reply(const struct file_box *box, struct abi_file *f)
{
	const struct jobmsg_file_reply *m = &box->reply;

	f->result = (i64)le64_get(m->result);
	f->error = le32_get(m->error);
	f->stat_mode = le32_get(m->stat_mode);
	f->stat_size = le64_get(m->stat_size);
	f->stat_mtime = le64_get(m->stat_mtime);
	if (f->op != JOBMSG_READ || f->result <= 0)
		return;
	if ((u64)f->result > box->reply_len || (u64)f->result > f->size)
		fail(f, LINUX_EIO);
	else
		memcpy(f->data, box->buf, (size_t)f->result);
}

void
files_call(struct rank *r, struct abi_file *f)
{
	struct file_box *box = &r->file;

	if (f->path && strnlen(f->path, PATH_MAX_BYTES) == PATH_MAX_BYTES) {
		fail(f, LINUX_ENAMETOOLONG);
		return;
	}
	if (f->size > JOBMSG_FILE_MAX) {
		fail(f, LINUX_EINVAL);
		return;
	}
	sched_wait_alone(take_box, box, UINT64_MAX);
	put_request(r, f);
	__atomic_store_n(&box->state, FILE_ASKED, __ATOMIC_RELEASE);
	agent_poll();
	sched_wait_alone(is_done, box, UINT64_MAX);
	take_reply(box, f);
	box->state = FILE_NONE;
	__atomic_exchange_n(&box->taken, 0, __ATOMIC_SEQ_CST);
	rank_wake(r);
}

/* The agent's side. */
int
files_poll(struct rank *r)
{
	struct file_box *box = &r->file;

	if (__atomic_load_n(&box->state, __ATOMIC_ACQUIRE) != FILE_ASKED)
		return 0;
	memset(&box->req, 0, sizeof(box->req));
	box->state = FILE_SENT;
	if (agent_send(JOBMSG_FILE, box->buf, box->len,
		box->len > MSG_EAGER_MAX ? &box->req : NULL) != 0) {
		memset(&box->reply, 0, sizeof(box->reply));
		box->reply.result = le64_of(UINT64_MAX);
		box->reply.error = le32_of(LINUX_EIO);
		__atomic_store_n(&box->state, FILE_DONE, __ATOMIC_RELEASE);
	}
	return 1;
}

static struct rank *
find_rank(struct job *j, u32 number)
{
	for (u32 i = 0; i < j->locals; i++)
		if (j->rank[i]->rank == number)
			return j->rank[i];
	return NULL;
}

void
files_reply(struct job *j, const void *data, size_t len)
{
	const struct jobmsg_file_reply *m = data;
	struct rank *r;
	size_t bytes;

	if (len < sizeof(*m) || len - sizeof(*m) > JOBMSG_FILE_MAX)
		return;
	r = find_rank(j, le32_get(m->rank));
	if (!r || r->file.state != FILE_SENT ||
	    r->file.seq != le32_get(m->seq) || r->state != RANK_RUNNING)
		return;
	bytes = len - sizeof(*m);
	r->file.reply = *m;
	r->file.reply_len = (u32)bytes;
	memcpy(r->file.buf, (const u8 *)data + sizeof(*m), bytes);
	__atomic_store_n(&r->file.state, FILE_DONE, __ATOMIC_RELEASE);
	rank_wake(r);
}
