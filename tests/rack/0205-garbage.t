#!/bin/bash
# 0205-garbage.t - frames that nobody understands disturb neither side.
set -u
. tests/rack/rack.sh

app hello <<'C'
#include <stdio.h>
int main(void)
{
	puts("hello");
	return 0;
}
C
rack_up -n 2 --boot direct

# junk HOST PORT: 200 datagrams of noise from the head node's network
junk() {
	timeout 30 bmrack exec bash -c 'for i in $(seq 200); do
		head -c $((RANDOM % 1400)) /dev/urandom >/dev/udp/"$1"/"$2"
	done' junk "$1" "$2"
}

junk 10.77.1.1 7771
junk 10.77.1.2 7800
junk 10.77.0.1 7770
sleep 1.5
is "nodes and bmd are still there" 2 "$(bminfo -N | grep -c ' idle ')"
like "bmd logged it" 'frames dropped: drop_' "$(cat "$BM_RACK/rack.log")"
lines=$(grep -c 'frames dropped' "$BM_RACK/rack.log")
[ "$lines" -le 20 ] && ok "in $lines lines, not one per frame" ||
	not_ok "in $lines lines, not one per frame"
run 30 bmrun -n 4 "$tmp/hello"
is "a job runs" "$(yes hello | head -4)" "$out"
