/* program.h - finds the application's file and refuses what cannot run. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_PROGRAM_H
#define HEADNODE_PROGRAM_H

#include "kernel/lib/base.h"

enum { PROGRAM_TEXT_MAX = 512 };

/*
 * Opens `name` (a path, or a name that is looked for in PATH and then here)
 * and checks that a node can run it. A descriptor; else minus the exit code
 * (126, 127) with one sentence in why.
 */
int program_open(const char *name, char *why, size_t why_size);

/* The same check of a file in memory: 0, or ERR_PROTO. */
int program_check(const void *file, u64 len, char *why, size_t why_size);

#endif
