#!/bin/bash
# netpipe.sh - fetches NetPIPE's source from Debian and prints the folder.
set -eu
. "$(dirname "$0")/apt.sh"

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
out=$cache/netpipe-$suite
if [ ! -f "$out/src/src/netpipe.c" ]; then
	apt_source "$suite" netpipe "$out" >&2
fi
echo "$out/src/src"
