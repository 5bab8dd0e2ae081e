/* options.c - one table per tool gives parsing, --help and the man page. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/options.h"

#include "headnode/say.h"
#include "headnode/version.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_HELP_COLUMN = 30 };

static void
options_help(const struct options *o)
{
	printf("usage: %s %s\n\n%s\noptions:\n", o->tool, o->usage, o->about);
	for (u32 i = 0; i < o->rows; i++) {
		const struct option_row *r = &o->row[i];
		char left[80];
		int n;

		if (!r->help)
			continue;
		n = snprintf(left, sizeof left, "  %c%c%s%s%s%s%s",
		    r->key < OPTIONS_LONG ? '-' : ' ',
		    r->key < OPTIONS_LONG ? r->key : ' ',
		    !r->name                ? ""
		        : r->key < OPTIONS_LONG ? ", "
		                                : "  ",
		    r->name ? "--" : "", r->name ? r->name : "",
		    r->arg ? " " : "", r->arg ? r->arg : "");
		printf("%s%*s %s\n", left,
		    MAX(0, OPTIONS_HELP_COLUMN - n), "", r->help);
	}
	printf("  -h, --help%*s this text\n", OPTIONS_HELP_COLUMN - 12, "");
	printf("  -V, --version%*s the version\n", OPTIONS_HELP_COLUMN - 15,
	    "");
}

/* Builds getopt's two tables from ours; '+' stops at the program's name. */
static void
options_tables(const struct options *o, char *shorts, struct option *longs)
{
	u32 n = 0;

	ASSERT(o->rows <= OPTIONS_MAX);
	*shorts++ = '+';
	*shorts++ = ':';
	*shorts++ = 'h';
	*shorts++ = 'V';
	longs[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n++] = (struct option){ "version", no_argument, NULL, 'V' };
	for (u32 i = 0; i < o->rows; i++) {
		const struct option_row *r = &o->row[i];

		if (r->key < OPTIONS_LONG) {
			*shorts++ = (char)r->key;
			if (r->arg)
				*shorts++ = ':';
		}
		if (r->name)
			longs[n++] = (struct option){ r->name,
				r->arg ? required_argument : no_argument, NULL,
				r->key };
	}
	*shorts = 0;
	longs[n] = (struct option){ 0 };
}

static NORETURN void
options_wrong(const struct options *o, int how, char **argv)
{
	const char *word = argv[optind > 0 ? optind - 1 : 0];
	const char *what = how == ':' ? "needs an argument"
	                              : "is no option";

	if (optopt && optopt < OPTIONS_LONG && strncmp(word, "--", 2) != 0)
		say_error("-%c %s; see %s --help", optopt, what, o->tool);
	else
		say_error("%s %s; see %s --help", word, what, o->tool);
	exit(SAY_EXIT_USAGE);
}

int
options_parse(const struct options *o, int argc, char **argv, void *ctx)
{
	char shorts[2 * OPTIONS_MAX + 8];
	struct option longs[OPTIONS_MAX + 3];
	int key;

	options_tables(o, shorts, longs);
	opterr = 0;
	optind = 0;
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (key == '?' || key == ':')
			options_wrong(o, key, argv);
		if (key == 'h') {
			options_help(o);
			exit(0);
		}
		if (key == 'V') {
			printf("%s (Barerack) %s\n", o->tool, VERSION_TEXT);
			exit(0);
		}
		if (o->set(ctx, key, optarg) != 0)
			exit(SAY_EXIT_USAGE);
	}
	return optind;
}

static const struct option_row *
options_letter(const struct options *o, char letter)
{
	for (u32 i = 0; i < o->rows; i++)
		if (o->row[i].key == letter)
			return &o->row[i];
	return NULL;
}

bool
options_takes_next(const struct options *o, const char *word)
{
	if (strncmp(word, "--", 2) == 0) {
		for (u32 i = 0; i < o->rows; i++)
			if (o->row[i].name && o->row[i].arg &&
			    strcmp(word + 2, o->row[i].name) == 0)
				return true;
		return false;
	}
	while (*++word) {
		const struct option_row *r = options_letter(o, *word);

		if (r && r->arg)
			return word[1] == 0;
	}
	return false;
}

bool
options_number(const char *what, const char *text, u64 min, u64 max, u64 *out)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (end == text || *end || text[0] == '-' || v < min || v > max) {
		say_error("%s %s: a whole number from %llu to %llu is wanted",
		    what, text, (unsigned long long)min,
		    (unsigned long long)max);
		return false;
	}
	*out = v;
	return true;
}

bool
options_percent(const char *what, const char *text, u32 *ppm)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= 0 && v <= 100)) {
		say_error("%s %s: a percentage from 0 to 100 is wanted", what,
		    text);
		return false;
	}
	*ppm = (u32)(v * 10000 + 0.5);
	return true;
}
