/* core.c - a crash becomes an ELF core and a backtrace. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/core.h"

#include "headnode/journal.h"
#include "headnode/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * A child does it: whatever a program's DWARF makes libdw do, and however long
 * it takes, bmd goes on. The child writes lines into a pipe; each becomes a
 * line of bmrun. Its end, by exit or by the alarm, is the pipe's end.
 */

enum { CORE_LINE_MAX = 900 };

struct core {
	struct list link;          /* job->cores */
	struct job *job;
	pid_t pid;
	int fd;
	struct event *readable;
	size_t len;
	char line[CORE_LINE_MAX];
};

/* -- the child -------------------------------------------------------------- */

static void
core_line(void *ctx, const char *text)
{
	dprintf(*(const int *)ctx, "%s\n", text);
}

static void
core_file(const struct job *j, u32 rank, const struct jobmsg_fault_view *v,
    int out)
{
	char path[PROTO_PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof path, "%s/core.%u.%u", j->req.dir, j->id, rank);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || core_write(fd, v, j->program, j->req.name) != 0)
		dprintf(out, "%s cannot be written: %s\n", path,
		    strerror(errno));
	else
		dprintf(out, "core: %s\n", path);
}

/* bmd's sockets may not outlive it here: the next bmd wants its ports. */
static void
core_close(int a, int b)
{
	unsigned low = (unsigned)MIN(a, b), high = (unsigned)MAX(a, b);

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, UINT_MAX, 0);
}

/* Nothing of bmd may be touched here: its signals, loop and sockets. */
NORETURN static void
core_child(const struct job *j, u32 rank, const struct jobmsg_fault_view *v,
    int out)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGCHLD, SIGPIPE };
	struct rlimit memory = { CORE_MEMORY_MAX, CORE_MEMORY_MAX };
	char kernel[CONFIG_PATH_MAX + 8];
	sigset_t none;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(CORE_SECONDS);
	core_close(j->program, out);
	if (j->crashes <= CORE_TRACES_MAX) {
		setrlimit(RLIMIT_DATA, &memory);
		snprintf(kernel, sizeof kernel, "%s.elf", j->bmd->cfg.image);
		unwind_fault(v, j->program, kernel, core_line, &out);
	}
	core_file(j, rank, v, out);
	_exit(0);
}

/* -- bmd -------------------------------------------------------------------- */

static void
core_free(struct core *c)
{
	list_take(&c->link);
	event_free(c->readable);
	close(c->fd);
	free(c);
}

static void
core_tell(struct core *c, char *line)
{
	for (char *p = line; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	job_tell(c->job, "%s", line);
}

/* Whole lines of what has come; one that does not end is cut. */
static void
core_lines(struct core *c)
{
	char *end;

	while ((end = memchr(c->line, '\n', c->len)) != NULL) {
		size_t n = (size_t)(end - c->line) + 1;

		*end = 0;
		core_tell(c, c->line);
		c->len -= n;
		memmove(c->line, c->line + n, c->len);
	}
	if (c->len == sizeof c->line)
		c->len = 0;
}

static void
core_read(evutil_socket_t fd, short what, void *ctx)
{
	struct core *c = ctx;
	struct job *j = c->job;
	ssize_t n = read(fd, c->line + c->len, sizeof c->line - c->len);

	(void)what;
	if (n > 0) {
		c->len += (size_t)n;
		core_lines(c);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	core_free(c);
	job_core_done(j);
}

void
core_start(struct job *j, u32 rank, const u8 *data, size_t len)
{
	struct jobmsg_fault_view v;
	struct core *c;
	int pipe_fd[2];
	pid_t pid;

	if (j->crashes++ >= CORE_FILES_MAX ||
	    jobmsg_fault_parse(&v, data, len) != 0)
		return;
	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		return;
	pid = fork();
	if (pid == 0)
		core_child(j, rank, &v, pipe_fd[1]);
	close(pipe_fd[1]);
	if (pid < 0) {
		journal_warn("job %u: no process for its core: %s", j->id,
		    strerror(errno));
		close(pipe_fd[0]);
		return;
	}
	fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
	c = calloc(1, sizeof *c);
	ASSERT(c);
	c->job = j;
	c->pid = pid;
	c->fd = pipe_fd[0];
	c->readable = event_new(j->bmd->base, c->fd, EV_READ | EV_PERSIST,
	    core_read, c);
	event_add(c->readable, NULL);
	list_put(&j->cores, &c->link);
}

void
core_forget(struct job *j)
{
	struct list *it, *next;

	LIST_EACH(it, next, &j->cores) {
		struct core *c = CONTAINER_OF(it, struct core, link);

		kill(c->pid, SIGKILL);
		core_free(c);
	}
}
