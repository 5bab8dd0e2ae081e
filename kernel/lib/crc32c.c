/* crc32c.c - the Castagnoli CRC, by instruction or by table. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/crc32c.h"

#include "kernel/lib/string.h"

/*
 * Every supported CPU (x86-64-v2) has the CRC32 instruction, but QEMU's TCG
 * executes it bit by bit: there eight table lookups per eight bytes are
 * faster. The way is chosen by the first caller; the table is built then
 * (8 KiB that the image need not carry). Whoever comes while another core
 * builds it goes bit by bit, so nobody waits.
 */

#define CRC32C_POLY 0x82f63b78u

enum crc32c_way { CRC32C_UNKNOWN, CRC32C_BUILDING, CRC32C_TABLE, CRC32C_CPU };

static u32 table[8][256];
static int way;

static u32
crc32c_bits(u32 crc, const u8 *p, size_t len)
{
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = (crc >> 1) ^ (CRC32C_POLY & (0 - (crc & 1)));
	}
	return crc;
}

static u32
crc32c_table(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; len -= 8, p += 8) {
		u64 v;

		memcpy(&v, p, 8);
		v ^= crc;
		crc = table[7][v & 255] ^ table[6][v >> 8 & 255] ^
		    table[5][v >> 16 & 255] ^ table[4][v >> 24 & 255] ^
		    table[3][v >> 32 & 255] ^ table[2][v >> 40 & 255] ^
		    table[1][v >> 48 & 255] ^ table[0][v >> 56];
	}
	for (; len; len--)
		crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 255];
	return crc;
}

static u32
crc32c_cpu(u32 start, const u8 *p, size_t len)
{
	u64 crc = start;

	for (; len >= 8; len -= 8, p += 8) {
		u64 v;

		memcpy(&v, p, 8);
		__asm__("crc32q %1, %0" : "+r"(crc) : "r"(v));
	}
	for (; len; len--, p++)
		__asm__("crc32b %1, %0" : "+r"(crc) : "r"(*p));
	return (u32)crc;
}

static void
crc32c_build(void)
{
	for (u32 i = 0; i < 256; i++) {
		u8 zero = 0;

		table[0][i] = crc32c_bits(i, &zero, 1);
	}
	for (u32 k = 1; k < 8; k++)
		for (u32 i = 0; i < 256; i++) {
			u32 c = table[k - 1][i];

			table[k][i] = (c >> 8) ^ table[0][c & 255];
		}
}

static void
crc32c_cpuid(u32 leaf, u32 r[4])
{
	__asm__ volatile("cpuid"
	    : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
	    : "a"(leaf), "c"(0));
}

/* The instruction exists and is not TCG's imitation of it. */
static bool
crc32c_cpu_is_fast(void)
{
	u32 r[4];

	crc32c_cpuid(1, r);
	if (!(r[2] & 1u << 20))
		return false;
	if (!(r[2] & 1u << 31))
		return true;
	crc32c_cpuid(0x40000000, r);
	return memcmp(&r[1], "TCGTCGTCGTCG", 12) != 0;
}

static int
crc32c_choose(void)
{
	int none = CRC32C_UNKNOWN, chosen = CRC32C_CPU;

	if (!__atomic_compare_exchange_n(&way, &none, CRC32C_BUILDING, false,
		__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return none;
	if (!crc32c_cpu_is_fast()) {
		crc32c_build();
		chosen = CRC32C_TABLE;
	}
	__atomic_store_n(&way, chosen, __ATOMIC_RELEASE);
	return chosen;
}

u32
crc32c(u32 crc, const void *data, size_t len)
{
	int w = __atomic_load_n(&way, __ATOMIC_ACQUIRE);

	if (UNLIKELY(w == CRC32C_UNKNOWN))
		w = crc32c_choose();
	if (w == CRC32C_CPU)
		return ~crc32c_cpu(~crc, data, len);
	if (w == CRC32C_TABLE)
		return ~crc32c_table(~crc, data, len);
	return ~crc32c_bits(~crc, data, len);
}
