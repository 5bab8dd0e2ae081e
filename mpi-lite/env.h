/* env.h - what mpi-lite asks of the machine: host/env.c, node/env.c. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_ENV_H
#define MPI_LITE_ENV_H

#include "mpi-lite/rankpage.h"

/* The page of the calling rank; made at the first call where nobody started
 * the program as a rank: then a job of one. Never NULL. */
struct rankpage *env_rank(void);

/* Returns when the endpoint is ready (msg_ready), when something else that
 * the transport must look at happens, or at the latest at `deadline_ns`. */
void env_wait(struct msg_ep *ep, u64 deadline_ns);

/* Nanoseconds, monotonic; as the endpoint's port counts them. */
u64 env_now_ns(void);

/* Text to the rank's stderr. */
void env_error(const char *text, size_t len);

/* Ends all ranks of the job with this exit code. */
NORETURN void env_abort(int code);

/* MPI_Finalize is over and the endpoint drained: nothing more is sent. */
void env_finalize(void);

#endif
