/* config_test.c - bmd.conf: what is taken, and what is said otherwise. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/config.h"

#include "kernel/lib/err.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config cfg;
static char said[2048];

/* Loads text as a file; what is said on stderr goes to `said`. */
static int
load(const char *text)
{
	char path[] = "/tmp/config-test-XXXXXX", log[64];
	int fd = mkstemp(path), err, saved = dup(2), out;
	ssize_t n;

	CHECK(fd >= 0 && write(fd, text, strlen(text)) >= 0);
	close(fd);
	snprintf(log, sizeof log, "%s.log", path);
	out = open(log, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fflush(stderr);
	dup2(out, 2);
	config_default(&cfg);
	err = config_load(&cfg, path);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	n = pread(out, said, sizeof said - 1, 0);
	said[n > 0 ? n : 0] = 0;
	close(out);
	unlink(path);
	unlink(log);
	return err;
}

TEST(config_load__everything_that_bmrack_writes)
{
	CHECK_EQ(load("# comment\n"
	              "listen 10.77.0.1\nhttp_port 8080\nsocket /x/bmd.sock\n"
	              "state_dir /x\nimage /y/barerack\nboot uefi\n"
	              "dhcp_interface bm0\ndhcp_mask 255.255.0.0\n"
	              "power_reset ipmi %n reset\n"
	              "lost_ms 6000   # patient\nappend  idle=halt  x=1 \n"
	              "\n  node node1 52:54:00:62:6d:01 10.77.1.1\n"
	              "node node2\t52:54:00:62:6D:02\n"
	              "card node1 52:54:00:62:6e:01 10.77.2.1\n"), 0);
	CHECK_EQ(cfg.listen_ip4, 0x0a4d0001);
	CHECK_EQ(cfg.boot, CONFIG_BOOT_UEFI);
	CHECK_EQ(cfg.dhcp_mask, 0xffff0000);
	CHECK_EQ(cfg.lost_ms, 6000);
	CHECK(strcmp(cfg.power_reset, "ipmi %n reset") == 0);
	CHECK(strcmp(cfg.append, "idle=halt  x=1") == 0);
	CHECK_EQ(cfg.nodes, 2);
	CHECK(strcmp(cfg.node[0].name, "node1") == 0);
	CHECK_EQ(cfg.node[0].ip4, 0x0a4d0101);
	CHECK_EQ(cfg.node[1].mac[5], 2);
	CHECK_EQ(cfg.node[1].ip4, 0);
	CHECK_EQ(cfg.cards, 1);
	CHECK_EQ(cfg.card[0].mac[4], 0x6e);
	CHECK_EQ(cfg.card[0].ip4, 0x0a4d0201);
}

TEST(config_load__errors_name_line_value_and_remedy)
{
	static const struct {
		const char *text, *said;
	} wrong[] = {
		{ "listen 1.2.3\n", ":1: listen 1.2.3: an IPv4 address" },
		{ "\n\nspeed 9\n", ":3: speed: no such key" },
		{ "port 70000\n", "a number from 1 to 65535" },
		{ "port x\n", ":1: port x: a number" },
		{ "boot grub\n", "none, ipxe, pxelinux or uefi" },
		{ "discover maybe\n", "yes or no" },
		{ "node n1\n", "node NAME MAC [ADDRESS]" },
		{ "card n1 52:54:00:62:6d:01\n", "no node of that name" },
		{ "node n1 52:54:00\n", "is no MAC address" },
		{ "node a/b 52:54:00:62:6d:01\n", "letters, digits" },
		{ "node a 52:54:00:62:6d:01 1.2\n", "IPv4 address" },
		{ "node a 52:54:00:62:6d:01\nnode a 52:54:00:62:6d:02\n",
		  ":2: node a: name or MAC stands already" },
		{ "node a 52:54:00:62:6d:01\nnode b 52:54:00:62:6d:01\n",
		  ":2: node b: name or MAC stands already" },
		{ "dhcp_range 10.0.0.9 10.0.0.1\n", "before the first" },
		{ "listen 10.0.0.1\nlost_ms 1500\n", "at least 2 heartbeats" },
		{ "socket\n", ":1: socket: a value is missing" },
		{ "lost_ms 5000\n", "listen is missing" },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CHECK_EQ(load(wrong[i].text), ERR_INVAL);
		if (!strstr(said, wrong[i].said))
			test_fail(__FILE__, __LINE__, "%s: said %s",
			    wrong[i].text, said);
	}
}

TEST(config_load__long_lines_and_missing_files)
{
	static char text[2 * CONFIG_LINE_MAX];

	memset(text, 'x', sizeof text - 1);
	CHECK_EQ(load(text), ERR_INVAL);
	CHECK(strstr(said, "a line has at most"));
	memcpy(text, "image ", 6);
	text[6 + CONFIG_PATH_MAX] = 0;
	CHECK_EQ(load(text), ERR_INVAL);
	CHECK(strstr(said, "at most 1023 bytes"));
}
