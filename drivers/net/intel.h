/* intel.h - what Intel's Ethernet families share: rings, reset, quiescing. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_INTEL_H
#define DRIVERS_NET_INTEL_H

#include "kernel/pci.h"
#include "net/nic.h"

/*
 * Rings: hardware owns [head, tail), we own the rest; one entry stays free so
 * that a full ring differs from an empty one. A frame's pieces take one
 * descriptor each; only the last reports status, and its cookie stands beside
 * it. Receive descriptors are written back in the layout that the 82574 calls
 * extended and later chips advanced; transmit descriptors are legacy or
 * advanced, which differ in the bits of tx_cmd and in the payload's length.
 */

enum intel_reg {               /* 82574 §10.2, 82599 §8.2.3: the same */
	INTEL_CTRL = 0x0000,
	INTEL_STATUS = 0x0008,
	/* from the first register of a ring on */
	INTEL_BAL = 0x00,
	INTEL_BAH = 0x04,
	INTEL_LEN = 0x08,
	INTEL_HEAD = 0x10,
	INTEL_TAIL = 0x18,
	INTEL_XDCTL = 0x28,
};

enum intel_limit {
	INTEL_QUEUE_US_MAX = 10000,    /* 82599 §4.6.7.1: a few in practice */
	INTEL_DRAIN_US = 100,          /* §4.6.7.1.2: memory is still written */
};

enum intel_bits {
	INTEL_CTRL_MASTER_DISABLE = 1 << 2,
	INTEL_CTRL_RST = 1 << 26,
	INTEL_XDCTL_ENABLE = 1 << 25,
	INTEL_STATUS_LU = 1 << 1,      /* gigabit families: link up */
	INTEL_STATUS_SPEED_SHIFT = 6,  /* 0: 10, 1: 100, 2 and 3: 1000 */
	INTEL_STATUS_MASTER = 1 << 19,
	INTEL_RX_DD = 1 << 0,  /* 82574 §7.1.5, 82599 §7.1.6.2 */
	INTEL_RX_EOP = 1 << 1,
	INTEL_RX_L4CS = 1 << 5,
	INTEL_RX_L4E = 1 << 30,
	INTEL_TX_EOP = 1 << 24, /* 82574 §7.2.10, 82599 §7.2.3.2 */
	INTEL_TX_IFCS = 1 << 25,
	INTEL_TX_RS = 1 << 27,
	INTEL_TX_DEXT = 1 << 29,
	INTEL_TX_DATA = 3 << 20, /* DTYP: advanced data */
	INTEL_TX_DD = 1 << 0,
	INTEL_TX_CC = 1 << 7,  /* the context holds */
	INTEL_TX_TXSM = 1 << 9, /* POPTS: fill in the L4 sum */
	INTEL_TX_PAYLEN_SHIFT = 14,
};

struct intel_rx {              /* given: addr, and zeros or the head's addr */
	u64 addr;              /* back: type and RSS hash */
	u32 status;
	u16 len, vlan;
};

struct intel_tx {
	u64 addr;
	u32 cmd;               /* length in bits 15:0 */
	u32 status;
};
_Static_assert(sizeof(struct intel_rx) == 16, "hardware layout");
_Static_assert(sizeof(struct intel_tx) == 16, "hardware layout");

struct intel_nic {
	struct nic nic;        /* first */
	const struct pci_dev *pci;
	volatile u8 *regs;
	struct nic_stats stats;
	u32 tx_cmd;            /* of every data descriptor */
	u32 rx_bad;            /* status bits of a broken frame */
	u8 mac[6];
};

struct intel_buf {             /* as posted */
	void *buf, *cookie;
};

struct nic_queue {
	struct intel_nic *dev;
	volatile struct intel_rx *rx;
	volatile struct intel_tx *tx;
	volatile u8 *rx_regs, *tx_regs;  /* enum intel_reg */
	struct intel_buf *rx_buf;
	void **tx_cookie;
	u32 rx_mask, tx_mask;  /* entries less one; powers of two */
	u32 rx_next, rx_tail;  /* to look at, to post */
	u32 rx_told;           /* rx_tail as the device knows it */
	u32 tx_next, tx_done;  /* to fill, to look at */
	u32 rx_bytes;          /* of a receive buffer */
	u16 index;
	bool open;
	bool armed;            /* its interrupt */
	bool torn;             /* in the pieces of a frame too long */
};

static inline struct intel_nic *
intel_self(struct nic *nic)
{
	return (struct intel_nic *)nic;
}

u32 intel_read(const struct intel_nic *d, u32 reg);
void intel_write(struct intel_nic *d, u32 reg, u32 value);

/* Maps BAR 0 of at least `bytes` and turns bus mastering on. ERR_IO. */
int intel_open(struct intel_nic *d, const struct pci_dev *pci, u64 bytes);
/* No more transactions, then CTRL bits `how`. ERR_TIMEOUT. */
int intel_reset(struct intel_nic *d, u32 how);
/* Reads the address that the EEPROM put into the first receive address. */
void intel_mac(struct intel_nic *d, u32 ral);
/* A gigabit family's link, and the address, into info. */
void intel_link(const struct intel_nic *d, struct nic_info *info);
/* filter_add and filter_del of a device that has none. */
int intel_no_filter(struct nic *nic, const struct nic_filter *f);

/* Rings of q, of at least rx and tx entries; the device does not know of them
 * before intel_ring_start. ERR_NOMEM. */
int intel_rings_alloc(struct nic_queue *q, u16 rx, u16 tx);
void intel_ring_start(volatile u8 *regs, const volatile void *ring, u32 mask);

/* Families whose rings are enabled one by one: writes XDCTL and waits until
 * ENABLE reads as written. ERR_TIMEOUT. */
int intel_ring_enable(volatile u8 *regs, u32 xdctl);
/* Stops both rings and lets what is under way arrive. ERR_TIMEOUT. */
int intel_rings_stop(struct nic_queue *q);

/* As in net/nic.h. */
int intel_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n);
int intel_reclaim(struct nic_queue *q, void **cookies, int n);
int intel_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie);
int intel_rx_post_split(struct nic_queue *q, void *head, void *buf, u32 len,
    void *cookie);
int intel_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n);
bool intel_is_idle(const struct nic_queue *q);
int intel_queue_reclaim(struct nic_queue *q, void **rx_cookies, int n);
void intel_quiesce(struct nic *nic);

#endif
