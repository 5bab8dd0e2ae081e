/* handoff.c - three sources of memory map, RSDP and command line made one. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/handoff.h"

#include "kernel/lib/endian.h"
#include "kernel/lib/string.h"

/* With UEFI this runs where the firmware has put it: no pointer may stand in
 * .data, and nothing but string.c is called. */

enum {
	/* boot_params, boot.rst "The zero page" */
	BP_E820_COUNT = 0x1e8,
	BP_E820_TABLE = 0x2d0,
	BP_E820_MAX = 128,
	BP_RSDP = 0x070,
	BP_SCREEN_TYPE = 0x0f,
	BP_LFB_WIDTH = 0x12,
	BP_LFB_HEIGHT = 0x14,
	BP_LFB_DEPTH = 0x16,
	BP_LFB_BASE = 0x18,
	BP_LFB_PITCH = 0x24,
	BP_SCREEN_LFB = 0x23,
	BP_SCREEN_EFI = 0x70,
	BP_LFB_CAPABILITIES = 0x36,
	  BP_LFB_64BIT = 1 << 1,
	BP_LFB_BASE_HIGH = 0x3a,
	PIXEL_BITS = 32,            /* of fb.c */
	/* e820 types, ACPI 6.4 §15 */
	E820_RAM = 1,
	E820_ACPI = 3,
	/* UEFI 2.10 §7.2.1 */
	EFI_LOADER_CODE = 1,
	EFI_BOOT_DATA = 4,
	EFI_CONVENTIONAL = 7,
	EFI_ACPI_RECLAIM = 9,
};

void
handoff_add(struct boot_facts *f, u64 base, u64 bytes, u32 kind)
{
	if (!bytes || base + bytes < base || f->ranges == LIMIT_MAP_RANGES)
		return;
	f->range[f->ranges++] = (struct range){ base, bytes, kind, 0 };
}

static u16
field16(const u8 *p, u32 offset)
{
	le16 v;

	memcpy(&v, p + offset, sizeof(v));
	return le16_get(v);
}

static u32
field32(const u8 *p, u32 offset)
{
	le32 v;

	memcpy(&v, p + offset, sizeof(v));
	return le32_get(v);
}

static u64
field64(const u8 *p, u32 offset)
{
	le64 v;

	memcpy(&v, p + offset, sizeof(v));
	return le64_get(v);
}

void
handoff_from_linux(struct boot_facts *f, const u8 *bp, const char *cmdline)
{
	u32 n = MIN((u32)bp[BP_E820_COUNT], (u32)BP_E820_MAX);

	for (u32 i = 0; i < n; i++) {
		const u8 *e = bp + BP_E820_TABLE + 20 * i;
		u32 type = field32(e, 16);

		handoff_add(f, field64(e, 0), field64(e, 8),
		    type == E820_RAM ? RANGE_FREE :
		    type == E820_ACPI ? RANGE_ACPI : RANGE_RESERVED);
	}
	handoff_sort(f);
	f->rsdp = field64(bp, BP_RSDP);
	if ((bp[BP_SCREEN_TYPE] == BP_SCREEN_LFB ||
		bp[BP_SCREEN_TYPE] == BP_SCREEN_EFI) &&
	    field16(bp, BP_LFB_DEPTH) == PIXEL_BITS) {
		f->framebuffer = field32(bp, BP_LFB_BASE);
		if (field32(bp, BP_LFB_CAPABILITIES) & BP_LFB_64BIT)
			f->framebuffer |=
			    (u64)field32(bp, BP_LFB_BASE_HIGH) << 32;
		f->fb_width = field16(bp, BP_LFB_WIDTH);
		f->fb_height = field16(bp, BP_LFB_HEIGHT);
		f->fb_pitch = field16(bp, BP_LFB_PITCH);
	}
	handoff_cmdline(f, cmdline, LIMIT_CMDLINE);
}

void
handoff_from_efi(struct boot_facts *f, const u8 *map, u32 n, u32 size)
{
	for (u32 i = 0; i < n; i++) {
		const u8 *d = map + (u64)i * size;
		u32 type = field32(d, 0);
		bool is_free = type == EFI_CONVENTIONAL ||
		    (type >= EFI_LOADER_CODE && type <= EFI_BOOT_DATA);
		u64 base = field64(d, 8), bytes = field64(d, 24) << PAGE_SHIFT;
		struct range *last = f->ranges ? &f->range[f->ranges - 1] :
						 NULL;
		u32 kind = is_free ? RANGE_FREE :
		    type == EFI_ACPI_RECLAIM ? RANGE_ACPI : RANGE_RESERVED;

		/* Firmware lists hundreds of neighbours: join them. */
		if (last && last->kind == kind &&
		    last->base + last->bytes == base)
			last->bytes += bytes;
		else
			handoff_add(f, base, bytes, kind);
	}
	handoff_sort(f);
}

/* Takes [base, base + bytes) out of free range i; true if a new range was
 * appended. */
static void
cut(struct boot_facts *f, u32 i, u64 base, u64 end)
{
	struct range *r = &f->range[i];
	u64 r_end = r->base + r->bytes;

	if (base > r->base && end < r_end)
		handoff_add(f, end, r_end - end, RANGE_FREE);
	if (base > r->base)
		r->bytes = base - r->base;
	else if (end < r_end) {
		r->base = end;
		r->bytes = r_end - end;
	} else {
		r->bytes = 0;
	}
}

void
handoff_sort(struct boot_facts *f)
{
	/* Free memory loses against everything that overlaps it; two free
	 * ranges that overlap become one by the same cut. */
	for (u32 i = 0; i < f->ranges; i++)
		for (u32 k = 0; k < f->ranges; k++) {
			struct range *a = &f->range[i], *b = &f->range[k];

			if (a->kind != RANGE_FREE || i == k || !b->bytes ||
			    (b->kind == RANGE_FREE && k < i))
				continue;
			if (a->base < b->base + b->bytes &&
			    b->base < a->base + a->bytes)
				cut(f, i, b->base, b->base + b->bytes);
		}
	for (u32 i = 1; i < f->ranges; i++) {
		struct range r = f->range[i];
		u32 k = i;

		for (; k && f->range[k - 1].base > r.base; k--)
			f->range[k] = f->range[k - 1];
		f->range[k] = r;
	}
}

void
handoff_cmdline(struct boot_facts *f, const char *text, size_t max)
{
	size_t len = strnlen(text, MIN(max, (size_t)LIMIT_CMDLINE - 1));
	size_t word = 0, out = 0;

	while (word < len && text[word] != ' ' && text[word] != '=')
		word++;
	/* A first word that is a file: has a '/' or '.' and is no option. */
	if (word < len && text[word] == '=')
		word = strncmp(text, "BOOT_IMAGE=", 11) == 0 ? 11 : 0;
	else {
		bool file = false;

		for (size_t i = 0; i < word; i++)
			file |= text[i] == '/' || text[i] == '.';
		word = file || strncmp(text, "barerack", 8) == 0 ? word : 0;
	}
	while (word && word < len && text[word] != ' ')
		word++;
	for (; word < len; word++) {
		u8 c = (u8)text[word];

		if (c < ' ' || c > '~')
			c = ' ';
		if (c != ' ' || (out && f->cmdline[out - 1] != ' '))
			f->cmdline[out++] = (char)c;
	}
	f->cmdline[out] = 0;
}
