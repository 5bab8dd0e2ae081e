/* general.h - requests whose end the program announces. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_GENERAL_H
#define MPI_LITE_GENERAL_H

#include "mpi-lite/req.h"

/* MPI-3.1 §12.2. Fill in the status; the program's code. */
int general_query(struct req *r, MPI_Status *status);
/* The same, and free what the program hung on it. */
int general_take(struct req *r, MPI_Status *status);
int general_cancel(struct req *r);
/* MPI_Request_free: it goes when the program completes it. */
void general_free(struct req *r);

#endif
