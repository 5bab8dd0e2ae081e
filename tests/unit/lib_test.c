/* lib_test.c - CRC, random numbers and AEAD against published vectors. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/aead.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/test.h"

#include <sodium.h>
#include <string.h>

static u32
slow_crc(const u8 *p, size_t len)
{
	u32 crc = ~0u;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

TEST(crc32c__published_value)
{
	CHECK_EQ(crc32c(0, "123456789", 9), 0xe3069283u);
	CHECK_EQ(crc32c(0, "", 0), 0);
}

TEST(crc32c__same_as_bit_by_bit_at_every_length_and_split)
{
	u8 data[300];
	struct prng p;

	prng_seed(&p, 1);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)prng_next(&p);
	for (size_t len = 0; len < 280; len++) {
		size_t cut = (size_t)prng_below(&p, len + 1);
		const u8 *at = data + len % 8;

		CHECK_EQ(crc32c(0, at, len), slow_crc(at, len));
		CHECK_EQ(crc32c(crc32c(0, at, cut), at + cut, len - cut),
		    slow_crc(at, len));
	}
}

TEST(prng__same_seed_same_numbers_and_fair_range)
{
	struct prng a, b;
	u32 seen[7] = { 0 };

	prng_seed(&a, 42);
	prng_seed(&b, 42);
	for (int i = 0; i < 7000; i++) {
		CHECK(prng_next(&a) == prng_next(&b));
		seen[prng_below(&a, 7)]++;
		prng_below(&b, 7);
	}
	for (int i = 0; i < 7; i++)
		CHECK(seen[i] > 800 && seen[i] < 1200);
}

/* RFC 8439 §2.8.2. */
TEST(aead__rfc8439_vector)
{
	static const char text[] = "Ladies and Gentlemen of the class of '99: "
	    "If I could offer you only one tip for the future, sunscreen "
	    "would be it.";
	static const u8 tag_want[16] = { 0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09,
		0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91 };
	static const u8 ad[12] = { 0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2,
		0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
	static const u8 nonce[12] = { 0x07, 0, 0, 0, 0x40, 0x41, 0x42, 0x43,
		0x44, 0x45, 0x46, 0x47 };
	u8 key[32], data[sizeof(text) - 1], tag[16];

	for (u8 i = 0; i < 32; i++)
		key[i] = (u8)(0x80 + i);
	memcpy(data, text, sizeof(data));
	aead_seal(key, nonce, ad, sizeof(ad), data, sizeof(data), tag);
	CHECK_EQ(data[0], 0xd3);
	CHECK_EQ(data[113], 0x16);
	CHECK(memcmp(tag, tag_want, 16) == 0);
	CHECK_EQ(aead_open(key, nonce, ad, 12, data, sizeof(data), tag), 0);
	CHECK(memcmp(data, text, sizeof(data)) == 0);
}

TEST(aead__same_as_libsodium_and_refuses_every_changed_bit)
{
	u8 key[32], nonce[12], ad[64], plain[300], ours[300], theirs[300];
	u8 tag[16], tag2[16];
	unsigned long long tag_len;
	struct prng p;

	prng_seed(&p, test_seed());
	for (size_t n = 0; n < 300; n++) {
		size_t ad_len = n % 65;
		u8 *flip;

		for (size_t i = 0; i < sizeof(plain); i++)
			plain[i] = (u8)prng_next(&p);
		memcpy(key, plain, 32);
		memcpy(nonce, plain + 40, 12);
		memcpy(ad, plain + 60, 64);
		memcpy(ours, plain, n);
		aead_seal(key, nonce, ad, ad_len, ours, n, tag);
		crypto_aead_chacha20poly1305_ietf_encrypt_detached(theirs,
		    tag2, &tag_len, plain, n, ad, ad_len, NULL, nonce, key);
		CHECK(memcmp(ours, theirs, n) == 0);
		CHECK(memcmp(tag, tag2, 16) == 0);
		flip = n % 2 && n ? &ours[prng_below(&p, n)] : &tag[n % 16];
		*flip ^= (u8)(1u << (n % 8));
		memcpy(theirs, ours, n);
		CHECK_EQ(aead_open(key, nonce, ad, ad_len, ours, n, tag),
		    ERR_AUTH);
		CHECK(memcmp(ours, theirs, n) == 0);
		*flip ^= (u8)(1u << (n % 8));
		CHECK_EQ(aead_open(key, nonce, ad, ad_len, ours, n, tag), 0);
		CHECK(memcmp(ours, plain, n) == 0);
	}
}
