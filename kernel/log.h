/* log.h - lines for the console, and the ring of the last ones. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include "kernel/lib/base.h"

/* A line (no newline at its end) to the consoles and the ring. Any core, any
 * context; lines of two cores do not mix, and nobody waits for the lock. */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* To the consoles only, as it is: what a person types, and its echo. */
void log_echo(const char *text, size_t len);

/*
 * The ring outlives a recycle. Cold start: it begins empty.
 */
void log_reset(void);
/* The ring's bytes, oldest first; returns how many were copied. */
size_t log_tail(char *buf, size_t size);

/*
 * For bmd's log of this console, by the agent: the oldest bytes that bmd has
 * not yet (what the ring has lost meanwhile is skipped), how many were logged
 * before them, and whether they are repeated; later, that it has them.
 * log_rewind: what the ring holds now is to be seen again.
 */
size_t log_unsent(char *buf, size_t size, u64 *at, bool *again);
void log_sent(u64 at, size_t len);
void log_rewind(void);

#endif
