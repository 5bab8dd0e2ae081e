/* files.h - file calls of an application, done here in its job's directory. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_FILES_H
#define HEADNODE_FILES_H

#include "headnode/job.h"

/* bytes of one READ that fit into an eager reply: the rest is a short read */
enum { FILES_READ_MAX = 16 * 1024 - (int)sizeof(struct jobmsg_file_reply) };

/* No file is open. */
void files_init(struct job *j);

/* Does one call and sends the reply; what is malformed gets EINVAL. */
void files_call(struct job *j, struct node *n, const u8 *data, size_t len);

/* Closes what the job left open. */
void files_fini(struct job *j);

#endif
