#!/bin/bash
# nic.sh - instructions per packet of the 10 GbE driver, device left out.
#
# Built with the kernel's optimisation and stepped one instruction at a time:
# exact, the same on every host.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
gcc -std=gnu11 -I. -D_GNU_SOURCE -Oz -march=x86-64-v2 -fno-jump-tables \
    -fno-stack-protector -fcf-protection=none -Wl,-z,now -o "$tmp/nic" tests/bench/nic.c \
    drivers/net/ixgbe.c drivers/net/intel.c || exit 1
timeout 120 "$tmp/nic"
