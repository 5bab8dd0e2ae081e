/* output.h - what ranks print, pulled while its reader keeps up. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_OUTPUT_H
#define HEADNODE_OUTPUT_H

#include "headnode/job.h"

enum {
	OUTPUT_HIGH = 1 << 20,     /* bytes under way to one reader */
	OUTPUT_LOW = OUTPUT_HIGH / 2,
};

/* Room for len more bytes of this job? Then they are counted as under way. */
bool output_reserve(struct job *j, u64 len);
void output_unreserve(struct job *j, u64 len);

/* The reader took bytes: below OUTPUT_LOW its nodes are pulled again. */
void output_drained(struct job *j);

/* Bytes of a rank, in order: to the client. */
void output_bytes(struct job *j, struct node *n, const u8 *data, size_t len);

#endif
