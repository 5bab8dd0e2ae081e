/* screen.c - a screen of text, whatever shows it: cursor and scrolling. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/screen.h"

#include "kernel/console.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"

/*
 * What the screen shows is kept here too, because reading it back is slow:
 * scrolling writes the cells that change and reads none. The copy lies where
 * the loader's boot_params were (nobody needs them once the facts are
 * gathered), in memory that a recycle keeps: the next life writes on.
 *
 * Two cores may come here at the same time (log.c rather tears a line than
 * waits for ever): every index is checked where it is used.
 */

enum { SCROLL = 5 };

struct screen {
	u32 row, col;
	u8 cell[SCREEN_ROWS][SCREEN_COLS];      /* 0: the firmware's */
};

extern u8 entry_params[];
_Static_assert(sizeof(struct screen) <= 4096, "as large as boot_params");

static const struct screen_ops *shown;  /* NULL: nothing to see */

static struct screen *
screen(void)
{
	return (struct screen *)entry_params;
}

static void
set_cell(u32 row, u32 col, u8 c)
{
	u8 *cell = &screen()->cell[row][col];

	if (*cell == c)
		return;
	*cell = c;
	if (shown)
		shown->cell(row, col, c);
}

static void
redraw(void)
{
	shown->clear();
	for (u32 row = 0; row < SCREEN_ROWS; row++)
		for (u32 col = 0; col < SCREEN_COLS; col++) {
			u8 c = screen()->cell[row][col];

			screen()->cell[row][col] = ' ';
			set_cell(row, col, c ? c : ' ');
		}
}

static const struct screen_ops *
kind(void)
{
	return handoff_facts()->framebuffer ? &fb_screen : &vga_screen;
}

static bool
init(bool warm)
{
	if (!warm) {
		screen()->row = screen()->col = 0;
		memset(screen()->cell, 0, sizeof(screen()->cell));
	}
	if (kind()->open(warm))
		shown = kind();
	return true;
}

/* Until here lines stand on whatever the firmware has left: a large screen is
 * cleared when that is fast. */
void
screen_map(void)
{
	kind()->map();
	shown = kind()->open(true) ? kind() : NULL;
	if (shown)
		redraw();
}

/* By several lines at once: nearly every cell changes, however many. */
static void
scroll(void)
{
	for (u32 row = 0; row < SCREEN_ROWS; row++)
		for (u32 col = 0; col < SCREEN_COLS; col++)
			set_cell(row, col, row + SCROLL < SCREEN_ROWS ?
			    screen()->cell[row + SCROLL][col] : ' ');
}

static void
put(char c)
{
	struct screen *s = screen();
	u32 row = MIN(s->row, (u32)SCREEN_ROWS - 1);
	u32 col = MIN(s->col, (u32)SCREEN_COLS);

	if (c == '\b') {
		col -= col > 0;
	} else if (c == '\r') {
		col = 0;
	} else if (c == '\n' || col == SCREEN_COLS) {
		if (row + 1 == SCREEN_ROWS) {
			scroll();
			row -= SCROLL;
		}
		row++;
		col = 0;
	}
	if ((u8)c >= ' ')
		set_cell(row, col++, (u8)c);
	s->row = row;
	s->col = col;
	if (shown)
		shown->cursor(row, MIN(col, (u32)SCREEN_COLS - 1));
}

const struct console screen_console = { init, put, NULL };
