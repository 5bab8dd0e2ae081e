/* clock.h - time from the TSC. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include "kernel/lib/base.h"

/* Measures the TSC by CPUID leaf 15h, else against the PIT; cold only. */
void clock_init(void);

/* Nanoseconds since this life of the kernel began; monotonic, all cores. */
u64 clock_now_ns(void);
/* How long before this life's 0 its recycle began; 0 after a cold start. */
u64 clock_recycle_ns(void);
/* Nanoseconds since 1970; 0-based until bmd has said the time. */
u64 clock_utc_ns(void);
void clock_set_utc(u64 utc_ns);
u64 clock_tsc_hz(void);
/* The TSC at a clock_now_ns time, for deadline timers. */
u64 clock_to_tsc(u64 now_ns);
void clock_delay_us(u32 us);
/* TSC counts that this start spent waiting for hardware. */
u64 clock_waited_tsc(void);

#endif
