/* monitor.c - lines that are typed at the machine become commands. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/monitor.h"

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/gdbline.h"
#include "kernel/job/control.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

/*
 * Editing: Backspace, Ctrl-U (the whole line), arrows up and down or Ctrl-P and
 * Ctrl-N (the last lines). What is typed is echoed to the consoles only; the
 * whole line goes into the log once, over its own echo.
 */

enum {
	LINE_MAX = JOBMSG_LINE_MAX + 1,
	WORDS_MAX = 6,
	HISTORY = 4,
	POLL_BYTES = 32,
	POLL_IDLE_MS = 250,
	POLL_TYPING_MS = 10,
	POLL_GDB_MS = 1,
	TYPING_MS = 5000,       /* since the last byte */
	CTRL_H = 8,
	CTRL_N = 14,
	CTRL_P = 16,
	CTRL_U = 21,
	ESCAPE = 27,
	DELETE = 127,
};
#define MS_NS 1000000ull

static struct {
	u64 poll_at_ns, typed_ns;
	u32 len, escape;        /* escape: bytes of an arrow that came */
	bool prompted, remote;
	u32 lines, back;        /* ever entered; how far up the arrows went */
	char line[LINE_MAX];
	char history[HISTORY][LINE_MAX];
} mon;

static void
append(char c)
{
	/* gdb's last acknowledgement is no beginning of a line. */
	if (mon.len == LINE_MAX - 1 || (c == '+' && !mon.len))
		return;
	mon.line[mon.len++] = c;
	log_echo(&c, 1);
}

static void
erase(u32 n)
{
	for (; n && mon.len; n--, mon.len--)
		log_echo("\b \b", 3);
}

/* The line that was entered `back` lines ago; 0: an empty one. */
static void
recall(u32 back)
{
	if (back > MIN(mon.lines, (u32)HISTORY))
		return;
	mon.back = back;
	erase(mon.len);
	if (back) {
		const char *p = mon.history[(mon.lines - back) % HISTORY];

		while (*p)
			append(*p++);
	}
}

static bool
is_forced(u32 argc, char **argv)
{
	return argc > 1 && strcmp(argv[argc - 1], "force") == 0;
}

static void
execute(u32 argc, char **argv)
{
	const struct command *c = commands;

	while (c->name && strcmp(c->name, argv[0]) != 0)
		c++;
	if (!c->name) {
		log_info("%s: no such command; see help", argv[0]);
	} else if (c->changes && is_forced(argc, argv)) {
		c->run(argc - 1, argv);
	} else if (c->changes && job_wire_state() != JOBMSG_IDLE) {
		log_info("a job runs here: add the word force");
	} else {
		c->run(argc, argv);
	}
}

static void
take_line(const char *text, size_t len)
{
	char copy[LINE_MAX], *word[WORDS_MAX];
	u32 words = 0;

	len = MIN(len, sizeof(copy) - 1);
	for (size_t i = 0; i < len; i++)
		copy[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : ' ';
	copy[len] = 0;
	log_info("> %s", copy);
	for (size_t i = 0; i < len; i++) {
		bool begins = copy[i] != ' ' && (!i || !copy[i - 1]);

		if (begins && words < WORDS_MAX)
			word[words++] = copy + i;
		if (copy[i] == ' ')
			copy[i] = 0;
	}
	if (words)
		execute(words, word);
}

void
monitor_line(const char *text, size_t len)
{
	mon.remote = true;
	take_line(text, len);
	mon.remote = false;
}

bool
monitor_is_remote(void)
{
	return mon.remote;
}

static void
finish(void)
{
	mon.line[mon.len] = 0;
	if (mon.len)
		memcpy(mon.history[mon.lines++ % HISTORY], mon.line,
		    mon.len + 1);
	log_echo("\r", 1);
	take_line(mon.line, mon.len);
	mon.len = mon.back = 0;
	log_echo("> ", 2);
}

static void
edit(char c)
{
	switch (c) {
	case '\r':
	case '\n':
		finish();
		break;
	case CTRL_H:
	case DELETE:
		erase(1);
		break;
	case CTRL_U:
		erase(mon.len);
		break;
	case CTRL_P:
		recall(mon.back + 1);
		break;
	case CTRL_N:
		recall(mon.back ? mon.back - 1 : 0);
		break;
	case ESCAPE:
		mon.escape = 1;
		break;
	default:
		if (c >= ' ' && c <= '~')
			append(c);
	}
}

static void
input(char c)
{
	if (!mon.prompted)
		log_echo("> ", 2);
	mon.prompted = true;
	if (mon.escape == 1) {
		mon.escape = c == '[' ? 2 : 0;
	} else if (mon.escape == 2) {
		mon.escape = 0;
		edit(c == 'A' ? CTRL_P : c == 'B' ? CTRL_N : 0);
	} else {
		edit(c);
	}
}

void
monitor_poll(void)
{
	u64 now = clock_now_ns();
	int c;

	if (now < mon.poll_at_ns)
		return;
	if (gdbline_poll()) {
		mon.poll_at_ns = now + POLL_GDB_MS * MS_NS;
		return;
	}
	for (u32 i = 0; i < POLL_BYTES && (c = console_get()) >= 0; i++) {
		mon.typed_ns = now;
		input((char)c);
	}
	mon.poll_at_ns = now + (mon.typed_ns &&
	    now - mon.typed_ns < TYPING_MS * MS_NS ? POLL_TYPING_MS :
						    POLL_IDLE_MS) * MS_NS;
}

u64
monitor_deadline(void)
{
	return mon.poll_at_ns;
}
