#!/bin/bash
# 0002-loaders.t - the one file boots by every loader that a script can run.
set -u
. tests/rack/boot.sh

nic=virtio-net-pci
ovmf=$(first_of /usr/share/ovmf/OVMF.fd /usr/share/OVMF/OVMF.fd)
lpxe=$(first_of /usr/lib/PXELINUX/lpxelinux.0)
pxe=$(first_of /usr/lib/PXELINUX/pxelinux.0)
ldlinux=$(first_of /usr/lib/syslinux/modules/bios/ldlinux.c32)

tftp=$dir/tftp
mkdir -p "$tftp/pxelinux.cfg"
cp "$image" "$tftp/barerack"
cp "$image" "$tftp/barerack.efi"
cat >"$tftp/boot.ipxe" <<'EOF'
#!ipxe
kernel barerack idle=halt tick=777
boot
EOF
cat >"$tftp/pxelinux.cfg/default" <<'EOF'
DEFAULT barerack
LABEL barerack
  LINUX barerack
  APPEND idle=halt tick=777
EOF
[ -n "$ldlinux" ] && cp "$ldlinux" "$tftp/"

# net BOOTFILE: a card and a TFTP server with it.
net() {
	echo "-netdev user,id=n0,tftp=$tftp,bootfile=$1" \
		"-device $nic,netdev=n0 -boot n -m 128 -smp 2"
}

up='cores, 2 answered'
boot_check "iPXE on BIOS: script, kernel with arguments" 120 "bios16, 2 $up" \
	$(net boot.ipxe)
boot_check "iPXE on BIOS: the file itself as boot file" 120 "bios16, 2 $up" \
	$(net barerack)
for loader in "$pxe" "$lpxe"; do
	name="${loader##*/} over TFTP"
	if [ -z "$loader" ] || [ -z "$ldlinux" ]; then
		skip "pxelinux" "package pxelinux is not installed"
		continue
	fi
	cp "$loader" "$tftp/"
	boot_check "$name" 120 "bios16, 2 $up" $(net "${loader##*/}")
done

# The Linux entries, by a loader of our own.
for bits in 32 64; do
	as --32 --defsym "BITS$bits=1" -o "$dir/entry.o" \
		tests/rack/linux-entry.S &&
		ld -m elf_i386 -Ttext 0x100000 -o "$dir/entry$bits" "$dir/entry.o"
	boot_check "the $bits-bit Linux entry" 60 "linux$bits, 2 $up" \
		-m 256 -smp 2 -kernel "$dir/entry$bits" -initrd "$image"
done

# A command line of nothing but noise is no reason not to boot.
noise=$(tr -dc '[:graph:] ' </dev/urandom | tr -d , | head -c 2047)
boot_check "2,047 bytes of noise on the command line" 60 '1 answered' \
	-m 64 -kernel "$image" -append "$noise"

if [ -z "$ovmf" ]; then
	skip "UEFI" "package ovmf is not installed"
	boot_end
fi
boot_check "UEFI: -kernel" 120 "efi, 2 $up" \
	-M q35 -bios "$ovmf" -m 128 -smp 2 -kernel "$image"
boot_check "UEFI: -kernel with 6 GiB" 120 "efi, 2 $up, 6[0-9]{3} MiB" \
	-M q35 -bios "$ovmf" -m 6G -smp 2 -kernel "$image"
boot_check "UEFI: the firmware's own PXE" 240 "efi, 2 $up" \
	-M q35 -bios "$ovmf" \
	-netdev "user,id=n0,tftp=$tftp,bootfile=barerack.efi" \
	-device virtio-net-pci,netdev=n0,romfile= -boot n -m 128 -smp 2
boot_end
