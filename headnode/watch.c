/* watch.c - bmctl console: a node's console in this terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/watch.h"

#include "headnode/say.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct watch {
	struct cli *cli;
	char line[JOBMSG_LINE_MAX];   /* what was typed; the rest is cut */
	size_t len;
	u32 unanswered;               /* lines that the node has not repeated */
	bool past;                    /* bmd has shown what was before */
	int exit_code;
};

enum { WATCH_STAMP = 24 };            /* bytes of a line's time */

/* The monitor repeats what it was told: "> help". */
static void
watch_count(struct watch *w, const char *text, u32 len)
{
	const char *end = text + len;

	while (text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));

		next = next ? next + 1 : end;
		if (next - text > WATCH_STAMP + 2 && w->unanswered &&
		    memcmp(text + WATCH_STAMP, "> ", 2) == 0)
			w->unanswered--;
		text = next;
	}
}

/* One message of bmd; false when bmd is gone. */
static bool
watch_hear(struct watch *w)
{
	u32 type, len;
	void *data;

	if (cli_recv(w->cli, &type, &data, &len, CLI_TIMEOUT_MS) != 0)
		return false;
	if (type == PROTO_CONSOLE_TEXT) {
		fwrite(data, 1, len, stdout);
		fflush(stdout);
		if (w->past)
			watch_count(w, data, len);
		w->past = true;
	} else if (type == PROTO_ERROR && len == sizeof(struct proto_error)) {
		const struct proto_error *e = data;

		say_error("%.*s", PROTO_TEXT_MAX, e->text);
		w->exit_code = (int)e->exit_code;
		w->unanswered -= w->unanswered > 0;
	}
	return true;
}

static void
watch_type(struct watch *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n') {
			if (w->len < sizeof w->line)
				w->line[w->len++] = text[i];
			continue;
		}
		if (w->len && cli_send(w->cli, PROTO_CONSOLE_TEXT, w->line,
		        (u32)w->len, -1) != 0)
			say_die(SAY_EXIT_OURS, "bmd closed the connection");
		w->unanswered += w->len > 0;
		w->len = 0;
	}
}

int
watch_console(struct cli *cli, const char *node)
{
	struct watch w = { .cli = cli };
	struct proto_console ask;
	struct pollfd p[2] = { { cli->fd, POLLIN, 0 },
		{ STDIN_FILENO, POLLIN, 0 } };
	char text[1024];
	void *data;
	u32 len;

	memset(&ask, 0, sizeof ask);
	snprintf(ask.name, sizeof ask.name, "%s", node);
	cli_ask(cli, PROTO_CONSOLE, &ask, sizeof ask, PROTO_OK, &data, &len);
	for (;;) {
		int n = poll(p, 2, p[1].fd >= 0 ? -1 :
		    w.unanswered ? WATCH_ANSWER_MS : WATCH_QUIET_MS);

		if (n == 0 && w.unanswered)
			say_die(SAY_EXIT_OURS, "%s does not answer", node);
		if (n == 0)
			return w.exit_code;
		if (n < 0 && errno == EINTR)
			continue;
		if (p[0].revents && !watch_hear(&w))
			say_die(SAY_EXIT_OURS, "bmd closed the connection");
		if (p[1].fd >= 0 && p[1].revents) {
			ssize_t got = read(STDIN_FILENO, text, sizeof text);

			if (got > 0)
				watch_type(&w, text, (size_t)got);
			else
				p[1].fd = -1;
		}
	}
}
