/* console.h - where log lines become visible: the serial port. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/lib/base.h"

/* Finds COM1 (or console=ttyS1); without one, writing does nothing. */
void console_init(void);
void console_write(const char *text, size_t len);

#endif
