/* watch.h - bmctl console: a node's console in this terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_WATCH_H
#define HEADNODE_WATCH_H

#include "headnode/cli.h"

/*
 * Shows what the node says and sends it what is typed, line by line. Ends with
 * Ctrl-C; or, so that commands may come from a pipe, when stdin has ended, the
 * node has repeated each line, as its monitor does, and then has been silent for
 * WATCH_QUIET_MS. Returns the exit code: 1 if a line was refused, 125 if the
 * node does not answer for WATCH_ANSWER_MS.
 */
enum { WATCH_QUIET_MS = 1000, WATCH_ANSWER_MS = 30000 };
int watch_console(struct cli *cli, const char *node);

#endif
