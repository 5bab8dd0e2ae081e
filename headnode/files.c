/* files.c - file calls of an application, done here in its job's directory. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/files.h"

#include "headnode/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Done by bmd as its own user: only that user's jobs run (client.c). Relative
 * paths start at the job's directory. Descriptors are numbers of the job's own
 * table: a rank of another job has no name for them. Nothing here may wait for
 * anybody: FIFOs and terminals are opened without blocking and refused.
 */

struct call {
	struct job *job;
	struct jobmsg_file f;
	const u8 *data;
	size_t len;
	/* out */
	i64 result;
	int error;
	struct stat st;
	u8 *read;              /* bytes of a READ */
};

static void
files_result(struct call *c, i64 result)
{
	c->result = result;
	c->error = result < 0 ? errno : 0;
}

/* The path behind the struct, made absolute; false: not a path. */
static bool
files_path(struct call *c, char *path, size_t size)
{
	const char *p = (const char *)c->data;
	size_t n = strnlen(p, c->len);
	int len;

	if (!n || n >= PROTO_PATH_MAX)
		return false;
	len = *p == '/'
	    ? snprintf(path, size, "%.*s", (int)n, p)
	    : snprintf(path, size, "%s/%.*s", c->job->req.dir, (int)n, p);
	return len > 0 && (size_t)len < size;
}

static int
files_flags(u32 wire)
{
	static const struct {
		u32 wire;
		int flag;
	} bits[] = { { JOBMSG_O_WRONLY, O_WRONLY }, { JOBMSG_O_RDWR, O_RDWR },
		{ JOBMSG_O_CREAT, O_CREAT }, { JOBMSG_O_EXCL, O_EXCL },
		{ JOBMSG_O_TRUNC, O_TRUNC }, { JOBMSG_O_APPEND, O_APPEND } };
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (wire & bits[i].wire)
			flags |= bits[i].flag;
	return flags;
}

static void
files_open(struct call *c, const char *path)
{
	u32 slot = 0;
	int fd;

	while (slot < JOB_FDS_MAX && c->job->fd[slot] >= 0)
		slot++;
	if (slot == JOB_FDS_MAX) {
		errno = EMFILE;
		files_result(c, -1);
		return;
	}
	fd = open(path, files_flags(le32_get(c->f.flags)),
	    le32_get(c->f.mode) & 0777);
	if (fd >= 0 && fstat(fd, &c->st) == 0 && !S_ISREG(c->st.st_mode) &&
	    !S_ISCHR(c->st.st_mode)) {
		close(fd);
		fd = -1;
		errno = S_ISDIR(c->st.st_mode) ? EISDIR : ENXIO;
	}
	if (fd >= 0)
		c->job->fd[slot] = fd;
	files_result(c, fd < 0 ? -1 : (i64)slot);
}

static void
files_read(struct call *c, int fd)
{
	static u8 buf[FILES_READ_MAX];

	c->read = buf;
	files_result(c, read(fd, buf, MIN(le64_get(c->f.size), sizeof buf)));
}

/* On the number of an open file. */
static void
files_on_fd(struct call *c)
{
	u32 slot = le32_get(c->f.fd);
	int fd = slot < JOB_FDS_MAX ? c->job->fd[slot] : -1;

	if (fd < 0) {
		errno = EBADF;
		files_result(c, -1);
		return;
	}
	switch (le32_get(c->f.op)) {
	case JOBMSG_CLOSE:
		c->job->fd[slot] = -1;
		files_result(c, close(fd));
		break;
	case JOBMSG_READ:
		files_read(c, fd);
		break;
	case JOBMSG_WRITE:
		files_result(c, write(fd, c->data, c->len));
		break;
	case JOBMSG_LSEEK:
		files_result(c, lseek(fd, (off_t)le64_get(c->f.offset),
		    (int)le32_get(c->f.flags)));
		break;
	case JOBMSG_FSTAT:
		files_result(c, fstat(fd, &c->st));
		break;
	case JOBMSG_FTRUNCATE:
		files_result(c, ftruncate(fd, (off_t)le64_get(c->f.offset)));
		break;
	}
}

static void
files_on_path(struct call *c)
{
	char path[2 * PROTO_PATH_MAX];

	if (!files_path(c, path, sizeof path)) {
		errno = ENAMETOOLONG;
		files_result(c, -1);
		return;
	}
	switch (le32_get(c->f.op)) {
	case JOBMSG_OPEN:
		files_open(c, path);
		break;
	case JOBMSG_STAT:
		files_result(c, stat(path, &c->st));
		break;
	case JOBMSG_UNLINK:
		files_result(c, unlink(path));
		break;
	}
}

static void
files_reply(struct call *c, struct node *n)
{
	u8 out[sizeof(struct jobmsg_file_reply) + FILES_READ_MAX];
	struct jobmsg_file_reply r = { .rank = c->f.rank, .seq = c->f.seq,
		.result = le64_of((u64)c->result),
		.error = le32_of((u32)c->error),
		.stat_mode = le32_of(c->st.st_mode),
		.stat_size = le64_of((u64)c->st.st_size),
		.stat_mtime = le64_of((u64)c->st.st_mtime) };
	size_t bytes = c->read && c->result > 0 ? (size_t)c->result : 0;

	memcpy(out, &r, sizeof r);
	if (bytes)
		memcpy(out + sizeof r, c->read, bytes);
	link_send(n, JOBMSG_FILE_REPLY, c->job->id, out, sizeof r + bytes);
}

void
files_call(struct job *j, struct node *n, const u8 *data, size_t len)
{
	struct call c = { .job = j, .data = data + sizeof c.f,
		.len = len - sizeof c.f };
	u32 op, rank;

	memcpy(&c.f, data, sizeof c.f);
	op = le32_get(c.f.op);
	rank = le32_get(c.f.rank);
	if (rank >= j->ntasks || j->at[j->rank[rank].node].node != n)
		return;
	if (op == JOBMSG_OPEN || op == JOBMSG_STAT || op == JOBMSG_UNLINK) {
		files_on_path(&c);
	} else if (op >= JOBMSG_OPEN && op <= JOBMSG_FTRUNCATE) {
		files_on_fd(&c);
	} else {
		errno = EINVAL;
		files_result(&c, -1);
	}
	files_reply(&c, n);
}

void
files_init(struct job *j)
{
	for (u32 i = 0; i < JOB_FDS_MAX; i++)
		j->fd[i] = -1;
}

void
files_fini(struct job *j)
{
	for (u32 i = 0; i < JOB_FDS_MAX; i++)
		if (j->fd[i] >= 0)
			close(j->fd[i]);
	files_init(j);
}
