#!/bin/bash
# 0702-landing.t - a large message between two 82599s: no processor touches it.
set -u
. tests/rack/rack.sh

if ! qemu-system-x86_64 -device x-pci-proxy-dev,help >/dev/null 2>&1; then
	skip "a large message lands in place" "this QEMU has no x-pci-proxy-dev"
	exit 0
fi
cat >"$tmp/large.c" <<'C'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
static unsigned char
byte(size_t i)
{
	return (unsigned char)(i * 2654435761u >> 13);
}
int
main(int argc, char **argv)
{
	size_t n = (size_t)16 << 20, wrong = 0;
	unsigned char *b = malloc(n);
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	for (size_t i = 0; i < n; i++)
		b[i] = rank ? 0 : byte(i);
	if (rank == 0)
		MPI_Ssend(b, (int)n, MPI_BYTE, 1, 5, MPI_COMM_WORLD);
	else
		MPI_Recv(b, (int)n, MPI_BYTE, 0, 5, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
	for (size_t i = 0; i < n; i++)
		wrong += b[i] != byte(i);
	if (rank)
		printf("%zu wrong\n", wrong);
	MPI_Finalize();
	return 0;
}
C
bmcc -O2 -o "$tmp/large" "$tmp/large.c" 2>"$tmp/cc" ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
rack_up -n 2 --cores 1 --mem 128 --nic 82599 --boot direct
cd "$tmp"

# count WORD: that counter of node1 and node2, summed
count() {
	bminfo --json | sed -n "s/.*\"net.$1\": \([0-9]*\).*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

# A host that is busy elsewhere may look like a cable that loses frames, and
# then chunks are copied: one of three runs is free of that.
least=1000
for _ in 1 2 3; do
	bulk=$(count rx_bulk_bytes)
	before=$(($(count rx_touched_bytes) + $(count tx_copied_bytes)))
	run 60 bmrun -n 2 ./large
	is "16 MiB arrive" "0 0 wrong" "$rc $out"
	after=$(($(count rx_touched_bytes) + $(count tx_copied_bytes)))
	share=$(((after - before) * 1000 / (16 << 20)))
	echo "# $share of 1000 bytes were touched or copied"
	[ $share -lt $least ] && least=$share
	[ $least -lt 10 ] && break
done
is "they are received as a large message" $((16 << 20)) \
	$(($(count rx_bulk_bytes) - bulk))
[ $least -lt 10 ] && ok "less than 1 % was touched or copied" ||
	not_ok "less than 1 % was touched or copied"
like "bminfo -l shows it" 'net.rx_copied_bytes [0-9]+, net.rx_touched_bytes' \
	"$(bminfo -l)"

# One frame in a hundred is lost: the data is right all the same.
bmrack switch faults loss 1 >/dev/null
copied=$(count rx_copied_bytes)
run 100 bmrun -n 2 ./large
is "16 MiB arrive though frames are lost" "0 0 wrong" "$rc $out"
echo "# $((($(count rx_copied_bytes) - copied) * 1000 / (16 << 20))) of 1000 bytes were copied"
