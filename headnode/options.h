/* options.h - one table per tool gives parsing, --help and the man page. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_OPTIONS_H
#define HEADNODE_OPTIONS_H

#include "kernel/lib/base.h"

enum {
	OPTIONS_LONG = 256,   /* keys of options without a letter start here */
	OPTIONS_MAX = 64,
};

struct option_row {
	int key;              /* the letter, or OPTIONS_LONG + n */
	const char *name;     /* long name; NULL: none */
	const char *arg;      /* what --help calls the argument; NULL: flag */
	const char *help;     /* NULL: an alias that --help leaves out */
};

struct options {
	const char *tool;     /* "bmrun", "bmrack up" */
	const char *usage;    /* "[options] PROGRAM [ARGUMENT...]" */
	const char *about;    /* what it does; lines ended by '\n' */
	const struct option_row *row;
	u32 rows;
	/*
	 * Takes one option. 0, or -1 after it has said what is wrong.
	 */
	int (*set)(void *ctx, int key, const char *arg);
};

/*
 * Parses argv up to the first argument that is no option (later ones belong
 * to the application) and returns its index. -h, --help print and exit 0;
 * -V, --version too. What is wrong is said in one line; then exit 1.
 */
int options_parse(const struct options *o, int argc, char **argv, void *ctx);

/*
 * Is the word after this one (which begins with '-') its argument? For tools
 * that look at the command line before it is parsed.
 */
bool options_takes_next(const struct options *o, const char *word);

/* A whole number in [min, max]; false after saying what is wrong. */
bool options_number(const char *what, const char *text, u64 min, u64 max,
    u64 *out);

/* A percentage with decimals as parts per million; false after saying so. */
bool options_percent(const char *what, const char *text, u32 *ppm);

#endif
