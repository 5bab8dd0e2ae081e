#!/bin/bash
# deps.sh - installs the Debian packages that are missing, and says which.
set -eu
. "$(dirname "$0")/apt.sh"

[ -f /etc/debian_version ] || die "this is not Debian; install by hand what" \
    "$0 names"

packages=(
	gcc libc6-dev make binutils git pkg-config dpkg-dev xz-utils perl m4
	curl ca-certificates debian-archive-keyring procps util-linux
	clang libevent-dev libsqlite3-dev libmicrohttpd-dev libsodium-dev
	libjansson-dev libopenmpi-dev openmpi-bin
	qemu-system-x86 seabios ipxe-qemu ovmf ipxe pxelinux syslinux-common
	dnsmasq-base iproute2 tshark
)
# The sanitizer runtimes of the suite's own clang.
version=$(apt-cache depends clang 2>/dev/null |
    sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
[ -n "$version" ] && packages+=("libclang-rt-$version-dev")

missing=()
for p in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = \
	    installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "not root and no sudo; as root run:" \
	    "apt-get install --no-install-recommends ${missing[*]}"
	root=(sudo)
fi
say "installing with apt: ${missing[*]}"
"${root[@]}" apt-get -qq update
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends "${missing[@]}" </dev/null >/dev/null
say "done"
