/* tool.h - what tools may see and set: MPI_T's variables. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_TOOL_H
#define MPI_LITE_TOOL_H

#include "mpi-lite/state.h"

enum { TOOL_COUNTERS = 64 };   /* transport counters that are shown */

/* Control variables: bytes up to which a collective counts as short. */
enum tool_cvar { TOOL_BCAST_SHORT, TOOL_ALLREDUCE_SHORT, TOOL_CVARS };

/* Performance variables: our own, then the transport's counters. */
enum tool_pvar { TOOL_UNEXPECTED, TOOL_POSTED, TOOL_STRANDS, TOOL_PVARS };

/* The text and its length as MPI_T wants them (MPI-3.1 §14.3.3). */
void tool_text(const char *from, char *to, int *len);

/* MPI_T codes: is MPI_T on, and is the index below n? */
int tool_check(int index, int n);

/* How many performance variables there are; the name and value of one. */
int tool_pvars(void);
u64 tool_pvar_read(int index, const char **name);

#endif
