/* bsend.h - sends that are complete when their copy is made. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_BSEND_H
#define MPI_LITE_BSEND_H

#include "mpi-lite/req.h"

/* Begins r, which is done at once; its error is MPI_ERR_BUFFER when the
 * attached buffer has no room for the copy. */
void bsend_begin(struct state *s, struct req *r, const struct req_args *a);

/* Waits until nothing is in the attached buffer any more. */
void bsend_drain(struct state *s);

#endif
