/* ixgbe_test.c - the 10 GbE driver on the strict model of the 82599. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/intel.h"
#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/emu/machine.h"
#include "tests/emu/nic82599/n82_regs.h"
#include "tests/emu/nic82599_hosted.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is sent comes back through filters and hash; a misuse of the device
 * fails the test with the datasheet's section. Whatever the driver must wait
 * for takes a random time.
 */
enum { FRAME_MAX = 9018, DELAY_NS = 2000000, LAG_NS = 20000 };

extern const struct nic_driver ixgbe_driver;

static struct hosted_nic *hw;
static struct prng rng;

static struct nic *
probe(u16 device, u64 seed, u64 lag_ns)
{
	struct nic82599_config cfg = { .device = device, .strict = true,
		.mac = { 0x12, 0x34, 0x56, 0, 0x78, 0x9a }, .seed = seed,
		.delay_ns = DELAY_NS, .lag_ns = lag_ns };
	struct nic *nic;

	prng_seed(&rng, seed);
	hosted_start();
	hw = hosted_nic(&cfg);
	CHECK_EQ(ixgbe_driver.probe(&hw->pci, &nic), 0);
	hosted_wait(2 * DELAY_NS);
	return nic;
}

static struct nic *
start(u64 seed)
{
	return probe(0x10fb, seed, 0);
}

static u32
peek(u32 at)
{
	return nic82599_peek(hw->model, at);
}

static const struct nic82599_count *
count(void)
{
	return nic82599_counts(hw->model);
}

static void
fault(enum nic82599_fault f, u32 times)
{
	nic82599_fault(hw->model, f, times);
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
put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

/* A UDP frame for us whose payload tells its number. */
static void
frame(u8 *f, u32 len, u16 from, u16 to)
{
	memset(f, 0, 42);
	memcpy(f, "\x12\x34\x56\0\x78\x9a", 6);
	f[12] = 8;
	f[14] = 0x45;
	put16(f + 16, len - 14);
	f[23] = 17;
	put16(f + 34, from);
	put16(f + 36, to);
	put16(f + 38, len - 34);
	for (u32 i = 42; i < len; i++)
		f[i] = (u8)(i * 7 + from);
	put16(f + 24, (u16)~fold(words(f + 14, 20)));
	put16(f + 40, (u16)~fold(words(f + 34, len - 34) + pseudo(f, len)));
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
	CHECK(driver_is_for(ixgbe_driver.ids, &hw->pci));
	CHECK(peek(R_HLREG0) & B_HLREG0_JUMBO);
	CHECK_EQ(peek(R_MAXFRS) >> 16, 9022);
	fault(NIC82599_GONE, NIC82599_ALWAYS);
	nic->ops->info(nic, &info);
	CHECK_EQ(info.link_mbps, 0);
}

/* Frames of all sizes, in up to four pieces, come back whole and in order. */
static void
traffic(u64 seed, u64 lag_ns)
{
	static u8 f[64][FRAME_MAX];
	struct nic *nic = probe(0x10fb, seed, lag_ns);
	struct nic_queue *q = queue(nic, 0, 32, 16384);
	struct nic_rx rx[NIC_BATCH_MAX];
	void *done[NIC_BATCH_MAX];

	nic->ops->rx_batch(q, rx, 1);
	for (int round = 0; round < 20; round++) {
		struct nic_tx tx[16];
		u32 len[16];
		u64 bells;
		int n = 1 + (int)prng_below(&rng, 15), got;

		for (int i = 0; i < n; i++) {
			u32 a, b;

			len[i] = 60 + (u32)prng_below(&rng, FRAME_MAX - 59);
			frame(f[i], len[i], (u16)(round * 16 + i), 7800);
			a = 42 + (u32)prng_below(&rng, 9);
			b = (u32)prng_below(&rng, len[i] - a);
			tx[i] = (struct nic_tx){ .seg = { { f[i], a },
				{ f[i] + a, b }, { f[i] + a + b,
				len[i] - a - b } }, .segs = 3,
				.cookie = f[i] };
		}
		bells = count()->doorbells;
		CHECK_EQ(nic->ops->tx_batch(q, tx, n), n);
		CHECK_EQ(count()->doorbells, bells + 1);
		hosted_wait(3 * lag_ns);
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
	CHECK_EQ(count()->resets, 1);
	nic->ops->quiesce(nic);
}

TEST(ixgbe__traffic_of_a_hundred_seeds)
{
	u64 seed = test_seed();

	for (u64 i = 0; i < 100; i++)
		traffic(seed + i, i % 2 * LAG_NS);
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
	fault(NIC82599_LOST_DONE, NIC82599_ALWAYS);
	send(nic, q, f, sizeof(f));
	CHECK_EQ(nic->ops->reclaim(q, done, 4), 0);
	fault(NIC82599_LOST_DONE, 0);
	fault(NIC82599_DEAF_QUEUE, NIC82599_ALWAYS);
	CHECK_EQ(nic->ops->queue_reclaim(q, done, 4), 0);
	CHECK_EQ(count()->resets, 2);
	fault(NIC82599_DEAF_QUEUE, 0);
	q = queue(nic, 0, 8, 2048);
	nic->ops->rx_batch(q, rx, 1);
	send(nic, q, f, sizeof(f));
	CHECK_EQ(nic->ops->rx_batch(q, rx, 4), 1);
	fault(NIC82599_GONE, NIC82599_ALWAYS);
	begin = machine_now_ns;
	nic->ops->queue_close(q);
	nic->ops->quiesce(nic);
	CHECK(machine_now_ns - begin < 1000000000);
	fault(NIC82599_GONE, 0);
	fault(NIC82599_STUCK_RESET, NIC82599_ALWAYS);
	CHECK_EQ(ixgbe_driver.probe(&hw->pci, &nic), ERR_TIMEOUT);
}

TEST(ixgbe_faults__a_lost_report_holds_up_nothing)
{
	struct nic *nic = start(8);
	struct nic_queue *q = queue(nic, 0, 8, 2048);
	struct nic_rx rx[4];
	struct nic_tx tx = { .segs = 2 };
	void *done[4];
	u8 f[100];

	nic->ops->rx_batch(q, rx, 1);
	frame(f, sizeof(f), 1, 2);
	tx.seg[0] = (struct iov){ f, 50 };
	tx.seg[1] = (struct iov){ f + 50, 50 };
	for (u32 i = 0; i < 3; i++) {
		fault(NIC82599_LOST_DONE, i == 1);
		tx.cookie = &f[i];
		CHECK_EQ(nic->ops->tx_batch(q, &tx, 1), 1);
	}
	CHECK_EQ(nic->ops->reclaim(q, done, 4), 3);
	CHECK(done[0] == &f[0] && done[1] == &f[1] && done[2] == &f[2]);
	CHECK_EQ(nic->ops->reclaim(q, done, 4), 0);
}

TEST(ixgbe_faults__stuck_mastering_does_not_stop_a_reset)
{
	struct nic *nic = start(9);
	struct nic_queue *q = queue(nic, 0, 8, 2048);
	struct nic_rx rx[4];

	nic->ops->rx_batch(q, rx, 1);
	fault(NIC82599_STUCK_MASTER, 1);
	nic->ops->quiesce(nic);
	hosted_wait(DELAY_NS);         /* a recycle takes longer */
	CHECK_EQ(ixgbe_driver.probe(&hw->pci, &nic), 0);
	CHECK_EQ(count()->resets, 3);
}

TEST(ixgbe_irq__a_vector_per_queue)
{
	struct nic *nic = start(7);
	struct nic_queue *q = queue(nic, 3, 4, 2048);
	struct nic_rx rx;
	u64 writes;
	u8 f[100];

	CHECK_EQ(nic->ops->filter_add(nic, &(struct nic_filter){ 7803, 3 }), 0);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 1), 0);
	CHECK_EQ(hw->routes[3], 0x40);
	nic->ops->rx_batch(q, &rx, 1);
	frame(f, sizeof f, 1, 7803);
	send(nic, q, f, sizeof f);
	CHECK_EQ(hw->irqs[3], 0);      /* not armed */
	CHECK(nic->ops->irq_arm(q, true));
	CHECK_EQ(hw->irqs[3], 1);
	nic->ops->rx_batch(q, &rx, 1);
	send(nic, q, f, sizeof f);
	CHECK_EQ(hw->irqs[3], 2);
	nic->ops->irq_arm(q, false);
	send(nic, q, f, sizeof f);
	CHECK_EQ(hw->irqs[3], 2);
	writes = count()->writes;
	nic->ops->irq_arm(q, false);
	CHECK_EQ(count()->writes, writes);      /* once is enough */
	q = queue(nic, 20, 4, 2048);
	CHECK_EQ(nic->ops->irq_route(q, 0x40, 1), ERR_UNSUPP);
}

/* X540 and X550: another PHY, the same rings. */
TEST(ixgbe_copper__x540_and_x550)
{
	static const u16 ids[] = { 0x1528, 0x1560, 0x1563, 0x15d1 };

	for (u32 i = 0; i < ARRAY_LEN(ids); i++) {
		struct nic *nic = probe(ids[i], i, 0);
		struct nic_queue *q = queue(nic, 0, 8, 2048);
		struct nic_info info;
		struct nic_rx rx;
		u8 f[200];

		nic->ops->info(nic, &info);
		CHECK_EQ(info.link_mbps, 10000);
		nic->ops->rx_batch(q, &rx, 1);
		frame(f, sizeof f, 1, 2);
		send(nic, q, f, sizeof f);
		CHECK_EQ(nic->ops->rx_batch(q, &rx, 1), 1);
		CHECK(memcmp(rx.buf, f, sizeof f) == 0);
		nic->ops->queue_close(q);
	}
}
