/* log.h - lines for the console, and the ring of the last ones. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include "kernel/lib/base.h"

/* A line (no newline at its end) to the consoles and the ring. Any core, any
 * context; lines of two cores do not mix, and nobody waits for the lock. */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The ring's bytes, oldest first; returns how many were copied. */
size_t log_tail(char *buf, size_t size);

#endif
