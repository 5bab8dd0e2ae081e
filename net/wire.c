/* wire.c - lengths, versions, keys and sums of a frame are checked once. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/wire.h"

#include "kernel/lib/crc32c.h"

static u32
wire_crc(const void *head, size_t head_len, const void *data, u32 len)
{
	return crc32c(crc32c(0, head, head_len), data, len);
}

void
wire_sum(struct wire_head *head, const void *payload, u32 len)
{
	head->crc = le32_of(wire_crc(head, offsetof(struct wire_head, crc),
	    payload, len));
}

/* How many of the data's bytes the head's sum covers. */
static u32
wire_bulk_summed(const struct wire_bulk *bulk, u32 len)
{
	return bulk->flags & WIRE_SUMMED ? 0 : len;
}

void
wire_sum_bulk(struct wire_bulk *bulk, const void *data, u32 len)
{
	bulk->crc = le32_of(wire_crc(bulk, offsetof(struct wire_bulk, crc),
	    data, wire_bulk_summed(bulk, len)));
}

static enum wire_verdict
wire_check_bulk(struct wire_view *v, u32 key, bool summed)
{
	const struct wire_bulk *bulk = v->bulk;

	if (le32_get(bulk->key) != key)
		return WIRE_BAD_KEY;
	if (v->len > WIRE_CHUNK_MAX)
		return WIRE_BAD_LENGTH;
	if ((bulk->flags & WIRE_SUMMED && !summed) ||
	    le32_get(bulk->crc) != wire_crc(bulk,
	    offsetof(struct wire_bulk, crc), v->payload,
	    wire_bulk_summed(bulk, v->len)))
		return WIRE_BAD_CRC;
	return WIRE_OK;
}

/* What the kind and its flags prescribe. */
static bool
wire_payload_ok(const struct wire_view *v)
{
	u8 flags = v->head->flags;

	if (v->len > WIRE_PAYLOAD_MAX)
		return false;
	switch (v->kind) {
	case WIRE_DATA:
		if (flags & WIRE_TAKEN)
			return v->len == sizeof(struct wire_taken) &&
			    flags & WIRE_FIRST && flags & WIRE_LAST;
		if (flags & WIRE_FIRST)
			return v->len >= sizeof(struct wire_msg);
		return v->len > 0;
	case WIRE_PULL:
		return v->len == sizeof(struct wire_pull);
	case WIRE_ACK:
		return v->len == 0;
	default:
		return false;
	}
}

static enum wire_verdict
wire_check_head(struct wire_view *v, u8 *frame, u32 len, u32 key, bool sum)
{
	const struct wire_head *h = (const struct wire_head *)frame;

	if (len < sizeof(*h))
		return WIRE_BAD_SHORT;
	v->head = h;
	v->payload = frame + sizeof(*h);
	v->len = len - (u32)sizeof(*h);
	if (le32_get(h->key) != key)
		return WIRE_BAD_KEY;
	if (le16_get(h->len) != v->len)
		return WIRE_BAD_LENGTH;
	if (sum && le32_get(h->crc) != wire_crc(h, offsetof(struct wire_head, crc),
	    v->payload, v->len))
		return WIRE_BAD_CRC;
	return wire_payload_ok(v) ? WIRE_OK : WIRE_BAD_LENGTH;
}

static enum wire_verdict
wire_begin(struct wire_view *v, const u8 *frame, u32 len)
{
	if (len < 1)
		return WIRE_BAD_SHORT;
	if (frame[0] >> 4 != WIRE_VERSION)
		return WIRE_BAD_VERSION;
	v->kind = (enum wire_kind)(frame[0] & 15);
	v->head = NULL;
	v->bulk = NULL;
	return WIRE_OK;
}

enum wire_verdict
wire_check(struct wire_view *v, u8 *frame, u32 len, u32 key)
{
	enum wire_verdict bad = wire_begin(v, frame, len);

	if (bad)
		return bad;
	if (v->kind == WIRE_BULK) {
		if (len < sizeof(*v->bulk))
			return WIRE_BAD_SHORT;
		v->bulk = (const struct wire_bulk *)frame;
		v->payload = frame + sizeof(*v->bulk);
		v->len = len - (u32)sizeof(*v->bulk);
		return wire_check_bulk(v, key, false);
	}
	return wire_check_head(v, frame, len, key, true);
}

enum wire_verdict
wire_check_landed(struct wire_view *v, const u8 *head, u8 *data, u32 len,
    u32 key, bool summed)
{
	enum wire_verdict bad = wire_begin(v, head, PORT_LAND_HEAD);

	if (bad)
		return bad;
	if (v->kind != WIRE_BULK)
		return WIRE_BAD_LENGTH;
	v->bulk = (const struct wire_bulk *)head;
	v->payload = data;
	v->len = len;
	return wire_check_bulk(v, key, summed);
}

enum wire_verdict
wire_look(struct wire_view *v, u8 *frame, u32 len, u32 key)
{
	enum wire_verdict bad = wire_begin(v, frame, len);

	return bad ? bad : wire_check_head(v, frame, len, key, false);
}
