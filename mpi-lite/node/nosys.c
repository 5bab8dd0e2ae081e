/* nosys.c - calls that a node refuses by design: there are no processes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int
refuse(void)
{
	errno = ENOSYS;
	return -1;
}

pid_t
fork(void)
{
	return (pid_t)refuse();
}

int
execve(const char *path, char *const argv[], char *const envp[])
{
	(void)path;
	(void)argv;
	(void)envp;
	return refuse();
}

pid_t
wait(int *status)
{
	(void)status;
	errno = ECHILD;
	return -1;
}

int
link(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return refuse();
}

int
mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return refuse();
}
