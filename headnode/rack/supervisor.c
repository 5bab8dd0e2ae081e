/* supervisor.c - pid 1 of the virtual rack: builds it, watches it, ends it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/rack/rack.h"
#include "headnode/rack/rackconf.h"
#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Life of a rack, seen from here:
 *
 *	network -> bmswitch ("ready") -> bmd (answers HELLO) -> QEMUs
 *	BOOTING: every LOOK_MS ask bmd who has registered, tell `bmrack up`
 *	    all up -> "ready", from now on nobody's end but ours matters
 *	    wait_s over, or `bmrack up` gone -> end
 *	RUNNING: requests on rack.ctl; bmd and bmswitch are started anew when
 *	    they die, at most RESTARTS_MAX times; a QEMU is not
 *	end: kill all others, remove DIR, exit. Should we be killed instead, the
 *	    kernel ends all others (we are pid 1) and the next `up` cleans DIR.
 */

enum { LOOK_MS = 200, START_MS = 5000, RESTARTS_MAX = 20 };

struct rack_node {
	pid_t pid;                 /* 0: off */
	u32 seen;                  /* enum node_state that was told last */
};

struct rack {
	const struct rack_config *cfg;
	int progress, alive, sig, ctl;
	u64 began_ms;
	bool ready, over;
	pid_t bmswitch, bmd;
	u32 restarts;
	struct rack_node node[RACK_NODES_MAX + 1];
};

static u64
rack_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

/* A line for whoever typed `bmrack up`, with the time since then. */
static void PRINTF_LIKE(2, 3)
rack_tell(struct rack *r, const char *fmt, ...)
{
	char text[RACK_TEXT_MAX];
	u64 ms = rack_ms() - r->began_ms;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (r->progress >= 0)
		dprintf(r->progress, "%4llu.%llu s  %s\n",
		    (unsigned long long)ms / 1000,
		    (unsigned long long)ms / 100 % 10, text);
}

/* -- programs --------------------------------------------------------------- */

static pid_t
rack_spawn(struct rack *r, char **argv, int *out)
{
	char log[RACK_PATH_MAX + 32];

	snprintf(log, sizeof log, "%s/rack.log", r->cfg->dir);
	return sandbox_spawn(argv, log, out);
}

static int
rack_wait_ready(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char text[16];
	bool ok = poll(&p, 1, START_MS) == 1 &&
	    read(fd, text, sizeof text) > 0;

	close(fd);
	return ok ? 0 : ERR_TIMEOUT;
}

static int
rack_start_switch(struct rack *r)
{
	const struct rack_config *c = r->cfg;
	char path[4200], nodes[16];
	char *argv[32] = { path, "--dir", (char *)(uintptr_t)c->dir, "--nodes",
		nodes, "--uplink", RACK_SWITCH_IF, "--head", RACK_HEAD_IF };
	const struct {
		char *option;
		const char *value;
	} more[] = { { "--loss", c->loss }, { "--dup", c->dup },
		{ "--reorder", c->reorder }, { "--corrupt", c->corrupt },
		{ "--delay", c->delay }, { "--seed", c->seed },
		{ "--pcap", c->pcap } };
	int n = 9, out;

	snprintf(path, sizeof path, "%s/bmswitch", c->bin);
	/* Data cards have the ports behind the nodes'. */
	snprintf(nodes, sizeof nodes, "%u",
	    c->data == RACK_NO_NIC ? c->nodes : 2 * c->nodes);
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		if (more[i].value) {
			argv[n++] = more[i].option;
			argv[n++] = (char *)(uintptr_t)more[i].value;
		}
	r->bmswitch = rack_spawn(r, argv, &out);
	return r->bmswitch < 0 ? ERR_IO : rack_wait_ready(out);
}

static void
rack_socket(const struct rack *r, char *path, size_t size)
{
	snprintf(path, size, "%s/bmd.sock", r->cfg->dir);
}

static int
rack_start_bmd(struct rack *r)
{
	char path[4200], conf[RACK_PATH_MAX + 32], sock[RACK_PATH_MAX + 32];
	char why[RACK_TEXT_MAX];
	char *argv[] = { path, "--config", conf, NULL };
	u64 end = rack_ms() + START_MS;
	struct cli c;

	snprintf(path, sizeof path, "%s/bmd", r->cfg->bin);
	snprintf(conf, sizeof conf, "%s/bmd.conf", r->cfg->dir);
	rack_socket(r, sock, sizeof sock);
	unlink(sock);
	r->bmd = rack_spawn(r, argv, NULL);
	while (r->bmd > 0 && rack_ms() < end) {
		if (cli_open(&c, sock, why, sizeof why) == 0) {
			cli_close(&c);
			return 0;
		}
		if (waitpid(r->bmd, NULL, WNOHANG) == r->bmd)
			break;
		usleep(20000);
	}
	return ERR_TIMEOUT;
}

static int
rack_power_on(struct rack *r, u32 index)
{
	struct rack_node *n = &r->node[index];
	pid_t pid;

	if (n->pid)
		return 0;
	pid = qemu_start(r->cfg, index);
	if (pid < 0)
		return ERR_IO;
	n->pid = pid;
	return 0;
}

/* -- what bmd knows --------------------------------------------------------- */

/* All nodes as bmd sees them; the caller closes c. The count, or ERR_IO. */
static int
rack_ask_nodes(struct rack *r, struct cli *c, struct proto_node **nodes)
{
	char sock[RACK_PATH_MAX + 32], why[RACK_TEXT_MAX];
	u32 type, len;
	void *data;

	rack_socket(r, sock, sizeof sock);
	if (cli_open(c, sock, why, sizeof why) != 0)
		return ERR_IO;
	if (cli_send(c, PROTO_NODES, NULL, 0, -1) != 0 ||
	    cli_recv(c, &type, &data, &len, 1000) != 0 ||
	    type != PROTO_NODES) {
		cli_close(c);
		return ERR_IO;
	}
	*nodes = data;
	return (int)(len / sizeof **nodes);
}

static void
rack_tell_node(struct rack *r, const struct proto_node *n)
{
	switch (n->state) {
	case NODE_BOOTING:
		rack_tell(r, "%s fetches its kernel", n->name);
		break;
	case NODE_UP:
		rack_tell(r, "%s is ready: %u cores, %llu MiB, %s, %s",
		    n->name, n->cores,
		    (unsigned long long)(n->mem_bytes + (1 << 19)) >> 20,
		    n->nic[0].driver, n->boot_path);
		break;
	}
}

/* Tells what changed since the last look; true when all nodes are ready. */
static bool
rack_look(struct rack *r)
{
	struct proto_node *nodes = NULL;
	struct cli c;
	u32 up = 0;
	int n = rack_ask_nodes(r, &c, &nodes);

	for (int i = 0; i < n; i++) {
		const struct proto_node *p = &nodes[i];

		up += p->state == NODE_UP || p->state == NODE_BUSY;
		if (p->id == 0 || p->id > r->cfg->nodes ||
		    r->node[p->id].seen == p->state)
			continue;
		r->node[p->id].seen = p->state;
		rack_tell_node(r, p);
	}
	if (n >= 0)
		cli_close(&c);
	return up == r->cfg->nodes;
}

/* Why it did not come up: the last lines of each console that is missing. */
static void
rack_tell_missing(struct rack *r)
{
	for (u32 i = 1; i <= r->cfg->nodes; i++)
		if (r->node[i].seen != NODE_UP && r->node[i].seen != NODE_BUSY)
			dprintf(r->progress, "missing %u\n", i);
	dprintf(r->progress, "failed\n");
}

static void
rack_watch_boot(struct rack *r)
{
	if (rack_look(r)) {
		r->ready = true;
		dprintf(r->progress, "ready\n");
		close(r->progress);
		r->progress = -1;
	} else if (rack_ms() - r->began_ms > (u64)r->cfg->wait_s * 1000) {
		rack_tell(r, "not all nodes are ready after %u s",
		    r->cfg->wait_s);
		rack_tell_missing(r);
		r->over = true;
	}
}

/* -- requests --------------------------------------------------------------- */

static void
rack_status(struct rack *r, FILE *out)
{
	struct proto_node *nodes = NULL;
	struct cli c;
	int n = rack_ask_nodes(r, &c, &nodes);

	fprintf(out, "rack %s: %u nodes x %u cores, %u MiB, bmd %s\n",
	    r->cfg->dir, r->cfg->nodes, r->cfg->cores, r->cfg->mem_mib,
	    n < 0 ? "does not answer" : "answers");
	for (u32 i = 1; i <= r->cfg->nodes; i++) {
		const char *state = "?";

		for (int k = 0; k < n; k++)
			if (nodes[k].id == i)
				state = proto_node_state(nodes[k].state);
		fprintf(out, "node%-4u power %-3s  %s\n", i,
		    r->node[i].pid ? "on" : "off", state);
	}
	if (n >= 0)
		cli_close(&c);
}

static void
rack_power_off(struct rack *r, u32 index)
{
	struct rack_node *n = &r->node[index];

	if (!n->pid)
		return;
	if (qemu_command(r->cfg, index, "quit") != 0)
		kill(n->pid, SIGKILL);
	/* It is our child and was told to go: at most 3 s, then by force. */
	for (int i = 0; i < 150 && waitpid(n->pid, NULL, WNOHANG) == 0; i++)
		usleep(20000);
	kill(n->pid, SIGKILL);
	waitpid(n->pid, NULL, WNOHANG);
	n->pid = 0;
}

static void
rack_power(struct rack *r, const char *text, FILE *out)
{
	char how[16] = "", tail;
	u32 index = 0;
	int n = sscanf(text, "power node%u %15s %c", &index, how, &tail);

	if (strcmp(text, "power bmd kill") == 0) {
		if (r->bmd > 0)
			kill(r->bmd, SIGKILL);
		return;
	}
	if (n != 2 || index < 1 || index > r->cfg->nodes) {
		fprintf(out, "!nodes are node1 to node%u", r->cfg->nodes);
		return;
	}
	if (strcmp(how, "on") == 0) {
		if (rack_power_on(r, index) != 0)
			fprintf(out, "!node%u: QEMU does not start", index);
	} else if (strcmp(how, "off") == 0) {
		rack_power_off(r, index);
	} else if (strcmp(how, "cycle") == 0 || strcmp(how, "reset") == 0) {
		if (!r->node[index].pid && strcmp(how, "reset") == 0)
			fprintf(out, "!node%u is switched off", index);
		else if (!r->node[index].pid)
			rack_power_on(r, index);
		else if (qemu_command(r->cfg, index, "system_reset") != 0)
			fprintf(out, "!node%u: QEMU does not answer", index);
	} else if (strcmp(how, "kill") == 0) {
		if (r->node[index].pid)
			kill(r->node[index].pid, SIGKILL);
	} else {
		fprintf(out, "!power %s: on, off, cycle, reset or kill", how);
	}
}

static void
rack_request(struct rack *r)
{
	int fd = accept4(r->ctl, NULL, NULL, SOCK_CLOEXEC);
	struct timeval limit = { 2, 0 };
	char text[RACK_TEXT_MAX];
	ssize_t n;
	FILE *out;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	n = read(fd, text, sizeof text - 1);
	out = fdopen(fd, "w");
	if (n <= 0 || !out) {
		close(fd);
		return;
	}
	text[n] = 0;
	if (strcmp(text, "status") == 0)
		rack_status(r, out);
	else if (strcmp(text, "down") == 0)
		r->over = true;
	else if (strncmp(text, "power ", 6) == 0)
		rack_power(r, text, out);
	else
		fprintf(out, "!no such request");
	fclose(out);
}

/* -- the loop --------------------------------------------------------------- */

static void
rack_died(struct rack *r, pid_t pid, int status)
{
	for (u32 i = 1; i <= r->cfg->nodes; i++)
		if (r->node[i].pid == pid) {
			say_info("node%u: QEMU ended, status %#x", i,
			    (unsigned)status);
			if (!r->ready)
				rack_tell(r, "node%u: QEMU ended", i);
			r->node[i].pid = 0;
		}
	if (pid != r->bmswitch && pid != r->bmd)
		return;
	say_info("%s ended, status %#x", pid == r->bmd ? "bmd" : "bmswitch",
	    (unsigned)status);
	if (r->restarts++ == RESTARTS_MAX) {
		say_error("too many restarts; the rack goes down");
		r->over = true;
	} else if (pid == r->bmd) {
		rack_start_bmd(r);
	} else {
		rack_start_switch(r);
	}
}

static void
rack_reap(struct rack *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		rack_died(r, pid, status);
}

static void
rack_turn(struct rack *r)
{
	struct pollfd p[] = { { r->sig, POLLIN, 0 }, { r->ctl, POLLIN, 0 },
		{ r->ready ? -1 : r->alive, POLLIN, 0 } };
	struct signalfd_siginfo s;

	poll(p, ARRAY_LEN(p), r->ready ? -1 : LOOK_MS);
	if (p[0].revents && read(r->sig, &s, sizeof s) == sizeof s &&
	    s.ssi_signo != SIGCHLD)
		r->over = true;
	rack_reap(r);
	if (p[1].revents)
		rack_request(r);
	if (p[2].revents)
		r->over = true;    /* `bmrack up` was interrupted */
	if (!r->ready && !r->over)
		rack_watch_boot(r);
}

static int
rack_listen(struct rack *r)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof a.sun_path, "%s/rack.ctl", r->cfg->dir);
	r->ctl = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return r->ctl >= 0 &&
	    bind(r->ctl, (struct sockaddr *)&a, sizeof a) == 0 &&
	    listen(r->ctl, 16) == 0 ? 0 : ERR_IO;
}

static void
rack_signals(struct rack *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r->sig = signalfd(-1, &set, SFD_CLOEXEC);
}

/* stdin from nowhere, stdout and stderr to DIR/rack.log. */
static void
rack_detach(struct rack *r)
{
	char path[RACK_PATH_MAX + 32];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), log;

	snprintf(path, sizeof path, "%s/rack.log", r->cfg->dir);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	say_tool("rack");
}

static int
rack_build(struct rack *r)
{
	if (sandbox_network(r->cfg->dir) != 0) {
		rack_tell(r, "the private network could not be made");
		return ERR_IO;
	}
	if (rackconf_write(r->cfg) != 0 || rack_listen(r) != 0) {
		rack_tell(r, "%s cannot be written", r->cfg->dir);
		return ERR_IO;
	}
	if (rack_start_switch(r) != 0) {
		rack_tell(r, "bmswitch does not start");
		return ERR_IO;
	}
	if (rack_start_bmd(r) != 0) {
		rack_tell(r, "bmd does not start");
		return ERR_IO;
	}
	rack_tell(r, "switch, bmd and DHCP are up");
	for (u32 i = 1; i <= r->cfg->nodes; i++)
		if (rack_power_on(r, i) != 0) {
			rack_tell(r, "node%u: QEMU does not start", i);
			return ERR_IO;
		}
	return 0;
}

/* Nothing stays: no process, no file. */
static void
rack_end(struct rack *r)
{
	struct pollfd p = { r->alive, POLLIN, 0 };

	/* `bmrack up` may still be reading our logs to tell what failed. */
	if (!r->ready) {
		close(r->progress);
		poll(&p, 1, START_MS);
	}
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	rackdir_clean(r->cfg->dir, true);
}

int
supervisor_main(void *start)
{
	const struct supervisor_start *s = start;
	struct rack *r = calloc(1, sizeof *r);

	ASSERT(r);
	r->cfg = s->cfg;
	r->progress = s->progress;
	r->alive = s->alive;
	close(s->theirs[0]);
	close(s->theirs[1]);
	r->began_ms = rack_ms();
	rack_signals(r);
	rack_detach(r);
	if (rack_build(r) != 0) {
		dprintf(r->progress, "broken\n");
		r->over = true;
	}
	while (!r->over)
		rack_turn(r);
	rack_end(r);
	return 0;
}
