/* acpi_fuzz.c - libFuzzer: any bytes as the firmware's tables. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi_tables.h"

#include <stdlib.h>

enum { CORES = 5, STEPS_MAX = 1000 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

/* The walk that page.c makes must end, and name nodes that there are. */
static void
walk(const struct acpi_topology *t)
{
	u64 pa = 0, end;

	for (u32 steps = 0; pa < LIMIT_PHYS; pa = end, steps++) {
		end = LIMIT_PHYS;
		if (acpi_memory_node(t, pa, &end) >= LIMIT_NUMA_NODES ||
		    end <= pa || steps == STEPS_MAX)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static struct acpi_topology t;
	bool wide;

	acpi_rsdp_root(data, len, &wide);
	acpi_rsdp_scan(data, len);
	if (len >= ACPI_HEADER_BYTES) {
		acpi_table_is(data, len, "APIC");
		for (u32 i = 0; i < ACPI_TABLES_MAX; i += 5)
			acpi_root_entry(data, len, i & 1, i);
	}
	acpi_madt_cores(&t, data, len);
	if (t.cores > LIMIT_CORES)
		abort();
	t.cores = CORES;
	for (u32 i = 0; i < CORES; i++)
		t.apic_id[i] = i;
	acpi_numa_none(&t);
	acpi_srat(&t, data, len);
	acpi_slit(&t, data, len);
	walk(&t);
	return 0;
}
