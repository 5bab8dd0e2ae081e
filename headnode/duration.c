/* duration.c - time limits and elapsed times as Slurm writes them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/duration.h"

#include "kernel/lib/err.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 3, FIELD_MAX = 1000000 };

/* Up to three numbers between colons, nothing else; their count or 0. */
static u32
duration_fields(const char *p, u64 field[FIELDS_MAX])
{
	u32 n = 0;

	for (;;) {
		u64 v = 0;

		if (!isdigit((unsigned char)*p) || n == FIELDS_MAX)
			return 0;
		for (; isdigit((unsigned char)*p); p++) {
			v = v * 10 + (u64)(*p - '0');
			if (v > FIELD_MAX)
				return 0;
		}
		field[n++] = v;
		if (!*p)
			return n;
		if (*p++ != ':')
			return 0;
	}
}

int
duration_parse(const char *text, u32 *seconds)
{
	u64 f[FIELDS_MAX], days[FIELDS_MAX] = { 0 }, total;
	const char *dash = strchr(text, '-');
	char head[16];
	u32 n;

	*seconds = 0;
	if (strcasecmp(text, "unlimited") == 0)
		return 0;
	if (dash) {
		if ((size_t)(dash - text) >= sizeof head)
			return ERR_INVAL;
		memcpy(head, text, (size_t)(dash - text));
		head[dash - text] = 0;
		if (duration_fields(head, days) != 1 ||
		    days[0] > DURATION_DAYS_MAX)
			return ERR_INVAL;
		text = dash + 1;
	}
	n = duration_fields(text, f);
	if (!n)
		return ERR_INVAL;
	/* Behind days the first field is hours, else minutes come alone. */
	if (dash)
		total = f[0] * 3600 + (n > 1 ? f[1] * 60 : 0) +
		    (n > 2 ? f[2] : 0);
	else if (n == 3)
		total = f[0] * 3600 + f[1] * 60 + f[2];
	else
		total = f[0] * 60 + (n == 2 ? f[1] : 0);
	total += days[0] * 86400;
	if (total > DURATION_DAYS_MAX * 86400ull)
		return ERR_INVAL;
	*seconds = (u32)total;
	return 0;
}

void
duration_format(u64 s, char *text, size_t size)
{
	unsigned long long d = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;

	if (d)
		snprintf(text, size, "%llu-%02llu:%02llu:%02llu", d, h, m,
		    (unsigned long long)s % 60);
	else if (h)
		snprintf(text, size, "%llu:%02llu:%02llu", h, m,
		    (unsigned long long)s % 60);
	else
		snprintf(text, size, "%llu:%02llu", m,
		    (unsigned long long)s % 60);
}
