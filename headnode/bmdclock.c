/* bmdclock.c - the two clocks of bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmd.h"

#include <time.h>

u64
bmd_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

u64
bmd_utc_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}
