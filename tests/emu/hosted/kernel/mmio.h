/* mmio.h - device registers for hosted drivers: a model answers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_MMIO_H
#define KERNEL_MMIO_H

#include "kernel/lib/base.h"

/* Drivers for device models are built with -iquote tests/emu/hosted, so that
 * they find this file in place of the node's; the test has the model. */
u8 mmio_read8(const volatile void *reg);
u16 mmio_read16(const volatile void *reg);
u32 mmio_read32(const volatile void *reg);
void mmio_write8(volatile void *reg, u8 v);
void mmio_write16(volatile void *reg, u16 v);
void mmio_write32(volatile void *reg, u32 v);
int mmio_wait8(const volatile void *reg, u8 mask, u8 want, u32 us);
int mmio_wait32(const volatile void *reg, u32 mask, u32 want, u32 us);

#endif
