/* main.c - a device for one QEMU: options, the loop, the end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/options.h"
#include "headnode/say.h"
#include "kernel/lib/err.h"
#include "tests/emu/nic82599/front/front.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	OPT_PROXY = OPTIONS_LONG, OPT_VFIO, OPT_NET, OPT_REMOTE, OPT_MAC,
	OPT_DEVICE, OPT_PCAP, OPT_TRACE, OPT_CTL, OPT_STRICT, OPT_SEED,
	OPT_DELAY, OPT_ASK,
	MESSAGES_MAX = 64,             /* of QEMU, before others have a turn */
};

static const struct option_row rows[] = {
	{ OPT_PROXY, "proxy", "FD", "serve QEMU's x-pci-proxy-dev there" },
	{ OPT_VFIO, "vfio", "SOCKET", "serve QEMU's vfio-user-pci there" },
	{ OPT_NET, "net", "SOCKET", "frames come here" },
	{ OPT_REMOTE, "remote", "SOCKET", "and go there" },
	{ OPT_MAC, "mac", "ADDRESS", "the station's address" },
	{ OPT_DEVICE, "device", "ID", "PCI device id (0x10fb: 82599 SFP+)" },
	{ OPT_PCAP, "pcap", "FILE", "write all frames for Wireshark" },
	{ OPT_TRACE, "trace", "FILE", "write each access to a register" },
	{ OPT_CTL, "ctl", "SOCKET", "faults and counters on demand" },
	{ OPT_STRICT, "strict", NULL, "refuse what the datasheet forbids" },
	{ OPT_SEED, "seed", "N", "of the delays (1)" },
	{ OPT_DELAY, "delay", "US", "longest delay of a ready bit (50)" },
	{ OPT_ASK, "ask", "SOCKET", "send the words that follow to a --ctl" },
};

struct given {
	struct nic82599_config cfg;
	const char *vfio, *net, *remote, *pcap, *trace, *ctl, *ask;
	int proxy;
};

static int
set(void *ctx, int key, const char *arg)
{
	struct given *g = ctx;
	u64 v = 0;
	u8 *m = g->cfg.mac;
	int end = 0;

	switch (key) {
	case OPT_PROXY:
		if (!options_number("--proxy", arg, 0, 65535, &v))
			return -1;
		g->proxy = (int)v;
		return 0;
	case OPT_MAC:
		if (sscanf(arg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx%n", &m[0],
		        &m[1], &m[2], &m[3], &m[4], &m[5], &end) == 6 &&
		    !arg[end])
			return 0;
		say_error("--mac %s: wanted is 52:54:00:12:34:56", arg);
		return -1;
	case OPT_DEVICE:
		g->cfg.device = (u16)strtoul(arg, NULL, 16);
		return 0;
	case OPT_SEED:
		return options_number("--seed", arg, 0, UINT64_MAX,
		    &g->cfg.seed) ? 0 : -1;
	case OPT_DELAY:
		if (!options_number("--delay", arg, 0, 1000000, &v))
			return -1;
		g->cfg.delay_ns = v * 1000;
		return 0;
	case OPT_STRICT:
		g->cfg.strict = true;
		return 0;
	}
	*(key == OPT_VFIO ? &g->vfio : key == OPT_NET ? &g->net :
	    key == OPT_REMOTE ? &g->remote : key == OPT_PCAP ? &g->pcap :
	    key == OPT_TRACE ? &g->trace : key == OPT_CTL ? &g->ctl :
	    &g->ask) = arg;
	return 0;
}

/* -- messages ----------------------------------------------------------------*/

bool
front_read(int fd, void *to, size_t len)
{
	u8 *p = to;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool
front_receive(int fd, void *head, size_t len, int *fds, u32 *count)
{
	char control[CMSG_SPACE(FRONT_FDS_MAX * sizeof(int))];
	struct iovec v = { head, len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof control };
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		*count = (u32)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
	}
	return true;
}

/* -- the loop ----------------------------------------------------------------*/

static u64
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void
misuse(void *front, const char *section, const char *text)
{
	(void)front;
	say_error("misuse of the 82599, datasheet §%s: %s", section, text);
}

static void
sleep_until(struct front *f, struct pollfd *p)
{
	u64 due = nic82599_due(f->nic), now = clock_ns();
	struct timespec t = { 3600, 0 };

	if (due != UINT64_MAX) {
		u64 left = due > now ? due - now : 0;

		t.tv_sec = (time_t)(left / 1000000000u);
		t.tv_nsec = (long)(left % 1000000000u);
	}
	p[0] = (struct pollfd){ f->client, POLLIN, 0 };
	p[1] = (struct pollfd){ nic82599_has_room(f->nic) ? f->net : -1,
		POLLIN, 0 };
	p[2] = (struct pollfd){ f->ctl, POLLIN, 0 };
	ppoll(p, 3, &t, NULL);
	nic82599_tick(f->nic, clock_ns());
}

/* A driver often comes in bursts: no sleep between its messages. */
static bool
serve_client(struct front *f)
{
	char next;

	for (int i = 0; i < MESSAGES_MAX; i++) {
		if (!f->serve(f))
			return false;
		if (recv(f->client, &next, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
			break;
		nic82599_tick(f->nic, clock_ns());
	}
	return true;
}

static void
run(struct front *f)
{
	struct pollfd p[3];
	char text[1000];

	for (bool alive = true; alive;) {
		sleep_until(f, p);
		if (p[0].revents)
			alive = serve_client(f);
		if (p[1].revents & POLLIN)
			front_wire_poll(f);
		if (p[2].revents & POLLIN)
			front_control(f);
	}
	front_trace_flush(f);
	front_control_stats(f, text, sizeof text);
	say_info("%s", text);
}

static void
ask(const char *path, char **word)
{
	char words[200] = "", answer[1000];
	size_t at = 0;

	for (; *word && at < sizeof words; word++)
		at += (size_t)snprintf(words + at, sizeof words - at, "%s%s",
		    at ? " " : "", *word);
	if (front_control_ask(path, words, answer, sizeof answer) != 0)
		say_die(SAY_EXIT_OURS, "%s: no answer", path);
	puts(answer);
}

static int
open_all(struct front *f, const struct given *g)
{
	if (g->net && g->remote &&
	    front_wire_open(f, g->net, g->remote) != 0)
		return ERR_IO;
	if (g->pcap && front_wire_pcap(f, g->pcap) != 0)
		return ERR_IO;
	if (g->ctl && front_control_open(f, g->ctl) != 0)
		return ERR_IO;
	f->trace_file = g->trace ? fopen(g->trace, "we") : NULL;
	if (g->trace && !f->trace_file) {
		say_error("%s: %s", g->trace, strerror(errno));
		return ERR_IO;
	}
	return 0;
}

static void
create(struct front *f, const struct given *g)
{
	struct nic82599_config cfg = g->cfg;

	f->device = cfg.device;
	f->net = f->wire = f->ctl = f->msi_fd = f->line_fd = f->client = -1;
	for (u32 i = 0; i < NIC82599_VECTORS; i++)
		f->irq_fd[i] = -1;
	if (g->proxy >= 0) {
		front_proxy_init(f);
		f->client = g->proxy;
	} else {
		front_vfio_init(f);
	}
	cfg.host = (struct nic82599_host){ f, front_dma_read,
		front_dma_write, front_wire_tx, f->irq, misuse,
		g->trace ? front_trace : NULL };
	f->nic = nic82599_create(&cfg);
	ASSERT(f->nic);
	nic82599_bus_master(f->nic, false);
	nic82599_tick(f->nic, clock_ns());
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "nic82599",
		.usage = "--proxy FD | --vfio SOCKET [options]\n"
		         "       nic82599 --ask SOCKET WORD...",
		.about = "Intel's 82599 (X540, X550) as a device of QEMU.\n",
		.row = rows, .rows = ARRAY_LEN(rows), .set = set };
	static struct front f;
	struct given g = { .proxy = -1, .cfg = { .device = 0x10fb, .seed = 1,
		.mac = { 0x52, 0x54, 0, 0x62, 0x6d, 1 },
		.delay_ns = 50000 } };
	int at;

	say_tool("nic82599");
	at = options_parse(&options, argc, argv, &g);
	if (g.ask) {
		ask(g.ask, argv + at);
		return 0;
	}
	if (at != argc || (g.proxy < 0) == !g.vfio)
		say_die(SAY_EXIT_USAGE, "--proxy or --vfio, and no other "
		    "words; see --help");
	signal(SIGPIPE, SIG_IGN);
	create(&f, &g);
	if (open_all(&f, &g) != 0 ||
	    (g.vfio && front_vfio_accept(&f, g.vfio) != 0))
		return SAY_EXIT_OURS;
	run(&f);
	nic82599_destroy(f.nic);
	return 0;
}
