/* program.c - finds the application's file and refuses what cannot run. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/program.h"

#include "headnode/say.h"
#include "kernel/lib/elf.h"
#include "kernel/lib/err.h"
#include "net/jobmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Looks through PATH as a shell does; the name itself if it is nowhere. */
static void
program_find(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");

	while (dirs && *dirs && !strchr(name, '/')) {
		size_t n = strcspn(dirs, ":");
		struct stat st;

		snprintf(path, size, "%.*s/%s", (int)n, dirs, name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(path, X_OK) == 0)
			return;
		dirs += n + (dirs[n] == ':');
	}
	snprintf(path, size, "%s", name);
}

int
program_check(const void *file, u64 len, char *why, size_t why_size)
{
	struct elf_image img;
	const char *reason = "malformed";

	if (len > 2 && memcmp(file, "#!", 2) == 0) {
		snprintf(why, why_size, "a script; nodes run programs that "
		    "were built with bmcc");
		return ERR_PROTO;
	}
	if (elf_parse(&img, file, len, &reason) == 0)
		return 0;
	snprintf(why, why_size, "%s", reason);
	return ERR_PROTO;
}

static int
program_check_fd(int fd, u64 len, char *why, size_t why_size)
{
	void *map = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	int err;

	if (map == MAP_FAILED) {
		snprintf(why, why_size, "%s", strerror(errno));
		return ERR_IO;
	}
	err = program_check(map, len, why, why_size);
	munmap(map, len);
	return err;
}

int
program_open(const char *name, char *why, size_t why_size)
{
	char path[PATH_MAX], reason[PROGRAM_TEXT_MAX] = "";
	struct stat st = { 0 };
	int fd;

	program_find(name, path, sizeof path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		snprintf(why, why_size, "%s: %s", name, strerror(errno));
		return errno == EACCES ? -SAY_EXIT_NOT_EXEC
		                       : -SAY_EXIT_NOT_FOUND;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		snprintf(reason, sizeof reason, "no regular file");
	else if (!(st.st_mode & 0111))
		snprintf(reason, sizeof reason, "not executable (chmod +x)");
	else if (st.st_size == 0)
		snprintf(reason, sizeof reason, "empty");
	else if (st.st_size > JOBMSG_IMAGE_MAX)
		snprintf(reason, sizeof reason, "larger than %d MiB",
		    JOBMSG_IMAGE_MAX >> 20);
	else if (program_check_fd(fd, (u64)st.st_size, reason,
	             sizeof reason) == 0)
		return fd;
	close(fd);
	snprintf(why, why_size, "%s: %s", name, reason);
	return -SAY_EXIT_NOT_EXEC;
}
