/* nic82599_hosted.h - a real driver, hosted, on the 82599's model. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_NIC82599_HOSTED_H
#define TESTS_EMU_NIC82599_HOSTED_H

#include "kernel/pci.h"
#include "tests/emu/nic82599/nic82599.h"

/*
 * A driver built with -iquote tests/emu/hosted reaches its registers by
 * mmio_*(); each access takes a microsecond of machine_now_ns. Memory is the
 * process's: what AddressSanitizer knows to be out of bounds is not mapped.
 * A misuse fails the test. Frames go to wire_tx, by default back to their
 * sender.
 */

enum { HOSTED_NICS_MAX = 4 };

struct hosted_nic {
	struct pci_dev pci;
	struct nic82599 *model;
	u8 *bar;                       /* addresses only */
	u32 routes[NIC82599_VECTORS];  /* vector that was routed, 0: none */
	u32 irqs[NIC82599_VECTORS];    /* messages that came */
	/* Set by the test. */
	void (*wire_tx)(struct hosted_nic *h, const u8 *frame, u32 len);
	struct hosted_nic *peer;       /* for hosted_cross */
};

/* Takes all devices away; then hosted_nic() adds them anew. */
void hosted_start(void);

/* cfg's host is filled in here. The device is ready for a driver's probe. */
struct hosted_nic *hosted_nic(const struct nic82599_config *cfg);

/* A wire_tx: to the peer, whatever it is. */
void hosted_cross(struct hosted_nic *h, const u8 *frame, u32 len);

/* Lets time pass in steps, for devices that work later. */
void hosted_wait(u64 ns);

#endif
