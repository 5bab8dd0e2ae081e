#!/bin/bash
# deps.sh - installs the Debian packages that are missing, and says which.
set -eu
. "$(dirname "$0")/apt.sh"

[ -f /etc/debian_version ] || die "this is not Debian; install by hand what" \
    "$0 names"

packages=(
	# compile and link
	gcc libc6-dev make binutils clang pkg-config
	libevent-dev libsqlite3-dev libmicrohttpd-dev libsodium-dev
	libjansson-dev libdw-dev libopenmpi-dev
	# newlib's and NetPIPE's sources
	git dpkg-dev xz-utils ca-certificates debian-archive-keyring
	# the virtual rack
	qemu-system-x86 seabios ipxe-qemu ovmf ipxe pxelinux syslinux-common
	dnsmasq-base iproute2
	# the demo's other side, the tests
	openmpi-bin procps util-linux python3 gdb tshark
)

missing=()
for p in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = \
	    installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "Debian packages are missing, and" \
	    "there is no sudo. As root, run:
    apt-get update
    apt-get install --no-install-recommends ${missing[*]}"
	root=(sudo)
fi
say "installing Debian packages; the first time takes minutes:"
fold -s -w 74 <<<"${missing[*]}" | sed 's/^/    /'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
	"${root[@]}" apt-get -qq update &&
	    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
	        install -y --no-install-recommends "${missing[@]}"
} </dev/null >"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	die "apt-get failed; its last words are above"
}
say "done after $SECONDS s"
