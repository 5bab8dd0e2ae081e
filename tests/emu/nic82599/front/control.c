/* control.c - faults on demand, and what the device has counted. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/say.h"
#include "kernel/lib/err.h"
#include "tests/emu/nic82599/front/front.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORDS_MAX = 200, ANSWER_MAX = 1000, ANSWER_MS = 2000 };

static const char *const faults[NIC82599_FAULTS] = {
	[NIC82599_GONE] = "gone",
	[NIC82599_STUCK_RESET] = "stuck-reset",
	[NIC82599_STUCK_MASTER] = "stuck-master",
	[NIC82599_DEAF_QUEUE] = "deaf-queue",
	[NIC82599_LOST_DONE] = "lost-done",
	[NIC82599_BAD_SUM] = "bad-sum",
	[NIC82599_RX_ERROR] = "rx-error",
	[NIC82599_LINK_DOWN] = "link-down",
};

static int
open_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof a.sun_path)
		return ERR_TOOBIG;
	strcpy(a.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		say_error("%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return fd;
}

int
front_control_open(struct front *f, const char *path)
{
	f->ctl = open_socket(path);
	return f->ctl < 0 ? f->ctl : 0;
}

void
front_control_stats(const struct front *f, char *text, size_t size)
{
	const struct nic82599_count *c = nic82599_counts(f->nic);

	snprintf(text, size, "tx %llu rx %llu segmented %llu split %llu steered %llu "
	    "hashed %llu filtered %llu no-queue %llu dropped %llu missed %llu "
	    "reads %llu writes %llu doorbells %llu resets %llu irqs %llu "
	    "misuses %llu refused %llu wire-lost %llu",
	    (unsigned long long)c->tx_frames, (unsigned long long)c->rx_frames,
	    (unsigned long long)c->segmented,
	    (unsigned long long)(c->split + c->header_first),
	    (unsigned long long)c->steered,
	    (unsigned long long)c->hashed, (unsigned long long)c->rx_filtered,
	    (unsigned long long)c->rx_no_queue,
	    (unsigned long long)c->rx_dropped,
	    (unsigned long long)c->rx_missed, (unsigned long long)c->reads,
	    (unsigned long long)c->writes, (unsigned long long)c->doorbells,
	    (unsigned long long)c->resets, (unsigned long long)c->irqs,
	    (unsigned long long)c->misuses,
	    (unsigned long long)c->dma_refused,
	    (unsigned long long)f->wire_lost);
}

/* "3", "always", "off". False: none of them. */
static bool
times(const char *word, u32 *n)
{
	char *end;

	*n = strcmp(word, "always") == 0 ? NIC82599_ALWAYS : 0;
	if (*n || strcmp(word, "off") == 0)
		return true;
	*n = (u32)strtoul(word, &end, 10);
	return end > word && !*end;
}

static void
command(struct front *f, char *words, char *answer, size_t size)
{
	char name[32] = "", how[32] = "";
	u32 n;

	snprintf(answer, size, "commands: fault NAME TIMES|always|off, stats, "
	    "strict on|off, peek REGISTER");
	if (strcmp(words, "stats") == 0) {
		front_control_stats(f, answer, size);
	} else if (sscanf(words, "peek %x", &n) == 1 &&
	    n < NIC82599_BAR_BYTES) {
		snprintf(answer, size, "%08x", nic82599_peek(f->nic, n));
	} else if (sscanf(words, "strict %31s", how) == 1) {
		nic82599_strict(f->nic, strcmp(how, "on") == 0);
		snprintf(answer, size, "strict %s", how);
	} else if (sscanf(words, "fault %31s %31s", name, how) == 2 &&
	    times(how, &n)) {
		snprintf(answer, size, "%s: no such fault", name);
		for (u32 i = 0; i < NIC82599_FAULTS; i++) {
			if (strcmp(faults[i], name) != 0)
				continue;
			nic82599_fault(f->nic, (enum nic82599_fault)i, n);
			snprintf(answer, size, "%s %s", name, how);
		}
	}
}

void
front_control(struct front *f)
{
	char words[WORDS_MAX], answer[ANSWER_MAX];
	struct sockaddr_un from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(f->ctl, words, sizeof words - 1, 0,
	    (struct sockaddr *)&from, &len);

	if (n < 0)
		return;
	words[n] = 0;
	command(f, words, answer, sizeof answer);
	sendto(f->ctl, answer, strlen(answer), MSG_NOSIGNAL,
	    (struct sockaddr *)&from, len);
}

int
front_control_ask(const char *path, const char *words, char *answer,
    size_t size)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct pollfd p = { .events = POLLIN };
	char own[sizeof to.sun_path];
	ssize_t n = -1;

	if (snprintf(own, sizeof own, "%s.%d", path, getpid()) >=
	    (int)sizeof own)
		return ERR_TOOBIG;
	strcpy(to.sun_path, path);
	p.fd = open_socket(own);
	if (p.fd < 0)
		return ERR_IO;
	if (sendto(p.fd, words, strlen(words), 0, (struct sockaddr *)&to,
	        sizeof to) >= 0 && poll(&p, 1, ANSWER_MS) == 1)
		n = recv(p.fd, answer, size - 1, 0);
	close(p.fd);
	unlink(own);
	answer[n > 0 ? n : 0] = 0;
	return n > 0 ? 0 : ERR_IO;
}
