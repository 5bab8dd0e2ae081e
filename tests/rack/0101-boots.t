#!/bin/bash
# 0101-boots.t - every way to boot a rack ends in a job that runs.
set -u
. tests/rack/rack.sh

app hello <<'C'
#include <stdio.h>
int main(void)
{
	puts("hello");
	return 0;
}
C

# boot PATH NIC OPTIONS...: two nodes, told by bminfo how they came up
boot() {
	local path=$1 nic=$2
	shift 2
	rack_up -n 2 "$@"
	run 30 bmrun -l -n 2 -N 2 "$tmp/hello"
	is "bmrack up $*: a job runs" $'0: hello\n1: hello' \
		"$(sort "$tmp/out")"
	is "bmrack up $*: booted by $path with $nic" 2 \
		"$(bminfo -l | grep -c "$nic .*$path")"
	bmrack down
}

boot bios16 virtio-net --boot ipxe
boot bios16 e1000e --boot ipxe --nic e1000e
boot bios16 virtio-net --boot pxelinux
boot bios16 virtio-net --boot direct
if [ -f /usr/share/ovmf/OVMF.fd ]; then
	boot efi virtio-net --boot uefi
	boot efi e1000e --boot uefi --nic e1000e
else
	skip "UEFI" "no OVMF (package ovmf)"
fi
