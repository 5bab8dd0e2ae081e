/* jobrun.c - one job from LOAD to DONE. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/clock.h"
#include "kernel/job/agent.h"
#include "kernel/job/control.h"
#include "kernel/job/job.h"
#include "kernel/job/rawnic.h"
#include "kernel/lib/err.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/scrub.h"
#include "kernel/smp.h"
#include "net/stats.h"

/*
 * The states are drawn in job.h. Whatever happens, the job ends here with
 * DONE: by exits, by a fault (bmd then cancels the rest), by CANCEL, or by a
 * LOAD that is refused. Output and exits are reported before DONE, and DONE
 * waits until the ranks' peers have acknowledged everything, so that nothing
 * that a rank has sent is lost with it.
 */

enum { DRAIN_MS = 30000 };  /* a peer that does not acknowledge is given up */

static struct job job;
static u64 ending_since_ns;

struct job *
agent_job(void)
{
	return job.state == JOB_NONE ? NULL : &job;
}

u32
job_wire_state(void)
{
	switch (job.state) {
	case JOB_NONE:
		return JOBMSG_IDLE;
	case JOB_LOADING:
	case JOB_LOADED:
		return JOBMSG_LOADING;
	case JOB_RUNNING:
		return JOBMSG_RUNNING;
	default:
		return JOBMSG_ENDING;
	}
}

u32
job_ranks_running(void)
{
	u32 n = 0;

	for (u32 i = 0; i < job.locals; i++)
		n += job.rank[i]->state == RANK_RUNNING;
	return n;
}

static void
report_loaded(int err, const char *why)
{
	struct jobmsg_result r;

	memset(&r, 0, sizeof(r));
	r.err = le32_of((u32)-err);
	if (why)
		print_copy(r.text, sizeof(r.text), why);
	agent_send(JOBMSG_LOADED, &r, sizeof(r), NULL);
}

static void
enter_done(void)
{
	job.state = JOB_DONE;
	agent_send(JOBMSG_DONE, NULL, 0, NULL);
}

struct netif *
job_netif(const struct job *j)
{
	return agent_netif_of(le32_get(j->load.node[j->load.self].ip4));
}

/* Which ranks are ours, and where every rank is. */
static int
create_ranks(void)
{
	u32 locals = 0, next = 0;
	int err;

	job.node_of = page_alloc_bytes(job.load.ranks * sizeof(u32));
	if (!job.node_of)
		return ERR_NOMEM;
	for (u32 r = 0; r < job.load.ranks; r++) {
		job.node_of[r] = le32_get(job.load.rank[r].node_index);
		locals += job.node_of[r] == job.load.self;
	}
	if (locals == 0)
		return ERR_INVAL;
	job.rank = page_alloc_bytes(locals * sizeof(*job.rank));
	if (!job.rank)
		return ERR_NOMEM;
	job.locals = locals;
	for (u32 r = 0; r < job.load.ranks; r++) {
		if (job.node_of[r] != job.load.self)
			continue;
		err = rank_create(&job, next++, r, job_netif(&job));
		if (err)
			return err;
	}
	return locals > 1 ? rank_share(&job) : 0;
}

static void load(void);

void
job_load(u8 *data, u64 len)
{
	int err;

	if (job.state != JOB_NONE) {
		report_loaded(ERR_BUSY, "the node has a job already");
		return;
	}
	memset(&job, 0, sizeof(job));
	job.payload = data;
	job.payload_bytes = len;
	err = jobmsg_load_parse(&job.load, data, len);
	if (err) {
		report_loaded(err, "the load message is malformed");
		return;
	}
	job.id = le32_get(job.load.load->job);
	job.key = le32_get(job.load.load->key);
	job.state = JOB_LOADING;
	page_scrub();
	load();
}

/* When all memory is there: scrub.c. */
static void
load(void)
{
	const char *why = NULL;
	int err;

	if (!scrub_is_done())
		return;
	err = elf_parse(&job.image, job.load.image, job.load.image_bytes,
	    &why);
	if (!err)
		err = create_ranks();
	if (!err)
		err = loader_load(&job, &why);
	if (err) {
		report_loaded(err, why ? why : err_name(err));
		job.locals = 0;
		enter_done();
		return;
	}
	job.state = JOB_LOADED;
	report_loaded(0, NULL);
}

void
job_start(u32 id)
{
	if (job.state != JOB_LOADED || job.id != id)
		return;
	job.state = JOB_RUNNING;
	for (u32 i = 0; i < job.locals; i++)
		rank_start(job.rank[i]);
}

/* id 0: whatever runs. Also without a job DONE is the answer. */
void
job_cancel(u32 id, u32 reason)
{
	(void)reason;
	if (job.state == JOB_NONE) {
		if (id)
			agent_send(JOBMSG_DONE, NULL, 0, NULL);
		return;
	}
	if ((id && job.id != id) || job.cancelled)
		return;
	job.cancelled = true;
	rank_stop_all(&job);
}

void
job_node_dead(u32 node)
{
	for (u32 i = 0; i < job.locals; i++)
		if (job.rank[i]->ep)
			msg_node_dead(job.rank[i]->ep, node);
}

/* -- the job's moment -- */

static void
fill_moved(struct jobmsg_moved *m, const struct msg_ep *ep)
{
	m->rx_bulk = le64_of(stats_get(ep, STAT_RX_BYTES_BULK));
	m->rx_copied = le64_of(stats_get(ep, STAT_RX_COPIED_BYTES));
	m->rx_touched = le64_of(stats_get(ep, STAT_RX_TOUCHED_BYTES));
	m->tx_copied = le64_of(stats_get(ep, STAT_TX_COPIED_BYTES));
}

static void
report_end(struct rank *r)
{
	struct jobmsg_exit e;

	rawnic_release(r);
	if (r->state == RANK_FAULTED) {
		if (!crash_poll(r, &job.image))
			return;
	} else if (r->state == RANK_EXITED) {
		memset(&e, 0, sizeof(e));
		e.rank = le32_of(r->rank);
		e.code = le32_of((u32)r->code & 255);
		e.abort = le32_of(r->aborted);
		fill_moved(&e.moved, r->ep);
		agent_send(JOBMSG_EXIT, &e, sizeof(e), NULL);
	}
	r->state = RANK_REPORTED;
}

static int
poll_rank(struct rank *r)
{
	u32 state = __atomic_load_n(&r->state, __ATOMIC_ACQUIRE);
	bool ended = state >= RANK_EXITED;
	int events = output_poll(r, ended) + files_poll(r);

	/* Ranks that were stopped left their endpoints in any state. */
	if (!job.cancelled)
		events += msg_progress(r->ep);
	if (ended && state != RANK_REPORTED && output_is_empty(r)) {
		report_end(r);
		events++;
	}
	return events;
}

static bool
all_reported(void)
{
	for (u32 i = 0; i < job.locals; i++)
		if (job.rank[i]->state != RANK_REPORTED)
			return false;
	return true;
}

static bool
all_drained(void)
{
	for (u32 i = 0; i < job.locals; i++)
		if (!msg_is_drained(job.rank[i]->ep))
			return false;
	return true;
}

/* Others still want our acknowledgements, until RECYCLE says that none does. */
static int
acknowledge(void)
{
	int events = 0;

	for (u32 i = 0; i < job.locals && !job.cancelled; i++)
		events += msg_progress(job.rank[i]->ep);
	return events;
}

int
job_poll(void)
{
	int events = 0;

	if (job.state == JOB_DONE)
		return acknowledge();
	if (job.state == JOB_LOADING && !job.cancelled)
		load();
	if (job.state < JOB_RUNNING && !(job.state && job.cancelled))
		return 0;
	for (u32 i = 0; i < job.locals; i++)
		events += poll_rank(job.rank[i]);
	if (job.state != JOB_ENDING) {
		if (!all_reported())
			return events;
		job.state = JOB_ENDING;
		ending_since_ns = clock_now_ns();
	}
	if (job.cancelled || all_drained() ||
	    clock_now_ns() - ending_since_ns > DRAIN_MS * 1000000ull) {
		enter_done();
		events++;
	}
	return events;
}

u64
job_deadline(void)
{
	u64 at = UINT64_MAX, rank;

	if (job.state < JOB_RUNNING)
		return at;
	for (u32 i = 0; i < job.locals && !job.cancelled; i++) {
		rank = msg_deadline(job.rank[i]->ep);
		at = MIN(at, rank);
	}
	return at;
}
