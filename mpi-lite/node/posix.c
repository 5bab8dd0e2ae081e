/* posix.c - newlib's system calls over the kernel's call table. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/node/start.h"
#include "net/jobmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

/*
 * Files live on the head node: open, read, write, lseek, close, stat travel
 * there one call at a time and are done in the job's directory. Descriptors 0
 * to 2 are local: 0 is empty, 1 and 2 go to bmrun. newlib numbers errno and
 * O_* its own way, the wire as Linux does: both are translated here.
 */

enum { POSIX_FDS_MAX = 256, POSIX_CHUNK = 60 * 1024 };

/* The head node's descriptor + 1 of each of ours; 0: closed. */
static i32 remote[POSIX_FDS_MAX];

/* Linux errno values that differ from newlib's, or are worth a name. */
static const struct {
	u8 linux_no;
	u8 newlib_no;
} errno_map[] = {
	{ 35, EDEADLK }, { 36, ENAMETOOLONG }, { 37, ENOLCK }, { 38, ENOSYS },
	{ 39, ENOTEMPTY }, { 40, ELOOP }, { 75, EOVERFLOW }, { 95, ENOTSUP },
	{ 110, ETIMEDOUT }, { 122, EDQUOT }, { 116, ESTALE },
};

static int
errno_of(u32 linux_no)
{
	for (size_t i = 0; i < ARRAY_LEN(errno_map); i++)
		if (errno_map[i].linux_no == linux_no)
			return errno_map[i].newlib_no;
	return linux_no < 35 ? (int)linux_no : EIO;
}

static i64
file_call(struct abi_file *f)
{
	start_abi->file(f);
	if (f->error) {
		errno = errno_of(f->error);
		return -1;
	}
	return f->result;
}

static int
remote_of(int fd)
{
	if (fd < 0 || fd >= POSIX_FDS_MAX || !remote[fd]) {
		errno = EBADF;
		return -1;
	}
	return remote[fd] - 1;
}

static u32
open_flags(int flags)
{
	u32 wire = (u32)(flags & O_ACCMODE);

	wire |= flags & O_CREAT ? JOBMSG_O_CREAT : 0u;
	wire |= flags & O_EXCL ? JOBMSG_O_EXCL : 0u;
	wire |= flags & O_TRUNC ? JOBMSG_O_TRUNC : 0u;
	wire |= flags & O_APPEND ? JOBMSG_O_APPEND : 0u;
	return wire;
}

int
open(const char *path, int flags, ...)
{
	struct abi_file f = { .op = JOBMSG_OPEN, .path = path };
	int fd = 3;
	i64 r;

	if (flags & O_CREAT) {
		va_list args;

		va_start(args, flags);
		f.mode = va_arg(args, mode_t);
		va_end(args);
	}
	while (fd < POSIX_FDS_MAX && remote[fd])
		fd++;
	if (fd == POSIX_FDS_MAX) {
		errno = EMFILE;
		return -1;
	}
	f.flags = open_flags(flags);
	r = file_call(&f);
	if (r < 0)
		return -1;
	remote[fd] = (i32)r + 1;
	return fd;
}

int
close(int fd)
{
	struct abi_file f = { .op = JOBMSG_CLOSE };

	if (fd >= 0 && fd < 3)
		return 0;
	f.fd = remote_of(fd);
	if (f.fd < 0)
		return -1;
	remote[fd] = 0;
	return (int)file_call(&f);
}

ssize_t
read(int fd, void *buf, size_t len)
{
	struct abi_file f = { .op = JOBMSG_READ, .data = buf };

	if (fd == 0)
		return 0;
	f.fd = remote_of(fd);
	f.size = MIN(len, (size_t)POSIX_CHUNK);
	return f.fd < 0 ? -1 : (ssize_t)file_call(&f);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	size_t at = 0;
	i32 there;

	if (fd == 1 || fd == 2)
		return (ssize_t)start_abi->write(fd, buf, len);
	there = remote_of(fd);
	if (there < 0)
		return -1;
	while (at < len) {
		struct abi_file f = { .op = JOBMSG_WRITE, .fd = there };
		i64 r;

		f.data = (char *)(uintptr_t)buf + at;
		f.size = MIN(len - at, (size_t)POSIX_CHUNK);
		r = file_call(&f);
		if (r <= 0)
			return at ? (ssize_t)at : (ssize_t)r;
		at += (size_t)r;
	}
	return (ssize_t)at;
}

off_t
lseek(int fd, off_t offset, int whence)
{
	struct abi_file f = { .op = JOBMSG_LSEEK, .flags = (u32)whence };

	if (fd >= 0 && fd < 3) {
		errno = ESPIPE;
		return -1;
	}
	f.fd = remote_of(fd);
	f.offset = (u64)offset;
	return f.fd < 0 ? -1 : (off_t)file_call(&f);
}

static void
stat_fill(struct stat *st, const struct abi_file *f)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = f->stat_mode;
	st->st_size = (off_t)f->stat_size;
	st->st_mtim.tv_sec = (time_t)f->stat_mtime;
	st->st_nlink = 1;
	st->st_blksize = 32 * 1024;
	st->st_blocks = (blkcnt_t)(f->stat_size / 512 + 1);
}

int
stat(const char *path, struct stat *st)
{
	struct abi_file f = { .op = JOBMSG_STAT, .path = path };

	if (file_call(&f) < 0)
		return -1;
	stat_fill(st, &f);
	return 0;
}

int
fstat(int fd, struct stat *st)
{
	struct abi_file f = { .op = JOBMSG_FSTAT };

	if (fd >= 0 && fd < 3) {
		f.stat_mode = S_IFCHR | 0600;
		stat_fill(st, &f);
		st->st_blksize = 4096;
		return 0;
	}
	f.fd = remote_of(fd);
	if (f.fd < 0 || file_call(&f) < 0)
		return -1;
	stat_fill(st, &f);
	return 0;
}

int
unlink(const char *path)
{
	struct abi_file f = { .op = JOBMSG_UNLINK, .path = path };

	return (int)file_call(&f);
}

int
ftruncate(int fd, off_t length)
{
	struct abi_file f = { .op = JOBMSG_FTRUNCATE, .offset = (u64)length };

	f.fd = remote_of(fd);
	return f.fd < 0 ? -1 : (int)file_call(&f);
}

/* As under mpirun, output counts as a terminal: it is flushed line by line. */
int
isatty(int fd)
{
	if (fd == 1 || fd == 2)
		return 1;
	errno = ENOTTY;
	return 0;
}

int
fcntl(int fd, int command, ...)
{
	if (command == F_GETFL || command == F_GETFD || command == F_SETFD)
		return fd >= 0 ? 0 : -1;
	errno = ENOSYS;
	return -1;
}

void *
sbrk(ptrdiff_t by)
{
	void *old = start_abi->sbrk(by);

	if (!old) {
		errno = ENOMEM;
		return (void *)-1;
	}
	return old;
}

void
_exit(int code)
{
	start_abi->exit(code);
}

pid_t
getpid(void)
{
	return (pid_t)start_rank->rank + 1;
}

/* A signal that a rank sends to itself (abort, raise) ends it. */
int
kill(pid_t pid, int signal)
{
	if (pid != getpid()) {
		errno = ESRCH;
		return -1;
	}
	start_abi->exit(128 + signal);
}

int
sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	(void)how;
	(void)set;
	if (old)
		*old = 0;
	return 0;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	u64 ns = clock == CLOCK_REALTIME ? start_abi->utc_ns()
					 : start_abi->now_ns();

	ts->tv_sec = (time_t)(ns / 1000000000u);
	ts->tv_nsec = (long)(ns % 1000000000u);
	return 0;
}

int
clock_getres(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = 0;
	ts->tv_nsec = 1;
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	u64 us = start_abi->utc_ns() / 1000;

	(void)zone;
	tv->tv_sec = (time_t)(us / 1000000u);
	tv->tv_usec = (suseconds_t)(us % 1000000u);
	return 0;
}

clock_t
times(struct tms *t)
{
	clock_t ticks = (clock_t)(start_abi->now_ns() /
	    (1000000000u / CLOCKS_PER_SEC));

	memset(t, 0, sizeof(*t));
	t->tms_utime = ticks;
	return ticks;
}

int
nanosleep(const struct timespec *want, struct timespec *left)
{
	start_abi->sleep_ns((u64)want->tv_sec * 1000000000u +
	    (u64)want->tv_nsec);
	if (left)
		memset(left, 0, sizeof(*left));
	return 0;
}

int
usleep(useconds_t us)
{
	start_abi->sleep_ns((u64)us * 1000u);
	return 0;
}

unsigned
sleep(unsigned seconds)
{
	start_abi->sleep_ns((u64)seconds * 1000000000u);
	return 0;
}

int
getentropy(void *buf, size_t len)
{
	u8 *p = buf;

	for (size_t i = 0; i < len; i += 8) {
		u64 bits = start_abi->entropy();

		memcpy(p + i, &bits, MIN(len - i, (size_t)8));
	}
	return 0;
}

int
gethostname(char *name, size_t len)
{
	strncpy(name, start_rank->name, len);
	if (len)
		name[len - 1] = 0;
	return 0;
}

char *
getcwd(char *buf, size_t len)
{
	const char *pwd = getenv("PWD");

	if (!pwd || strlen(pwd) >= len) {
		errno = pwd ? ERANGE : ENOENT;
		return NULL;
	}
	return strcpy(buf, pwd);
}
