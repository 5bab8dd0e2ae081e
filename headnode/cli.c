/* cli.c - a tool's connection to bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
cli_rack_dir(char *path, size_t size)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	const char *given = getenv("BM_RACK");

	if (given && *given)
		snprintf(path, size, "%s", given);
	else if (run && *run && access(run, W_OK) == 0)
		snprintf(path, size, "%s/bmrack", run);
	else
		snprintf(path, size, "/tmp/bmrack-%u", geteuid());
}

void
cli_socket_path(char *path, size_t size)
{
	const char *given = getenv("BM_SOCKET");
	char dir[PROTO_PATH_MAX];

	if (given && *given) {
		snprintf(path, size, "%s", given);
		return;
	}
	cli_rack_dir(dir, sizeof dir);
	snprintf(path, size, "%s/bmd.sock", dir);
	if (access(dir, F_OK) != 0)
		snprintf(path, size, "/run/barerack/bmd.sock");
}

/* Reads exactly len bytes. ERR_AGAIN only before the first one. */
static int
cli_read(struct cli *c, void *buf, size_t len, int timeout_ms)
{
	size_t at = 0;

	while (at < len) {
		struct pollfd p = { c->fd, POLLIN, 0 };
		int ready = poll(&p, 1, timeout_ms);
		ssize_t n;

		if (ready == 0)
			return ERR_TIMEOUT;
		if (ready < 0 && errno == EINTR && at == 0)
			return ERR_AGAIN;
		if (ready < 0)
			continue;
		n = read(c->fd, (u8 *)buf + at, len - at);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return ERR_IO;
		at += (size_t)n;
	}
	return 0;
}

int
cli_recv(struct cli *c, u32 *type, void **data, u32 *len, int timeout_ms)
{
	struct proto_head h;
	int err = cli_read(c, &h, sizeof h, timeout_ms);

	if (err)
		return err;
	if (h.len > PROTO_LEN_MAX)
		return ERR_IO;
	if (h.len >= c->size) {
		free(c->buf);
		c->size = h.len + 1;
		c->buf = malloc(c->size);
		if (!c->buf)
			return ERR_IO;
	}
	do
		err = cli_read(c, c->buf, h.len, CLI_TIMEOUT_MS);
	while (err == ERR_AGAIN);
	if (err)
		return ERR_IO;
	c->buf[h.len] = 0; /* a text is a string */
	*type = h.type;
	*data = c->buf;
	*len = h.len;
	return 0;
}

/* Writes everything, the descriptor with the first byte. */
static int
cli_write(struct cli *c, const void *data, size_t len, int pass_fd)
{
	size_t at = 0;

	while (at < len) {
		char control[CMSG_SPACE(sizeof(int))] = { 0 };
		struct iovec v = { (u8 *)(uintptr_t)data + at, len - at };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
		ssize_t n;

		if (pass_fd >= 0 && at == 0) {
			struct cmsghdr *h;

			m.msg_control = control;
			m.msg_controllen = sizeof control;
			h = CMSG_FIRSTHDR(&m);
			h->cmsg_level = SOL_SOCKET;
			h->cmsg_type = SCM_RIGHTS;
			h->cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(h), &pass_fd, sizeof pass_fd);
		}
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += (size_t)n;
	}
	return 0;
}

int
cli_send(struct cli *c, u32 type, const void *data, u32 len, int pass_fd)
{
	struct proto_head h = { type, len };
	int err = cli_write(c, &h, sizeof h, pass_fd);

	return err ? err : cli_write(c, data, len, -1);
}

int
cli_open(struct cli *c, const char *path, char *why, size_t why_size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct proto_hello hello = { .version = PROTO_VERSION };
	u32 type, len;
	void *data;

	memset(c, 0, sizeof *c);
	if (strlen(path) >= sizeof a.sun_path) {
		snprintf(why, why_size, "%s: too long for a socket's path",
		    path);
		c->fd = -1;
		return ERR_IO;
	}
	strcpy(a.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a) != 0) {
		snprintf(why, why_size, "no bmd at %s (%s)", path,
		    strerror(errno));
		cli_close(c);
		return ERR_IO;
	}
	if (cli_send(c, PROTO_HELLO, &hello, sizeof hello, -1) != 0 ||
	    cli_recv(c, &type, &data, &len, CLI_TIMEOUT_MS) != 0 ||
	    type != PROTO_HELLO || len != sizeof c->hello) {
		snprintf(why, why_size, "bmd at %s does not answer", path);
		cli_close(c);
		return ERR_IO;
	}
	memcpy(&c->hello, data, sizeof c->hello);
	if (c->hello.version == PROTO_VERSION)
		return 0;
	snprintf(why, why_size, "bmd at %s speaks version %u, this tool %d",
	    path, c->hello.version, PROTO_VERSION);
	cli_close(c);
	return ERR_IO;
}

static bool
cli_dir_exists(const char *path)
{
	char dir[PROTO_PATH_MAX];
	char *slash;

	snprintf(dir, sizeof dir, "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = 0;
	return slash && access(dir, F_OK) == 0;
}

void
cli_open_or_die(struct cli *c)
{
	char path[PROTO_PATH_MAX], why[PROTO_PATH_MAX + 128];
	int tries = 1;

	/* In a directory of its own bmd may just be starting anew. */
	cli_socket_path(path, sizeof path);
	if (cli_dir_exists(path))
		tries = CLI_TRIES;
	while (cli_open(c, path, why, sizeof why) != 0) {
		if (--tries) {
			usleep(CLI_AGAIN_MS * 1000);
			continue;
		}
		say_die(SAY_EXIT_OURS, "%s; is it running? `bmrack up` starts "
		    "a virtual rack, BM_SOCKET names another bmd", why);
	}
}

void
cli_close(struct cli *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->buf);
	c->fd = -1;
	c->buf = NULL;
	c->size = 0;
}

void
cli_ask(struct cli *c, u32 type, const void *data, u32 len, u32 want,
    void **reply, u32 *reply_len)
{
	u32 got;
	int err;

	if (cli_send(c, type, data, len, -1) != 0)
		say_die(SAY_EXIT_OURS, "bmd closed the connection");
	do
		err = cli_recv(c, &got, reply, reply_len, CLI_TIMEOUT_MS);
	while (err == ERR_AGAIN);
	if (err == ERR_TIMEOUT)
		say_die(SAY_EXIT_OURS, "bmd does not answer");
	if (err)
		say_die(SAY_EXIT_OURS, "bmd closed the connection");
	if (got == PROTO_ERROR && *reply_len == sizeof(struct proto_error)) {
		const struct proto_error *e = *reply;

		say_die((int)e->exit_code, "%.*s", PROTO_TEXT_MAX, e->text);
	}
	if (got != want)
		say_die(SAY_EXIT_OURS, "bmd answered with message %u instead "
		    "of %u", got, want);
}
