/* duration.h - time limits and elapsed times as Slurm writes them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_DURATION_H
#define HEADNODE_DURATION_H

#include "kernel/lib/base.h"

enum { DURATION_DAYS_MAX = 3650 };

/*
 * MM, MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS to seconds; 0 means no limit,
 * and so does UNLIMITED. ERR_INVAL: none of these.
 */
int duration_parse(const char *text, u32 *seconds);

/* "1-02:03:04", "2:03:04" or "3:04". */
void duration_format(u64 seconds, char *text, size_t size);

#endif
