/* shm.h - frames and offers between ranks of one node, in shared memory. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_SHM_H
#define NET_SHM_H

#include "net/wire.h"

/*
 * Each rank has a segment that the ranks of its node map. It begins as zeros.
 *
 *	ring     frames for the rank: any neighbour puts, the rank takes
 *	offers   what the rank offers its neighbours: address and length, so
 *	         that a receiver copies once, straight from the sender
 *
 * Frames are those of the network, without their sums: streams, credits and
 * acknowledgements are the same. A full ring is a full port.
 */

enum { SHM_SLOTS = 128, SHM_OFFERS = 64 };

struct shm;

/* Puts a frame (len bytes behind head); false: full. */
bool shm_put(struct shm *to, const struct port_addr *from,
    const struct wire_head *head, const void *payload, u32 len);

/* The oldest frame, in its slot until shm_next(); NULL: none. */
u8 *shm_first(struct shm *own, struct port_addr *from, u32 *len);
void shm_next(struct shm *own);
bool shm_is_empty(const struct shm *own);

/* The owner is about to sleep, or awake again. */
void shm_park(struct shm *own, bool parked);
/* True once: it sleeps and must be woken by other means. */
bool shm_must_wake(struct shm *to);

void shm_own(struct shm *own, u64 owner);
u64 shm_owner(const struct shm *s);

/* The owner's: says where an offer lies; no more after shm_offer_end(). */
void shm_offer(struct shm *own, u32 offer, const void *data, u64 len);
void shm_offer_end(struct shm *own, u32 offer);
/* A neighbour's: false if the table had no room for it. */
bool shm_offer_find(const struct shm *s, u32 offer, u64 *data, u64 *len);

#endif
