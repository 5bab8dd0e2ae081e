/* vga.c - a screen of VGA text: cells of character and colour in memory. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/limits.h"
#include "kernel/screen.h"
#include "kernel/vm.h"

enum {
	TEXT_AT = 0xb8000,
	TEXT_BYTES = 4096,
	GREY = 0x0700,
	PROBE = 0x0700 | 'B',
	CRTC_INDEX = 0x3d4,
	CRTC_DATA = 0x3d5,
	CRTC_CURSOR_HIGH = 0x0e,
	CRTC_CURSOR_LOW = 0x0f,
};

static volatile u16 *text;

/* In graphics modes, and without a card, there is no memory at TEXT_AT. */
static bool
open(bool mapped)
{
	u16 was;

	if (handoff_facts()->path == BOOT_EFI)
		return false;
	text = mapped ? (volatile u16 *)VM_SCREEN : (volatile u16 *)TEXT_AT;
	was = *text;
	*text = PROBE;
	if (*text != PROBE)
		return false;
	*text = was;
	return true;
}

/* Low memory is unmapped once all cores run; the alias stays. */
static void
map(void)
{
	if (vm_map(VM_SCREEN, TEXT_AT, TEXT_BYTES, VM_W | VM_UNCACHED) != 0)
		panic("no page table for the screen");
}

static void
cell(u32 row, u32 col, u8 c)
{
	text[row * SCREEN_COLS + col] = (u16)(GREY | c);
}

static void
cursor(u32 row, u32 col)
{
	u32 at = row * SCREEN_COLS + col;

	cpu_out8(CRTC_INDEX, CRTC_CURSOR_HIGH);
	cpu_out8(CRTC_DATA, (u8)(at >> 8));
	cpu_out8(CRTC_INDEX, CRTC_CURSOR_LOW);
	cpu_out8(CRTC_DATA, (u8)at);
}

static void
clear(void)
{
	for (u32 i = 0; i < SCREEN_ROWS * SCREEN_COLS; i++)
		text[i] = GREY | ' ';
}

const struct screen_ops vga_screen = { open, map, cell, cursor, clear };
