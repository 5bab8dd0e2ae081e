/* gdbserver.c - gdb's remote protocol for one rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/gdbserver.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * GDB manual, appendix E. gdb asks, we answer:
 *
 *	gdb  <-- $packet#sum, over a pipe -->  here  <-- DEBUG -->  bmd, node
 *
 * As little as gdb can do with: it puts breakpoints in by itself, by writing
 * into text (the node gives the rank a page of its own), and finds out where
 * the program stands from AT_ENTRY. Everything unknown is answered by the
 * empty packet, which says so.
 */

enum {
	PACKET_MAX = 2 * JOBMSG_DEBUG_MAX + 64,
	REPLY_MS = 10000,
	INTERRUPT = 3,             /* ^C, outside a packet */
	FX_STACK = 32,             /* st0, in 16 bytes each */
	FX_MXCSR = 24,
	FX_XMM = 160,
	CS = 0x08, SS = 0x10,      /* the node's */
};

struct gdbserver {
	struct cli *cli;
	struct proto_debug who;
	u64 image, entry;
	u32 signal;                /* why it stopped last */
	bool running, quiet, over; /* quiet: no acknowledgements */
	bool interrupted;          /* gdb asked it to stop */
	char in[PACKET_MAX];
	size_t in_len;
	char out[PACKET_MAX];
	size_t out_len;
};

/* -- the node --------------------------------------------------------------- */

/* One message of bmd; its type of request, or 0 if it was the end. */
static u32
gdb_recv(struct gdbserver *g, struct jobmsg_debug *d, const u8 **data,
    u32 *len)
{
	const size_t head = sizeof(struct proto_debug) + sizeof *d;
	struct proto_error e;
	u32 type, bytes;
	void *msg;
	int err = cli_recv(g->cli, &type, &msg, &bytes, REPLY_MS);

	if (!err && type == PROTO_DEBUG && bytes >= head) {
		memcpy(d, (u8 *)msg + sizeof(struct proto_debug), sizeof *d);
		*data = (u8 *)msg + head;
		*len = bytes - (u32)head;
		return le32_get(d->op);
	}
	if (!err && type == PROTO_ERROR && bytes == sizeof e) {
		memcpy(&e, msg, sizeof e);
		say_error("%s", e.text);
	} else if (!err || err != ERR_AGAIN) {
		say_error("the node does not answer");
	}
	g->over = true;
	return 0;
}

/* Why it stopped, in gdb's words: what was asked for is no trap. */
static void
gdb_stopped(struct gdbserver *g, u32 signal)
{
	g->running = false;
	g->signal = g->interrupted && signal == SIGTRAP ? SIGINT : signal;
	g->interrupted = false;
}

/* Asks and waits for the answer: its data, *len at most. 0 or an error. */
static int
gdb_ask(struct gdbserver *g, u32 op, u64 address, void *data, u32 *len)
{
	u8 msg[sizeof g->who + sizeof(struct jobmsg_debug) + JOBMSG_DEBUG_MAX];
	struct jobmsg_debug d = { .op = le32_of(op),
		.address = le64_of(address), .bytes = le32_of(*len) };
	u32 send = op == JOBMSG_DEBUG_WRITE || op == JOBMSG_DEBUG_SET ? *len
	                                                               : 0;
	const u8 *reply;
	u32 bytes, got;

	memcpy(msg, &g->who, sizeof g->who);
	memcpy(msg + sizeof g->who, &d, sizeof d);
	if (send)
		memcpy(msg + sizeof g->who + sizeof d, data, send);
	if (cli_send(g->cli, PROTO_DEBUG, msg,
	        (u32)(sizeof g->who + sizeof d) + send, -1) != 0) {
		g->over = true;
		return ERR_CLOSED;
	}
	do {
		got = gdb_recv(g, &d, &reply, &bytes);
		if (got == JOBMSG_DEBUG_STOPPED)
			gdb_stopped(g, le32_get(d.signal));
	} while (got && got != op);
	if (!got)
		return ERR_CLOSED;
	g->image = le64_get(d.address);
	*len = MIN(*len, bytes);
	if (!send && *len)
		memcpy(data, reply, *len);
	return -(int)le32_get(d.err);
}

static int
gdb_tell(struct gdbserver *g, u32 op)
{
	u32 none = 0;

	return gdb_ask(g, op, 0, NULL, &none);
}

/* -- packets out ------------------------------------------------------------ */

static void PRINTF_LIKE(2, 3)
gdb_put(struct gdbserver *g, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(g->out + g->out_len, sizeof g->out - g->out_len, fmt,
	    args);
	va_end(args);
	ASSERT(n >= 0 && g->out_len + (size_t)n < sizeof g->out);
	g->out_len += (size_t)n;
}

static void
gdb_put_hex(struct gdbserver *g, const void *data, size_t len)
{
	const u8 *p = data;

	for (size_t i = 0; i < len; i++)
		gdb_put(g, "%02x", p[i]);
}

static void
gdb_write(const void *data, size_t len)
{
	const u8 *p = data;

	while (len) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n <= 0)
			exit(1);
		p += n;
		len -= (size_t)n;
	}
}

static void
gdb_flush(struct gdbserver *g)
{
	char tail[4];
	u8 sum = 0;

	for (size_t i = 0; i < g->out_len; i++)
		sum = (u8)(sum + (u8)g->out[i]);
	gdb_write("$", 1);
	gdb_write(g->out, g->out_len);
	snprintf(tail, sizeof tail, "#%02x", sum);
	gdb_write(tail, 3);
	g->out_len = 0;
}

static void
gdb_result(struct gdbserver *g, int err)
{
	if (err)
		gdb_put(g, "E%02x", (unsigned)-err & 0xff);
	else
		gdb_put(g, "OK");
}

/* -- requests --------------------------------------------------------------- */

/* gdb's own order of amd64 registers: core, x87, SSE, Linux's, segments. */
static void
gdb_registers(struct gdbserver *g)
{
	struct jobmsg_debug_regs r;
	u32 len = sizeof r, zero[4] = { 0 }, cs = CS, ss = SS, tag = 0xffff;
	int err = gdb_ask(g, JOBMSG_DEBUG_GET, 0, &r, &len);

	if (err || len != sizeof r) {
		gdb_result(g, err ? err : ERR_PROTO);
		return;
	}
	gdb_put_hex(g, r.regs, JOBMSG_RFLAGS * 8);
	gdb_put_hex(g, &r.regs[JOBMSG_RFLAGS], 4);
	gdb_put_hex(g, &cs, 4);
	gdb_put_hex(g, &ss, 4);
	gdb_put_hex(g, zero, 16);
	for (u32 i = 0; i < 8; i++)
		gdb_put_hex(g, r.fx + FX_STACK + 16 * i, 10);
	gdb_put_hex(g, r.fx, 2);
	gdb_put_hex(g, zero, 2);
	gdb_put_hex(g, r.fx + 2, 2);
	gdb_put_hex(g, zero, 2);
	gdb_put_hex(g, &tag, 4);
	gdb_put_hex(g, zero, 16);
	gdb_put_hex(g, zero, 4);
	gdb_put_hex(g, r.fx + FX_XMM, 256);
	gdb_put_hex(g, r.fx + FX_MXCSR, 4);
	gdb_put_hex(g, zero, 8);
	gdb_put_hex(g, &r.fs_base, 8);
}

static size_t
gdb_unhex(const char *text, u8 *out, size_t size)
{
	size_t n = 0;

	for (; n < size && isxdigit((u8)text[0]) && isxdigit((u8)text[1]);
	    text += 2) {
		const char pair[3] = { text[0], text[1], 0 };

		out[n++] = (u8)strtoul(pair, NULL, 16);
	}
	return n;
}

/* What gdb sends of them: the general ones change, the rest stays. */
static void
gdb_set_registers(struct gdbserver *g, const char *text)
{
	struct jobmsg_debug_regs r;
	u8 raw[JOBMSG_REGS * 8];
	u32 len = sizeof r;
	int err = gdb_ask(g, JOBMSG_DEBUG_GET, 0, &r, &len);
	size_t core = JOBMSG_RFLAGS * 8 + 4;

	if (!err && gdb_unhex(text, raw, core) != core)
		err = ERR_INVAL;
	if (!err) {
		memcpy(r.regs, raw, core);
		err = gdb_ask(g, JOBMSG_DEBUG_SET, 0, &r, &len);
	}
	gdb_result(g, err);
}

static void
gdb_read(struct gdbserver *g, const char *text)
{
	u8 data[JOBMSG_DEBUG_MAX];
	unsigned long long address;
	unsigned bytes;
	u32 len;
	int err;

	if (sscanf(text, "%llx,%x", &address, &bytes) != 2) {
		gdb_result(g, ERR_INVAL);
		return;
	}
	len = MIN(bytes, (unsigned)sizeof data);
	err = gdb_ask(g, JOBMSG_DEBUG_READ, address, data, &len);
	if (err || (bytes && !len))
		gdb_result(g, err ? err : ERR_INVAL);
	else
		gdb_put_hex(g, data, len);
}

static void
gdb_store(struct gdbserver *g, const char *text)
{
	u8 data[JOBMSG_DEBUG_MAX];
	unsigned long long address;
	unsigned bytes;
	const char *hex = strchr(text, ':');
	u32 len;

	if (!hex || sscanf(text, "%llx,%x", &address, &bytes) != 2 ||
	    bytes > sizeof data ||
	    gdb_unhex(hex + 1, data, bytes) != bytes) {
		gdb_result(g, ERR_INVAL);
		return;
	}
	len = bytes;
	gdb_result(g, bytes ? gdb_ask(g, JOBMSG_DEBUG_WRITE, address, data,
	    &len) : 0);
}

/* AT_ENTRY says where the PIE stands; binary, so four bytes are escaped. */
static void
gdb_auxv(struct gdbserver *g)
{
	Elf64_auxv_t a[2] = { { AT_ENTRY, { g->image + g->entry } },
		{ AT_NULL, { 0 } } };
	const char *p = (const char *)a;

	g->out[g->out_len++] = 'l';
	for (size_t i = 0; i < sizeof a; i++) {
		bool escape = p[i] == '#' || p[i] == '$' || p[i] == '}' ||
		    p[i] == '*';

		if (escape)
			g->out[g->out_len++] = '}';
		g->out[g->out_len++] = escape ? p[i] ^ 0x20 : p[i];
	}
}

static void
gdb_query(struct gdbserver *g, const char *q)
{
	if (strncmp(q, "qSupported", 10) == 0)
		gdb_put(g, "PacketSize=%x;QStartNoAckMode+;"
		    "qXfer:auxv:read+", PACKET_MAX - 8);
	else if (strncmp(q, "qXfer:auxv:read::", 17) == 0)
		gdb_auxv(g);
	else if (strcmp(q, "qAttached") == 0)
		gdb_put(g, "1");
	else if (strcmp(q, "qC") == 0)
		gdb_put(g, "QC1");
	else if (strcmp(q, "qfThreadInfo") == 0)
		gdb_put(g, "m1");
	else if (strcmp(q, "qsThreadInfo") == 0)
		gdb_put(g, "l");
}

/* Lets it go on; the stop reply follows when it stops. */
static bool
gdb_go(struct gdbserver *g, u32 op)
{
	int err;

	g->running = true;
	err = gdb_tell(g, op);
	if (!err)
		return g->running;
	g->running = false;
	gdb_result(g, err);
	return false;
}

/* One packet; false: no answer yet. */
static bool
gdb_packet(struct gdbserver *g, const char *p)
{
	switch (*p) {
	case '?':
		gdb_put(g, "S%02x", g->signal);
		break;
	case 'g':
		gdb_registers(g);
		break;
	case 'G':
		gdb_set_registers(g, p + 1);
		break;
	case 'm':
		gdb_read(g, p + 1);
		break;
	case 'M':
		gdb_store(g, p + 1);
		break;
	case 'c':
	case 'C':
	case 's':
	case 'S':
		if (gdb_go(g, (*p | 32) == 'c' ? JOBMSG_DEBUG_GO
		                               : JOBMSG_DEBUG_STEP))
			return false;
		if (!g->out_len)
			gdb_put(g, "S%02x", g->signal);
		break;
	case 'D':
	case 'k':
		gdb_tell(g, JOBMSG_DEBUG_DETACH);
		gdb_put(g, "OK");
		g->over = true;
		break;
	case 'H':
	case 'T':
		gdb_put(g, "OK");
		break;
	case 'Q':
		g->quiet = strcmp(p, "QStartNoAckMode") == 0;
		if (g->quiet)
			gdb_put(g, "OK");
		break;
	case 'q':
		gdb_query(g, p);
		break;
	}
	return true;
}

/* -- the loop --------------------------------------------------------------- */

/* A whole packet at the front of the buffer: handled and taken away. */
static bool
gdb_one(struct gdbserver *g)
{
	char *end;
	size_t used;

	if (!g->in_len)
		return false;
	if (g->in[0] != '$') {
		if (g->in[0] == INTERRUPT && g->running) {
			g->interrupted = true;
			gdb_tell(g, JOBMSG_DEBUG_ATTACH);
		}
		memmove(g->in, g->in + 1, --g->in_len);
		return true;
	}
	end = memchr(g->in, '#', g->in_len);
	if (!end || end + 2 >= g->in + g->in_len)
		return false;
	*end = 0;
	used = (size_t)(end - g->in) + 3;
	if (!g->quiet)
		gdb_write("+", 1);
	if (gdb_packet(g, g->in + 1))
		gdb_flush(g);
	g->in_len -= used;
	memmove(g->in, g->in + used, g->in_len);
	return true;
}

static void
gdb_event(struct gdbserver *g)
{
	struct jobmsg_debug d;
	const u8 *data;
	u32 len;
	bool was = g->running;

	if (gdb_recv(g, &d, &data, &len) == JOBMSG_DEBUG_STOPPED)
		gdb_stopped(g, le32_get(d.signal));
	if (g->over && was)
		gdb_put(g, "X09");
	else if (was && !g->running)
		gdb_put(g, "S%02x", g->signal);
	else
		return;
	gdb_flush(g);
}

static void
gdb_loop(struct gdbserver *g)
{
	while (!g->over) {
		struct pollfd p[] = { { STDIN_FILENO, POLLIN, 0 },
			{ g->cli->fd, POLLIN, 0 } };
		ssize_t n;
		bool was;

		poll(p, ARRAY_LEN(p), -1);
		if (p[1].revents)
			gdb_event(g);
		if (!p[0].revents)
			continue;
		if (g->in_len == sizeof g->in)
			return;
		n = read(STDIN_FILENO, g->in + g->in_len,
		    sizeof g->in - g->in_len);
		if (n <= 0)
			return;
		g->in_len += (size_t)n;
		was = g->running;
		while (!g->over && gdb_one(g))
			continue;
		/* It may have stopped while another answer was waited for. */
		if (was && !g->running && !g->over) {
			gdb_put(g, "S%02x", g->signal);
			gdb_flush(g);
		}
	}
}

void
gdbserver_program(struct cli *cli, u32 job, struct proto_program *p)
{
	struct proto_target t = { job };
	void *data;
	u32 len;

	cli_ask(cli, PROTO_PROGRAM, &t, sizeof t, PROTO_PROGRAM, &data, &len);
	memset(p, 0, sizeof *p);
	memcpy(p, data, MIN(len, sizeof *p));
	p->path[sizeof p->path - 1] = p->kernel[sizeof p->kernel - 1] = 0;
}

static u64
gdb_entry(const char *path)
{
	Elf64_Ehdr e = { .e_entry = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &e, sizeof e) != (ssize_t)sizeof e)
		say_error("%s cannot be read: symbols will be displaced", path);
	if (fd >= 0)
		close(fd);
	return e.e_entry;
}

int
gdbserver_run(struct cli *cli, u32 job, u32 rank)
{
	static struct gdbserver g;
	struct proto_program p;

	g.cli = cli;
	g.who = (struct proto_debug){ job, rank };
	gdbserver_program(cli, job, &p);
	g.entry = gdb_entry(p.path);
	g.running = true;
	signal(SIGINT, SIG_IGN);   /* gdb's terminal sends it to us, too */
	if (gdb_tell(&g, JOBMSG_DEBUG_ATTACH) != 0)
		return 1;
	while (g.running && !g.over) {
		struct jobmsg_debug d;
		const u8 *data;
		u32 len;

		if (gdb_recv(&g, &d, &data, &len) == JOBMSG_DEBUG_STOPPED)
			gdb_stopped(&g, le32_get(d.signal));
	}
	gdb_loop(&g);
	return 0;
}
