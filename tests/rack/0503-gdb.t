#!/bin/bash
# 0503-gdb.t - Debian's gdb on ranks that run: stop, look, change, break, go on.
set -u
. tests/rack/rack.sh

src=$PWD
cat >"$tmp/loop.c" <<'C'
/* loop.c: line numbers are part of the test. */
#include <mpi.h>
#include <stdio.h>
volatile int stop;
int rounds;
static __attribute__((noinline)) void
turn(int depth)
{
	double half = depth / 2.0;
	if (depth)
		turn(depth - 1);
	while (!stop)
		rounds++;
	stop = (int)half + 1;
}
static __attribute__((noinline)) int
last(int rank)
{
	return printf("rank %d is over\n", rank);
}
int
main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0 || argc > 1)
		turn(3);
	MPI_Barrier(MPI_COMM_WORLD);
	last(rank);
	MPI_Finalize();
	return 0;
}
C
bmcc -O0 -g -o "$tmp/loop" "$tmp/loop.c" >"$tmp/cc" 2>&1 ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
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
# debug TASK GDB-ARGUMENT...: gdb's output
debug() {
	timeout 60 bmctl gdb "$job.$1" -nx -batch "${@:2}" 2>&1 </dev/null
}

bmrun -n 4 ./loop >out 2>err &
pid=$!
job=$(running)
sleep 0.3
got=$(debug 0 -ex bt -ex 'print rounds > 0' -ex 'frame 2' -ex 'print depth' \
	-ex 'print half' -ex 'up 2' -ex 'print rank')
like "gdb attaches to a rank and shows its calls as file:line" \
	'#0 .*turn \(depth=0\) at .*loop.c:1[23].*#3 .*turn \(depth=3\) at .*loop.c:11.*#4 .*main \(argc=1, .*\) at .*loop.c:29' \
	"$(tr '\n' ' ' <<<"$got")"
like "and variables, also floating-point ones" \
	'\$1 = 1 .*\$2 = 2 .*\$3 = 1 .*\$4 = 0' "$(tr '\n' ' ' <<<"$got")"
got=$(debug 1 -ex bt)
like "a rank that waits in MPI shows where" \
	'req_wait .*main .* at .*loop.c:30' \
	"$(tr '\n' ' ' <<<"$got")"
# One SIGINT, and not before the rank runs: a second one would make gdb leave.
env --default-signal=INT timeout --foreground 60 bmctl gdb "$job.0" -nx -batch \
	-ex "shell touch going" -ex continue -ex bt >interrupted 2>&1 </dev/null &
gdb=$!
for _ in $(seq 400); do
	[ -e going ] && break
	sleep 0.05
done
sleep 0.5
kill -INT "$(pgrep -P $gdb)"
wait $gdb
got=$(cat interrupted)
like "an interrupt stops it again" 'SIGINT.*#0 .*turn \(depth=0\)' \
	"$(tr '\n' ' ' <<<"$got")"
# Rank 0 and rank 1 are on one node and share their text.
got=$(debug 0 -ex 'break last' -ex 'set var stop = 1' -ex continue -ex bt \
	-ex 'print rank' -ex next -ex 'info line' -ex detach)
like "a breakpoint is reached after continue" \
	'Breakpoint 1, last \(rank=0\) at .*loop.c:19' "$got"
like "and a step over a call" '20' "$(grep -A3 '^\$' <<<"$got")"
ended $pid
is "the job goes on to its end" 0 $?
is "and only the rank that was asked stopped" \
	"rank 0 is over rank 1 is over rank 2 is over rank 3 is over" \
	"$(sort out | tr '\n' ' ' | sed 's/ $//')"

# A debugger that dies leaves nothing behind: no stopped rank, no breakpoint.
bmrun -n 2 ./loop all >out 2>err &
pid=$!
job=$(running)
sleep 0.2
debug 1 -ex 'break last' -ex 'set var stop = 1' -ex 'kill' >gdb
timeout 60 bmctl gdbserver "$job.0" </dev/null >/dev/null
got=$(debug 0 -ex 'set var stop = 1' -ex 'break turn' -ex detach)
ended $pid
is "ranks that gdb has left go on" 0 $?

# Two threads on two cores run into the same breakpoint.
cat >threads.c <<'C'
#include <stdint.h>
#include <stdio.h>
#include "mpi-lite/node/start.h"
volatile int go, count[2];
static __attribute__((noinline)) void
beat(int i)
{
	count[i]++;
}
static void
body(void *arg)
{
	while (!go)
		beat((int)(intptr_t)arg);
}
int
main(void)
{
	uint32_t t = (uint32_t)start_abi->thread_create(1, body, (void *)1, 0);
	body(0);
	start_abi->thread_join(t, UINT64_MAX);
	return printf("both %d\n", count[0] > 0 && count[1] > 0) < 0;
}
C
bmcc -O0 -g -I"$src" -o threads threads.c >cc 2>&1 ||
	not_ok "bmcc compiles threads" cc
bmrun -n 1 -c 2 ./threads >out 2>err &
pid=$!
job=$(running)
sleep 0.2
got=$(debug 0 -ex 'break beat' -ex continue -ex continue -ex continue -ex bt \
	-ex delete -ex 'set var go = 1' -ex detach)
is "a breakpoint is reached by whichever thread comes" 3 \
	"$(grep -c '^Breakpoint 1, beat' <<<"$got")"
like "and shows its calls" '#1 .* body \(' "$got"
ended $pid
is "all threads go on" "both 1" "$(cat out)"

# What the debugger sees of a crash, before it is one.
cat >crash.c <<'C'
int main(void) { volatile int wait = 1; while (wait) ; return *(volatile int *)8; }
C
bmcc -g -o crash crash.c
bmrun -n 1 ./crash >out 2>err &
pid=$!
job=$(running)
got=$(debug 0 -ex 'set var wait = 0' -ex continue -ex bt -ex detach)
like "a crash stops in gdb" 'SIGSEGV' "$got"
ended $pid
is "and is one when gdb has left" 139 $?
run 10 bmctl gdb "$job.0"
is "a job that is over cannot be debugged" 1 $rc
like "which is said" "job $job is over" "$err"

bmrun -n 2 ./loop >out 2>err &
pid=$!
job=$(running)
(sleep 2; bmcancel "$job") &
got=$(debug 0 -ex 'set var stop = 2' -ex 'break last' -ex 'set var stop = 0' -ex continue)
ended $pid
is "a job that is cancelled under gdb ends" 143 $?
idle 2 20 && ok "no node was lost" || not_ok "no node was lost"
