#!/bin/bash
# 0603-calls.t - the call table: versions, raw devices, wild pointers, examples.
set -u
. tests/rack/rack.sh

for p in packets matrix; do
	if ! bmcc -O2 -Wall -Wextra -Werror -o "$tmp/$p" docs/examples/$p.c \
	    >"$tmp/cc" 2>&1; then
		not_ok "bmcc compiles docs/examples/$p.c" "$tmp/cc"
		exit 1
	fi
done
app calls <<'C'
#include <barerack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char frame[2048];

static int
config(const struct abi_machine *m)
{
	struct abi_pci d;
	u32 i = 0, id, command, again;

	while (m->pci_get(i, &d) == 0 && d.class_code >> 8 != 0x0200)
		i++;
	if (m->pci_read(i, 0, &id) || id != (d.vendor | (u32)d.device << 16))
		return 1;
	if (m->pci_read(i, 4, &command) || m->pci_write(i, 4, command & 0xffff) ||
	    m->pci_read(i, 4, &again) || again != command)
		return 2;
	return m->pci_read(i, 3, &id) == ERR_INVAL &&
	    m->pci_read(i, 256, &id) == ERR_INVAL &&
	    m->pci_get(999, &d) == ERR_NOENT &&
	    m->pci_write(999, 0, 0) == ERR_NOENT ? 0 : 3;
}

static int
refusals(const struct abi_machine *m)
{
	struct nic_info n;
	struct blk_info b;
	struct nic_tx tx = { .seg = { { frame, 60 } }, .segs = 1 };
	struct nic_rx rx;

	if (m->nic_info(0, &n) || m->nic_info(9, &n) != ERR_NOENT ||
	    m->nic_open(0, 8, 8) != ERR_BUSY ||
	    m->nic_open(9, 8, 8) != ERR_NOENT ||
	    m->nic_post(1, frame, 2048, frame) != ERR_CLOSED ||
	    m->nic_rx(0, &rx, 1) != ERR_CLOSED ||
	    m->nic_tx(1, &tx, 1) != ERR_CLOSED)
		return 1;
	if (m->nic_open(1, 64, 64) || m->nic_open(1, 64, 64) != ERR_BUSY)
		return 2;
	tx.seg[0].len = 100000;
	if (m->nic_tx(1, &tx, 1) != ERR_TOOBIG)
		return 3;
	tx.seg[0].len = 60;
	tx.segs = 9;
	if (m->nic_tx(1, &tx, 1) != ERR_TOOBIG || m->nic_rx(1, &rx, 0) != 0 ||
	    m->nic_rx(1, &rx, -5) != 0)
		return 4;
	m->nic_close(1);
	return m->nic_rx(1, &rx, 1) == ERR_CLOSED &&
	    m->blk_info(2, &b) == ERR_NOENT &&
	    m->blk_read(2, 0, 1, frame) == ERR_NOENT &&
	    m->blk_read(~0u, 0, 1, frame) == ERR_NOENT ? 0 : 5;
}

/* Disk 0: 4 MiB, block i full of i before and of ~i afterwards; disk 1: the
 * same and read-only. */
static int
disks(const struct abi_machine *m)
{
	enum { BLOCKS = 8192, ODD = 3 };
	unsigned *all = (void *)((char *)malloc(BLOCKS * 512 + 64) + 4);
	struct blk_info b;

	for (u32 d = 0; d < 2; d++)
		if (m->blk_info(d, &b) || b.blocks != BLOCKS ||
		    b.block_bytes != 512 || b.read_only != d)
			return 10 + (int)d;
	if (m->blk_read(1, ODD, BLOCKS - ODD, all))
		return 12;
	for (unsigned i = 0; i < (BLOCKS - ODD) * 128; i++)
		if (all[i] != i / 128 + ODD)
			return 13;
	for (unsigned i = 0; i < BLOCKS * 128; i++)
		all[i] = ~(i / 128);
	if (m->blk_write(0, 0, BLOCKS - 1, all) ||
	    m->blk_write(0, BLOCKS - 1, 1, all + (BLOCKS - 1) * 128))
		return 14;
	if (m->blk_write(1, 0, 1, all) != ERR_UNSUPP)
		return 15;
	if (m->blk_read(0, BLOCKS, 1, all) != ERR_INVAL ||
	    m->blk_read(0, BLOCKS - 1, 2, all) != ERR_INVAL ||
	    m->blk_read(0, ~0ull, 2, all) != ERR_INVAL ||
	    m->blk_read(0, 1, ~0u, all) != ERR_INVAL ||
	    m->blk_write(0, BLOCKS, 1, all) != ERR_INVAL)
		return 16;
	if (m->blk_read(0, BLOCKS, 0, all) || m->blk_read(0, 77, 1, all) ||
	    all[0] != ~77u || all[127] != ~77u)
		return 17;
	return 0;
}

/* Each of these ends the job, not the node; card 1 is left open. */
static void
wild(const struct abi_machine *m, int which)
{
	void *nowhere = (void *)0x123456789000;
	struct nic_tx tx = { .seg = { { nowhere, 60 } }, .segs = 1 };
	size_t run;

	m->nic_open(1, 64, 64);
	m->nic_post(1, frame, sizeof(frame), frame);
	switch (which) {
	case 1:
		m->nic_post(1, nowhere, 2048, frame);
		break;
	case 2:
		m->nic_post(1, (void *)wild, 2048, frame);
		break;
	case 3:
		m->nic_tx(1, &tx, 1);
		break;
	case 4:
		m->pci_get(0, nowhere);
		break;
	case 5:
		m->pci_read(0, 0, nowhere);
		break;
	case 6:
		m->console(nowhere, 10);
		break;
	case 7:
		m->dma_addr(nowhere, 10, &run);
		break;
	case 8:
		m->nic_info(1, nowhere);
		break;
	case 9:
		m->blk_read(0, 0, 1, nowhere);
		break;
	case 10:
		m->blk_read(0, 0, 64, (void *)wild);
		break;
	case 11:
		m->blk_write(0, 0, 1, nowhere);
		break;
	}
}

int
main(int argc, char **argv)
{
	const struct abi_machine *m = barerack()->machine;
	size_t run;

	if (barerack()->version < 3 || argc < 2)
		return 99;
	if (strcmp(argv[1], "config") == 0)
		return config(m);
	if (strcmp(argv[1], "refusals") == 0)
		return refusals(m);
	if (strcmp(argv[1], "disks") == 0)
		return disks(m);
	if (strcmp(argv[1], "reset") == 0)
		m->reset();
	if (strcmp(argv[1], "dma") == 0)
		return m->dma_addr(frame, 100, &run) == 0 || run < 1 ||
		    run > 100;
	if (strcmp(argv[1], "console") == 0)
		m->console("the application says so", 23);
	else
		wild(m, atoi(argv[1]));
	return 0;
}
C
# The other end of node 1's second cable: sends, counts what comes back.
cat >"$tmp/peer.py" <<'PY'
import os, select, socket, sys, time
here, there, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
if os.path.exists(here):
    os.unlink(here)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(here)
s.setblocking(False)
head = bytes.fromhex("525400aabb01" "525400aabb02" "88b5")
want = bytes.fromhex("525400aabb02" "525400aabb01" "88b5")
back = set()
def take():
    data = s.recv(4096)
    if data[:14] == want:
        n = int.from_bytes(data[14:18], "big")
        if data[14:] != n.to_bytes(4, "big") * (12 + n % 300):
            sys.exit("frame %d came back changed" % n)
        back.add(n)


for attempt in range(10):
    for i in range(count):
        frame = head + i.to_bytes(4, "big") * (12 + i % 300)
        unsent = i not in back
        while unsent:
            readable, writable, _ = select.select([s], [s], [], 1)
            if readable:
                take()
            elif writable:
                try:
                    s.sendto(frame, there)
                    unsent = False
                except BlockingIOError:
                    time.sleep(0.001)
    while len(back) < count and select.select([s], [], [], 1)[0]:
        take()
    if len(back) == count:
        break
print("%d came back" % len(back))
PY
cd "$tmp"                       # cores go there
python3 -c '
import sys
blocks = b"".join(i.to_bytes(4, "little") * 128 for i in range(8192))
for name in sys.argv[1:]:
    open(name, "wb").write(blocks)' disk0 disk1
net=dgram,id=n1,local.type=unix,local.path=$tmp/cable.node
net+=,remote.type=unix,remote.path=$tmp/cable.peer
rack_up -n 1 --qemu "-netdev $net
    -device e1000e,netdev=n1,mac=52:54:00:aa:bb:01
    -drive if=none,id=d0,format=raw,file=$tmp/disk0
    -drive if=none,id=d1,format=raw,read-only=on,file=$tmp/disk1
    -device virtio-blk-pci,drive=d0 -device virtio-blk-pci,drive=d1"

# -- examples
cable() { # FRAMES: the example on one end, python on the other
	: >"$tmp/packets.out"
	timeout 60 bmrun -n 1 "$tmp/packets" 1 "$1" 40 >"$tmp/packets.out" &
	app=$!
	end=$((SECONDS + 20))
	until grep -q card "$tmp/packets.out" || [ $SECONDS -ge $end ]; do
		sleep 0.05
	done
	timeout 60 python3 "$tmp/peer.py" "$tmp/cable.peer" "$tmp/cable.node" \
		"$1" >"$tmp/peer" 2>&1
	ended $app
}
cable 500
is "packets: the card is the application's" \
	$'card 1: e1000e\n500 frames' "$(sed 's/, .*//' "$tmp/packets.out")"
is "every frame came back as it was sent" '500 came back' "$(cat "$tmp/peer")"
run 30 bmrun -n 1 "$tmp/packets" 0 1 1
like "the node's own card is refused" 'card 0: .*needs it itself' "$err"
run 60 bmrun -n 1 -c 2 "$tmp/matrix" 200
is "matrix" 0 $rc
like "its tasks" '200 x 200 in 49 tasks: [0-9]+ us, 0 wrong' "$out"
is "and no task is lost" 49 \
	"$(awk '/^core/ { n += $3 } END { print n }' "$tmp/out")"

# -- calls
for mode in config refusals dma disks; do
	run 40 bmrun -n 1 "$tmp/calls" $mode
	is "calls: $mode" 0 $rc
done
is "what was written is on the disk" ok "$(python3 -c '
want = b"".join((0xffffffff - i).to_bytes(4, "little") * 128
                for i in range(8192))
print("ok" if open("disk0", "rb").read() == want else "different")')"
run 20 bmctl console node1 <<<disk
like "the monitor knows them" '1: virtio-blk, 8192 blocks of 512.*read-only' \
	"$out"
run 40 bmrun -n 1 "$tmp/calls" console
idle 1 20
end=$((SECONDS + 10))
until grep -q 'application says' "$BM_RACK/console/node1.log" ||
	[ $SECONDS -ge $end ]; do
	sleep 0.1
done
like "a line for the console reaches bmd" 'rank 0: the application says so' \
	"$(cat "$BM_RACK/console/node1.log")"
what=(none "a receive buffer nowhere" "a receive buffer in text"
    "a frame from nowhere" "pci_get to nowhere" "pci_read to nowhere"
    "a line from nowhere" "dma_addr of nowhere" "nic_info to nowhere"
    "a block read to nowhere" "blocks read into text" "a block from nowhere")
for mode in 1 2 3 4 5 6 7 8 9 10 11; do
	run 40 bmrun -n 1 "$tmp/calls" $mode
	is "${what[$mode]} ends the job" 139 $rc
done
is "no kernel was at fault" 0 \
	"$(grep -c 'kernel:' "$BM_RACK/console/node1.log")"
cable 50
is "the card was given back each time" '50 came back' "$(cat "$tmp/peer")"

# -- versions: every note of the program is set to another number
version() { # NUMBER
	python3 - "$tmp/calls" "$tmp/calls.$1" "$1" <<'PY'
import shutil, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = n = 0
head = bytes.fromhex("09000000" "04000000" "01000000") + b"Barerack\0"
while (at := data.find(head, at)) >= 0:
    data[at + 24:at + 28] = int(sys.argv[3]).to_bytes(4, "little")
    at += 28
    n += 1
assert n >= 2, "%d notes" % n
open(sys.argv[2], "wb").write(data)
shutil.copymode(sys.argv[1], sys.argv[2])
PY
}
version 1
version 99
run 40 bmrun -n 1 "$tmp/calls.1" config
is "a program for version 1 of the table runs" 0 $rc
run 40 bmrun -n 1 "$tmp/calls.99" config
is "a program for version 99 does not" 126 $rc
like "and bmrun says why" 'built for a newer Barerack.*update' "$err"

# -- reset
run 60 bmrun -n 1 "$tmp/calls" reset
like "reset resets the machine" 'NODE_FAIL|node1' "$err"
idle 1 90 && ok "the node comes back" || not_ok "the node comes back"
