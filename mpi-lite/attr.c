/* attr.c - keyvals, and lists of attributes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/attr.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

/* The three kinds' functions differ in the handle's type alone, and handles
 * are pointers. */
typedef int attr_copy_fn(void *object, int keyval, void *extra, void *in,
    void *out, int *flag);
typedef int attr_delete_fn(void *object, int keyval, void *value,
    void *extra);

struct keyval {
	struct list link;
	int number;
	u32 kind, refs;        /* attributes use it after it is freed */
	bool freed;
	attr_copy_fn *copy;
	attr_delete_fn *del;
	void *extra;
};

struct attr {
	struct list link;
	struct keyval *key;
	void *value;
};

enum { KEYVAL_FIRST = 100 };

static struct keyval *
keyval_of(int number, u32 kind)
{
	struct state *s = state_any();
	struct list *it, *next;

	LIST_EACH(it, next, &s->keyvals) {
		struct keyval *k = CONTAINER_OF(it, struct keyval, link);

		if (k->number == number && k->kind == kind)
			return k;
	}
	return NULL;
}

static void
keyval_drop(struct keyval *k)
{
	if (--k->refs)
		return;
	list_take(&k->link);
	free(k);
}

static int
keyval_create(const char *func, u32 kind, attr_copy_fn *copy,
    attr_delete_fn *del, void *extra, int *number)
{
	struct state *s = state_of(func);
	struct keyval *k = state_zalloc(sizeof(*k));

	k->kind = kind;
	k->refs = 1;
	k->copy = copy;
	k->del = del;
	k->extra = extra;
	state_lock(s);
	k->number = KEYVAL_FIRST + s->keyval_next++;
	list_put(&s->keyvals, &k->link);
	state_unlock(s);
	*number = k->number;
	return MPI_SUCCESS;
}

static int
keyval_free(const char *func, u32 kind, int *number)
{
	struct state *s = state_of(func);
	struct keyval *k = keyval_of(*number, kind);

	if (!k)
		return err_raise(NULL, func, MPI_ERR_KEYVAL);
	/* It lives on while attributes use it, and may be freed again. */
	state_lock(s);
	if (!k->freed) {
		k->freed = true;
		keyval_drop(k);
	}
	state_unlock(s);
	*number = MPI_KEYVAL_INVALID;
	return MPI_SUCCESS;
}

/* -- lists ----------------------------------------------------------------- */

static struct attr *
attr_find(struct list *attrs, const struct keyval *k)
{
	struct list *it, *next;

	LIST_EACH(it, next, attrs) {
		struct attr *a = CONTAINER_OF(it, struct attr, link);

		if (a->key == k)
			return a;
	}
	return NULL;
}

static void
attr_add(struct list *attrs, struct keyval *k, void *value)
{
	struct attr *a = state_alloc(sizeof(*a));

	a->key = k;
	a->value = value;
	k->refs++;
	list_put(attrs, &a->link);
}

static int
attr_end(struct attr *a, void *object)
{
	int err = a->key->del ? a->key->del(object, a->key->number, a->value,
	    a->key->extra) : MPI_SUCCESS;

	if (err)
		return err;
	list_take(&a->link);
	keyval_drop(a->key);
	free(a);
	return MPI_SUCCESS;
}

int
attr_copy_all(struct list *from, struct list *to, void *object)
{
	struct list *it, *next;

	LIST_EACH(it, next, from) {
		struct attr *a = CONTAINER_OF(it, struct attr, link);
		void *value = NULL;
		int flag = 0, err;

		if (!a->key->copy)
			continue;
		err = a->key->copy(object, a->key->number, a->key->extra,
		    a->value, &value, &flag);
		if (err)
			return err;
		if (flag)
			attr_add(to, a->key, value);
	}
	return MPI_SUCCESS;
}

int
attr_delete_all(struct list *attrs, void *object)
{
	int err = MPI_SUCCESS;

	while (!list_is_empty(attrs) && !err)
		err = attr_end(CONTAINER_OF(attrs->prev, struct attr, link),
		    object);
	return err;
}

int
attr_set(struct list *attrs, int keyval, u32 kind, void *value, void *object)
{
	struct keyval *k = keyval_of(keyval, kind);
	struct attr *a;
	int err;

	if (!k)
		return MPI_ERR_KEYVAL;
	a = attr_find(attrs, k);
	if (!a) {
		attr_add(attrs, k, value);
		return MPI_SUCCESS;
	}
	err = k->del ? k->del(object, keyval, a->value, k->extra) :
	    MPI_SUCCESS;
	if (!err)
		a->value = value;
	return err;
}

int
attr_get(struct list *attrs, int keyval, u32 kind, void *value, int *flag)
{
	struct keyval *k = keyval_of(keyval, kind);
	struct attr *a = k ? attr_find(attrs, k) : NULL;

	*flag = a != NULL;
	if (a)
		*(void **)value = a->value;
	return k ? MPI_SUCCESS : MPI_ERR_KEYVAL;
}

int
attr_delete(struct list *attrs, int keyval, u32 kind, void *object)
{
	struct keyval *k = keyval_of(keyval, kind);
	struct attr *a = k ? attr_find(attrs, k) : NULL;

	return a ? attr_end(a, object) : MPI_ERR_KEYVAL;
}

/* -- keyvals as the program makes them ------------------------------------- */

#define KEYVAL(Name, kind) \
	MPI_WEAK(Name##_create_keyval) \
	int \
	PMPI_##Name##_create_keyval(MPI_##Name##_copy_attr_function *copy, \
	    MPI_##Name##_delete_attr_function *del, int *keyval, void *extra) \
	{ \
		return keyval_create(#Name "_create_keyval", kind, \
		    (attr_copy_fn *)(void *)copy, \
		    (attr_delete_fn *)(void *)del, extra, keyval); \
	} \
	MPI_WEAK(Name##_free_keyval) \
	int \
	PMPI_##Name##_free_keyval(int *keyval) \
	{ \
		return keyval_free(#Name "_free_keyval", kind, keyval); \
	}

KEYVAL(Comm, TAG_COMM)
KEYVAL(Type, TAG_TYPE)
KEYVAL(Win, TAG_WIN)

/* MPI-1's names, still in mpi.h. */
MPI_WEAK(Keyval_create)
int
PMPI_Keyval_create(MPI_Copy_function *copy, MPI_Delete_function *del,
    int *keyval, void *extra)
{
	return keyval_create("Keyval_create", TAG_COMM,
	    (attr_copy_fn *)(void *)copy, (attr_delete_fn *)(void *)del, extra,
	    keyval);
}

MPI_WEAK(Keyval_free)
int
PMPI_Keyval_free(int *keyval)
{
	return keyval_free("Keyval_free", TAG_COMM, keyval);
}
