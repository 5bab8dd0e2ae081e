/* console.c - all ways to the person at the machine, together. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/console.h"

#include "kernel/screen.h"

static const struct console *const consoles[] = {
	&serial_console,
	&screen_console,
	&keyboard_console,
};

static bool found[ARRAY_LEN(consoles)];
static bool lent;

void
console_init(bool warm)
{
	for (size_t i = 0; i < ARRAY_LEN(consoles); i++)
		found[i] = consoles[i]->init(warm);
}

void
console_map(void)
{
	screen_map();
}

void
console_write(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(consoles); i++)
		for (size_t k = 0; k < len; k++)
			if (found[i] && consoles[i]->put && !(lent && !i))
				consoles[i]->put(text[k]);
}

void
console_lend(bool to_another)
{
	lent = to_another;
}

int
console_get(void)
{
	int c = -1;

	for (size_t i = 0; i < ARRAY_LEN(consoles) && c < 0; i++)
		if (found[i] && consoles[i]->get)
			c = consoles[i]->get();
	return c;
}
