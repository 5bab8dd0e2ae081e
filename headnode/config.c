/* config.c - bmd.conf: lines of a key and its value. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/config.h"

#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOST_BEATS_MIN = 2 };

struct line {
	const char *path;
	u32 number;
	const char *key;
	char *value;
};

static int PRINTF_LIKE(2, 3)
config_refuse(const struct line *l, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", l->path, l->number);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return ERR_INVAL;
}

void
config_default(struct config *c)
{
	memset(c, 0, sizeof *c);
	strcpy(c->socket, "/run/barerack/bmd.sock");
	strcpy(c->state_dir, "/var/lib/barerack");
	strcpy(c->image, "/usr/lib/barerack/barerack");
	c->udp_port = JOBMSG_PORT_BMD;
	c->http_port = 8080;
	c->boot = CONFIG_BOOT_IPXE;
	c->dhcp_mask = 0xffffff00;
	c->heartbeat_ms = 1000;
	c->lost_ms = 3000;
	c->discover = true;
	c->console_log_bytes = 1 << 20;
	c->console_log_files = 4;
}

/* -- kinds of value --------------------------------------------------------- */

static int
config_text(const struct line *l, char *out, size_t size)
{
	if (!*l->value)
		return config_refuse(l, "%s: a value is missing", l->key);
	if (strlen(l->value) >= size)
		return config_refuse(l, "%s: at most %zu bytes", l->key,
		    size - 1);
	strcpy(out, l->value);
	return 0;
}

static int
config_number(const struct line *l, u64 min, u64 max, u64 *out)
{
	char *end;

	errno = 0;
	*out = strtoull(l->value, &end, 10);
	if (end == l->value || *end || errno || l->value[0] == '-' ||
	    *out < min || *out > max)
		return config_refuse(l, "%s %s: a number from %llu to %llu is "
		    "wanted", l->key, l->value, (unsigned long long)min,
		    (unsigned long long)max);
	return 0;
}

static int
config_ip4(const struct line *l, const char *text, u32 *out)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return config_refuse(l, "%s %s: an IPv4 address is wanted",
		    l->key, text);
	*out = ntohl(a.s_addr);
	return 0;
}

bool
config_mac(const char *text, u8 mac[6])
{
	for (int i = 0; i < 6; i++) {
		char *end;

		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]))
			return false;
		mac[i] = (u8)strtoul(text, &end, 16);
		if (end != text + 2 || *end != (i < 5 ? ':' : 0))
			return false;
		text += 3;
	}
	return true;
}

/* -- keys ------------------------------------------------------------------- */

static int
key_socket(const struct line *l, struct config *c)
{
	return config_text(l, c->socket, sizeof c->socket);
}

static int
key_state_dir(const struct line *l, struct config *c)
{
	return config_text(l, c->state_dir, sizeof c->state_dir);
}

static int
key_image(const struct line *l, struct config *c)
{
	return config_text(l, c->image, sizeof c->image);
}

static int
key_append(const struct line *l, struct config *c)
{
	return config_text(l, c->append, sizeof c->append);
}

static int
key_power_reset(const struct line *l, struct config *c)
{
	if (!strstr(l->value, "%n"))
		return config_refuse(l, "power_reset: %%n is missing, the "
		    "node's name");
	return config_text(l, c->power_reset, sizeof c->power_reset);
}

static int
key_listen(const struct line *l, struct config *c)
{
	return config_ip4(l, l->value, &c->listen_ip4);
}

static int
key_port(const struct line *l, struct config *c)
{
	u64 v;
	int err = config_number(l, 1, 65535, &v);

	if (!err)
		c->udp_port = (u16)v;
	return err;
}

static int
key_http_port(const struct line *l, struct config *c)
{
	u64 v;
	int err = config_number(l, 0, 65535, &v);

	if (!err)
		c->http_port = (u16)v;
	return err;
}

static int
key_boot(const struct line *l, struct config *c)
{
	static const char *const words[] = { "none", "ipxe", "pxelinux",
		"uefi" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(l->value, words[i]) == 0) {
			c->boot = (enum config_boot)i;
			return 0;
		}
	return config_refuse(l, "boot %s: none, ipxe, pxelinux or uefi",
	    l->value);
}

static int
key_dhcp_interface(const struct line *l, struct config *c)
{
	return config_text(l, c->dhcp_interface, sizeof c->dhcp_interface);
}

static int
key_dhcp_mask(const struct line *l, struct config *c)
{
	return config_ip4(l, l->value, &c->dhcp_mask);
}

static int
key_dhcp_range(const struct line *l, struct config *c)
{
	char *second = strchr(l->value, ' ');
	int err;

	if (!second)
		return config_refuse(l, "dhcp_range FIRST LAST");
	*second++ = 0;
	err = config_ip4(l, l->value, &c->dhcp_from);
	if (!err)
		err = config_ip4(l, second, &c->dhcp_to);
	if (!err && c->dhcp_to < c->dhcp_from)
		err = config_refuse(l, "dhcp_range: the last address lies "
		    "before the first");
	return err;
}

static int
key_trust(const struct line *l, struct config *c)
{
	c->trust_reset = strcmp(l->value, "reset") == 0;
	return c->trust_reset || strcmp(l->value, "same-user") == 0 ? 0 :
	    config_refuse(l, "trust %s: same-user or reset", l->value);
}

static int
key_heartbeat_ms(const struct line *l, struct config *c)
{
	u64 v;
	int err = config_number(l, 100, 60000, &v);

	if (!err)
		c->heartbeat_ms = (u32)v;
	return err;
}

static int
key_lost_ms(const struct line *l, struct config *c)
{
	u64 v;
	int err = config_number(l, 200, 3600000, &v);

	if (!err)
		c->lost_ms = (u32)v;
	return err;
}

static int
key_console_log_bytes(const struct line *l, struct config *c)
{
	return config_number(l, 4096, 1ull << 40, &c->console_log_bytes);
}

static int
key_console_log_files(const struct line *l, struct config *c)
{
	u64 v;
	int err = config_number(l, 0, 99, &v);

	if (!err)
		c->console_log_files = (u32)v;
	return err;
}

static int
key_discover(const struct line *l, struct config *c)
{
	c->discover = strcmp(l->value, "yes") == 0;
	if (c->discover || strcmp(l->value, "no") == 0)
		return 0;
	return config_refuse(l, "discover %s: yes or no", l->value);
}

static bool
config_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n > 0 && n < JOBMSG_NAME_MAX && name[n] == 0;
}

static int
key_node(const struct line *l, struct config *c)
{
	struct config_node *n = &c->node[c->nodes];
	char *save, *name = strtok_r(l->value, " \t", &save);
	char *mac = strtok_r(NULL, " \t", &save);
	char *ip = strtok_r(NULL, " \t", &save);

	if (c->nodes == CONFIG_NODES_MAX)
		return config_refuse(l, "at most %d nodes", CONFIG_NODES_MAX);
	memset(n, 0, sizeof *n);
	if (!name || !mac || strtok_r(NULL, " \t", &save))
		return config_refuse(l, "node NAME MAC [ADDRESS]");
	if (!config_name_ok(name))
		return config_refuse(l, "node %s: letters, digits and '-', at "
		    "most %d", name, JOBMSG_NAME_MAX - 1);
	if (!config_mac(mac, n->mac))
		return config_refuse(l, "node %s: %s is no MAC address "
		    "(52:54:00:12:34:56)", name, mac);
	if (ip && config_ip4(l, ip, &n->ip4) != 0)
		return ERR_INVAL;
	for (u32 i = 0; i < c->nodes; i++)
		if (strcmp(c->node[i].name, name) == 0 ||
		    memcmp(c->node[i].mac, n->mac, 6) == 0)
			return config_refuse(l, "node %s: name or MAC stands "
			    "already in an earlier line", name);
	strcpy(n->name, name);
	c->nodes++;
	return 0;
}

static int
key_card(const struct line *l, struct config *c)
{
	struct config_card *n = &c->card[c->cards];
	char *save, *name = strtok_r(l->value, " \t", &save);
	char *mac = strtok_r(NULL, " \t", &save);
	char *ip = strtok_r(NULL, " \t", &save);
	u32 i = 0;

	if (c->cards == CONFIG_NODES_MAX)
		return config_refuse(l, "at most %d cards", CONFIG_NODES_MAX);
	memset(n, 0, sizeof *n);
	if (!name || !mac || strtok_r(NULL, " \t", &save))
		return config_refuse(l, "card NODE MAC [ADDRESS]");
	while (i < c->nodes && strcmp(c->node[i].name, name) != 0)
		i++;
	if (i == c->nodes)
		return config_refuse(l, "card %s: no node of that name stands "
		    "above", name);
	if (!config_mac(mac, n->mac))
		return config_refuse(l, "card %s: %s is no MAC address "
		    "(52:54:00:12:34:56)", name, mac);
	if (ip && config_ip4(l, ip, &n->ip4) != 0)
		return ERR_INVAL;
	c->cards++;
	return 0;
}

static const struct {
	const char *key;
	int (*set)(const struct line *l, struct config *c);
} keys[] = {
	{ "socket", key_socket },
	{ "state_dir", key_state_dir },
	{ "image", key_image },
	{ "append", key_append },
	{ "power_reset", key_power_reset },
	{ "listen", key_listen },
	{ "port", key_port },
	{ "http_port", key_http_port },
	{ "boot", key_boot },
	{ "dhcp_interface", key_dhcp_interface },
	{ "dhcp_mask", key_dhcp_mask },
	{ "dhcp_range", key_dhcp_range },
	{ "trust", key_trust },
	{ "heartbeat_ms", key_heartbeat_ms },
	{ "lost_ms", key_lost_ms },
	{ "console_log_bytes", key_console_log_bytes },
	{ "console_log_files", key_console_log_files },
	{ "discover", key_discover },
	{ "node", key_node },
	{ "card", key_card },
};

/* -- the file --------------------------------------------------------------- */

static int
config_line(struct line *l, char *text, struct config *c)
{
	char *end = strchr(text, '#');

	if (end)
		*end = 0;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = 0;
	text += strspn(text, " \t");
	if (!*text)
		return 0;
	l->key = text;
	text += strcspn(text, " \t");
	if (*text)
		*text++ = 0;
	l->value = text + strspn(text, " \t");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(l->key, keys[i].key) == 0)
			return keys[i].set(l, c);
	return config_refuse(l, "%s: no such key; see bmd.conf(5)", l->key);
}

int
config_load(struct config *c, const char *path)
{
	struct line l = { .path = path };
	char text[CONFIG_LINE_MAX];
	FILE *f = fopen(path, "re");
	int err = 0;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return ERR_NOENT;
	}
	while (!err && fgets(text, sizeof text, f)) {
		l.number++;
		if (!strchr(text, '\n') && !feof(f))
			err = config_refuse(&l, "a line has at most %d bytes",
			    CONFIG_LINE_MAX - 1);
		else
			err = config_line(&l, text, c);
	}
	fclose(f);
	if (!err && c->lost_ms < LOST_BEATS_MIN * c->heartbeat_ms) {
		fprintf(stderr, "%s: lost_ms %u: at least %d heartbeats "
		    "(heartbeat_ms %u)\n", path, c->lost_ms, LOST_BEATS_MIN,
		    c->heartbeat_ms);
		err = ERR_INVAL;
	}
	if (!err && c->boot != CONFIG_BOOT_NONE && !c->listen_ip4) {
		fprintf(stderr, "%s: listen is missing: the address at which "
		    "booting nodes reach this machine\n", path);
		err = ERR_INVAL;
	}
	return err;
}
