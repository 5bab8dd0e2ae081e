/* check.h - arguments of point-to-point calls are checked here. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_CHECK_H
#define MPI_LITE_CHECK_H

#include "mpi-lite/req.h"

/* Fill in *a, or raise the error that MPI names. Wildcards are allowed for
 * receives only. */
int check_send(const char *func, const void *buf, int count, MPI_Datatype type,
    int dest, int tag, MPI_Comm comm, struct req_args *a);
int check_recv(const char *func, void *buf, int count, MPI_Datatype type,
    int source, int tag, MPI_Comm comm, struct req_args *a);

#endif
