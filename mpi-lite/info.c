/* info.c - lists of keys and values. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/info.h"

#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct info {
	struct tag tag;
	struct list pairs;     /* in the order of setting */
};

struct info_pair {
	struct list link;
	char *value;
	char key[];
};

struct info *
info_of(MPI_Info handle)
{
	struct info *i = (struct info *)(void *)handle;

	return i && i->tag.kind == TAG_INFO && i->tag.which == TAG_MADE ?
	    i : NULL;
}

MPI_Info
info_handle(struct info *i)
{
	return (MPI_Info)(void *)i;
}

struct info *
info_new(void)
{
	struct info *i = state_alloc(sizeof(*i));

	i->tag = (struct tag){ TAG_INFO, TAG_MADE };
	list_init(&i->pairs);
	return i;
}

static struct info_pair *
info_find(const struct info *i, const char *key)
{
	struct list *it, *next;

	LIST_EACH(it, next, &((struct info *)(uintptr_t)i)->pairs) {
		struct info_pair *p = CONTAINER_OF(it, struct info_pair, link);

		if (strcmp(p->key, key) == 0)
			return p;
	}
	return NULL;
}

static char *
info_text(const char *text)
{
	return strcpy(state_alloc(strlen(text) + 1), text);
}

void
info_put(struct info *i, const char *key, const char *value)
{
	struct info_pair *p = info_find(i, key);

	if (p) {
		free(p->value);
	} else {
		p = state_alloc(sizeof(*p) + strlen(key) + 1);
		strcpy(p->key, key);
		list_put(&i->pairs, &p->link);
	}
	p->value = info_text(value);
}

const char *
info_value(const struct info *i, const char *key)
{
	struct info_pair *p = i ? info_find(i, key) : NULL;

	return p ? p->value : NULL;
}

static void
info_pair_free(struct info_pair *p)
{
	list_take(&p->link);
	free(p->value);
	free(p);
}

struct info *
info_copy(const struct info *i)
{
	struct list *it, *next;
	struct info *n;

	if (!i)
		return NULL;
	n = info_new();
	LIST_EACH(it, next, &((struct info *)(uintptr_t)i)->pairs) {
		struct info_pair *p = CONTAINER_OF(it, struct info_pair, link);

		info_put(n, p->key, p->value);
	}
	return n;
}

void
info_free(struct info *i)
{
	if (!i)
		return;
	while (!list_is_empty(&i->pairs))
		info_pair_free(CONTAINER_OF(i->pairs.next, struct info_pair,
		    link));
	i->tag.kind = TAG_FREED;
	free(i);
}

void
info_learn(struct info *into, const struct info *from)
{
	struct list *it, *next;

	if (!from)
		return;
	LIST_EACH(it, next, &into->pairs) {
		struct info_pair *p = CONTAINER_OF(it, struct info_pair, link);
		const char *value = info_value(from, p->key);

		if (value)
			info_put(into, p->key, value);
	}
}

struct info *
info_hints(const struct info_hint *known, int n, const struct info *from)
{
	struct info *i = info_new();

	for (int k = 0; k < n; k++)
		info_put(i, known[k].key, known[k].value);
	info_learn(i, from);
	return i;
}

/* -- the program's calls: allowed before MPI_Init and after MPI_Finalize --- */

/* What is known of the job's start; made when it is first asked for. */
static struct info *
info_env(void)
{
	struct state *s = state_of("Info_get");
	char ranks[16];

	if (!s->env) {
		s->env = info_new();
		snprintf(ranks, sizeof(ranks), "%d", s->world.size);
		info_put(s->env, "maxprocs", ranks);
		info_put(s->env, "thread_level",
		    s->thread_level == MPI_THREAD_MULTIPLE ?
		    "MPI_THREAD_MULTIPLE" :
		    s->thread_level == MPI_THREAD_SERIALIZED ?
		    "MPI_THREAD_SERIALIZED" :
		    s->thread_level == MPI_THREAD_FUNNELED ?
		    "MPI_THREAD_FUNNELED" : "MPI_THREAD_SINGLE");
	}
	return s->env;
}

static int
info_check(const char *func, MPI_Info info, const char *key, struct info **i)
{
	*i = info == MPI_INFO_ENV ? info_env() : info_of(info);
	if (!*i)
		return err_raise(NULL, func, MPI_ERR_INFO);
	if (key && (!*key || strlen(key) > MPI_MAX_INFO_KEY))
		return err_raise(NULL, func, MPI_ERR_INFO_KEY);
	return MPI_SUCCESS;
}

MPI_WEAK(Info_create)
int
PMPI_Info_create(MPI_Info *info)
{
	*info = info_handle(info_new());
	return MPI_SUCCESS;
}

/* Nothing that MPI knows of the start is worth a key here. */
MPI_WEAK(Info_create_env)
int
PMPI_Info_create_env(int argc, char *argv[], MPI_Info *info)
{
	(void)argc;
	(void)argv;
	return PMPI_Info_create(info);
}

MPI_WEAK(Info_set)
int
PMPI_Info_set(MPI_Info info, const char *key, const char *value)
{
	struct info *i;
	int err = info_check("Info_set", info, key, &i);

	if (err)
		return err;
	if (!value || strlen(value) > MPI_MAX_INFO_VAL)
		return err_raise(NULL, "Info_set", MPI_ERR_INFO_VALUE);
	info_put(i, key, value);
	return MPI_SUCCESS;
}

MPI_WEAK(Info_delete)
int
PMPI_Info_delete(MPI_Info info, const char *key)
{
	struct info_pair *p;
	struct info *i;
	int err = info_check("Info_delete", info, key, &i);

	if (err)
		return err;
	p = info_find(i, key);
	if (!p)
		return err_raise(NULL, "Info_delete", MPI_ERR_INFO_NOKEY);
	info_pair_free(p);
	return MPI_SUCCESS;
}

MPI_WEAK(Info_dup)
int
PMPI_Info_dup(MPI_Info info, MPI_Info *newinfo)
{
	struct info *i;
	int err = info_check("Info_dup", info, NULL, &i);

	if (!err)
		*newinfo = info_handle(info_copy(i));
	return err;
}

MPI_WEAK(Info_free)
int
PMPI_Info_free(MPI_Info *info)
{
	struct info *i;
	int err = info_check("Info_free", *info, NULL, &i);

	if (err)
		return err;
	info_free(i);
	*info = MPI_INFO_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Info_get)
int
PMPI_Info_get(MPI_Info info, const char *key, int valuelen, char *value,
    int *flag)
{
	struct info_pair *p;
	struct info *i;
	int err = info_check("Info_get", info, key, &i);

	if (err)
		return err;
	if (valuelen < 0)
		return err_raise(NULL, "Info_get", MPI_ERR_ARG);
	p = info_find(i, key);
	*flag = p != NULL;
	if (p)
		snprintf(value, (size_t)valuelen + 1, "%s", p->value);
	return MPI_SUCCESS;
}

/* buflen counts the closing zero, and tells how much is needed. */
MPI_WEAK(Info_get_string)
int
PMPI_Info_get_string(MPI_Info info, const char *key, int *buflen, char *value,
    int *flag)
{
	struct info_pair *p;
	struct info *i;
	int err = info_check("Info_get_string", info, key, &i);

	if (err)
		return err;
	p = info_find(i, key);
	*flag = p != NULL;
	if (!p)
		return MPI_SUCCESS;
	if (*buflen > 0)
		snprintf(value, (size_t)*buflen, "%s", p->value);
	*buflen = (int)strlen(p->value) + 1;
	return MPI_SUCCESS;
}

MPI_WEAK(Info_get_valuelen)
int
PMPI_Info_get_valuelen(MPI_Info info, const char *key, int *valuelen,
    int *flag)
{
	struct info_pair *p;
	struct info *i;
	int err = info_check("Info_get_valuelen", info, key, &i);

	if (err)
		return err;
	p = info_find(i, key);
	*flag = p != NULL;
	if (p)
		*valuelen = (int)strlen(p->value);
	return MPI_SUCCESS;
}

static struct info_pair *
info_nth(struct info *i, int n, int *count)
{
	struct info_pair *found = NULL;
	struct list *it, *next;

	*count = 0;
	LIST_EACH(it, next, &i->pairs)
		if ((*count)++ == n)
			found = CONTAINER_OF(it, struct info_pair, link);
	return found;
}

MPI_WEAK(Info_get_nkeys)
int
PMPI_Info_get_nkeys(MPI_Info info, int *nkeys)
{
	struct info *i;
	int err = info_check("Info_get_nkeys", info, NULL, &i);

	if (!err)
		info_nth(i, -1, nkeys);
	return err;
}

MPI_WEAK(Info_get_nthkey)
int
PMPI_Info_get_nthkey(MPI_Info info, int n, char *key)
{
	struct info_pair *p;
	struct info *i;
	int err = info_check("Info_get_nthkey", info, NULL, &i), count;

	if (err)
		return err;
	p = info_nth(i, n, &count);
	if (!p)
		return err_raise(NULL, "Info_get_nthkey", MPI_ERR_ARG);
	strcpy(key, p->key);
	return MPI_SUCCESS;
}
