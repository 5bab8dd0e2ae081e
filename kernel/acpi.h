/* acpi.h - the tables that name the cores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

struct acpi_memory {
	u64 base, bytes;
	u32 node, pad;
};

/* How the machine is switched off. */
struct acpi_off {
	u16 pm1a, pm1b, smi;            /* ports */
	u8 enable, type_a, type_b;      /* what is written there */
	bool known;
};

/* Cores, NUMA nodes and which is near which. */
struct acpi_topology {
	u32 cores;
	u32 nodes;                      /* 0: the firmware names none */
	u32 runs, pad;
	struct acpi_off off;
	u32 apic_id[LIMIT_CORES];
	u8 node[LIMIT_CORES];           /* of each core */
	u32 domain[LIMIT_NUMA_NODES];   /* the firmware's number of a node */
	struct acpi_memory memory[LIMIT_NUMA_RUNS];
	u8 distance[LIMIT_NUMA_NODES][LIMIT_NUMA_NODES]; /* 10: local */
};

/*
 * The enabled cores of the MADT (ACPI 6.4 §5.2.12), in its order, and what
 * SRAT and SLIT say of them and of memory. Broken tables are refused with a
 * log line; without a sound MADT the boot core runs alone.
 */
void acpi_find(struct acpi_topology *out, u64 rsdp);

/* The RSDP by a scan of the BIOS areas (§5.2.5.1), or 0. */
u64 acpi_scan_rsdp(void);

#endif
