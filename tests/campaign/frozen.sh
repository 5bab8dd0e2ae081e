#!/bin/bash
# frozen.sh - a machine that stands still for a while blames nobody; a bmd that
# was silent for too long finds nodes that take jobs.
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
running() {
	local end=$((SECONDS + 20))
	until bmq --noheader -t R | grep -q .; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.05
	done
}
# freeze SECONDS PATTERN: processes of this rack
freeze() {
	local pids
	pids=$(pgrep -f "$BM_RACK/($2)")
	# shellcheck disable=SC2086
	kill -STOP $pids && sleep "$1" && kill -CONT $pids
}

bmrun -n 4 -t 0:30 ./spin 2>err &
pid=$!
running
freeze 20 'node[0-9]*.qmp|bmd.conf'
ended $pid
is "a rack that stood still for 20 s goes on with its job" 143 $?
is "nobody registered anew" 0 "$(grep -c 'started anew\|no heartbeat' "$BM_RACK/rack.log")"
idle 2 20

bmrun -n 4 ./spin 2>err &
pid=$!
running
freeze 20 'bmd.conf'
ended $pid
is "a bmd that was silent for 20 s has lost the job" 125 $?
idle 2 30 && ok "but not the nodes" || not_ok "but not the nodes"
for i in 1 2; do
	run 30 bmrun -n 4 ./hello
	is "which take the next job" "$(yes hello | head -4)" "$out"
done
