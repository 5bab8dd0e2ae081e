# strangers.sh - two Linux guests with unmodified ixgbe.ko on the 82599's model.
#
#	guest a == nic82599 --- sockets --- nic82599 == guest b
#
# Sourced after rack.sh. Kernel, modules and busybox are Debian's, fetched once
# through apt; QEMU is the one that `make deps-10g` fetched.

strangers_cache=${BM_CACHE:-$HOME/.cache/barerack}
strangers_modules="dca xfrm_algo libphy mdio_devres mdio ixgbe llc stp garp mrp
	8021q"

# strangers_qemu: how to call a QEMU with vfio-user, or nothing
strangers_qemu() {
	local q=$strangers_cache/qemu-vfio-user/qemu
	[ -x "$q" ] && echo "$q"
}

# strangers_files: a folder with vmlinuz, busybox and m/*.ko, or nothing
strangers_files() {
	local dir=$strangers_cache/linux-10g package m from
	if [ ! -f "$dir/.complete" ]; then
		package=$(apt-cache depends linux-image-amd64 2>/dev/null |
			awk '/Depends:/ { print $2; exit }')
		[ -n "$package" ] || return 1
		rm -rf "$dir"
		mkdir -p "$dir/m" "$dir/unpacked"
		(cd "$dir" && timeout 300 apt-get download "$package" \
			busybox-static >/dev/null 2>&1 &&
			for deb in *.deb; do
				dpkg-deb -x "$deb" unpacked || exit 1
			done) || return 1
		cp "$dir"/unpacked/boot/vmlinuz-* "$dir/vmlinuz" &&
			cp "$dir"/unpacked/*bin/busybox "$dir/busybox" 2>/dev/null ||
			cp "$dir"/unpacked/usr/bin/busybox "$dir/busybox" ||
			return 1
		for m in $strangers_modules; do
			from=$(find "$dir/unpacked" -name "$m.ko*" | head -1)
			case $from in
			*.xz) xz -dc "$from" >"$dir/m/$m.ko" ;;
			'') ;;
			*) cp "$from" "$dir/m/$m.ko" ;;
			esac
		done
		[ -s "$dir/m/ixgbe.ko" ] || return 1
		rm -rf "$dir/unpacked" "$dir"/*.deb
		touch "$dir/.complete"
	fi
	echo "$dir"
}

# strangers_initrd FILES: an archive whose /init is stdin
strangers_initrd() {
	python3 - "$1" "$strangers_modules" <(cat) <<'PY'
import os, sys
files, modules, script = sys.argv[1], sys.argv[2].split(), sys.argv[3]
out = sys.stdout.buffer
number = 0
def entry(name, mode, data=b"", major=0, minor=0):
    global number
    number += 1
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor,
              len(name) + 1, 0]
    raw = b"070701" + b"".join(b"%08X" % f for f in fields)
    raw += name.encode() + b"\0"
    out.write(raw + b"\0" * (-len(raw) % 4))
    out.write(data + b"\0" * (-len(data) % 4))
for d in ("dev", "proc", "sys", "bin", "m", "tmp"):
    entry(d, 0o040755)
entry("dev/console", 0o020600, b"", 5, 1)
entry("bin/busybox", 0o100755, open(files + "/busybox", "rb").read())
for m in modules:
    path = "%s/m/%s.ko" % (files, m)
    if os.path.exists(path):
        entry("m/%s.ko" % m, 0o100644, open(path, "rb").read())
entry("init", 0o100755, open(script, "rb").read())
entry("TRAILER!!!", 0)
PY
}

# strangers_guest NAME OTHER MAC FILES WORDS: a model and a guest, in the
# background; its console is $tmp/NAME.console, their pids go to $strangers_pids
strangers_guest() {
	local name=$1 other=$2 mac=$3 files=$4 words=$5
	nic82599 --vfio "$tmp/$name.vfio" --net "$tmp/$name.net" \
		--remote "$tmp/$other.net" --ctl "$tmp/$name.ctl" --mac "$mac" \
		>"$tmp/$name.nic" 2>&1 &
	strangers_pids="$strangers_pids $!"
	local end=$((SECONDS + 5))
	until [ -S "$tmp/$name.vfio" ] || [ $SECONDS -ge $end ]; do
		sleep 0.05
	done
	timeout 280 "$(strangers_qemu)" -M q35 -accel tcg,thread=multi \
		-cpu max -smp 2 -m 256 -nodefaults -vga none -display none \
		-no-reboot -serial "file:$tmp/$name.console" \
		-object memory-backend-memfd,id=m,size=256M,share=on \
		-machine memory-backend=m \
		-device pcie-root-port,id=rp0,chassis=1 -device \
		"{\"driver\":\"vfio-user-pci\",\"bus\":\"rp0\",\"x-msg-timeout\":60000,\"socket\":{\"type\":\"unix\",\"path\":\"$tmp/$name.vfio\"}}" \
		-kernel "$files/vmlinuz" -initrd "$tmp/initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr cryptomgr.notests random.trust_cpu=on apparmor=0 role=$name $words" \
		</dev/null >"$tmp/$name.qemu" 2>&1 &
	strangers_pids="$strangers_pids $!"
}
strangers_pids=
