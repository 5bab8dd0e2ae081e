#!/bin/bash
# 0701-strangers.t - Linux's own ixgbe.ko on the 82599's model, by vfio-user.
#
# Two guests: ping, TCP both ways with TSO, two queue pairs with RSS, jumbo
# frames, VLAN. What each prints as RESULT is looked at.
set -u
. tests/rack/rack.sh
. tests/rack/strangers.sh

if [ -z "$(strangers_qemu)" ]; then
	skip "Linux's ixgbe on the 82599's model" \
		"no QEMU with vfio-user; make deps-10g fetches one"
	exit 0
fi
if ! files=$(strangers_files); then
	skip "Linux's ixgbe on the 82599's model" \
		"Debian's kernel package cannot be had"
	exit 0
fi

strangers_initrd "$files" >"$tmp/initrd" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
role=$(sed 's/.*role=\([ab]\).*/\1/' /proc/cmdline)
for m in dca xfrm_algo libphy mdio_devres mdio ixgbe llc stp garp mrp 8021q; do
	[ -f /m/$m.ko ] && insmod /m/$m.ko
done
result() { echo "RESULT $*" >/dev/console; }
dev=$(ls /sys/class/net | grep -v lo | head -n 1)
own=1 peer=2
[ $role = b ] && own=2 peer=1
up() { # MTU
	ip link set $dev down
	ip link set $dev mtu $1
	ip link set $dev up
	for i in $(seq 300); do
		[ "$(cat /sys/class/net/$dev/carrier 2>/dev/null)" = 1 ] && break
		sleep 0.1
	done
}
ip addr add 10.9.0.$own/24 dev $dev
up 1500
result link $(cat /sys/class/net/$dev/carrier) $(cat /sys/class/net/$dev/speed)
result queues $(ls /sys/class/net/$dev/queues | grep -c rx)
seq 1 600000 >/tmp/data
want=$(md5sum </tmp/data)
reach() { # SIZE ADDRESS
	for i in $(seq 120); do
		ping -c 1 -W 1 -s $1 $2 >/dev/null 2>&1 && return 0
	done
	return 1
}
get() { # NAME ADDRESS
	got=$(wget -q -O - http://$2/data 2>/dev/null | md5sum)
	[ "$got" = "$want" ] && result "get-$1 ok" || result "get-$1 bad"
}
meet() { # STAGE: both guests are there
	touch /tmp/at-$1
	for i in $(seq 600); do
		wget -q -O - http://10.9.0.$peer/at-$1 >/dev/null 2>&1 && return
		sleep 0.1
	done
}
vlan() {
	ip link add link $dev name v7 type vlan id 7 || vconfig add $dev 7
	[ -e /sys/class/net/v7 ] || ip link set $dev.7 name v7
	ip addr add 10.9.7.$own/24 dev v7
	ip link set v7 up
}
reach 56 10.9.0.$peer && result "ping ok" || result "ping bad"
httpd -p 80 -h /tmp
meet data
for i in 1 2 3 4; do
	get tso$i 10.9.0.$peer
done
grep "$dev-TxRx" /proc/interrupts | while read -r line; do
	set -- $line
	result irq $1 $(($2 + $3))
done
meet jumbo
sleep 1
up 9000
reach 8900 10.9.0.$peer && result "jumbo-ping ok" || result "jumbo-ping bad"
get jumbo 10.9.0.$peer
vlan
reach 1000 10.9.7.$peer && result "vlan-ping ok" || result "vlan-ping bad"
result "errors $(cat /sys/class/net/$dev/statistics/rx_errors)" \
	"$(cat /sys/class/net/$dev/statistics/tx_errors)"
meet end
sleep 1
result end
while :; do sleep 1; done
INIT

strangers_guest a b 52:54:00:62:6f:01 "$files" ""
strangers_guest b a 52:54:00:62:6f:02 "$files" ""
end=$((SECONDS + 150))
until { grep -qs 'RESULT end' "$tmp/a.console" &&
	grep -qs 'RESULT end' "$tmp/b.console"; } || [ $SECONDS -ge $end ]; do
	sleep 0.2
done
a=$(nic82599 --ask "$tmp/a.ctl" stats)
b=$(nic82599 --ask "$tmp/b.ctl" stats)
# shellcheck disable=SC2086
kill $strangers_pids 2>/dev/null
wait 2>/dev/null
said() { # GUEST PATTERN: how often
	grep -c "RESULT $2" "$tmp/$1.console"
}
why() {
	if [ ! -e "$tmp/why" ]; then
		{ grep -h RESULT "$tmp"/?.console; tail -qn 3 "$tmp"/?.qemu
		echo "a: $a"; echo "b: $b"; } >"$tmp/why" 2>/dev/null
		not_ok "$1" "$tmp/why"
	else
		not_ok "$1"
	fi
}
check() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then ok "$name"; else why "$name"; fi
}
counter() { sed -n "s/.*\b$2 \([0-9]*\).*/\1/p" <<<"$1"; }

for g in a b; do
	check "$g: link at 10 Gbit/s" [ "$(said $g 'link 1 10000')" -ge 1 ]
	check "$g: two queue pairs" [ "$(said $g 'queues 2')" -ge 1 ]
	check "$g: ping" [ "$(said $g 'ping ok')" -ge 1 ]
	check "$g: four files over TCP are whole" \
		[ "$(said $g 'get-tso. ok')" -eq 4 ]
	check "$g: both queues had interrupts (RSS)" [ "$(tr -d '\r' \
		<"$tmp/$g.console" | awk '/RESULT irq/ && $NF > 20' | wc -l)" -ge 2 ]
	check "$g: ping with jumbo frames" [ "$(said $g 'jumbo-ping ok')" -ge 1 ]
	check "$g: a file in jumbo frames" [ "$(said $g 'get-jumbo ok')" -ge 1 ]
	check "$g: ping in a VLAN" [ "$(said $g 'vlan-ping ok')" -ge 1 ]
	check "$g: no errors counted" [ "$(said $g 'errors 0 0')" -ge 1 ]
done
check "a's card took frames apart (TSO)" [ "$(counter "$a" segmented)" -gt 50 ]
check "b's card took frames apart (TSO)" [ "$(counter "$b" segmented)" -gt 50 ]
