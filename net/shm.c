/* shm.c - a bounded ring with many producers, and a table of offers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/shm.h"

#include "kernel/lib/string.h"

/*
 * A slot's turn says whose it is in lap n of the ring: 2n the producer's who
 * has got its number from tail, 2n + 1 the consumer's. Zeros are lap 0.
 */

struct shm_slot {
	u64 turn;
	struct port_addr from;
	u32 len;
	struct wire_head head;
	u8 payload[WIRE_PAYLOAD_MAX];
} ALIGNED(CACHE_LINE);

struct shm_offered {
	u32 offer;             /* 0: free */
	u32 pad;
	u64 data, len;
};

struct shm {
	u64 tail ALIGNED(CACHE_LINE);  /* producers */
	u64 head ALIGNED(CACHE_LINE);  /* the owner */
	u32 parked ALIGNED(CACHE_LINE);
	u64 owner;
	struct shm_offered offered[SHM_OFFERS];
	struct shm_slot slot[SHM_SLOTS];
};

size_t
msg_shm_bytes(void)
{
	return sizeof(struct shm);
}

bool
shm_put(struct shm *to, const struct port_addr *from,
    const struct wire_head *head, const void *payload, u32 len)
{
	u64 at = __atomic_load_n(&to->tail, __ATOMIC_RELAXED), lap, turn;
	struct shm_slot *s;

	for (;;) {
		s = &to->slot[at % SHM_SLOTS];
		lap = at / SHM_SLOTS;
		turn = __atomic_load_n(&s->turn, __ATOMIC_ACQUIRE);
		if (turn < 2 * lap)
			return false;
		if (turn > 2 * lap)
			at = __atomic_load_n(&to->tail, __ATOMIC_RELAXED);
		else if (__atomic_compare_exchange_n(&to->tail, &at, at + 1,
		    true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			break;
	}
	s->from = *from;
	s->len = (u32)sizeof(*head) + len;
	s->head = *head;
	memcpy(s->payload, payload, len);
	__atomic_store_n(&s->turn, 2 * lap + 1, __ATOMIC_RELEASE);
	return true;
}

bool
shm_is_empty(const struct shm *own)
{
	u64 at = __atomic_load_n(&own->head, __ATOMIC_RELAXED);

	return __atomic_load_n(&own->slot[at % SHM_SLOTS].turn,
	    __ATOMIC_ACQUIRE) != 2 * (at / SHM_SLOTS) + 1;
}

/* The bytes are a neighbour's: lengths are checked as those of a network. */
u8 *
shm_first(struct shm *own, struct port_addr *from, u32 *len)
{
	struct shm_slot *s = &own->slot[own->head % SHM_SLOTS];

	if (shm_is_empty(own))
		return NULL;
	*from = s->from;
	*len = MIN(s->len, (u32)WIRE_FRAME_MAX);
	return (u8 *)&s->head;
}

void
shm_next(struct shm *own)
{
	struct shm_slot *s = &own->slot[own->head % SHM_SLOTS];
	u64 lap = own->head / SHM_SLOTS;

	__atomic_store_n(&s->turn, 2 * lap + 2, __ATOMIC_RELEASE);
	__atomic_store_n(&own->head, own->head + 1, __ATOMIC_RELAXED);
}

/* Park: publish, fence, then the owner looks at the ring once more. Wake:
 * after the frame is put, fence, look whether it is parked. */
void
shm_park(struct shm *own, bool parked)
{
	__atomic_store_n(&own->parked, parked, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool
shm_must_wake(struct shm *to)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&to->parked, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&to->parked, 0, __ATOMIC_SEQ_CST);
}

void
shm_own(struct shm *own, u64 owner)
{
	__atomic_store_n(&own->owner, owner, __ATOMIC_RELEASE);
}

u64
shm_owner(const struct shm *s)
{
	return __atomic_load_n(&s->owner, __ATOMIC_ACQUIRE);
}

void
shm_offer(struct shm *own, u32 offer, const void *data, u64 len)
{
	struct shm_offered *o = &own->offered[offer % SHM_OFFERS];

	if (o->offer)
		return;
	o->data = (u64)(uintptr_t)data;
	o->len = len;
	__atomic_store_n(&o->offer, offer, __ATOMIC_RELEASE);
}

void
shm_offer_end(struct shm *own, u32 offer)
{
	struct shm_offered *o = &own->offered[offer % SHM_OFFERS];

	if (o->offer == offer)
		__atomic_store_n(&o->offer, 0, __ATOMIC_RELEASE);
}

bool
shm_offer_find(const struct shm *s, u32 offer, u64 *data, u64 *len)
{
	const struct shm_offered *o = &s->offered[offer % SHM_OFFERS];

	if (__atomic_load_n(&o->offer, __ATOMIC_ACQUIRE) != offer)
		return false;
	*data = o->data;
	*len = o->len;
	return true;
}
