#!/bin/bash
# 0400-leak.t - a job finds nothing of the job before it, wherever it looks.
#
# Ranks run in ring 0, so the second job can read the node's whole memory by
# the identity map: heap, stacks, message buffers, receive rings of the first
# were somewhere in there.
set -u
. tests/rack/rack.sh

app secret <<'C'
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile uint64_t half = 0x5ec7e7a11dea1b0bull;

/* While we search the marker stands in a register, which interrupts save on
 * their stacks: that many words are our own. */
enum { FRAMES = 16 };

/* The marker stands nowhere else but where fill() puts it. */
static uint64_t
marker(void)
{
	return half * 3 + 0x1234567;
}

static void
fill(uint64_t *p, size_t words)
{
	for (size_t i = 0; i < words; i++)
		p[i] = marker();
}

/* Above the kernel's frames, which have no name in the identity map. */
static long
count(void)
{
	uint64_t m = marker();
	long found = 0;

	for (uint64_t a = 0x280000; a < 0x3fd0000; a += 8)
		found += *(volatile uint64_t *)a == m;
	return found;
}

/* A wild pointer's stores: between what grows up from the bottom of memory
 * (heaps) and what grows down from its top, into MiBs that nobody has used. */
static void
fill_unowned(void)
{
	for (uint64_t at = 0x2400000; at < 0x3200000; at += 0x100000) {
		uint64_t *p = (uint64_t *)at, any = 0;

		for (size_t i = 0; i < 0x20000; i++)
			any |= p[i];
		if (!any)
			fill(p, 0x20000);
	}
}

static void
write_everywhere(int rank, int size)
{
	int other = (rank + size / 2) % size;
	size_t words = 1 << 17;
	uint64_t *heap = malloc(words * 8), *in = malloc(words * 8);
	uint64_t stack[4096];

	fill(heap, words);
	fill(stack, 4096);
	if (rank == 0)
		fill_unowned();
	for (size_t n = 1; n <= words; n *= 8)
		MPI_Sendrecv(heap, (int)n, MPI_UINT64_T, other, 1, in, (int)n,
		    MPI_UINT64_T, other, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	printf("wrote %d\n", stack[rank] == heap[7] && in[1] == heap[1]);
}

int
main(int argc, char **argv)
{
	int rank, size;
	long found;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (argc > 1)
		write_everywhere(rank, size);
	MPI_Barrier(MPI_COMM_WORLD);
	found = count();
	printf("found %s\n", found > 1000 ? "many" :
	    found > FRAMES ? "some" : "none");
	MPI_Barrier(MPI_COMM_WORLD);
	if (argc > 2)
		*(volatile int *)0 = 1;
	MPI_Finalize();
	return 0;
}
C
rack_up -n 2
cd "$tmp"

look() { # NAME
	run 60 bmrun -n 4 ./secret
	is "$1" "$(yes 'found none' | head -4)" "$out"
}
look "nothing is there before"
run 60 bmrun -n 4 ./secret write
like "a job that writes a marker can find it" 'found many' "$out"
is "and has sent it" 4 "$(grep -c 'wrote 1' <<<"$out")"
look "the next job finds none of it"
run 60 bmrun -n 4 ./secret write crash
is "a job that crashes full of markers" 139 $rc
look "leaves none either"
