#!/bin/bash
# 0302-mpi-faults.t - MPI jobs on a bad network and with bad arguments.
set -u
. tests/rack/rack.sh
seed=${BM_SEED:-$RANDOM}

app sum <<'C'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

/* Every rank's large and small messages reach every rank, many times. */
enum { WORDS = 40000, ROUNDS = 12 };
static long in[WORDS], out[WORDS];

int
main(int argc, char **argv)
{
	int rank, size, bad = 0;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	for (int round = 0; round < ROUNDS; round++) {
		long expect = (long)size * (size - 1) / 2;

		for (int i = 0; i < WORDS; i++)
			in[i] = rank + (long)i * round;
		MPI_Allreduce(in, out, WORDS, MPI_LONG, MPI_SUM,
		    MPI_COMM_WORLD);
		for (int i = 0; i < WORDS; i++)
			bad += out[i] != expect + (long)i * round * size;
		MPI_Sendrecv(in, 10, MPI_LONG, (rank + 1) % size, 7, out, 10,
		    MPI_LONG, (rank + size - 1) % size, 7, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		bad += out[0] != (rank + size - 1) % size;
	}
	MPI_Finalize();
	if (rank == 0)
		printf("wrong %d\n", bad);
	return bad != 0;
}
C
app lost <<'C'
#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static double
utc(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void
until(const char *file)
{
	int fd;

	while ((fd = open(file, O_RDONLY)) < 0)
		continue;
	close(fd);
}

static void
compute(double until)
{
	while (utc() < until)
		for (volatile int i = 0; i < 1000000; i++)
			continue;
}

/*
 * Rank 0 sends once and then computes without any call of MPI, and so do the
 * others but rank 2, which receives: no core of node1 is ever idle.
 */
int
main(int argc, char **argv)
{
	int rank;
	double t;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Barrier(MPI_COMM_WORLD);
	if (rank == 0) {
		close(open("ready", O_WRONLY | O_CREAT, 0644));
		until("go");
		t = utc();
		MPI_Send(&t, 1, MPI_DOUBLE, 2, 0, MPI_COMM_WORLD);
		compute(t + 20);
	} else if (rank != 2) {
		until("go");
		compute(utc() + 20);
	} else {
		MPI_Recv(&t, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		printf("%d ms\n", (int)((utc() - t) * 1000));
		fflush(stdout);
	}
	MPI_Finalize();
	return 0;
}
C
app null <<'C'
#include <mpi.h>
int main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0)
		MPI_Send((void *)0, 1000, MPI_INT, 1, 0, MPI_COMM_WORLD);
	else
		MPI_Barrier(MPI_COMM_WORLD);
	MPI_Finalize();
	return 0;
}
C
app abort <<'C'
#include <mpi.h>
int main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 1)
		MPI_Abort(MPI_COMM_WORLD, 9);
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_Finalize();
	return 0;
}
C

rack_up -n 2 --seed "$seed"
cd "$tmp"
run 60 bmrun -n 4 ./sum
is "on a good network" "wrong 0" "$out"
bmrack switch faults loss 5 dup 2 reorder 5 >faults
run 150 bmrun -n 4 ./sum
is "5 % loss, 2 % duplication, reordering: right (seed $seed)" "wrong 0" "$out"
bmrack switch faults loss 1 dup 0 reorder 0 corrupt 2 delay 2 >faults
run 150 bmrun -n 4 ./sum
is "corruption and delay: right (seed $seed)" "wrong 0" "$out"
bmrack switch clear >faults

bmrun -n 4 ./lost >lost.out 2>err &
pid=$!
for i in $(seq 200); do
	[ -e ready ] && break
	sleep 0.1
done
sleep 1.5
# Rank 0 is the first of node1 (port 1), rank 2 the first of node2 (port 2).
bmrack switch drop 1 from 1 to 2 udp 7800 >faults
touch go
for i in $(seq 100); do
	[ -s lost.out ] && break
	sleep 0.1
done
ms=$(awk '{ print $1 }' lost.out)
[ -n "$ms" ] && [ "$ms" -lt 2000 ] &&
	ok "a lost frame of a computing sender comes again ($ms ms)" ||
	not_ok "a lost frame of a computing sender comes again ($ms ms)" err
is "and one was dropped" 1 "$(bmrack switch stats |
	sed -n 's/^port 2 .*matched \([0-9]*\).*/\1/p')"
bmcancel -a
ended $pid

run 40 bmrun -n 2 ./null
[ $rc -ne 0 ] && ok "MPI_Send of a NULL pointer ends the job ($rc)" ||
	not_ok "MPI_Send of a NULL pointer ends the job ($rc)" err
like "and says where" 'task 0' "$err"
run 40 bmrun -n 4 ./abort
is "MPI_Abort's code comes back" 9 $rc
run 60 bmrun -n 4 ./sum
is "after all that a job runs" "wrong 0" "$out"
