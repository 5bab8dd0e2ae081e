/* tag.h - the first word of every object behind a handle. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_TAG_H
#define MPI_LITE_TAG_H

#include "kernel/lib/base.h"

enum tag_kind {
	TAG_COMM = 0x6d0c0001,
	TAG_GROUP,
	TAG_TYPE,
	TAG_OP,
	TAG_REQUEST,
	TAG_ERRHANDLER,
	TAG_INFO,
	TAG_WIN,
	TAG_MESSAGE,
	TAG_SESSION,
	TAG_OTHER,             /* files */
	TAG_FREED,             /* what is left of a freed object */
};

enum tag_comm { COMM_TAG_NULL, COMM_TAG_WORLD, COMM_TAG_SELF };
enum tag_group { GROUP_TAG_NULL, GROUP_TAG_EMPTY };
enum tag_info { INFO_TAG_NULL, INFO_TAG_ENV };
enum tag_message { MESSAGE_TAG_NULL, MESSAGE_TAG_NO_PROC };
enum tag_handler { HANDLER_NULL, HANDLER_FATAL, HANDLER_RETURN, HANDLER_ABORT };
enum tag_op {
	OP_NULL, OP_MAX, OP_MIN, OP_SUM, OP_PROD, OP_LAND, OP_BAND, OP_LOR,
	OP_BOR, OP_LXOR, OP_BXOR, OP_MAXLOC, OP_MINLOC, OP_REPLACE, OP_NO_OP,
	OP_USER,
};

struct tag {
	u32 kind;              /* enum tag_kind */
	u32 which;             /* which of the predefined ones; made: ~0 */
};

enum { TAG_MADE = 0xffffffffu };

#endif
