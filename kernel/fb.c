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
	CELL_HEIGHT = 2 * FONT_ROWS,
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

/* The maps of entry.S end at 4 GiB. */
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

	vm_device(f->framebuffer, bytes(f));
}

static bool
is_ink(u8 c, u32 x, u32 y)
{
	u32 glyph = MIN((u32)c - FONT_FIRST, FONT_GLYPHS - 1u);

	x -= GLYPH_LEFT;
	return x < FONT_COLUMNS && (font[glyph][x] >> y / 2 & 1);
}

static void
cell(u32 row, u32 col, u8 c)
{
	u32 pitch = handoff_facts()->fb_pitch, scale = fb.scale;
	u8 *line = fb.left_top + (u64)pitch * row * CELL_HEIGHT * scale +
	    (u64)col * CELL_WIDTH * scale * 4;

	for (u32 y = 0; y < CELL_HEIGHT * scale; y++, line += pitch)
		for (u32 x = 0; x < CELL_WIDTH * scale; x++)
			((volatile u32 *)line)[x] =
			    is_ink(c, x / scale, y / scale) ? GREY : 0;
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
