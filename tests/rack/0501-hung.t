#!/bin/bash
# 0501-hung.t - ranks that mask interrupts and never come back.
#
# One core that still answers is enough to stop a job: by NMI. A node whose
# cores are all deaf is reset by bmd.
set -u
. tests/rack/rack.sh

app deaf <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <mpi.h>

/* The ranks named on the command line, or all. */
int
main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (argc < 2 || atoi(argv[1]) == rank)
		for (;;)
			__asm__ volatile("cli");
	for (;;)
		__asm__ volatile("");
}
C
app hello <<'C'
#include <stdio.h>
int main(void)
{
	puts("hello");
	return 0;
}
C
rack_up -n 2
cd "$tmp"

running() {
	local end=$((SECONDS + 20)) id
	while [ $SECONDS -lt $end ]; do
		id=$(bmq --noheader -t R | awk '{ print $1; exit }')
		[ -n "$id" ] && { echo "$id"; return; }
		sleep 0.05
	done
}
uptimes() {
	cat "$BM_RACK"/node[12].log | grep -aEc 'barerack [0-9a-f].* cores, .* MiB'
}

boots=$(uptimes)
for deaf in 0 1; do
	bmrun -n 2 -N 1 ./deaf $deaf 2>err &
	pid=$!
	job=$(running)
	sleep 0.3
	began=$(date +%s%N)
	bmcancel "$job"
	ended $pid
	is "cli; while (1) on core $deaf of two is cancelled: 143" 143 $?
	ms=$((($(date +%s%N) - began) / 1000000))
	[ $ms -lt 5000 ] && ok "within 5 s ($ms ms)" ||
		not_ok "within 5 s ($ms ms)"
	run 30 bmrun -n 4 ./hello
	is "and the next job runs" "$(yes hello | head -4)" "$out"
done
is "no node had to boot anew" "$boots" "$(uptimes)"

# A node that is switched off stays off: a reset is no power button.
bmrack power node2 off
bmrun -n 2 -N 1 -w node1 ./deaf 2>err &
pid=$!
running >job
ended $pid
is "both cores deaf: the node is lost, 125" 125 $?
like "which is said" 'node failure \(no heartbeat' "$(cat err)"
idle 1 60 && ok "bmd resets the node and it comes back" ||
	not_ok "bmd resets the node and it comes back"
is "it booted once" $((boots + 1)) "$(uptimes)"
grep -q 'node[12]: reset: ' "$BM_RACK/rack.log" &&
	ok "the journal tells of the reset" ||
	not_ok "the journal tells of the reset"
run 30 bmrun -n 2 ./hello
is "and takes jobs" "$(yes hello | head -2)" "$out"
like "a node that was switched off stays off" 'node2 +power off' \
	"$(bmrack status)"
