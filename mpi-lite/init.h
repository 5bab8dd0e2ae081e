/* init.h - the state comes to be. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_INIT_H
#define MPI_LITE_INIT_H

#include "mpi-lite/state.h"

/* The rank's state, made at the first call: by MPI_Init or a session. */
struct state *init_state(void);
/* From now on calls may come as `required` (a thread level) says. */
void init_threads(struct state *s, int required);
/* Our last messages are seen to their receivers, for a bounded time, and
 * theirs to us are acknowledged. */
void init_leave(struct state *s);

#endif
