/* acpi.h - the tables that name the cores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

struct acpi_cores {
	u32 count;
	u32 apic_id[LIMIT_CORES];
};

/*
 * The enabled cores of the MADT (ACPI 6.4 §5.2.12), in its order. Broken
 * tables are refused with a log line and give no cores: the boot core then
 * runs alone.
 */
void acpi_find_cores(struct acpi_cores *out, u64 rsdp);

/* The RSDP by a scan of the BIOS areas (§5.2.5.1), or 0. */
u64 acpi_scan_rsdp(void);

#endif
