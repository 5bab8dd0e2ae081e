/* nic82599_rig.c - a machine of 1 MiB around the 82599's model, for tests. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599_rig.h"

#include "tests/test.h"

#include <string.h>

u8 rig_mem[RIG_BYTES];
struct nic82599 *rig_nic;
static char section[32];
static u64 now;
u8 rig_sent[RIG_SENT_MAX][NIC82599_FRAME_MAX];
u32 rig_sent_len[RIG_SENT_MAX], rig_sents;
u32 rig_irqs[64], rig_line;
bool rig_loop;
u32 rig_tx_tail;

static bool
dma_read(void *ctx, u64 addr, void *to, u64 len)
{
	(void)ctx;
	if (addr < RIG_BASE || addr + len > RIG_BASE + RIG_BYTES)
		return false;
	memcpy(to, rig_mem + addr - RIG_BASE, len);
	return true;
}

static bool
dma_write(void *ctx, u64 addr, const void *from, u64 len)
{
	(void)ctx;
	if (addr < RIG_BASE || addr + len > RIG_BASE + RIG_BYTES)
		return false;
	memcpy(rig_mem + addr - RIG_BASE, from, len);
	return true;
}

static void
wire_tx(void *ctx, const u8 *frame, u32 len)
{
	(void)ctx;
	memcpy(rig_sent[rig_sents % RIG_SENT_MAX], frame, len);
	rig_sent_len[rig_sents++ % RIG_SENT_MAX] = len;
	if (rig_loop)
		nic82599_wire_rx(rig_nic, frame, len);
}

static void
irq(void *ctx, int vector, bool on)
{
	(void)ctx;
	if (vector == NIC82599_INTX)
		rig_line = on;
	else
		rig_irqs[vector]++;
}

static void
misuse(void *ctx, const char *where, const char *text)
{
	(void)ctx;
	(void)text;
	strncpy(section, where, sizeof section - 1);
}

u32
rig_rd(u32 at)
{
	now += 1000;
	nic82599_tick(rig_nic, now);
	return nic82599_read(rig_nic, at);
}

void
rig_wr(u32 at, u32 v)
{
	now += 1000;
	nic82599_tick(rig_nic, now);
	nic82599_write(rig_nic, at, v);
}

u32
rig_wait_for(u32 at, u32 mask, u32 want)
{
	u32 tries = 0;

	while ((rig_rd(at) & mask) != want)
		CHECK(++tries < 100000);
	return tries;
}

void
rig_pass(u64 ns)
{
	now += ns;
	nic82599_tick(rig_nic, now);
}

void
rig_expected(const char *what, const char *file, int number)
{
	if (strcmp(section, what) != 0)
		test_fail(file, number, "misuse of §%s, not §%s",
		    section, what);
	section[0] = 0;
}

void
rig_create(u16 device, u64 seed, u64 delay_ns, bool strict)
{
	struct nic82599_config cfg = { .device = device, .strict = strict,
		.mac = { 2, 0, 0, 0, 0, 0x77 }, .seed = seed,
		.delay_ns = delay_ns, .host = { NULL, dma_read, dma_write,
		wire_tx, irq, misuse, NULL } };

	nic82599_destroy(rig_nic);
	rig_nic = nic82599_create(&cfg);
	CHECK(rig_nic != NULL);
	memset(rig_mem, 0, sizeof rig_mem);
	memset(rig_irqs, 0, sizeof rig_irqs);
	rig_sents = rig_line = rig_tx_tail = 0;
	section[0] = 0;
	rig_loop = true;
	now = 1000;
	nic82599_tick(rig_nic, now);
}

__attribute__((destructor)) static void
end(void)
{
	nic82599_destroy(rig_nic);
}

void
rig_reset(void)
{
	rig_wr(R_CTRL, B_CTRL_GIO_DIS);
	rig_wait_for(R_STATUS, B_STATUS_GIO, 0);
	rig_wr(R_CTRL, B_CTRL_RST | B_CTRL_LRST);
	rig_wait_for(R_CTRL, B_CTRL_RST | B_CTRL_LRST, 0);
	rig_pass(1000000);
	rig_wait_for(R_EEC, B_EEC_ARD, B_EEC_ARD);
	rig_wait_for(R_RDRXCTL, B_RDRXCTL_DMAIDONE, B_RDRXCTL_DMAIDONE);
	rig_wait_for(R_LINKS, B_LINKS_UP, B_LINKS_UP);
}

void
rig_ring(u32 base, u32 at)
{
	rig_wr(base + RING_BAL, RIG_BASE + at);
	rig_wr(base + RING_BAH, 0);
	rig_wr(base + RING_LEN, RIG_RING * 16);
	rig_wr(base + RING_HEAD, 0);
	rig_wr(base + RING_TAIL, 0);
}

void
rig_enable(u32 base)
{
	rig_wr(base + RING_XDCTL, B_XDCTL_ENABLE);
	rig_wait_for(base + RING_XDCTL, B_XDCTL_ENABLE, B_XDCTL_ENABLE);
}

void
rig_rx_queue(u32 q, u32 srrctl, u32 bufs)
{
	u32 base = q < 64 ? R_RX + 0x40 * q : R_RX_HIGH + 0x40 * (q - 64);

	rig_ring(base, RIG_RX_RING);
	rig_wr(base + RING_DCA, rig_rd(base + RING_DCA) & ~(u32)B_DCA_ONE);
	rig_wr(base + RING_SRRCTL, srrctl);
	rig_enable(base);
	for (u32 i = 0; i < bufs; i++) {
		u64 d[2] = { RIG_BASE + RIG_BUFFERS + 2048 * i, 0 };

		if ((srrctl >> 25 & 7) >= 2)
			d[1] = RIG_BASE + RIG_HEADERS + 256 * i;
		memcpy(rig_mem + RIG_RX_RING + 16 * i, d, 16);
	}
	rig_wr(base + RING_TAIL, bufs);
}

void
rig_start(u16 device, u64 seed, u32 srrctl)
{
	rig_create(device, seed, 50000, true);
	rig_reset();
	rig_wr(R_FCTRL, B_FCTRL_UPE | B_FCTRL_BAM);
	rig_wr(R_RDRXCTL, B_RDRXCTL_CRCSTRIP);
	rig_wr(R_RXCSUM, B_RXCSUM_PCSD);
	rig_wr(R_HLREG0, 0x403 | B_HLREG0_JUMBO);
	rig_wr(R_MAXFRS, 9022u << 16);
	rig_wr(R_DMATXCTL, 0x81000000u | B_DMATXCTL_TE);
	rig_wr(R_RXCTRL, 1);
	rig_rx_queue(0, srrctl, 32);
	rig_ring(R_TX, RIG_TX_RING);
	rig_enable(R_TX);
	rig_expect("");
}

/* -- frames --------------------------------------------------------------- */

u16
rig_fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

u64
rig_words(const u8 *p, u32 len)
{
	u64 sum = 0;

	for (u32 i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (u64)p[i] << 8;
	return sum;
}

void
rig_put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

u16
rig_ip_sum(const u8 *f)
{
	return rig_fold(rig_words(f + 14, 20));
}

u16
rig_l4_sum(const u8 *f, u32 len)
{
	return rig_fold(rig_words(f + 34, len - 34) + rig_words(f + 26, 8) +
	    f[23] + len - 34);
}

u32
rig_frame(u8 *f, u8 protocol, u32 len, u16 from, u16 to)
{
	u32 at = protocol == 6 ? 50 : 40;

	memset(f, 0, len);
	memcpy(f, "\2\0\0\0\0\x77\2\0\0\0\0\x66\x08\0\x45\0", 16);
	rig_put16(f + 16, len - 14);
	f[22] = 64;
	f[23] = protocol;
	memcpy(f + 26, "\x0a\1\2\3\x0a\4\5\6", 8);
	rig_put16(f + 34, from);
	rig_put16(f + 36, to);
	if (protocol == 6)
		f[46] = 5 << 4;
	else
		rig_put16(f + 38, len - 34);
	for (u32 i = protocol == 6 ? 54 : 42; i < len; i++)
		f[i] = (u8)(i * 13 + from);
	rig_put16(f + 24, (u16)~rig_ip_sum(f));
	rig_put16(f + at, (u16)~rig_l4_sum(f, len));
	return len;
}

void
rig_descriptor(u64 addr, u32 cmd, u32 status)
{
	u32 d[4] = { (u32)addr, (u32)(addr >> 32), cmd, status };

	memcpy(rig_mem + RIG_TX_RING + 16 * rig_tx_tail, d, 16);
	rig_tx_tail = (rig_tx_tail + 1) % RIG_RING;
}

void
rig_context(u32 macip, u32 tucmd, u32 l4)
{
	u32 d[4] = { macip, 0, tucmd | B_TX_DEXT | 2 << 20, l4 };

	memcpy(rig_mem + RIG_TX_RING + 16 * rig_tx_tail, d, 16);
	rig_tx_tail = (rig_tx_tail + 1) % RIG_RING;
}

void
rig_send(u32 len, u32 cmd, u32 status)
{
	rig_descriptor(RIG_BASE + RIG_FRAMES, len | cmd | RIG_DATA |
	    B_TX_EOP | B_TX_RS, status);
	rig_wr(R_TX + RING_TAIL, rig_tx_tail);
}

struct rig_back
rig_back(u32 i)
{
	struct rig_back b;

	memcpy(&b, rig_mem + RIG_RX_RING + 16 * i, 16);
	return b;
}
