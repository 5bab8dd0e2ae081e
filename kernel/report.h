/* report.h - what is said about an exception, and who dies of it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "kernel/lib/endian.h"
#include "kernel/trap.h"

/*
 * If a rank was running, its end is handed to the agent (signal, address,
 * registers) and the call returns: the core abandons the rank. If the kernel
 * itself was at fault, or the machine, it does not return: the node starts over
 * as after a job, and tells bmd why; a second time before bmd has heard of the
 * first, or where that fails, by a hardware reset.
 */
void report_exception(const struct trap_frame *f);

/* An NMI that no core of ours has sent (a button, a failing board): it is told
 * and changes nothing. */
void report_nmi(const struct trap_frame *f);

/* The Linux signal of an exception; a frame's registers in the order of enum
 * jobmsg_reg, and back. */
u32 report_signal(u64 vector);
void report_registers(le64 *regs, const struct trap_frame *f);
void report_set_registers(struct trap_frame *f, const le64 *regs);

#endif
