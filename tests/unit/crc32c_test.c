/* crc32c_test.c - both ways of computing the CRC give the same. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/crc32c.c"
#include "kernel/lib/prng.h"
#include "tests/test.h"

TEST(crc32c__table_instruction_and_bits_agree)
{
	u8 data[300];
	struct prng p;

	crc32c_build();
	prng_seed(&p, 2);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)prng_next(&p);
	for (size_t len = 0; len < 290; len++) {
		u32 want = crc32c_bits(7, data + len % 8, len);

		CHECK_EQ(crc32c_table(7, data + len % 8, len), want);
		CHECK_EQ(crc32c_cpu(7, data + len % 8, len), want);
	}
}
