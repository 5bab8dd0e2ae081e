#!/bin/bash
# 0006-memory.t - NUMA nodes, holes, more memory than 64 GiB, sparse cores.
set -u
. tests/rack/boot.sh

# ram ID SIZE: memory of the guest that costs the host only what is touched
ram() {
	echo "-object memory-backend-ram,id=$1,size=$2,reserve=off"
}

# shellcheck disable=SC2046
boot_start -M q35 -m 1G -smp 4,sockets=2,cores=1,threads=2 \
	$(ram a 256M) $(ram b 768M) -kernel "$image" -append selftest=memory \
	-numa node,nodeid=0,cpus=0-1,memdev=a \
	-numa node,nodeid=1,cpus=2-3,memdev=b -numa dist,src=0,dst=1,val=30
for line in '2 NUMA nodes, 2 threads a core' 'node 0: 25[0-9] MiB' \
	'node 1: 76[0-9] MiB' 'selftest: memory passed'; do
	boot_wait 60 "$line" && ok "$line" || not_ok "$line"
done
boot_stop
boot_check "72 GiB in four nodes, one without cores" 60 \
	'selftest: memory passed' -M q35 -m 72G,slots=4,maxmem=256G \
	-smp 3,sockets=3 $(ram a 1G) $(ram b 30G) $(ram c 40G) $(ram d 1G) \
	-kernel "$image" -append selftest=memory \
	-numa node,nodeid=0,cpus=0,memdev=a \
	-numa node,nodeid=1,cpus=1,memdev=b \
	-numa node,nodeid=2,cpus=2,memdev=c -numa node,nodeid=3,memdev=d
boot_check "96 cores whose APIC ids have holes" 120 '96 cores, 96 answered' \
	-m 192 -smp 96,sockets=32,cores=3 -kernel "$image"

# APIC ids above 255 need x2APIC: in QEMU's own CPU from 9.0 on.
major=$(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9]*\).*/\1/p')
if [ "$major" -ge 9 ]; then
	boot_check "260 cores, x2APIC" 240 '260 cores, 260 answered' \
		-M q35,kernel-irqchip=split -m 512 -smp 260 \
		-device intel-iommu,intremap=on,eim=on -kernel "$image"
else
	skip "260 cores, x2APIC" "QEMU $major emulates no x2APIC; 9.0 does"
fi
boot_end
