/* say.c - one clear line for the person at the terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/say.h"

#include <stdio.h>
#include <stdlib.h>

static const char *tool = "barerack";

void
say_tool(const char *name)
{
	tool = name;
}

/* One write per line, so that lines of several processes do not mix. */
static void PRINTF_LIKE(2, 0)
say_line(const char *kind, const char *fmt, va_list args)
{
	char line[2048];

	vsnprintf(line, sizeof line, fmt, args);
	fflush(stdout);
	fprintf(stderr, "%s: %s%s\n", tool, kind, line);
}

void
say_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("error: ", fmt, args);
	va_end(args);
}

void
say_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("", fmt, args);
	va_end(args);
}

void
say_die(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("error: ", fmt, args);
	va_end(args);
	exit(code);
}
