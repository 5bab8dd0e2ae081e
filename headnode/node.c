/* node.c - the nodes of the rack: booting, up, busy, lost. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/node.h"

#include "headnode/console.h"
#include "headnode/job.h"
#include "headnode/journal.h"
#include "headnode/link.h"
#include "headnode/power.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
node_set_state(struct node *n, enum node_state state, const char *why)
{
	if (n->state == state)
		return;
	n->state = state;
	store_node_event(n->bmd->store, n->name, proto_node_state(state), why);
	journal_info("%s: %s%s%s", n->name, proto_node_state(state),
	    *why ? ": " : "", why);
	console_note(n, "%s%s%s", proto_node_state(state), *why ? ": " : "",
	    why);
}

static struct node *
node_add(struct bmd *b, const char *name, const u8 mac[6], u32 ip4)
{
	struct node *n;

	if (b->nodes == CONFIG_NODES_MAX)
		return NULL;
	n = &b->node[b->nodes++];
	memset(n, 0, sizeof *n);
	n->bmd = b;
	n->id = b->nodes;
	snprintf(n->name, sizeof n->name, "%s", name);
	memcpy(n->mac, mac, 6);
	n->ip4 = ip4;
	n->uid = NODE_NOBODY;
	list_init(&n->offers);
	return n;
}

/*
 * A node whose key we kept over our own restart: it goes on talking under
 * that key. Our counters continue above all earlier ones.
 */
static void
node_restore(void *ctx, const struct store_node *s)
{
	struct bmd *b = ctx;
	struct node *n = node_by_mac(b, s->mac);

	if (!n && b->cfg.discover)
		n = node_add(b, s->name, s->mac, s->ip4);
	if (!n)
		return;
	n->session = (struct jobmsg_session){ .boot_id = s->boot_id,
		.sent = bmd_utc_ns(), .node = n->id, .side = 1, .keyed = 1 };
	memcpy(n->session.key, s->key, sizeof s->key);
	n->ip4 = s->ip4;
	n->port = s->port;
}

void
node_init(struct bmd *b)
{
	b->node = calloc(CONFIG_NODES_MAX, sizeof *b->node);
	ASSERT(b->node);
	for (u32 i = 0; i < b->cfg.nodes; i++)
		node_add(b, b->cfg.node[i].name, b->cfg.node[i].mac,
		    b->cfg.node[i].ip4);
	store_nodes_each(b->store, node_restore, b);
}

void
node_fini(struct bmd *b)
{
	for (u32 i = 0; i < b->nodes; i++)
		sodium_memzero(&b->node[i], sizeof b->node[i]);
	free(b->node);
	b->node = NULL;
	b->nodes = 0;
}

struct node *
node_by_mac(struct bmd *b, const u8 mac[6])
{
	for (u32 i = 0; i < b->nodes; i++)
		if (memcmp(b->node[i].mac, mac, 6) == 0)
			return &b->node[i];
	return NULL;
}

struct node *
node_by_name(struct bmd *b, const char *name)
{
	for (u32 i = 0; i < b->nodes; i++)
		if (strcmp(b->node[i].name, name) == 0)
			return &b->node[i];
	return NULL;
}

struct node *
node_by_ip(struct bmd *b, u32 ip4)
{
	for (u32 i = 0; i < b->nodes; i++)
		if (ip4 && b->node[i].ip4 == ip4)
			return &b->node[i];
	return NULL;
}

struct node *
node_discover(struct bmd *b, const u8 mac[6])
{
	struct node *n = node_by_mac(b, mac);
	char name[JOBMSG_NAME_MAX];

	if (n || !b->cfg.discover)
		return n;
	for (u32 i = b->nodes + 1;; i++) {
		snprintf(name, sizeof name, "node%u", i);
		if (!node_by_name(b, name))
			break;
	}
	n = node_add(b, name, mac, 0);
	if (n)
		journal_info("%s: discovered, MAC %02x:%02x:%02x:%02x:%02x:"
		    "%02x", n->name, mac[0], mac[1], mac[2], mac[3], mac[4],
		    mac[5]);
	return n;
}

void
node_boot_stage(struct node *n, const char *stage)
{
	if (n->state == NODE_OFF || n->state == NODE_LOST)
		node_set_state(n, NODE_BOOTING, stage);
	else
		journal_info("%s: %s", n->name, stage);
}

/* -- registration ----------------------------------------------------------- */

static void
node_save(struct node *n)
{
	struct store_node s = { .id = n->id, .ip4 = n->ip4, .port = n->port,
		.boot_id = n->session.boot_id };

	memcpy(s.name, n->name, sizeof s.name);
	memcpy(s.mac, n->mac, sizeof s.mac);
	memcpy(s.key, n->session.key, sizeof s.key);
	store_node_save(n->bmd->store, &s);
	sodium_memzero(s.key, sizeof s.key);
}

/*
 * WELCOME goes out under the old key (in clear after a cold boot); the new
 * one holds from then on.
 */
static void
node_welcome(struct node *n, bool sealed, u64 boot_id)
{
	struct jobmsg_session fresh = { .boot_id = boot_id, .node = n->id,
		.side = 1, .keyed = 1 };
	struct jobmsg_welcome w;

	randombytes_buf(fresh.key, sizeof fresh.key);
	memset(&w, 0, sizeof w);
	w.node = le32_of(n->id);
	memcpy(w.name, n->name, sizeof w.name);
	w.utc_ns = le64_of(bmd_utc_ns());
	w.heartbeat_ms = le32_of(n->bmd->cfg.heartbeat_ms);
	memcpy(w.key, fresh.key, sizeof w.key);
	randombytes_buf(w.nonce, sizeof w.nonce);
	if (!sealed)
		n->session = (struct jobmsg_session){ .boot_id = boot_id,
			.node = n->id, .side = 1 };
	link_send(n, JOBMSG_WELCOME, 0, &w, sizeof w);
	n->before = n->session;
	n->session = fresh;
	sodium_memzero(&w, sizeof w);
	sodium_memzero(&fresh, sizeof fresh);
}

/* Text from a node: printable, ended. */
static void
node_clean_text(char *text, size_t size)
{
	text[size - 1] = 0;
	for (size_t i = 0; text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
}

static void
node_facts(struct node *n, const struct jobmsg_register *r)
{
	struct jobmsg_register *f = &n->facts;

	*f = *r;
	node_clean_text(f->cpu, sizeof f->cpu);
	node_clean_text(f->build, sizeof f->build);
	node_clean_text(f->boot_path, sizeof f->boot_path);
	node_clean_text(f->died, sizeof f->died);
	f->nics = MIN(f->nics, JOBMSG_NICS_MAX);
	for (u32 i = 0; i < f->nics; i++)
		node_clean_text(f->nic[i].driver, sizeof f->nic[i].driver);
}

void
node_register(struct node *n, const struct jobmsg_register *r, bool sealed,
    u64 boot_id, u32 ip4, u16 port)
{
	char text[STORE_TEXT_MAX];

	if (n->registered && n->session.boot_id == boot_id &&
	    memcmp(r->nonce, n->facts.nonce, sizeof r->nonce) == 0)
		return;
	link_reset(n);
	/* What ran there before this bmd came, nobody knows. */
	if (!r->warm)
		n->uid = NODE_NOBODY;
	else if (!n->registered)
		n->uid = NODE_SOMEBODY;
	node_facts(n, r);
	if (n->facts.died[0])
		snprintf(text, sizeof text, "its kernel failed: %s",
		    n->facts.died);
	else
		snprintf(text, sizeof text, "the node started anew");
	if (n->job)
		job_node_lost(n->job, n, text);
	node_release(n);
	n->ip4 = ip4;
	n->port = port;
	n->registered = true;
	power_back(n);
	node_welcome(n, sealed, boot_id);
	n->recycling = false;
	if (!r->warm)
		n->log_at = 0;
	console_resume(n);
	node_heard(n);
	node_save(n);
	snprintf(text, sizeof text, "%u cores, %llu MiB, %s, build %s, %s, "
	    "%u ms%s%s%s", le32_get(r->cores),
	    (unsigned long long)le64_get(r->mem_bytes) >> 20, n->facts.cpu,
	    n->facts.build, n->facts.boot_path, le32_get(r->boot_ms),
	    r->warm ? ", recycled" : "",
	    n->facts.died[0] ? " after its kernel failed: " : "",
	    n->facts.died);
	/* A state that stays UP is an event all the same: a new boot. */
	if (n->state == NODE_UP)
		n->state = NODE_BOOTING;
	node_set_state(n, NODE_UP, text);
	queue_run(n->bmd);
}

u32
node_data_ip4(const struct node *n)
{
	const struct jobmsg_register *f = &n->facts;
	u32 best = n->ip4, speed = 0;

	for (u32 i = 0; i < f->nics; i++)
		if (le32_get(f->nic[i].ip4) == n->ip4)
			speed = le16_get(f->nic[i].link_mbps_div10);
	for (u32 i = 0; i < f->nics; i++) {
		if (!le32_get(f->nic[i].ip4) ||
		    le32_get(f->nic[i].ip4) == n->ip4 ||
		    le16_get(f->nic[i].link_mbps_div10) < speed)
			continue;
		speed = le16_get(f->nic[i].link_mbps_div10);
		best = le32_get(f->nic[i].ip4);
	}
	return best;
}

void
node_heard(struct node *n)
{
	n->heard_ms = bmd_now_ms() - n->bmd->late_ms;
}

/*
 * A restarted bmd knows a node's key but not its facts: an idle node is asked
 * to start over and register, one that still runs a job of the bmd before is
 * told to end it first. Repeated with each heartbeat until it registers.
 */
static void
node_adopt(struct node *n, u32 state)
{
	struct jobmsg_cancel c = { le32_of(JOBMSG_BY_USER) };

	if (state == JOBMSG_IDLE) {
		link_send(n, JOBMSG_RECYCLE, 0, NULL, 0);
		node_set_state(n, NODE_BUSY, "recycles for a restarted bmd");
		return;
	}
	node_set_state(n, NODE_BUSY, "ends a job of the bmd before");
	link_send(n, JOBMSG_CANCEL, 0, &c, sizeof c);
}

void
node_heartbeat(struct node *n, const struct jobmsg_heartbeat *h)
{
	struct jobmsg_time t = { le64_of(bmd_utc_ns()) };
	u64 now = bmd_now_ms();

	n->beat = *h;
	if (!n->registered)
		node_adopt(n, le32_get(h->state));
	/* Not each time: it is a rank's time in which the node takes it. */
	if (n->told_ms && now - n->told_ms < NODE_TIME_MS)
		return;
	n->told_ms = now;
	link_send(n, JOBMSG_TIME, 0, &t, sizeof t);
}

/* -- life ------------------------------------------------------------------- */

void
node_lose(struct node *n, const char *why)
{
	struct job *job = n->job;

	node_set_state(n, NODE_LOST, why);
	snprintf(n->reason, sizeof n->reason, "%s", why);
	link_forget(n);
	node_release(n);
	n->state = NODE_LOST;
	power_lost(n);
	if (job)
		job_node_lost(job, n, why);
}

/*
 * How long a node has been silent while bmd ran. A message that was read
 * after a pause of bmd but before the tick noticed it lies in the future.
 */
static u64
node_silent_ms(const struct node *n)
{
	u64 now = bmd_now_ms() - n->bmd->late_ms;

	return now > n->heard_ms ? now - n->heard_ms : 0;
}

void
node_tick(struct bmd *b)
{
	char why[PROTO_NAME_MAX];

	for (u32 i = 0; i < b->nodes; i++) {
		struct node *n = &b->node[i];
		u64 ms = node_silent_ms(n);

		if ((n->state != NODE_UP && n->state != NODE_BUSY) ||
		    ms <= b->cfg.lost_ms)
			continue;
		snprintf(why, sizeof why, "no heartbeat for %llu.%llu s",
		    (unsigned long long)ms / 1000,
		    (unsigned long long)ms / 100 % 10);
		node_lose(n, why);
	}
}

void
node_allocate(struct node *n, struct job *job, u32 cores)
{
	char why[32];

	ASSERT(!n->job && n->state == NODE_UP);
	n->job = job;
	n->cores_used = cores;
	n->uid = job->uid;
	snprintf(why, sizeof why, "job %u", job->id);
	node_set_state(n, NODE_BUSY, why);
}

bool
node_is_anothers(const struct node *n, u32 uid)
{
	return n->bmd->cfg.trust_reset && n->uid != NODE_NOBODY &&
	    n->uid != uid;
}

void
node_reset(struct node *n)
{
	link_send(n, JOBMSG_RESET, 0, NULL, 0);
	node_set_state(n, NODE_BOOTING, "starts anew for another user");
}

void
node_release(struct node *n)
{
	n->job = NULL;
	n->cores_used = 0;
}

bool
node_is_free(const struct node *n)
{
	return n->state == NODE_UP && !n->job && !n->drained;
}

u32
node_cores(const struct node *n)
{
	return n->registered && n->state != NODE_LOST ? le32_get(n->facts.cores)
	                                              : 0;
}

void
node_drain(struct node *n, bool drain, const char *reason)
{
	n->drained = drain;
	snprintf(n->reason, sizeof n->reason, "%s", drain ? reason : "");
	store_node_event(n->bmd->store, n->name, drain ? "drain" : "resume",
	    reason);
	if (!drain)
		queue_run(n->bmd);
}

void
node_describe(const struct node *n, struct proto_node *out)
{
	const struct jobmsg_register *f = &n->facts;

	memset(out, 0, sizeof *out);
	out->id = n->id;
	out->state = n->state;
	out->job = n->job ? n->job->id : 0;
	out->drained = n->drained;
	out->cores = le32_get(f->cores);
	out->cores_used = n->cores_used;
	out->mem_bytes = le64_get(f->mem_bytes);
	out->ip4 = n->ip4;
	out->boot_ms = le32_get(f->boot_ms);
	out->recycles = le32_get(f->recycles);
	out->nics = f->nics;
	out->numa_nodes = f->numa_nodes;
	out->threads = f->threads;
	out->silent_ms = n->heard_ms ? node_silent_ms(n) : 0;
	out->frames_dropped = le64_get(n->beat.frames_dropped);
	out->rx_bulk = n->rx_bulk;
	out->rx_copied = n->rx_copied;
	out->rx_touched = n->rx_touched;
	out->tx_copied = n->tx_copied;
	out->mce_corrected = le32_get(n->beat.mce_corrected);
	out->mce_fatal = le32_get(n->beat.mce_fatal);
	out->retransmits = le32_get(n->beat.retransmits);
	memcpy(out->mac, n->mac, 6);
	memcpy(out->name, n->name, sizeof out->name);
	memcpy(out->cpu, f->cpu, sizeof out->cpu);
	memcpy(out->build, f->build, sizeof out->build);
	memcpy(out->boot_path, f->boot_path, sizeof out->boot_path);
	memcpy(out->reason, n->reason, sizeof out->reason);
	memcpy(out->nic, f->nic, sizeof out->nic);
}
