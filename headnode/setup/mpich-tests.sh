#!/bin/bash
# mpich-tests.sh - fetches MPICH's source from Debian, configures its test
# suite against Debian's Open MPI, and prints the suite's folder in the cache.
set -eu
. "$(dirname "$0")/apt.sh"

suite=bookworm
out=$cache/mpich-$suite
tests=$out/src/test/mpi
if [ ! -f "$out/.complete" ]; then
	say "unpacking and configuring MPICH's test suite in $out" >&2
	mkdir -p "$out"
	apt_source $suite mpich "$out" >&2
	# It wants a C++ preprocessor, though told to leave C++ out.
	(cd "$tests" && ./configure CC=gcc MPICC=mpicc CXXCPP="gcc -E -x c" \
	    --disable-fortran \
	    --disable-cxx --disable-spawn --enable-threads=multiple) \
	    >"$out/configure.log" 2>&1 || {
		tail -n 20 "$out/configure.log" >&2
		die "MPICH's test suite did not configure"
	}
	find "$out/src" -mindepth 1 -maxdepth 1 ! -name test -exec rm -rf {} +
	touch "$out/.complete"
fi
echo "$tests"
