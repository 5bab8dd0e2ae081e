/* log.c - lines for the console, and the ring of the last ones. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/log.h"

#include "kernel/console.h"
#include "kernel/lib/print.h"
#include "kernel/limits.h"

/*
 * A line is put together on the caller's stack and written under a try-lock. A
 * caller who is refused (another core, or the code that it interrupted, is
 * writing) tries for a while and then writes all the same: a torn line is
 * better than a lost one or a hang.
 */

enum { LINE_MAX = 256, LOCK_SPINS = 1000000 };

static char ring[LIMIT_LOG_BYTES];
static u64 ring_end;
static u32 lock;

static void
emit(const char *line, size_t len)
{
	u32 spins = 0;

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE) &&
	    spins++ < LOCK_SPINS)
		__builtin_ia32_pause();
	for (size_t i = 0; i < len; i++)
		ring[ring_end++ % LIMIT_LOG_BYTES] = line[i];
	console_write(line, len);
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static void
line(const char *before, const char *fmt, va_list args)
{
	char text[LINE_MAX];
	size_t len = print_buf(text, LINE_MAX - 1, "%s", before);

	len += print_bufv(text + len, LINE_MAX - 1 - len, fmt, args);
	text[len++] = '\n';
	emit(text, len);
}

void
log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("", fmt, args);
	va_end(args);
}

void
log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("warning: ", fmt, args);
	va_end(args);
}

size_t
log_tail(char *buf, size_t size)
{
	u64 have = MIN(ring_end, (u64)LIMIT_LOG_BYTES);
	size_t n = MIN(size, (size_t)have);

	for (size_t i = 0; i < n; i++)
		buf[i] = ring[(ring_end - n + i) % LIMIT_LOG_BYTES];
	return n;
}
