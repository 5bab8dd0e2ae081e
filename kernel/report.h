/* report.h - what is said about an exception, and who dies of it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "kernel/trap.h"

/*
 * If a rank was running, its end is handed to the agent (signal, address,
 * registers) and the call returns: the core abandons the rank. If the kernel
 * itself was at fault it does not return: registers on the console, then a
 * hardware reset.
 */
void report_exception(const struct trap_frame *f);

#endif
