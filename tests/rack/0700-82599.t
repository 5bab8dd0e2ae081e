#!/bin/bash
# 0700-82599.t - nodes on the model of the 82599: PXE boot, MPI, faults.
#
# QEMU's x-pci-proxy-dev has the model as a device; iPXE's own driver (intelx)
# boots the node from it, then ours takes it over.
set -u
. tests/rack/rack.sh

if ! qemu-system-x86_64 -device x-pci-proxy-dev,help >/dev/null 2>&1; then
	skip "nodes with an 82599" "this QEMU has no x-pci-proxy-dev"
	exit 0
fi
here=$PWD
cd "$tmp" || exit 1
for p in hello pi; do
	bmcc -O2 -o $p "$here/docs/examples/$p.c" -lm
done
gcc -O2 -o check "$here/docs/examples/check.c" -lm

count_of() { # NODE WORD: that counter of its card
	bmrack nic "$1" stats | sed -n "s/.*\b$2 \([0-9]*\).*/\1/p"
}

right_pi() { # NAME RANKS
	run 60 bmrun -n "$2" ./pi 300
	./check pi <out && ok "$1" || not_ok "$1" err
}

rack_up -n 2 --nic 82599
is "iPXE's intelx boots two nodes through the model" 2 \
	"$(bminfo -l | grep -c 'ixgbe .*bios16')"
before=$(count_of node2 tx)
run 30 bmrun -n 4 ./hello
is "hello from every rank" "$(for r in 0 1 2 3; do
	echo "hello from rank $r of 4 on node$((r / 2 + 1))"; done)" \
	"$(sort <<<"$out")"
right_pi "pi on four ranks" 4
[ "$(count_of node2 tx)" -gt "$before" ] &&
	ok "by frames that the model sent" ||
	not_ok "by frames that the model sent"

# Broken frames are dropped and sent again: no message is lost.
bmrack nic node1 fault bad-sum 5 >/dev/null
bmrack nic node2 fault rx-error 5 >/dev/null
right_pi "pi though sums and frames are broken" 4
bmrack nic node1 fault lost-done 1 >/dev/null
right_pi "pi though a frame's end is never reported" 4
bmrack nic node1 fault deaf-queue 1 >/dev/null
bmrack nic node2 fault stuck-master 1 >/dev/null
right_pi "pi though a queue and bus mastering do not stop" 4
bmrack nic node1 fault link-down always >/dev/null
(sleep 1; bmrack nic node1 fault link-down off >/dev/null) &
right_pi "pi though the link is away for a second" 4
wait
bmrack down

# Strict: our driver from the first access on, life after life.
for nic in 82599 x540 x550; do
	rack_up -n 2 --nic $nic --boot direct
	right_pi "$nic: pi" 4
	idle 2 20
	right_pi "$nic: pi after a recycle" 4
	is "$nic: no access that the datasheet forbids" "0 0" \
		"$(count_of node1 misuses) $(count_of node2 misuses)"
	bmrack down >/dev/null
done

# A card for control and one for data: ranks speak by the second.
for control in virtio e1000e; do
	rack_up -n 2 --nic $control,82599
	right_pi "$control and 82599: pi" 4
	idle 2 20
	right_pi "$control and 82599: pi after a recycle" 4
	[ "$(count_of node1 steered)" -gt 0 ] &&
		ok "$control and 82599: ranks' frames are on the 82599" ||
		not_ok "$control and 82599: ranks' frames are on the 82599"
	is "$control and 82599: no misuse" "0 0" \
		"$(count_of node1 misuses) $(count_of node2 misuses)"
	bmrack down >/dev/null
done

# By vfio-user the card has its interrupts.
if qemu=$HOME/.cache/barerack/qemu-vfio-user/qemu && [ -x "$qemu" ]; then
	rack_up -n 2 --nic 82599 --vfio
	is "vfio-user: iPXE's intelx boots two nodes" 2 \
		"$(bminfo -l | grep -c 'ixgbe .*bios16')"
	bmrack down >/dev/null
	rack_up -n 2 --nic 82599 --vfio --boot direct
	right_pi "vfio-user: pi" 4
	idle 2 20
	right_pi "vfio-user: pi after a recycle" 4
	is "vfio-user: no misuse" "0 0" \
		"$(count_of node1 misuses) $(count_of node2 misuses)"
	[ "$(count_of node1 irqs)" -gt 0 ] && ok "vfio-user: interrupts come" ||
		not_ok "vfio-user: interrupts come"
	bmrack down >/dev/null
else
	skip "nodes by vfio-user" \
		"no QEMU with vfio-user; make deps-10g fetches one"
fi
