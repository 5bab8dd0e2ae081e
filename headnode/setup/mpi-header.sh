#!/bin/bash
# mpi-header.sh - prints the folder of Open MPI 5's mpi.h, which mpi-lite is
# compiled with: the installed one, or Debian 13's from the cache.
set -eu
. "$(dirname "$0")/apt.sh"

suite=trixie
for dir in /usr/lib/x86_64-linux-gnu/openmpi/include /usr/include/openmpi; do
	if grep -qs '^#define OMPI_MAJOR_VERSION 5' "$dir/mpi.h"; then
		echo "$dir"
		exit 0
	fi
done
out=$cache/openmpi-$suite
dir=$out/usr/lib/x86_64-linux-gnu/openmpi/include
if [ ! -f "$out/.complete" ]; then
	rm -rf "$out"
	apt_unpack $suite libopenmpi-dev "$out" >&2
	[ -f "$dir/mpi.h" ] || die "no mpi.h in libopenmpi-dev of $suite"
	touch "$out/.complete"
fi
echo "$dir"
