/* watch.h - bmctl console: a node's console in this terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_WATCH_H
#define HEADNODE_WATCH_H

#include "headnode/cli.h"

/*
 * Shows what the node says and sends it what is typed, line by line. Ends with
 * Ctrl-C; or, when stdin has ended, as soon as the node has been silent for
 * WATCH_QUIET_MS: so that commands may come from a pipe. Returns the exit
 * code: 1 if a line was refused.
 */
enum { WATCH_QUIET_MS = 2500 };
int watch_console(struct cli *cli, const char *node);

#endif
