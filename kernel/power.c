/* power.c - switches the machine off. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/power.h"

#include "kernel/acpi.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/smp.h"

enum {
	SCI_ENABLED = 1 << 0,   /* of PM1 control: ACPI 6.4 §4.8.3.2.1 */
	SLEEP_TYPE_SHIFT = 10,
	SLEEP = 1 << 13,
	WAIT_US = 1000000,
};

static void
enter(u16 port, u8 type)
{
	if (port)
		cpu_out16(port, (u16)(type << SLEEP_TYPE_SHIFT | SLEEP));
}

void
power_off(void)
{
	const struct acpi_off *off = &smp_topology()->off;

	if (!off->known)
		return;
	/* Until it is told so the firmware rules, not the registers. */
	if (off->smi && !(cpu_in8(off->pm1a) & SCI_ENABLED)) {
		cpu_out8(off->smi, off->enable);
		clock_delay_us(WAIT_US);
	}
	enter(off->pm1a, off->type_a);
	enter(off->pm1b, off->type_b);
	clock_delay_us(WAIT_US);
}
