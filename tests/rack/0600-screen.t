#!/bin/bash
# 0600-screen.t - what a node says can be read on its screen, serial or not.
#
# VGA text; 0602 reads UEFI's framebuffer.
set -u
. tests/rack/boot.sh

# Without a chardev QEMU has no UART at all.
boot_line=()

# text_wait SECONDS PATTERN: until a line of VGA text matches
text_wait() {
	local end=$((SECONDS + $1))
	while [ $SECONDS -lt $end ]; do
		python3 tests/rack/vgatext.py "$dir/qmp" "$dir/cells" \
			>"$serial" 2>&1
		grep -Eq "$2" "$serial" && return 0
		kill -0 "$node" 2>/dev/null || return 1
		sleep 0.5
	done
	return 1
}

# check NAME WAIT SECONDS PATTERN QEMU-ARGUMENT...
check() {
	local name=$1 how=$2 limit=$3 pattern=$4
	shift 4
	boot_start -vga std -qmp "unix:$dir/qmp,server=on,wait=off" "$@"
	if $how "$limit" "$pattern"; then
		ok "$name"
	else
		not_ok "$name"
	fi
}

check "VGA text without a serial port" text_wait 60 \
	'^barerack .*bios16, 2 cores, 2 answered' -m 64 -smp 2 -kernel "$image"
boot_stop
check "a recycle writes on" text_wait 60 \
	'^selftest: recycle passed' \
	-m 96 -smp 2 -kernel "$image" -append selftest=recycle
if [ "$(grep -c 'recycled [123] times' "$serial")" -ge 3 ]; then
	ok "the lines of earlier lives are there"
else
	not_ok "the lines of earlier lives are there"
fi
boot_stop
check "what is said before there is a map" text_wait 30 \
	'older than x86-64-v2' -m 64 -kernel "$image" -cpu qemu64
boot_stop
# It can still be heard on the network: DHCP DISCOVER, from port 68 to port 67.
discover_wait() {
	local end=$((SECONDS + $1))
	while [ $SECONDS -lt $end ]; do
		LC_ALL=C grep -qaP "$2" "$dir/frames" 2>/dev/null && return 0
		sleep 0.2
	done
	return 1
}
check "no screen and no serial port: the node boots all the same" \
	discover_wait 60 '\x00\x44\x00\x43.{4}\x01\x01\x06\x00' \
	-m 64 -smp 2 -kernel "$image" -vga none \
	-netdev user,id=n0 -device virtio-net-pci,netdev=n0,romfile= \
	-object "filter-dump,id=f0,netdev=n0,file=$dir/frames"
boot_stop

boot_end
