#!/bin/bash
# 0601-monitor.t - commands typed on the serial line and on the keyboard.
set -u
. tests/rack/boot.sh

elf=$(dirname "$image")/barerack.elf
mkfifo "$dir/line.in" "$dir/line.out"
exec 3<>"$dir/line.in" 4<>"$dir/line.out"
boot_line=(-chardev "pipe,id=s0,path=$dir/line,logfile=$serial"
    -serial chardev:s0)

# type_in TEXT: to the serial line, with printf's escapes
type_in() {
	printf '%b' "$1" >&3
}

# keys NAME...: pressed one after another
keys() {
	python3 - "$dir/monitor" "$@" <<'END'
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
for key in sys.argv[2:]:
    s.sendall(b"sendkey %s 20\n" % key.encode())
    time.sleep(0.05)
time.sleep(0.3)
END
}

# says NAME PATTERN: the serial line shows it within 20 s
says() {
	if boot_wait 20 "$2"; then ok "$1"; else not_ok "$1"; fi
}

boot_start -m 96 -smp 2 -vga std -kernel "$image" \
	-netdev user,id=n0,restrict=on -device virtio-net-pci,netdev=n0,romfile= \
	-monitor "unix:$dir/monitor,server=on,wait=off" \
	-qmp "unix:$dir/qmp,server=on,wait=off"
boot_wait 60 '2 answered' || { not_ok "the node boots"; boot_end; }

type_in 'help\r'
says "help lists the commands" '^reboot +resets this machine'
type_in 'cpu\r'
says "cpu shows the cores" '^core 1: apic 1, (asleep|awake)'
type_in 'mem\r'
says "mem" '^[0-9]+ MiB, [0-9]+ KiB free, [0-9]+ MiB in one piece'
type_in 'pci\r'
says "pci" '^00:0[0-9].0 1af4:1000 class 020000'
type_in 'net\r'
says "net" '^virtio-net 52:54:.* [0-9]+ in, [0-9]+ out'
type_in 'numa\r'
says "numa" '^node 0: [0-9]+ MiB'
type_in 'disk\r'
says "disk" '^no block devices'
type_in 'jobs\r'
says "jobs" '^no job'

# Backspace, a line thrown away, the last lines again.
type_in 'nonsense\025peee\bk ffffffff80001000\r'
says "a line can be edited" '^ffffffff80001000: [0-9a-f]{16}$'
if grep -aq 'nonsense: no such' "$serial"; then
	not_ok "Ctrl-U takes a line back"
else
	ok "Ctrl-U takes a line back"
fi
type_in 'what\r\033[A\033[A\b4\r'
says "the arrow brings earlier lines back" '^ffffffff80001004: [0-9a-f]{16}$'

type_in 'poke 3000000 600df00d\r'
type_in 'peek 3000000\r'
says "poke and peek" '^3000000: 00000000600df00d'
type_in 'poke ffffffff80001000 0\r'
says "the kernel's text is not poked" '^ffffffff80001000: not writable'
type_in 'peek 0\r'
says "what is not mapped is not peeked" '^0: not mapped'
type_in 'peek 8000000000000000\r'
says "nor what is no address" '^8000000000000000: not mapped'
type_in 'dump 3000000 20\r'
says "dump" '^3000010: 00( 00){15} +\.{16}'
at=$(nm "$elf" | awk '$3 ~ /^call_null(\.|$)/ { print $1 }')
type_in "run $at\\r"
says "run calls a function" '^0$'
type_in 'run 3000000\r'
says "but no data" '^3000000: not code'
long=$(head -c 300 /dev/zero | tr '\0' 'x')
type_in "$long\\r"
says "a line has its limit" '^x{79}: no such command; see help'
type_in '\0\001\002\377\200\033[Z\033ZnoiZe\r'
says "noise is left out" '^noiZe: no such command'

keys shift-n shift-o spc slash ret
says "the keyboard types as well" '^NO: no such command'
# By now more than a screenful was said.
sleep 0.5
python3 tests/rack/vgatext.py "$dir/qmp" "$dir/cells" >"$dir/text"
shown=$(grep -A3 '^> noiZe' "$dir/text")
if [ "$shown" = $'> noiZe\nnoiZe: no such command; see help\n> NO /
NO: no such command; see help' ]; then
	ok "the screen scrolls"
else
	sed 's/^/# screen: /' "$dir/text"
	not_ok "the screen scrolls"
fi
keys h e l p backspace backspace backspace backspace l o g ret
boot_wait 20 '^> log'
sleep 0.5
is_twice=$(tr -d '\r' <"$serial" | grep -ac '^NO: no such command')
if [ "$is_twice" -eq 2 ]; then ok "log"; else not_ok "log: $is_twice"; fi

type_in 'reboot\r'
boot_wait 60 '2 answered' && sleep 1
end=$((SECONDS + 60))
while [ "$(grep -ac '2 answered' "$serial")" -lt 2 ] && [ $SECONDS -lt $end ]; do
	sleep 0.2
done
if [ "$(tr -d '\r' <"$serial" | grep -ac '^barerack .*2 answered')" -ge 2 ]; then
	ok "reboot"
else
	not_ok "reboot"
fi

# off NAME: the machine is gone within 20 s
off() {
	local end=$((SECONDS + 20))
	while kill -0 "$node" 2>/dev/null && [ $SECONDS -lt $end ]; do
		sleep 0.1
	done
	if kill -0 "$node" 2>/dev/null; then not_ok "$1"; else ok "$1"; fi
}
type_in 'off\r'
off "off"
boot_stop
boot_end
