/* monitor.h - commands for a person at the machine, or at `bmctl console`. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include "kernel/lib/base.h"

/*
 * A command is a line of words; numbers are hexadecimal. Lines come from the
 * consoles, byte by byte and edited here, or whole from bmd. What a command
 * says is a log line: it appears on the consoles and goes to bmd.
 *
 * All of it belongs to the agent and its lock. Nobody else looks at a
 * keyboard, so computing ranks are not disturbed: while all cores compute, the
 * tick does, and a line is answered within a second.
 */

struct command {
	const char *name;
	const char *arguments, *about;
	bool changes;           /* refused while a job runs, unless forced */
	void (*run)(u32 argc, char **argv);
};

/* commands.c; ended by a NULL name. */
extern const struct command commands[];
/* The value of a hexadecimal digit, or -1. */
int monitor_digit(char c);

/* Looks at the consoles when it is time to. */
void monitor_poll(void);
/* When monitor_poll has something to do at the latest. */
u64 monitor_deadline(void);

/* A line from bmd; no newline, any bytes. */
void monitor_line(const char *text, size_t len);
/* The command that runs now came from bmd. */
bool monitor_is_remote(void);

#endif
