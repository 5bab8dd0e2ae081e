#!/bin/bash
# pingpong.sh - latency of 8 B and bandwidth of 1 MiB between two nodes.
#
# Medians of RUNS runs of one rank on each of two nodes. A busy host makes all
# of it slower, by several times: compare alternating runs only.
set -u
. tests/rack/rack.sh
trap 'rack_end >/dev/null' EXIT

RUNS=${RUNS:-5}
app pp <<'C'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static char buf[1 << 20];
static double half_trip[1000];

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(int len, int n, int rank)
{
	for (int i = 0; i < n; i++) {
		double from = MPI_Wtime();

		for (int side = 0; side < 2; side++)
			if (rank == side)
				MPI_Send(buf, len, MPI_CHAR, !rank, 0,
				    MPI_COMM_WORLD);
			else
				MPI_Recv(buf, len, MPI_CHAR, !rank, 0,
				    MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		half_trip[i] = (MPI_Wtime() - from) / 2;
	}
	qsort(half_trip, n, sizeof *half_trip, compare);
	return half_trip[n / 2];
}

int
main(void)
{
	int rank;
	double small, large;

	MPI_Init(NULL, NULL);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	small = median(8, 1000, rank);
	large = median(1 << 20, 15, rank);
	if (!rank)
		printf("%.1f %.1f\n", small * 1e6, (1 << 20) / large / 1e6);
	MPI_Finalize();
	return 0;
}
C
rack_up -n 2 --cores "${CORES:-1}"
for _ in $(seq "$RUNS"); do
	run 60 bmrun -N 2 -n 2 "$tmp/pp"
	[ $rc = 0 ] || { cat "$tmp/err"; exit 1; }
	echo "$out" >>"$tmp/all"
done
middle() {
	sort -n | sed -n "$(((RUNS + 1) / 2))p"
}
echo "bench: mpi.latency8 $(cut -d' ' -f1 "$tmp/all" | middle) us" \
	"(reference: Linux + Open MPI over e1000e on a quiet host 188)"
echo "bench: mpi.bandwidth1m $(cut -d' ' -f2 "$tmp/all" | middle) MB/s" \
	"(reference: the same 124)"
