/* power.h - switches the machine off. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

/* By ACPI's state S5. Returns if the firmware's tables do not say how, or if
 * the machine stays on all the same. */
void power_off(void);

#endif
