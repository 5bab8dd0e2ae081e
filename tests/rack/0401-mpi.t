#!/bin/bash
# 0401-mpi.t - MPI programs on the rack: right answers, also on a bad network.
set -u
. tests/rack/rack.sh

seed=${BM_SEED:-$RANDOM}
rack_up -n 2 --seed "$seed"
here=$PWD
cd "$tmp"
for p in hello pi heat; do
	bmcc -O2 -o $p "$here/docs/examples/$p.c" -lm
	mpicc -O2 -o $p.linux "$here/docs/examples/$p.c" -lm
done
gcc -O2 -o check "$here/docs/examples/check.c" -lm
linux() {
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
	    OMPI_MCA_btl=^tcp,openib,ofi \
	    timeout 60 mpirun --oversubscribe -n 4 "$@" 2>/dev/null
}

run 30 bmrun -n 4 ./hello
is "hello from every rank" "$(for r in 0 1 2 3; do
	echo "hello from rank $r of 4 on node$((r / 2 + 1))"; done)" \
	"$(sort <<<"$out")"
linux ./pi.linux 300 >pi.want
run 60 bmrun -n 4 ./pi 300
is "pi as under mpirun" "$(cat pi.want)" "$out"
linux ./heat.linux want.txt 100 >/dev/null
run 60 bmrun -n 4 ./heat got.txt 100
cmp -s want.txt got.txt && ok "heat writes the file that mpirun writes" ||
	not_ok "heat writes the file that mpirun writes" err

# One program that nobody here wrote.
if np=$("$here/headnode/setup/netpipe.sh" 2>"$tmp/why"); then
	bmcc -O -w -DMPI -I"$np" -o NPmpi "$np/netpipe.c" "$np/mpi.c"
	run 90 bmrun -N 2 -n 2 ./NPmpi -i -u 20000 -n 5 -o np.out
	is "NetPIPE ends" 0 $rc
	like "NetPIPE finds its data whole" 'Integrity check passed' "$out$err"
	! grep -qi 'integrity check failed' "$tmp/out" "$tmp/err" &&
		ok "NetPIPE finds nothing broken" ||
		not_ok "NetPIPE finds nothing broken" "$tmp/out"
else
	skip "NetPIPE" "its source cannot be had: $(tail -n 1 "$tmp/why")"
fi

# Every message must arrive, once and in order, whatever the switch does.
bmrack switch faults loss 5 dup 2 reorder 5 >faults
run 120 bmrun -n 4 ./pi 300
is "pi with 5 % loss, 2 % duplication, reordering (seed $seed)" \
	"$(cat pi.want)" "$out"
rm -f got.txt
run 120 bmrun -n 4 ./heat got.txt 100
cmp -s want.txt got.txt && ok "heat on the same network (seed $seed)" ||
	not_ok "heat on the same network (seed $seed)" err
bmrack switch clear >faults

# A sender that computes for a minute after its eager send was complete, and
# whose frame is lost, on a node that has no idle core: the tick sends it again.
app busy <<'C'
#include <mpi.h>
#include <stdio.h>
int
main(int argc, char **argv)
{
	int rank, x = 41;
	double begin;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Barrier(MPI_COMM_WORLD);
	if (rank == 0) {
		puts("ready");
		fflush(stdout);
		/* The test tells the switch to drop what comes next. */
		for (begin = MPI_Wtime(); MPI_Wtime() - begin < 3;)
			;
		MPI_Send(&x, 1, MPI_INT, 2, 7, MPI_COMM_WORLD);
		puts("sent");
		fflush(stdout);
		for (begin = MPI_Wtime(); MPI_Wtime() - begin < 60;)
			;
	} else if (rank == 2) {
		MPI_Recv(&x, 1, MPI_INT, 0, 7, MPI_COMM_WORLD,
		    MPI_STATUS_IGNORE);
		printf("received %d\n", x);
		fflush(stdout);
	} else {
		for (begin = MPI_Wtime(); MPI_Wtime() - begin < 60;)
			;
	}
	MPI_Finalize();
	return 0;
}
C
stamp() { while IFS= read -r l; do echo "$(date +%s%3N) $l"; done; }
bmrun -n 4 ./busy 2>/dev/null | stamp >busy.out &
pid=$!
end=$((SECONDS + 20))
until grep -q ready busy.out || [ $SECONDS -ge $end ]; do sleep 0.05; done
bmrack switch drop 1 from 1 to 2 udp 7800 min 110 >faults 2>&1
end=$((SECONDS + 20))
until grep -q received busy.out || [ $SECONDS -ge $end ]; do sleep 0.05; done
bmcancel "$(bmq --noheader -t R | awk '{ print $1; exit }')" 2>/dev/null
wait $pid
sent=$(awk '/sent/ { print $1 }' busy.out)
got=$(awk '/received 41/ { print $1 }' busy.out)
late=$((${got:-999999} - ${sent:-0}))
like "the switch dropped the frame" "matched [1-9]" \
	"$(bmrack switch stats | tr '\n' ' ')"
[ $late -lt 6000 ] && ok "the receiver has it soon after ($late ms; 2 s promised)" ||
	not_ok "the receiver has it soon after ($late ms; 2 s promised)" busy.out
