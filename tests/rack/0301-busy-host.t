#!/bin/bash
# 0301-busy-host.t - an idle rack loses no node on a machine that is busy.
set -u
. tests/rack/rack.sh

rack_up -n 4
# Four processes that compute, as `make -j4` would, for a minute.
pids=()
for i in 1 2 3 4; do
	timeout 60 sh -c 'while :; do :; done' &
	pids+=($!)
done
lost=0
for i in $(seq 12); do
	sleep 5
	bminfo -N | grep -q 'down' && lost=1
done
wait "${pids[@]}"
is "60 s beside four busy processes: no node is lost" 0 $lost
is "and none was meanwhile" 0 "$(grep -c 'no heartbeat' "$BM_RACK/rack.log")"
