/* console.c - what nodes say: kept in files, shown to who watches. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/console.h"

#include "headnode/client.h"
#include "headnode/journal.h"
#include "headnode/link.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * Lines are rare, so a file is open only while something is written to it: a
 * thousand nodes cost no descriptors. A node's unfinished line waits in its
 * struct node.
 */

enum {
	PATH_BYTES = CONFIG_PATH_MAX + JOBMSG_NAME_MAX + 32,
	STAMP_MAX = 32,
	BATCH_BYTES = 4096,        /* no more than a file may have */
};

/* Lines that came together: one write, one message. */
struct batch {
	struct node *node;
	char stamp[STAMP_MAX];
	char text[BATCH_BYTES];
	size_t len;
};

/* generation 0: the file that is written to. */
static void
console_path(const struct node *n, u32 generation, char *path)
{
	int at = snprintf(path, PATH_BYTES, "%s/console/%s.log",
	    n->bmd->cfg.state_dir, n->name);

	if (generation)
		snprintf(path + at, (size_t)(PATH_BYTES - at), ".%u",
		    generation);
}

static void
console_rotate(const struct node *n)
{
	char from[PATH_BYTES], to[PATH_BYTES];

	for (u32 i = n->bmd->cfg.console_log_files; i > 0; i--) {
		console_path(n, i - 1, from);
		console_path(n, i, to);
		rename(from, to);
	}
	if (n->bmd->cfg.console_log_files == 0) {
		console_path(n, 0, from);
		unlink(from);
	}
}

static int
console_open(const struct node *n)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof path, "%s/console", n->bmd->cfg.state_dir);
	mkdir(path, 0700);
	console_path(n, 0, path);
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void
console_store(struct node *n, const char *line, size_t len)
{
	int fd = console_open(n);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size &&
	    (u64)st.st_size + len > n->bmd->cfg.console_log_bytes) {
		close(fd);
		console_rotate(n);
		fd = console_open(n);
	}
	if (fd < 0 || write(fd, line, len) != (ssize_t)len)
		journal_count(&n->bmd->console_lost,
		    "a line of a node's console cannot be kept");
	if (fd >= 0)
		close(fd);
}

static void
batch_begin(struct batch *b, struct node *n)
{
	char date[STAMP_MAX];
	struct timespec t;
	struct tm tm;

	b->node = n;
	b->len = 0;
	clock_gettime(CLOCK_REALTIME, &t);
	localtime_r(&t.tv_sec, &tm);
	strftime(date, sizeof date, "%F %T", &tm);
	snprintf(b->stamp, sizeof b->stamp, "%.20s.%03u", date,
	    (u32)(t.tv_nsec / 1000000 % 1000));
}

/* To the file, and to everybody who watches. */
static void
batch_end(struct batch *b)
{
	if (!b->len)
		return;
	console_store(b->node, b->text, b->len);
	clients_console(b->node->bmd, b->node, b->text, (u32)b->len);
	b->len = 0;
}

static void
batch_line(struct batch *b, const char *line)
{
	if (b->len + STAMP_MAX + CONSOLE_LINE_MAX + 2 > sizeof b->text)
		batch_end(b);
	b->len += (size_t)snprintf(b->text + b->len, sizeof b->text - b->len,
	    "%s %.*s\n", b->stamp, CONSOLE_LINE_MAX, line);
}

static void
console_break(struct batch *b)
{
	struct node *n = b->node;

	n->console[n->console_len] = 0;
	n->console_len = 0;
	batch_line(b, n->console);
}

void
console_text(struct node *n, const u8 *text, size_t len)
{
	struct batch b;

	batch_begin(&b, n);
	for (size_t i = 0; i < len; i++) {
		u8 c = text[i];

		if (c == '\n' || n->console_len == CONSOLE_LINE_MAX)
			console_break(&b);
		if (c != '\n')
			n->console[n->console_len++] =
			    (char)(c >= ' ' && c <= '~' ? c : '?');
	}
	batch_end(&b);
}

void
console_log(struct node *n, const u8 *data, size_t len)
{
	struct jobmsg_log h;
	u64 at, known = 0;

	memcpy(&h, data, sizeof h);
	data += sizeof h;
	len -= sizeof h;
	at = le64_get(h.at);
	if (!le32_get(h.again) && at < n->log_at)
		known = MIN(n->log_at - at, (u64)len);
	n->log_at = MAX(n->log_at, at + len);
	console_text(n, data + known, len - known);
}

void
console_note(struct node *n, const char *fmt, ...)
{
	char text[CONSOLE_LINE_MAX] = "-- ";
	struct batch b;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + 3, sizeof text - 3, fmt, args);
	va_end(args);
	batch_begin(&b, n);
	/* A node that is well ends its line yet. */
	if (n->console_len && n->state != NODE_UP && n->state != NODE_BUSY)
		console_break(&b);
	batch_line(&b, text);
	batch_end(&b);
}

size_t
console_replay(const struct node *n, char *text, size_t size)
{
	char path[PATH_BYTES];
	struct stat st;
	ssize_t got = 0;
	size_t cut = 0;
	int fd;

	console_path(n, 0, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0) {
		off_t from = st.st_size > (off_t)size ?
		    st.st_size - (off_t)size : 0;

		got = pread(fd, text, size, from);
		/* Begin with a whole line. */
		while (from && got > 0 && cut < (size_t)got &&
		    text[cut++] != '\n')
			;
	}
	close(fd);
	if (got <= 0)
		return 0;
	memmove(text, text + cut, (size_t)got - cut);
	return (size_t)got - cut;
}

int
console_type(struct node *n, u32 uid, const char *line, size_t len)
{
	len = MIN(len, (size_t)JOBMSG_LINE_MAX);
	if (!n->registered || !n->connected)
		return ERR_CLOSED;
	if (n->recycling && n->held_len + len + 1 > sizeof n->held)
		return ERR_AGAIN;
	console_note(n, "uid %u: %.*s", uid, (int)len, line);
	if (!n->recycling) {
		link_send(n, JOBMSG_CONSOLE, 0, line, len);
		return 0;
	}
	memcpy(n->held + n->held_len, line, len);
	n->held_len += (u32)len;
	n->held[n->held_len++] = 0;
	return 0;
}

void
console_resume(struct node *n)
{
	for (u32 at = 0; at < n->held_len;) {
		size_t len = strlen(n->held + at);

		link_send(n, JOBMSG_CONSOLE, 0, n->held + at, len);
		at += (u32)len + 1;
	}
	n->held_len = 0;
}
