/* prng.h - seeded random numbers for tests, jitter and identifiers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_PRNG_H
#define KERNEL_LIB_PRNG_H

#include "kernel/lib/base.h"

/* xoshiro256**; not for keys. The same seed gives the same numbers. */
struct prng {
	u64 s[4];
};

void prng_seed(struct prng *p, u64 seed);
u64 prng_next(struct prng *p);
/* Uniform in [0, n); n > 0. */
u64 prng_below(struct prng *p, u64 n);

#endif
