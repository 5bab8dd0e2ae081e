/* recycle.h - back to the pristine kernel. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_RECYCLE_H
#define KERNEL_RECYCLE_H

#include "kernel/lib/base.h"

struct cpu;

/* Cold: keeps a copy of the image as it was loaded, and its digest. */
void recycle_init(void);

/*
 * Stops all cores and devices, scrubs every page that this life has dirtied,
 * and starts the pristine kernel by its warm door. If the copy's digest is
 * wrong the machine is reset instead.
 */
NORETURN void recycle_now(void);

/* A core's way into the recycle code, from its NMI; it stays there until
 * recycle_release(slot, ...) of the next life sends it to fn on a stack. */
NORETURN void recycle_wait(void);
void recycle_release(u32 slot, u64 stack_top, void (*fn)(struct cpu *),
    struct cpu *c);

/* Zeroes a large page past the caches. */
void recycle_zero_page(u64 pa);

/* A hardware reset: firmware, PXE, cold start. */
NORETURN void recycle_reset(void);

#endif
