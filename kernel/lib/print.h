/* print.h - bounded formatting without libc. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_PRINT_H
#define KERNEL_LIB_PRINT_H

#include "kernel/lib/base.h"

/*
 * Formats at most size-1 bytes and a NUL into buf (size > 0). Knows
 * %d %i %u %x %c %s %p %% with l, ll, z, width, zero padding, '-' and
 * precision for %s. Returns the length written, without the NUL: unlike
 * snprintf it never returns more than fits.
 */
size_t print_buf(char *buf, size_t size, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
size_t print_bufv(char *buf, size_t size, const char *fmt, va_list args);

/* Copies src, cut to fit, and always ends dst with NUL (size > 0). */
void print_copy(char *dst, size_t size, const char *src);

#endif
