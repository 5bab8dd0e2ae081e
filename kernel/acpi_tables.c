/* acpi_tables.c - reads ACPI tables that lie in memory; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi_tables.h"

#include "kernel/lib/string.h"

enum {
	/* RSDP, ACPI 6.4 §5.2.5.3 */
	RSDP_V1_BYTES = 20,
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_XSDT = 24,
	/* table header, §5.2.6 */
	HEADER_LENGTH = 4,
	/* MADT, §5.2.12 */
	MADT_ENTRIES = 44,
	MADT_LAPIC = 0,             /* 8 bytes: uid, id, flags at 4 */
	MADT_X2APIC = 9,            /* 16 bytes: id at 4, flags at 8 */
	MADT_ENABLED = 1,
};

static u32
get32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u64
get64(const u8 *p)
{
	return get32(p) | (u64)get32(p + 4) << 32;
}

static bool
sums_to_zero(const u8 *p, size_t len)
{
	u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (u8)(sum + p[i]);
	return sum == 0;
}

u64
acpi_rsdp_root(const u8 *rsdp, size_t len, bool *wide)
{
	*wide = false;
	if (len < RSDP_V1_BYTES || memcmp(rsdp, "RSD PTR ", 8) != 0 ||
	    !sums_to_zero(rsdp, RSDP_V1_BYTES))
		return 0;
	if (rsdp[RSDP_REVISION] >= 2 && len >= ACPI_RSDP_BYTES &&
	    sums_to_zero(rsdp, ACPI_RSDP_BYTES) && get64(rsdp + RSDP_XSDT)) {
		*wide = true;
		return get64(rsdp + RSDP_XSDT);
	}
	return get32(rsdp + RSDP_RSDT);
}

u32
acpi_table_bytes(const u8 *header)
{
	u32 len = get32(header + HEADER_LENGTH);

	return len < ACPI_HEADER_BYTES || len > ACPI_TABLE_MAX ? 0 : len;
}

bool
acpi_table_is(const u8 *table, size_t len, const char *signature)
{
	return len >= ACPI_HEADER_BYTES && acpi_table_bytes(table) == len &&
	    memcmp(table, signature, 4) == 0 && sums_to_zero(table, len);
}

u64
acpi_root_entry(const u8 *root, size_t len, bool wide, u32 i)
{
	size_t size = wide ? 8 : 4, at = ACPI_HEADER_BYTES + i * size;

	if (i >= ACPI_TABLES_MAX || at + size > len)
		return 0;
	return wide ? get64(root + at) : get32(root + at);
}

static void
add_core(struct acpi_topology *out, u32 id)
{
	if (out->cores == LIMIT_CORES)
		return;
	/* Firmware may list a core in both forms. */
	for (u32 i = 0; i < out->cores; i++)
		if (out->apic_id[i] == id)
			return;
	out->apic_id[out->cores++] = id;
}

void
acpi_madt_cores(struct acpi_topology *out, const u8 *madt, size_t len)
{
	size_t at = MADT_ENTRIES;

	out->cores = 0;
	while (at + 2 <= len) {
		const u8 *e = madt + at;
		size_t bytes = e[1];

		if (bytes < 2 || bytes > len - at)
			return;
		if (e[0] == MADT_LAPIC && bytes >= 8 && e[3] != 0xff &&
		    (get32(e + 4) & MADT_ENABLED))
			add_core(out, e[3]);
		if (e[0] == MADT_X2APIC && bytes >= 16 &&
		    get32(e + 4) != 0xffffffff &&
		    (get32(e + 8) & MADT_ENABLED))
			add_core(out, get32(e + 4));
		at += bytes;
	}
}

size_t
acpi_rsdp_scan(const u8 *area, size_t len)
{
	bool wide;

	for (size_t at = 0; at + RSDP_V1_BYTES <= len; at += 16)
		if (acpi_rsdp_root(area + at, len - at, &wide))
			return at;
	return len;
}
