/* nic82599_rig.h - a machine of 1 MiB around the 82599's model, for tests. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_NIC82599_RIG_H
#define TESTS_EMU_NIC82599_RIG_H

#include "tests/emu/nic82599/n82_regs.h"
#include "tests/emu/nic82599/nic82599.h"

/*
 * Memory stands at bus address RIG_BASE; each access takes a microsecond. What
 * the device sends is kept and, while rig_loop, comes back to it. Misuse is
 * noted for rig_expect, not fatal.
 */
enum {
	RIG_BASE = 0x40000000,
	RIG_BYTES = 1 << 20,
	RIG_SENT_MAX = 64,
	RIG_RING = 64,                 /* descriptors */
	RIG_RX_RING = 0x1000,          /* offsets in memory */
	RIG_TX_RING = 0x2000,
	RIG_WB = 0x3000,
	RIG_HEADERS = 0x10000,         /* 256 bytes each */
	RIG_BUFFERS = 0x20000,         /* 2 KiB each */
	RIG_FRAMES = 0x90000,
	RIG_LEGACY = 2,                /* SRRCTL: 2 KiB, 64 B of header */
	RIG_ONE = 2 | 1 << 25,
	RIG_SPLIT = 2 | 1 << 8 | 2 << 25,
	RIG_ALWAYS = 2 | 1 << 8 | 5 << 25,
	RIG_DATA = 3 << 20 | 1 << 25 | B_TX_DEXT,
};

extern struct nic82599 *rig_nic;
extern u8 rig_mem[RIG_BYTES];
extern u8 rig_sent[RIG_SENT_MAX][NIC82599_FRAME_MAX];
extern u32 rig_sent_len[RIG_SENT_MAX], rig_sents;
extern u32 rig_irqs[64], rig_line;
extern bool rig_loop;
extern u32 rig_tx_tail;                /* of the ring at RIG_TX_RING */

/* A device as after power-on. */
void rig_create(u16 device, u64 seed, u64 delay_ns, bool strict);
/* Reset as §4.6.3 wants it, and link. */
void rig_reset(void);
/* Created, reset, all on, queue 0 both ways with 32 buffers. */
void rig_start(u16 device, u64 seed, u32 srrctl);

u32 rig_rd(u32 at);
void rig_wr(u32 at, u32 v);
/* Reads until it is so; how many reads were in vain. */
u32 rig_wait_for(u32 at, u32 mask, u32 want);
void rig_pass(u64 ns);
/* The last misuse broke that section; "": there was none. */
#define rig_expect(what) rig_expected(what, __FILE__, __LINE__)
void rig_expected(const char *what, const char *file, int number);

/* Registers of the ring that begins at base; memory at offset `at`. */
void rig_ring(u32 base, u32 at);
void rig_enable(u32 base);
/* Receive queue q with `bufs` buffers of 2 KiB. */
void rig_rx_queue(u32 q, u32 srrctl, u32 bufs);

/* A frame of IPv4 with TCP (6) or UDP (17), sums right; its length. */
u32 rig_frame(u8 *f, u8 protocol, u32 len, u16 from, u16 to);
void rig_put16(u8 *p, u32 v);
/* Sums of words, and 0xffff where the frame's is right. */
u64 rig_words(const u8 *p, u32 len);
u16 rig_fold(u64 sum);
u16 rig_ip_sum(const u8 *f);
u16 rig_l4_sum(const u8 *f, u32 len);

/* Descriptors at rig_tx_tail. */
void rig_descriptor(u64 addr, u32 cmd, u32 status);
void rig_context(u32 macip, u32 tucmd, u32 l4);
/* One data descriptor for the frame at RIG_FRAMES, and the doorbell. */
void rig_send(u32 len, u32 cmd, u32 status);

struct rig_back {                      /* a written-back descriptor */
	u32 info, hash, status;
	u16 len, vlan;
};
struct rig_back rig_back(u32 i);

#endif
