/* mce.h - what the hardware knows of its own errors. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_MCE_H
#define KERNEL_MCE_H

#include "kernel/lib/base.h"

/* This core's banks are on, and an uncorrected error is exception 18. */
void mce_init_core(void);

/*
 * Reads, counts (handoff block: the counts survive a recycle), logs and clears
 * this core's banks. Any context. mce_poll_next has one core after the other
 * do it, when it next waits: a call for each heartbeat.
 */
void mce_poll(void);
void mce_poll_next(void);

#endif
