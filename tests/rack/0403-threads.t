#!/bin/bash
# 0403-threads.t - threads of a rank send and receive at the same time.
set -u
. tests/rack/rack.sh

rack_up -n 2
here=$PWD
cd "$tmp"
bmcc -O2 -pthread -o threads "$here/tests/rack/threads.c"
run 60 bmrun -n 4 -N 2 ./threads
is "mutex, condition, once, key, barrier and messages of 3 threads" \
	"$(for r in 0 1 2 3; do echo "rank $r: multiple 1, count 3, ended 3," \
	    "once 1, wrong 0"; done)" "$(sort <<<"$out")"
bmcc -O2 -o windows "$here/tests/rack/windows.c"
run 60 bmrun -n 4 -N 2 ./windows
is "one-sided, and collectives that do not block, across nodes" \
	"4 ranks: right" "$out"
