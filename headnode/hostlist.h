/* hostlist.h - "node[1-3,007],login" to names and back. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_HOSTLIST_H
#define HEADNODE_HOSTLIST_H

#include "kernel/lib/base.h"

enum { HOSTLIST_NAME_MAX = 32, HOSTLIST_MAX = 4096 };

/*
 * Calls fn for each name of a comma-separated list with ranges in brackets;
 * leading zeros are kept. Stops when fn returns non-zero and returns that.
 * ERR_INVAL: malformed, too long a name, or more than HOSTLIST_MAX names.
 */
int hostlist_each(const char *text, int (*fn)(void *ctx, const char *name),
    void *ctx);

/* Folds n names, in order, into text: runs of numbers become ranges. What
 * does not fit is replaced by "...". */
void hostlist_fold(const char (*name)[HOSTLIST_NAME_MAX], u32 n, char *text,
    size_t size);

#endif
