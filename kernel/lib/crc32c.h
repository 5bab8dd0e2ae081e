/* crc32c.h - the Castagnoli CRC that guards every frame. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_CRC32C_H
#define KERNEL_LIB_CRC32C_H

#include "kernel/lib/base.h"

/*
 * CRC-32C (RFC 3720 §12.1, reflected, polynomial 0x1edc6f41) of len bytes,
 * continued from crc; start with 0. crc32c(crc32c(0, a), b) is the CRC of
 * a followed by b. "123456789" gives 0xe3069283.
 */
u32 crc32c(u32 crc, const void *data, size_t len);

#endif
