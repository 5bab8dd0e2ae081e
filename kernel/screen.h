/* screen.h - a screen of text, whatever shows it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SCREEN_H
#define KERNEL_SCREEN_H

#include "kernel/lib/base.h"

enum { SCREEN_COLS = 80, SCREEN_ROWS = 25 };

/* What shows the cells: VGA text memory, or a framebuffer. */
struct screen_ops {
	/* Can it be written to now? `mapped`: by our own map. False: no such
	 * screen, or not before it is mapped. */
	bool (*open)(bool mapped);
	/* Makes it reachable for good; open(true) follows. */
	void (*map)(void);
	void (*cell)(u32 row, u32 col, u8 c);
	void (*cursor)(u32 row, u32 col);
	/* Everything that is no cell becomes black. */
	void (*clear)(void);
};

extern const struct screen_ops vga_screen, fb_screen;

/* Cold, after vm_init: what was written so far becomes visible at the latest
 * now. */
void screen_map(void);

#endif
