/* journal.c - bmd's log lines, one thing each, with time and rate limit. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/journal.h"

#include <stdio.h>
#include <time.h>

static void PRINTF_LIKE(2, 0)
journal_line(const char *kind, const char *fmt, va_list args)
{
	char text[1024], when[32];
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	localtime_r(&t.tv_sec, &tm);
	strftime(when, sizeof when, "%F %T", &tm);
	vsnprintf(text, sizeof text, fmt, args);
	fprintf(stderr, "%s.%03ld %s%s\n", when, t.tv_nsec / 1000000, kind,
	    text);
}

void
journal_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	journal_line("", fmt, args);
	va_end(args);
}

void
journal_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	journal_line("warning: ", fmt, args);
	va_end(args);
}

bool
journal_count(u64 *count, const char *what)
{
	u64 n = ++*count;

	while (n >= 10 && n % 10 == 0)
		n /= 10;
	if (n != 1)
		return false;
	journal_warn("%s (%llu so far)", what, (unsigned long long)*count);
	return true;
}
