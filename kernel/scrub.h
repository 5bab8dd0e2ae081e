/* scrub.h - memory of the last job that is zeroed while this life runs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SCRUB_H
#define KERNEL_SCRUB_H

#include "kernel/lib/base.h"

/*
 * A recycle zeroes what it can in a few milliseconds; large pages beyond that
 * are "late": dirty and not mapped, so that neither the allocator nor a wild
 * pointer finds them. Cores that have nothing to do zero and map them; also,
 * when a job comes, free memory of which nobody knows what is in it. The job is
 * loaded when none is left.
 */

/* This run belongs to no free range yet. False: there are too many runs. From
 * page_init, or under the agent's lock. */
bool scrub_add(u64 pa, u64 bytes);
/* Zeroes one page, in a core's idle time; false: there is none. */
bool scrub_one(void);
/* Gives the memory to the allocator when all is zero; true from then on. Under
 * the agent's lock, or alone. */
bool scrub_is_done(void);

#endif
