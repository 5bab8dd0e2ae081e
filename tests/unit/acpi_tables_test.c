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
	static struct acpi_topology out;
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
	CHECK_EQ(out.cores, 3);
	CHECK_EQ(out.apic_id[0], 0);
	CHECK_EQ(out.apic_id[1], 6);
	CHECK_EQ(out.apic_id[2], 300);
	acpi_madt_cores(&out, t, 44 + 15);      /* cut within the second */
	CHECK_EQ(out.cores, 1);
	t[44 + 8 + 1] = 0;                      /* a length that never ends */
	acpi_madt_cores(&out, t, at);
	CHECK_EQ(out.cores, 1);
}

TEST(acpi_madt__stops_at_the_limit)
{
	static struct acpi_topology out;
	static u8 t[44 + 16 * (LIMIT_CORES + 8)];
	size_t at = 44;

	for (u32 i = 0; i < LIMIT_CORES + 8; i++)
		at += add_x2apic(t + at, 1000 + i, 1);
	acpi_madt_cores(&out, t, at);
	CHECK_EQ(out.cores, LIMIT_CORES);
	CHECK_EQ(out.apic_id[LIMIT_CORES - 1], 1000 + LIMIT_CORES - 1);
}

static size_t
add_srat_memory(u8 *p, u32 domain, u64 base, u64 bytes, u32 flags)
{
	memset(p, 0, 40);
	p[0] = 1;
	p[1] = 40;
	put32(p + 2, domain);
	memcpy(p + 8, &base, 8);
	memcpy(p + 16, &bytes, 8);
	put32(p + 28, flags);
	return 40;
}

static size_t
add_srat_x2apic(u8 *p, u32 domain, u32 id, u32 flags)
{
	memset(p, 0, 24);
	p[0] = 2;
	p[1] = 24;
	put32(p + 4, domain);
	put32(p + 8, id);
	put32(p + 12, flags);
	return 24;
}

/* Cores 0, 6 and 300. */
static void
three_cores(struct acpi_topology *t)
{
	memset(t, 0xee, sizeof(*t));
	t->cores = 3;
	t->apic_id[0] = 0;
	t->apic_id[1] = 6;
	t->apic_id[2] = 300;
	acpi_numa_none(t);
}

TEST(acpi_srat__cores_and_memory_have_their_nodes)
{
	static struct acpi_topology t;
	u8 s[512] = { 0 };
	size_t at = 48;
	u64 end = UINT64_MAX;

	three_cores(&t);
	/* Domain 7 first: it is node 0. Core 6 is in it by a short entry. */
	s[at] = 0;
	s[at + 1] = 16;
	s[at + 2] = 7;
	s[at + 3] = 6;
	s[at + 4] = 1;
	at += 16;
	at += add_srat_x2apic(s + at, 0x10002, 300, 1);
	at += add_srat_x2apic(s + at, 9, 0, 0);         /* not enabled */
	at += add_srat_memory(s + at, 7, 0, 1 << 30, 1);
	at += add_srat_memory(s + at, 0x10002, 1 << 30, 1 << 30, 1);
	at += add_srat_memory(s + at, 5, 1ull << 40, 1 << 30, 0);
	at += add_srat_memory(s + at, 5, UINT64_MAX - 5, 1 << 30, 1);
	acpi_srat(&t, s, at);
	CHECK_EQ(t.nodes, 2);
	CHECK_EQ(t.node[0], 0);
	CHECK_EQ(t.node[1], 0);
	CHECK_EQ(t.node[2], 1);
	CHECK_EQ(t.runs, 2);
	CHECK_EQ(acpi_memory_node(&t, 0x1000, &end), 0);
	CHECK_EQ(end, 1 << 30);
	end = UINT64_MAX;
	CHECK_EQ(acpi_memory_node(&t, 1 << 30, &end), 1);
	CHECK_EQ(end, 2ull << 30);
	end = UINT64_MAX;
	CHECK_EQ(acpi_memory_node(&t, 2ull << 30, &end), 0);
	CHECK_EQ(end, UINT64_MAX);
}

TEST(acpi_srat__overlaps_and_too_many_nodes_end_somewhere)
{
	static struct acpi_topology t;
	static u8 s[48 + 40 * 200];
	size_t at = 48;
	u64 pa = 0, end;

	three_cores(&t);
	for (u32 i = 0; i < 200; i++)           /* each within the one before */
		at += add_srat_memory(s + at, i, i * 4096ull,
		    (1ull << 30) - i * 8192ull, 1);
	acpi_srat(&t, s, at);
	CHECK_EQ(t.nodes, LIMIT_NUMA_NODES);
	CHECK_EQ(t.runs, LIMIT_NUMA_RUNS);
	for (u32 steps = 0; pa < 1ull << 30; steps++, pa = end) {
		end = 1ull << 30;
		CHECK(acpi_memory_node(&t, pa, &end) < LIMIT_NUMA_NODES);
		CHECK(end > pa);
		CHECK(steps < 1000);
	}
}

TEST(acpi_slit__distances_by_domain)
{
	static struct acpi_topology t;
	u8 s[48 + 44 + 9] = { 0 };
	size_t at = 48;

	three_cores(&t);
	at += add_srat_x2apic(s + at, 2, 0, 1);
	at += add_srat_x2apic(s + at, 0, 6, 1);
	acpi_srat(&t, s, at);
	memset(s, 0, sizeof(s));
	s[36] = 3;
	s[44 + 3 * 2 + 0] = 17;                 /* from domain 2 to 0 */
	s[44 + 3 * 0 + 2] = 31;
	s[44 + 3 * 2 + 2] = 99;                 /* to itself: stays 10 */
	acpi_slit(&t, s, 44 + 8);               /* cut short: nothing */
	CHECK_EQ(t.distance[0][1], 20);
	acpi_slit(&t, s, 44 + 9);
	CHECK_EQ(t.distance[0][1], 17);
	CHECK_EQ(t.distance[1][0], 31);
	CHECK_EQ(t.distance[0][0], 10);
	memset(s + 36, 0xff, 8);
	acpi_slit(&t, s, 44 + 9);
}

/* Any bytes at all: the sanitizer sees a read that leaves the table. */
TEST(acpi__noise_is_survived)
{
	static struct acpi_topology out;
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
		CHECK(out.cores <= LIMIT_CORES);
		acpi_numa_none(&out);
		acpi_srat(&out, p, len);
		acpi_slit(&out, p, len);
		CHECK(out.nodes <= LIMIT_NUMA_NODES);
		acpi_rsdp_scan(p, len);
		acpi_rsdp_root(p, len, &wide);
		if (len >= ACPI_HEADER_BYTES)
			acpi_table_is(p, len, "APIC");
		for (u32 i = 0; i < 30; i++)
			acpi_root_entry(p, len, i & 1, i);
		free(p);
	}
}

/* -- switching off -- */

static const u8 package[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04,
	0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00 };

/* A FADT as QEMU's: ports, and where the DSDT is. */
static u64
fadt(struct acpi_off *off, u32 pm1a, u32 len)
{
	u8 t[244] = { 0 };

	put32(t + 40, 0x7fe0400);
	put32(t + 48, 0xb2);
	t[52] = 0xf1;
	put32(t + 64, pm1a);
	put32(t + 68, 0x1234);
	make_table(t, len, "FACP");
	return acpi_fadt(off, t, len);
}

/* A DSDT of some noise with the package at its end. */
static void
s5(struct acpi_off *off, const u8 *aml, size_t len)
{
	u8 t[256];

	memset(t, '_', sizeof(t));
	memcpy(t + 100, aml, len);
	acpi_s5(off, t, 100 + len);
}

TEST(acpi_off__finds_ports_and_numbers)
{
	struct acpi_off off;

	CHECK_EQ(fadt(&off, 0x604, 244), 0x7fe0400);
	CHECK(off.pm1a == 0x604 && off.pm1b == 0x1234 && off.smi == 0xb2 &&
	    off.enable == 0xf1 && !off.known);
	s5(&off, package, sizeof(package));
	CHECK(off.known && off.type_a == 5 && off.type_b == 7);
}

TEST(acpi_off__takes_the_short_numbers)
{
	static const u8 aml[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12, 0x06,
		0x04, 0x00, 0x01, 0x00, 0x00 };
	static const u8 wide[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x48, 0x01,
		0x04, 0x0a, 0x03, 0x01 };
	struct acpi_off off;

	fadt(&off, 0x604, 244);
	s5(&off, aml, sizeof(aml));
	CHECK(off.known && off.type_a == 0 && off.type_b == 1);
	s5(&off, wide, sizeof(wide));
	CHECK(off.known && off.type_a == 3 && off.type_b == 1);
}

TEST(acpi_off__never_guesses)
{
	u8 aml[sizeof(package)];
	struct acpi_off off;

	CHECK_EQ(fadt(&off, 0x604, 60), 0);         /* cut short */
	s5(&off, package, sizeof(package));
	CHECK(!off.known);
	CHECK_EQ(fadt(&off, 0x10000, 244), 0);      /* no port */
	fadt(&off, 0, 244);
	s5(&off, package, sizeof(package));
	CHECK(!off.known);
	/* Without its NameOp, no package, too large a number, cut anywhere. */
	for (u32 i = 0; i < 4; i++) {
		static const u8 at[] = { 0, 5, 9, 8 };

		fadt(&off, 0x604, 244);
		memcpy(aml, package, sizeof(aml));
		aml[at[i]] = 0x55;
		s5(&off, aml, sizeof(aml));
		CHECK(!off.known);
	}
	for (size_t len = 0; len < 12; len++) {
		u8 *exact = malloc(100 + len);

		CHECK(exact);
		fadt(&off, 0x604, 244);
		memset(exact, 0, 100);
		memcpy(exact + 100, package, len);
		acpi_s5(&off, exact, 100 + len);
		free(exact);
		CHECK(!off.known);
	}
}
