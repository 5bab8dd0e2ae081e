/* boot.c - HTTP for nodes that boot: a script by MAC, and the kernel. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/boot.h"

#include "headnode/journal.h"
#include "headnode/node.h"
#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * libmicrohttpd without a thread of its own: its epoll descriptor is an event
 * of bmd's loop, its timeouts a timer. What a booting node may fetch is the
 * table at the end of this file; there is no path into the file system.
 */

struct boot {
	struct bmd *bmd;
	struct MHD_Daemon *http;
	struct event *readable, *timer;
	u64 refused;
};

struct request {
	struct boot *boot;
	struct MHD_Connection *c;
	struct node *node;         /* NULL: a stranger */
	u32 ip4;
};

void
boot_command_line(const struct bmd *b, char *text, size_t size)
{
	struct in_addr a = { htonl(b->cfg.listen_ip4) };

	snprintf(text, size, "head=%s%s%s", inet_ntoa(a),
	    b->cfg.append[0] ? " " : "", b->cfg.append);
}

static enum MHD_Result
boot_text(struct request *r, unsigned status, const char *text)
{
	struct MHD_Response *a = MHD_create_response_from_buffer(strlen(text),
	    (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ok;

	if (!a)
		return MHD_NO;
	MHD_add_response_header(a, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	ok = MHD_queue_response(r->c, status, a);
	MHD_destroy_response(a);
	return ok;
}

/* The script that iPXE runs; its errors are on the node's own screen. */
static enum MHD_Result
boot_script(struct request *r)
{
	const struct config *cfg = &r->boot->bmd->cfg;
	struct in_addr a = { htonl(cfg->listen_ip4) };
	char line[CONFIG_PATH_MAX + 64], text[CONFIG_PATH_MAX + 512];

	boot_command_line(r->boot->bmd, line, sizeof line);
	snprintf(text, sizeof text,
	    "#!ipxe\n"
	    ":again\n"
	    "kernel http://%s:%u/barerack %s || goto failed\n"
	    "boot || goto failed\n"
	    ":failed\n"
	    "echo The head node did not give us a kernel: trying again\n"
	    "sleep 2\n"
	    "goto again\n", inet_ntoa(a), cfg->http_port, line);
	if (r->node)
		node_boot_stage(r->node, "fetched boot.ipxe");
	return boot_text(r, MHD_HTTP_OK, text);
}

static enum MHD_Result
boot_kernel(struct request *r)
{
	const char *path = r->boot->bmd->cfg.image;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct MHD_Response *a = NULL;
	enum MHD_Result ok;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		a = MHD_create_response_from_fd((size_t)st.st_size, fd);
	if (!a) {
		journal_warn("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return boot_text(r, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "the head node cannot read its image\n");
	}
	if (r->node)
		node_boot_stage(r->node, "fetched its kernel");
	ok = MHD_queue_response(r->c, MHD_HTTP_OK, a);
	MHD_destroy_response(a);
	return ok;
}

static enum MHD_Result
boot_health(struct request *r)
{
	return boot_text(r, MHD_HTTP_OK, "ok\n");
}

static const struct {
	const char *path;
	enum MHD_Result (*serve)(struct request *r);
	bool nodes_only;
} pages[] = {
	{ "/boot.ipxe", boot_script, true },
	{ "/barerack", boot_kernel, true },
	{ "/healthz", boot_health, false },
};

/* Who asks: by the MAC in the query, else by the address of its lease. */
static void
boot_identify(struct request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->c,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const char *text = MHD_lookup_connection_value(r->c,
	    MHD_GET_ARGUMENT_KIND, "mac");
	u8 mac[6];

	if (info && info->client_addr->sa_family == AF_INET)
		r->ip4 = ntohl(((const struct sockaddr_in *)(const void *)
		    info->client_addr)->sin_addr.s_addr);
	if (text && config_mac(text, mac)) {
		r->node = node_discover(r->boot->bmd, mac);
		if (r->node && !r->node->ip4)
			r->node->ip4 = r->ip4;
	} else {
		r->node = node_by_ip(r->boot->bmd, r->ip4);
	}
}

static enum MHD_Result
boot_request(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct request r = { .boot = ctx, .c = c };

	(void)version;
	(void)upload;
	(void)state;
	if (*upload_size || strcmp(method, "GET") != 0) {
		*upload_size = 0;
		return boot_text(&r, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "only GET\n");
	}
	boot_identify(&r);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (strcmp(url, pages[i].path) != 0)
			continue;
		if (!pages[i].nodes_only || r.node ||
		    r.boot->bmd->cfg.discover)
			return pages[i].serve(&r);
		journal_count(&r.boot->refused, "a machine that is not in "
		    "bmd.conf asked for boot files");
		return boot_text(&r, MHD_HTTP_FORBIDDEN,
		    "your MAC is not in bmd.conf\n");
	}
	return boot_text(&r, MHD_HTTP_NOT_FOUND, "no such page\n");
}

static void
boot_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct boot *s = ctx;
	MHD_UNSIGNED_LONG_LONG ms;
	struct timeval t;

	(void)fd;
	(void)what;
	MHD_run(s->http);
	if (MHD_get_timeout(s->http, &ms) != MHD_YES)
		return;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(s->timer, &t);
}

int
boot_open(struct bmd *b)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(b->cfg.http_port),
		.sin_addr.s_addr = htonl(b->cfg.listen_ip4) };
	const union MHD_DaemonInfo *info;
	struct boot *s;

	if (!b->cfg.http_port)
		return 0;
	s = calloc(1, sizeof *s);
	ASSERT(s);
	s->bmd = b;
	b->boot = s;
	s->http = MHD_start_daemon(MHD_USE_EPOLL, b->cfg.http_port, NULL, NULL,
	    boot_request, s, MHD_OPTION_SOCK_ADDR, &a,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)BOOT_TIMEOUT_S,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)BOOT_CONNECTIONS_MAX,
	    MHD_OPTION_END);
	if (!s->http) {
		journal_warn("HTTP port %u cannot be opened: %s",
		    b->cfg.http_port, strerror(errno));
		return ERR_IO;
	}
	info = MHD_get_daemon_info(s->http, MHD_DAEMON_INFO_EPOLL_FD);
	ASSERT(info);
	s->readable = event_new(b->base, info->epoll_fd, EV_READ | EV_PERSIST,
	    boot_turn, s);
	s->timer = evtimer_new(b->base, boot_turn, s);
	event_add(s->readable, NULL);
	return 0;
}

void
boot_close(struct bmd *b)
{
	struct boot *s = b->boot;

	if (!s)
		return;
	if (s->http) {
		event_free(s->readable);
		event_free(s->timer);
		MHD_stop_daemon(s->http);
	}
	free(s);
	b->boot = NULL;
}
