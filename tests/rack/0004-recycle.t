#!/bin/bash
# 0004-recycle.t - a recycle starts the kernel anew and leaves nothing behind.
set -u
. tests/rack/boot.sh

marked='selftest: [1-9][0-9]{3,5} pages marked'

# try NAME SECONDS QEMU-ARGUMENT...
try() {
	local name=$1 limit=$2
	shift 2
	boot_start "$@" -append "selftest=${what:-recycle}"
	boot_wait "$limit" 'selftest: (recycle passed|.*left over)'
	if tr -d '\r' <"$serial" | grep -q 'selftest: recycle passed' &&
	    [ "$(grep -acE "$marked" "$serial")" -eq 3 ] &&
	    grep -aq 'recycled 3 times' "$serial"; then
		ok "$name"
	else
		not_ok "$name"
	fi
	boot_stop
}

for n in 1 2 8; do
	try "three recycles with $n cores" 60 -m 96 -smp $n -kernel "$image"
done
try "with a card, whose memory is not written to afterwards" 60 \
	-m 96 -smp 2 -kernel "$image" \
	-netdev user,id=n0 -device virtio-net-pci,netdev=n0
# More than a recycle zeroes at once: cores do the rest in their idle time.
for n in 1 4; do
	what=full try "with all memory written, $n cores" 60 \
		-m 256 -smp $n -kernel "$image"
done
ovmf=$(first_of /usr/share/ovmf/OVMF.fd /usr/share/OVMF/OVMF.fd)
if [ -n "$ovmf" ]; then
	try "after UEFI, with device registers above 4 GiB" 120 \
		-M q35 -bios "$ovmf" -m 128 -smp 2 -kernel "$image" \
		-netdev user,id=n0 -device virtio-net-pci,netdev=n0,romfile=
else
	skip "after UEFI" "package ovmf is not installed"
fi
boot_end
