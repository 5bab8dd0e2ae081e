#!/bin/bash
# 0201-end.t - every way to end a job that would not end by itself.
set -u
. tests/rack/rack.sh

app spin <<'C'
int main(void)
{
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

# running STATE: waits until a job is in that state and prints its id
running() {
	local end=$((SECONDS + 20)) id
	while [ $SECONDS -lt $end ]; do
		id=$(bmq --noheader -t "$1" | awk '{ print $1; exit }')
		[ -n "$id" ] && { echo "$id"; return; }
		sleep 0.05
	done
}
# next NAME: the nodes run the next job
next() {
	run 30 bmrun -n 4 ./hello
	is "$1" "$(yes hello | head -4)" "$out"
}

began=$(date +%s%N)
run 30 bmrun -n 4 -t 0:05 ./spin
ms=$((($(date +%s%N) - began) / 1000000))
is "a time limit is 143" 143 $rc
like "and says so" 'DUE TO TIME LIMIT \(5 s\)' "$err"
[ $ms -ge 4900 ] && [ $ms -lt 14000 ] && ok "after 5 s ($ms ms)" ||
	not_ok "after 5 s ($ms ms)"
next "after the limit the next job runs"

bmrun -n 4 ./spin 2>err &
pid=$!
job=$(running R)
began=$(date +%s%N)
run 10 bmcancel "$job"
ended $pid
is "bmcancel ends while(1) with 143" 143 $?
ms=$((($(date +%s%N) - began) / 1000000))
[ $ms -lt 9000 ] && ok "soon ($ms ms; 3 s are promised)" ||
	not_ok "soon ($ms ms; 3 s are promised)"
next "after bmcancel the next job runs"
run 10 bmcancel "$job"
is "a job that is over cannot be cancelled" 1 $rc
like "which is said" "job $job is over \\(CANCELLED\\)" "$err"

# A background job of a script ignores SIGINT: give it its default back.
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' bmrun -n 4 ./spin 2>err &
pid=$!
running R >job
kill -INT $pid
sleep 2.5
like "one Ctrl-C shows the tasks" 'node1: tasks 0-1: 2 running' "$(cat err)"
kill -INT $pid
sleep 0.3
kill -INT $pid
ended $pid
is "two within a second cancel: 130" 130 $?
next "after Ctrl-C the next job runs"

bmrun -n 4 ./spin 2>err &
pid=$!
running R >job
kill -TERM $pid
ended $pid
is "SIGTERM to bmrun cancels: 143" 143 $?
bmrun -n 4 ./spin 2>err &
pid=$!
running R >job
kill -9 $pid
ended $pid
next "a killed bmrun takes its job along"
is "and its job is CANCELLED" CANCELLED \
	"$(bmctl show job "$(cat job)" | awk '/state/ { sub(":", "", $2); print $2 }')"

bmrun -n 4 ./spin 2>err &
pid=$!
running R >job
bmrun -n 1 ./hello >queued 2>queued.err &
second=$!
sleep 2
like "a job that must wait says why" 'is queued: Resources' \
	"$(cat queued.err)"
like "bmq says so too" 'PD .*\(Resources\)' "$(bmq)"
bmcancel -a
ended $pid
ended $second
is "bmcancel -a empties the queue" 0 "$(bmq --noheader | wc -l)"
next "and the rack works on"
