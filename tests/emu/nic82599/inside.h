/* inside.h - the model's state, and what its files give each other. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_NIC82599_INSIDE_H
#define TESTS_EMU_NIC82599_INSIDE_H

#include "kernel/lib/prng.h"
#include "tests/emu/nic82599/n82_regs.h"
#include "tests/emu/nic82599/nic82599.h"

enum {
	N82_EVENTS_MAX = 512,
	N82_FIFO_BYTES = 512 * 1024,   /* §7.1: the packet buffer */
	N82_TSO_MAX = 1 << 18,         /* PAYLEN has 18 bits */
	N82_EEPROM_WORDS = 16384,
	N82_FLOWS_MAX = 2048,
};

/* What is due later. */
enum n82_event_kind {
	EV_RESET, EV_EEPROM, EV_DMA, EV_LINK, EV_MASTER, EV_EERD, EV_MDIO,
	EV_FDIR, EV_RX_SWITCH, EV_TX_SWITCH, EV_FLUSH, EV_TX_RUN, EV_RX_RUN,
};

struct n82_event {
	u64 due;
	u16 kind, arg;
};

struct n82_ring {
	bool on, want;                 /* is, is told to be */
	bool seen;                     /* ENABLE was read as 1 */
	bool was_on;                   /* since the reset */
	u64 off_ns;                    /* when it went off */
};

/* §7.2.3.2.3: two contexts of a queue. */
struct n82_context {
	bool set;
	u32 macip, tucmd, l4;          /* words 0, 2, 3 */
};

struct n82_flow {                      /* a perfect flow director filter */
	u32 hash, ipsa, ipda, port, vlan, cmd;
	bool used;
};

/* What the parser found in a frame. */
struct n82_packet {
	const u8 *frame;
	u32 len;                       /* padded, FCS not counted */
	u32 l3, l4, end;               /* offsets; 0: not there */
	u16 ethertype, vlan;
	bool tagged, ip4, ip6, tcp, udp, fragment;
	u32 header;                    /* bytes up to the payload */
	u32 queue, rss_type, hash;
	u32 type, status;              /* for the descriptor */
	bool drop, matched;
};

struct n82_waiting {
	struct n82_waiting *next;
	struct n82_packet packet;
	u8 frame[];
};

struct n82_i2c {
	int state, bit;
	bool scl, sda, drive;
	u8 shift, device, offset;
};

struct nic82599 {
	struct nic82599_config cfg;
	u32 reg[NIC82599_BAR_BYTES / 4];
	u64 now;
	struct prng rng;
	struct n82_event event[N82_EVENTS_MAX];
	u32 events;
	u32 fault[NIC82599_FAULTS];
	struct nic82599_count count;
	struct n82_ring rx[NIC82599_QUEUES], tx[NIC82599_QUEUES];
	struct n82_context context[NIC82599_QUEUES][2];
	u64 eicr, eims;                /* bits 0..63: queues or vectors */
	u32 eicr_other, eims_other;    /* bits 16..30 of EICR */
	bool intx;
	bool no_master;                /* PCI command bit 2 is clear */
	bool resetting, ard_seen, dma_seen, master_seen, reset_seen;
	u64 reset_ns;
	u16 eeprom[N82_EEPROM_WORDS];
	struct n82_i2c i2c;
	struct n82_flow flow[N82_FLOWS_MAX];
	u16 mdio_address;
	struct n82_waiting *first, **last; /* the receive FIFO */
	u32 fifo_used;
	u8 rx_frame[NIC82599_FRAME_MAX + 64];
	u8 tx_frame[N82_TSO_MAX + 512];
	u8 segment[NIC82599_FRAME_MAX + 64];
};

#define R(n, at) ((n)->reg[(at) / 4])

static inline u32
n82_rx_ring(u32 q)
{
	return q < 64 ? R_RX + RING_BYTES * q :
	    R_RX_HIGH + RING_BYTES * (q - 64);
}

static inline u32
n82_tx_ring(u32 q)
{
	return R_TX + RING_BYTES * q;
}

/* core.c */
void n82_misuse(struct nic82599 *n, const char *section, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Takes one of a fault's times. */
bool n82_fails(struct nic82599 *n, enum nic82599_fault f);
/* Does (kind, arg) after a random time up to max_ns; at once if that is 0. */
void n82_later(struct nic82599 *n, enum n82_event_kind kind, u32 arg,
    u64 max_ns);
/* Bus mastering: by PCI, and by CTRL. */
bool n82_dma_is_on(const struct nic82599 *n);
bool n82_dma_read(struct nic82599 *n, u64 addr, void *to, u64 len);
bool n82_dma_write(struct nic82599 *n, u64 addr, const void *from, u64 len);

/* table.c: reset values, write masks, sections. */
struct n82_known {
	u32 at, count, stride;
	u32 reset, write;              /* value; bits that may be written */
	u32 flags;                     /* enum n82_flag */
	const char *section;
};
enum n82_flag {
	N82_CLEARS = 1 << 0,           /* on read */
	N82_KEEPS = 1 << 1,            /* over a reset */
};
const struct n82_known *n82_table_find(u32 at);
void n82_table_reset(struct nic82599 *n);

/* ring.c: the registers of queues. */
bool n82_ring_write(struct nic82599 *n, u32 at, u32 v);
void n82_ring_read(struct nic82599 *n, u32 at);
void n82_ring_event(struct nic82599 *n, enum n82_event_kind kind, u32 q);
void n82_ring_reset(struct nic82599 *n);

/* rx.c, tx.c, offload.c */
void n82_rx_drain(struct nic82599 *n);
void n82_rx_flush(struct nic82599 *n);
void n82_tx_run(struct nic82599 *n, u32 q);
/* Sends tx_frame's len bytes as the first descriptor asks. */
void n82_offload_send(struct nic82599 *n, u32 q, u32 len, u32 cmd, u32 status);
void n82_offload_legacy(struct nic82599 *n, u32 q, u32 len, u32 cmd,
    u32 special);

/* parse.c, filter.c, hash.c, flow.c */
void n82_parse(struct n82_packet *p, const u8 *frame, u32 len, u16 vet);
u16 n82_sum(const u8 *p, u32 len, u64 start);
u64 n82_pseudo(const struct n82_packet *p, u32 len);
bool n82_filter_accepts(struct nic82599 *n, const struct n82_packet *p);
void n82_filter_steer(struct nic82599 *n, struct n82_packet *p);
bool n82_hash_rss(struct nic82599 *n, struct n82_packet *p);
bool n82_flow_match(struct nic82599 *n, struct n82_packet *p);
bool n82_flow_write(struct nic82599 *n, u32 at, u32 v);
void n82_flow_event(struct nic82599 *n);

/* irq.c */
void n82_irq_queue(struct nic82599 *n, u32 q, bool tx);
void n82_irq_other(struct nic82599 *n, u32 causes);
bool n82_irq_read(struct nic82599 *n, u32 at, u32 *v);
bool n82_irq_write(struct nic82599 *n, u32 at, u32 v);
void n82_irq_reset(struct nic82599 *n);

/* eeprom.c, sfp.c, phy.c, stats.c */
void n82_eeprom_init(struct nic82599 *n);
void n82_eeprom_load(struct nic82599 *n);
bool n82_eeprom_read(struct nic82599 *n, u32 at, u32 *v);
bool n82_eeprom_write(struct nic82599 *n, u32 at, u32 v);
void n82_eeprom_event(struct nic82599 *n);
void n82_sfp_reset(struct nic82599 *n);
u32 n82_sfp_read(struct nic82599 *n);
void n82_sfp_write(struct nic82599 *n, u32 v);
void n82_phy_write(struct nic82599 *n, u32 v);
void n82_phy_event(struct nic82599 *n);
bool n82_phy_is_copper(const struct nic82599 *n);
void n82_stats_rx(struct nic82599 *n, const u8 *frame, u32 len);
void n82_stats_tx(struct nic82599 *n, u32 q, const u8 *frame, u32 len);
/* A frame that its queue took, or dropped. */
void n82_stats_queue(struct nic82599 *n, u32 q, u32 len, bool dropped);

#endif
