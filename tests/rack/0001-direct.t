#!/bin/bash
# 0001-direct.t - -kernel starts every core, and a task runs on each.
set -u
. tests/rack/boot.sh

for n in 1 2 8 32 64; do
	boot_check "$n cores start and each runs a task" 120 \
		"bios16, $n cores, $n answered" \
		-m $((64 + n)) -smp $n -kernel "$image"
done

boot_check "two sockets of three cores" 60 \
	'bios16, 6 cores, 6 answered' \
	-m 64 -smp 6,sockets=2,cores=3,threads=1 -kernel "$image"
boot_check "APIC ids with holes up to 200" 60 'bios16, 3 cores, 3 answered' \
	-M q35 -m 64 -smp 1,maxcpus=201,sockets=201 -kernel "$image" \
	-device max-x86_64-cpu,socket-id=77,core-id=0,thread-id=0 \
	-device max-x86_64-cpu,socket-id=200,core-id=0,thread-id=0
boot_check "6 GiB of memory" 60 '1 cores, 1 answered, 6[0-9]{3} MiB' \
	-m 6G -kernel "$image"
boot_check "a machine without PIT-era devices: q35" 60 \
	'bios16, 2 cores, 2 answered' -M q35 -m 64 -smp 2 -kernel "$image"

# An old CPU is refused with one line.
boot_start -m 64 -kernel "$image" -cpu qemu64
if boot_wait 30 'older than x86-64-v2'; then
	ok "a CPU below x86-64-v2 is refused with one line"
else
	not_ok "a CPU below x86-64-v2 is refused with one line"
fi
boot_end
