/* strand.h - a function on a stack of its own, so that it may wait apart. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_STRAND_H
#define MPI_LITE_STRAND_H

#include "mpi-lite/req.h"

/*
 * A non-blocking collective is the blocking one in a strand. Where it would
 * wait for a request it goes back to whoever moves the rank on, and is taken
 * up again when the request has ended. Strands never run at the same time:
 * the rank's lock is held while one runs.
 */

typedef int strand_fn(void *arg);

/* Runs fn until it first waits or ends. At its end `r` is done with fn's MPI
 * code, then `after(arg)` runs, which may free arg. */
void strand_start(struct state *s, struct req *r, strand_fn *fn,
    strand_fn *after, void *arg);

/* Called in a strand: leaves it until r is done. */
void strand_wait(struct state *s, struct req *r);

/* Takes up those whose request has ended; how many. */
int strand_progress(struct state *s);

#endif
