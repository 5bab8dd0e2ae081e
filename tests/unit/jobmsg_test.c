/* jobmsg_test.c - seals open once, and a LOAD is checked to its last byte. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "net/jobmsg.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static void
pair(struct jobmsg_session *node, struct jobmsg_session *bmd)
{
	memset(node, 0, sizeof(*node));
	for (u8 i = 0; i < AEAD_KEY_BYTES; i++)
		node->key[i] = (u8)(i * 7);
	node->boot_id = 0x1234;
	node->node = 3;
	node->keyed = 1;
	*bmd = *node;
	bmd->side = 1;
}

TEST(auth__seal_opens_once_and_only_forward)
{
	struct jobmsg_session node, bmd;
	struct jobmsg_head h1, h2;
	struct jobmsg_time a = { le64_of(5) }, b = { le64_of(6) }, c;

	pair(&node, &bmd);
	jobmsg_seal(&bmd, &h1, JOBMSG_TIME, 9, &a, sizeof(a));
	jobmsg_seal(&bmd, &h2, JOBMSG_TIME, 9, &b, sizeof(b));
	CHECK(le64_get(a.utc_ns) != 5);
	c = a;
	CHECK_EQ(jobmsg_open(&node, &h1, &c, sizeof(c)), 0);
	CHECK_EQ(le64_get(c.utc_ns), 5);
	c = a;
	CHECK_EQ(jobmsg_open(&node, &h1, &c, sizeof(c)), ERR_AUTH);
	CHECK_EQ(jobmsg_open(&node, &h2, &b, sizeof(b)), 0);
	c = a;
	CHECK_EQ(jobmsg_open(&node, &h1, &c, sizeof(c)), ERR_AUTH);
}

/* Data of an offer come later than messages behind it, and open all the same;
 * its head is taken once. */
TEST(auth__offer_opens_after_later_messages)
{
	struct jobmsg_session node, bmd;
	struct jobmsg_head offer, later;
	struct jobmsg_time a = { le64_of(5) }, b = { le64_of(6) };

	pair(&node, &bmd);
	jobmsg_seal(&bmd, &offer, JOBMSG_TIME, 9, &a, sizeof(a));
	jobmsg_seal(&bmd, &later, JOBMSG_TIME, 9, &b, sizeof(b));
	CHECK_EQ(jobmsg_accept(&node, &offer), 0);
	CHECK_EQ(jobmsg_open(&node, &later, &b, sizeof(b)), 0);
	CHECK_EQ(jobmsg_accept(&node, &offer), ERR_AUTH);
	CHECK_EQ(jobmsg_unseal(&node, &offer, &a, sizeof(a)), 0);
	CHECK_EQ(le64_get(a.utc_ns), 5);
	a.utc_ns.b[0] ^= 1;
	CHECK_EQ(jobmsg_unseal(&node, &offer, &a, sizeof(a)), ERR_AUTH);
}

TEST(auth__own_message_sent_back_does_not_open)
{
	struct jobmsg_session node, bmd;
	struct jobmsg_head h;
	struct jobmsg_time t = { le64_of(5) };

	pair(&node, &bmd);
	jobmsg_seal(&bmd, &h, JOBMSG_TIME, 0, &t, sizeof(t));
	CHECK_EQ(jobmsg_open(&bmd, &h, &t, sizeof(t)), ERR_AUTH);
}

TEST(auth__every_changed_bit_is_refused_and_changes_nothing)
{
	struct jobmsg_session node, bmd, before;
	struct jobmsg_head h;
	struct jobmsg_time t = { le64_of(77) };

	pair(&node, &bmd);
	jobmsg_seal(&bmd, &h, JOBMSG_TIME, 1, &t, sizeof(t));
	before = node;
	for (u32 bit = 0; bit < 8 * (sizeof(h) + sizeof(t)); bit++) {
		struct jobmsg_head hh = h;
		struct jobmsg_time tt = t;
		u8 *at = bit / 8 < sizeof(h) ? (u8 *)&hh + bit / 8 :
		    (u8 *)&tt + bit / 8 - sizeof(h);

		*at ^= (u8)(1 << bit % 8);
		CHECK(jobmsg_open(&node, &hh, &tt, sizeof(tt)) < 0);
		CHECK(memcmp(&before, &node, sizeof(node)) == 0);
	}
	CHECK_EQ(jobmsg_open(&node, &h, &t, sizeof(t)), 0);
}

TEST(auth__clear_is_for_registration_only)
{
	struct jobmsg_session node = { .boot_id = 1 }, bmd = { .side = 1 };
	struct jobmsg_head h;
	struct jobmsg_register r;
	struct jobmsg_cancel c = { le32_of(1) };

	memset(&r, 0, sizeof(r));
	jobmsg_seal(&node, &h, JOBMSG_REGISTER, 0, &r, sizeof(r));
	CHECK_EQ(le32_get(h.sealed), 0);
	CHECK_EQ(jobmsg_open(&bmd, &h, &r, sizeof(r)), 0);
	CHECK_EQ(jobmsg_open(&bmd, &h, &r, sizeof(r) - 1), ERR_PROTO);
	jobmsg_seal(&bmd, &h, JOBMSG_CANCEL, 1, &c, sizeof(c));
	CHECK_EQ(jobmsg_open(&node, &h, &c, sizeof(c)), ERR_AUTH);
}

static const char args[] = "app\0-v\0HOME=/";

static size_t
load_make(u8 *out)
{
	struct jobmsg_load l;
	struct jobmsg_node n[2];
	struct jobmsg_rank r[3];
	u8 *at = out;

	memset(&l, 0, sizeof(l));
	memset(n, 0, sizeof(n));
	memset(r, 0, sizeof(r));
	l.job = le32_of(7);
	l.nodes = le32_of(2);
	l.ranks = le32_of(3);
	l.self = le32_of(1);
	l.argc = le32_of(2);
	l.envc = le32_of(1);
	l.args_bytes = le32_of(sizeof(args));
	l.cpus_per_rank = le32_of(1);
	l.image_bytes = le64_of(20);
	strcpy(l.name, "job");
	strcpy(n[0].name, "n0");
	strcpy(n[1].name, "n1");
	r[1].node_index = le32_of(1);
	r[2].node_index = le32_of(1);
	r[2].local = le32_of(1);
	memcpy(at, &l, sizeof(l)), at += sizeof(l);
	memcpy(at, n, sizeof(n)), at += sizeof(n);
	memcpy(at, r, sizeof(r)), at += sizeof(r);
	memcpy(at, args, sizeof(args)), at += sizeof(args);
	memset(at, 0xee, 20), at += 20;
	return (size_t)(at - out);
}

TEST(load__good_one_is_seen_whole)
{
	u8 buf[1024];
	size_t len = load_make(buf);
	struct jobmsg_load_view v;

	CHECK_EQ(jobmsg_load_parse(&v, buf, len), 0);
	CHECK_EQ(v.ranks, 3);
	CHECK(strcmp(v.argv, "app") == 0 && strcmp(v.env, "HOME=/") == 0);
	CHECK_EQ(v.image[19], 0xee);
	CHECK_EQ(le32_get(v.rank[2].local), 1);
}

TEST(load__every_other_length_is_refused)
{
	u8 buf[1024] = { 0 };
	size_t len = load_make(buf);
	struct jobmsg_load_view v;

	for (size_t n = 0; n < len + 10; n++)
		if (n != len)
			CHECK_EQ(jobmsg_load_parse(&v, buf, n), ERR_PROTO);
}

TEST(load__wrong_fields_are_refused)
{
	static const struct { size_t at; u32 value; } bad[] = {
		{ offsetof(struct jobmsg_load, job), 0 },
		{ offsetof(struct jobmsg_load, nodes), 0 },
		{ offsetof(struct jobmsg_load, nodes), 0xffffffff },
		{ offsetof(struct jobmsg_load, ranks), 0x20000001 },
		{ offsetof(struct jobmsg_load, self), 2 },
		{ offsetof(struct jobmsg_load, argc), 3 },
		{ offsetof(struct jobmsg_load, argc), 0 },
		{ offsetof(struct jobmsg_load, envc), 0 },
		{ offsetof(struct jobmsg_load, args_bytes), 0xffffffff },
		{ offsetof(struct jobmsg_load, cpus_per_rank), 0 },
		{ offsetof(struct jobmsg_load, image_bytes) + 4, 0xff },
		{ sizeof(struct jobmsg_load) + 2 * sizeof(struct jobmsg_node),
		    2 },
		{ sizeof(struct jobmsg_load) + 2 * sizeof(struct jobmsg_node) +
		    sizeof(struct jobmsg_rank) + 4, 1 },
	};
	struct jobmsg_load_view v;
	u8 buf[1024];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t len = load_make(buf);

		memcpy(buf + bad[i].at, &bad[i].value, 4);
		CHECK_EQ(jobmsg_load_parse(&v, buf, len), ERR_PROTO);
	}
}

/* ASan watches: whatever the bytes, nothing beyond them is read. */
TEST(load__mutated_bytes_are_never_read_past)
{
	struct prng p;
	u8 good[1024];
	size_t len = load_make(good);
	struct jobmsg_load_view v;

	prng_seed(&p, test_seed());
	for (int i = 0; i < 20000; i++) {
		size_t n = i % 3 ? len : (size_t)prng_below(&p, len + 1);
		u8 *copy = malloc(n ? n : 1);

		memcpy(copy, good, n);
		for (u64 k = prng_below(&p, 4) + 1; k && n; k--)
			copy[prng_below(&p, n)] = (u8)prng_next(&p);
		if (jobmsg_load_parse(&v, copy, n) == 0)
			CHECK(v.image + v.image_bytes == copy + n);
		free(copy);
	}
}

/* Two maps, of 100 and 50 bytes, that keep 10 and nothing. */
static size_t
fault_make(u8 *out)
{
	struct jobmsg_fault f;
	struct jobmsg_map m[2];

	memset(&f, 0, sizeof(f));
	memset(m, 0, sizeof(m));
	f.maps = le32_of(2);
	m[0].va = le64_of(0x1000);
	m[0].bytes = le64_of(100);
	m[0].kept = le64_of(10);
	m[1].bytes = le64_of(50);
	memcpy(out, &f, sizeof(f));
	memcpy(out + sizeof(f), m, sizeof(m));
	memset(out + sizeof(f) + sizeof(m), 0xee, 10);
	return sizeof(f) + sizeof(m) + 10;
}

TEST(fault__good_one_is_seen_whole)
{
	u8 buf[1024];
	size_t len = fault_make(buf);
	struct jobmsg_fault_view v;

	CHECK_EQ(jobmsg_fault_parse(&v, buf, len), 0);
	CHECK_EQ(v.maps, 2);
	CHECK_EQ(v.bytes[0][9], 0xee);
	for (size_t n = 0; n < len + 10; n++)
		if (n != len)
			CHECK_EQ(jobmsg_fault_parse(&v, buf, n), ERR_PROTO);
}

TEST(fault__wrong_maps_are_refused)
{
	const size_t map = sizeof(struct jobmsg_fault);
	static const u64 huge = UINT64_MAX - 5, more = 101;
	static const u32 many = JOBMSG_MAPS_MAX + 1;
	struct jobmsg_fault_view v;
	u8 buf[1024];
	size_t len = fault_make(buf);

	memcpy(buf + map, &huge, 8);
	CHECK_EQ(jobmsg_fault_parse(&v, buf, len), ERR_PROTO);
	fault_make(buf);
	memcpy(buf + map + offsetof(struct jobmsg_map, kept), &more, 8);
	CHECK_EQ(jobmsg_fault_parse(&v, buf, sizeof(buf)), ERR_PROTO);
	fault_make(buf);
	memcpy(buf + offsetof(struct jobmsg_fault, maps), &many, 4);
	CHECK_EQ(jobmsg_fault_parse(&v, buf, sizeof(buf)), ERR_PROTO);
}
