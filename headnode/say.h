/* say.h - one clear line for the person at the terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_SAY_H
#define HEADNODE_SAY_H

#include "kernel/lib/base.h"

/* Exit codes of our tools beside those of the application. */
enum {
	SAY_EXIT_USAGE = 1,      /* usage, or no such resources */
	SAY_EXIT_OURS = 125,     /* head node or protocol failed */
	SAY_EXIT_NOT_EXEC = 126, /* file is no Barerack program */
	SAY_EXIT_NOT_FOUND = 127,
};

/* The name that stands in front of every line; kept, not copied. */
void say_tool(const char *name);

/* "TOOL: error: ..." or "TOOL: ..." on stderr, with a newline. */
void say_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void say_info(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* say_error, then exit(code). */
NORETURN void say_die(int code, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
