/* agent.c - the NICs, the lease, and a moment for everything else. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"

#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/driver.h"
#include "kernel/fiber.h"
#include "kernel/handoff.h"
#include "kernel/job/control.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/monitor.h"
#include "kernel/page.h"
#include "kernel/pci.h"
#include "kernel/smp.h"
#include "kernel/trap.h"
#include "kernel/watchdog.h"

/*
 * Everything here and in control.c and jobrun.c belongs to `inside`, a try-lock
 * that holds its core's number. It is taken in agent_poll only, and never
 * waited for: the tick may interrupt its very holder.
 */

#define SETTLE_NS (2 * 1000000000ull)   /* after a cold start */
#define NIC_LOOK_NS 1000000ull          /* without an interrupt */

enum { WATCH_NS = 1000 * 1000 * 1000 };

static struct {
	u32 inside;                     /* core + 1; 0 */
	u32 reset_wanted;               /* a rank died holding a queue */
	u32 nics;
	bool probed;                    /* all of them */
	struct netif *netif[LIMIT_NICS];
	struct dhcp dhcp[LIMIT_NICS];
	bool lent[LIMIT_NICS];          /* an application's: rawnic.c */
	struct netif *own;              /* queues of ranks */
	u64 watched_ns;                 /* when they were asked, are they stuck */
	bool watch;                     /* now is the time again */
	struct netif *control;
} agent;

u32
netif_core(void)
{
	return cpu_this()->index;
}

bool
agent_is_inside(void)
{
	return __atomic_load_n(&agent.inside, __ATOMIC_RELAXED) ==
	    cpu_this()->index + 1;
}

bool
agent_holds_nic(void)
{
	for (u32 i = 0; i < agent.nics; i++)
		if (agent.netif[i]->lock == cpu_this()->index + 1)
			return true;
	return false;
}

int
agent_send(u32 type, const void *data, u32 len, struct msg_req *req)
{
	return control_send(type, data, len, req);
}

u32
agent_netifs(struct netif **list, u32 max)
{
	u32 n = MIN(agent.nics, max);

	for (u32 i = 0; i < n; i++)
		list[i] = agent.netif[i];
	return n;
}

struct netif *
agent_netif(u32 i)
{
	return i < agent.nics ? agent.netif[i] : NULL;
}

struct netif *
agent_netif_of(u32 ip4)
{
	for (u32 i = 0; i < agent.nics; i++)
		if (agent.netif[i]->ip4 == ip4)
			return agent.netif[i];
	return agent.control;
}

bool
agent_is_settled(u64 now)
{
	bool settled = true;

	for (u32 i = 0; i < agent.nics; i++) {
		struct netif *n = agent.netif[i];

		n->nic->ops->info(n->nic, &n->info);
		settled &= n->ip4 || !n->info.link_mbps;
	}
	/* After a recycle leases are there at once, or not at all. */
	return agent.probed &&
	    (settled || now > SETTLE_NS || handoff_get()->recycles);
}

int
agent_give_nic(u32 i)
{
	struct netif *n = agent_netif(i);

	if (!n)
		return ERR_NOENT;
	if (n == agent.control || n == job_netif(agent_job()))
		return ERR_BUSY;
	if (!agent.lent[i])
		n->nic->ops->queue_close(n->q);
	agent.lent[i] = true;
	n->ip4 = 0;                     /* nobody is reached by it */
	return 0;
}

/* -- NICs -- */

/* Goes on with the lease of the life before, if there was one. */
static void
resume(struct dhcp *d)
{
	const struct handoff *h = handoff_get();

	for (u32 i = 0; h->recycles && i < LIMIT_NICS; i++)
		if (dhcp_resume(d, &h->lease[i]))
			return;
}

void
agent_hand_on(void)
{
	for (u32 i = 0; i < agent.nics; i++)
		dhcp_save(&agent.dhcp[i], &handoff_get()->lease[i]);
	control_hand_on();
}

static void
on_interrupt(void)
{
	/* That the core is awake is all: wait_until polls. */
}

static void
add_nic(struct nic *nic, const char *driver)
{
	struct netif *n = page_alloc_bytes(sizeof(*n));
	struct dhcp *d = &agent.dhcp[agent.nics];
	const u8 *m;
	int err = n ? netif_open(n, nic) : ERR_NOMEM;

	if (!err)
		err = dhcp_start(d, n, (u32)cpu_entropy());
	if (err) {
		log_warn("%s: %s", driver, err_name(err));
		return;
	}
	resume(d);
	agent.netif[agent.nics++] = n;
	m = n->info.mac;
	if (!handoff_get()->recycles)
		log_info("%s %02x:%02x:%02x:%02x:%02x:%02x", driver, m[0],
		    m[1], m[2], m[3], m[4], m[5]);
}

static void
probe(const struct pci_dev *dev)
{
	struct nic *nic;
	int err;

	for (u32 k = 0; nic_drivers[k]; k++) {
		if (!driver_is_for(nic_drivers[k]->ids, dev) || agent.nics == LIMIT_NICS)
			continue;
		err = nic_drivers[k]->probe(dev, &nic);
		if (err)
			log_warn("%s: %s", nic_drivers[k]->name,
			    err_name(err));
		else
			add_nic(nic, nic_drivers[k]->name);
		return;
	}
}

void
agent_init(void)
{
	const struct pci_dev *dev;

	trap_handler(TRAP_NIC, on_interrupt);
	for (u32 i = 0; (dev = pci_get(i)) != NULL; i++)
		probe(dev);
	agent.probed = true;
	if (!agent.nics)
		log_warn("no network card that this kernel knows");
}

void
agent_reset_nics(void)
{
	for (u32 i = 0; i < agent.nics; i++) {
		if (agent.lent[i])
			continue;
		agent.netif[i]->irq_core = 0;
		if (netif_reset(agent.netif[i]) != 0)
			log_warn("%s does not start again",
			    agent.netif[i]->info.driver);
	}
}

/* A card that holds on to a frame for a second: all its queues start over,
 * since the driver may have had to reset it whole. */
static void
watch(struct netif *stuck)
{
	if (!agent.watch || !netif_is_stuck(stuck))
		return;
	log_warn("%s is stuck and starts over", stuck->info.driver);
	for (u32 i = 0; i < agent.nics; i++)
		if (agent.netif[i]->nic == stuck->nic)
			netif_recover(agent.netif[i]);
	for (struct netif *n = agent.own; n; n = n->next_own)
		if (n->nic == stuck->nic)
			netif_recover(n);
}

static int
poll_nic(u32 i)
{
	struct netif *n = agent.netif[i];
	struct dhcp *d = &agent.dhcp[i];
	int events, err;

	if (agent.lent[i])
		return 0;
	events = netif_poll(n);
	watch(n);
	if (!dhcp_poll(d))
		return events;
	if (!agent.control) {
		agent.control = n;
		if (!handoff_get()->recycles)
			log_info("address %u.%u.%u.%u, head node %u.%u.%u.%u",
			    n->ip4 >> 24, n->ip4 >> 16 & 255,
			    n->ip4 >> 8 & 255, n->ip4 & 255, d->head >> 24,
			    d->head >> 16 & 255, d->head >> 8 & 255,
			    d->head & 255);
		err = control_open(n, d->head);
		if (err)
			log_warn("no conversation with bmd: %s",
			    err_name(err));
	}
	return events + 1;
}

/* -- the moment -- */

static void
mend(void)
{
	if (!__atomic_exchange_n(&agent.reset_wanted, 0, __ATOMIC_ACQ_REL))
		return;
	if (agent_job())
		rank_stop_all(agent_job());
}

static bool
enter(void)
{
	u32 none = 0;

	return !__atomic_load_n(&agent.inside, __ATOMIC_RELAXED) &&
	    __atomic_compare_exchange_n(&agent.inside, &none,
		cpu_this()->index + 1, false, __ATOMIC_ACQUIRE,
		__ATOMIC_RELAXED);
}

static void
leave(void)
{
	__atomic_store_n(&agent.inside, 0, __ATOMIC_RELEASE);
}

int
agent_poll(void)
{
	int events = 0;
	u64 now;

	if (!enter())
		return 0;
	watchdog_feed();
	mend();
	now = clock_now_ns();
	agent.watch = now - agent.watched_ns > WATCH_NS;
	if (agent.watch)
		agent.watched_ns = now;
	for (u32 i = 0; i < agent.nics; i++)
		events += poll_nic(i);
	for (struct netif *n = agent.own; n; n = n->next_own) {
		if (agent.watch || !n->nic->ops->is_idle(n->q))
			events += netif_poll(n);
		watch(n);
	}
	events += control_poll() + job_poll();
	gdbstub_poll(agent_job());
	monitor_poll();
	leave();
	/* The rank on whose time this ran may have been stopped meanwhile. */
	if (cpu_this()->fiber->owner && agent_job()->stopped)
		trap_abandon_self();
	return events;
}

int
agent_lend(int (*fn)(void *arg), void *arg)
{
	int result;

	while (!enter())
		__builtin_ia32_pause();
	result = fn(arg);
	leave();
	return result;
}

u64
agent_deadline(void)
{
	u64 at = control_deadline(), other = job_deadline();

	at = MIN(at, other);
	other = monitor_deadline();
	at = MIN(at, other);
	for (u32 i = 0; i < agent.nics; i++) {
		other = dhcp_deadline(&agent.dhcp[i]);
		/* One without an interrupt has to be looked at. */
		if (!(agent.netif[i]->info.features & NIC_IRQ))
			other = clock_now_ns() + NIC_LOOK_NS;
		at = agent.lent[i] ? at : MIN(at, other);
	}
	return at;
}

/* The interrupt comes to this core from now on. False: frames wait. */
static bool
arm(struct netif *n)
{
	const struct nic_ops *ops = n->nic->ops;
	const struct cpu *c = cpu_this();

	if (!(n->info.features & NIC_IRQ))
		return true;
	if (n->irq_core != c->index + 1) {
		if (ops->irq_route(n->q, TRAP_NIC, c->apic_id) != 0)
			return false;
		n->irq_core = c->index + 1;
	}
	return !ops->irq_arm(n->q, true);
}

void
agent_watch(struct netif *n)
{
	n->next_own = agent.own;
	__atomic_store_n(&agent.own, n, __ATOMIC_RELEASE);
}

/* Somebody inside may be resetting a NIC: then this core stays awake. */
bool
agent_park(void)
{
	bool quiet = true;

	if (!enter())
		return false;
	for (u32 i = 0; i < agent.nics && quiet; i++)
		quiet = agent.lent[i] || arm(agent.netif[i]);
	for (struct netif *n = agent.own; n && quiet; n = n->next_own)
		quiet = arm(n);
	leave();
	return quiet;
}

static void
disarm(struct netif *n)
{
	if (n->info.features & NIC_IRQ)
		n->nic->ops->irq_arm(n->q, false);
}

/* If somebody is inside the interrupt stays armed, and comes for nothing. */
void
agent_unpark(void)
{
	if (!enter())
		return;
	for (u32 i = 0; i < agent.nics; i++)
		if (!agent.lent[i])
			disarm(agent.netif[i]);
	for (struct netif *n = agent.own; n; n = n->next_own)
		disarm(n);
	leave();
}

void
agent_rank_faulted(struct rank *r)
{
	u32 running = RANK_RUNNING;

	/* Not if another of its threads has ended it. */
	__atomic_compare_exchange_n(&r->state, &running, RANK_FAULTED, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	if (agent_holds_nic())
		__atomic_store_n(&agent.reset_wanted, 1, __ATOMIC_RELEASE);
}
