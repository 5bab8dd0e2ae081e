/* print.c - bounded formatting without libc. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/print.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	int width, precision;   /* precision < 0: none */
	bool left, zero;
	int longs;
};

static void
put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

static void
put_padded(struct out *o, const struct spec *s, const char *text, int len)
{
	for (int i = len; !s->left && i < s->width; i++)
		put(o, ' ');
	for (int i = 0; i < len; i++)
		put(o, text[i]);
	for (int i = len; s->left && i < s->width; i++)
		put(o, ' ');
}

static void
put_number(struct out *o, const struct spec *s, u64 v, u32 base, bool minus)
{
	char text[32];
	int at = sizeof(text), least = s->zero && !s->left ? s->width : 1;

	do {
		text[--at] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	least = MIN(least - minus, 30);
	while ((int)sizeof(text) - at < least)
		text[--at] = '0';
	if (minus)
		text[--at] = '-';
	put_padded(o, s, text + at, (int)sizeof(text) - at);
}

static const char *
parse_spec(const char *p, struct spec *s)
{
	*s = (struct spec){ .precision = -1 };
	for (;; p++) {
		if (*p == '-')
			s->left = true;
		else if (*p == '0')
			s->zero = true;
		else
			break;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		s->width = s->width * 10 + (*p - '0');
	if (*p == '.') {
		s->precision = 0;
		for (p++; *p >= '0' && *p <= '9'; p++)
			s->precision = s->precision * 10 + (*p - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++)
		s->longs++;
	return p;
}

/* *args, so that the caller sees what was taken. */
static void
put_signed(struct out *o, const struct spec *s, va_list *args)
{
	i64 v = s->longs ? va_arg(*args, long) : va_arg(*args, int);

	put_number(o, s, v < 0 ? 0 - (u64)v : (u64)v, 10, v < 0);
}

static void
put_unsigned(struct out *o, const struct spec *s, va_list *args, u32 base)
{
	u64 v = s->longs ? va_arg(*args, unsigned long) :
			   va_arg(*args, unsigned);

	put_number(o, s, v, base, false);
}

static void
put_string(struct out *o, const struct spec *s, const char *text)
{
	size_t max = s->precision < 0 ? SIZE_MAX : (size_t)s->precision;

	text = text ? text : "(null)";
	put_padded(o, s, text, (int)strnlen(text, max));
}

size_t
print_bufv(char *buf, size_t size, const char *fmt, va_list given)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	va_list args;
	char c;

	va_copy(args, given);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s);
		c = *fmt;
		if (c == 'd' || c == 'i')
			put_signed(&o, &s, &args);
		else if (c == 'u')
			put_unsigned(&o, &s, &args, 10);
		else if (c == 'x')
			put_unsigned(&o, &s, &args, 16);
		else if (c == 'p')
			put_number(&o, &s, (u64)(uintptr_t)va_arg(args, void *),
			    16, false);
		else if (c == 's')
			put_string(&o, &s, va_arg(args, const char *));
		else if (c == 'c')
			put(&o, (char)va_arg(args, int));
		else if (c == '%')
			put(&o, '%');
		else
			break;
	}
	va_end(args);
	buf[o.len] = 0;
	return o.len;
}

size_t
print_buf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = print_bufv(buf, size, fmt, args);
	va_end(args);
	return len;
}

void
print_copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = 0;
}

const char *
err_name(int err)
{
	static const char *const names[] = { "success", "invalid value",
		"out of memory", "not now", "timed out", "node is dead",
		"no such thing", "too long", "malformed", "not authentic",
		"I/O error", "not supported", "truncated", "closed", "busy" };

	return err <= 0 && (size_t)-err < ARRAY_LEN(names) ? names[-err] :
							     "unknown error";
}
