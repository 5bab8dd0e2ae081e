#!/bin/bash
# noise.sh - what is stolen from a rank that computes, and from one under Linux.
#
# Under -icount: instructions, not times, so the host's own noise does not show.
# One core computes, as on Linux; ours has the tick, the agent and the network
# to do besides, with a job running.
set -u
. tests/rack/rack.sh
. tests/rack/linux.sh
trap 'rack_end >/dev/null' EXIT

MILLIONS=${MILLIONS:-12000}
flat() {
	printf "bench: %s %s %s\n" "$1" "$(sed -n \
		"s/.*noise: .* $2 \([0-9.]*\).*/\1/p" "$tmp/said")" "$3"
}

ours() {
	rack_up -n 1 --cores 1 --boot direct --qemu "-icount shift=0" \
		--append "$1"
	run 280 bmrun "$tmp/noise" ours "$MILLIONS"
	timeout 30 bmrack down >/dev/null 2>&1
	cp "$tmp/out" "$tmp/said"
	[ "$rc" = 0 ] || { cat "$tmp/err"; exit 1; }
}

bmcc -O2 -I"$PWD" -o "$tmp/noise" tests/bench/noise.c || exit 1
gcc -O2 -I. -static -o "$tmp/linux" tests/bench/noise.c || exit 1
ours tick=1000
flat noise.ppm ppm "ppm (budget 10, Linux below)"
flat noise.longest longest "instructions (reference: Linux below)"
flat noise.detours detours "in $MILLIONS million instructions"
ours tick=0
flat noise.ppm_tick0 ppm "ppm (budget 0)"
flat noise.detours_tick0 detours "in $MILLIONS million instructions (budget 0)"
linux_run 280 "$tmp/linux" 1 "linux $MILLIONS" -icount shift=0 \
	>"$tmp/said"
flat linux.noise.ppm ppm "ppm (Debian's kernel, idle but for this program)"
flat linux.noise.longest longest instructions
flat linux.noise.detours detours "in $MILLIONS million instructions"
