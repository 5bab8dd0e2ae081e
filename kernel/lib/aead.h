/* aead.h - ChaCha20-Poly1305 (RFC 8439) for control messages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_AEAD_H
#define KERNEL_LIB_AEAD_H

#include "kernel/lib/base.h"

enum {
	AEAD_KEY_BYTES = 32,
	AEAD_NONCE_BYTES = 12,
	AEAD_TAG_BYTES = 16,
};

/*
 * Encrypts len bytes of data in place and writes the tag over data and ad.
 * A nonce must never be used twice with one key.
 */
void aead_seal(const u8 key[AEAD_KEY_BYTES], const u8 nonce[AEAD_NONCE_BYTES],
    const void *ad, size_t ad_len, void *data, size_t len,
    u8 tag[AEAD_TAG_BYTES]);

/*
 * Checks the tag in constant time and decrypts in place. 0, or ERR_AUTH
 * with data untouched.
 */
int aead_open(const u8 key[AEAD_KEY_BYTES], const u8 nonce[AEAD_NONCE_BYTES],
    const void *ad, size_t ad_len, void *data, size_t len,
    const u8 tag[AEAD_TAG_BYTES]);

#endif
