/* acpi_tables.h - reads ACPI tables that lie in memory; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_ACPI_TABLES_H
#define KERNEL_ACPI_TABLES_H

#include "kernel/acpi.h"

/*
 * Everything here is handed bytes and a length and believes neither: the
 * caller (acpi.c, a test) knows where they come from.
 */

enum {
	ACPI_RSDP_BYTES = 36,       /* of revision 2; revision 0: 20 */
	ACPI_HEADER_BYTES = 36,
	ACPI_TABLE_MAX = 1 << 20,   /* a longer one is taken for noise */
	ACPI_TABLES_MAX = 256,      /* entries of an RSDT or XSDT */
	ACPI_SLIT_MAX = 1024,       /* localities */
};

/* Where the root table lies (XSDT if there is one: *wide), or 0. */
u64 acpi_rsdp_root(const u8 *rsdp, size_t len, bool *wide);

/* The length in a table's header; 0 if absurd. */
u32 acpi_table_bytes(const u8 *header);
/* Signature, length and checksum are right. */
bool acpi_table_is(const u8 *table, size_t len, const char *signature);
/* Entry i of a checked root table; 0 behind the last. */
u64 acpi_root_entry(const u8 *root, size_t len, bool wide, u32 i);

/* The enabled cores of a checked MADT. A broken entry ends the list. */
void acpi_madt_cores(struct acpi_topology *out, const u8 *madt, size_t len);

/* One node, default distances; then a checked SRAT, then a checked SLIT may
 * say more of the cores that are known. A broken entry ends the list. */
void acpi_numa_none(struct acpi_topology *t);
void acpi_srat(struct acpi_topology *t, const u8 *srat, size_t len);
void acpi_slit(struct acpi_topology *t, const u8 *slit, size_t len);
/* The node of memory at pa; *end is lowered to where that answer ends. */
u32 acpi_memory_node(const struct acpi_topology *t, u64 pa, u64 *end);

/* What a checked FADT says of switching off, and where the DSDT lies (0:
 * neither); then what a checked DSDT says of it: acpi_off.c. */
u64 acpi_fadt(struct acpi_off *off, const u8 *fadt, size_t len);
void acpi_s5(struct acpi_off *off, const u8 *dsdt, size_t len);

/* The RSDP in a BIOS area, on a 16-byte boundary: its offset, or len. */
size_t acpi_rsdp_scan(const u8 *area, size_t len);

#endif
