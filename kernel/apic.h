/* apic.h - the local APIC: who am I, IPIs, the one-shot timer. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_APIC_H
#define KERNEL_APIC_H

#include "kernel/lib/base.h"

/* Chooses xAPIC or x2APIC (the firmware's choice is kept; x2APIC also when an
 * id needs it), masks the 8259s. Boot core; then apic_init_core on each. */
void apic_init(bool want_x2);
void apic_init_core(void);
u32 apic_id(void);
void apic_eoi(void);
void apic_ipi(u32 apic_id, u8 vector);
void apic_nmi(u32 apic_id);
/* INIT, and STARTUP at a page below 1 MiB. */
void apic_init_ipi(u32 apic_id);
void apic_startup_ipi(u32 apic_id, u8 page);

/* TRAP_TIMER at a clock_now_ns time; 0: disarm. */
void apic_timer_at(u64 now_ns);
/* Measures the timer against the TSC. */
void apic_timer_calibrate(void);

#endif
