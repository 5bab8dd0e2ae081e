/* store.c - the event log of jobs and nodes, in SQLite. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/store.h"

#include "headnode/journal.h"
#include "kernel/lib/err.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char schema[] =
    "pragma journal_mode=wal;"
    "pragma synchronous=full;"
    "create table if not exists job_event("
    "  job integer, seq integer primary key autoincrement,"
    "  t integer, name text, text text);"
    "create index if not exists job_event_job on job_event(job);"
    "create table if not exists node_event("
    "  node text, seq integer primary key autoincrement,"
    "  t integer, name text, text text);"
    "create table if not exists node("
    "  mac blob primary key, name text, id integer, ip4 integer,"
    "  port integer, boot_id integer, key blob);";

/* Names of the events after which a job is over: see job.c. */
static const char open_jobs[] =
    "select job from job_event e where seq ="
    "  (select max(seq) from job_event where job = e.job)"
    " and name not in ('COMPLETED','FAILED','CANCELLED','TIMEOUT',"
    "  'NODE_FAIL')";

struct store {
	sqlite3 *db;
	sqlite3_stmt *job_event, *node_event, *node_save;
	bool dirty;
	u64 errors;
};

static void
store_failed(struct store *s, const char *what)
{
	char text[STORE_TEXT_MAX];

	snprintf(text, sizeof text, "store: %s: %s", what,
	    sqlite3_errmsg(s->db));
	journal_count(&s->errors, text);
}

static bool
store_prepare(struct store *s, const char *sql, sqlite3_stmt **st)
{
	return sqlite3_prepare_v2(s->db, sql, -1, st, NULL) == SQLITE_OK;
}

int
store_open(struct store **out, const char *dir)
{
	struct store *s = calloc(1, sizeof *s);
	char path[1200];
	mode_t mask = umask(077);
	bool ok;

	ASSERT(s);
	snprintf(path, sizeof path, "%s/bmd.db", dir);
	ok = sqlite3_open(path, &s->db) == SQLITE_OK &&
	    sqlite3_exec(s->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
	    store_prepare(s, "insert into job_event(job,t,name,text) "
	    "values(?1,unixepoch(),?2,?3)", &s->job_event) &&
	    store_prepare(s, "insert into node_event(node,t,name,text) "
	    "values(?1,unixepoch(),?2,?3)", &s->node_event) &&
	    store_prepare(s, "insert or replace into node"
	    "(mac,name,id,ip4,port,boot_id,key) "
	    "values(?1,?2,?3,?4,?5,?6,?7)", &s->node_save);
	umask(mask);
	if (!ok) {
		journal_warn("%s: %s", path, sqlite3_errmsg(s->db));
		store_close(s);
		return ERR_IO;
	}
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s->dirty)
		store_commit(s);
	sqlite3_finalize(s->job_event);
	sqlite3_finalize(s->node_event);
	sqlite3_finalize(s->node_save);
	sqlite3_close(s->db);
	free(s);
}

static void
store_begin(struct store *s)
{
	if (s->dirty)
		return;
	s->dirty = true;
	if (sqlite3_exec(s->db, "begin immediate", NULL, NULL, NULL) !=
	    SQLITE_OK)
		store_failed(s, "begin");
}

static void
store_run(struct store *s, sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE)
		store_failed(s, "insert");
	sqlite3_reset(st);
}

void
store_job_event(struct store *s, u32 job, const char *name, const char *text)
{
	store_begin(s);
	sqlite3_bind_int64(s->job_event, 1, job);
	sqlite3_bind_text(s->job_event, 2, name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s->job_event, 3, text, -1, SQLITE_TRANSIENT);
	store_run(s, s->job_event);
}

void
store_node_event(struct store *s, const char *node, const char *name,
    const char *text)
{
	store_begin(s);
	sqlite3_bind_text(s->node_event, 1, node, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s->node_event, 2, name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s->node_event, 3, text, -1, SQLITE_TRANSIENT);
	store_run(s, s->node_event);
}

void
store_node_save(struct store *s, const struct store_node *n)
{
	sqlite3_stmt *st = s->node_save;

	store_begin(s);
	sqlite3_bind_blob(st, 1, n->mac, 6, SQLITE_TRANSIENT);
	sqlite3_bind_text(st, 2, n->name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(st, 3, n->id);
	sqlite3_bind_int64(st, 4, n->ip4);
	sqlite3_bind_int64(st, 5, n->port);
	sqlite3_bind_int64(st, 6, (i64)n->boot_id);
	sqlite3_bind_blob(st, 7, n->key, sizeof n->key, SQLITE_TRANSIENT);
	store_run(s, st);
}

void
store_nodes_each(struct store *s,
    void (*fn)(void *ctx, const struct store_node *n), void *ctx)
{
	sqlite3_stmt *st;

	if (!store_prepare(s, "select mac,name,id,ip4,port,boot_id,key "
	    "from node order by id", &st)) {
		store_failed(s, "nodes");
		return;
	}
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct store_node n = { .name = "" };
		const void *mac = sqlite3_column_blob(st, 0);
		const void *key = sqlite3_column_blob(st, 6);

		if (sqlite3_column_bytes(st, 0) != 6 ||
		    sqlite3_column_bytes(st, 6) != sizeof n.key)
			continue;
		memcpy(n.mac, mac, 6);
		memcpy(n.key, key, sizeof n.key);
		snprintf(n.name, sizeof n.name, "%s",
		    (const char *)sqlite3_column_text(st, 1));
		n.id = (u32)sqlite3_column_int64(st, 2);
		n.ip4 = (u32)sqlite3_column_int64(st, 3);
		n.port = (u16)sqlite3_column_int64(st, 4);
		n.boot_id = (u64)sqlite3_column_int64(st, 5);
		fn(ctx, &n);
	}
	sqlite3_finalize(st);
}

void
store_jobs_open(struct store *s, void (*fn)(void *ctx, u32 job), void *ctx)
{
	sqlite3_stmt *st;

	if (!store_prepare(s, open_jobs, &st)) {
		store_failed(s, "open jobs");
		return;
	}
	while (sqlite3_step(st) == SQLITE_ROW)
		fn(ctx, (u32)sqlite3_column_int64(st, 0));
	sqlite3_finalize(st);
}

u32
store_last_job(struct store *s)
{
	sqlite3_stmt *st;
	u32 last = 0;

	if (store_prepare(s, "select max(job) from job_event", &st) &&
	    sqlite3_step(st) == SQLITE_ROW)
		last = (u32)sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return last;
}

bool
store_is_dirty(const struct store *s)
{
	return s->dirty;
}

void
store_commit(struct store *s)
{
	if (!s->dirty)
		return;
	s->dirty = false;
	if (sqlite3_exec(s->db, "commit", NULL, NULL, NULL) != SQLITE_OK) {
		store_failed(s, "commit");
		sqlite3_exec(s->db, "rollback", NULL, NULL, NULL);
	}
}
