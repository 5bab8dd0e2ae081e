/* start.h - what the files of the application's run time share. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_NODE_START_H
#define MPI_LITE_NODE_START_H

#include "kernel/abi.h"
#include "mpi-lite/rankpage.h"

/* The kernel's calls and the rank's page; set before main. */
extern const struct abi *start_abi;
extern struct rankpage *start_rank;

#endif
