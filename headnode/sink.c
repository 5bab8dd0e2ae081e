/* sink.c - where the output of ranks goes: terminal or files, with labels. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/sink.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One stream of one rank, or of all when they share a file. */
struct sink_end {
	int fd;                    /* -1: not open yet */
	char *path;                /* NULL: ours from the start */
};

/* The unfinished line of a rank's stream, while labels are wanted. */
struct sink_line {
	char *text;
	size_t len;
};

struct sink {
	struct sink_config cfg;
	u32 ends[2];               /* 1, or one per rank */
	struct sink_end *end[2];
	struct sink_line *line[2];
	u32 files;
	int width;
};

int
sink_pattern(const struct sink_config *cfg, const char *p, u32 rank, char *out,
    size_t size)
{
	size_t at = 0;

	for (; *p; p++) {
		int n, width = 0;

		if (*p != '%') {
			n = snprintf(out + at, size - at, "%c", *p);
		} else {
			while (isdigit((unsigned char)p[1]) && width < 100)
				width = width * 10 + (*++p - '0');
			width = MIN(width, 10);
			switch (*++p) {
			case 'j':
			case 'J':
				n = snprintf(out + at, size - at, "%0*u",
				    width, cfg->job);
				break;
			case 't':
				n = snprintf(out + at, size - at, "%0*u",
				    width, rank);
				break;
			case 's':
				n = snprintf(out + at, size - at, "%0*u",
				    width, 0u);
				break;
			case 'x':
				n = snprintf(out + at, size - at, "%s",
				    cfg->name);
				break;
			case 'u':
				n = snprintf(out + at, size - at, "%s",
				    cfg->user);
				break;
			case 'N':
				n = snprintf(out + at, size - at, "%s",
				    cfg->nodelist);
				break;
			case '%':
				n = snprintf(out + at, size - at, "%%");
				break;
			default:
				return ERR_INVAL;
			}
		}
		at += (size_t)n;
		if (at >= size)
			return ERR_INVAL;
	}
	return 0;
}

/* Does the pattern name a file per rank? */
static bool
sink_is_per_rank(const char *p)
{
	for (; *p; p++)
		if (*p == '%') {
			while (isdigit((unsigned char)*++p))
				continue;
			if (*p == 't')
				return true;
			if (!*p)
				return false;
		}
	return false;
}

static int
sink_make(struct sink *s, struct sink_end *e)
{
	if (s->files++ >= SINK_FILES_MAX) {
		say_error("%s: at most %d output files", e->path,
		    SINK_FILES_MAX);
		return ERR_IO;
	}
	e->fd = open(e->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (e->fd >= 0)
		return 0;
	say_error("%s: %s", e->path, strerror(errno));
	return ERR_IO;
}

static int
sink_open_stream(struct sink *s, u32 i, const char *pattern)
{
	char path[SINK_PATH_MAX];

	s->ends[i] = pattern && sink_is_per_rank(pattern) ? s->cfg.ranks : 1;
	s->end[i] = calloc(s->ends[i], sizeof *s->end[i]);
	ASSERT(s->end[i]);
	for (u32 r = 0; r < s->ends[i]; r++) {
		struct sink_end *e = &s->end[i][r];

		e->fd = (int)i + 1;
		if (!pattern)
			continue;
		if (sink_pattern(&s->cfg, pattern, r, path, sizeof path) != 0) {
			say_error("%s: unknown %%-letter or too long", pattern);
			return ERR_IO;
		}
		e->path = strdup(path);
		ASSERT(e->path);
		if (sink_make(s, e) != 0)
			return ERR_IO;
	}
	return 0;
}

struct sink *
sink_open(const struct sink_config *cfg)
{
	struct sink *s = calloc(1, sizeof *s);
	char widest[16];

	ASSERT(s);
	s->cfg = *cfg;
	s->width = snprintf(widest, sizeof widest, "%u",
	    cfg->ranks ? cfg->ranks - 1 : 0);
	for (u32 i = 0; i < 2; i++) {
		s->line[i] = calloc(cfg->ranks, sizeof *s->line[i]);
		ASSERT(s->line[i]);
	}
	if (sink_open_stream(s, 0, cfg->out) != 0)
		return NULL;
	if (cfg->err)
		return sink_open_stream(s, 1, cfg->err) == 0 ? s : NULL;
	/* As srun: -o without -e takes both streams. */
	if (cfg->out) {
		s->ends[1] = s->ends[0];
		s->end[1] = s->end[0];
		return s;
	}
	return sink_open_stream(s, 1, NULL) == 0 ? s : NULL;
}

static int
sink_put(const struct sink *s, const struct sink_end *e, const char *p,
    size_t len)
{
	ssize_t n;

	while (len) {
		if (s->cfg.stop && *s->cfg.stop)
			return ERR_CLOSED;
		n = write(e->fd, p, len);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd f = { e->fd, POLLOUT, 0 };

			poll(&f, 1, 1000);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return ERR_CLOSED;
		if (n < 0) {
			say_error("%s: %s", e->path ? e->path : "output",
			    strerror(errno));
			return ERR_IO;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A whole line, or what there is of one, with its label and a newline. */
static int
sink_line(struct sink *s, u32 rank, u32 i, const char *p, size_t len)
{
	const struct sink_end *e = &s->end[i][s->ends[i] > 1 ? rank : 0];
	char *text = malloc(len + 32);
	int n, err;

	ASSERT(text);
	n = sprintf(text, "%*u: ", s->width, rank);
	memcpy(text + n, p, len);
	len += (size_t)n;
	if (text[len - 1] != '\n')
		text[len++] = '\n';
	err = sink_put(s, e, text, len);
	free(text);
	return err;
}

static int
sink_labelled(struct sink *s, u32 rank, u32 i, const char *p, size_t len)
{
	struct sink_line *l = &s->line[i][rank];
	int err = 0;

	if (!l->text) {
		l->text = malloc(SINK_LINE_MAX);
		ASSERT(l->text);
	}
	while (len && !err) {
		const char *end = memchr(p, '\n', len);
		size_t n = end ? (size_t)(end - p) + 1 : len;

		n = MIN(n, SINK_LINE_MAX - l->len);
		memcpy(l->text + l->len, p, n);
		l->len += n;
		if (l->text[l->len - 1] == '\n' || l->len == SINK_LINE_MAX) {
			err = sink_line(s, rank, i, l->text, l->len);
			l->len = 0;
		}
		p += n;
		len -= n;
	}
	return err;
}

int
sink_write(struct sink *s, u32 rank, u32 stream, const void *data, size_t len)
{
	u32 i = stream == 2;

	if (rank >= s->cfg.ranks || !len)
		return 0;
	if (s->cfg.label)
		return sink_labelled(s, rank, i, data, len);
	return sink_put(s, &s->end[i][s->ends[i] > 1 ? rank : 0], data, len);
}

static void
sink_free_stream(struct sink *s, u32 i, int *err)
{
	for (u32 r = 0; r < s->cfg.ranks; r++)
		free(s->line[i][r].text);
	free(s->line[i]);
	if (i == 1 && s->end[1] == s->end[0])
		return;
	for (u32 r = 0; r < s->ends[i]; r++) {
		struct sink_end *e = &s->end[i][r];

		if (e->path && close(e->fd) != 0) {
			say_error("%s: %s", e->path, strerror(errno));
			*err = ERR_IO;
		}
		free(e->path);
	}
}

int
sink_close(struct sink *s)
{
	int err = 0;

	for (u32 i = 0; i < 2 && s->cfg.label; i++)
		for (u32 r = 0; r < s->cfg.ranks && !err; r++) {
			struct sink_line *l = &s->line[i][r];

			if (l->len)
				err = sink_line(s, r, i, l->text, l->len);
		}
	sink_free_stream(s, 1, &err);
	sink_free_stream(s, 0, &err);
	if (s->end[1] != s->end[0])
		free(s->end[1]);
	free(s->end[0]);
	free(s);
	return err;
}
