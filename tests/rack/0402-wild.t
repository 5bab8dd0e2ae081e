#!/bin/bash
# 0402-wild.t - a wild pointer handed to the kernel is the rank's own accident.
#
# Transport and files look at an application's memory later, from other cores:
# a pointer that leads nowhere must end the job, not the node.
set -u
. tests/rack/rack.sh

app wild <<'C'
#include <fcntl.h>
#include <mpi.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONG = 4000000 };

int
main(int argc, char **argv)
{
	char *wild = (char *)0x123456789000, *good;
	int rank, mode = atoi(argv[1]);

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	good = malloc(LONG);
	if (mode == 1 && rank == 0)
		MPI_Send(wild, LONG, MPI_BYTE, 2, 0, MPI_COMM_WORLD);
	if (mode == 2 && rank == 0)
		MPI_Send(good, LONG, MPI_BYTE, 2, 0, MPI_COMM_WORLD);
	if (mode == 3 && rank == 0)
		MPI_Send(good, LONG, MPI_BYTE, 2, 0, MPI_COMM_WORLD);
	if (rank == 2 && mode <= 3)
		MPI_Recv(mode == 1 ? good : mode == 2 ? wild : (void *)main,
		    LONG, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	if (mode == 4)
		write(open("out", O_CREAT | O_WRONLY, 0644), wild, 1000);
	if (mode == 5)
		read(open("wild.c", O_RDONLY), wild, 1000);
	if (mode == 6)
		write(1, wild, 1000);
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_Finalize();
	return 0;
}
C
rack_up -n 2
cd "$tmp"
what=(none "a long send from nowhere" "a long receive to nowhere"
    "a long receive into text" "a file written from nowhere"
    "a file read to nowhere" "output from nowhere")
for mode in 1 2 3 4 5 6; do
	run 40 bmrun -n 4 ./wild $mode
	is "${what[$mode]} ends the job with 139" 139 $rc
	like "and says so" 'Segmentation fault at 0x.*not (mapped|writable)' "$err"
done
idle 2 20
is "no node had to restart" 2 "$(bminfo -N | grep -c ' idle ')"
! grep -aq 'restarting this node' "$BM_RACK"/node?.log &&
	ok "no kernel was at fault" || not_ok "no kernel was at fault"
