/* sink.h - where the output of ranks goes: terminal or files, with labels. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_SINK_H
#define HEADNODE_SINK_H

#include "kernel/lib/base.h"

enum {
	SINK_LINE_MAX = 64 * 1024, /* a longer line is labelled in pieces */
	SINK_PATH_MAX = 4096,
	SINK_FILES_MAX = 900,      /* open files of one pattern */
};

/*
 * stdout and stderr of a job. Without label bytes pass as they come. With it
 * each line has "RANK: " in front, right-aligned to the widest rank, and lines
 * of different ranks never mix. A pattern with %t opens a file per rank.
 */
struct sink;

struct sink_config {
	u32 job, ranks;
	bool label;
	const char *out, *err;     /* patterns; NULL: our own stdout, stderr */
	const char *name, *user;   /* %x, %u */
	const char *nodelist;      /* %N */
	const volatile int *stop;  /* set by a signal: give up waiting */
};

/* NULL after saying why (a file that cannot be made). */
struct sink *sink_open(const struct sink_config *cfg);

/* Bytes of a rank; stream 1 or 2. 0; ERR_CLOSED: nobody reads any more
 * (EPIPE); ERR_IO after saying why (disk full). */
int sink_write(struct sink *s, u32 rank, u32 stream, const void *data,
    size_t len);

/* Writes unfinished lines and closes. 0, ERR_IO after saying why. */
int sink_close(struct sink *s);

/*
 * Expands %j %J job, %t rank, %s step 0, %x name, %u user, %N nodes, %% with
 * zero-padded width (%4t). ERR_INVAL: unknown letter or too long.
 */
int sink_pattern(const struct sink_config *cfg, const char *pattern, u32 rank,
    char *out, size_t size);

#endif
