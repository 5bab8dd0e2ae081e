/* core.h - a crash becomes an ELF core and a backtrace. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_CORE_H
#define HEADNODE_CORE_H

#include "headnode/job.h"

enum {
	CORE_FILES_MAX = 64,       /* cores of one job */
	CORE_TRACES_MAX = 4,       /* ranks whose backtrace is told */
	CORE_SECONDS = 10,         /* then a backtrace is given up */
	CORE_MEMORY_MAX = 1 << 30, /* for reading a program's DWARF */
};

/*
 * Writes core.JOB.RANK into the job's directory, at most the size of a FAULT
 * and its headers, and tells the backtrace to the job's user, in a process of
 * its own. data is a FAULT that jobmsg_fault_parse takes. The job does not end
 * before: j->cores.
 */
void core_start(struct job *j, u32 rank, const u8 *data, size_t len);

/* The job is freed: nobody waits for its cores any more. */
void core_forget(struct job *j);

/*
 * The ELF core itself, into an empty file: PT_NOTE with registers, signal and
 * where the program's entry is, a PT_LOAD for each map of the FAULT. 0; ERR_IO
 * with errno set. core_elf.c.
 */
int core_write(int fd, const struct jobmsg_fault_view *v, int program,
    const char *name);

#endif
