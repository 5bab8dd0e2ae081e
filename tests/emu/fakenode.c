/* fakenode.c - a node's agent as a Linux process: for tests of bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/fakenode.h"

#include "kernel/lib/err.h"
#include "net/host/port_udp.h"
#include "net/msg.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { LINUX_SIGSEGV = 11, PAGE_FAULT = 14, BEAT_NS = 200000000 };

enum step { STEP_RUN, STEP_WAIT, STEP_EXIT, STEP_OVER };

struct rank {
	u32 rank;
	enum step step;
	u64 left, at;              /* print */
	u32 file_at, fd;           /* write: which call */
	i32 code;
	struct msg_req req;
	bool sending;
	u8 buf[sizeof(struct jobmsg_output) + JOBMSG_OUTPUT_MAX];
};

struct fake {
	const struct fakenode *cfg;
	struct port_udp *udp;
	struct msg_ep *ep;
	struct jobmsg_session session;
	bool registered, warm;
	u32 recycles;
	u64 beat_ns;
	/* LOAD on its way */
	struct jobmsg_head load_head;
	u8 *load;
	u64 load_len;
	struct msg_req load_req;
	struct jobmsg_load_view view;
	u32 job;
	bool running, cancelled, done;
	struct rank rank[FAKENODE_RANKS_MAX];
	u32 ranks;
};

static u64
fake_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* With req the data are sealed in place and offered. */
static void
fake_send(struct fake *f, u32 type, void *data, size_t len,
    struct msg_req *req)
{
	struct jobmsg_head head;

	jobmsg_seal(&f->session, &head, (enum jobmsg_type)type, f->job, data,
	    len);
	if (msg_send(f->ep, 0, &head, sizeof head, data, len,
	        req ? MSG_OFFER : 0, req) != 0)
		panic("fakenode: send refused");
}

static void
fake_register(struct fake *f)
{
	struct jobmsg_register r;

	memset(&r, 0, sizeof r);
	memcpy(r.mac, f->cfg->mac, 6);
	r.warm = f->warm;
	r.nics = 1;
	r.cores = le32_of(f->cfg->cores);
	r.mem_bytes = le64_of(64 << 20);
	r.recycles = le32_of(f->recycles);
	strcpy(r.cpu, "fake cpu\033[31m");
	strcpy(r.build, "fake");
	strcpy(r.boot_path, "fake");
	strcpy(r.nic[0].driver, "udp");
	r.nic[0].ip4 = le32_of(f->cfg->ip4);
	memset(r.nonce, (u8)f->recycles + 1, sizeof r.nonce);
	f->registered = false;
	for (int i = 0; i <= f->cfg->twice; i++) {
		struct jobmsg_register copy = r;

		fake_send(f, JOBMSG_REGISTER, &copy, sizeof copy, NULL);
	}
}

static void
fake_recycle(struct fake *f)
{
	free(f->load);
	f->load = NULL;
	f->job = 0;
	f->running = f->cancelled = f->done = false;
	f->ranks = 0;
	f->warm = true;
	f->recycles++;
	fake_register(f);
}

/* -- a job ------------------------------------------------------------------ */

static const char *
fake_arg(const struct fake *f, u32 n)
{
	const char *p = f->view.argv;

	if (n >= f->view.argc)
		return "";
	while (n--)
		p += strlen(p) + 1;
	return p;
}

static bool
fake_does(const struct fake *f, const char *what)
{
	return strcmp(fake_arg(f, 1), what) == 0;
}

static void
fake_loaded(struct fake *f)
{
	struct jobmsg_result r = { .err = le32_of(0) };
	int err = jobmsg_unseal(&f->session, &f->load_head, f->load,
	    f->load_len);

	if (err || jobmsg_load_parse(&f->view, f->load, f->load_len) != 0)
		panic("fakenode: LOAD does not open or parse");
	f->job = le32_get(f->view.load->job);
	for (u32 i = 0; i < f->view.ranks; i++)
		if (le32_get(f->view.rank[i].node_index) == f->view.self) {
			struct rank *k = &f->rank[f->ranks++];

			if (f->ranks > FAKENODE_RANKS_MAX)
				panic("fakenode: too many ranks");
			memset(k, 0, sizeof *k);
			k->rank = i;
		}
	if (fake_does(f, "refuse")) {
		r.err = le32_of((u32)-ERR_NOMEM);
		strcpy(r.text, "no room for it");
	}
	fake_send(f, JOBMSG_LOADED, &r, sizeof r, NULL);
}

static void
fake_exit(struct fake *f, struct rank *r, i32 code, u32 abort)
{
	struct jobmsg_exit e = { le32_of(r->rank), le32_of((u32)code),
		le32_of(abort), le32_of(0), .moved = { .rx_bulk =
		le64_of(1 << 20), .tx_copied = le64_of(8) } };

	fake_send(f, JOBMSG_EXIT, &e, sizeof e, NULL);
	r->step = STEP_OVER;
}

static void
fake_fault(struct fake *f, struct rank *r)
{
	struct jobmsg_fault x;

	memset(&x, 0, sizeof x);
	x.rank = le32_of(r->rank);
	x.vector = le32_of(PAGE_FAULT);
	x.signal = le32_of(LINUX_SIGSEGV);
	x.regs[JOBMSG_RIP] = le64_of(0x401234);
	strcpy(x.reason, "NULL pointer");
	fake_send(f, JOBMSG_FAULT, &x, sizeof x, NULL);
	r->step = STEP_OVER;
}

static void
fake_print(struct fake *f, struct rank *r)
{
	struct jobmsg_output head = { le32_of(r->rank), le32_of(1) };
	u64 n = MIN(r->left, (u64)JOBMSG_OUTPUT_MAX);

	if (r->sending && !r->req.done)
		return;
	r->sending = false;
	if (!n) {
		r->step = STEP_EXIT;
		return;
	}
	memcpy(r->buf, &head, sizeof head);
	for (u64 i = 0; i < n; i++)
		r->buf[sizeof head + i] = fakenode_byte(r->rank, r->at + i);
	r->at += n;
	r->left -= n;
	memset(&r->req, 0, sizeof r->req);
	r->sending = true;
	fake_send(f, JOBMSG_OUTPUT, r->buf, sizeof head + n, &r->req);
}

/* One call of: open, write, seek to 0, read, fstat, close. */
static void
fake_file(struct fake *f, struct rank *r)
{
	static const u32 ops[] = { JOBMSG_OPEN, JOBMSG_WRITE, JOBMSG_LSEEK,
		JOBMSG_READ, JOBMSG_FSTAT, JOBMSG_CLOSE };
	u8 out[512];
	char text[400];
	struct jobmsg_file m = { .rank = le32_of(r->rank),
		.seq = le32_of(r->file_at), .fd = le32_of(r->fd) };
	int n;

	if (r->file_at == ARRAY_LEN(ops)) {
		r->step = STEP_EXIT;
		return;
	}
	m.op = le32_of(ops[r->file_at]);
	m.flags = le32_of(r->file_at ? 0 : JOBMSG_O_RDWR | JOBMSG_O_CREAT);
	m.mode = le32_of(0644);
	m.size = le64_of(100);
	n = ops[r->file_at] == JOBMSG_OPEN
	    ? snprintf(text, sizeof text, "%s.%u", fake_arg(f, 2), r->rank) + 1
	    : snprintf(text, sizeof text, "rank %u\n", r->rank);
	memcpy(out, &m, sizeof m);
	memcpy(out + sizeof m, text, (size_t)n);
	r->step = STEP_WAIT;
	fake_send(f, JOBMSG_FILE, out, sizeof m + (size_t)n, NULL);
}

static void
fake_file_reply(struct fake *f, const u8 *data, size_t len)
{
	struct jobmsg_file_reply m;
	struct rank *r = NULL;
	char want[32];

	memcpy(&m, data, sizeof m);
	for (u32 i = 0; i < f->ranks; i++)
		if (f->rank[i].rank == le32_get(m.rank))
			r = &f->rank[i];
	if (!r || le32_get(m.seq) != r->file_at)
		panic("fakenode: a reply that nobody waits for");
	r->step = STEP_RUN;
	snprintf(want, sizeof want, "rank %u\n", r->rank);
	if (r->file_at == 0)
		r->fd = (u32)le64_get(m.result);
	if (r->file_at == 3 && (le64_get(m.result) != strlen(want) ||
	        len - sizeof m != strlen(want) ||
	        memcmp(data + sizeof m, want, strlen(want)) != 0))
		m.error = le32_of(5);
	if (r->file_at == 4 && le64_get(m.stat_size) != strlen(want))
		m.error = le32_of(6);
	if (le32_get(m.error)) {
		r->code = (i32)le32_get(m.error);
		r->step = STEP_EXIT;
	}
	r->file_at++;
}

static void
fake_rank(struct fake *f, struct rank *r)
{
	i32 code = atoi(fake_arg(f, 2));

	if (r->step == STEP_OVER)
		return;
	if (f->cancelled && !fake_does(f, "stubborn"))
		r->step = STEP_OVER;
	else if (r->step == STEP_EXIT)
		fake_exit(f, r, r->code, 0);
	else if (fake_does(f, "print"))
		fake_print(f, r);
	else if (fake_does(f, "exit"))
		fake_exit(f, r, code, 0);
	else if (fake_does(f, "fault") && r->rank == 0)
		fake_fault(f, r);
	else if (fake_does(f, "abort") && r->rank == 0)
		fake_exit(f, r, code, 1);
	else if (fake_does(f, "write") && r->step == STEP_RUN)
		fake_file(f, r);
}

static void
fake_run(struct fake *f)
{
	bool over = true;

	for (u32 i = 0; i < f->ranks && f->running; i++) {
		fake_rank(f, &f->rank[i]);
		over &= f->rank[i].step == STEP_OVER &&
		    (!f->rank[i].sending || f->rank[i].req.done);
	}
	if (f->job && !f->done && (f->running || f->cancelled) && over) {
		f->done = true;
		fake_send(f, JOBMSG_DONE, NULL, 0, NULL);
	}
}

/* -- messages --------------------------------------------------------------- */

static void
fake_start_job(struct fake *f)
{
	f->running = true;
	for (u32 i = 0; i < f->ranks; i++)
		f->rank[i].left = fake_does(f, "print")
		    ? strtoull(fake_arg(f, 2), NULL, 10) : 0;
}

static void
fake_welcome(struct fake *f, const u8 *data)
{
	struct jobmsg_welcome w;

	memcpy(&w, data, sizeof w);
	memcpy(f->session.key, w.key, sizeof w.key);
	f->session.node = le32_get(w.node);
	f->session.keyed = 1;
	f->session.sent = f->session.seen = 0;
	f->registered = true;
}

static void
fake_cancel(struct fake *f, u32 job)
{
	if (!f->job || (job && job != f->job)) {
		if (job)
			fake_send(f, JOBMSG_DONE, NULL, 0, NULL);
		return;
	}
	f->cancelled = true;
}

static void
fake_handle(struct fake *f, const struct jobmsg_head *head, const u8 *data,
    size_t len)
{
	switch (le16_get(head->type)) {
	case JOBMSG_WELCOME:
		fake_welcome(f, data);
		break;
	case JOBMSG_START:
		fake_start_job(f);
		break;
	case JOBMSG_CANCEL:
		fake_cancel(f, le32_get(head->job));
		break;
	case JOBMSG_RECYCLE:
		fake_recycle(f);
		break;
	case JOBMSG_FILE_REPLY:
		fake_file_reply(f, data, len);
		break;
	case JOBMSG_RESET:
		_exit(0);
	}
}

static void
fake_deliver(void *ctx, const struct msg_in *in)
{
	struct fake *f = ctx;
	struct jobmsg_head head;
	u8 data[MSG_EAGER_MAX];
	size_t at = 0;

	memcpy(&head, in->head, sizeof head);
	if (in->offer) {
		if (jobmsg_accept(&f->session, &head) != 0)
			panic("fakenode: an offer that is not next");
		f->load_head = head;
		f->load_len = in->len;
		f->load = malloc(in->len);
		memset(&f->load_req, 0, sizeof f->load_req);
		msg_pull(f->ep, 0, in->offer, f->load, in->len, &f->load_req);
		return;
	}
	for (u32 i = 0; i < in->segs; at += in->seg[i++].len)
		memcpy(data + at, in->seg[i].ptr, in->seg[i].len);
	if (jobmsg_open(&f->session, &head, data, at) != 0)
		panic("fakenode: type %u does not open", le16_get(head.type));
	if (le16_get(head.type) == JOBMSG_LOAD)
		panic("fakenode: LOAD must be offered");
	fake_handle(f, &head, data, at);
}

static void
fake_beat(struct fake *f)
{
	struct jobmsg_heartbeat h;

	if (!f->registered || fake_now() < f->beat_ns)
		return;
	f->beat_ns = fake_now() + BEAT_NS;
	memset(&h, 0, sizeof h);
	h.state = le32_of(f->job ? JOBMSG_RUNNING : JOBMSG_IDLE);
	fake_send(f, JOBMSG_HEARTBEAT, &h, sizeof h, NULL);
}

/* Until a datagram or a timer, 5 ms at most: nothing may be due any more. */
static void
fake_wait(struct fake *f)
{
	struct port *port = port_udp_port(f->udp);

	port_udp_wait(f->udp, MIN(msg_deadline(f->ep),
	    port->now(port) + 5000000));
}

/* What a broken or hostile node might send: every kind must be refused. */
static void
fake_garbage(struct fake *f)
{
	u64 end = fake_now() + 5000000000;
	struct jobmsg_head head;
	u8 junk[300];

	if (!f->cfg->garbage)
		return;
	memset(junk, 0x5a, sizeof junk);
	for (u32 type = 0; type < 24; type++) {
		memset(&head, 0, sizeof head);
		head.type = le16_of((u16)type);
		head.version = le16_of(JOBMSG_VERSION);
		msg_send(f->ep, 0, &head, sizeof head, junk, sizeof junk, 0,
		    NULL);
		head.sealed = le32_of(1);
		head.counter = le64_of(UINT64_MAX - type);
		msg_send(f->ep, 0, &head, sizeof head, junk, type * 10, 0,
		    NULL);
		msg_send(f->ep, 0, junk, type * 2, junk, sizeof junk, 0, NULL);
		while (!msg_is_drained(f->ep) && fake_now() < end) {
			msg_poll(f->ep);
			fake_wait(f);
		}
	}
}

static NORETURN void
fake_main(const struct fakenode *cfg)
{
	static struct fake fake;
	struct fake *f = &fake;
	struct msg_config mc = { .epoch = (u32)fake_now(), .peers_max = 1,
		.deliver = fake_deliver, .ctx = f,
		.self = { .ip4 = cfg->ip4, .udp_port = JOBMSG_PORT_AGENT } };
	struct port_addr bmd = { .ip4 = cfg->bmd_ip4,
		.udp_port = cfg->bmd_port };

	f->cfg = cfg;
	f->session.boot_id = fake_now();
	if (port_udp_open(&f->udp, &mc.self, PORT_UDP_MTU) != 0)
		panic("fakenode: no socket");
	mc.port = port_udp_port(f->udp);
	mc.arena_bytes = msg_arena_bytes(1, 1);
	mc.arena = calloc(1, mc.arena_bytes);
	if (msg_open(&f->ep, &mc) != 0 ||
	    msg_peer_set(f->ep, 0, &bmd, 0) != 0)
		panic("fakenode: no endpoint");
	fake_garbage(f);
	fake_register(f);
	for (;;) {
		while (msg_poll(f->ep) > 0)
			continue;
		if (f->load && f->load_req.done && !f->job && !f->done)
			fake_loaded(f);
		fake_run(f);
		fake_beat(f);
		fake_wait(f);
	}
}

pid_t
fakenode_start(const struct fakenode *cfg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fake_main(cfg);
}
