/* local.h - a job whose ranks are processes of this machine. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_LOCAL_H
#define HEADNODE_LOCAL_H

#include "kernel/lib/base.h"

enum { LOCAL_RANKS_MAX = 1024 };

/* For `bmrun --local`: for gdb, valgrind and sanitizers. */
struct local_job {
	u32 ranks;
	bool label;                /* -l */
	bool no_shm;               /* all messages by UDP */
	const char *out, *err;     /* patterns as in sink.h; NULL: ours */
	u32 limit_s;               /* 0: none */
	char *const *argv;         /* the program and its arguments */
	const char *const *env;    /* NAME=VALUE in addition to ours */
	u32 envs;
	const volatile int *stop;  /* a signal handler's: kill all */
};

/*
 * Runs it to its end. Returns what bmrun exits with: the largest exit code of
 * a rank (128 + signal), the code of MPI_Abort, 143 at the time limit, 130
 * when stopped, 127 or 126 if the program is not there or not executable,
 * 125 after one line that says what we could not do. A rank that dies of a
 * signal, or aborts, ends the others. Nothing is left running.
 */
int local_run(const struct local_job *job);

#endif
