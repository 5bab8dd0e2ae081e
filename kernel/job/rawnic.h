/* rawnic.h - network cards whose queue an application owns. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_JOB_RAWNIC_H
#define KERNEL_JOB_RAWNIC_H

#include "net/nic.h"

struct rank;

/* The calls of kernel/abi_machine.h, for the calling rank. */
int rawnic_info(u32 i, struct nic_info *info);
int rawnic_open(u32 i, u16 rx, u16 tx);
int rawnic_post(u32 i, void *buf, u32 len, void *cookie);
int rawnic_rx(u32 i, struct nic_rx *rx, int n);
int rawnic_tx(u32 i, const struct nic_tx *tx, int n);
int rawnic_reclaim(u32 i, void **cookies, int n);
void rawnic_close(u32 i);

/* Closes what a rank left open: it has ended, and runs nowhere. */
void rawnic_release(struct rank *r);

#endif
