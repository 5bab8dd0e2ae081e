/* ixgbe_test.c - the 10 GbE driver on a small, strict and slow model. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/intel.h"
#include "drivers/net/ixgbe_regs.h"
#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/emu/hosted/kernel/mmio.h"
#include "tests/emu/machine.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is sent comes back through filters and hash. The model ends the test at
 * a misuse: a ring set up while its queue runs, a tail before ENABLE was seen,
 * a base or length out of line, a context that is missing, a queue enabled
 * before the units that feed it. A bit that shows readiness takes a random
 * number of reads.
 */
enum { QUEUES = 64, REGS = 0x20000, FRAME_MAX = 9018 };

extern const struct nic_driver ixgbe_driver;

static struct {
	u32 reg[REGS / 4];
	u32 slow[REGS / 4];     /* reads until the bit follows */
	u32 context[QUEUES];    /* cmd of the last one */
	u32 doorbells, resets;
	bool gone, deaf, mute;  /* removed; no DISABLE; no completion */
	bool stuck;             /* reset does not end */
	u8 seen[QUEUES];        /* ENABLE was read: 1 receive, 2 transmit */
	struct prng rng;
} ix;
static struct pci_dev pci = { .vendor = 0x8086, .device = 0x10fb };

#define R(at) ix.reg[(at) / 4]

static u32
ring_of(u32 at, u32 base)
{
	return at >= base && at < base + 0x40 * QUEUES ? (at - base) / 0x40 :
	    QUEUES;
}

static bool
is_xdctl(u32 at)
{
	return at % 0x40 == INTEL_XDCTL && (ring_of(at, IXGBE_RX) < QUEUES ||
	    ring_of(at, IXGBE_TX) < QUEUES);
}

static void
slow(u32 at)
{
	ix.slow[at / 4] = (u32)prng_below(&ix.rng, 20);
}

static void
model_reset(void)
{
	memset(ix.reg, 0, sizeof(ix.reg));
	memset(ix.seen, 0, sizeof(ix.seen));
	memset(ix.context, 0, sizeof(ix.context));
	R(INTEL_STATUS) = INTEL_STATUS_MASTER;
	R(IXGBE_RAL) = 0x00563412;
	R(IXGBE_RAL + 4) = 0x80009a78;
	R(IXGBE_HLREG0) = 0x403;
	R(IXGBE_RDRXCTL) = 8 << 17;
	R(IXGBE_EEC) = 1 << 8;
	for (u32 q = 0; q < QUEUES; q++)
		R(IXGBE_RX + 0x40 * q + IXGBE_DCA_RXCTRL) = 1 << 12;
	slow(IXGBE_EEC);
	slow(IXGBE_RDRXCTL);
	slow(IXGBE_LINKS);
	ix.resets++;
}

u32
mmio_read32(const volatile void *reg)
{
	u32 at = (u32)((uintptr_t)reg - (uintptr_t)ix.reg), q, v;

	CHECK(at < REGS && at % 4 == 0);
	machine_now_ns += 1000;
	if (ix.gone)
		return ~0u;
	if (ix.slow[at / 4] && --ix.slow[at / 4])
		return R(at) ^ (is_xdctl(at) ? XDCTL_ENABLE : 0);
	if (at == IXGBE_EEC)
		R(at) |= EEC_ARD;
	else if (at == IXGBE_RDRXCTL)
		R(at) |= RDRXCTL_DMAIDONE;
	else if (at == IXGBE_LINKS)
		R(at) = R(IXGBE_ESDP) & ESDP_SDP3 ? 0 : 0x70000000;
	else if (at == INTEL_CTRL && !ix.stuck)
		R(at) &= ~(u32)(INTEL_CTRL_RST | CTRL_LRST);
	else if (at == INTEL_STATUS && (R(INTEL_CTRL) & 4))
		R(at) &= ~(u32)INTEL_STATUS_MASTER;
	if (is_xdctl(at)) {
		q = ring_of(at, IXGBE_RX);
		v = q < QUEUES ? 1 : 2;
		q = q < QUEUES ? q : ring_of(at, IXGBE_TX);
		ix.seen[q] = (u8)((ix.seen[q] & ~v) |
		    (R(at) & XDCTL_ENABLE ? v : 0));
	}
	v = R(at);
	if (at == IXGBE_RXMPC || (at & ~0x3c0u) == IXGBE_QPRDC)
		R(at) = 0;
	return v;
}

int
mmio_wait32(const volatile void *reg, u32 mask, u32 want, u32 us)
{
	u64 end = machine_now_ns + us * 1000ull;

	while ((mmio_read32(reg) & mask) != want)
		if (machine_now_ns > end)
			return ERR_TIMEOUT;
	return 0;
}

/* -- frames ----------------------------------------------------------------- */

static u32
toeplitz(const u8 *data, u32 len)
{
	u32 hash = 0;

	for (u32 i = 0; i < 8 * len; i++) {
		u64 key = (u64)R(IXGBE_RSSRK) << 32 | R(IXGBE_RSSRK + 4);

		if (data[i / 8] >> (7 - i % 8) & 1)
			hash ^= (u32)(key << i % 16 >> 32);
	}
	return hash;
}

static u32
steer(const u8 *f)
{
	u32 i;

	for (i = 0; i < 128; i++)
		if (R(IXGBE_FTQF + 4 * i) >> 31 &&
		    memcmp((u8 *)&R(IXGBE_SDPQF + 4 * i) + 2, f + 36, 2) == 0)
			return R(IXGBE_L34TIMIR + 4 * i) >> 21 & 127;
	i = toeplitz(f + 26, 12) & 127;
	return ((u8 *)&R(IXGBE_RETA))[i] & 15;
}

static u16
fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

static u64
words(const u8 *p, u32 len)
{
	u64 sum = 0;

	for (u32 i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (u64)p[i] << 8;
	return sum;
}

static u16
pseudo(const u8 *f, u32 len)
{
	return fold(words(f + 26, 8) + 17 + len - 34);
}

static void
receive(const u8 *f, u32 len)
{
	u32 q = steer(f), base = IXGBE_RX + 0x40 * q, at = 0, size, good;

	if (!(R(base + INTEL_XDCTL) & XDCTL_ENABLE))
		return;
	size = (R(base + IXGBE_SRRCTL) & 31) * 1024;
	good = fold(words(f + 34, len - 34) + pseudo(f, len) -
	    fold(0)) == 0xffff ? 0 : INTEL_RX_L4E;
	while (at < len) {
		struct intel_rx *d = (struct intel_rx *)(uintptr_t)(
		    R(base + INTEL_BAL) |
		    (u64)R(base + INTEL_BAH) << 32) + R(base + INTEL_HEAD);
		u32 n = MIN(size, len - at);

		if (R(base + INTEL_HEAD) == R(base + INTEL_TAIL)) {
			R(IXGBE_QPRDC + 0x40 * q)++;
			return;
		}
		CHECK_EQ(d->status, 0);
		memcpy((void *)(uintptr_t)d->addr, f + at, n);
		at += n;
		d->len = (u16)n;
		d->status = INTEL_RX_DD | (at == len ? INTEL_RX_EOP |
		    INTEL_RX_L4CS | good : 0);
		R(base + INTEL_HEAD) = (R(base + INTEL_HEAD) + 1) %
		    (R(base + INTEL_LEN) / 16);
	}
}

static void
transmit(u32 q)
{
	u32 base = IXGBE_TX + 0x40 * q, len = 0, first = 0;
	u32 size = R(base + INTEL_LEN) / 16;
	static u8 f[FRAME_MAX];

	while (R(base + INTEL_HEAD) != R(base + INTEL_TAIL)) {
		struct intel_tx *d = (struct intel_tx *)(uintptr_t)(
		    R(base + INTEL_BAL) |
		    (u64)R(base + INTEL_BAH) << 32) + R(base + INTEL_HEAD);
		u32 n = d->cmd & 0xffff;

		R(base + INTEL_HEAD) = (R(base + INTEL_HEAD) + 1) % size;
		CHECK(d->cmd & INTEL_TX_DEXT);
		if ((d->cmd >> 20 & 15) == 2) {
			CHECK_EQ(d->addr, 14 << 9 | 20);
			ix.context[q] = d->cmd;
			continue;
		}
		CHECK_EQ(d->cmd >> 20 & 15, 3);
		if (len == 0)
			first = d->status;
		else
			CHECK_EQ(d->status, 0);
		CHECK(n > 0 && len + n <= FRAME_MAX);
		memcpy(f + len, (void *)(uintptr_t)d->addr, n);
		len += n;
		if (!(d->cmd & INTEL_TX_EOP))
			continue;
		CHECK_EQ(first >> 14, len);
		if (first & INTEL_TX_TXSM) {
			u16 sum;

			CHECK((first & INTEL_TX_CC) && ix.context[q]);
			sum = (u16)~fold(words(f + 34, len - 34));
			f[40] = (u8)(sum >> 8);
			f[41] = (u8)sum;
		}
		if (!ix.mute && (d->cmd & INTEL_TX_RS))
			d->status = INTEL_TX_DD;
		receive(f, len);
		len = 0;
	}
	CHECK_EQ(len, 0);
}

/* -- writes ----------------------------------------------------------------- */

static void
write_ring(u32 at, u32 q, u32 v, bool rx)
{
	u32 base = at - at % 0x40, on = R(base + INTEL_XDCTL) & XDCTL_ENABLE;

	switch (at % 0x40) {
	case INTEL_TAIL:
		if (v == 0 && !on)
			break;
		CHECK(on && ix.seen[q] & (rx ? 1 : 2));
		CHECK(v < R(base + INTEL_LEN) / 16);
		R(at) = v;
		ix.doorbells++;
		if (!rx)
			transmit(q);
		return;
	case INTEL_XDCTL:
		if (!(v & XDCTL_ENABLE) && ix.deaf)
			v |= on;
		if (!((v ^ on) & XDCTL_ENABLE))
			ix.slow[at / 4] = 0;
		if (v & ~on & XDCTL_ENABLE)
			CHECK(R(base + INTEL_LEN) && (rx ?
			    R(IXGBE_RXCTRL) & 1 &&
			    !(R(base + IXGBE_DCA_RXCTRL) & 1 << 12) &&
			    R(base + IXGBE_SRRCTL) >> 25 == (1 | 1 << 3) :
			    R(IXGBE_DMATXCTL) & 1));
		break;
	case INTEL_BAL:
		CHECK(v % 128 == 0);
		/* fall through */
	case INTEL_BAH:
	case INTEL_LEN:
	case INTEL_HEAD:
	case IXGBE_SRRCTL:
		CHECK(!on);
		CHECK(at % 0x40 != INTEL_LEN || v % 128 == 0);
		break;
	case IXGBE_DCA_RXCTRL:
		break;
	default:
		test_fail(__FILE__, __LINE__, "write to %#x", at);
	}
	R(at) = v;
}

void
mmio_write32(volatile void *reg, u32 v)
{
	u32 at = (u32)((uintptr_t)reg - (uintptr_t)ix.reg);

	CHECK(at < REGS && at % 4 == 0);
	machine_now_ns += 1000;
	if (ix.gone)
		return;
	slow(at);
	if (ring_of(at, IXGBE_RX) < QUEUES) {
		write_ring(at, ring_of(at, IXGBE_RX), v, true);
	} else if (ring_of(at, IXGBE_TX) < QUEUES) {
		write_ring(at, ring_of(at, IXGBE_TX), v, false);
	} else if (at == INTEL_CTRL && (v & (INTEL_CTRL_RST | CTRL_LRST))) {
		CHECK(!(R(INTEL_STATUS) & INTEL_STATUS_MASTER));
		model_reset();
		R(at) = v & ~4u;
		slow(at);
	} else {
		CHECK(at != IXGBE_DTXMXSZRQ ||
		    (R(IXGBE_RTTDCS) & RTTDCS_ARBDIS));
		R(at) = v;
	}
}

/* -- the rest of the machine ------------------------------------------------ */

void
clock_delay_us(u32 us)
{
	machine_now_ns += us * 1000ull;
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	(void)d;
	CHECK_EQ(bar, 0);
	*size = REGS;
	return ix.reg;
}

void
pci_enable(const struct pci_dev *d, bool mem, bool io, bool master)
{
	(void)d;
	(void)io;
	(void)master;
	CHECK(mem);
}

int
pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	(void)d;
	(void)vector;
	(void)apic_id;
	return entry < 64 ? 0 : ERR_UNSUPP;
}

static struct nic *
start(u64 seed)
{
	struct nic *nic;

	memset(&ix, 0, sizeof(ix));
	prng_seed(&ix.rng, seed);
	model_reset();
	CHECK_EQ(ixgbe_driver.probe(&pci, &nic), 0);
	return nic;
}

/* A UDP frame whose payload tells its number. */
static void
frame(u8 *f, u32 len, u16 from, u16 to)
{
	memset(f, 0, 42);
	f[12] = 8;
	f[14] = 0x45;
	f[23] = 17;
	f[34] = (u8)(from >> 8);
	f[35] = (u8)from;
	f[36] = (u8)(to >> 8);
	f[37] = (u8)to;
	f[38] = (u8)((len - 34) >> 8);
	f[39] = (u8)(len - 34);
	for (u32 i = 42; i < len; i++)
		f[i] = (u8)(i * 7 + from);
}

static void
send(struct nic *nic, struct nic_queue *q, u8 *f, u32 len)
{
	struct nic_tx tx = { .seg = { { f, len } }, .segs = 1 };

	CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
}

static u8 buf[1024][16384];

static struct nic_queue *
queue(struct nic *nic, u16 i, u32 bufs, u32 bytes)
{
	struct nic_queue *q;

	CHECK_EQ(nic->ops->queue_open(nic, i, 128, 64, &q), 0);
	for (u32 k = 0; k < bufs; k++)
		CHECK_EQ(nic->ops->rx_post(q, buf[i * 32u + k], bytes,
		    (void *)(uintptr_t)(k + 1)), 0);
	return q;
}

TEST(ixgbe_probe__address_link_and_features)
{
	struct nic_info info;
	struct nic *nic = start(1);

	for (int i = 0; i < 30; i++)
		nic->ops->info(nic, &info);
	CHECK(memcmp(info.mac, "\x12\x34\x56\0\x78\x9a", 6) == 0);
	CHECK_EQ(info.link_mbps, 10000);
	CHECK_EQ(info.frame_max, FRAME_MAX);
	CHECK(driver_is_for(ixgbe_driver.ids, &pci));
	CHECK(R(IXGBE_HLREG0) & HLREG0_JUMBOEN);
	CHECK_EQ(R(IXGBE_MAXFRS) >> 16, 9022);
	ix.gone = true;
	nic->ops->info(nic, &info);
	CHECK_EQ(info.link_mbps, 0);
}

/* Frames of all sizes, in up to four pieces, come back whole and in order. */
static void
traffic(u64 seed)
{
	static u8 f[64][FRAME_MAX];
	struct nic *nic = start(seed);
	struct nic_queue *q = queue(nic, 0, 32, 16384);
	struct nic_rx rx[NIC_BATCH_MAX];
	void *done[NIC_BATCH_MAX];

	nic->ops->rx_batch(q, rx, 1);
	for (int round = 0; round < 20; round++) {
		struct nic_tx tx[16];
		u32 len[16], bells;
		int n = 1 + (int)prng_below(&ix.rng, 15), got;

		for (int i = 0; i < n; i++) {
			u32 a, b;

			len[i] = 60 + (u32)prng_below(&ix.rng, FRAME_MAX - 59);
			frame(f[i], len[i], (u16)(round * 16 + i), 7800);
			a = 42 + (u32)prng_below(&ix.rng, 9);
			b = (u32)prng_below(&ix.rng, len[i] - a);
			tx[i] = (struct nic_tx){ .seg = { { f[i], a },
				{ f[i] + a, b }, { f[i] + a + b,
				len[i] - a - b } }, .segs = 3,
				.cookie = f[i] };
		}
		bells = ix.doorbells;
		CHECK_EQ(nic->ops->tx_batch(q, tx, n), n);
		CHECK_EQ(ix.doorbells, bells + 1);
		CHECK_EQ(nic->ops->reclaim(q, done, NIC_BATCH_MAX), n);
		CHECK(!nic->ops->is_idle(q));
		got = nic->ops->rx_batch(q, rx, NIC_BATCH_MAX);
		CHECK_EQ(got, n);
		for (int i = 0; i < n; i++) {
			CHECK(done[i] == f[i]);
			CHECK_EQ(rx[i].len, len[i]);
			CHECK_EQ(rx[i].flags & NIC_RX_ERROR, 0);
			CHECK(memcmp(rx[i].buf, f[i], len[i]) == 0);
			CHECK_EQ(nic->ops->rx_post(q, rx[i].buf, 16384,
			    rx[i].cookie), 0);
		}
		CHECK_EQ(nic->ops->rx_batch(q, rx, 1), 0);
		CHECK(nic->ops->is_idle(q));
	}
	nic->ops->queue_close(q);
	CHECK_EQ(ix.resets, 2);
	nic->ops->quiesce(nic);
}

TEST(ixgbe__traffic_of_a_hundred_seeds)
{
	u64 seed = test_seed();

	for (u64 i = 0; i < 100; i++)
		traffic(seed + i);
}

TEST(ixgbe_filters__each_queue_gets_its_own_the_rest_is_spread)
{
	struct nic *nic = start(3);
	struct nic_queue *q[12];
	struct nic_rx rx[NIC_BATCH_MAX];
	struct nic_stats st;
	u32 spread = 0, other = 0;
	u8 f[100];

	for (u16 i = 0; i < 12; i++) {
		struct nic_filter want = { (u16)(7800 + i), i };

		q[i] = queue(nic, i, 30, 2048);
		nic->ops->rx_batch(q[i], rx, 1);
		if (i < 8)
			CHECK_EQ(nic->ops->filter_add(nic, &want), 0);
	}
	for (u16 i = 0; i < 160; i++) {
		frame(f, sizeof(f), (u16)(i * 977), (u16)(7800 + i % 16));
		send(nic, q[9], f, sizeof(f));
	}
	for (u16 i = 0; i < 12; i++) {
		int n = nic->ops->rx_batch(q[i], rx, NIC_BATCH_MAX);

		for (int k = 0; k < n && i < 8; k++)
			CHECK_EQ(((u8 *)rx[k].buf)[37], (u8)(7800 + i));
		if (i < 8)
			CHECK_EQ(n, 10);
		else
			other += (u32)n, spread += n > 3;
	}
	nic->ops->stats(nic, &st);
	CHECK_EQ(other + st.rx_missed, 80);
	CHECK_EQ(spread, 4);
	CHECK_EQ(nic->ops->filter_del(nic, &(struct nic_filter){ 7800, 0 }), 0);
	CHECK_EQ(nic->ops->filter_del(nic, &(struct nic_filter){ 7800, 0 }),
	    ERR_INVAL);
}

TEST(ixgbe_sums__filled_in_and_checked)
{
	struct nic *nic = start(4);
	struct nic_queue *q = queue(nic, 0, 8, 2048);
	struct nic_rx rx[4];
	struct nic_tx tx = { .segs = 2, .flags = NIC_TX_CSUM };
	u8 f[500];
	u16 sum;

	nic->ops->rx_batch(q, rx, 1);
	frame(f, sizeof(f), 1, 2);
	sum = pseudo(f, sizeof(f));
	f[40] = (u8)(sum >> 8);
	f[41] = (u8)sum;
	tx.seg[0] = (struct iov){ f, 64 };
	tx.seg[1] = (struct iov){ f + 64, sizeof(f) - 64 };
	CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
	f[40] ^= 0x10;
	send(nic, q, f, sizeof(f));
	CHECK_EQ(nic->ops->rx_batch(q, rx, 4), 2);
	CHECK_EQ(rx[0].flags, NIC_RX_CSUM_OK);
	CHECK_EQ(rx[1].flags, 0);
}

TEST(ixgbe_rx__a_frame_too_long_is_an_error_in_each_piece)
{
	struct nic *nic = start(5);
	struct nic_queue *q = queue(nic, 0, 8, 2048);
	struct nic_rx rx[8];
	static u8 f[5000];

	nic->ops->rx_batch(q, rx, 1);
	frame(f, sizeof(f), 1, 2);
	send(nic, q, f, sizeof(f));
	frame(f, 100, 1, 2);
	send(nic, q, f, 100);
	CHECK_EQ(nic->ops->rx_batch(q, rx, 8), 4);
	for (int i = 0; i < 3; i++)
		CHECK(rx[i].flags & NIC_RX_ERROR);
	CHECK_EQ(rx[3].flags & NIC_RX_ERROR, 0);
	CHECK_EQ(rx[3].len, 100);
	CHECK_EQ(nic->ops->rx_post(q, buf[0], 1024, NULL), ERR_INVAL);
}

TEST(ixgbe__faults_end_in_time_and_the_next_open_works)
{
	struct nic *nic = start(6);
	struct nic_queue *q;
	struct nic_rx rx[4];
	void *done[4];
	u8 f[100];
	u64 begin;

	q = queue(nic, 0, 8, 2048);
	nic->ops->rx_batch(q, rx, 1);
	frame(f, sizeof(f), 1, 2);
	ix.mute = true;
	send(nic, q, f, sizeof(f));
	CHECK_EQ(nic->ops->reclaim(q, done, 4), 0);
	ix.mute = false;
	ix.deaf = true;
	CHECK_EQ(nic->ops->queue_reclaim(q, done, 4), 0);
	CHECK_EQ(ix.resets, 3);
	ix.deaf = false;
	q = queue(nic, 0, 8, 2048);
	nic->ops->rx_batch(q, rx, 1);
	send(nic, q, f, sizeof(f));
	CHECK_EQ(nic->ops->rx_batch(q, rx, 4), 1);
	ix.gone = true;
	begin = machine_now_ns;
	nic->ops->queue_close(q);
	nic->ops->quiesce(nic);
	CHECK(machine_now_ns - begin < 1000000000);
	ix.gone = false;
	ix.stuck = true;
	CHECK_EQ(ixgbe_driver.probe(&pci, &nic), ERR_TIMEOUT);
}

TEST(ixgbe_irq__a_vector_per_queue)
{
	struct nic *nic = start(7);
	struct nic_queue *q = queue(nic, 3, 4, 2048);

	CHECK_EQ(nic->ops->irq_route(q, 0x40, 1), 0);
	CHECK_EQ(R(IXGBE_IVAR + 4) >> 16 & 255, 0x83);
	CHECK_EQ(R(IXGBE_EIAC), 8);
	CHECK(!nic->ops->irq_arm(q, true));
	CHECK_EQ(R(IXGBE_EIMS), 8);
	R(IXGBE_EIMC) = 0;
	nic->ops->irq_arm(q, false);
	CHECK_EQ(R(IXGBE_EIMC), 8);
	R(IXGBE_EIMC) = 0;
	nic->ops->irq_arm(q, false);
	CHECK_EQ(R(IXGBE_EIMC), 0);     /* once is enough */
	q = queue(nic, 20, 4, 2048);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 1), ERR_UNSUPP);
}
