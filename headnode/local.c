/* local.c - a job whose ranks are processes of this machine. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/local.h"

#include "headnode/say.h"
#include "headnode/sink.h"
#include "net/host/hosted.h"
#include "net/msg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Each rank inherits a UDP socket that is bound already, so nobody races for
 * ports, and the list of all ports. Its stdout and stderr are pipes that we
 * read; a third, shared pipe carries the code of MPI_Abort.
 */

enum {
	LOCAL_READ = 64 * 1024,
	LOCAL_LOOK_MS = 50,        /* between looks for ended processes */
	LOCAL_GRACE_NS = 1000000000, /* SIGTERM to SIGKILL */
	LOCAL_TIMEOUT_CODE = 143,
	LOCAL_STOP_CODE = 130,
};

struct local_rank {
	pid_t pid;                 /* 0: ended */
	int udp;
	int pipe[2];               /* read ends of stdout, stderr; -1: EOF */
};

struct local {
	const struct local_job *job;
	struct sink *sink;
	struct local_rank *rank;
	struct pollfd *poll;       /* 2 per rank, then the abort pipe */
	char *ports;
	int abort_pipe[2];
	int shm;                   /* memory that the ranks share, or -1 */
	u32 running, open;
	u64 ending_ns;             /* SIGTERM was sent; 0: not yet */
	bool killed;
	int code, forced;          /* forced: replaces code unless 0 */
	u8 data[LOCAL_READ];
};

static u64
local_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* -- start ----------------------------------------------------------------- */

static bool
local_bind(struct local *l)
{
	size_t room = (size_t)l->job->ranks * 6 + 1, at = 0;

	l->ports = calloc(1, room);
	for (u32 i = 0; l->ports && i < l->job->ranks; i++) {
		struct sockaddr_in sa = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(sa);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) ||
		    getsockname(fd, (struct sockaddr *)&sa, &len)) {
			say_error("UDP socket of rank %u: %s", (unsigned)i,
			    strerror(errno));
			return false;
		}
		l->rank[i].udp = fd;
		at += (size_t)snprintf(l->ports + at, room - at, "%s%u",
		    i ? "," : "", (unsigned)ntohs(sa.sin_port));
	}
	return l->ports != NULL;
}

static void
local_setenv_number(const char *name, u32 value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", (unsigned)value);
	setenv(name, text, 1);
}

/* The child's side of fork. */
static NORETURN void
local_become(const struct local *l, u32 i, pid_t parent, const int out[2])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(SAY_EXIT_OURS);
	dup2(out[0], STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	fcntl(l->rank[i].udp, F_SETFD, 0);
	fcntl(l->abort_pipe[1], F_SETFD, 0);
	for (u32 k = 0; k < l->job->envs; k++)
		putenv((char *)(uintptr_t)l->job->env[k]);
	local_setenv_number(HOSTED_RANK, i);
	local_setenv_number(HOSTED_SIZE, l->job->ranks);
	local_setenv_number(HOSTED_KEY, (u32)parent);
	local_setenv_number(HOSTED_SOCKET, (u32)l->rank[i].udp);
	local_setenv_number(HOSTED_ABORT, (u32)l->abort_pipe[1]);
	setenv(HOSTED_PORTS, l->ports, 1);
	if (l->shm >= 0) {
		fcntl(l->shm, F_SETFD, 0);
		local_setenv_number(HOSTED_SHM, (u32)l->shm);
	}
	signal(SIGPIPE, SIG_DFL);
	execvp(l->job->argv[0], l->job->argv);
	_exit(errno == ENOENT ? SAY_EXIT_NOT_FOUND : SAY_EXIT_NOT_EXEC);
}

static bool
local_start(struct local *l, u32 i)
{
	struct local_rank *r = &l->rank[i];
	int out[2], err[2], to[2];
	pid_t parent = getpid();

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		say_error("pipe of rank %u: %s", (unsigned)i, strerror(errno));
		return false;
	}
	to[0] = out[1];
	to[1] = err[1];
	r->pid = fork();
	if (r->pid == 0)
		local_become(l, i, parent, to);
	close(out[1]);
	close(err[1]);
	r->pipe[0] = out[0];
	r->pipe[1] = err[0];
	if (r->pid < 0) {
		r->pid = 0;
		say_error("process of rank %u: %s", (unsigned)i,
		    strerror(errno));
		return false;
	}
	l->running++;
	l->open += 2;
	return true;
}

/* -- run ------------------------------------------------------------------- */

static void
local_kill(struct local *l, int number)
{
	for (u32 i = 0; i < l->job->ranks; i++)
		if (l->rank[i].pid)
			kill(l->rank[i].pid, number);
}

/* Ends the job; the first reason's code stays. */
static void
local_end(struct local *l, int code)
{
	if (l->ending_ns)
		return;
	l->forced = code;
	l->ending_ns = local_now();
	local_kill(l, SIGTERM);
}

static void
local_read(struct local *l, u32 i, u32 stream)
{
	int *fd = &l->rank[i].pipe[stream];
	ssize_t n = read(*fd, l->data, sizeof(l->data));

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		if (sink_write(l->sink, i, stream + 1, l->data, (size_t)n))
			local_end(l, SAY_EXIT_OURS);
		return;
	}
	close(*fd);
	*fd = -1;
	l->open--;
}

static void
local_read_abort(struct local *l)
{
	int code;

	if (read(l->abort_pipe[0], &code, sizeof(code)) == sizeof(code))
		local_end(l, code & 255 ? code & 255 : 1);
}

static void
local_ended(struct local *l, u32 i, int status)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);

	l->rank[i].pid = 0;
	l->running--;
	if (l->ending_ns)
		return;
	l->code = MAX(l->code, code);
	if (WIFSIGNALED(status)) {
		local_read_abort(l);
		if (!l->ending_ns)
			say_error("rank %u: %s", (unsigned)i,
			    strsignal(WTERMSIG(status)));
		local_end(l, code);
	}
}

static void
local_reap(struct local *l)
{
	int status;

	for (u32 i = 0; i < l->job->ranks; i++)
		if (l->rank[i].pid &&
		    waitpid(l->rank[i].pid, &status, WNOHANG) > 0)
			local_ended(l, i, status);
}

static void
local_look(struct local *l)
{
	u32 n = l->job->ranks;

	for (u32 i = 0; i < 2 * n; i++)
		l->poll[i] = (struct pollfd){ l->rank[i / 2].pipe[i % 2],
			POLLIN, 0 };
	l->poll[2 * n] = (struct pollfd){ l->abort_pipe[0], POLLIN, 0 };
	if (poll(l->poll, 2 * n + 1, LOCAL_LOOK_MS) <= 0)
		return;
	/* The abort first: those whom it ends die of our signal. */
	if (l->poll[2 * n].revents & POLLIN)
		local_read_abort(l);
	for (u32 i = 0; i < 2 * n; i++)
		if (l->poll[i].revents)
			local_read(l, i / 2, i % 2);
}

static void
local_loop(struct local *l)
{
	u64 begin = local_now(), limit = (u64)l->job->limit_s * 1000000000u;

	while (l->running || l->open) {
		u64 now;

		local_look(l);
		local_reap(l);
		now = local_now();
		if (l->job->stop && *l->job->stop)
			local_end(l, LOCAL_STOP_CODE);
		if (limit && now - begin > limit && l->running &&
		    !l->ending_ns) {
			say_error("time limit of %u s reached",
			    (unsigned)l->job->limit_s);
			local_end(l, LOCAL_TIMEOUT_CODE);
		}
		if (l->ending_ns && now - l->ending_ns > LOCAL_GRACE_NS) {
			local_kill(l, SIGKILL);
			/* Somebody whom a rank started holds its pipes. */
			if (!l->running)
				return;
		}
	}
}

/* -- the whole ------------------------------------------------------------- */

static bool
local_open(struct local *l, const struct local_job *job)
{
	struct sink_config sink = { .ranks = job->ranks, .label = job->label,
		.out = job->out, .err = job->err, .name = job->argv[0],
		.user = "", .nodelist = "localhost", .stop = job->stop };

	l->rank = calloc(job->ranks, sizeof(*l->rank));
	l->poll = calloc(2 * (size_t)job->ranks + 1, sizeof(*l->poll));
	l->abort_pipe[0] = l->abort_pipe[1] = l->shm = -1;
	if (!l->rank || !l->poll)
		return false;
	for (u32 i = 0; i < job->ranks; i++)
		l->rank[i] = (struct local_rank){ 0, -1, { -1, -1 } };
	if (pipe2(l->abort_pipe, O_CLOEXEC | O_NONBLOCK))
		return false;
	/* Without it messages go by UDP: slower, not wrong. */
	l->shm = job->no_shm || job->ranks == 1 ? -1 :
	    memfd_create("barerack", MFD_CLOEXEC);
	if (l->shm >= 0 &&
	    ftruncate(l->shm, (off_t)(msg_shm_bytes() * job->ranks))) {
		close(l->shm);
		l->shm = -1;
	}
	l->sink = sink_open(&sink);
	return l->sink && local_bind(l);
}

static void
local_close(struct local *l)
{
	int status;

	local_kill(l, SIGKILL);
	for (u32 i = 0; l->rank && i < l->job->ranks; i++) {
		if (l->rank[i].pid)
			waitpid(l->rank[i].pid, &status, 0);
		if (l->rank[i].udp >= 0)
			close(l->rank[i].udp);
		for (u32 k = 0; k < 2; k++)
			if (l->rank[i].pipe[k] >= 0)
				close(l->rank[i].pipe[k]);
	}
	for (u32 k = 0; k < 2; k++)
		if (l->abort_pipe[k] >= 0)
			close(l->abort_pipe[k]);
	if (l->shm >= 0)
		close(l->shm);
	if (l->sink && sink_close(l->sink) && !l->code)
		l->code = SAY_EXIT_OURS;
	free(l->rank);
	free(l->poll);
	free(l->ports);
}

int
local_run(const struct local_job *job)
{
	struct local *l;
	int code;

	if (job->ranks == 0 || job->ranks > LOCAL_RANKS_MAX) {
		say_error("-n %u: 1 to %d ranks run locally",
		    (unsigned)job->ranks, LOCAL_RANKS_MAX);
		return SAY_EXIT_USAGE;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return SAY_EXIT_OURS;
	l->job = job;
	if (local_open(l, job)) {
		for (u32 i = 0; i < job->ranks; i++)
			if (!local_start(l, i)) {
				local_end(l, SAY_EXIT_OURS);
				break;
			}
		local_loop(l);
	} else {
		l->forced = SAY_EXIT_OURS;
	}
	local_close(l);
	code = l->forced ? l->forced : l->code;
	if (code == SAY_EXIT_NOT_FOUND && !l->forced)
		say_error("%s: not found", job->argv[0]);
	if (code == SAY_EXIT_NOT_EXEC && !l->forced)
		say_error("%s: not executable", job->argv[0]);
	free(l);
	return code;
}
