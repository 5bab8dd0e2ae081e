#!/bin/bash
# 0412-noise.t - nothing interrupts a rank that computes but the slow tick.
#
# Under -icount the TSC counts instructions, so the result is exact, however
# busy the host is: with tick=0 not one instruction is stolen.
set -u
. tests/rack/rack.sh

if ! bmcc -O2 -I"$PWD" -o "$tmp/noise" tests/bench/noise.c >"$tmp/cc" 2>&1
then
	not_ok "bmcc compiles noise.c" "$tmp/cc"
	exit 1
fi
# computes APPEND MILLIONS
computes() {
	rack_up -n 1 --cores 1 --boot direct --append "$1" \
		--qemu "-icount shift=0"
	run 120 bmrun "$tmp/noise" ours "$2"
	timeout 30 bmrack down >/dev/null 2>&1
}

computes tick=0 400
like "without a tick nothing is stolen from a rank" \
	"ppm 0.000 longest 0 detours 0 of 400 " "$out$err"
computes tick=100 400
detours=$(sed -n 's/.* detours \([0-9]*\) of.*/\1/p' "$tmp/out")
if [ "${detours:-0}" -ge 2 ] && [ "$detours" -le 10 ]; then
	ok "with one it is the tick, and no more"
else
	not_ok "with one it is the tick, and no more" "$tmp/out"
fi
