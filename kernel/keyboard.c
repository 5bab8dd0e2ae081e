/* keyboard.c - the PS/2 keyboard as a console's input. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/console.h"
#include "kernel/cpu.h"

/*
 * 8042 with scan code set 1, as firmware leaves it (the controller translates).
 * US layout. Nothing is sent to the keyboard: what it is not asked for cannot
 * fail.
 */

enum {
	PORT_DATA = 0x60,
	PORT_STATUS = 0x64,
	  STATUS_OUT = 1 << 0,          /* a byte for us */
	  STATUS_IN = 1 << 1,           /* the controller is not done */
	  STATUS_MOUSE = 1 << 5,
	COMMAND_ENABLE = 0xae,
	DRAIN_MAX = 64,
	KEY_CTRL = 0x1d,
	KEY_SHIFT_LEFT = 0x2a,
	KEY_SHIFT_RIGHT = 0x36,
	KEY_UP = 0x48,                  /* behind KEY_EXTENDED */
	KEY_DOWN = 0x50,
	KEY_RELEASED = 0x80,
	KEY_EXTENDED = 0xe0,
	CTRL_N = 14,                    /* the next line of the history */
	CTRL_P = 16,
};

static const char plain[] = "\0\0331234567890-=\b\tqwertyuiop[]\n\0"
			    "asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0"
			      "ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static bool extended, shift, ctrl;

static bool
init(bool warm)
{
	(void)warm;
	if (cpu_in8(PORT_STATUS) == 0xff)
		return false;
	for (u32 i = 0; i < DRAIN_MAX &&
	     (cpu_in8(PORT_STATUS) & STATUS_OUT); i++)
		cpu_in8(PORT_DATA);
	if (!(cpu_in8(PORT_STATUS) & STATUS_IN))
		cpu_out8(PORT_STATUS, COMMAND_ENABLE);
	return true;
}

/* Shift and control, pressed or released. */
static bool
is_modifier(u8 key, bool pressed)
{
	if (key == KEY_SHIFT_LEFT || key == KEY_SHIFT_RIGHT)
		shift = pressed;
	else if (key == KEY_CTRL)
		ctrl = pressed;
	else
		return false;
	return true;
}

static int
translate(u8 key)
{
	char c;

	if (key >= sizeof(plain) - 1)
		return key == KEY_UP ? CTRL_P : key == KEY_DOWN ? CTRL_N : -1;
	c = shift ? shifted[key] : plain[key];
	if (ctrl)
		c &= 0x1f;
	return c ? c : -1;
}

static int
get(void)
{
	u8 status = cpu_in8(PORT_STATUS), code;
	bool was_extended = extended;

	if (!(status & STATUS_OUT))
		return -1;
	code = cpu_in8(PORT_DATA);
	if (status & STATUS_MOUSE)
		return -1;
	extended = code == KEY_EXTENDED;
	if (extended)
		return get();
	/* Extended shifts are made up by the keyboard. */
	if ((code & 0x7f) != KEY_CTRL && was_extended &&
	    is_modifier(code & 0x7f, shift))
		return -1;
	if (is_modifier(code & 0x7f, !(code & KEY_RELEASED)) ||
	    (code & KEY_RELEASED))
		return -1;
	return translate(code);
}

const struct console keyboard_console = { init, NULL, get };
