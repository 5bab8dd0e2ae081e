/* jobmsg.c - lengths of control messages, and the parts of a LOAD. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/jobmsg.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

#define LOAD_MAX \
	(sizeof(struct jobmsg_load) + JOBMSG_IMAGE_MAX + JOBMSG_ARGS_MAX + \
	    (u64)JOBMSG_RANKS_MAX * (sizeof(struct jobmsg_node) + \
	    sizeof(struct jobmsg_rank) + sizeof(le32)))

struct jobmsg_span {
	u32 least;
	u32 more;              /* bytes that may follow */
};

static const struct jobmsg_span spans[] = {
	[JOBMSG_REGISTER] = { sizeof(struct jobmsg_register), 0 },
	[JOBMSG_WELCOME] = { sizeof(struct jobmsg_welcome), 0 },
	[JOBMSG_REFUSED] = { 0, JOBMSG_TEXT_MAX },
	[JOBMSG_HEARTBEAT] = { sizeof(struct jobmsg_heartbeat), 0 },
	[JOBMSG_TIME] = { sizeof(struct jobmsg_time), 0 },
	[JOBMSG_LOAD] = { sizeof(struct jobmsg_load),
	    (u32)(LOAD_MAX - sizeof(struct jobmsg_load)) },
	[JOBMSG_LOADED] = { sizeof(struct jobmsg_result), 0 },
	[JOBMSG_START] = { 0, 0 },
	[JOBMSG_OUTPUT] = { sizeof(struct jobmsg_output), JOBMSG_OUTPUT_MAX },
	[JOBMSG_EXIT] = { sizeof(struct jobmsg_exit), 0 },
	[JOBMSG_FAULT] = { sizeof(struct jobmsg_fault),
	    JOBMSG_FAULT_MAX - sizeof(struct jobmsg_fault) },
	[JOBMSG_CANCEL] = { sizeof(struct jobmsg_cancel), 0 },
	[JOBMSG_DONE] = { 0, 0 },
	[JOBMSG_RECYCLE] = { 0, 0 },
	[JOBMSG_FILE] = { sizeof(struct jobmsg_file), JOBMSG_FILE_MAX },
	[JOBMSG_FILE_REPLY] = { sizeof(struct jobmsg_file_reply),
	    JOBMSG_FILE_MAX },
	[JOBMSG_NODE_DEAD] = { sizeof(struct jobmsg_dead), 0 },
	[JOBMSG_RESET] = { 0, 0 },
	[JOBMSG_LOG] = { sizeof(struct jobmsg_log), JOBMSG_OUTPUT_MAX },
	[JOBMSG_CONSOLE] = { 1, JOBMSG_LINE_MAX - 1 },
	[JOBMSG_DEBUG] = { sizeof(struct jobmsg_debug), JOBMSG_DEBUG_MAX },
};

bool
jobmsg_length_ok(u32 type, size_t len)
{
	if (type < JOBMSG_REGISTER || type >= ARRAY_LEN(spans))
		return false;
	return len >= spans[type].least &&
	    len - spans[type].least <= spans[type].more;
}

/* Where the next part begins; NULL once something did not fit. */
struct jobmsg_cursor {
	const u8 *at;
	u64 left;
	bool bad;
};

static const void *
jobmsg_part(struct jobmsg_cursor *c, u64 bytes)
{
	const u8 *part = c->at;

	if (c->bad || bytes > c->left) {
		c->bad = true;
		return NULL;
	}
	c->at += bytes;
	c->left -= bytes;
	return part;
}

static bool
jobmsg_name_ok(const char *name)
{
	return strnlen(name, JOBMSG_NAME_MAX) < JOBMSG_NAME_MAX;
}

/* The end of `count` strings, or NULL if they do not fit in len bytes. */
static const char *
jobmsg_strings(const char *at, u64 len, u32 count)
{
	while (count--) {
		size_t n = strnlen(at, len);

		if (n == len)
			return NULL;
		at += n + 1;
		len -= n + 1;
	}
	return at;
}

static bool
jobmsg_counts_ok(const struct jobmsg_load_view *v)
{
	const struct jobmsg_load *l = v->load;

	return v->ranks >= 1 && v->ranks <= JOBMSG_RANKS_MAX &&
	    v->nodes >= 1 && v->nodes <= v->ranks && v->self < v->nodes &&
	    v->argc >= 1 && v->argc <= JOBMSG_ARGS_MAX &&
	    v->envc <= JOBMSG_ARGS_MAX && le32_get(l->job) != 0 &&
	    le32_get(l->args_bytes) <= JOBMSG_ARGS_MAX &&
	    le32_get(l->relays) <= v->nodes &&
	    le32_get(l->cpus_per_rank) >= 1 && v->image_bytes >= 1 &&
	    v->image_bytes <= JOBMSG_IMAGE_MAX && jobmsg_name_ok(l->name);
}

/*
 * Every rank is on a node of the table and has a UDP port; on this node they
 * are numbered 0, 1, 2, ... in order of rank.
 */
static bool
jobmsg_tables_ok(const struct jobmsg_load_view *v)
{
	u32 here = 0;

	for (u32 i = 0; i < v->nodes; i++)
		if (!jobmsg_name_ok(v->node[i].name))
			return false;
	for (u32 i = 0; i < v->ranks; i++) {
		u32 node = le32_get(v->rank[i].node_index);
		u32 local = le32_get(v->rank[i].local);

		if (node >= v->nodes || local > 65535 - JOBMSG_PORT_RANKS)
			return false;
		if (node == v->self && local != here++)
			return false;
	}
	return true;
}

static bool
jobmsg_args_ok(struct jobmsg_load_view *v, u32 args_bytes)
{
	const char *end;

	v->env = jobmsg_strings(v->argv, args_bytes, v->argc);
	if (!v->env)
		return false;
	end = jobmsg_strings(v->env,
	    args_bytes - (u64)(v->env - v->argv), v->envc);
	return end == v->argv + args_bytes;
}

int
jobmsg_load_parse(struct jobmsg_load_view *v, const void *data, size_t len)
{
	struct jobmsg_cursor c = { data, len, false };
	u32 args;

	memset(v, 0, sizeof(*v));
	v->load = jobmsg_part(&c, sizeof(*v->load));
	if (!v->load)
		return ERR_PROTO;
	v->nodes = le32_get(v->load->nodes);
	v->ranks = le32_get(v->load->ranks);
	v->self = le32_get(v->load->self);
	v->argc = le32_get(v->load->argc);
	v->envc = le32_get(v->load->envc);
	v->image_bytes = le64_get(v->load->image_bytes);
	if (!jobmsg_counts_ok(v))
		return ERR_PROTO;
	args = le32_get(v->load->args_bytes);
	v->node = jobmsg_part(&c, (u64)v->nodes * sizeof(*v->node));
	v->rank = jobmsg_part(&c, (u64)v->ranks * sizeof(*v->rank));
	v->argv = jobmsg_part(&c, args);
	v->relay = jobmsg_part(&c,
	    (u64)le32_get(v->load->relays) * sizeof(*v->relay));
	v->image = jobmsg_part(&c, v->image_bytes);
	if (c.bad || c.left != 0)
		return ERR_PROTO;
	if (!jobmsg_tables_ok(v) || !jobmsg_args_ok(v, args))
		return ERR_PROTO;
	return 0;
}

/* Maps end where addresses do, and hold no more than they are. */
static bool
jobmsg_map_ok(const struct jobmsg_map *m)
{
	u64 bytes = le64_get(m->bytes);

	return le64_get(m->kept) <= bytes &&
	    le64_get(m->va) <= UINT64_MAX - bytes;
}

int
jobmsg_fault_parse(struct jobmsg_fault_view *v, const void *data, size_t len)
{
	struct jobmsg_cursor c = { data, len, false };

	memset(v, 0, sizeof(*v));
	v->fault = jobmsg_part(&c, sizeof(*v->fault));
	if (!v->fault)
		return ERR_PROTO;
	v->maps = le32_get(v->fault->maps);
	if (v->maps > JOBMSG_MAPS_MAX)
		return ERR_PROTO;
	v->map = jobmsg_part(&c, v->maps * sizeof(*v->map));
	for (u32 i = 0; i < v->maps && !c.bad; i++) {
		if (!jobmsg_map_ok(&v->map[i]))
			return ERR_PROTO;
		v->bytes[i] = jobmsg_part(&c, le64_get(v->map[i].kept));
	}
	return c.bad || c.left ? ERR_PROTO : 0;
}
