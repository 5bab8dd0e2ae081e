/* core.c - the device as a whole: accesses, time, reset, link, faults. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An access goes to the file that owns the register, else to table.c's list
 * of plain ones. Whatever takes time is an event: (kind, arg) is due once at
 * most, and asking again moves it.
 */

enum {
	RESET_QUIET_NS = 1000000,      /* §8.2.3.1.1: before other registers */
	TEXT_MAX = 200,
};

void
n82_misuse(struct nic82599 *n, const char *section, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	n->count.misuses++;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (n->cfg.strict)
		n->cfg.host.misuse(n->cfg.host.ctx, section, text);
}

bool
n82_fails(struct nic82599 *n, enum nic82599_fault f)
{
	if (!n->fault[f])
		return false;
	if (n->fault[f] != NIC82599_ALWAYS)
		n->fault[f]--;
	return true;
}

/* -- memory: only with bus mastering, §5.2.5.3.2 -------------------------- */

bool
n82_dma_is_on(const struct nic82599 *n)
{
	return !n->no_master && !n->fault[NIC82599_GONE] &&
	    (R(n, R_STATUS) & B_STATUS_GIO);
}

bool
n82_dma_read(struct nic82599 *n, u64 addr, void *to, u64 len)
{
	if (!n82_dma_is_on(n))
		return false;
	if (n->cfg.host.dma_read(n->cfg.host.ctx, addr, to, len))
		return true;
	n->count.dma_refused++;
	n82_misuse(n, "7.2.3", "reads %llu bytes at %#llx: not mapped",
	    (unsigned long long)len, (unsigned long long)addr);
	return false;
}

bool
n82_dma_write(struct nic82599 *n, u64 addr, const void *from, u64 len)
{
	if (!n82_dma_is_on(n))
		return false;
	if (n->cfg.host.dma_write(n->cfg.host.ctx, addr, from, len))
		return true;
	n->count.dma_refused++;
	n82_misuse(n, "7.1.5", "writes %llu bytes at %#llx: not mapped",
	    (unsigned long long)len, (unsigned long long)addr);
	return false;
}

/* -- link and reset ------------------------------------------------------- */

static void
link_event(struct nic82599 *n)
{
	u32 dark = B_ESDP_SDP3 | B_ESDP_SDP3_OUT;
	bool was = R(n, R_LINKS) & B_LINKS_UP;
	bool up = !n->fault[NIC82599_LINK_DOWN] && (n82_phy_is_copper(n) ||
	    (R(n, R_ESDP) & dark) != dark);

	R(n, R_LINKS) = up ? B_LINKS_UP | B_LINKS_10G | B_LINKS_SIGNAL : 0;
	if (up)
		R(n, R_STATUS) |= B_STATUS_LINK;
	else
		R(n, R_STATUS) &= ~(u32)B_STATUS_LINK;
	if (up != was)
		n82_irq_other(n, B_EICR_LSC);
}

static void
link_lose(struct nic82599 *n)
{
	R(n, R_LINKS) = 0;
	R(n, R_STATUS) &= ~(u32)B_STATUS_LINK;
	n82_later(n, EV_LINK, 0, n->cfg.delay_ns);
}

/* §4.6.3.2: what LRST leaves alone is the link. */
static void
reset(struct nic82599 *n, u32 how)
{
	u32 status = R(n, R_STATUS) & B_STATUS_LINK;

	n->events = 0;
	n82_rx_flush(n);
	n82_table_reset(n);
	n82_ring_reset(n);
	n82_irq_reset(n);
	n82_sfp_reset(n);
	R(n, R_STATUS) = status | B_STATUS_GIO;
	R(n, R_CTRL) = how;
	n->count.resets++;
	n->resetting = how != 0;
	n->ard_seen = n->dma_seen = n->master_seen = n->reset_seen = false;
	n->reset_ns = n->now;
	n82_later(n, EV_RESET, 0, n->cfg.delay_ns);
	n82_later(n, EV_EEPROM, 0, n->cfg.delay_ns);
	n82_later(n, EV_DMA, 0, n->cfg.delay_ns);
	if (how & B_CTRL_LRST)
		link_lose(n);
	else
		n82_later(n, EV_LINK, 0, n->cfg.delay_ns);
}

static void
write_ctrl(struct nic82599 *n, u32 v)
{
	u32 how = v & (B_CTRL_RST | B_CTRL_LRST);

	if (how) {
		for (u32 q = 0; q < NIC82599_QUEUES; q++)
			if ((n->rx[q].was_on || n->tx[q].was_on) &&
			    !n->master_seen)
				return n82_misuse(n, "5.2.5.3.2", "reset "
				    "before STATUS.GIO was seen clear");
		reset(n, how);
		return;
	}
	R(n, R_CTRL) = v;
	if (v & B_CTRL_GIO_DIS)
		n82_later(n, EV_MASTER, 0, n->cfg.delay_ns);
	else
		R(n, R_STATUS) |= B_STATUS_GIO;
}

/* -- time ----------------------------------------------------------------- */

static void
happen(struct nic82599 *n, enum n82_event_kind kind, u32 arg)
{
	switch (kind) {
	case EV_RESET:
		if (n82_fails(n, NIC82599_STUCK_RESET)) {
			n->reset_ns = 0;       /* not the driver's doing */
			break;
		}
		R(n, R_CTRL) &= ~(u32)(B_CTRL_RST | B_CTRL_LRST);
		n->resetting = false;
		break;
	case EV_EEPROM:
		n82_eeprom_load(n);
		break;
	case EV_DMA:
		R(n, R_RDRXCTL) |= B_RDRXCTL_DMAIDONE;
		break;
	case EV_LINK:
		link_event(n);
		break;
	case EV_MASTER:
		if (!(R(n, R_CTRL) & B_CTRL_GIO_DIS))
			break;
		/* Stuck, the driver may reset all the same: §5.2.5.3.2. */
		if (n82_fails(n, NIC82599_STUCK_MASTER))
			n->master_seen = true;
		else
			R(n, R_STATUS) &= ~(u32)B_STATUS_GIO;
		break;
	case EV_EERD:
		n82_eeprom_event(n);
		break;
	case EV_MDIO:
		n82_phy_event(n);
		break;
	case EV_FDIR:
		n82_flow_event(n);
		break;
	case EV_TX_RUN:
		n82_tx_run(n, arg);
		break;
	case EV_RX_RUN:
		n82_rx_drain(n);
		break;
	default:
		n82_ring_event(n, kind, arg);
	}
}

void
n82_later(struct nic82599 *n, enum n82_event_kind kind, u32 arg, u64 max_ns)
{
	struct n82_event *e = n->event, *end = e + n->events;

	while (e < end && (e->kind != kind || e->arg != arg))
		e++;
	if (!max_ns) {
		if (e < end)
			*e = n->event[--n->events];
		happen(n, kind, arg);
		return;
	}
	ASSERT(e < n->event + N82_EVENTS_MAX);
	*e = (struct n82_event){ n->now + 1 + prng_below(&n->rng, max_ns),
		(u16)kind, (u16)arg };
	if (e == end)
		n->events++;
}

static const struct n82_event *
earliest(const struct nic82599 *n)
{
	const struct n82_event *first = NULL;

	for (u32 i = 0; i < n->events; i++)
		if (!first || n->event[i].due < first->due)
			first = &n->event[i];
	return first;
}

u64
nic82599_due(const struct nic82599 *n)
{
	const struct n82_event *e = earliest(n);

	return e ? e->due : UINT64_MAX;
}

void
nic82599_tick(struct nic82599 *n, u64 now_ns)
{
	const struct n82_event *e;

	while ((e = earliest(n)) && e->due <= now_ns) {
		struct n82_event due = *e;

		n->event[e - n->event] = n->event[--n->events];
		n->now = MAX(n->now, due.due);
		happen(n, due.kind, due.arg);
	}
	n->now = MAX(n->now, now_ns);
}

/* -- accesses ------------------------------------------------------------- */

/* Registers that stand at two places, §8.2.2: those of the 82598. */
static u32
alias(u32 at)
{
	if (at == R_CTRL_ALIAS)
		return R_CTRL;
	if (at >= 0x2100 && at < 0x2140)
		return R_RX + RING_SRRCTL + 0x40 * ((at - 0x2100) / 4);
	if (at >= 0x2200 && at < 0x2240)
		return R_RX + RING_DCA + 0x40 * ((at - 0x2200) / 4);
	if (at >= 0x5400 && at < 0x5480)
		return R_RAL + at - 0x5400;
	if (at >= 0x5480 && at < 0x54c0)
		return R_PSRTYPE + at - 0x5480;
	return at;
}

/* False: the access has no effect. */
static bool
is_proper(struct nic82599 *n, u32 at, char op)
{
	if (at >= NIC82599_BAR_BYTES || at % 4) {
		n82_misuse(n, "8.1", "%c at %#x", op, at);
		return false;
	}
	at = alias(at);
	if (at != R_CTRL && at != R_STATUS && n->reset_ns &&
	    (n->resetting || !n->reset_seen ||
	    n->now - n->reset_ns < RESET_QUIET_NS)) {
		n82_misuse(n, "8.2.3.1.1", "%c of %#x %s", op, at,
		    n->resetting ? "in a reset" : n->reset_seen ?
		    "less than 1 ms after a reset" :
		    "before the reset was seen to end");
		if (n->cfg.strict)
			return false;
	}
	if (!n82_table_find(at)) {
		n82_misuse(n, "8.2.3", "%c of %#x, which is no register",
		    op, at);
		return !n->cfg.strict;
	}
	return true;
}

static void
read_effects(struct nic82599 *n, u32 at, u32 v)
{
	const struct n82_known *k = n82_table_find(at);

	if (at == R_CTRL && !(v & (B_CTRL_RST | B_CTRL_LRST)))
		n->reset_seen = true;
	else if (at == R_STATUS && !(v & B_STATUS_GIO))
		n->master_seen = true;
	else if (at == R_RDRXCTL && (v & B_RDRXCTL_DMAIDONE))
		n->dma_seen = true;
	else if (at == R_EEC && (v & B_EEC_ARD))
		n->ard_seen = true;
	n82_ring_read(n, at);
	if (k && (k->flags & N82_CLEARS))
		R(n, at) = 0;
}

u32
nic82599_read(struct nic82599 *n, u32 at)
{
	u32 v = ~0u, plain = alias(at);

	n->count.reads++;
	if (n->fault[NIC82599_GONE] || !is_proper(n, at, 'R'))
		return v;
	if (plain == R_I2CCTL)
		v = n82_sfp_read(n);
	else if (!n82_irq_read(n, plain, &v) && !n82_eeprom_read(n, plain, &v))
		v = R(n, plain);
	if (plain == R_ESDP && !n82_phy_is_copper(n))
		v |= B_ESDP_SDP2;
	read_effects(n, plain, v);
	if (n->cfg.host.trace)
		n->cfg.host.trace(n->cfg.host.ctx, 'R', at, v);
	return v;
}

static void
write_plain(struct nic82599 *n, u32 at, u32 v)
{
	const struct n82_known *k = n82_table_find(at);
	u32 may = k ? k->write : ~0u;

	if (!may)
		return n82_misuse(n, k->section, "W of %#x, which is read-only",
		    at);
	if (at == R_DTXMXSZRQ && !(R(n, R_RTTDCS) & B_RTTDCS_ARBDIS))
		return n82_misuse(n, "4.6.11.3", "DTXMXSZRQ changes while the "
		    "arbiter runs");
	R(n, at) = (R(n, at) & ~may) | (v & may);
	if (at == R_AUTOC && (v & B_AUTOC_RESTART)) {
		R(n, at) &= ~(u32)B_AUTOC_RESTART;
		R(n, R_ANLP1) = 0x50000;   /* a partner was heard */
		link_lose(n);
	} else if (at == R_ESDP) {
		n82_later(n, EV_LINK, 0, n->cfg.delay_ns);
	} else if (at == R_RXCTRL || at == R_SECRXCTRL) {
		n82_rx_drain(n);
	}
}

void
nic82599_write(struct nic82599 *n, u32 at, u32 v)
{
	u32 plain = alias(at);

	n->count.writes++;
	if (n->fault[NIC82599_GONE] || !is_proper(n, at, 'W'))
		return;
	if (plain == R_CTRL)
		write_ctrl(n, v);
	else if (plain == R_I2CCTL)
		n82_sfp_write(n, v);
	else if (plain == R_MSCA)
		n82_phy_write(n, v);
	else if (!n82_irq_write(n, plain, v) &&
	    !n82_eeprom_write(n, plain, v) && !n82_flow_write(n, plain, v) &&
	    !n82_ring_write(n, plain, v))
		write_plain(n, plain, v);
	if (n->cfg.host.trace)
		n->cfg.host.trace(n->cfg.host.ctx, 'W', at, v);
}

u32
nic82599_peek(const struct nic82599 *n, u32 at)
{
	return R(n, alias(at));
}

const char *
nic82599_section(const struct nic82599 *n, u32 at)
{
	const struct n82_known *k = n82_table_find(alias(at));

	(void)n;
	return k ? k->section : NULL;
}

const struct nic82599_count *
nic82599_counts(const struct nic82599 *n)
{
	return &n->count;
}

/* -- life ----------------------------------------------------------------- */

void
nic82599_fault(struct nic82599 *n, enum nic82599_fault f, u32 times)
{
	n->fault[f] = times;
	if (f == NIC82599_LINK_DOWN)
		link_event(n);
}

void
nic82599_bus_master(struct nic82599 *n, bool on)
{
	bool begins = on && n->no_master;

	n->no_master = !on;
	for (u32 q = 0; begins && q < NIC82599_QUEUES; q++)
		n82_tx_run(n, q);
	if (begins)
		n82_rx_drain(n);
}

void
nic82599_strict(struct nic82599 *n, bool on)
{
	n->cfg.strict = on;
}

bool
nic82599_has_room(const struct nic82599 *n)
{
	return n->fifo_used < N82_FIFO_BYTES / 2;
}

void
nic82599_pci_reset(struct nic82599 *n)
{
	reset(n, 0);
	link_lose(n);
	n->count.resets--;
	n->reset_ns = 0;
}

struct nic82599 *
nic82599_create(const struct nic82599_config *cfg)
{
	struct nic82599 *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->cfg = *cfg;
	n->last = &n->first;
	if (!n->cfg.device)
		n->cfg.device = 0x10fb;
	prng_seed(&n->rng, cfg->seed);
	n82_eeprom_init(n);
	nic82599_pci_reset(n);
	return n;
}

void
nic82599_destroy(struct nic82599 *n)
{
	if (n)
		n82_rx_flush(n);
	free(n);
}
