/* switch_io.c - the switch's ports: nodes' sockets, uplink, control, pcap. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/switch_io.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/*
 * A node port has two sockets. rx is bound and unconnected, so that a QEMU
 * which was power-cycled may send at once. tx is connected to the node's
 * socket, so that POLLOUT says when its queue (net.unix.max_dgram_qlen frames,
 * often ten) has room again; frames wait in our ring until then. A node that
 * is off refuses: the frame is lost, as on a dead cable, and the next one
 * tries to connect anew.
 */

struct io_frame {
	u32 len;
	u8 *data;
};

struct io_port {
	int rx, tx;
	bool connected;
	struct sockaddr_un node;
	struct io_frame ring[SWITCH_QUEUE_MAX];
	u32 head, count;
};

struct io {
	const struct switch_config *cfg;
	struct sw sw;
	struct io_port port[SWITCH_PORTS_MAX];
	int ctl, sig;
	FILE *pcap;
	struct pollfd poll[2 * SWITCH_PORTS_MAX + 2];
};

static u64
io_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* DIR/NAME as a socket address; ERR_TOOBIG when it does not fit. */
static int
io_address(struct sockaddr_un *a, const char *dir, const char *name)
{
	int n;

	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	n = snprintf(a->sun_path, sizeof a->sun_path, "%s/%s", dir, name);
	if (n < (int)sizeof a->sun_path)
		return 0;
	say_error("%s/%s: a socket's path has at most %zu bytes", dir, name,
	    sizeof a->sun_path - 1);
	return ERR_TOOBIG;
}

static int
io_bind(const char *dir, const char *name)
{
	struct sockaddr_un a;
	int fd, err = io_address(&a, dir, name), size = 4 << 20;

	if (err)
		return err;
	unlink(a.sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		say_error("%s: %s", a.sun_path, strerror(errno));
		return ERR_IO;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd;
}

/* -- uplink ----------------------------------------------------------------- */

static void
io_ethtool(int fd, const char *name, u32 cmd)
{
	struct ethtool_value v = { .cmd = cmd, .data = 0 };
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	r.ifr_data = (char *)&v;
	if (ioctl(fd, SIOCETHTOOL, &r) != 0 && errno != EOPNOTSUPP)
		say_info("%s: offload %u stays on: %s", name, cmd,
		    strerror(errno));
}

/* Frames must leave the head node whole: real checksums, no super-frames. */
static void
io_offloads_off(int fd, const char *name)
{
	static const u32 cmds[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM,
		ETHTOOL_SGRO };

	for (size_t i = 0; i < ARRAY_LEN(cmds); i++)
		io_ethtool(fd, name, cmds[i]);
}

static int
io_uplink(const struct switch_config *cfg)
{
	struct sockaddr_ll l = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(cfg->uplink) };
	struct packet_mreq mr = { .mr_ifindex = l.sll_ifindex,
		.mr_type = PACKET_MR_PROMISC };
	int one = 1, fd;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    htons(ETH_P_ALL));
	if (fd < 0 || bind(fd, (struct sockaddr *)&l, sizeof l) != 0) {
		say_error("uplink %s: %s", cfg->uplink, strerror(errno));
		return ERR_IO;
	}
	setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mr, sizeof mr);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
	if (cfg->head)
		io_offloads_off(fd, cfg->head);
	return fd;
}

/* -- pcap ------------------------------------------------------------------- */

static int
io_pcap_open(struct io *io)
{
	/* libpcap's classic file header: microseconds, Ethernet. */
	static const u32 header[6] = { 0xa1b2c3d4, 2u | 4u << 16, 0, 0,
		SWITCH_FRAME_MAX, 1 };

	if (!io->cfg->pcap)
		return 0;
	io->pcap = fopen(io->cfg->pcap, "we");
	if (!io->pcap || fwrite(header, sizeof header, 1, io->pcap) != 1) {
		say_error("%s: %s", io->cfg->pcap, strerror(errno));
		return ERR_IO;
	}
	return 0;
}

/* Every frame that reaches the switch, before anything goes wrong with it. */
static void
io_pcap_write(struct io *io, const u8 *frame, u32 len)
{
	struct timespec t;
	u32 h[4];

	if (!io->pcap)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	h[0] = (u32)t.tv_sec;
	h[1] = (u32)(t.tv_nsec / 1000);
	h[2] = h[3] = len;
	fwrite(h, sizeof h, 1, io->pcap);
	fwrite(frame, len, 1, io->pcap);
}

/* -- frames out ------------------------------------------------------------- */

/* 0: sent or lost for good; ERR_AGAIN: no room now. */
static int
io_send(struct io_port *p, const u8 *frame, u32 len)
{
	for (int tries = 0; tries < 2; tries++) {
		if (!p->connected) {
			if (connect(p->tx, (struct sockaddr *)&p->node,
			        sizeof p->node) != 0)
				return 0;
			p->connected = true;
		}
		if (send(p->tx, frame, len, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			return ERR_AGAIN;
		p->connected = false;
	}
	return 0;
}

static bool
io_tx(void *ctx, u32 port, const u8 *frame, u32 len)
{
	struct io *io = ctx;
	struct io_port *p = &io->port[port];
	struct io_frame *f;

	if (port == 0)
		return p->rx >= 0 && send(p->rx, frame, len, 0) >= 0;
	if (!p->count && io_send(p, frame, len) == 0)
		return true;
	if (p->count == SWITCH_QUEUE_MAX)
		return false;
	f = &p->ring[(p->head + p->count) % SWITCH_QUEUE_MAX];
	f->data = malloc(len);
	if (!f->data)
		return false;
	memcpy(f->data, frame, len);
	f->len = len;
	p->count++;
	return true;
}

static void
io_flush(struct io_port *p)
{
	while (p->count) {
		struct io_frame *f = &p->ring[p->head];

		if (io_send(p, f->data, f->len) != 0)
			return;
		free(f->data);
		p->head = (p->head + 1) % SWITCH_QUEUE_MAX;
		p->count--;
	}
}

/* -- frames and commands in ------------------------------------------------- */

static void
io_receive(struct io *io, u32 port)
{
	u8 frame[65536];
	u64 now = io_now();

	for (int k = 0; k < SWITCH_BATCH_MAX; k++) {
		ssize_t n = recv(io->port[port].rx, frame, sizeof frame, 0);

		if (n < 0)
			return;
		io_pcap_write(io, frame, (u32)n);
		switch_input(&io->sw, port, frame, (u32)n, now);
	}
}

static void
io_control(struct io *io)
{
	static char reply[SWITCH_REPLY_MAX];
	char line[4096];
	struct sockaddr_un from;
	socklen_t from_len = sizeof from;
	ssize_t n = recvfrom(io->ctl, line, sizeof line - 1, 0,
	    (struct sockaddr *)&from, &from_len);
	size_t at;

	if (n < 0)
		return;
	line[n] = 0;
	at = switch_command(&io->sw, line, reply + 1, sizeof reply - 1) ? 1 : 0;
	reply[0] = at ? '!' : ' ';
	sendto(io->ctl, reply, strlen(reply), 0, (struct sockaddr *)&from,
	    from_len);
}

static int
io_open(struct io *io)
{
	const struct switch_config *cfg = io->cfg;
	char name[32];

	for (u32 i = 1; i <= cfg->nodes; i++) {
		struct io_port *p = &io->port[i];

		snprintf(name, sizeof name, "n%u.net", i);
		if (io_address(&p->node, cfg->dir, name) != 0)
			return ERR_TOOBIG;
		snprintf(name, sizeof name, "sw%u.net", i);
		p->rx = io_bind(cfg->dir, name);
		p->tx = socket(AF_UNIX,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (p->rx < 0 || p->tx < 0)
			return ERR_IO;
	}
	io->port[0].rx = cfg->uplink ? io_uplink(cfg) : -1;
	if (cfg->uplink && io->port[0].rx < 0)
		return ERR_IO;
	io->ctl = io_bind(cfg->dir, "switch.ctl");
	return io->ctl < 0 ? ERR_IO : io_pcap_open(io);
}

static int
io_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Sleeps until a frame, a command, room at a slow port or a held frame. */
static void
io_wait(struct io *io)
{
	u64 due = switch_deadline(&io->sw), now = io_now();
	struct timespec t = { 3600, 0 };
	u32 ports = io->cfg->nodes + 1;

	if (due != UINT64_MAX) {
		u64 left = due > now ? due - now : 0;

		t.tv_sec = (time_t)(left / 1000000000u);
		t.tv_nsec = (long)(left % 1000000000u);
	}
	for (u32 i = 0; i < ports; i++) {
		io->poll[2 * i] = (struct pollfd){ io->port[i].rx, POLLIN, 0 };
		io->poll[2 * i + 1] = (struct pollfd){
			io->port[i].count ? io->port[i].tx : -1, POLLOUT, 0 };
	}
	io->poll[2 * ports] = (struct pollfd){ io->ctl, POLLIN, 0 };
	io->poll[2 * ports + 1] = (struct pollfd){ io->sig, POLLIN, 0 };
	ppoll(io->poll, 2 * ports + 2, &t, NULL);
}

int
switch_run(const struct switch_config *cfg)
{
	struct io *io = calloc(1, sizeof *io);
	u32 ports = cfg->nodes + 1;

	ASSERT(io && ports <= SWITCH_PORTS_MAX);
	io->cfg = cfg;
	switch_init(&io->sw, ports, cfg->seed, io_tx, io);
	io->sw.faults = cfg->faults;
	io->sig = io_signals();
	if (io_open(io) != 0)
		return ERR_IO;
	printf("ready\n");
	fflush(stdout);
	do {
		io_wait(io);
		switch_tick(&io->sw, io_now());
		for (u32 i = 0; i < ports; i++) {
			if (io->poll[2 * i + 1].revents)
				io_flush(&io->port[i]);
			if (io->poll[2 * i].revents & POLLIN)
				io_receive(io, i);
		}
		if (io->poll[2 * ports].revents & POLLIN)
			io_control(io);
		/* Whole frames at all times: a reader may follow, and a rack
		 * that goes down kills us. */
		if (io->pcap)
			fflush(io->pcap);
	} while (!(io->poll[2 * ports + 1].revents & POLLIN));
	switch_fini(&io->sw);
	if (io->pcap)
		fclose(io->pcap);
	free(io);
	return 0;
}

/*
 * The answer comes to a socket in the same directory: an abstract name would
 * belong to our network namespace, in which the switch is not.
 */
int
switch_ask(const char *dir, const char *command, char *reply, size_t size)
{
	struct pollfd p = { .events = POLLIN };
	struct sockaddr_un to, self;
	char name[32];
	ssize_t n = -1;

	snprintf(name, sizeof name, "ask.%d", getpid());
	if (io_address(&to, dir, "switch.ctl") != 0 ||
	    io_address(&self, dir, name) != 0)
		return ERR_TOOBIG;
	p.fd = io_bind(dir, name);
	if (p.fd >= 0 &&
	    connect(p.fd, (struct sockaddr *)&to, sizeof to) == 0 &&
	    send(p.fd, command, strlen(command), MSG_NOSIGNAL) >= 0 &&
	    poll(&p, 1, 2000) == 1)
		n = recv(p.fd, reply, size - 1, 0);
	if (p.fd >= 0)
		close(p.fd);
	unlink(self.sun_path);
	if (n < 1) {
		snprintf(reply, size, "the switch does not answer");
		return ERR_IO;
	}
	reply[n] = 0;
	n = reply[0] == '!' ? ERR_INVAL : 0;
	memmove(reply, reply + 1, strlen(reply));
	return (int)n;
}
