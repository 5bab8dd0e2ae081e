#!/bin/bash
# 0411-64cores.t - 64 cores take the tasks of one rank: none is lost, none runs
# twice. tests/campaign/cores.sh does the same with ten million.
set -u
. tests/rack/rack.sh

TASKS=${TASKS:-50000} SECONDS_MAX=${SECONDS_MAX:-100}
if ! bmcc -O2 -g -I"$PWD" -o "$tmp/tasks" tests/rack/tasks.c \
    >"$tmp/cc" 2>&1; then
	not_ok "bmcc compiles tasks.c" "$tmp/cc"
	exit 1
fi
rack_up -n 1 --cores 64 --mem 128
run "$SECONDS_MAX" bmrun -c 64 "$tmp/tasks" "$TASKS"
is "$TASKS tasks in a group: each ran once, with its core's thread block" \
	"wrong 0 tls 0" "$(sed -n '1s/ cores.*//p' "$tmp/out")"
like "on many of 64 cores" 'cores ([3-5][0-9]|6[0-4]) of 64' "$out"
is "a tree of 16,384 tasks that wait for each other" "leaves 16384" \
	"$(sed -n 2p "$tmp/out")"
is "$TASKS tasks without a group" "plain: wrong 0" "$(sed -n 3p "$tmp/out")"
is "the program ends" 0 "$rc"
