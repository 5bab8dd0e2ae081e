/* gbe_test.c - e1000, e1000e and igb on a small strict model of their chips. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/intel.h"
#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "tests/emu/hosted/kernel/mmio.h"
#include "tests/emu/machine.h"
#include "tests/test.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is sent comes back, as if by a switch. Every access takes 200 ns. A
 * register that the chip does not have, one touched too soon after a reset, a
 * ring moved while it runs, a descriptor of the wrong kind, or memory that is
 * not mapped fails the test. Numbers are the datasheets', not the drivers'.
 */
enum { E1000 = 1, E1000E = 2, IGB = 4, ALL = 7 };
enum { ACCESS_NS = 200, RESET_NS = 500000, BAR = 0x20000, FRAME = 1514,
	QUEUES = 4 };

extern const struct nic_driver e1000_driver, e1000e_driver, igb_driver;

/* Registers that may be touched; each stands for `n` words. */
static const struct {
	u32 at, n, who;
} known[] = {
	{ 0x0000, 1, ALL }, { 0x0008, 1, ALL }, { 0x0010, 1, IGB },
	{ 0x0020, 1, IGB }, { 0x00c0, 1, E1000 | E1000E },
	{ 0x00c4, 1, E1000 | E1000E }, { 0x00d0, 1, E1000 | E1000E },
	{ 0x00d8, 1, E1000 | E1000E }, { 0x00dc, 2, E1000E },
	{ 0x00e4, 1, E1000E }, { 0x0100, 1, ALL }, { 0x0400, 1, ALL },
	{ 0x0410, 1, E1000 | E1000E }, { 0x150c, 1, IGB }, { 0x1514, 1, IGB },
	{ 0x1524, 3, IGB }, { 0x1700, 8, IGB }, { 0x2800, 11, E1000 | E1000E },
	{ 0x3800, 11, E1000 | E1000E }, { 0x4010, 1, ALL },
	{ 0x5008, 1, E1000E }, { 0x5200, 128, ALL }, { 0x5400, 2, ALL },
	{ 0x5818, 1, IGB },
	{ 0xc000, 16 * QUEUES, IGB }, { 0xe000, 16 * QUEUES, IGB },
};

static struct chip {
	struct pci_dev pci;
	u32 kind, reg[BAR / 4];
	u8 *bar;                       /* addresses only */
	u64 reset_until, quiet_until;
	bool master, stuck;
	u32 vector;                    /* that was routed */
	u8 frame[4096];                /* being gathered */
	u32 frame_len, frame_pay;
	u32 rx_error;                  /* put into the next frame's status */
} hw;

#define FAULT(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

static void
power_on(void)
{
	memset(hw.reg, 0, sizeof(hw.reg));
	hw.reg[0x5400 / 4] = 0x00563412;
	hw.reg[0x5404 / 4] = 0x80009a78;
	hw.reg[8 / 4] = 1 << 19 | 2 << 6 | 2;    /* 1000 Mbit/s, link up */
	hw.reg[0x10 / 4] = 1 << 9;
	hw.frame_len = 0;
}

static struct nic *
start(u16 device, u32 kind)
{
	const struct nic_driver *driver = kind == IGB ? &igb_driver :
	    kind == E1000E ? &e1000e_driver : &e1000_driver;
	struct nic *nic;

	free(hw.bar);
	hw = (struct chip){ .pci = { .vendor = 0x8086, .device = device },
		.kind = kind, .bar = malloc(BAR) };
	power_on();
	CHECK(driver_is_for(driver->ids, &hw.pci));
	CHECK_EQ(driver->probe(&hw.pci, &nic), 0);
	return nic;
}

static void *
mapped(u64 addr, u32 len)
{
	void *p = (void *)(uintptr_t)addr;

	if (!hw.master || !addr || __asan_region_is_poisoned(p, len))
		FAULT("DMA of %u bytes at %p", len, p);
	return p;
}

/* -- rings ------------------------------------------------------------------ */

static u32 *
ring(u32 base, u32 q)
{
	return &hw.reg[(base + 0x40 * q) / 4];
}

static u8 *
head_desc(u32 *r)
{
	u8 *all = mapped((u64)r[1] << 32 | r[0], r[2]);

	return all + (u64)r[4] * 16;
}

static void
advance(u32 *r)
{
	r[4] = (r[4] + 1) % (r[2] / 16);
}

static void
receive(const u8 *f, u32 len)
{
	u32 *r = ring(hw.kind == IGB ? 0xc000 : 0x2800, 0), bad = hw.rx_error;
	struct intel_rx *d;

	if (!(hw.reg[0x100 / 4] & 2))
		return;
	if (r[4] == r[6] || (hw.kind == IGB && !(r[10] & 1 << 25))) {
		hw.reg[0x4010 / 4]++;
		return;
	}
	d = (struct intel_rx *)(void *)head_desc(r);
	if (hw.kind == IGB && (r[3] & 0x8e00007f) != (0x82000000 | 2))
		FAULT("82576 8.10.2: SRRCTL %x", r[3]);
	if (hw.kind == E1000E && !(hw.reg[0x5008 / 4] & 1 << 15))
		FAULT("82574 10.2.5.3: legacy descriptors");
	memcpy(mapped(d->addr, 2048), f, len);
	hw.rx_error = 0;
	if (hw.kind == E1000)
		*d = (struct intel_rx){ d->addr, len | 0xbeef0000,
			(u16)(3 | bad << 8), 0 };
	else
		*d = (struct intel_rx){ 0x1234, 3 | bad << 24, (u16)len, 0 };
	advance(r);
}

static void
transmit(u32 *r)
{
	bool advanced = hw.kind == IGB;

	while (r[4] != r[6]) {
		struct intel_tx *d = (struct intel_tx *)(void *)head_desc(r);
		u32 len = d->cmd & 0xffff;

		if (((d->cmd >> 29 & 1) != 0) != advanced ||
		    (advanced && (d->cmd >> 20 & 15) != 3))
			FAULT("7.2: command %x", d->cmd);
		if (!hw.frame_len)
			hw.frame_pay = d->status >> 14;
		memcpy(hw.frame + hw.frame_len, mapped(d->addr, len), len);
		hw.frame_len += len;
		if (d->cmd & 1 << 24) {
			if (advanced && hw.frame_pay != hw.frame_len)
				FAULT("7.2.2.3: PAYLEN %u", hw.frame_pay);
			receive(hw.frame, hw.frame_len);
			hw.frame_len = 0;
		}
		if (d->cmd & 1 << 27)
			d->status = 1;
		advance(r);
	}
}

/* -- registers -------------------------------------------------------------- */

static u32
check(const volatile void *reg)
{
	u32 at = (u32)((uintptr_t)reg - (uintptr_t)hw.bar);

	machine_now_ns += ACCESS_NS;
	if (machine_now_ns < hw.quiet_until)
		FAULT("4.6.1: register %x too soon after the reset", at);
	for (u32 i = 0; i < ARRAY_LEN(known); i++)
		if (at >= known[i].at && at < known[i].at + 4 * known[i].n &&
		    known[i].who & hw.kind)
			return at;
	FAULT("no register %x", at);
}

u32
mmio_read32(const volatile void *reg)
{
	u32 at = check(reg), v = hw.reg[at / 4];

	if (at == 0 && machine_now_ns < hw.reset_until)
		return v | 1 << 26;
	if (at == 0xc0 || at == 0x4010)
		hw.reg[at / 4] = 0;
	return v;
}

static void
control(u32 v)
{
	hw.reg[0] = v & ~(1u << 26);
	hw.reg[2] = v & 4 ? hw.reg[2] & ~(1u << 19) : hw.reg[2] | 1 << 19;
	if (!(v & 1 << 26))
		return;
	power_on();
	hw.reset_until = machine_now_ns + (hw.stuck ? ~0ull >> 2 : RESET_NS);
	hw.quiet_until = machine_now_ns + 1000;
}

void
mmio_write32(volatile void *reg, u32 v)
{
	u32 at = check(reg), base = at & ~0x3fu, in = at & 0x3f;
	bool tx = base == 0x3800 || (base >= 0xe000 && base < 0xe100);
	bool rx = base == 0x2800 || (base >= 0xc000 && base < 0xc100);
	u32 *r = &hw.reg[base / 4];

	if ((rx || tx) && (in < 0x10 || in == 0x10) &&
	    (hw.kind == IGB ? (r[10] & 1 << 25) :
	    (hw.reg[(rx ? 0x100 : 0x400) / 4] & 2)))
		FAULT("4.6: ring register %x while it runs", at);
	if (hw.kind == IGB && (rx || tx) && in == 0x18 && v &&
	    !(r[10] & 1 << 25))
		FAULT("4.6.9: tail %x before ENABLE", at);
	if (at == 0)
		control(v);
	else if (at == 0xd8)
		hw.reg[0xd0 / 4] &= ~v;
	else if (at == 0x1528)
		hw.reg[0x1524 / 4] &= ~v;
	else if (at == 0xd0 || at == 0x1524)
		hw.reg[at / 4] |= v;
	else
		hw.reg[at / 4] = v;
	if (tx && in == 0x18)
		transmit(r);
}

int
mmio_wait32(const volatile void *reg, u32 mask, u32 want, u32 us)
{
	u64 by = machine_now_ns + us * 1000ull;

	while ((mmio_read32(reg) & mask) != want)
		if (machine_now_ns > by)
			return ERR_TIMEOUT;
	return 0;
}

void
clock_delay_us(u32 us)
{
	machine_now_ns += us * 1000ull;
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	CHECK(d == &hw.pci);
	*size = BAR;
	return bar == 0 ? hw.bar : NULL;
}

void
pci_enable(const struct pci_dev *d, bool mem, bool io, bool master)
{
	(void)d;
	(void)io;
	CHECK(mem);
	hw.master = master;
}

int
pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	(void)d;
	(void)apic_id;
	hw.vector = (u32)entry << 16 | vector;
	return 0;
}

/* -- the tests -------------------------------------------------------------- */

static const struct {
	u16 device;
	u32 kind;
} cards[] = {
	{ 0x100e, E1000 }, { 0x100f, E1000 }, { 0x10d3, E1000E },
	{ 0x153a, E1000E }, { 0x10c9, IGB }, { 0x1521, IGB }, { 0x1533, IGB },
};

static u8 bufs[QUEUES][16][2048];

static struct nic_queue *
queue(struct nic *nic, u16 i, u32 n)
{
	struct nic_queue *q;

	CHECK_EQ(nic->ops->queue_open(nic, i, 16, 4, &q), 0);
	for (u32 k = 0; k < n; k++)
		CHECK_EQ(nic->ops->rx_post(q, bufs[i][k], 2048, bufs[i][k]), 0);
	CHECK_EQ(nic->ops->rx_batch(q, NULL, 0), 0);
	return q;
}

static void
fill(u8 *f, u32 len, u32 seed)
{
	for (u32 i = 0; i < len; i++)
		f[i] = (u8)(seed + i * 7);
	f[23] = 17;
	f[36] = 0x1f;
	f[37] = (u8)(0x40 + seed % 4);
}

/* One frame in three pieces there and back; whether it came. */
static bool
echo(struct nic *nic, struct nic_queue *q, u32 len, u32 seed)
{
	static u8 f[FRAME];
	struct nic_tx tx = { .seg = { { f, 10 }, { f + 10, 30 },
		{ f + 40, len - 40 } }, .segs = 3, .cookie = f };
	struct nic_rx rx;
	void *cookie = NULL;

	fill(f, len, seed);
	CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
	CHECK_EQ(nic->ops->reclaim(q, &cookie, 1), 1);
	CHECK(cookie == f);
	if (nic->ops->is_idle(q))
		return false;
	CHECK_EQ(nic->ops->rx_batch(q, &rx, 1), 1);
	CHECK_EQ(rx.flags & NIC_RX_ERROR, 0);
	CHECK_EQ(rx.len, len);
	CHECK(memcmp(rx.buf, f, len) == 0);
	CHECK_EQ(nic->ops->rx_post(q, rx.buf, 2048, rx.cookie), 0);
	return true;
}

TEST(gbe__every_chip_tells_its_address_and_link)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_info info;

		nic->ops->info(nic, &info);
		CHECK(memcmp(info.mac, "\x12\x34\x56\0\x78\x9a", 6) == 0);
		CHECK_EQ(info.link_mbps, 1000);
		CHECK_EQ(info.queues, cards[i].kind == IGB ? QUEUES : 1);
		CHECK_EQ((info.features & NIC_IRQ) != 0,
		    cards[i].kind != E1000);
		CHECK(strcmp(info.driver, cards[i].kind == IGB ? "igb" :
		    cards[i].kind == E1000E ? "e1000e" : "e1000") == 0);
		hw.reg[2] &= ~2u;
		nic->ops->info(nic, &info);
		CHECK_EQ(info.link_mbps, 0);
	}
}

TEST(gbe__frames_go_round_the_rings_unchanged)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 0, 12);
		struct nic_stats st;

		for (u32 k = 0; k < 200; k++)
			CHECK(echo(nic, q, 60 + k * 7, k));
		nic->ops->stats(nic, &st);
		CHECK_EQ(st.rx_frames, 200);
		CHECK_EQ(st.tx_frames, 200);
		CHECK_EQ(st.rx_missed, 0);
	}
}

TEST(gbe__a_broken_frame_is_an_error)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 0, 4);
		u8 f[64];
		struct nic_tx tx = { .seg = { { f, 64 } }, .segs = 1 };
		struct nic_rx rx;

		fill(f, 64, 1);
		/* RXE: bit 31 of a status, 29 of an advanced one */
		hw.rx_error = cards[i].kind == IGB ? 0x20 : 0x80;
		CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
		CHECK_EQ(nic->ops->rx_batch(q, &rx, 1), 1);
		CHECK_EQ(rx.flags, NIC_RX_ERROR);
		CHECK(echo(nic, q, 64, 2));
	}
}

TEST(gbe__many_at_once_in_order_and_no_more_than_asked_for)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 0, 12);
		u8 f[4][64];
		struct nic_tx tx[4];
		struct nic_rx rx[8];

		for (u32 k = 0; k < 4; k++) {
			fill(f[k], 64, k * 4);
			tx[k] = (struct nic_tx){ .seg = { { f[k], 64 } },
				.segs = 1 };
		}
		CHECK_EQ(nic->ops->tx_batch(q, tx, 4), 4);
		CHECK_EQ(nic->ops->rx_batch(q, rx, 3), 3);
		CHECK_EQ(nic->ops->rx_batch(q, rx + 3, 5), 1);
		for (u32 k = 0; k < 4; k++)
			CHECK(memcmp(rx[k].buf, f[k], 64) == 0);
	}
}

TEST(gbe_close__gives_all_back_and_opens_again)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 0, 8);
		u8 f[64] = { 0 };

		memset(bufs, 0x55, sizeof(bufs));
		nic->ops->queue_close(q);
		receive(f, sizeof(f));
		CHECK_EQ(bufs[0][0][0], 0x55);
		q = queue(nic, 0, 8);
		CHECK(echo(nic, q, 100, 9));
		nic->ops->quiesce(nic);
		CHECK(!hw.master);
	}
}

TEST(gbe_probe__a_reset_that_never_ends_is_an_error)
{
	struct nic *nic;

	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		start(cards[i].device, cards[i].kind);
		hw.stuck = true;
		CHECK_EQ((cards[i].kind == IGB ? igb_driver : e1000_driver)
			     .probe(&hw.pci, &nic), ERR_TIMEOUT);
	}
}

TEST(gbe_irq__each_chip_in_its_own_way)
{
	struct nic *nic = start(0x100e, E1000);
	struct nic_queue *q = queue(nic, 0, 1);

	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), ERR_UNSUPP);
	/* The 82574's queue has a cause and a vector. */
	nic = start(0x10d3, E1000E);
	q = queue(nic, 0, 1);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), 0);
	CHECK_EQ(hw.reg[0xe4 / 4] & 15, 8);
	CHECK(!nic->ops->irq_arm(q, true));
	CHECK_EQ(hw.reg[0xd0 / 4], 1 << 20);
	/* The others' cause stays until it is read. */
	nic = start(0x153a, E1000E);
	q = queue(nic, 0, 1);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), 0);
	hw.reg[0xc0 / 4] = 0x80;
	CHECK(!nic->ops->irq_arm(q, true));
	CHECK_EQ(hw.reg[0xd0 / 4], 0x80);
	CHECK_EQ(hw.reg[0xc0 / 4], 0);
	nic->ops->irq_arm(q, false);
	CHECK_EQ(hw.reg[0xd0 / 4], 0);
	/* 82576: a register for queues 1 and 9; I350: for 0 and 1. */
	nic = start(0x10c9, IGB);
	q = queue(nic, 1, 1);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), 0);
	CHECK_EQ(hw.vector, 1 << 16 | 0x40);
	CHECK_EQ(hw.reg[0x1704 / 4], 0x81);
	nic = start(0x1521, IGB);
	q = queue(nic, 1, 1);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), 0);
	CHECK_EQ(hw.reg[0x1700 / 4], 0x810000);
}

TEST(igb_queues__open_one_by_one_and_filters_are_refused)
{
	struct nic *nic = start(0x10c9, IGB);
	struct nic_queue *q[QUEUES], *none;
	struct nic_filter f = { 0x1f41, 1 };
	struct nic_info info;

	for (u16 i = 0; i < QUEUES; i++)
		q[i] = queue(nic, i, 4);
	CHECK_EQ(nic->ops->queue_open(nic, QUEUES, 8, 8, &none), ERR_INVAL);
	CHECK_EQ(nic->ops->queue_open(nic, 1, 8, 8, &none), ERR_BUSY);
	nic->ops->info(nic, &info);
	CHECK_EQ(info.features & NIC_FILTERS, 0);
	CHECK_EQ(nic->ops->filter_add(nic, &f), ERR_UNSUPP);
	nic->ops->queue_close(q[1]);
	CHECK(echo(nic, q[0], 100, 1));
}
