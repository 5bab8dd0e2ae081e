/* hostlist.c - "node[1-3,007],login" to names and back. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/hostlist.h"

#include "kernel/lib/err.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	int (*fn)(void *ctx, const char *name);
	void *ctx;
	u32 count;
};

static int
hostlist_name(struct walk *w, const char *name)
{
	if (!*name || w->count++ == HOSTLIST_MAX)
		return ERR_INVAL;
	return w->fn(w->ctx, name);
}

/* "7-12" of a bracket, with everything before and behind the bracket. */
static int
hostlist_range(struct walk *w, const char *head, size_t head_len,
    const char *item, size_t item_len, const char *tail)
{
	char *end, name[HOSTLIST_NAME_MAX];
	unsigned long from, to;
	int width, err = 0;

	if (!item_len || !isdigit((unsigned char)item[0]))
		return ERR_INVAL;
	from = to = strtoul(item, &end, 10);
	width = (int)(end - item);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		to = strtoul(end + 1, &end, 10);
	if (end != item + item_len || to < from || to - from >= HOSTLIST_MAX)
		return ERR_INVAL;
	for (unsigned long i = from; i <= to && !err; i++) {
		int n = snprintf(name, sizeof name, "%.*s%0*lu%s",
		    (int)head_len, head, width, i, tail);

		err = n < (int)sizeof name ? hostlist_name(w, name) : ERR_INVAL;
	}
	return err;
}

/* One word: a name, or a name with one bracket. */
static int
hostlist_word(struct walk *w, const char *word)
{
	const char *open = strchr(word, '['), *close, *item;
	int err = 0;

	if (!open)
		return strlen(word) < HOSTLIST_NAME_MAX && !strchr(word, ']')
		    ? hostlist_name(w, word) : ERR_INVAL;
	close = strchr(open, ']');
	if (!close || strpbrk(close + 1, "[]"))
		return ERR_INVAL;
	for (item = open + 1; item <= close && !err;) {
		size_t n = strcspn(item, ",]");

		err = hostlist_range(w, word, (size_t)(open - word), item, n,
		    close + 1);
		item += n + 1;
	}
	return err;
}

int
hostlist_each(const char *text, int (*fn)(void *ctx, const char *name),
    void *ctx)
{
	struct walk w = { fn, ctx, 0 };
	char word[1024];
	int err = 0;

	if (!*text)
		return ERR_INVAL;
	while (!err) {
		size_t n = 0, depth = 0;

		while (text[n] && (text[n] != ',' || depth)) {
			depth += text[n] == '[';
			depth -= text[n] == ']' && depth;
			n++;
		}
		if (n >= sizeof word)
			return ERR_INVAL;
		memcpy(word, text, n);
		word[n] = 0;
		err = hostlist_word(&w, word);
		if (!text[n])
			return err;
		text += n + 1;
	}
	return err;
}

/* Length of a name's part before its last number, and that number. */
static size_t
hostlist_split(const char *name, unsigned long *number, size_t *digits)
{
	size_t n = strlen(name), head = n;

	while (head && isdigit((unsigned char)name[head - 1]) && n - head < 9)
		head--;
	*digits = n - head;
	*number = *digits ? strtoul(name + head, NULL, 10) : 0;
	return head;
}

/* Does b continue a's run: same head, same width, the next number? */
static bool
hostlist_follows(const char *a, const char *b)
{
	unsigned long x, y;
	size_t dx, dy, hx = hostlist_split(a, &x, &dx);
	size_t hy = hostlist_split(b, &y, &dy);
	bool padded = a[hx] == '0' || b[hy] == '0';

	return hx == hy && dx && dy && memcmp(a, b, hx) == 0 && y == x + 1 &&
	    (!padded || dx == dy);
}

static bool
hostlist_same_head(const char *a, const char *b)
{
	unsigned long x, y;
	size_t dx, dy, hx = hostlist_split(a, &x, &dx);
	size_t hy = hostlist_split(b, &y, &dy);

	return dx && dy && hx == hy && memcmp(a, b, hx) == 0;
}

void
hostlist_fold(const char (*name)[HOSTLIST_NAME_MAX], u32 n, char *text,
    size_t size)
{
	size_t at = 0;

	text[0] = 0;
	for (u32 i = 0; i < n;) {
		unsigned long number;
		size_t digits, head = hostlist_split(name[i], &number, &digits);
		bool bracket = i + 1 < n &&
		    hostlist_same_head(name[i], name[i + 1]);
		char sep = 0;

		if (size - at < 2 * HOSTLIST_NAME_MAX + 8) {
			snprintf(text + at, size - at, "...");
			return;
		}
		at += (size_t)sprintf(text + at, "%s%.*s%s", i ? "," : "",
		    (int)(bracket ? head : strlen(name[i])), name[i],
		    bracket ? "[" : "");
		while (bracket) {
			u32 last = i;

			while (last + 1 < n &&
			    hostlist_follows(name[last], name[last + 1]))
				last++;
			if (size - at < 2 * HOSTLIST_NAME_MAX + 8)
				break;
			if (sep)
				text[at++] = sep;
			at += (size_t)sprintf(text + at, "%s", name[i] + head);
			if (last > i)
				at += (size_t)sprintf(text + at, "-%s",
				    name[last] + head);
			sep = ',';
			bracket = last + 1 < n &&
			    hostlist_same_head(name[i], name[last + 1]);
			i = last;
			if (bracket)
				i++;
			else
				at += (size_t)sprintf(text + at, "]");
		}
		i++;
	}
}
