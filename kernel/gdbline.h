/* gdbline.h - gdb's remote protocol on the serial line. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_GDBLINE_H
#define KERNEL_GDBLINE_H

#include "kernel/lib/base.h"

/* The serial line is gdb's until it leaves this rank, or the rank is over. If
 * it does not run here or has a debugger: says so. */
void gdbline_start(u32 rank);

/* Whether the line is gdb's; does what gdb has asked for. The agent's. */
bool gdbline_poll(void);

#endif
