/* sandbox.c - namespaces that need no root and leave nothing behind. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rack.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int
sandbox_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t len = strlen(text);
	bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;

	if (!ok)
		say_error("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok ? 0 : ERR_IO;
}

/* Becomes root of a user namespace that maps nobody but the caller. */
static int
sandbox_unshare(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID) != 0) {
		if (uid == 0 && unshare(CLONE_NEWNET | CLONE_NEWPID) == 0)
			return 0;
		say_error("no private namespace: %s; see "
		    "/proc/sys/user/max_user_namespaces and "
		    "kernel.unprivileged_userns_clone", strerror(errno));
		return ERR_UNSUPP;
	}
	snprintf(map, sizeof map, "0 %u 1\n", uid);
	if (sandbox_write("/proc/self/uid_map", map) != 0 ||
	    sandbox_write("/proc/self/setgroups", "deny") != 0)
		return ERR_UNSUPP;
	snprintf(map, sizeof map, "0 %u 1\n", gid);
	return sandbox_write("/proc/self/gid_map", map) ? ERR_UNSUPP : 0;
}

/* In the middle process: the next child is pid 1. */
static NORETURN void
sandbox_middle(int (*init)(void *), void *arg, const char *pid_file)
{
	char text[32];
	pid_t pid;

	setsid();
	if (sandbox_unshare() != 0)
		_exit(1);
	pid = fork();
	if (pid == 0)
		_exit(init(arg));
	if (pid < 0)
		_exit(1);
	snprintf(text, sizeof text, "%d\n", pid);
	if (sandbox_write(pid_file, text) == 0)
		_exit(0);
	kill(pid, SIGKILL);
	_exit(1);
}

int
sandbox_start(int (*init)(void *), void *arg, const char *pid_file)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		sandbox_middle(init, arg, pid_file);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && status == 0 ? 0 : ERR_UNSUPP;
}

int
sandbox_network(const char *dir)
{
	static const char batch[] =
	    "link set lo up\n"
	    "link add " RACK_SWITCH_IF " type veth peer name " RACK_HEAD_IF "\n"
	    "addr add " RACK_HEAD_IP "/16 dev " RACK_HEAD_IF "\n"
	    "link set " RACK_SWITCH_IF " up\n"
	    "link set " RACK_HEAD_IF " up\n"
	    "addr add fd77::1/64 dev " RACK_HEAD_IF " nodad\n";
	char path[RACK_PATH_MAX + 32], log[RACK_PATH_MAX + 32];
	char *argv[] = { "ip", "-batch", path, NULL };
	int status = -1;
	pid_t pid;

	snprintf(path, sizeof path, "%s/network", dir);
	snprintf(log, sizeof log, "%s/rack.log", dir);
	if (sandbox_write(path, batch) != 0)
		return ERR_IO;
	pid = sandbox_spawn(argv, log, NULL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status == 0)
		return 0;
	say_error("the rack's network could not be made (ip -batch %s)", path);
	return ERR_IO;
}

/* In the child between fork and exec. */
static NORETURN void
sandbox_child(char *const *argv, const char *log, int out)
{
	sigset_t none;
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(out >= 0 ? out : fd, 1);
	dup2(fd, 2);
	close(null);
	close(fd);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

pid_t
sandbox_spawn(char *const *argv, const char *log, int *out)
{
	int ends[2] = { -1, -1 };
	pid_t pid;

	if (out && pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	pid = fork();
	if (pid == 0)
		sandbox_child(argv, log, ends[1]);
	if (out) {
		close(ends[1]);
		*out = ends[0];
	}
	return pid < 0 ? ERR_IO : pid;
}

static int
sandbox_join(pid_t pid, const char *kind, int type)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -1 : setns(fd, type);
	if (fd >= 0)
		close(fd);
	return err;
}

int
sandbox_exec(pid_t pid, char **argv)
{
	int status = 0;
	pid_t child;

	/* Root may have made the rack without a user namespace. */
	if (sandbox_join(pid, "user", CLONE_NEWUSER) != 0 && geteuid() != 0)
		say_die(SAY_EXIT_OURS, "cannot enter the rack: %s",
		    strerror(errno));
	if (sandbox_join(pid, "net", CLONE_NEWNET) != 0 ||
	    sandbox_join(pid, "pid", CLONE_NEWPID) != 0)
		say_die(SAY_EXIT_OURS, "cannot enter the rack: %s",
		    strerror(errno));
	child = fork();
	if (child == 0) {
		execvp(argv[0], argv);
		say_die(SAY_EXIT_NOT_FOUND, "%s: %s", argv[0], strerror(errno));
	}
	/* The terminal's signals reach the child too; its end is ours. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
	                           : WEXITSTATUS(status);
}
