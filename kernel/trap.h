/* trap.h - exceptions, interrupts, NMI. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "kernel/lib/base.h"

/*
 * IST stacks: 1 interrupts, 2 exceptions, 3 double fault, 4 NMI, 5 machine
 * check. No handler enables interrupts; the NMI's takes no lock and raises no
 * exception. Code of ranks may therefore use the red zone.
 */

enum trap_vector {
	TRAP_DEBUG = 1,
	TRAP_NMI = 2,
	TRAP_BREAKPOINT = 3,
	TRAP_DOUBLE = 8,
	TRAP_PAGE = 14,
	TRAP_MACHINE = 18,
	TRAP_TIMER = 32,        /* each core's own timer */
	TRAP_WAKE = 33,         /* an IPI that only ends a hlt */
	TRAP_NIC = 34,          /* and following: drivers */
	TRAP_SPURIOUS = 255,
};

/* As trap.S pushes them. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

struct cpu;

/* Cold: room for the tables, in permanent memory, and the IDT. */
void trap_tables(void);
/* Makes a core's stacks, GDT and TSS: the boot core, for each. */
void trap_prepare_core(struct cpu *c);
/* Loads this core's GDT, TSS and the IDT. */
void trap_init_core(struct cpu *c);
/* Runs fn for a vector from TRAP_NIC on, on the core that takes it. */
void trap_handler(u8 vector, void (*fn)(void));
/* Makes the interrupted core return to fn on its idle stack instead. */
NORETURN void trap_abandon_self(void);

#endif
