/* aead.c - ChaCha20 and Poly1305 joined as RFC 8439 says. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/aead.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/*
 * Time does not depend on keys or data: no branches and no table lookups on
 * secrets. No vectors: the node's kernel is compiled without them.
 */

enum { CHACHA_BLOCK = 64, POLY_BLOCK = 16 };

/* h and r in radix 2^64; r is clamped, so products stay below 2^128. */
struct poly {
	u64 h[3], r[2], s[2];
};

static u32
aead_load32(const u8 *p)
{
	u32 x;

	memcpy(&x, p, 4);
	return x;
}

static u64
aead_load64(const u8 *p)
{
	u64 x;

	memcpy(&x, p, 8);
	return x;
}

/* Inlined: a third of a block's instructions went into the calls. */
__attribute__((always_inline)) static inline void
chacha_quarter(u32 x[16], int a, int b, int c, int d)
{
	x[a] += x[b], x[d] ^= x[a], x[d] = x[d] << 16 | x[d] >> 16;
	x[c] += x[d], x[b] ^= x[c], x[b] = x[b] << 12 | x[b] >> 20;
	x[a] += x[b], x[d] ^= x[a], x[d] = x[d] << 8 | x[d] >> 24;
	x[c] += x[d], x[b] ^= x[c], x[b] = x[b] << 7 | x[b] >> 25;
}

/* RFC 8439 §2.3. */
static void
chacha_block(const u8 *key, const u8 *nonce, u32 counter, u8 out[CHACHA_BLOCK])
{
	u32 in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	u32 x[16];

	for (int i = 0; i < 8; i++)
		in[4 + i] = aead_load32(key + 4 * i);
	in[12] = counter;
	for (int i = 0; i < 3; i++)
		in[13 + i] = aead_load32(nonce + 4 * i);
	memcpy(x, in, sizeof(x));
	for (int i = 0; i < 10; i++) {
		chacha_quarter(x, 0, 4, 8, 12);
		chacha_quarter(x, 1, 5, 9, 13);
		chacha_quarter(x, 2, 6, 10, 14);
		chacha_quarter(x, 3, 7, 11, 15);
		chacha_quarter(x, 0, 5, 10, 15);
		chacha_quarter(x, 1, 6, 11, 12);
		chacha_quarter(x, 2, 7, 8, 13);
		chacha_quarter(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++) {
		x[i] += in[i];
		memcpy(out + 4 * i, &x[i], 4);
	}
}

static void
chacha_xor(const u8 *key, const u8 *nonce, u8 *data, size_t len)
{
	u8 stream[CHACHA_BLOCK];
	u32 counter = 1;

	while (len) {
		size_t n = MIN(len, (size_t)CHACHA_BLOCK);

		chacha_block(key, nonce, counter++, stream);
		for (size_t i = 0; i < n; i++)
			data[i] ^= stream[i];
		data += n;
		len -= n;
	}
}

/* RFC 8439 §2.5: r is clamped, s added at the end. */
static void
poly_init(struct poly *p, const u8 key[32])
{
	memset(p, 0, sizeof(*p));
	p->r[0] = aead_load64(key) & 0x0ffffffc0fffffffu;
	p->r[1] = aead_load64(key + 8) & 0x0ffffffc0ffffffcu;
	p->s[0] = aead_load64(key + 16);
	p->s[1] = aead_load64(key + 24);
}

/* h = (h + block) * r mod 2^130 - 5, left partly reduced. */
static void
poly_block(struct poly *p, const u8 *block)
{
	u64 s1 = p->r[1] + (p->r[1] >> 2);
	unsigned __int128 d0, d1;
	u64 h2;

	d0 = (unsigned __int128)p->h[0] + aead_load64(block);
	d1 = (unsigned __int128)p->h[1] + aead_load64(block + 8) +
	    (u64)(d0 >> 64);
	p->h[0] = (u64)d0;
	p->h[1] = (u64)d1;
	p->h[2] += (u64)(d1 >> 64) + 1;

	d0 = (unsigned __int128)p->h[0] * p->r[0] +
	    (unsigned __int128)p->h[1] * s1;
	d1 = (unsigned __int128)p->h[0] * p->r[1] +
	    (unsigned __int128)p->h[1] * p->r[0] + p->h[2] * s1;
	h2 = p->h[2] * p->r[0];
	p->h[0] = (u64)d0;
	d1 += (u64)(d0 >> 64);
	p->h[1] = (u64)d1;
	h2 += (u64)(d1 >> 64);

	d0 = (unsigned __int128)p->h[0] + (h2 >> 2) + (h2 & ~(u64)3);
	p->h[0] = (u64)d0;
	d1 = (unsigned __int128)p->h[1] + (u64)(d0 >> 64);
	p->h[1] = (u64)d1;
	p->h[2] = (h2 & 3) + (u64)(d1 >> 64);
}

/* Adds len bytes and pads them with zeros to a whole block. */
static void
poly_padded(struct poly *p, const u8 *data, size_t len)
{
	for (; len >= POLY_BLOCK; len -= POLY_BLOCK, data += POLY_BLOCK)
		poly_block(p, data);
	if (len) {
		u8 last[POLY_BLOCK] = { 0 };

		memcpy(last, data, len);
		poly_block(p, last);
	}
}

static void
poly_tag(struct poly *p, u8 tag[AEAD_TAG_BYTES])
{
	unsigned __int128 d;
	u64 g0, g1, g2, mask;

	/* h - (2^130 - 5), taken if it is not negative. */
	d = (unsigned __int128)p->h[0] + 5;
	g0 = (u64)d;
	d = (unsigned __int128)p->h[1] + (u64)(d >> 64);
	g1 = (u64)d;
	g2 = p->h[2] + (u64)(d >> 64);
	mask = 0 - (g2 >> 2);
	p->h[0] = (p->h[0] & ~mask) | (g0 & mask);
	p->h[1] = (p->h[1] & ~mask) | (g1 & mask);

	d = (unsigned __int128)p->h[0] + p->s[0];
	g0 = (u64)d;
	g1 = p->h[1] + p->s[1] + (u64)(d >> 64);
	memcpy(tag, &g0, 8);
	memcpy(tag + 8, &g1, 8);
}

/* RFC 8439 §2.8: the tag over ad, ciphertext and both lengths. */
static void
aead_tag(const u8 *key, const u8 *nonce, const void *ad, size_t ad_len,
    const void *data, size_t len, u8 tag[AEAD_TAG_BYTES])
{
	u8 once[CHACHA_BLOCK], lens[POLY_BLOCK];
	u64 a = ad_len, b = len;
	struct poly p;

	chacha_block(key, nonce, 0, once);
	poly_init(&p, once);
	poly_padded(&p, ad, ad_len);
	poly_padded(&p, data, len);
	memcpy(lens, &a, 8);
	memcpy(lens + 8, &b, 8);
	poly_block(&p, lens);
	poly_tag(&p, tag);
}

void
aead_seal(const u8 key[AEAD_KEY_BYTES], const u8 nonce[AEAD_NONCE_BYTES],
    const void *ad, size_t ad_len, void *data, size_t len,
    u8 tag[AEAD_TAG_BYTES])
{
	chacha_xor(key, nonce, data, len);
	aead_tag(key, nonce, ad, ad_len, data, len, tag);
}

int
aead_open(const u8 key[AEAD_KEY_BYTES], const u8 nonce[AEAD_NONCE_BYTES],
    const void *ad, size_t ad_len, void *data, size_t len,
    const u8 tag[AEAD_TAG_BYTES])
{
	u8 want[AEAD_TAG_BYTES], differ = 0;

	aead_tag(key, nonce, ad, ad_len, data, len, want);
	for (int i = 0; i < AEAD_TAG_BYTES; i++)
		differ |= (u8)(want[i] ^ tag[i]);
	if (differ)
		return ERR_AUTH;
	chacha_xor(key, nonce, data, len);
	return 0;
}
