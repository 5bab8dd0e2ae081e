/* journal.h - bmd's log lines, one thing each, with time and rate limit. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_JOURNAL_H
#define HEADNODE_JOURNAL_H

#include "kernel/lib/base.h"

/* "2026-01-31 12:00:00.123 text" on stderr. Bytes from outside are escaped
 * by the caller's choice of format: names are checked where they come in. */
void journal_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void journal_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * For what a stranger can cause at will: logs the 1st, 10th, 100th ... time,
 * with the count. Returns true if it logged.
 */
bool journal_count(u64 *count, const char *what);

#endif
