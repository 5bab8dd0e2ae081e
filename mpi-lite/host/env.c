/* env.c - a Linux process as a rank: page, waiting, the end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/env.h"

#include "kernel/lib/err.h"
#include "net/host/hosted.h"
#include "net/host/port_udp.h"
#include "net/msg.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	ENV_SPIN = 2000,            /* looks before the process sleeps */
	ENV_LOOK = 32,              /* of these, one asks the system */
	ENV_LINGER_NS = 5 * 1000 * 1000,
	ENV_RANKS_MAX = 4096,
	ENV_ACTIVE = 256,           /* peers that a rank really talks to */
};

static struct env {
	struct rankpage page;
	struct port_udp *udp;
	u32 *node_of;
} *env;

static NORETURN void
env_die(const char *what)
{
	fprintf(stderr, "mpi-lite: %s\n", what);
	exit(125);
}

static u32
env_number(const char *name, u32 otherwise)
{
	const char *text = getenv(name);

	return text ? (u32)strtoul(text, NULL, 10) : otherwise;
}

/* Every rank's place, our own too. */
static void
env_peers(struct env *e, const struct port_addr *self)
{
	const char *ports = getenv(HOSTED_PORTS);
	struct port_addr a = *self;
	char *end;

	for (u32 i = 0; i < e->page.size; i++) {
		if (ports) {
			a.udp_port = (u16)strtoul(ports, &end, 10);
			ports = *end ? end + 1 : end;
		}
		if (msg_peer_set(e->page.ep, i, &a, 0))
			env_die("bad " HOSTED_PORTS);
	}
}

/* One copy out of another rank's process. */
static int
env_copy(void *ctx, u64 owner, void *to, u64 from, u64 len)
{
	(void)ctx;
	while (len) {
		struct iovec here = { to, len };
		struct iovec there = { (void *)(uintptr_t)from, len };
		ssize_t n = process_vm_readv((pid_t)owner, &here, 1, &there, 1,
		    0);

		if (n <= 0)
			return ERR_IO;
		to = (u8 *)to + n;
		from += (u64)n;
		len -= (u64)n;
	}
	return 0;
}

/* All ranks are on this machine: small messages by rings, large by a copy. */
static void
env_share(struct env *e)
{
	const char *fd = getenv(HOSTED_SHM);
	size_t each = msg_shm_bytes();
	u8 *all;

	if (!fd)
		return;
	all = mmap(NULL, each * e->page.size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, atoi(fd), 0);
	if (all == MAP_FAILED)
		env_die("cannot map " HOSTED_SHM);
	/* Where only a parent may read a process: our neighbours, too. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	msg_shm_own(e->page.ep, all + each * e->page.rank, (u64)getpid(),
	    env_copy, NULL);
	for (u32 i = 0; i < e->page.size; i++)
		if (i != e->page.rank &&
		    msg_shm_peer(e->page.ep, i, all + each * i))
			env_die("bad " HOSTED_SHM);
}

static void
env_open(struct env *e)
{
	struct port_addr self = { 0x7f000001, 0, 0 };
	struct msg_config cfg = { .key = env_number(HOSTED_KEY, 1),
		.peers_max = e->page.size };
	const char *fd = getenv(HOSTED_SOCKET);
	struct timespec ts;
	int err;

	err = fd ? port_udp_adopt(&e->udp, &self, atoi(fd),
	    PORT_UDP_MTU_LOCAL) : port_udp_open(&e->udp, &self,
	    PORT_UDP_MTU_LOCAL);
	if (err)
		env_die("no UDP socket");
	clock_gettime(CLOCK_REALTIME, &ts);
	cfg.port = port_udp_port(e->udp);
	cfg.self = self;
	cfg.epoch = (u32)ts.tv_nsec ^ (u32)ts.tv_sec << 16 ^ (u32)getpid();
	cfg.epoch = MAX(cfg.epoch, 1u);
	cfg.arena_bytes = msg_arena_bytes(cfg.peers_max, ENV_ACTIVE);
	cfg.arena = malloc(cfg.arena_bytes);
	if (!cfg.arena || msg_open(&e->page.ep, &cfg))
		env_die("no memory for the endpoint");
	env_peers(e, &self);
	env_share(e);
}

struct rankpage *
env_rank(void)
{
	struct env *e = env;

	if (e)
		return &e->page;
	e = calloc(1, sizeof(*e));
	if (!e)
		env_die("no memory");
	e->page.rank = env_number(HOSTED_RANK, 0);
	e->page.size = env_number(HOSTED_SIZE, 1);
	if (e->page.size == 0 || e->page.size > ENV_RANKS_MAX ||
	    e->page.rank >= e->page.size)
		env_die("bad " HOSTED_RANK " or " HOSTED_SIZE);
	e->page.nodes = 1;
	e->page.local = e->page.rank;
	e->page.locals = e->page.size;
	e->page.cores = 1;
	e->node_of = calloc(e->page.size, sizeof(*e->node_of));
	if (!e->node_of)
		env_die("no memory");
	e->page.node_of = e->node_of;
	if (gethostname(e->page.name, sizeof(e->page.name) - 1))
		strcpy(e->page.name, "localhost");
	env_open(e);
	env = e;
	return &e->page;
}

u64
env_now_ns(void)
{
	struct port *p = port_udp_port(env->udp);

	return p->now(p);
}

u64
env_thread(void)
{
	static __thread char mark;

	return (u64)(uintptr_t)&mark;
}

void
env_yield(void)
{
	sched_yield();
}

/* A memfd of the maker, which the others open through /proc. */
void *
env_share_make(size_t bytes, u64 name[2])
{
	int fd = memfd_create("mpi-lite", MFD_CLOEXEC);
	void *base = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0)
		base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	name[0] = (u64)getpid();
	name[1] = (u64)fd;
	return base == MAP_FAILED ? NULL : base;
}

void *
env_share_map(size_t bytes, const u64 name[2])
{
	char path[64];
	void *base;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)name[0],
	    (int)name[1]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return base == MAP_FAILED ? NULL : base;
}

void
env_share_seal(const u64 name[2])
{
	close((int)name[1]);
}

void
env_unshare(void *base, size_t bytes, bool made)
{
	(void)made;
	munmap(base, bytes);
}

/* Looks a few times, then sleeps until a frame comes or a timer is due. */
void
env_wait(struct msg_ep *ep, u64 deadline_ns)
{
	u64 until = MIN(deadline_ns, msg_deadline(ep));

	for (u32 i = 0; i < ENV_SPIN; i++) {
		if (msg_ready(ep))
			return;
		__builtin_ia32_pause();
		if (i % ENV_LOOK)
			continue;
		if (port_udp_wait(env->udp, 0))
			return;
		sched_yield();
	}
	msg_park(ep, true);
	if (!msg_ready(ep))
		port_udp_wait(env->udp, until);
	msg_park(ep, false);
}

void
env_error(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

NORETURN void
env_abort(int code)
{
	u32 fd = env_number(HOSTED_ABORT, 0);

	fflush(NULL);
	if (fd && write((int)fd, &code, sizeof(code)) < 0)
		perror("mpi-lite: abort");
	_exit(code & 255 ? code & 255 : 1);
}

u32
env_stats(struct msg_ep *ep, struct msg_stat *st, u32 max)
{
	return msg_stats(ep, st, max);
}

static void
env_print_stats(void)
{
	struct msg_stat st[64];
	u32 n = msg_stats(env->page.ep, st, ARRAY_LEN(st));

	for (u32 i = 0; i < n; i++)
		if (st[i].value)
			fprintf(stderr, "rank %u: %s %llu\n",
			    (unsigned)env->page.rank, st[i].name,
			    (unsigned long long)st[i].value);
}

/* Others may still wait for our last acknowledgement. */
void
env_finalize(void)
{
	u64 until = env_now_ns() + ENV_LINGER_NS;

	while (env_now_ns() < until) {
		msg_poll(env->page.ep);
		port_udp_wait(env->udp, env_now_ns() + ENV_LINGER_NS / 10);
	}
	msg_poll(env->page.ep);
	if (getenv(HOSTED_STATS))
		env_print_stats();
}
