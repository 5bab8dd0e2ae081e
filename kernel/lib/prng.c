/* prng.c - xoshiro256** random numbers from one seed. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/prng.h"

static u64
prng_rotl(u64 x, int by)
{
	return (x << by) | (x >> (64 - by));
}

/* Splitmix64: spreads a small seed over the whole state. */
void
prng_seed(struct prng *p, u64 seed)
{
	for (int i = 0; i < 4; i++) {
		u64 z;

		seed += 0x9e3779b97f4a7c15u;
		z = seed;
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		p->s[i] = z ^ (z >> 31);
	}
}

u64
prng_next(struct prng *p)
{
	u64 *s = p->s;
	u64 out = prng_rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = prng_rotl(s[3], 45);
	return out;
}

/* Draws again from the few values that would favour small numbers. */
u64
prng_below(struct prng *p, u64 n)
{
	u64 unfair, x;

	ASSERT(n > 0);
	unfair = (0 - n) % n;
	do {
		x = prng_next(p);
	} while (x < unfair);
	return x % n;
}
