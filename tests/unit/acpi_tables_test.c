/* acpi_tables_test.c - right tables are read, broken ones are refused. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi_tables.h"
#include "kernel/lib/prng.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static void
put32(u8 *p, u32 v)
{
	memcpy(p, &v, 4);
}

/* Makes the bytes [0, len) sum to zero by the one at `at`. */
static void
seal(u8 *p, size_t len, size_t at)
{
	u8 sum = 0;

	p[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (u8)(sum + p[i]);
	p[at] = (u8)-sum;
}

static void
make_rsdp(u8 *p, u8 revision)
{
	memset(p, 0, ACPI_RSDP_BYTES);
	memcpy(p, "RSD PTR ", 8);
	p[15] = revision;
	put32(p + 16, 0x7fe0000);
	put32(p + 20, ACPI_RSDP_BYTES);
	put32(p + 24, 0x12345000);
	put32(p + 28, 0x1);
	seal(p, 20, 8);
	seal(p, ACPI_RSDP_BYTES, 32);
}

static void
make_table(u8 *p, u32 len, const char *signature)
{
	memcpy(p, signature, 4);
	put32(p + 4, len);
	seal(p, len, 9);
}

TEST(acpi_rsdp__revision_2_has_the_wide_table)
{
	u8 p[ACPI_RSDP_BYTES];
	bool wide;

	make_rsdp(p, 2);
	CHECK_EQ(acpi_rsdp_root(p, sizeof(p), &wide), 0x112345000);
	CHECK(wide);
	p[30] ^= 1;             /* the second checksum fails: narrow one */
	CHECK_EQ(acpi_rsdp_root(p, sizeof(p), &wide), 0x7fe0000);
	CHECK(!wide);
	make_rsdp(p, 0);
	CHECK_EQ(acpi_rsdp_root(p, 20, &wide), 0x7fe0000);
	CHECK(!wide);
}

TEST(acpi_rsdp__broken_ones_are_refused)
{
	u8 p[ACPI_RSDP_BYTES];
	bool wide;

	make_rsdp(p, 2);
	CHECK_EQ(acpi_rsdp_root(p, 19, &wide), 0);
	for (u32 i = 0; i < 20; i++) {
		p[i] ^= 0x10;
		CHECK_EQ(acpi_rsdp_root(p, sizeof(p), &wide), 0);
		p[i] ^= 0x10;
	}
}

TEST(acpi_rsdp__scan_finds_it_on_16_bytes_only)
{
	u8 area[256];

	memset(area, 0, sizeof(area));
	CHECK_EQ(acpi_rsdp_scan(area, sizeof(area)), sizeof(area));
	make_rsdp(area + 8, 0);
	CHECK_EQ(acpi_rsdp_scan(area, sizeof(area)), sizeof(area));
	make_rsdp(area + 112, 0);
	CHECK_EQ(acpi_rsdp_scan(area, sizeof(area)), 112);
}

TEST(acpi_root__entries_end_with_the_table)
{
	u8 t[36 + 2 * 8 + 4] = { 0 };

	put32(t + 36, 0x1000);
	put32(t + 44, 0x2000);
	put32(t + 48, 5);
	make_table(t, sizeof(t), "XSDT");
	CHECK(acpi_table_is(t, sizeof(t), "XSDT"));
	CHECK(!acpi_table_is(t, sizeof(t), "RSDT"));
	CHECK(!acpi_table_is(t, sizeof(t) - 1, "XSDT"));
	CHECK_EQ(acpi_root_entry(t, sizeof(t), true, 0), 0x1000);
	CHECK_EQ(acpi_root_entry(t, sizeof(t), true, 1), 0x500002000);
	CHECK_EQ(acpi_root_entry(t, sizeof(t), true, 2), 0);
	CHECK_EQ(acpi_root_entry(t, sizeof(t), false, 5), 0);
	t[40]++;
	CHECK(!acpi_table_is(t, sizeof(t), "XSDT"));
}

TEST(acpi_table__absurd_lengths_are_refused)
{
	u8 t[36] = { 0 };

	put32(t + 4, 35);
	CHECK_EQ(acpi_table_bytes(t), 0);
	put32(t + 4, 36);
	CHECK_EQ(acpi_table_bytes(t), 36);
	put32(t + 4, ACPI_TABLE_MAX + 1);
	CHECK_EQ(acpi_table_bytes(t), 0);
	put32(t + 4, 0xffffffff);
	CHECK_EQ(acpi_table_bytes(t), 0);
}

static size_t
add_lapic(u8 *p, u8 id, u32 flags)
{
	p[0] = 0;
	p[1] = 8;
	p[2] = id;
	p[3] = id;
	put32(p + 4, flags);
	return 8;
}

static size_t
add_x2apic(u8 *p, u32 id, u32 flags)
{
	memset(p, 0, 16);
	p[0] = 9;
	p[1] = 16;
	put32(p + 4, id);
	put32(p + 8, flags);
	return 16;
}

TEST(acpi_madt__lists_enabled_cores_once)
{
	static struct acpi_cores out;
	u8 t[256] = { 0 };
	size_t at = 44;

	at += add_lapic(t + at, 0, 1);
	at += add_lapic(t + at, 6, 1);
	at += add_lapic(t + at, 7, 0);          /* disabled */
	at += add_lapic(t + at, 0xff, 1);       /* no core */
	t[at] = 1;                              /* an IOAPIC, skipped */
	t[at + 1] = 12;
	at += 12;
	at += add_x2apic(t + at, 6, 1);         /* the same core again */
	at += add_x2apic(t + at, 300, 1);
	at += add_x2apic(t + at, 301, 2);
	acpi_madt_cores(&out, t, at);
	CHECK_EQ(out.count, 3);
	CHECK_EQ(out.apic_id[0], 0);
	CHECK_EQ(out.apic_id[1], 6);
	CHECK_EQ(out.apic_id[2], 300);
	acpi_madt_cores(&out, t, 44 + 15);      /* cut within the second */
	CHECK_EQ(out.count, 1);
	t[44 + 8 + 1] = 0;                      /* a length that never ends */
	acpi_madt_cores(&out, t, at);
	CHECK_EQ(out.count, 1);
}

TEST(acpi_madt__stops_at_the_limit)
{
	static struct acpi_cores out;
	static u8 t[44 + 16 * (LIMIT_CORES + 8)];
	size_t at = 44;

	for (u32 i = 0; i < LIMIT_CORES + 8; i++)
		at += add_x2apic(t + at, 1000 + i, 1);
	acpi_madt_cores(&out, t, at);
	CHECK_EQ(out.count, LIMIT_CORES);
	CHECK_EQ(out.apic_id[LIMIT_CORES - 1], 1000 + LIMIT_CORES - 1);
}

/* Any bytes at all: the sanitizer sees a read that leaves the table. */
TEST(acpi__noise_is_survived)
{
	static struct acpi_cores out;
	struct prng r;
	bool wide;

	prng_seed(&r, test_seed());
	for (u32 round = 0; round < 20000; round++) {
		size_t len = 1 + prng_below(&r, 200);
		u8 *p = malloc(len);

		for (size_t i = 0; i < len; i++)
			p[i] = prng_below(&r, 3) ? (u8)prng_below(&r, 20) :
						   (u8)prng_next(&r);
		acpi_madt_cores(&out, p, len);
		CHECK(out.count <= LIMIT_CORES);
		acpi_rsdp_scan(p, len);
		acpi_rsdp_root(p, len, &wide);
		if (len >= ACPI_HEADER_BYTES)
			acpi_table_is(p, len, "APIC");
		for (u32 i = 0; i < 30; i++)
			acpi_root_entry(p, len, i & 1, i);
		free(p);
	}
}
