#!/bin/bash
# 0703-recovery.t - a card that misbehaves costs time, and no message.
set -u
. tests/rack/rack.sh

if ! qemu-system-x86_64 -device x-pci-proxy-dev,help >/dev/null 2>&1; then
	skip "cards that misbehave" "this QEMU has no x-pci-proxy-dev"
	exit 0
fi
cat >"$tmp/rounds.c" <<'C'
/* rounds.c: for ARGV[1] seconds, small and large messages around a ring. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
enum { LARGE = 200000 };
int
main(int argc, char **argv)
{
	static unsigned char out[LARGE], in[LARGE];
	int rank, size, rounds = 0, on = 1;
	long sum, wrong = 0;
	double end;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	end = MPI_Wtime() + atof(argv[1]);
	for (; on; rounds++) {
		int n = rounds % 4 ? 100 : LARGE;
		long mine = rank + rounds;

		for (int i = 0; i < n; i++)
			out[i] = (unsigned char)(i + rank + rounds);
		MPI_Sendrecv(out, n, MPI_BYTE, (rank + 1) % size, 1, in, n,
		    MPI_BYTE, (rank + size - 1) % size, 1, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		for (int i = 0; i < n; i++)
			wrong += in[i] != (unsigned char)(i +
			    (rank + size - 1) % size + rounds);
		MPI_Allreduce(&mine, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
		wrong += sum != (long)size * rounds + size * (size - 1) / 2;
		on = MPI_Wtime() < end;
		MPI_Bcast(&on, 1, MPI_INT, 0, MPI_COMM_WORLD);
	}
	MPI_Allreduce(&wrong, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 0)
		printf("%ld wrong\n", sum);
	fprintf(stderr, "%d rounds\n", rounds);
	MPI_Finalize();
	return 0;
}
C
bmcc -O2 -o "$tmp/rounds" "$tmp/rounds.c" 2>"$tmp/cc" ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
rack_up -n 2 --nic 82599 --boot direct
cd "$tmp"

# fault NAME HOW [SECONDS]: while a job runs, on node1's card
fault() {
	local pid
	timeout 100 bmrun -n 4 ./rounds 4 >out 2>err &
	pid=$!
	sleep 1.2
	bmrack nic node1 fault "$1" "$2" >/dev/null
	sleep "${3:-0.6}"
	bmrack nic node1 fault "$1" off >/dev/null
	ended $pid
	is "$1: nothing is lost" "0 0 wrong" "$? $(cat out)"
	echo "# $(head -1 err)"
}
fault lost-done 1
fault lost-done always 2.6
like "the card was started over" 'ixgbe is stuck and starts over' \
	"$(cat "$BM_RACK/node1.log")"
fault bad-sum 20
fault rx-error 20
# Up to a minute on a busy host: tests/campaign/nic82599.sh.
[ -n "${CAMPAIGN:-}" ] && fault gone always
fault link-down always
idle 2 20 && ok "no node was lost" || not_ok "no node was lost"
