/* err.h - error numbers of the shared code; 0 is success, these are < 0. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_ERR_H
#define KERNEL_LIB_ERR_H

enum err {
	ERR_INVAL = -1,    /* an argument or a field is out of its range */
	ERR_NOMEM = -2,    /* the arena, pool or table is full */
	ERR_AGAIN = -3,    /* not now: try again after progress */
	ERR_TIMEOUT = -4,  /* a bounded wait ended */
	ERR_DEAD = -5,     /* the peer's node was declared dead */
	ERR_NOENT = -6,    /* no such thing */
	ERR_TOOBIG = -7,   /* longer than the limit that the header names */
	ERR_PROTO = -8,    /* malformed bytes from outside */
	ERR_AUTH = -9,     /* a seal that does not open, or a replay */
	ERR_IO = -10,      /* a device or a socket failed */
	ERR_UNSUPP = -11,  /* the driver or machine has no such feature */
	ERR_TRUNC = -12,   /* the receiver's buffer was shorter */
	ERR_CLOSED = -13,  /* the endpoint is closed */
	ERR_BUSY = -14,    /* somebody else owns it now */
};

/* A short name such as "timed out"; never NULL. In print.c. */
const char *err_name(int err);

#endif
