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

/* A number of the calling thread, never 0; and letting others run. */
u64 env_thread(void);
void env_yield(void);

/* Memory that all ranks of this node see. One rank makes it and tells the
 * others its name; they map it. NULL: not possible. When all have mapped it,
 * the maker seals it: then the name is void. All give it back by env_unshare,
 * the maker (`made`) after all others. */
void *env_share_make(size_t bytes, u64 name[2]);
void *env_share_map(size_t bytes, const u64 name[2]);
void env_share_seal(const u64 name[2]);
void env_unshare(void *base, size_t bytes, bool made);

/* The transport's counters, as msg_stats; none where they cannot be had. */
struct msg_stat;
u32 env_stats(struct msg_ep *ep, struct msg_stat *st, u32 max);

/* Text to the rank's stderr. */
void env_error(const char *text, size_t len);

/* Ends all ranks of the job with this exit code. */
NORETURN void env_abort(int code);

/* MPI_Finalize is over and the endpoint drained: nothing more is sent. */
void env_finalize(void);

#endif
