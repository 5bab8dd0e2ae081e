/* rackdir.c - the rack's run directory: lock, request socket, logs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rack.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { RACKDIR_ASK_MS = 15000, RACKDIR_DEPTH = 8 };

int
rackdir_lock(const char *dir)
{
	char path[RACK_PATH_MAX + 32];
	struct stat st;
	int fd;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		say_error("%s: %s", dir, strerror(errno));
		return ERR_IO;
	}
	if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid()) {
		say_error("%s: is no directory of yours", dir);
		return ERR_IO;
	}
	snprintf(path, sizeof path, "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		say_error("%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return ERR_BUSY;
}

static int
rackdir_remove(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	const char *name = path + at->base;

	(void)st;
	if (at->level == 0 || (at->level == 1 && strcmp(name, "lock") == 0))
		return 0;
	if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

void
rackdir_clean(const char *dir, bool whole)
{
	char path[RACK_PATH_MAX + 32];

	nftw(dir, rackdir_remove, RACKDIR_DEPTH, FTW_DEPTH | FTW_PHYS);
	if (!whole)
		return;
	snprintf(path, sizeof path, "%s/lock", dir);
	unlink(path);
	rmdir(dir);
}

/* Printable text without the terminal's escape sequences. */
static void
rackdir_print(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\033' && i + 1 < n && text[i + 1] == '[') {
			for (i += 2; i < n && (text[i] < '@'); i++)
				continue;
			continue;
		}
		if ((text[i] >= ' ' && text[i] < 127) || text[i] == '\n' ||
		    text[i] == '\t')
			putchar(text[i]);
	}
	if (n && text[n - 1] != '\n')
		putchar('\n');
}

/* Reads the whole answer; the supervisor closes after it. */
static int
rackdir_answer(int fd, char *reply, size_t size)
{
	size_t at = 0;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, RACKDIR_ASK_MS) != 1)
			return ERR_TIMEOUT;
		n = read(fd, reply + at, size - 1 - at);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	reply[at] = 0;
	if (reply[0] != '!')
		return 0;
	memmove(reply, reply + 1, at);
	return ERR_INVAL;
}

int
rackdir_ask(const char *dir, const char *request, char *reply, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, err = ERR_NOENT;

	reply[0] = 0;
	snprintf(a.sun_path, sizeof a.sun_path, "%s/rack.ctl", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    send(fd, request, strlen(request), MSG_NOSIGNAL) > 0) {
		shutdown(fd, SHUT_WR);
		err = rackdir_answer(fd, reply, size);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

pid_t
rackdir_pid(const char *dir)
{
	char path[RACK_PATH_MAX + 32];
	int pid = 0, n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/pid", dir);
	f = fopen(path, "re");
	if (f) {
		n = fscanf(f, "%d", &pid);
		fclose(f);
	}
	return n == 1 && pid > 1 ? pid : ERR_NOENT;
}

void
rackdir_tail(const char *path, size_t max)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(max + 1);
	size_t n = 0;

	if (f && text) {
		fseek(f, 0, SEEK_END);
		if (ftell(f) > (long)max)
			fseek(f, -(long)max, SEEK_END);
		else
			rewind(f);
		n = fread(text, 1, max, f);
	}
	rackdir_print(text, n);
	free(text);
	if (f)
		fclose(f);
}
