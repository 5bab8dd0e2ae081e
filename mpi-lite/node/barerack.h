/* barerack.h - for applications that call the node's kernel themselves. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_NODE_BARERACK_H
#define MPI_LITE_NODE_BARERACK_H

#include "kernel/abi.h"

/*
 * The kernel's call table, docs/api.md, from main on. An application of one
 * rank needs nothing else; beside MPI leave the messages to MPI.
 */
static inline const struct abi *
barerack(void)
{
	extern const struct abi *start_abi;

	return start_abi;
}

#endif
