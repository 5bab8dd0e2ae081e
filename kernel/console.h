/* console.h - where log lines become visible, and where people type. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/lib/base.h"

/* A way to a person: serial line, screen, keyboard. A machine may lack any. */
struct console {
	/* Looks for the device; warm: a life before used it. False: none. */
	bool (*init)(bool warm);
	/* Shows one byte, '\n' and '\b' among them; bounded. May be NULL. */
	void (*put)(char c);
	/* A byte that was typed, or -1. May be NULL. */
	int (*get)(void);
};

extern const struct console serial_console, screen_console,
    keyboard_console;

/* Finds the consoles. First line of every life. */
void console_init(bool warm);
/* Cold, when the map is there: what a console needs of it, for good. */
void console_map(void);

void console_write(const char *text, size_t len);

/* The serial line is another's, who uses its put: lines skip it. */
void console_lend(bool to_another);

/* A byte that was typed on any console, or -1. Reads slow device registers:
 * not for hot paths. The agent's. */
int console_get(void);

#endif
