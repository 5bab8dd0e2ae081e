/* acpi.c - fetches the ACPI tables that name the cores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi.h"

#include "kernel/acpi_tables.h"
#include "kernel/log.h"
#include "kernel/vm.h"

/*
 * Tables may lie in memory that the map does not list, or in no memory at all.
 * table_map makes them readable first; acpi_tables.c checks the bytes.
 */

enum {
	EBDA_POINTER = 0x40e,       /* segment, in the BIOS data area */
	EBDA_BYTES = 1024,
	BIOS_AREA = 0xe0000,
	BIOS_AREA_BYTES = 0x20000,
};

/* A constant the compiler cannot see through: low addresses are no objects. */
static const u8 *
physical(u64 pa)
{
	__asm__("" : "+r"(pa));
	return (const u8 *)(uintptr_t)pa;
}

static const u8 *
table_map(u64 pa, u64 bytes)
{
	u64 run;

	if (!pa || pa >= LIMIT_PHYS)
		return NULL;
	for (u64 at = ALIGN_DOWN(pa, (u64)PAGE_BYTES); at < pa + bytes;
	     at += PAGE_BYTES)
		if (!vm_physical(physical(at), &run) &&
		    !vm_device(at, PAGE_BYTES))
			return NULL;
	return physical(pa);
}

/* The whole table with this signature at pa, or NULL. */
static const u8 *
table_get(u64 pa, const char *signature, u32 *len)
{
	const u8 *t = table_map(pa, ACPI_HEADER_BYTES);

	*len = t ? acpi_table_bytes(t) : 0;
	if (!*len || !table_map(pa, *len))
		return NULL;
	return acpi_table_is(t, *len, signature) ? t : NULL;
}

/* The first table with this signature that is sound, or NULL. */
static const u8 *
find(u64 rsdp, const char *signature, u32 *len)
{
	const u8 *p = table_map(rsdp, ACPI_RSDP_BYTES), *root, *t;
	u32 root_len;
	bool wide;
	u64 at = p ? acpi_rsdp_root(p, ACPI_RSDP_BYTES, &wide) : 0;

	root = at ? table_get(at, wide ? "XSDT" : "RSDT", &root_len) : NULL;
	for (u32 i = 0; root; i++) {
		at = acpi_root_entry(root, root_len, wide, i);
		if (!at)
			break;
		t = table_get(at, signature, len);
		if (t)
			return t;
	}
	return NULL;
}

static void
find_off(struct acpi_off *off, u64 rsdp)
{
	u32 len;
	const u8 *t = find(rsdp, "FACP", &len);
	u64 at = t ? acpi_fadt(off, t, len) : 0;

	t = at ? table_get(at, "DSDT", &len) : NULL;
	if (t)
		acpi_s5(off, t, len);
}

void
acpi_find(struct acpi_topology *out, u64 rsdp)
{
	u32 len;
	const u8 *t = find(rsdp, "APIC", &len);

	find_off(&out->off, rsdp);
	out->cores = 0;
	acpi_numa_none(out);
	if (!t) {
		log_warn("acpi: no sound table of the cores: one core");
		return;
	}
	acpi_madt_cores(out, t, len);
	t = find(rsdp, "SRAT", &len);
	if (t)
		acpi_srat(out, t, len);
	t = find(rsdp, "SLIT", &len);
	if (t)
		acpi_slit(out, t, len);
}

u64
acpi_scan_rsdp(void)
{
	u64 ebda = (u64)(physical(EBDA_POINTER)[0] |
		       physical(EBDA_POINTER)[1] << 8) << 4;
	size_t at;

	if (ebda >= 0x400 && ebda < 0xa0000 - EBDA_BYTES) {
		at = acpi_rsdp_scan(physical(ebda), EBDA_BYTES);
		if (at < EBDA_BYTES)
			return ebda + at;
	}
	at = acpi_rsdp_scan(physical(BIOS_AREA), BIOS_AREA_BYTES);
	return at < BIOS_AREA_BYTES ? BIOS_AREA + at : 0;
}
