/* nic82599.h - a model of Intel's 82599 (X540, X550) at register level. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_NIC82599_NIC82599_H
#define TESTS_EMU_NIC82599_NIC82599_H

#include "kernel/lib/base.h"

/*
 *	 driver --- nic82599_read, nic82599_write ---.     .--- host.dma_read
 *	                                              v     v    host.dma_write
 *	 time   --- nic82599_tick --------------->  the model
 *	                                              ^     |--- host.irq
 *	 wire   --- nic82599_wire_rx ----------------'      `--- host.wire_tx
 *
 * Memory, time, the wire and interrupts are the embedder's; the model has no
 * thread and no clock, and calls back only from inside a call. One caller at
 * a time. host.wire_tx may call nic82599_wire_rx (a loopback), no other.
 *
 * What a driver must wait for takes a random time, from the seed, of at most
 * delay_ns: reset, EEPROM, queues on and off, link, MDIO, bus mastering. With
 * lag_ns > 0 descriptors are looked at that much later, too.
 *
 * Strict: what the datasheet forbids is told to host.misuse, with its section;
 * the access has no effect if that returns. Lenient, for drivers of strangers:
 * unknown registers are memory, and misuse is counted only.
 *
 * One packet buffer; no DCB, virtual functions, LinkSec, IPsec, FCoE, RSC.
 */

enum {
	NIC82599_BAR_BYTES = 0x20000,
	NIC82599_QUEUES = 128,
	NIC82599_VECTORS = 64,
	NIC82599_INTX = -1,            /* as host.irq's vector */
	NIC82599_FRAME_MAX = 16384,    /* FCS not counted */
};

struct nic82599_host {
	void *ctx;
	/* Copies; false: nothing is mapped at that address; strict, that is
	 * misuse. A write of 8 aligned bytes is seen whole. */
	bool (*dma_read)(void *ctx, u64 addr, void *to, u64 len);
	bool (*dma_write)(void *ctx, u64 addr, const void *from, u64 len);
	/* A frame without FCS, at least 60 bytes. */
	void (*wire_tx)(void *ctx, const u8 *frame, u32 len);
	/* MSI-X: a message, on is true. INTx: the line's new level. */
	void (*irq)(void *ctx, int vector, bool on);
	/* May not return, in a test. May be NULL if not strict. */
	void (*misuse)(void *ctx, const char *section, const char *text);
	/* Every access, 'R' or 'W', after it was done. May be NULL. */
	void (*trace)(void *ctx, char op, u32 at, u32 value);
};

struct nic82599_config {
	struct nic82599_host host;
	u16 device;                    /* PCI id; 0: 0x10fb */
	u8 mac[6];
	bool strict;
	u64 seed;
	u64 delay_ns, lag_ns;
};

/* What goes wrong; each for a number of times, NIC82599_ALWAYS: until 0. */
enum nic82599_fault {
	NIC82599_GONE,                 /* surprise removal: reads as ones */
	NIC82599_STUCK_RESET,          /* CTRL.RST does not clear */
	NIC82599_STUCK_MASTER,         /* STATUS.GIO does not clear */
	NIC82599_DEAF_QUEUE,           /* xDCTL.ENABLE does not clear */
	NIC82599_LOST_DONE,            /* a frame is sent, not reported */
	NIC82599_BAD_SUM,              /* L4E on a good frame */
	NIC82599_RX_ERROR,             /* RXE: the FCS was wrong */
	NIC82599_LINK_DOWN,            /* no light */
	NIC82599_FAULTS
};
#define NIC82599_ALWAYS UINT32_MAX

struct nic82599_count {
	u64 reads, writes, doorbells, resets, misuses;
	u64 tx_frames, tx_bytes, rx_frames, rx_bytes;
	u64 rx_filtered;               /* not for this address */
	u64 rx_no_queue;               /* receive path or queue off */
	u64 rx_dropped;                /* DROP_EN and no descriptor */
	u64 rx_missed;                 /* FIFO full */
	u64 split;                     /* a header was decoded, split off */
	u64 header_first;              /* DESCTYPE 5 without that */
	u64 segmented;                 /* frames that TSO took apart */
	u64 steered, hashed;           /* by a filter; by RSS */
	u64 dma_refused, irqs;
};

struct nic82599;

/* NULL: no memory. The link is up after delay_ns. */
struct nic82599 *nic82599_create(const struct nic82599_config *cfg);
/* NULL: nothing. */
void nic82599_destroy(struct nic82599 *n);

/* An access of 4 aligned bytes to BAR 0. Sets nothing but what the registers
 * say; the time is the last tick's. */
u32 nic82599_read(struct nic82599 *n, u32 at);
void nic82599_write(struct nic82599 *n, u32 at, u32 value);

/* The time, which never goes back: does what is due. */
void nic82599_tick(struct nic82599 *n, u64 now_ns);
/* When the next thing is due; UINT64_MAX: none. */
u64 nic82599_due(const struct nic82599 *n);

/* A frame without FCS arrives; runts are padded. */
void nic82599_wire_rx(struct nic82599 *n, const void *frame, u32 len);

/* False: the FIFO is half full, and whoever can may hold frames back. */
bool nic82599_has_room(const struct nic82599 *n);

/* The PCI command register's bus mastering, on at first: without it all that
 * needs memory waits. */
void nic82599_bus_master(struct nic82599 *n, bool on);

/* Strict from now on, or lenient. */
void nic82599_strict(struct nic82599 *n, bool on);

/* As PCI's reset does. */
void nic82599_pci_reset(struct nic82599 *n);

/* `times` 0 ends it. */
void nic82599_fault(struct nic82599 *n, enum nic82599_fault f, u32 times);

const struct nic82599_count *nic82599_counts(const struct nic82599 *n);
/* The register as it stands: no side effect, no trace. */
u32 nic82599_peek(const struct nic82599 *n, u32 at);
/* "§" section that describes the register; NULL: there is none. */
const char *nic82599_section(const struct nic82599 *n, u32 at);

#endif
