/* endian.h - fixed-width fields of wire formats and hardware, as types. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_ENDIAN_H
#define KERNEL_LIB_ENDIAN_H

#include "kernel/lib/base.h"

/*
 * le* are little-endian, be* big-endian; as structs they cannot be mixed
 * up with plain integers. They have alignment 1: they may stand anywhere in
 * a packet.
 */
typedef struct {
	u8 b[2];
} le16;
typedef struct {
	u8 b[4];
} le32;
typedef struct {
	u8 b[8];
} le64;
typedef struct {
	u8 b[2];
} be16;
typedef struct {
	u8 b[4];
} be32;

/* x86-64 is little-endian: a le load is a plain load. */
static inline u16
le16_get(le16 v)
{
	u16 x;
	__builtin_memcpy(&x, v.b, 2);
	return x;
}
static inline u32
le32_get(le32 v)
{
	u32 x;
	__builtin_memcpy(&x, v.b, 4);
	return x;
}
static inline u64
le64_get(le64 v)
{
	u64 x;
	__builtin_memcpy(&x, v.b, 8);
	return x;
}
static inline le16
le16_of(u16 x)
{
	le16 v;
	__builtin_memcpy(v.b, &x, 2);
	return v;
}
static inline le32
le32_of(u32 x)
{
	le32 v;
	__builtin_memcpy(v.b, &x, 4);
	return v;
}
static inline le64
le64_of(u64 x)
{
	le64 v;
	__builtin_memcpy(v.b, &x, 8);
	return v;
}

static inline u16
be16_get(be16 v)
{
	u16 x;
	__builtin_memcpy(&x, v.b, 2);
	return __builtin_bswap16(x);
}
static inline u32
be32_get(be32 v)
{
	u32 x;
	__builtin_memcpy(&x, v.b, 4);
	return __builtin_bswap32(x);
}
static inline be16
be16_of(u16 x)
{
	be16 v;
	x = __builtin_bswap16(x);
	__builtin_memcpy(v.b, &x, 2);
	return v;
}
static inline be32
be32_of(u32 x)
{
	be32 v;
	x = __builtin_bswap32(x);
	__builtin_memcpy(v.b, &x, 4);
	return v;
}

#endif
