/* fb.c - a screen of text on a linear framebuffer of 32-bit pixels. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/font.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/screen.h"
#include "kernel/vm.h"

/*
 * A cell is 8 by 16 pixels, a glyph 5 by 8 with each row twice. All of it is
 * enlarged as often as 80 by 25 cells fit, and stands in the middle.
 */

enum {
	CELL_WIDTH = 8,
	CELL_HEIGHT = 2 * FONT_ROWS,    /* of a glyph's rows, two each */
	GLYPH_LEFT = 1,
	GREY = 0x00c0c0c0,      /* the same in RGB and BGR */
};

static struct {
	u8 *left_top;           /* of cell 0, 0 */
	u32 scale;
} fb;

static u64
bytes(const struct boot_facts *f)
{
	return (u64)f->fb_pitch * f->fb_height;
}

/* The maps of entry.S end at 4 GiB, and know no combined writes. */
static bool
open(bool mapped)
{
	const struct boot_facts *f = handoff_facts();
	u32 width = SCREEN_COLS * CELL_WIDTH;
	u32 height = SCREEN_ROWS * CELL_HEIGHT;

	fb.scale = MIN(f->fb_width / width, f->fb_height / height);
	if (!fb.scale || f->fb_pitch < f->fb_width * 4 ||
	    (!mapped && f->framebuffer + bytes(f) > 1ull << 32))
		return false;
	fb.left_top = (u8 *)f->framebuffer +
	    (u64)f->fb_pitch * ((f->fb_height - height * fb.scale) / 2) +
	    (f->fb_width - width * fb.scale) / 2 * 4;
	return true;
}

static void
map(void)
{
	const struct boot_facts *f = handoff_facts();

	u64 from = ALIGN_DOWN(f->framebuffer, (u64)PAGE_BYTES);
	u64 to = ALIGN_UP(f->framebuffer + bytes(f), (u64)PAGE_BYTES);

	if (vm_map(from, from, to - from, VM_W | VM_COMBINE) != 0)
		panic("no page table for the screen");
}

/* One line of pixels: row y of a glyph, each point `scale` wide. */
static void
line(volatile u32 *pixel, const u8 *glyph, u32 y)
{
	for (u32 x = 0; x < CELL_WIDTH; x++) {
		u32 column = x - GLYPH_LEFT, colour = 0;

		if (column < FONT_COLUMNS && (glyph[column] >> y & 1))
			colour = GREY;
		for (u32 i = 0; i < fb.scale; i++)
			*pixel++ = colour;
	}
}

static void
cell(u32 row, u32 col, u8 c)
{
	u32 pitch = handoff_facts()->fb_pitch, repeat = 2 * fb.scale;
	const u8 *glyph = font[MIN((u32)c - FONT_FIRST, FONT_GLYPHS - 1u)];
	u8 *at = fb.left_top + (u64)pitch * row * CELL_HEIGHT * fb.scale +
	    (u64)col * CELL_WIDTH * fb.scale * 4;

	for (u32 y = 0; y < FONT_ROWS; y++)
		for (u32 i = 0; i < repeat; i++, at += pitch)
			line((volatile u32 *)at, glyph, y);
}

static void
cursor(u32 row, u32 col)
{
	(void)row;
	(void)col;
}

static void
clear(void)
{
	const struct boot_facts *f = handoff_facts();
	u8 *line = (u8 *)f->framebuffer;

	for (u32 y = 0; y < f->fb_height; y++, line += f->fb_pitch)
		memset(line, 0, f->fb_width * 4ul);
}

const struct screen_ops fb_screen = { open, map, cell, cursor, clear };
