#!/bin/bash
# 0103-nics.t - an MPI job over every card of QEMU's that no other test has.
set -u
. tests/rack/rack.sh

app ring <<'C'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES = 300000, ROUNDS = 5 };

/* Each rank hands on what it was given, and a byte of its own. */
int
main(int argc, char **argv)
{
	unsigned char *buf = malloc(BYTES);
	int rank, size, bad = 0;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	for (int k = 0; k < ROUNDS; k++) {
		for (int i = 0; i < BYTES; i++)
			buf[i] = (unsigned char)(i * 7 + rank + k);
		MPI_Sendrecv_replace(buf, BYTES, MPI_BYTE, (rank + 1) % size,
		    k, (rank + size - 1) % size, k, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		for (int i = 0; i < BYTES; i++)
			bad += buf[i] != (unsigned char)(i * 7 + k +
			    (rank + size - 1) % size);
	}
	MPI_Reduce(rank ? &bad : MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_SUM, 0,
	    MPI_COMM_WORLD);
	if (!rank)
		printf("%d wrong\n", bad);
	MPI_Finalize();
	return 0;
}
C

# card NIC BOOT DRIVER: two nodes, and what they say their card is
card() {
	rack_up -n 2 --cores 1 --nic "$1" --boot "$2"
	run 60 bmrun -n 2 -N 2 "$tmp/ring"
	if [ "$out" = "0 wrong" ]; then
		ok "$1: 1.5 MB each way between two nodes"
	else
		not_ok "$1: a job over it" "$tmp/err"
	fi
	is "$1: the driver is $3" 2 "$(bminfo -l | grep -c " $3 ")"
	run 30 bmrun -n 2 -N 2 "$tmp/ring"
	is "$1: and again after the recycle" "0 wrong" "$out"
	bmrack down
}

card e1000 ipxe e1000
card rtl8139 ipxe rtl
card virtio-old ipxe virtio-net
if qemu-system-x86_64 -device help 2>/dev/null | grep -q '"igb"'; then
	card igb direct igb
else
	skip "igb" "this QEMU has none (since 8.0)"
fi
