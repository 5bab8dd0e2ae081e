/* gdbline.c - gdb's remote protocol on the serial line. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/gdbline.h"

#include "kernel/console.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/log.h"
#include "kernel/monitor.h"
#include "kernel/window.h"

/*
 * GDB manual, appendix E; what headnode/gdbserver.c is at the other end of bmd.
 * As little as gdb can do with: it writes breakpoints into text by itself, and
 * the empty answer says that we do not know a packet.
 *
 *	gdb  <-- +, $packet#sum -->  serial line  <-->  here  -->  gdbstub_do
 *
 * The UART keeps 16 bytes: whoever sees a packet's first byte reads on to its
 * end. A packet that stops halfway, is too long or has a wrong sum gets a '-'
 * and comes again; for gdb's '-' the last answer is sent again.
 *
 * While the rank runs, gdb is owed the signal with which it stops. Ctrl-D
 * instead of a packet: a person at the line takes it back.
 */

enum {
	PACKET_MAX = 2048,      /* gdb's own limit is half of that, here */
	BYTE_SPINS = 200000,    /* for the next one of a packet */
	BYTES_MAX = 32,         /* outside packets, at a time */
	INTERRUPT = 3,
	CTRL_D = 4,
	/* gdb's registers: the general ones, as ours are numbered; others */
	G_BYTES = 8 * JOBMSG_RFLAGS + 4,
	REG_XMM = 40,
	XMMS = 16,
	FX_XMM = 160,
	SIGNAL_TERM = 15,
};

/* What becomes of a packet: "OK", "E01", or the answer is there already (the
 * empty one says that we do not know the packet), or comes later. */
enum { OK, REFUSED, DONE, LATER };

static struct {
	struct rank *rank;      /* NULL: the line is not gdb's */
	bool owed;
	u32 len;                /* of data */
	u8 data[PACKET_MAX / 2];
	const char *at;         /* what is still to be read of the packet */
	char *end;              /* of the answer */
	/* '$', packet or answer, '#', sum: all of data fits, in digits. */
	char text[PACKET_MAX + 8];
} line;

/* Where the rank's program stands. */
static u64
image(void)
{
	return window_base(line.rank->local) + WINDOW_IMAGE;
}

/* -- answers -- */

static void
put(const char *p)
{
	while (*p)
		*line.end++ = *p++;
}

static void
put_hex(const void *data, u32 len)
{
	static const char digits[] = "0123456789abcdef";

	char *to = line.end;

	for (const u8 *p = data; len--; p++) {
		*to++ = digits[*p >> 4];
		*to++ = digits[*p & 15];
	}
	line.end = to;
}

static void
send(void)
{
	for (const char *p = line.text; p < line.end; p++)
		serial_console.put(*p);
}

static void
finish(void)
{
	u8 sum = 0;

	for (const char *p = line.text + 1; p < line.end; p++)
		sum = (u8)(sum + (u8)*p);
	*line.end++ = '#';
	put_hex(&sum, 1);
	send();
}

/* -- requests -- */

static int
ask(u32 op, u64 va, u64 bytes)
{
	return gdbstub_do(line.rank, op, va,
	    (u32)MIN(bytes, sizeof(line.data)), line.data, &line.len);
}

static void
end(void)
{
	ask(JOBMSG_DEBUG_DETACH, 0, 0);
	console_lend(false);
	log_info("gdb has left");
	line.rank = NULL;
}

/* A number and the character behind it. */
static u64
number(void)
{
	u64 v = 0;
	int d;

	for (; (d = monitor_digit(*line.at)) >= 0; line.at++)
		v = v << 4 | (u64)d;
	if (*line.at)
		line.at++;
	return v;
}

/* The packet's pairs of digits to line.data; how many. */
static u32
unhex(void)
{
	u32 n = 0;
	int d;

	for (; (d = monitor_digit(*line.at)) >= 0; line.at++, n++)
		line.data[n / 2] = (u8)(line.data[n / 2] << 4 | d);
	return n / 2;
}

/* 'g' has most registers; gdb asks for others one by one. */
static int
registers(char c)
{
	u64 n = number() - REG_XMM;

	if (ask(JOBMSG_DEBUG_GET, 0, 0) != 0)
		return REFUSED;
	if (c == 'g')
		put_hex(line.data, G_BYTES);
	else if (n < XMMS)
		put_hex(line.data + offsetof(struct jobmsg_debug_regs, fx) +
		    FX_XMM + 16 * n, 16);
	else
		put("x");       /* not available */
	return DONE;
}

/* gdb has seen 'g' and knows of no more. */
static int
set_registers(void)
{
	return ask(JOBMSG_DEBUG_GET, 0, 0) != 0 || unhex() != G_BYTES ||
	    ask(JOBMSG_DEBUG_SET, 0, 0) != 0;
}

static int
memory(char c)
{
	u64 va = number(), len = number();

	if (c == 'M') {
		line.len = unhex();
		return line.len != len || ask(JOBMSG_DEBUG_WRITE, va, 0) != 0;
	}
	if (ask(JOBMSG_DEBUG_READ, va, len) != 0 || !line.len)
		return REFUSED;
	put_hex(line.data, line.len);
	return DONE;
}

static int
query(void)
{
	u64 at = __builtin_bswap64(image());

	if (*line.at == 'O') {   /* qOffsets */
		put("TextSeg=");
		put_hex(&at, sizeof(at));
	}
	return DONE;
}

static int
obey(char c)
{
	u32 op = JOBMSG_DEBUG_GO;

	switch (c) {
	case '?':
		op = JOBMSG_DEBUG_ATTACH;
		break;
	case 's':
	case 'S':
		op = JOBMSG_DEBUG_STEP;
		break;
	case 'c':
	case 'C':
		break;
	case 'D':
		return OK;
	case 'g':
	case 'p':
		return registers(c);
	case 'G':
		return set_registers();
	case 'm':
	case 'M':
		return memory(c);
	case 'q':
		return query();
	default:
		return DONE;
	}
	line.owed = true;
	ask(op, 0, 0);
	return LATER;
}

/* -- the line -- */

static int
next(void)
{
	u32 spins = 0;
	int c;

	while ((c = console_get()) < 0 && spins++ < BYTE_SPINS)
		;
	return c;
}

/* A packet from behind its '$' to its sum, which must be right. */
static bool
receive(void)
{
	char *p = line.text + 1;
	u8 sum = 0;
	int c;

	while ((c = next()) >= 0 && c != '#' && p < line.text + PACKET_MAX) {
		sum = (u8)(sum + c);
		*p++ = (char)c;
	}
	p[0] = (char)next();
	p[1] = (char)next();
	p[2] = 0;
	line.at = p;
	if (c != '#' || number() != sum)
		return false;
	*p = 0;
	line.at = line.text + 2;
	return true;
}

static void
packet(void)
{
	bool good = receive();
	char c = line.text[1];
	int what = LATER;

	serial_console.put(good ? '+' : '-');
	line.end = line.text + good;
	line.len = 0;
	if (good && c != 'k')
		what = obey(c);
	if (what < DONE)
		put(what == OK ? "OK" : "E01");
	if (what < LATER)
		finish();
	if (good && (c == 'k' || c == 'D'))
		end();
}

static void
input(int c)
{
	if (c == '$')
		packet();
	else if (c == '-')
		send();
	else if (c == CTRL_D)
		end();
	else if (c == INTERRUPT)
		ask(JOBMSG_DEBUG_ATTACH, 0, 0);
}

/* The rank stopped, or is over: an exit, or the signal that it died of. */
static void
tell(const struct rank *r, bool over)
{
	u32 signal = over ? le32_get(r->fault.signal) : r->gdb.signal;
	u8 number;

	if (!signal && agent_job()->cancelled)
		signal = SIGNAL_TERM;
	number = (u8)(signal ? signal : (u32)r->code);
	line.end = line.text + 1;
	put(!over ? "S" : signal ? "X" : "W");
	put_hex(&number, 1);
	finish();
	line.owed = false;
	if (over)
		end();
}

bool
gdbline_poll(void)
{
	struct rank *r;
	int c;

	for (u32 i = 0; i < BYTES_MAX && line.rank &&
	    (c = console_get()) >= 0; i++)
		input(c);
	r = line.rank;
	if (r && (r->state >= RANK_EXITED ||
	    (line.owed && r->gdb.state == GDBSTUB_STOPPED)))
		tell(r, r->state >= RANK_EXITED);
	return r != NULL;
}

void
gdbline_start(u32 rank)
{
	struct rank *r = gdbstub_find(agent_job(), rank);

	line.rank = r;
	if (!r || r->gdb.state != GDBSTUB_OFF ||
	    ask(JOBMSG_DEBUG_ATTACH, 0, 0) != 0) {
		line.rank = NULL;
		log_info("no rank %u here without gdb", rank);
		return;
	}
	log_info("rank %u at %lx is gdb's until Ctrl-D", rank, image());
	r->gdb.line = true;
	line.owed = false;
	line.text[0] = '$';
	line.end = line.text;
	console_lend(true);
}
