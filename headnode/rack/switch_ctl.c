/* switch_ctl.c - the words that make the switch go wrong, and its counters. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/switch.h"

#include "kernel/lib/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

struct ctl {
	struct sw *s;
	char *save;            /* strtok_r's */
	char *reply;
	size_t size;
};

static int PRINTF_LIKE(2, 3)
ctl_refuse(struct ctl *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->reply, c->size, fmt, args);
	va_end(args);
	return ERR_INVAL;
}

static const char *
ctl_word(struct ctl *c)
{
	return strtok_r(NULL, " \t\n", &c->save);
}

/* The next word as a number up to max (with decimals, times scale). */
static int
ctl_number(struct ctl *c, const char *what, double max, double scale,
    double *out)
{
	const char *w = ctl_word(c);
	char *end;

	if (!w)
		return ctl_refuse(c, "%s: a number is missing", what);
	*out = strtod(w, &end);
	if (end == w || *end || !(*out >= 0 && *out <= max))
		return ctl_refuse(c, "%s %s: a number from 0 to %g is wanted",
		    what, w, max);
	*out = *out * scale + 0.5;
	return 0;
}

static int
ctl_faults(struct ctl *c)
{
	struct switch_faults f = c->s->faults;
	const char *w;
	double v;

	while ((w = ctl_word(c))) {
		u32 *chance = strcmp(w, "loss") == 0      ? &f.loss
		    : strcmp(w, "dup") == 0               ? &f.dup
		    : strcmp(w, "reorder") == 0           ? &f.reorder
		    : strcmp(w, "corrupt") == 0           ? &f.corrupt
		                                          : NULL;

		if (chance) {
			if (ctl_number(c, w, 100, 10000, &v))
				return ERR_INVAL;
			*chance = (u32)v;
		} else if (strcmp(w, "delay") == 0) {
			if (ctl_number(c, w, (double)SWITCH_DELAY_US_MAX / 1000,
			        1000, &v))
				return ERR_INVAL;
			f.delay_us = (u32)v;
		} else if (strcmp(w, "seed") == 0) {
			if (ctl_number(c, w, 1e15, 1, &v))
				return ERR_INVAL;
			prng_seed(&c->s->prng, (u64)v);
		} else {
			return ctl_refuse(c, "%s: no such fault (loss dup "
			    "reorder corrupt delay seed)", w);
		}
	}
	c->s->faults = f;
	snprintf(c->reply, c->size, "loss %g dup %g reorder %g corrupt %g "
	    "percent, delay %g ms", f.loss / 1e4, f.dup / 1e4,
	    f.reorder / 1e4, f.corrupt / 1e4, f.delay_us / 1e3);
	return 0;
}

/* Ports before the bar on one side, after it on the other; others reach all. */
static int
ctl_partition(struct ctl *c)
{
	u8 group[SWITCH_PORTS_MAX] = { 0 }, side = 1;
	u32 named[3] = { 0 };
	const char *w;

	while ((w = ctl_word(c))) {
		char *end;
		unsigned long p = strtoul(w, &end, 10);

		if (strcmp(w, "|") == 0 && side == 1) {
			side = 2;
			continue;
		}
		if (end == w || *end || p >= c->s->ports)
			return ctl_refuse(c, "partition %s: ports are 0 to %u",
			    w, c->s->ports - 1);
		group[p] = side;
		named[side]++;
	}
	if (!named[1] || !named[2])
		return ctl_refuse(c, "partition needs ports | ports");
	memcpy(c->s->group, group, sizeof group);
	snprintf(c->reply, c->size, "partitioned");
	return 0;
}

static int
ctl_drop(struct ctl *c)
{
	struct switch_drop d = { .from = -1, .to = -1 };
	const char *w;
	double v;

	if (ctl_number(c, "drop", 1e9, 1, &v))
		return ERR_INVAL;
	d.left = (u32)v;
	while ((w = ctl_word(c))) {
		bool port = strcmp(w, "from") == 0 || strcmp(w, "to") == 0;
		double max = port ? c->s->ports - 1 : 65535;

		if (ctl_number(c, w, max, 1, &v))
			return ERR_INVAL;
		if (strcmp(w, "from") == 0)
			d.from = (i32)v;
		else if (strcmp(w, "to") == 0)
			d.to = (i32)v;
		else if (strcmp(w, "udp") == 0)
			d.udp_port = (u16)v;
		else if (strcmp(w, "min") == 0)
			d.len_min = (u32)v;
		else if (strcmp(w, "max") == 0)
			d.len_max = (u32)v;
		else
			return ctl_refuse(c, "%s: no such condition (from to "
			    "udp min max)", w);
	}
	c->s->drop = d;
	snprintf(c->reply, c->size, "the next %u that match are dropped",
	    d.left);
	return 0;
}

static int
ctl_port(struct ctl *c)
{
	const char *how;
	double v;

	if (ctl_number(c, "port", c->s->ports - 1, 1, &v))
		return ERR_INVAL;
	how = ctl_word(c);
	if (!how || (strcmp(how, "up") != 0 && strcmp(how, "down") != 0))
		return ctl_refuse(c, "port %u: up or down is wanted", (u32)v);
	c->s->down[(u32)v] = strcmp(how, "down") == 0;
	snprintf(c->reply, c->size, "port %u is %s", (u32)v, how);
	return 0;
}

/* One line per port; port 0 is the uplink. */
static int
ctl_stats(struct ctl *c)
{
	size_t at = 0;

	for (u32 p = 0; p < c->s->ports && at < c->size; p++) {
		const struct switch_count *n = &c->s->count[p];
		int len = snprintf(c->reply + at, c->size - at,
		    "%sport %u rx %lu tx %lu lost %lu duplicated %lu "
		    "reordered %lu corrupted %lu cut %lu matched %lu "
		    "refused %lu overrun %lu",
		    p ? "\n" : "", p, n->rx, n->tx, n->lost, n->duplicated,
		    n->reordered, n->corrupted, n->cut, n->matched,
		    n->refused, n->overrun);

		at += (size_t)len;
	}
	return 0;
}

static int
ctl_clear(struct ctl *c)
{
	memset(&c->s->faults, 0, sizeof c->s->faults);
	memset(&c->s->drop, 0, sizeof c->s->drop);
	memset(c->s->group, 0, sizeof c->s->group);
	memset(c->s->down, 0, sizeof c->s->down);
	snprintf(c->reply, c->size, "no faults");
	return 0;
}

static int
ctl_heal(struct ctl *c)
{
	memset(c->s->group, 0, sizeof c->s->group);
	snprintf(c->reply, c->size, "no partition");
	return 0;
}

static const struct {
	const char *word;
	int (*run)(struct ctl *c);
} ctl_table[] = {
	{ "faults", ctl_faults },
	{ "partition", ctl_partition },
	{ "heal", ctl_heal },
	{ "drop", ctl_drop },
	{ "port", ctl_port },
	{ "stats", ctl_stats },
	{ "clear", ctl_clear },
};

int
switch_command(struct sw *s, const char *line, char *reply, size_t size)
{
	char copy[LINE_MAX_BYTES];
	struct ctl c = { .s = s, .reply = reply, .size = size };
	const char *word;

	reply[0] = 0;
	if (strlen(line) >= sizeof copy)
		return ctl_refuse(&c, "a command has at most %d bytes",
		    LINE_MAX_BYTES - 1);
	strcpy(copy, line);
	word = strtok_r(copy, " \t\n", &c.save);
	for (size_t i = 0; word && i < ARRAY_LEN(ctl_table); i++)
		if (strcmp(word, ctl_table[i].word) == 0)
			return ctl_table[i].run(&c);
	return ctl_refuse(&c, "%s: no such command (faults partition heal "
	    "drop port stats clear)", word ? word : "(empty)");
}
