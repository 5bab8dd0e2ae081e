/* link.c - bmd's endpoint: sealed messages to and from the agents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/link.h"

#include "headnode/console.h"
#include "headnode/files.h"
#include "headnode/job.h"
#include "headnode/journal.h"
#include "headnode/output.h"
#include "kernel/lib/err.h"
#include "net/host/port_udp.h"
#include "net/msg.h"
#include "net/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A message's way in:
 *
 *	link_deliver (upcall)
 *	  eager: gathered, opened, link_dispatch at once
 *	  offer: its counter must be new; FILE, FAULT and LOG are pulled at once,
 *	      OUTPUT waits in node->offers, in order, until its job's reader has room
 *	link_pulled (pull done): opened, then link_dispatch; OUTPUT in the order
 *	      of the offers
 *
 * So a heartbeat passes output that waits. An offer's counter is used up when
 * it arrives (jobmsg_accept), its data are opened when they are here.
 */

struct link_peer {
	struct port_addr addr;
	struct node *node;         /* NULL: has not registered */
	bool used;
	u64 since_ms;
};

/* A large message on its way out; freed when the transport is done. */
struct link_tx {
	struct list link;
	struct jobmsg_head head;
	struct msg_req req;
	void *data;
};

/* A large message on its way in. */
struct link_offer {
	struct list link;          /* node->offers, or link->pulls */
	struct node *node;         /* NULL: the node is gone */
	u32 peer;
	struct jobmsg_head head;
	u64 offer, len;
	u8 *data;
	bool pulling, reserved;
	struct msg_req req;
};

struct link {
	struct bmd *bmd;
	struct port_udp *udp;
	struct msg_ep *ep;
	void *arena;
	struct event *readable, *timer;
	struct list tx, pulls;
	struct link_peer peer[LINK_PEERS_MAX];
	u32 drop[LINK_PEERS_MAX], drops;
	u64 refused, strangers, full;
	u64 told[STATS];           /* of the transport's drops, by reason */
	u8 eager[MSG_EAGER_MAX];
};

static void link_pull_output(struct node *n);

/* -- out -------------------------------------------------------------------- */

/* Something was queued: let the loop call msg_poll soon. */
static void
link_kick(struct link *l)
{
	event_active(l->timer, EV_TIMEOUT, 0);
}

void
link_send_owned(struct node *n, enum jobmsg_type type, u32 job, void *data,
    size_t len)
{
	struct link *l = n->bmd->link;
	struct link_tx *t;
	u32 flags;

	if (!n->connected) {
		free(data);
		return;
	}
	t = calloc(1, sizeof *t);
	ASSERT(t);
	t->data = data;
	n->recycling |= type == JOBMSG_RECYCLE;
	/* The agent keeps a LOAD where it was pulled to. */
	flags = type == JOBMSG_LOAD ? MSG_OFFER : 0;
	jobmsg_seal(&n->session, &t->head, type, job, data, len);
	if (msg_send(l->ep, n->peer, &t->head, sizeof t->head, data, len,
	        flags, &t->req) != 0) {
		journal_count(&l->refused, "the transport refused a message");
		free(data);
		free(t);
		return;
	}
	list_put(&l->tx, &t->link);
	link_kick(l);
}

void
link_send(struct node *n, enum jobmsg_type type, u32 job, const void *data,
    size_t len)
{
	void *copy = malloc(len + 1);

	ASSERT(copy);
	if (len)
		memcpy(copy, data, len);
	link_send_owned(n, type, job, copy, len);
}

static void
link_tx_done(struct link *l)
{
	struct list *it, *next;

	LIST_EACH(it, next, &l->tx) {
		struct link_tx *t = CONTAINER_OF(it, struct link_tx, link);

		if (!t->req.done)
			continue;
		list_take(it);
		free(t->data);
		free(t);
	}
}

/* -- in --------------------------------------------------------------------- */

static void
link_refuse(struct link *l, u32 peer, const char *why)
{
	const u8 *ip = (const u8 *)&l->peer[peer].addr.ip4;
	char text[160];

	snprintf(text, sizeof text, "message from %u.%u.%u.%u:%u refused: %s",
	    ip[3], ip[2], ip[1], ip[0], l->peer[peer].addr.udp_port, why);
	journal_count(&l->refused, text);
}

/* A peer that we do not know under this key must register. */
static void
link_tell_stranger(struct link *l, u32 peer)
{
	static const char text[] = "unknown to this bmd: register";
	struct jobmsg_session s = { .side = 1 };
	struct jobmsg_head head;

	jobmsg_seal(&s, &head, JOBMSG_REFUSED, 0, NULL, 0);
	msg_send(l->ep, peer, &head, sizeof head, text, sizeof text - 1, 0,
	    NULL);
}

/* Forgets a peer after this message: not from within the upcall. */
static void
link_drop(struct link *l, u32 peer)
{
	l->peer[peer].node = NULL;
	if (!l->peer[peer].used)
		return;
	l->peer[peer].used = false;
	l->drop[l->drops++] = peer;
}

static void
link_attach(struct link *l, struct node *n, u32 peer)
{
	if (n->connected && n->peer != peer)
		link_drop(l, n->peer);
	n->peer = peer;
	n->connected = true;
	l->peer[peer].node = n;
}

/*
 * REGISTER is the only message of a stranger, and the only one in clear. A
 * sealed one (after a recycle) must open under the node's key, or, if it was
 * repeated before WELCOME reached the node, under the key before.
 */
static int
link_open_register(struct node *n, const struct jobmsg_head *head, u8 *data,
    size_t len)
{
	struct jobmsg_session none = { .side = 1 };

	if (!le32_get(head->sealed))
		return jobmsg_open(&none, head, data, len);
	if (jobmsg_open(&n->session, head, data, len) == 0)
		return 0;
	return n->registered ? jobmsg_open(&n->before, head, data, len)
	                     : ERR_AUTH;
}

static void
link_register(struct link *l, u32 peer, const struct jobmsg_head *head,
    u8 *data, size_t len)
{
	struct node *n = l->peer[peer].node;
	bool sealed = le32_get(head->sealed) != 0;
	struct jobmsg_register r;

	if (sealed && !n) {
		link_tell_stranger(l, peer);
		return;
	}
	if (link_open_register(n, head, data, len) != 0) {
		link_refuse(l, peer, "a REGISTER that does not open");
		if (sealed)
			link_tell_stranger(l, peer);
		return;
	}
	memcpy(&r, data, sizeof r);
	n = node_discover(l->bmd, r.mac);
	if (!n || (sealed && n != l->peer[peer].node)) {
		link_refuse(l, peer, "its MAC is not in bmd.conf");
		return;
	}
	link_attach(l, n, peer);
	node_register(n, &r, sealed, le64_get(head->boot_id),
	    l->peer[peer].addr.ip4, l->peer[peer].addr.udp_port);
}

static void
link_dispatch(struct link *l, struct node *n, const struct jobmsg_head *head,
    u8 *data, size_t len)
{
	u32 type = le16_get(head->type), id = le32_get(head->job);
	struct job *job = n->job && n->job->id == id ? n->job : NULL;
	struct jobmsg_heartbeat beat;

	node_heard(n);
	switch (type) {
	case JOBMSG_HEARTBEAT:
		memcpy(&beat, data, sizeof beat);
		node_heartbeat(n, &beat);
		break;
	case JOBMSG_LOG:
		console_log(n, data, len);
		break;
	case JOBMSG_DONE:
		if (!job)
			link_send(n, JOBMSG_RECYCLE, id, NULL, 0);
		else
			job_done(job, n);
		break;
	case JOBMSG_LOADED:
	case JOBMSG_EXIT:
	case JOBMSG_FAULT:
	case JOBMSG_OUTPUT:
	case JOBMSG_FILE:
	case JOBMSG_DEBUG:
		if (job)
			job_message(job, n, type, data, len);
		break;
	default:
		link_refuse(l, n->peer, "a type that bmd does not take");
	}
}

static void
link_eager(struct link *l, u32 peer, const struct jobmsg_head *head,
    const struct msg_in *in)
{
	struct node *n = l->peer[peer].node;
	size_t at = 0;

	for (u32 i = 0; i < in->segs; i++) {
		if (in->seg[i].len > sizeof l->eager - at) {
			link_refuse(l, peer, "longer than eager may be");
			return;
		}
		memcpy(l->eager + at, in->seg[i].ptr, in->seg[i].len);
		at += in->seg[i].len;
	}
	if (le16_get(head->type) == JOBMSG_REGISTER) {
		if (!jobmsg_length_ok(JOBMSG_REGISTER, at))
			link_refuse(l, peer, "a REGISTER of wrong length");
		else
			link_register(l, peer, head, l->eager, at);
		return;
	}
	if (!n || !n->session.keyed) {
		journal_count(&l->strangers, "message of a stranger");
		link_tell_stranger(l, peer);
		return;
	}
	if (!le32_get(head->sealed) ||
	    jobmsg_open(&n->session, head, l->eager, at) != 0) {
		link_refuse(l, peer, "it does not open");
		return;
	}
	if (le16_get(head->type) == JOBMSG_OUTPUT)
		link_refuse(l, peer, "OUTPUT that was not offered");
	else
		link_dispatch(l, n, head, l->eager, at);
}

/* -- offers ----------------------------------------------------------------- */

/* Asks for an offer's bytes; len 0 declines. */
static void
link_pull(struct link *l, struct link_offer *o, u64 len)
{
	o->data = malloc(len + 1);
	ASSERT(o->data);
	o->pulling = true;
	if (msg_pull(l->ep, o->peer, o->offer, o->data, len, &o->req) != 0) {
		o->req.err = ERR_CLOSED;
		o->req.done = 1;
	}
	link_kick(l);
}

static void
link_offered(struct link *l, u32 peer, const struct jobmsg_head *head,
    const struct msg_in *in)
{
	struct node *n = l->peer[peer].node;
	u32 type = le16_get(head->type);
	struct link_offer *o = calloc(1, sizeof *o);
	bool wanted = n && n->session.keyed &&
	    n->offered < LINK_OFFERS_MAX && le32_get(head->sealed) &&
	    (type == JOBMSG_OUTPUT || type == JOBMSG_FILE ||
	        type == JOBMSG_FAULT || type == JOBMSG_LOG) &&
	    jobmsg_length_ok(type, in->len) &&
	    jobmsg_accept(&n->session, head) == 0;

	ASSERT(o);
	o->node = n;
	o->peer = peer;
	o->head = *head;
	o->offer = in->offer;
	o->len = in->len;
	if (!wanted) {
		link_refuse(l, peer, "an offer that nobody wants");
		o->node = NULL;
		list_put(&l->pulls, &o->link);
		link_pull(l, o, 0);
		return;
	}
	n->offered++;
	if (type == JOBMSG_OUTPUT) {
		list_put(&n->offers, &o->link);
		link_pull_output(n);
	} else {
		list_put(&l->pulls, &o->link);
		link_pull(l, o, o->len);
	}
}

/* As many of the waiting OUTPUT offers as the job's reader has room for. */
static void
link_pull_output(struct node *n)
{
	struct link *l = n->bmd->link;
	struct list *it, *next;
	u32 under_way = 0;

	LIST_EACH(it, next, &n->offers) {
		struct link_offer *o = CONTAINER_OF(it, struct link_offer,
		    link);
		bool gone = !n->job || n->job->discard ||
		    n->job->id != le32_get(o->head.job);

		if (o->pulling) {
			under_way++;
			continue;
		}
		if (under_way == LINK_PULLS_MAX ||
		    (!gone && !output_reserve(n->job, o->len)))
			return;
		o->reserved = !gone;
		link_pull(l, o, gone ? 0 : o->len);
		under_way++;
	}
}

void
link_resume(struct node *n)
{
	link_pull_output(n);
}

/* A pulled message: opened as if it had been read when it arrived. */
static void
link_take(struct link *l, struct link_offer *o)
{
	struct node *n = o->node;

	if (o->reserved && n && n->job &&
	    n->job->id == le32_get(o->head.job))
		output_unreserve(n->job, o->len);
	if (n && !o->req.err && o->req.moved == o->len) {
		if (jobmsg_unseal(&n->session, &o->head, o->data, o->len) == 0)
			link_dispatch(l, n, &o->head, o->data, o->len);
		else
			link_refuse(l, o->peer, "it does not open");
	}
	list_take(&o->link);
	if (o->node)
		o->node->offered--;
	free(o->data);
	free(o);
}

/* All pulls that ended: OUTPUT only from the front of its node's list. */
static void
link_pulled(struct link *l)
{
	struct list *it, *next;

	LIST_EACH(it, next, &l->pulls) {
		struct link_offer *o = CONTAINER_OF(it, struct link_offer,
		    link);

		if (o->req.done)
			link_take(l, o);
	}
	for (u32 i = 0; i < l->bmd->nodes; i++) {
		struct node *n = &l->bmd->node[i];
		bool moved = false;

		while (!list_is_empty(&n->offers)) {
			struct link_offer *o = CONTAINER_OF(n->offers.next,
			    struct link_offer, link);

			if (!o->req.done)
				break;
			link_take(l, o);
			moved = true;
		}
		if (moved)
			link_pull_output(n);
	}
}

/* -- the endpoint ----------------------------------------------------------- */

static void
link_deliver(void *ctx, const struct msg_in *in)
{
	struct link *l = ctx;
	struct jobmsg_head head;

	if (in->peer >= LINK_PEERS_MAX || in->head_len != sizeof head) {
		journal_count(&l->refused, "message with a wrong head");
		return;
	}
	memcpy(&head, in->head, sizeof head);
	if (in->offer)
		link_offered(l, in->peer, &head, in);
	else
		link_eager(l, in->peer, &head, in);
}

/*
 * Somebody new sends: a node that boots, or one that knew the bmd before us;
 * the latter is recognised by its address and proves itself by its key.
 */
static bool
link_accept(void *ctx, u32 peer, const struct port_addr *from)
{
	struct link *l = ctx;
	struct node *n = node_by_ip(l->bmd, from->ip4);

	if (peer >= LINK_PEERS_MAX) {
		journal_count(&l->full, "no room for another peer");
		return false;
	}
	l->peer[peer] = (struct link_peer){ .addr = *from, .used = true,
		.since_ms = bmd_now_ms() };
	if (n && n->session.keyed && n->port == from->udp_port)
		link_attach(l, n, peer);
	return true;
}

static void
link_drop_now(struct link *l)
{
	while (l->drops)
		msg_peer_drop(l->ep, l->drop[--l->drops]);
}

static void
link_arm(struct link *l)
{
	struct port *p = port_udp_port(l->udp);
	u64 due = msg_deadline(l->ep), now = p->now(p);
	u64 us = due <= now ? 0 : (due - now) / 1000 + 1;
	struct timeval t = { (time_t)(us / 1000000),
		(suseconds_t)(us % 1000000) };

	if (due != UINT64_MAX)
		evtimer_add(l->timer, &t);
}

static void
link_poll(evutil_socket_t fd, short what, void *ctx)
{
	struct link *l = ctx;

	(void)fd;
	(void)what;
	for (u32 i = 0; i < LINK_ROUNDS_MAX; i++) {
		int moved = msg_poll(l->ep);

		link_drop_now(l);
		link_tx_done(l);
		link_pulled(l);
		if (moved == 0)
			break;
	}
	link_arm(l);
}

void
link_reset(struct node *n)
{
	struct link *l = n->bmd->link;
	struct list *it, *next;

	LIST_EACH(it, next, &l->pulls) {
		struct link_offer *o = CONTAINER_OF(it, struct link_offer,
		    link);

		if (o->node == n)
			o->node = NULL;
	}
	LIST_EACH(it, next, &n->offers) {
		struct link_offer *o = CONTAINER_OF(it, struct link_offer,
		    link);

		list_take(it);
		if (o->reserved && n->job)
			output_unreserve(n->job, o->len);
		o->node = NULL;
		if (o->pulling)
			list_put(&l->pulls, it);
		else
			free(o);
	}
	n->offered = 0;
}

void
link_forget(struct node *n)
{
	struct link *l = n->bmd->link;

	link_reset(n);
	if (!n->connected)
		return;
	n->connected = false;
	link_drop(l, n->peer);
	link_kick(l);
}

/* Reasons for a drop that only foreign or broken frames give. */
static const enum stat garbage[] = { STAT_DROP_SHORT, STAT_DROP_VERSION,
	STAT_DROP_KEY, STAT_DROP_LENGTH, STAT_DROP_CRC, STAT_DROP_NO_PEER,
	STAT_DROP_MALFORMED };

/* The first such frame is logged, and each time there are ten times more. */
static void
link_tell_garbage(struct link *l)
{
	struct msg_stat st[STATS];

	msg_stats(l->ep, st, STATS);
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		enum stat s = garbage[i];

		if (st[s].value <= l->told[s] * 10)
			continue;
		l->told[s] = st[s].value;
		journal_warn("frames dropped: %s %llu", st[s].name,
		    (unsigned long long)st[s].value);
	}
}

void
link_tick(struct bmd *b)
{
	struct link *l = b->link;
	u64 now = bmd_now_ms();

	for (u32 i = 0; i < LINK_PEERS_MAX; i++)
		if (l->peer[i].used && !l->peer[i].node &&
		    now - l->peer[i].since_ms > LINK_STRANGER_MS)
			link_drop(l, i);
	if (l->drops)
		link_kick(l);
	link_tell_garbage(l);
}

int
link_open(struct bmd *b)
{
	struct link *l = calloc(1, sizeof *l);
	size_t bytes = msg_arena_bytes(LINK_PEERS_MAX, LINK_PEERS_MAX);
	struct msg_config cfg = { .self = { .ip4 = b->cfg.listen_ip4,
		.udp_port = b->cfg.udp_port },
		.epoch = (u32)bmd_utc_ns(), .peers_max = LINK_PEERS_MAX,
		.arena_bytes = bytes, .deliver = link_deliver };

	ASSERT(l);
	l->bmd = b;
	b->link = l;
	list_init(&l->tx);
	list_init(&l->pulls);
	if (port_udp_open(&l->udp, &cfg.self, PORT_UDP_MTU) != 0) {
		journal_warn("UDP port %u cannot be opened: %s",
		    b->cfg.udp_port, strerror(errno));
		return ERR_IO;
	}
	l->arena = calloc(1, bytes);
	ASSERT(l->arena);
	cfg.arena = l->arena;
	cfg.port = port_udp_port(l->udp);
	cfg.ctx = l;
	if (msg_open(&l->ep, &cfg) != 0)
		panic("bmd's endpoint does not open");
	msg_accept(l->ep, link_accept, l);
	l->readable = event_new(b->base, port_udp_fd(l->udp),
	    EV_READ | EV_PERSIST, link_poll, l);
	l->timer = evtimer_new(b->base, link_poll, l);
	event_add(l->readable, NULL);
	link_arm(l);
	return 0;
}

void
link_close(struct bmd *b)
{
	struct link *l = b->link;

	for (u32 i = 0; i < b->nodes; i++)
		link_forget(&b->node[i]);
	if (l->ep) {
		link_drop_now(l);
		msg_close(l->ep);
		link_tx_done(l);
		link_pulled(l);
		event_free(l->readable);
		event_free(l->timer);
	}
	if (l->udp)
		port_udp_close(l->udp);
	free(l->arena);
	free(l);
	b->link = NULL;
}
