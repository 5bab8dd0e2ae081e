/* wire_test.c - frames are checked once and well; docs/wire.md is true. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/prng.h"
#include "net/jobmsg.h"
#include "net/wire.h"
#include "tests/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 100000);

	if (!f)
		test_fail(__FILE__, __LINE__, "cannot read %s", path);
	CHECK(fread(text, 1, 99999, f) > 0);
	fclose(f);
	return text;
}

#define FIELD(s, f) { #s, #f, offsetof(struct s, f), \
	sizeof(((struct s *)0)->f) }

static const struct { const char *of, *name; size_t at, len; } fields[] = {
	FIELD(wire_head, version_kind), FIELD(wire_head, flags),
	FIELD(wire_head, len), FIELD(wire_head, key),
	FIELD(wire_head, src_epoch), FIELD(wire_head, dst_epoch),
	FIELD(wire_head, seq), FIELD(wire_head, ack), FIELD(wire_head, sack),
	FIELD(wire_head, edge), FIELD(wire_head, crc),
	FIELD(wire_msg, head_len), FIELD(wire_msg, pad),
	FIELD(wire_msg, chunk_max), FIELD(wire_msg, offer),
	FIELD(wire_msg, len),
	FIELD(wire_taken, offer), FIELD(wire_taken, pad),
	FIELD(wire_taken, moved),
	FIELD(wire_pull, offer), FIELD(wire_pull, pull),
	FIELD(wire_pull, chunk), FIELD(wire_pull, base),
	FIELD(wire_pull, mask), FIELD(wire_pull, len),
	FIELD(wire_bulk, version_kind), FIELD(wire_bulk, flags),
	FIELD(wire_bulk, key), FIELD(wire_bulk, dst_epoch),
	FIELD(wire_bulk, pull), FIELD(wire_bulk, chunk),
	FIELD(wire_bulk, crc),
};

#define LIMIT(x) { #x, x }

static const struct { const char *name; long value; } limits[] = {
	LIMIT(WIRE_VERSION), LIMIT(WIRE_WINDOW), LIMIT(WIRE_CREDIT_MIN),
	LIMIT(WIRE_FRAME_MAX), LIMIT(WIRE_CHUNKS), LIMIT(WIRE_CHUNK_MIN),
	LIMIT(WIRE_CHUNK_MAX), LIMIT(WIRE_ACK_DELAY_NS),
	LIMIT(WIRE_ACK_EVERY), LIMIT(WIRE_RTO_MIN_NS), LIMIT(WIRE_PULL_MIN_NS),
	LIMIT(WIRE_RTO_FIRST_NS), LIMIT(WIRE_RTO_MAX_NS),
	LIMIT(WIRE_REORDER), LIMIT(WIRE_PULLS_ACTIVE),
	LIMIT(WIRE_EPOCHS_OLD), LIMIT(WIRE_PRIVILEGE_NS), LIMIT(WIRE_DATA),
	LIMIT(WIRE_ACK), LIMIT(WIRE_PULL), LIMIT(WIRE_BULK),
	LIMIT(WIRE_FIRST), LIMIT(WIRE_LAST), LIMIT(WIRE_TAKEN),
	LIMIT(WIRE_ASK), LIMIT(WIRE_SUMMED), LIMIT(MSG_HEAD_MAX), LIMIT(MSG_EAGER_MAX),
};

TEST(wire_doc__has_every_field_at_its_place)
{
	char *doc = read_text("docs/wire.md"), row[120];

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *part;

		snprintf(row, sizeof(row), "struct %s", fields[i].of);
		part = strstr(doc, row);
		if (!part)
			test_fail(__FILE__, __LINE__, "no %s", row);
		snprintf(row, sizeof(row), "\n| %zu | %zu | `%s` |",
		    fields[i].at, fields[i].len, fields[i].name);
		if (!strstr(part, row))
			test_fail(__FILE__, __LINE__, "%s: no row %s",
			    fields[i].of, row + 1);
	}
	free(doc);
}

TEST(wire_doc__has_every_number)
{
	char *doc = read_text("docs/wire.md"), row[120];

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		snprintf(row, sizeof(row), "| `%s` | %ld |", limits[i].name,
		    limits[i].value);
		if (!strstr(doc, row))
			test_fail(__FILE__, __LINE__, "no row %s", row);
	}
	free(doc);
}

/* A name that is new in the header must come into the page and this file. */
TEST(wire_doc__has_every_constant_of_the_header)
{
	char *doc = read_text("docs/wire.md"), *h = read_text("net/wire.h");
	char *end = strstr(h, "WIRE_PAYLOAD_MAX"), name[64];

	CHECK(end);
	for (char *at = strstr(h, "enum {"); at && at < end;
	     at = strstr(at, "WIRE_")) {
		size_t n = 0;

		while (n < 60 && (isupper((u8)at[n]) || at[n] == '_'))
			n++;
		snprintf(name, sizeof(name), "`%.*s`", (int)n, at);
		if (n > 5 && !strstr(doc, name))
			test_fail(__FILE__, __LINE__, "%s is missing", name);
		at += n + 1;
	}
	free(doc);
	free(h);
}

/* -- the dissector --------------------------------------------------------- */

#define LUA "docs/wireshark/barerack.lua"

static const struct { const char *of, *name; size_t at, len; } shown[] = {
	FIELD(jobmsg_head, type), FIELD(jobmsg_head, version),
	FIELD(jobmsg_head, node), FIELD(jobmsg_head, boot_id),
	FIELD(jobmsg_head, counter), FIELD(jobmsg_head, job),
	FIELD(jobmsg_head, sealed), FIELD(jobmsg_head, tag),
	FIELD(jobmsg_register, mac), FIELD(jobmsg_register, warm),
	FIELD(jobmsg_register, cores), FIELD(jobmsg_register, mem_bytes),
	FIELD(jobmsg_register, recycles), FIELD(jobmsg_register, boot_ms),
	FIELD(jobmsg_register, cpu), FIELD(jobmsg_register, build),
	FIELD(jobmsg_register, boot_path), FIELD(jobmsg_register, died),
	FIELD(jobmsg_welcome, node), FIELD(jobmsg_welcome, name),
	FIELD(jobmsg_welcome, utc_ns), FIELD(jobmsg_welcome, heartbeat_ms),
	FIELD(jobmsg_welcome, key_kind),
};

/* The script's row stands behind its struct's name, before the next. */
static void
check_row(const char *lua, const char *of, size_t at, size_t len,
    const char *name)
{
	char row[80];
	const char *part, *end, *found;

	snprintf(row, sizeof(row), "\n\t%s = {", of);
	part = strstr(lua, row);
	if (!part)
		test_fail(__FILE__, __LINE__, LUA ": no %s", row + 2);
	end = strstr(part, "\n\t},");
	snprintf(row, sizeof(row), "\n\t\t{ %zu, %zu, \"%s\",", at, len, name);
	found = strstr(part, row);
	if (!end || !found || found > end)
		test_fail(__FILE__, __LINE__, LUA ": %s: no row %s", of,
		    row + 3);
}

TEST(wire_dissector__has_every_field_at_its_place)
{
	char *lua = read_text(LUA);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		check_row(lua, fields[i].of, fields[i].at, fields[i].len,
		    fields[i].name);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		check_row(lua, shown[i].of, shown[i].at, shown[i].len,
		    shown[i].name);
	free(lua);
}

TEST(wire_dissector__knows_the_numbers)
{
	static const struct { const char *name; int value; } number[] = {
		LIMIT(WIRE_VERSION), LIMIT(WIRE_ACK), LIMIT(WIRE_PULL),
		LIMIT(WIRE_BULK), LIMIT(WIRE_FIRST), LIMIT(WIRE_LAST),
		LIMIT(WIRE_TAKEN), LIMIT(WIRE_ASK), LIMIT(MSG_HEAD_MAX),
		LIMIT(MSG_SEGS_MAX), LIMIT(JOBMSG_PORT_BMD),
		LIMIT(JOBMSG_PORT_AGENT),
	};
	char *lua = read_text(LUA), line[80];

	for (size_t i = 0; i < ARRAY_LEN(number); i++) {
		snprintf(line, sizeof(line), "\nlocal %s = %d\n",
		    number[i].name, number[i].value);
		if (!strstr(lua, line))
			test_fail(__FILE__, __LINE__, LUA ": no %s", line + 1);
	}
	free(lua);
}

/* Type n of the header's enum is called so in the script. */
TEST(wire_dissector__names_every_control_message)
{
	char *lua = read_text(LUA), *h = read_text("net/jobmsg.h"), row[80];
	char *at = strstr(h, "enum jobmsg_type {"), *end;
	int n = 0;

	CHECK(at);
	end = strchr(at, '}');
	CHECK(end);
	while ((at = strstr(at, "\tJOBMSG_")) && at < end) {
		size_t len;

		at += strlen("\tJOBMSG_");
		len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		snprintf(row, sizeof(row), "[%d] = \"%.*s\"", ++n, (int)len,
		    at);
		if (!strstr(lua, row))
			test_fail(__FILE__, __LINE__, LUA ": no %s", row);
	}
	CHECK_EQ(n, JOBMSG_DEBUG);
	free(lua);
	free(h);
}

/* -- wire_check ------------------------------------------------------------ */

static u32
frame_make(u8 *frame, enum wire_kind kind, u8 flags, u32 len)
{
	struct wire_head *h = (struct wire_head *)frame;

	memset(frame, 0x5a, sizeof(*h) + len);
	h->version_kind = (u8)(WIRE_VERSION << 4 | kind);
	h->flags = flags;
	h->len = le16_of((u16)len);
	h->key = le32_of(9);
	wire_sum(h, frame + sizeof(*h), len);
	return (u32)sizeof(*h) + len;
}

TEST(wire_check__every_changed_bit_is_found)
{
	u8 frame[200];
	u32 len = frame_make(frame, WIRE_DATA, WIRE_FIRST, 80);
	struct wire_view v;

	CHECK_EQ(wire_check(&v, frame, len, 9), WIRE_OK);
	CHECK(v.kind == WIRE_DATA && v.len == 80 && v.payload == frame + 40);
	for (u32 bit = 0; bit < 8 * len; bit++) {
		frame[bit / 8] ^= (u8)(1 << bit % 8);
		CHECK(wire_check(&v, frame, len, 9) != WIRE_OK);
		frame[bit / 8] ^= (u8)(1 << bit % 8);
	}
	for (u32 n = 0; n < len; n++)
		CHECK(wire_check(&v, frame, n, 9) != WIRE_OK);
}

TEST(wire_check__lengths_that_a_kind_forbids)
{
	static const struct { u8 kind, flags; u32 len; bool ok; } t[] = {
		{ WIRE_DATA, WIRE_FIRST, 15, false },
		{ WIRE_DATA, WIRE_FIRST, 16, true },
		{ WIRE_DATA, 0, 0, false },
		{ WIRE_DATA, 0, 1, true },
		{ WIRE_DATA, 7, 16, true },
		{ WIRE_DATA, 7, 17, false },
		{ WIRE_DATA, WIRE_TAKEN, 16, false },
		{ WIRE_ACK, 0, 0, true },
		{ WIRE_ACK, 0, 1, false },
		{ WIRE_PULL, 0, 32, true },
		{ WIRE_PULL, 0, 31, false },
		{ 0, 0, 0, false },
		{ 9, 0, 0, false },
		{ WIRE_DATA, WIRE_FIRST, WIRE_PAYLOAD_MAX, true },
		{ WIRE_DATA, WIRE_FIRST, WIRE_PAYLOAD_MAX + 1, false },
	};
	u8 frame[1600];
	struct wire_view v;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		u32 len = frame_make(frame, (enum wire_kind)t[i].kind,
		    t[i].flags, t[i].len);

		CHECK_EQ(wire_check(&v, frame, len, 9) == WIRE_OK, t[i].ok);
	}
}
