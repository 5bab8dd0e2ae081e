/* watchdog.h - hardware that resets a node whose kernel hangs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WATCHDOG_H
#define KERNEL_WATCHDOG_H

/*
 * Starts the first watchdog that works, with "watchdog=SECONDS" of the command
 * line (60; 0: none). From then on whoever lends the agent a moment feeds it,
 * at most once a second: if no core does for so long, the machine is reset.
 */
void watchdog_init(void);
void watchdog_feed(void);

#endif
