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

# The first with a look at everything that a node tells about itself.
rack_up -n 2 --cores 3 --mem 80 --pcap "$tmp/frames.pcap"
like "bmctl shows what a node is made of" \
	'3 cores.*, QEMU.*7[0-9] MiB.*virtio-net.*bios16, build [0-9a-f]{7}' \
	"$(bmctl show node node2 | tr '\n' ' ')"
like "bminfo counts nodes and cores" '^idle +2 +6 node\[1-2\]' "$(bminfo)"
like "bminfo --json" '"driver|"nic": "virtio-net"' "$(bminfo --json)"
like "bmrack status" '^node2 +power on +idle' "$(bmrack status)"
like "bmrack console follows the serial line" 'barerack' \
	"$(timeout 2 bmrack console node1)"
is "a pcap file holds the frames" d4c3b2a1 \
	"$(head -c 4 "$tmp/frames.pcap" | od -An -tx1 | tr -d ' \n')"
[ "$(grep -c boot.ipxe "$tmp/frames.pcap")" -gt 0 ] &&
	ok "the boot among them" || not_ok "the boot among them"
bmrack down

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
