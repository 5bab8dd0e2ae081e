/* gdbserver_test.c - gdb's packets on one side, a scripted node on the other. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/gdbserver.h"
#include "tests/test.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 *	test = gdb  --pipes-->  gdbserver_run (a child)  --socket-->  test = bmd
 */

enum { WAIT_MS = 10000, REPLY_MAX = 8192 };
#define IMAGE 0x400000200000ull

static struct {
	int to, from, bmd;
	pid_t pid;
} s;
static char reply[REPLY_MAX];

static void
begin(void)
{
	int in[2], out[2], sock[2];

	CHECK(pipe(in) == 0 && pipe(out) == 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	s.pid = fork();
	if (s.pid == 0) {
		struct cli c = { .fd = sock[1] };

		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		close(sock[0]);
		_exit(gdbserver_run(&c, 12, 3));
	}
	close(in[0]);
	close(out[1]);
	close(sock[1]);
	s.to = in[1];
	s.from = out[0];
	s.bmd = sock[0];
}

static void
take(int fd, void *data, size_t len)
{
	for (u8 *at = data; len;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
		n = read(fd, at, len);
		CHECK(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

static void
bmd_says(u32 type, const void *data, size_t len)
{
	struct proto_head h = { type, (u32)len };

	CHECK_EQ(write(s.bmd, &h, sizeof h), sizeof h);
	CHECK_EQ(write(s.bmd, data, len), (ssize_t)len);
}

/* The next request must be this one; its data, if any, go to data. */
static void
bmd_hears(u32 op, u8 *data, size_t len)
{
	struct proto_head h;
	struct proto_debug who;
	struct jobmsg_debug d;

	take(s.bmd, &h, sizeof h);
	CHECK_EQ(h.type, PROTO_DEBUG);
	CHECK_EQ(h.len, sizeof who + sizeof d + len);
	take(s.bmd, &who, sizeof who);
	CHECK(who.job == 12 && who.rank == 3);
	take(s.bmd, &d, sizeof d);
	CHECK_EQ(le32_get(d.op), op);
	take(s.bmd, data, len);
}

static void
node_says(u32 op, u32 signal, const void *data, size_t len)
{
	u8 msg[sizeof(struct proto_debug) + sizeof(struct jobmsg_debug) +
	    JOBMSG_DEBUG_MAX] = { 0 };
	struct jobmsg_debug d = { .op = le32_of(op),
		.signal = le32_of(signal), .address = le64_of(IMAGE) };

	memcpy(msg + sizeof(struct proto_debug), &d, sizeof d);
	if (len)
		memcpy(msg + sizeof(struct proto_debug) + sizeof d, data, len);
	bmd_says(PROTO_DEBUG, msg, sizeof(struct proto_debug) + sizeof d + len);
}

static void
gdb_says(const char *packet)
{
	char text[REPLY_MAX];
	u8 sum = 0;

	for (const char *p = packet; *p; p++)
		sum = (u8)(sum + (u8)*p);
	snprintf(text, sizeof text, "$%s#%02x", packet, sum);
	CHECK_EQ(write(s.to, text, strlen(text)), (ssize_t)strlen(text));
}

/* The next packet, without its frame; acknowledgements are skipped. */
static const char *
gdb_hears(void)
{
	size_t n = 0;
	char c = 0, sum[2];

	while (c != '$') {
		take(s.from, &c, 1);
		CHECK(c == '+' || c == '$');
	}
	for (;;) {
		take(s.from, &c, 1);
		if (c == '#')
			break;
		CHECK(n < sizeof reply - 1);
		reply[n++] = c;
	}
	reply[n] = 0;
	take(s.from, sum, 2);
	return reply;
}

static void
attached(void)
{
	struct proto_program p = { .path = "/proc/self/exe" };
	struct proto_head h;
	struct proto_target t;

	begin();
	take(s.bmd, &h, sizeof h);
	CHECK_EQ(h.type, PROTO_PROGRAM);
	take(s.bmd, &t, sizeof t);
	CHECK_EQ(t.job, 12);
	bmd_says(PROTO_PROGRAM, &p, sizeof p);
	bmd_hears(JOBMSG_DEBUG_ATTACH, NULL, 0);
	node_says(JOBMSG_DEBUG_ATTACH, 0, NULL, 0);
	node_says(JOBMSG_DEBUG_STOPPED, 5, NULL, 0);
}

static int
end(void)
{
	int status = 0;

	close(s.to);
	CHECK_EQ(waitpid(s.pid, &status, 0), s.pid);
	close(s.from);
	close(s.bmd);
	return status;
}

TEST(gdbserver__registers_and_memory)
{
	struct jobmsg_debug_regs r;
	u8 got[4];

	attached();
	gdb_says("?");
	CHECK(strcmp(gdb_hears(), "S05") == 0);
	gdb_says("g");
	bmd_hears(JOBMSG_DEBUG_GET, NULL, 0);
	memset(&r, 0, sizeof r);
	r.regs[JOBMSG_RAX] = le64_of(0x1122);
	r.regs[JOBMSG_RIP] = le64_of(0x400000201234);
	node_says(JOBMSG_DEBUG_GET, 0, &r, sizeof r);
	gdb_hears();
	CHECK(strncmp(reply, "2211000000000000", 16) == 0);
	CHECK(strncmp(reply + 16 * 16, "3412200000400000", 16) == 0);
	gdb_says("m400000201234,4");
	bmd_hears(JOBMSG_DEBUG_READ, NULL, 0);
	node_says(JOBMSG_DEBUG_READ, 0, "\x01\x02\xfe\xff", 4);
	CHECK(strcmp(gdb_hears(), "0102feff") == 0);
	gdb_says("M400000201234,4:cc00ff7f");
	bmd_hears(JOBMSG_DEBUG_WRITE, got, sizeof got);
	CHECK(memcmp(got, "\xcc\x00\xff\x7f", 4) == 0);
	node_says(JOBMSG_DEBUG_WRITE, 0, NULL, 0);
	CHECK(strcmp(gdb_hears(), "OK") == 0);
	CHECK_EQ(end(), 0);
}

TEST(gdbserver__it_goes_on_and_stops_again)
{
	attached();
	gdb_says("QStartNoAckMode");
	CHECK(strcmp(gdb_hears(), "OK") == 0);
	gdb_says("c");
	bmd_hears(JOBMSG_DEBUG_GO, NULL, 0);
	node_says(JOBMSG_DEBUG_GO, 0, NULL, 0);
	node_says(JOBMSG_DEBUG_STOPPED, 11, NULL, 0);
	CHECK(strcmp(gdb_hears(), "S0b") == 0);
	gdb_says("s");
	bmd_hears(JOBMSG_DEBUG_STEP, NULL, 0);
	/* The end of the step may come before the answer. */
	node_says(JOBMSG_DEBUG_STOPPED, 5, NULL, 0);
	node_says(JOBMSG_DEBUG_STEP, 0, NULL, 0);
	CHECK(strcmp(gdb_hears(), "S05") == 0);
	gdb_says("c");
	bmd_hears(JOBMSG_DEBUG_GO, NULL, 0);
	node_says(JOBMSG_DEBUG_GO, 0, NULL, 0);
	CHECK_EQ(write(s.to, "\x03", 1), 1);
	bmd_hears(JOBMSG_DEBUG_ATTACH, NULL, 0);
	node_says(JOBMSG_DEBUG_ATTACH, 0, NULL, 0);
	node_says(JOBMSG_DEBUG_STOPPED, 5, NULL, 0);
	CHECK(strcmp(gdb_hears(), "S02") == 0);
	gdb_says("D");
	bmd_hears(JOBMSG_DEBUG_DETACH, NULL, 0);
	node_says(JOBMSG_DEBUG_DETACH, 0, NULL, 0);
	CHECK(strcmp(gdb_hears(), "OK") == 0);
	CHECK_EQ(end(), 0);
}

TEST(gdbserver__nonsense_is_answered_and_does_no_harm)
{
	static const char *const refused[] = { "m", "mzz", "M1,2", "M1,2:zz",
		"M1,ffffffff:00", "M1,2:0" };
	static const char *const unknown[] = { "", "vCont?", "Z0,1,1", "qFoo",
		"!", "X1,0:", "QFoo" };

	attached();
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		gdb_says(refused[i]);
		CHECK(gdb_hears()[0] == 'E');
	}
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		gdb_says(unknown[i]);
		CHECK(gdb_hears()[0] == 0);
	}
	CHECK_EQ(write(s.to, "noise\x03+-#", 9), 9);
	gdb_says("qAttached");
	CHECK(strcmp(gdb_hears(), "1") == 0);
	CHECK_EQ(end(), 0);
}

TEST(gdbserver__the_end_of_the_job_is_told)
{
	struct proto_error e = { 1, "job 12 is over" };
	char text[20000];

	attached();
	gdb_says("c");
	bmd_hears(JOBMSG_DEBUG_GO, NULL, 0);
	node_says(JOBMSG_DEBUG_GO, 0, NULL, 0);
	bmd_says(PROTO_ERROR, &e, sizeof e);
	CHECK(strcmp(gdb_hears(), "X09") == 0);
	CHECK_EQ(end(), 0);
	/* A packet without an end fills the buffer, and that is all. */
	attached();
	memset(text, 'a', sizeof text);
	text[0] = '$';
	CHECK(write(s.to, text, sizeof text) > 0);
	CHECK_EQ(end(), 0);
}
