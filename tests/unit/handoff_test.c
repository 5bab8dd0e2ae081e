/* handoff_test.c - memory maps and command lines from every kind of loader. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/handoff.h"
#include "kernel/lib/prng.h"
#include "tests/test.h"

#include <string.h>

static struct boot_facts f;
static u8 params[4096];

static void
put64(u8 *p, u64 v)
{
	memcpy(p, &v, 8);
}

static void
e820(u64 base, u64 bytes, u32 type)
{
	u8 *e = params + 0x2d0 + 20 * params[0x1e8]++;

	put64(e, base);
	put64(e + 8, bytes);
	memcpy(e + 16, &type, 4);
}

static void
start(void)
{
	memset(&f, 0, sizeof(f));
	memset(params, 0, sizeof(params));
}

/* What the facts say of one address; 0: nothing. Free must be unambiguous. */
static u32
kind_at(u64 address)
{
	u32 kind = 0, times = 0;

	for (u32 i = 0; i < f.ranges; i++) {
		const struct range *r = &f.range[i];

		if (address < r->base || address - r->base >= r->bytes)
			continue;
		times += r->kind == RANGE_FREE;
		kind = kind && kind != RANGE_FREE ? kind : r->kind;
	}
	CHECK(times <= 1);
	CHECK(!times || kind == RANGE_FREE);
	return kind;
}

TEST(handoff__takes_a_pc_map)
{
	start();
	e820(0, 0x9fc00, 1);
	e820(0x9fc00, 0x400, 2);
	e820(0x100000, 0x3ee0000, 1);
	e820(0x3fe0000, 0x20000, 3);
	put64(params + 0x70, 0xf5a00);
	handoff_from_linux(&f, params, "");
	CHECK_EQ(f.ranges, 4);
	CHECK_EQ(kind_at(0x1000), RANGE_FREE);
	CHECK_EQ(kind_at(0x9fc00), RANGE_RESERVED);
	CHECK_EQ(kind_at(0xa0000), 0);
	CHECK_EQ(kind_at(0x3fdffff), RANGE_FREE);
	CHECK_EQ(kind_at(0x3fe0000), RANGE_ACPI);
	CHECK_EQ(f.rsdp, 0xf5a00);
}

TEST(handoff__reserved_wins_where_ranges_overlap)
{
	start();
	e820(0x200000, 0x800000, 1);
	e820(0x400000, 0x100000, 2);            /* a hole inside */
	e820(0x100000, 0x180000, 2);            /* across the start */
	e820(0x980000, 0x100000, 3);            /* across the end */
	handoff_from_linux(&f, params, "");
	CHECK_EQ(kind_at(0x200000), RANGE_RESERVED);
	CHECK_EQ(kind_at(0x27ffff), RANGE_RESERVED);
	CHECK_EQ(kind_at(0x280000), RANGE_FREE);
	CHECK_EQ(kind_at(0x3fffff), RANGE_FREE);
	CHECK_EQ(kind_at(0x4fffff), RANGE_RESERVED);
	CHECK_EQ(kind_at(0x500000), RANGE_FREE);
	CHECK_EQ(kind_at(0x97ffff), RANGE_FREE);
	CHECK_EQ(kind_at(0x980000), RANGE_ACPI);
}

TEST(handoff__a_range_that_wraps_is_refused)
{
	start();
	e820(0xfffffffffffff000, 0x2000, 1);
	e820(0x1000, 0, 1);
	handoff_from_linux(&f, params, "");
	CHECK_EQ(f.ranges, 0);
}

/* Random maps against a byte of truth per unit: memory may get lost when the
 * table is full, but is never invented. */
enum { UNITS = 400 };

static void
try_random_map(struct prng *r)
{
	u8 truth[UNITS] = { 0 };
	u32 n = 1 + (u32)prng_below(r, 128);
	u32 lost = 0;

	start();
	for (u32 i = 0; i < n; i++) {
		u64 base = prng_below(r, UNITS);
		u64 bytes = 1 + prng_below(r, n < 20 ? 200 : 12);
		u32 type = 1 + (u32)prng_below(r, 3);

		bytes = MIN(bytes, UNITS - base);
		e820(base, bytes, type);
		for (u64 u = base; u < base + bytes; u++)
			truth[u] |= type == 1 ? 1 : 2;
	}
	handoff_from_linux(&f, params, "");
	CHECK(f.ranges <= LIMIT_MAP_RANGES);
	for (u64 u = 0; u < UNITS; u++) {
		u32 kind = kind_at(u);

		if (kind == RANGE_FREE)
			CHECK_EQ(truth[u], 1);
		if (truth[u] & 2)
			CHECK(kind != RANGE_FREE);
		lost += truth[u] == 1 && kind != RANGE_FREE;
	}
	if (f.ranges < LIMIT_MAP_RANGES)
		CHECK_EQ(lost, 0);
	for (u32 i = 1; i < f.ranges; i++)
		CHECK(f.range[i - 1].base <= f.range[i].base);
}

TEST(handoff__random_maps_invent_no_memory)
{
	struct prng r;

	prng_seed(&r, test_seed());
	for (u32 i = 0; i < 3000; i++)
		try_random_map(&r);
}

static void
efi_entry(u8 *d, u32 type, u64 base, u64 pages)
{
	memset(d, 0, 48);
	memcpy(d, &type, 4);
	put64(d + 8, base);
	put64(d + 24, pages);
}

TEST(handoff__joins_the_firmwares_neighbours)
{
	static u8 map[300 * 48];

	start();
	for (u32 i = 0; i < 300; i++)
		efi_entry(map + i * 48, 1 + i % 4, 0x200000 + i * 0x10000ull,
		    16);
	handoff_from_efi(&f, map, 300, 48);
	CHECK_EQ(f.ranges, 1);
	CHECK_EQ(f.range[0].bytes, 300 * 0x10000);
	CHECK_EQ(f.range[0].kind, RANGE_FREE);
}

TEST(handoff__knows_what_firmware_keeps)
{
	static const u8 is_free[16] = { 0, 1, 1, 1, 1, 0, 0, 1 };
	u8 map[48];

	for (u32 type = 0; type < 16; type++) {
		start();
		efi_entry(map, type, 0x200000, 16);
		handoff_from_efi(&f, map, 1, 48);
		CHECK_EQ(kind_at(0x200000) == RANGE_FREE, is_free[type]);
	}
}

static const char *
line(const char *text)
{
	start();
	handoff_cmdline(&f, text, LIMIT_CMDLINE);
	return f.cmdline;
}

TEST(handoff__command_lines_of_all_loaders)
{
	CHECK(strcmp(line(""), "") == 0);
	CHECK(strcmp(line("idle=poll a=/x"), "idle=poll a=/x") == 0);
	CHECK(strcmp(line("BOOT_IMAGE=/boot/barerack idle=poll"),
		  " idle=poll") == 0 || strcmp(f.cmdline, "idle=poll") == 0);
	CHECK(strcmp(line("barerack.efi idle=poll"), " idle=poll") == 0 ||
	    strcmp(f.cmdline, "idle=poll") == 0);
	CHECK(strcmp(line("barerack"), "") == 0);
	CHECK(strcmp(line("tick=0 initrd=a"), "tick=0 initrd=a") == 0);
	CHECK(strcmp(line("a\tb\x80\n  c"), "a b c") == 0);
}

TEST(handoff__long_command_lines_are_cut)
{
	static char text[2 * LIMIT_CMDLINE];

	memset(text, 'x', sizeof(text) - 1);
	CHECK_EQ(strlen(line(text)), LIMIT_CMDLINE - 1);
}

TEST(handoff__finds_options)
{
	char v[8];

	strcpy(handoff_facts_edit()->cmdline,
	    "idle=halt debug tick=0 name=longer-than-that idles=1");
	CHECK(handoff_option("idle", v, sizeof(v)));
	CHECK(strcmp(v, "halt") == 0);
	CHECK(handoff_option("debug", v, sizeof(v)));
	CHECK(strcmp(v, "") == 0);
	CHECK(handoff_option("name", v, sizeof(v)));
	CHECK(strcmp(v, "longer-") == 0);
	CHECK(!handoff_option("idl", v, sizeof(v)));
	CHECK(!handoff_option("ebug", v, sizeof(v)));
}

/* struct screen_info of boot_params: boot.rst and screen_info.h. */
static void
screen(u8 type, u16 depth, u32 base, u32 more, u32 high)
{
	const u16 size[] = { 1024, 768 }, pitch = 4096;

	start();
	params[0x0f] = type;
	memcpy(params + 0x12, size, 4);
	memcpy(params + 0x16, &depth, 2);
	memcpy(params + 0x18, &base, 4);
	memcpy(params + 0x24, &pitch, 2);
	memcpy(params + 0x36, &more, 4);
	memcpy(params + 0x3a, &high, 4);
	handoff_from_linux(&f, params, "");
}

TEST(handoff__takes_a_framebuffer)
{
	screen(0x70, 32, 0xc0000000, 0, 0x11);
	CHECK_EQ(f.framebuffer, 0xc0000000);
	CHECK_EQ(f.fb_width, 1024);
	CHECK_EQ(f.fb_height, 768);
	CHECK_EQ(f.fb_pitch, 4096);
	screen(0x23, 32, 0xc0000000, 2, 0x11);
	CHECK_EQ(f.framebuffer, 0x11c0000000);
}

TEST(handoff__leaves_other_screens)
{
	screen(0x22, 32, 0xc0000000, 0, 0);
	CHECK_EQ(f.framebuffer, 0);
	screen(0x70, 24, 0xc0000000, 0, 0);
	CHECK_EQ(f.framebuffer, 0);
}
