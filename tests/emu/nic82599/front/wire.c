/* wire.c - frames to and from the rack's switch, and a pcap of them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/say.h"
#include "kernel/lib/err.h"
#include "tests/emu/nic82599/front/front.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * As QEMU's -netdev dgram: frames come to one socket; they go to the other
 * side's by a second one, which is connected, so that poll() says when there
 * is room. A switch that is slow makes us wait, for a moment.
 */
enum { BATCH_MAX = 64, PATIENCE_MS = 20, TRIES = 3, SNAP = 65535 };

static int
address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof a->sun_path) {
		say_error("%s: a socket's path has at most %zu bytes", path,
		    sizeof a->sun_path - 1);
		return ERR_TOOBIG;
	}
	strcpy(a->sun_path, path);
	return 0;
}

int
front_wire_open(struct front *f, const char *local, const char *remote)
{
	struct sockaddr_un a;
	int size = 4 << 20;

	if (address(&a, local) != 0 || address(&f->remote, remote) != 0)
		return ERR_TOOBIG;
	unlink(local);
	f->net = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	f->wire = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->net < 0 || f->wire < 0 ||
	    bind(f->net, (struct sockaddr *)&a, sizeof a) != 0) {
		say_error("%s: %s", local, strerror(errno));
		return ERR_IO;
	}
	setsockopt(f->wire, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return 0;
}

int
front_wire_pcap(struct front *f, const char *path)
{
	static const u32 header[6] = { 0xa1b2c3d4, 2u | 4u << 16, 0, 0, SNAP,
		1 };

	f->pcap = fopen(path, "we");
	if (!f->pcap || fwrite(header, sizeof header, 1, f->pcap) != 1) {
		say_error("%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return 0;
}

static void
record(struct front *f, const void *frame, u32 len)
{
	struct timespec t;
	u32 h[4];

	if (!f->pcap)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	h[0] = (u32)t.tv_sec;
	h[1] = (u32)(t.tv_nsec / 1000);
	h[2] = h[3] = len;
	fwrite(h, sizeof h, 1, f->pcap);
	fwrite(frame, len, 1, f->pcap);
	fflush(f->pcap);
}

/* 0; ERR_AGAIN: not now; ERR_IO: nobody is there. */
static int
give(struct front *f, const u8 *frame, u32 len)
{
	if (!f->connected && connect(f->wire, (struct sockaddr *)&f->remote,
	        sizeof f->remote) != 0)
		return ERR_IO;
	f->connected = true;
	if (send(f->wire, frame, len, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS)
		return ERR_AGAIN;
	f->connected = false;
	return ERR_IO;
}

void
front_wire_tx(void *front, const u8 *frame, u32 len)
{
	struct front *f = front;
	struct pollfd p = { f->wire, POLLOUT, 0 };
	int err = ERR_AGAIN;

	record(f, frame, len);
	for (int i = 0; f->wire >= 0 && err == ERR_AGAIN && i < TRIES; i++) {
		if (i)
			poll(&p, 1, PATIENCE_MS);
		err = give(f, frame, len);
	}
	f->wire_lost += err != 0;
}

void
front_wire_poll(struct front *f)
{
	u8 frame[NIC82599_FRAME_MAX];

	for (int i = 0; i < BATCH_MAX && nic82599_has_room(f->nic); i++) {
		ssize_t n = recv(f->net, frame, sizeof frame, 0);

		if (n < 0)
			return;
		record(f, frame, (u32)n);
		nic82599_wire_rx(f->nic, frame, (u32)n);
	}
}
