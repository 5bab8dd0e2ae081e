#!/bin/bash
# 0005-doorbells.t - many buffers for a card, few doorbells. QEMU counts them.
set -u
. tests/rack/boot.sh

bells_max=60                    # for some 256 buffers and a few DHCP frames

# ring MODEL TRACE PATTERN
ring() {
	boot_start -m 64 -kernel "$image" -netdev user,id=n0 \
		-device "$1,netdev=n0" -trace "$2"
	boot_wait 60 'address 10\.0\.2\.15'
	bells=$(grep -c "$3" "$dir/qemu")
	if [ "$bells" -gt 0 ] && [ "$bells" -le $bells_max ]; then
		ok "$1: $bells doorbells until it has an address"
	else
		not_ok "$1: $bells doorbells, $bells_max at most"
	fi
	boot_stop
}

ring virtio-net-pci virtio_queue_notify virtio_queue_notify
ring e1000e e1000e_core_write 'register 0x2818'
boot_end
