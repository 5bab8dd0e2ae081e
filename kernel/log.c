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

/* Survives a recycle: kernel.ld keeps this section as it is. */
static struct {
	u64 end;                /* bytes ever written */
	u64 sent;               /* bytes that bmd has */
	u64 again;              /* before that somebody wants to see it again */
	char text[LIMIT_LOG_BYTES];
} ring __attribute__((section(".keep")));
static u32 lock;

static void
take_lock(void)
{
	u32 spins = 0;

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE) &&
	    spins++ < LOCK_SPINS)
		__builtin_ia32_pause();
}

static void
emit(const char *text, size_t len, bool keep)
{
	take_lock();
	for (size_t i = 0; i < len && keep; i++)
		ring.text[ring.end++ % LIMIT_LOG_BYTES] = text[i];
	console_write(text, len);
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void
log_reset(void)
{
	ring.end = ring.sent = ring.again = 0;
}

void
log_echo(const char *text, size_t len)
{
	emit(text, len, false);
}

static void
line(const char *before, const char *fmt, va_list args)
{
	char text[LINE_MAX];
	size_t len = print_buf(text, LINE_MAX - 1, "%s", before);

	len += print_bufv(text + len, LINE_MAX - 1 - len, fmt, args);
	text[len++] = '\n';
	emit(text, len, true);
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

/* Bytes from `from` on, as many as there are and fit. */
static size_t
copy(u64 from, char *buf, size_t size)
{
	size_t n = MIN(size, (size_t)(ring.end - from));

	for (size_t i = 0; i < n; i++)
		buf[i] = ring.text[(from + i) % LIMIT_LOG_BYTES];
	return n;
}

static u64
oldest(void)
{
	return ring.end - MIN(ring.end, (u64)LIMIT_LOG_BYTES);
}

size_t
log_tail(char *buf, size_t size)
{
	u64 from = ring.end - MIN(ring.end, (u64)size);

	return copy(MAX(from, oldest()), buf, size);
}

size_t
log_unsent(char *buf, size_t size, u64 *at, bool *again)
{
	*at = ring.sent = MAX(ring.sent, oldest());
	*again = ring.sent < ring.again;
	return copy(ring.sent, buf, *again ? MIN(size, ring.again - ring.sent)
	                                   : size);
}

void
log_sent(u64 at, size_t len)
{
	if (at == ring.sent)
		ring.sent += len;
}

void
log_rewind(void)
{
	ring.again = ring.end;
	ring.sent = oldest();
}
