/* panic.c - where a failed ASSERT ends in a Linux program. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/base.h"

#include <stdio.h>
#include <stdlib.h>

void
panic(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("barerack: internal error: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
