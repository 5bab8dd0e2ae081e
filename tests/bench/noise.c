/* noise.c - what a computing program loses to others, in instructions. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bench/count.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Usage: noise WHOSE [MILLIONS]. Runs under -icount shift=0, where the TSC
 * counts instructions, so every instruction that is not ours shows:
 *
 *	fixed work quantum   the same work again and again; whatever one takes
 *	                     longer than the shortest was stolen
 *	selfish detour       reads the TSC in a tight loop; a gap longer than
 *	                     the loop is a detour
 *
 * The two are one loop here: a quantum is a stretch of readings, and between two
 * quanta nothing is measured. Plain C, so that it is also an /init for Linux.
 */

enum { READINGS = 10000, QUANTA_MAX = 200000, DETOUR = 60 };

static uint64_t quantum[QUANTA_MAX];

int
main(int argc, char **argv)
{
	uint64_t millions = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t from, before, now, least = UINT64_MAX, sum = 0, stolen = 0;
	uint64_t longest = 0, detours = 0, total;
	size_t n = 0;

	total = (millions ? millions : 4000) * 1000000;
	from = before = count_now();
	while (before - from < total && n < QUANTA_MAX) {
		uint64_t begin;

		before = begin = count_now();
		for (int i = 0; i < READINGS; i++) {
			now = count_now();
			if (now - before > DETOUR) {
				detours++;
				longest = now - before > longest ?
				    now - before : longest;
			}
			before = now;
		}
		quantum[n++] = before - begin;
	}
	for (size_t i = 0; i < n; i++)
		least = quantum[i] < least ? quantum[i] : least;
	for (size_t i = 0; i < n; i++) {
		sum += quantum[i];
		stolen += quantum[i] - least;
	}
	printf("noise: %s ppm %.3f longest %llu detours %llu of %llu million "
	    "instructions\n", argc > 1 ? argv[1] : "linux",
	    (double)stolen * 1e6 / (double)sum, (unsigned long long)longest,
	    (unsigned long long)detours,
	    (unsigned long long)((before - from) / 1000000));
	fflush(stdout);
	return 0;
}
