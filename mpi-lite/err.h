/* err.h - errors of MPI calls. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_ERR_H
#define MPI_LITE_ERR_H

#include "mpi-lite/comm.h"

/*
 * Raises an error on a communicator (NULL: on the world): its handler decides
 * whether the job ends, with a line that names rank, function and error, or
 * the code is returned. `func` is the name without MPI_.
 */
int err_raise(struct comm *c, const char *func, int code);

/* "MPI_ERR_TAG: invalid tag"; never NULL. */
const char *err_text(int code);

/* The MPI code for one of the transport's. */
int err_of_net(int err);

/* Text and the end of the job, where no handler can be asked. */
NORETURN void err_fatal(const char *func, const char *text);

#endif
