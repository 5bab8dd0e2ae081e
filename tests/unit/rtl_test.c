/* rtl_test.c - the Realtek driver on a small strict model of its chips. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "net/nic.h"
#include "tests/emu/hosted/kernel/mmio.h"
#include "tests/emu/machine.h"
#include "tests/test.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is sent comes back. Fails the test: a register that the chip does not
 * have, or written with another width; a ring address that changes, or is odd,
 * while the chip runs; a descriptor out of order; memory that is not mapped.
 * Numbers are the datasheets', not the driver's.
 */
enum { RTL8139 = 1, RTL8169 = 2, RTL8168 = 4, ALL = 7 };
enum { ACCESS_NS = 200, RESET_NS = 50000, BAR = 0x100, FRAME = 1514 };
enum { OWN = 31, EOR = 30, FS = 29, LS = 28 };

extern const struct nic_driver rtl_driver;

static const struct {
	u32 at, bytes, n, who;
} known[] = {
	{ 0x00, 1, 6, ALL }, { 0x08, 4, 2, ALL }, { 0x20, 4, 2, ALL },
	{ 0x37, 1, 1, ALL }, { 0x38, 1, 1, RTL8169 | RTL8168 },
	{ 0x3c, 2, 2, ALL }, { 0x40, 4, 2, ALL }, { 0x4c, 4, 1, ALL },
	{ 0x50, 1, 1, ALL }, { 0x58, 1, 1, RTL8139 },
	{ 0x6c, 1, 1, RTL8169 | RTL8168 }, { 0xd9, 1, 1, RTL8139 },
	{ 0xda, 2, 1, RTL8169 | RTL8168 }, { 0xe0, 2, 1, ALL },
	{ 0xe4, 4, 2, ALL }, { 0xec, 1, 1, RTL8169 | RTL8168 },
	{ 0xf0, 4, 1, RTL8168 },
};

struct desc {
	u32 cmd, vlan;
	u64 addr;
};

static struct chip {
	struct pci_dev pci;
	u32 kind, revision;
	u8 reg[BAR], *bar;             /* bar: addresses only */
	u64 reset_until;
	bool master, stuck;
	u32 rx, tx;                    /* where the chip stands */
	u8 frame[4096];
	u32 frame_len, bad;            /* bad: for the next frame's status */
} hw;

#define FAULT(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

static u32
get(u32 at, u32 bytes)
{
	u32 v = 0;

	memcpy(&v, hw.reg + at, bytes);
	return v;
}

static void
put(u32 at, u32 bytes, u32 v)
{
	memcpy(hw.reg + at, &v, bytes);
}

static void
power_on(void)
{
	memset(hw.reg, 0, sizeof(hw.reg));
	memcpy(hw.reg, "\x12\x34\x56\0\x78\x9a", 6);
	put(0x6c, 1, 0x12);            /* 1000 Mbit/s, link */
	put(0xf0, 4, 1 << 19);         /* closed */
	hw.rx = hw.tx = hw.frame_len = 0;
}

static void
plug(u16 device, u32 kind)
{
	free(hw.bar);
	hw = (struct chip){ .pci = { .vendor = 0x10ec, .device = device },
		.kind = kind, .revision = 0x20, .bar = malloc(BAR) };
	power_on();
}

static struct nic *
start(u16 device, u32 kind)
{
	struct nic *nic;

	plug(device, kind);
	CHECK(driver_is_for(rtl_driver.ids, &hw.pci));
	CHECK_EQ(rtl_driver.probe(&hw.pci, &nic), 0);
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

static struct desc *
desc(u32 reg, u32 i)
{
	u64 at = get(reg, 4) | (u64)get(reg + 4, 4) << 32;

	if (at & 255)
		FAULT("ring %x: 256 bytes aligned", reg);
	if (i >= (hw.kind == RTL8139 ? 64u : 1024u))
		FAULT("ring %x: no end of it", reg);
	return mapped(at + i * sizeof(struct desc), sizeof(struct desc));
}

static void
receive(const u8 *f, u32 len)
{
	struct desc *d;
	u32 want = hw.kind == RTL8139 ? 3 : 0;

	if (!(get(0x37, 1) & 8) || (hw.kind == RTL8168 && get(0xf0, 4) >> 19))
		return;
	if ((get(0xe0, 2) & 3) != want)
		FAULT("8139C+ 5.21: C+ mode is %x", get(0xe0, 2));
	if ((get(0x44, 4) & 0x3f) != 0x0a)
		FAULT("RCR accepts %x", get(0x44, 4) & 0x3f);
	d = desc(0xe4, hw.rx);
	if (!(d->cmd >> OWN & 1)) {
		put(0x4c, 4, get(0x4c, 4) + 1);
		return;
	}
	if ((d->cmd & 0x1fff) < len + 4 || (d->cmd & 7))
		FAULT("buffer of %u bytes", d->cmd & 0x1fff);
	memcpy(mapped(d->addr, len + 4), f, len);
	hw.rx = d->cmd >> EOR & 1 ? 0 : hw.rx + 1;
	put(0x3e, 2, 1);
	d->cmd = (d->cmd & 1u << EOR) | 1u << FS | 1u << LS | 1 << 25 |
	    hw.bad | (len + 4);
	hw.bad = 0;
}

static void
transmit(void)
{
	for (;;) {
		struct desc *d = desc(0x20, hw.tx);
		u32 len = d->cmd & 0xffff;

		if (!(get(0x37, 1) & 4) || !(d->cmd >> OWN & 1))
			return;
		if ((d->cmd >> FS & 1) != (hw.frame_len == 0))
			FAULT("transmit descriptor %u: FS", hw.tx);
		memcpy(hw.frame + hw.frame_len, mapped(d->addr, len), len);
		hw.frame_len += len;
		hw.tx = d->cmd >> EOR & 1 ? 0 : hw.tx + 1;
		d->cmd &= ~(1u << OWN);
		if (d->cmd >> LS & 1) {
			receive(hw.frame, hw.frame_len);
			hw.frame_len = 0;
		}
	}
}

/* -- registers -------------------------------------------------------------- */

static u32
check(const volatile void *reg, u32 bytes)
{
	u32 at = (u32)((uintptr_t)reg - (uintptr_t)hw.bar);

	machine_now_ns += ACCESS_NS;
	if (machine_now_ns < hw.reset_until && at != 0x37)
		FAULT("register %x during the reset", at);
	for (u32 i = 0; i < ARRAY_LEN(known); i++)
		if (at >= known[i].at && known[i].who & hw.kind &&
		    at < known[i].at + known[i].bytes * known[i].n &&
		    bytes == known[i].bytes)
			return at;
	FAULT("no register %x of %u bytes", at, bytes);
}

static u32
rd(const volatile void *reg, u32 bytes)
{
	u32 at = check(reg, bytes), v = get(at, bytes);

	if (at == 0x37 && machine_now_ns < hw.reset_until)
		v |= 0x10;
	return v;
}

static void
wr(volatile void *reg, u32 bytes, u32 v)
{
	u32 at = check(reg, bytes);

	if ((at & ~7u) == 0xe0 && at >= 0xe4 && get(0x37, 1) & 8)
		FAULT("receive ring moved while it runs");
	if (at == 0xe0 && get(0x50, 1) != 0xc0)
		FAULT("configuration is locked");
	if (at == 0x37 && v & 0x10) {
		power_on();
		hw.reset_until = machine_now_ns +
		    (hw.stuck ? ~0ull >> 2 : RESET_NS);
		return;
	}
	if (at == 0x3e)
		v = get(0x3e, 2) & ~v;
	put(at, bytes, at == 0x4c ? 0 : v);
	if (at == (hw.kind == RTL8139 ? 0xd9u : 0x38u) && v & 0x40)
		transmit();
}

#define ACCESS(bits) \
	u##bits mmio_read##bits(const volatile void *reg) \
	{ \
		return (u##bits)rd(reg, bits / 8); \
	} \
	void mmio_write##bits(volatile void *reg, u##bits v) \
	{ \
		wr(reg, bits / 8, v); \
	}
ACCESS(8)
ACCESS(16)
ACCESS(32)

int
mmio_wait8(const volatile void *reg, u8 mask, u8 want, u32 us)
{
	u64 by = machine_now_ns + us * 1000ull;

	while ((mmio_read8(reg) & mask) != want)
		if (machine_now_ns > by)
			return ERR_TIMEOUT;
	return 0;
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	CHECK(d == &hw.pci);
	*size = BAR;
	return bar == (hw.kind == RTL8168 ? 2 : 1) ? hw.bar : NULL;
}

u8
pci_read8(const struct pci_dev *d, u16 offset)
{
	(void)d;
	CHECK_EQ(offset, 8);
	return (u8)hw.revision;
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
	(void)vector;
	(void)apic_id;
	return entry ? ERR_INVAL : 0;
}

/* -- the tests -------------------------------------------------------------- */

static const struct {
	u16 device;
	u32 kind;
} cards[] = { { 0x8139, RTL8139 }, { 0x8169, RTL8169 }, { 0x8168, RTL8168 } };

static u8 bufs[80][2048];

static struct nic_queue *
queue(struct nic *nic, u32 n)
{
	struct nic_queue *q;

	CHECK_EQ(nic->ops->queue_open(nic, 0, 256, 64, &q), 0);
	for (u32 k = 0; k < n; k++)
		CHECK_EQ(nic->ops->rx_post(q, bufs[k], 2048, bufs[k]), 0);
	return q;
}

static bool
echo(struct nic *nic, struct nic_queue *q, u32 len, u32 seed)
{
	static u8 f[FRAME];
	struct nic_tx tx = { .seg = { { f, 10 }, { f + 10, 30 },
		{ f + 40, len - 40 } }, .segs = 3, .cookie = f };
	struct nic_rx rx;
	void *cookie = NULL;

	for (u32 i = 0; i < len; i++)
		f[i] = (u8)(seed + i * 7);
	CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
	CHECK_EQ(nic->ops->reclaim(q, &cookie, 1), 1);
	CHECK(cookie == f);
	if (nic->ops->is_idle(q))
		return false;
	CHECK_EQ(nic->ops->rx_batch(q, &rx, 1), 1);
	CHECK_EQ(rx.flags, 0);
	CHECK_EQ(rx.len, len);
	CHECK(memcmp(rx.buf, f, len) == 0);
	CHECK_EQ(nic->ops->rx_post(q, rx.buf, 2048, rx.cookie), 0);
	return true;
}

TEST(rtl__every_chip_tells_its_address_and_link)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		bool old = cards[i].kind == RTL8139;
		struct nic_info info;

		nic->ops->info(nic, &info);
		CHECK(memcmp(info.mac, "\x12\x34\x56\0\x78\x9a", 6) == 0);
		CHECK_EQ(info.link_mbps, old ? 100 : 1000);
		CHECK_EQ((info.features & NIC_IRQ) != 0, !old);
		put(0x58, 1, 4);
		put(0x6c, 1, 0x10);
		nic->ops->info(nic, &info);
		CHECK_EQ(info.link_mbps, 0);
	}
}

TEST(rtl__frames_go_round_the_rings_unchanged)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 64);
		struct nic_stats st;

		CHECK_EQ(nic->ops->rx_post(q, bufs[64], 2048, NULL),
		    ERR_AGAIN);
		for (u32 k = 0; k < 200; k++)
			CHECK(echo(nic, q, 60 + k * 7, k));
		nic->ops->stats(nic, &st);
		CHECK_EQ(st.rx_frames, 200);
		CHECK_EQ(st.tx_frames, 200);
		CHECK_EQ(st.rx_missed, 0);
	}
}

/* 64 descriptors are 21 frames of three pieces and one over: what found no
 * room leaves nothing behind that the device would take for a frame. */
TEST(rtl_tx__a_frame_without_room_leaves_nothing_behind)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 64);
		u8 f[64] = { 1 };
		struct nic_tx three = { .seg = { { f, 20 }, { f + 20, 20 },
			{ f + 40, 24 } }, .segs = 3 };
		struct nic_tx one = { .seg = { { f, 64 } }, .segs = 1,
			.cookie = f };
		struct nic_tx many[30];
		struct nic_rx rx[64];
		void *cookie;

		for (u32 k = 0; k < 30; k++)
			many[k] = three;
		put(0x37, 1, 0x08);    /* the transmitter stands still */
		CHECK_EQ(nic->ops->tx_batch(q, many, 30), 21);
		CHECK_EQ(nic->ops->tx_batch(q, &one, 1), 1);
		CHECK_EQ(nic->ops->tx_batch(q, &one, 1), 0);
		CHECK_EQ(nic->ops->reclaim(q, &cookie, 1), 0);
		put(0x37, 1, 0x0c);
		transmit();
		CHECK_EQ(nic->ops->reclaim(q, &cookie, 1), 1);
		CHECK_EQ(nic->ops->rx_batch(q, rx, 64), 22);
		for (u32 k = 0; k < 20; k++) {
			CHECK_EQ(nic->ops->tx_batch(q, &one, 1), 1);
			CHECK_EQ(nic->ops->reclaim(q, &cookie, 1), 1);
			CHECK_EQ(nic->ops->rx_batch(q, rx, 64), 1);
		}
	}
}

TEST(rtl__a_broken_frame_is_an_error)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 4);
		u8 f[64] = { 0 };
		struct nic_rx rx;

		hw.bad = cards[i].kind == RTL8139 ? 1 << 20 : 1 << 21;
		receive(f, 64);
		CHECK_EQ(nic->ops->rx_batch(q, &rx, 1), 1);
		CHECK_EQ(rx.flags, NIC_RX_ERROR);
		CHECK(echo(nic, q, 64, 2));
	}
}

TEST(rtl__what_finds_no_buffer_is_counted)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 1);
		struct nic_stats st;
		u8 f[64] = { 0 };

		receive(f, 64);
		receive(f, 64);
		nic->ops->stats(nic, &st);
		nic->ops->stats(nic, &st);
		CHECK_EQ(st.rx_missed, 1);
		CHECK(!nic->ops->is_idle(q));
	}
}

TEST(rtl_close__gives_all_back_and_opens_again)
{
	for (u32 i = 0; i < ARRAY_LEN(cards); i++) {
		struct nic *nic = start(cards[i].device, cards[i].kind);
		struct nic_queue *q = queue(nic, 8);
		u8 f[64] = { 0 };

		memset(bufs, 0x55, sizeof(bufs));
		nic->ops->queue_close(q);
		receive(f, sizeof(f));
		CHECK_EQ(bufs[0][0], 0x55);
		q = queue(nic, 8);
		CHECK(echo(nic, q, 100, 9));
		nic->ops->quiesce(nic);
		CHECK(!hw.master);
	}
}

TEST(rtl_probe__an_old_8139_and_a_stuck_reset_are_refused)
{
	struct nic *nic;

	plug(0x8139, RTL8139);
	hw.revision = 0x10;
	CHECK_EQ(rtl_driver.probe(&hw.pci, &nic), ERR_UNSUPP);
	plug(0x8169, RTL8169);
	hw.stuck = true;
	CHECK_EQ(rtl_driver.probe(&hw.pci, &nic), ERR_TIMEOUT);
}

TEST(rtl_irq__a_cause_that_stands_is_cleared_before_it_is_armed)
{
	struct nic *nic = start(0x8168, RTL8168);
	struct nic_queue *q = queue(nic, 2);
	u8 f[64] = { 0 };

	CHECK_EQ(nic->ops->irq_route(q, 0x40, 0), 0);
	receive(f, sizeof(f));
	CHECK_EQ(get(0x3e, 2), 1);
	CHECK(nic->ops->irq_arm(q, true));
	CHECK_EQ(get(0x3e, 2), 0);
	CHECK_EQ(get(0x3c, 2) & 1, 1);
	nic->ops->irq_arm(q, false);
	CHECK_EQ(get(0x3c, 2), 0);
	nic = start(0x8139, RTL8139);
	CHECK_EQ(nic->ops->irq_route(queue(nic, 1), 0x40, 0), ERR_UNSUPP);
}
