/* gdbserver.h - gdb's remote protocol for one rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_GDBSERVER_H
#define HEADNODE_GDBSERVER_H

#include "headnode/cli.h"

/*
 * Speaks gdb's remote protocol on stdin and stdout (`target remote | ...`) for
 * a rank of a running job: stops it, and when gdb is gone lets it go on. The
 * exit code: 0, or 1 after saying on stderr why there was nothing to debug.
 */
int gdbserver_run(struct cli *cli, u32 job, u32 rank);

/* A running job's program; else one clear line, and exit. */
void gdbserver_program(struct cli *cli, u32 job, struct proto_program *p);

#endif
