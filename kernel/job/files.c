/* files.c - file calls of ranks, done by bmd on the head node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/page.h"
#include "kernel/wait.h"

/*
 * A mailbox per rank: the rank writes its call and says ASKED, the agent sends
 * it and says SENT, the reply makes it DONE. Each side touches the box only in
 * the states that are its own.
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

static void
fail(struct abi_file *f, u32 linux_errno)
{
	f->result = -1;
	f->error = linux_errno;
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
	box->call = f;
	__atomic_store_n(&box->state, FILE_ASKED, __ATOMIC_RELEASE);
	agent_poll();
	wait_until(is_done, box, UINT64_MAX);
	box->state = FILE_NONE;
}

static u32
put_request(struct rank *r)
{
	struct abi_file *f = r->file.call;
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
	return len;
}

int
files_poll(struct rank *r)
{
	struct file_box *box = &r->file;
	u32 len;

	if (__atomic_load_n(&box->state, __ATOMIC_ACQUIRE) != FILE_ASKED)
		return 0;
	len = put_request(r);
	memset(&box->req, 0, sizeof(box->req));
	box->state = FILE_SENT;
	if (agent_send(JOBMSG_FILE, box->buf, len,
		len > MSG_EAGER_MAX ? &box->req : NULL) != 0) {
		fail(box->call, LINUX_EIO);
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
	struct abi_file *f;
	u64 bytes;

	if (len < sizeof(*m))
		return;
	r = find_rank(j, le32_get(m->rank));
	if (!r || r->file.state != FILE_SENT ||
	    r->file.seq != le32_get(m->seq) || r->state != RANK_RUNNING)
		return;
	f = r->file.call;
	f->result = (i64)le64_get(m->result);
	f->error = le32_get(m->error);
	f->stat_mode = le32_get(m->stat_mode);
	f->stat_size = le64_get(m->stat_size);
	f->stat_mtime = le64_get(m->stat_mtime);
	bytes = len - sizeof(*m);
	if (f->op == JOBMSG_READ && f->result > 0) {
		if ((u64)f->result > bytes || bytes > f->size)
			fail(f, LINUX_EIO);
		else
			memcpy(f->data, (const u8 *)data + sizeof(*m),
			    (size_t)f->result);
	}
	__atomic_store_n(&r->file.state, FILE_DONE, __ATOMIC_RELEASE);
	wait_wake(r->core);
}
