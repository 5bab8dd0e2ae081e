/* control.c - registration, keys, heartbeats, and bmd's orders. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/control.h"

#include "kernel/acpi.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/mce.h"
#include "kernel/monitor.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
#include "kernel/smp.h"

/*
 *	lease --> REGISTER --WELCOME--> registered --silence--> reopen
 *	             ^ 2 s no answer ------+                       |
 *	             +----------------------------------------------+
 *
 * Messages are handled strictly in the order in which they arrive, but for the
 * data of LOAD, which are pulled while others come in.
 */

enum {
	BMD = 0,                     /* the only peer */
	REGISTER_AGAIN_MS = 2000,
	SILENCE_MS = 15000,          /* then bmd has forgotten us */
	PAUSE_MS = 3000,             /* longer between two looks: it was we */
	HEARTBEAT_MS = 500,          /* until WELCOME says otherwise */
	LOG_BYTES = 1024,            /* of one LOG message */
	LOG_GAP_MS = 20,             /* between two: a flood stays here */
	PULLS_MAX = 2,
	COUNTER_GAP = 16,
};
#define MS_NS 1000000ull

enum pull_use { PULL_FREE, PULL_WAIT, PULL_DECLINED };

/* An offered message whose data are on their way. */
struct pull {
	enum pull_use use;
	struct jobmsg_head head;
	u8 *data;
	u64 len;
	struct msg_req req;
};

static struct {
	struct port_nic port;
	struct msg_ep *ep;
	void *arena;
	struct netif *n;
	u32 head_ip4;
	struct jobmsg_session session;
	u8 nonce[32];                /* of REGISTER, until it is answered */
	bool registered;
	u64 register_at_ns, beat_at_ns, heard_ns;
	u64 polled_ns;               /* the last look */
	u64 heard;                   /* msg_heard of the last heartbeat */
	u64 beat_ns;
	struct pull pull[PULLS_MAX];
	size_t log_under_way;        /* bytes of the log */
	u64 log_at;                  /* where those begin */
	u64 log_at_ns;
	u64 refused;                 /* messages that did not open */
	u8 scratch[MSG_EAGER_MAX];
} control;

static void deliver(void *ctx, const struct msg_in *in);
static void handle(const struct jobmsg_head *head, u8 *data, u64 len);
static void welcome(const struct jobmsg_head *head, const u8 *data);
static void send_register(u64 now);
static void send_heartbeat(u64 now);
static int send_log(u64 now);
static int finish_pulls(void);

static void
wake_any(void *ctx)
{
	(void)ctx;
	smp_wake_one();
}

/* REGISTER says nothing that was said before; repeating it bears this. */
static void
new_nonce(void)
{
	for (u32 i = 0; i < sizeof(control.nonce); i += 8) {
		u64 bits = cpu_entropy();

		memcpy(control.nonce + i, &bits, 8);
	}
}

static int
open_endpoint(void)
{
	struct msg_config cfg = { 0 };
	struct port_addr bmd = { control.head_ip4, JOBMSG_PORT_BMD, 0 };
	size_t bytes = msg_arena_bytes(1, 1);
	int err;

	if (!control.arena)
		control.arena = page_alloc((u32)(ALIGN_UP(bytes,
		    (size_t)PAGE_BYTES) / PAGE_BYTES));
	if (!control.arena)
		return ERR_NOMEM;
	cfg.port = &control.port.port;
	cfg.self = (struct port_addr){ control.n->ip4, JOBMSG_PORT_AGENT, 0 };
	cfg.epoch = (u32)cpu_entropy() | 1;
	cfg.peers_max = 1;
	cfg.arena = control.arena;
	cfg.arena_bytes = bytes;
	cfg.deliver = deliver;
	new_nonce();
	err = msg_open(&control.ep, &cfg);
	if (!err)
		err = msg_peer_set(control.ep, BMD, &bmd, 0);
	return err;
}

int
control_open(struct netif *n, u32 head_ip4)
{
	const struct handoff *h = handoff_get();
	u64 now = clock_now_ns();
	int err;

	control.n = n;
	control.head_ip4 = head_ip4;
	control.beat_ns = HEARTBEAT_MS * MS_NS;
	control.session.boot_id = h->boot_id;
	control.session.node = h->node_id;
	control.session.sent = h->counter_sent;
	control.session.keyed = h->keyed != 0;
	memcpy(control.session.key, h->key, sizeof(h->key));
	err = port_nic_open(&control.port, n, JOBMSG_PORT_AGENT, wake_any,
	    NULL);
	if (!err)
		err = open_endpoint();
	if (err)
		return err;
	control.heard_ns = control.polled_ns = now;
	return 0;
}

/* bmd has given up whatever runs here: start over as after a job. */
static void
leave_job(void)
{
	if (!agent_job())
		return;
	log_warn("the job is over: recycling");
	agent_hand_on();
	recycle_now();
}

/* bmd does not answer any more: a new epoch, and who we are in clear. */
static void
start_over(u64 now)
{
	log_warn("bmd is silent; registering again");
	leave_job();
	msg_close(control.ep);
	control.registered = false;
	control.session.keyed = 0;
	control.heard_ns = now;
	control.log_under_way = 0;
	if (open_endpoint() == 0)
		send_register(now);
}

int
control_poll(void)
{
	u64 now;
	int events;

	if (!control.ep)
		return 0;
	events = msg_poll(control.ep) + finish_pulls();
	now = clock_now_ns();   /* not before what was heard meanwhile */
	/* Silence counts only while we listened. */
	if (now - control.polled_ns > PAUSE_MS * MS_NS)
		control.heard_ns = now;
	control.polled_ns = now;
	if (now - control.heard_ns > SILENCE_MS * MS_NS)
		start_over(now);
	else if (!control.registered && now >= control.register_at_ns &&
	    agent_is_settled(now))
		send_register(now);
	if (control.registered && now >= control.beat_at_ns)
		send_heartbeat(now);
	return events + send_log(now);
}

u64
control_deadline(void)
{
	u64 at = UINT64_MAX;

	if (!control.ep)
		return at;
	at = msg_deadline(control.ep);
	return MIN(at, control.registered ? control.beat_at_ns :
				control.register_at_ns);
}

bool
control_is_drained(void)
{
	return control.ep && msg_is_drained(control.ep);
}

/* A kernel that fails may be in the middle of a message: leave a gap. */
void
control_hand_on(void)
{
	if (control.ep)
		handoff_get()->counter_sent = control.session.sent +
		    COUNTER_GAP;
}

u32
control_node_id(void)
{
	return control.session.node;
}

int
control_send(u32 type, const void *data, u32 len, struct msg_req *req)
{
	struct jobmsg_head head;
	struct job *j = agent_job();
	u8 *sealed = (u8 *)(uintptr_t)data;

	if (!control.ep)
		return ERR_CLOSED;
	if (!req) {
		ASSERT(len <= sizeof(control.scratch));
		memcpy(control.scratch, data, len);
		sealed = control.scratch;
	}
	jobmsg_seal(&control.session, &head, (enum jobmsg_type)type,
	    j ? j->id : 0, sealed, len);
	return msg_send(control.ep, BMD, &head, sizeof(head), sealed, len,
	    req ? MSG_OFFER : 0, req);
}

/* -- arrivals -- */

static void
refuse(const struct jobmsg_head *head, int err)
{
	if (control.refused++ == 0)
		log_warn("control message type %u refused: %s",
		    le16_get(head->type), err_name(err));
}

/* Long data are pulled; a length that no message has is declined. */
static void
accept_offer(const struct jobmsg_head *head, const struct msg_in *in)
{
	struct pull *p = control.pull;
	int err = ERR_AGAIN;

	while (p < control.pull + PULLS_MAX && p->use != PULL_FREE)
		p++;
	if (p < control.pull + PULLS_MAX) {
		err = jobmsg_accept(&control.session, head);
		if (!err && !jobmsg_length_ok(le16_get(head->type), in->len))
			err = ERR_PROTO;
	}
	p = err == ERR_AGAIN ? &control.pull[0] : p;
	if (!err) {
		p->data = page_alloc((u32)(ALIGN_UP(in->len,
		    (u64)PAGE_BYTES) / PAGE_BYTES));
		err = p->data ? 0 : ERR_NOMEM;
	}
	if (err) {
		static struct msg_req declined;

		refuse(head, err);
		msg_pull(control.ep, BMD, in->offer, NULL, 0, &declined);
		return;
	}
	p->use = PULL_WAIT;
	p->head = *head;
	p->len = in->len;
	msg_pull(control.ep, BMD, in->offer, p->data, p->len, &p->req);
}

static int
finish_pulls(void)
{
	int events = 0;

	for (u32 i = 0; i < PULLS_MAX; i++) {
		struct pull *p = &control.pull[i];
		int err;

		if (p->use != PULL_WAIT || !p->req.done)
			continue;
		events++;
		p->use = PULL_FREE;
		err = p->req.err;
		if (!err)
			err = jobmsg_unseal(&control.session, &p->head,
			    p->data, p->len);
		if (err)
			refuse(&p->head, err);
		else
			handle(&p->head, p->data, p->len);
		if (err || le16_get(p->head.type) != JOBMSG_LOAD)
			page_free(p->data, (u32)(ALIGN_UP(p->len,
			    (u64)PAGE_BYTES) / PAGE_BYTES));
	}
	return events;
}

static void
deliver(void *ctx, const struct msg_in *in)
{
	struct jobmsg_head head;
	u64 at = 0;
	int err = 0;

	(void)ctx;
	if (in->head_len != sizeof(head))
		return;
	memcpy(&head, in->head, sizeof(head));
	if (in->offer) {
		accept_offer(&head, in);
		return;
	}
	for (u32 i = 0; i < in->segs; at += in->seg[i++].len)
		memcpy(control.scratch + at, in->seg[i].ptr, in->seg[i].len);
	if (!jobmsg_length_ok(le16_get(head.type), at))
		err = ERR_PROTO;
	if (!err)
		err = jobmsg_open(&control.session, &head, control.scratch,
		    at);
	if (err)
		refuse(&head, err);
	else
		handle(&head, control.scratch, at);
}

static void
handle(const struct jobmsg_head *head, u8 *data, u64 len)
{
	u32 job = le32_get(head->job);

	control.heard_ns = clock_now_ns();
	switch (le16_get(head->type)) {
	case JOBMSG_WELCOME:
		welcome(head, data);
		break;
	case JOBMSG_REFUSED:
		log_warn("bmd: %s", (const char *)data);
		control.registered = false;
		control.session.keyed = 0;
		handoff_get()->keyed = 0;
		leave_job();
		new_nonce();
		control.register_at_ns = clock_now_ns() +
		    REGISTER_AGAIN_MS * MS_NS;
		break;
	case JOBMSG_TIME:
		clock_set_utc(le64_get(((struct jobmsg_time *)data)->utc_ns));
		break;
	case JOBMSG_LOAD:
		job_load(data, len);
		break;
	case JOBMSG_START:
		job_start(job);
		break;
	case JOBMSG_CANCEL:
		job_cancel(job,
		    le32_get(((struct jobmsg_cancel *)data)->reason));
		break;
	case JOBMSG_FILE_REPLY:
		if (agent_job())
			files_reply(agent_job(), data, len);
		break;
	case JOBMSG_NODE_DEAD:
		job_node_dead(le32_get(((struct jobmsg_dead *)data)->node));
		break;
	case JOBMSG_DEBUG:
		gdbstub_message(agent_job(), data, len);
		break;
	case JOBMSG_CONSOLE:
		monitor_line((const char *)data, len);
		break;
	case JOBMSG_RECYCLE:
		log_info("job over, recycling");
		agent_hand_on();
		recycle_now();
	case JOBMSG_RESET:
		recycle_reset();
	default:
		refuse(head, ERR_PROTO);
	}
}

static void
welcome(const struct jobmsg_head *head, const u8 *data)
{
	const struct jobmsg_welcome *w = (const void *)data;
	struct jobmsg_session *s = &control.session;
	struct handoff *h = handoff_get();
	u32 beat_ms = le32_get(w->heartbeat_ms);

	(void)head;
	memcpy(s->key, w->key, sizeof(s->key));
	s->node = le32_get(w->node);
	s->keyed = 1;
	s->sent = s->seen = 0;
	control.registered = true;
	control.beat_ns = (beat_ms ? MIN(beat_ms, 10000u) : HEARTBEAT_MS) *
	    MS_NS;
	control.beat_at_ns = clock_now_ns();
	clock_set_utc(le64_get(w->utc_ns));
	h->node_id = s->node;
	h->keyed = 1;
	memcpy(h->key, w->key, sizeof(h->key));
	h->died[0] = 0;
	print_copy(h->name, sizeof(h->name), w->name);
	log_info("%s ready (node %u)", h->name, s->node);
}

/* -- what we say unasked -- */

static void
fill_nics(struct jobmsg_register *r)
{
	struct netif *list[JOBMSG_NICS_MAX];
	u32 n = agent_netifs(list, JOBMSG_NICS_MAX);

	r->nics = (u8)n;
	for (u32 i = 0; i < n; i++) {
		memcpy(r->nic[i].mac, list[i]->info.mac, 6);
		r->nic[i].link_mbps_div10 =
		    le16_of((u16)(list[i]->info.link_mbps / 10));
		r->nic[i].ip4 = le32_of(list[i]->ip4);
		print_copy(r->nic[i].driver, sizeof(r->nic[i].driver),
		    list[i]->info.driver);
	}
}

static void
send_register(u64 now)
{
	const struct handoff *h = handoff_get();
	struct jobmsg_register r;

	memset(&r, 0, sizeof(r));
	memcpy(r.mac, control.n->info.mac, 6);
	r.warm = h->recycles != 0;
	r.cores = le32_of(smp_count());
	r.numa_nodes = (u8)MAX(smp_topology()->nodes, 1u);
	r.threads = (u8)cpu_threads();
	r.mem_bytes = le64_of(page_total_bytes());
	r.tsc_hz = le64_of(clock_tsc_hz());
	r.recycles = le32_of(h->recycles);
	r.boot_ms = le32_of((u32)((now + clock_recycle_ns()) / MS_NS));
	print_copy(r.cpu, sizeof(r.cpu), cpu_model());
	print_copy(r.build, sizeof(r.build), BUILD_ID);
	print_copy(r.boot_path, sizeof(r.boot_path), handoff_boot_path());
	memcpy(r.nonce, control.nonce, sizeof(r.nonce));
	memcpy(r.died, h->died, sizeof(r.died));
	fill_nics(&r);
	control.register_at_ns = now + REGISTER_AGAIN_MS * MS_NS;
	control_send(JOBMSG_REGISTER, &r, sizeof(r), NULL);
}

static void
send_heartbeat(u64 now)
{
	struct jobmsg_heartbeat b;
	struct netif_stats *st = &control.n->stats;

	memset(&b, 0, sizeof(b));
	b.uptime_ms = le64_of(now / MS_NS);
	b.state = le32_of(job_wire_state());
	b.ranks_running = le32_of(job_ranks_running());
	b.mem_free = le64_of(page_free_bytes());
	b.frames_rx = le64_of(st->rx_frames);
	b.frames_tx = le64_of(st->tx_frames);
	b.frames_dropped = le64_of(st->drop_short + st->drop_type +
	    st->drop_ip + st->drop_port + st->drop_inbox + st->drop_nobuf);
	b.ticks = le32_of((u32)smp_ticks());
	b.mce_corrected = le32_of((u32)handoff_get()->mce_corrected);
	b.mce_fatal = le32_of((u32)handoff_get()->mce_fatal);
	control.beat_at_ns = now + control.beat_ns;
	/* An acknowledgement or a PULL shows as well that bmd is there. */
	if (control.heard != msg_heard(control.ep)) {
		control.heard = msg_heard(control.ep);
		control.heard_ns = now;
	}
	control_send(JOBMSG_HEARTBEAT, &b, sizeof(b), NULL);
	mce_poll();             /* here, and on one core after the other */
	mce_poll_next();
}

/* New lines of the log, one message at a time: what bmd has not acknowledged
 * when a recycle comes is sent by the next life. */
static int
send_log(u64 now)
{
	struct {
		struct jobmsg_log head;
		char text[LOG_BYTES];
	} PACKED m;
	bool again;
	size_t n;

	if (!control.registered || now < control.log_at_ns ||
	    !control_is_drained())
		return 0;
	log_sent(control.log_at, control.log_under_way);
	n = control.log_under_way = log_unsent(m.text, sizeof(m.text),
	    &control.log_at, &again);
	if (!n)
		return 0;
	m.head.at = le64_of(control.log_at);
	m.head.again = le32_of(again);
	control.log_at_ns = now + LOG_GAP_MS * MS_NS;
	if (control_send(JOBMSG_LOG, &m, (u32)(sizeof(m.head) + n), NULL) != 0)
		control.log_under_way = 0;
	return control.log_under_way != 0;
}
