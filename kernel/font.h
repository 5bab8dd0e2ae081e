/* font.h - the glyphs of ASCII, drawn for this console. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include "kernel/lib/base.h"

enum {
	FONT_FIRST = ' ',       /* the character of glyph 0 */
	FONT_GLYPHS = 96,       /* the last is a full block: no such glyph */
	FONT_COLUMNS = 5,
	FONT_ROWS = 8,
};

/* A column of a glyph is a byte, its topmost pixel in bit 0. */
extern const u8 font[FONT_GLYPHS][FONT_COLUMNS];

#endif
