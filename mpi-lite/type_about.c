/* type_about.c - commit, free, questions about datatypes, names, attributes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/attr.h"
#include "mpi-lite/basic.h"
#include "mpi-lite/contents.h"
#include "mpi-lite/err.h"
#include "mpi-lite/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MPI_WEAK(Type_commit)
int
PMPI_Type_commit(MPI_Datatype *datatype)
{
	const struct type *t = type_of(*datatype);

	if (!t)
		return err_raise(NULL, "Type_commit", MPI_ERR_TYPE);
	if (t->tag.which == TAG_MADE)
		((struct type *)(void *)*datatype)->committed = 1;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_free)
int
PMPI_Type_free(MPI_Datatype *datatype)
{
	const struct type *t = type_of(*datatype);
	int err;

	if (!t || t->tag.which != TAG_MADE)
		return err_raise(NULL, "Type_free", MPI_ERR_TYPE);
	err = attr_delete_all(&((struct type *)(uintptr_t)t)->attrs,
	    *datatype);
	if (err)
		return err_raise(NULL, "Type_free", err);
	type_drop(t);
	*datatype = MPI_DATATYPE_NULL;
	return MPI_SUCCESS;
}

/* The list of a type's attributes; NULL: no type. */
static struct list *
about_attrs(MPI_Datatype type)
{
	const struct type *t = type_of(type);

	if (!t)
		return NULL;
	return t->tag.which == TAG_MADE ?
	    &((struct type *)(uintptr_t)t)->attrs :
	    basic_attrs(&state_of("Type_set_attr")->type_attrs, t);
}

MPI_WEAK(Type_dup)
int
PMPI_Type_dup(MPI_Datatype oldtype, MPI_Datatype *newtype)
{
	struct type *c = (struct type *)(uintptr_t)type_of(oldtype), *t;
	int err;

	if (!c)
		return err_raise(NULL, "Type_dup", MPI_ERR_TYPE);
	err = make_resized(c, c->lb, c->extent, newtype);
	t = (struct type *)(void *)*newtype;
	t->committed = c->committed;
	t->plain = c->plain;
	contents_type(contents_new(*newtype, MPI_COMBINER_DUP, 0, 0, 1),
	    oldtype);
	err = attr_copy_all(about_attrs(oldtype), &t->attrs, oldtype);
	if (err) {
		type_drop(t);
		*newtype = MPI_DATATYPE_NULL;
	}
	return err_raise(NULL, "Type_dup", err);
}

/* -- sizes: the _x forms have room for large ones -------------------------- */

/* The type, or the error that it is none. */
static int
about_look(const char *func, MPI_Datatype type, const struct type **t)
{
	*t = type_of(type);
	return *t ? MPI_SUCCESS : err_raise(NULL, func, MPI_ERR_TYPE);
}

MPI_WEAK(Type_size)
int
PMPI_Type_size(MPI_Datatype type, int *size)
{
	const struct type *t;
	int err = about_look("Type_size", type, &t);

	if (!err && !size)
		err = err_raise(NULL, "Type_size", MPI_ERR_ARG);
	if (!err)
		*size = t->size > INT32_MAX ? MPI_UNDEFINED : (int)t->size;
	return err;
}

MPI_WEAK(Type_size_x)
int
PMPI_Type_size_x(MPI_Datatype type, MPI_Count *size)
{
	const struct type *t;
	int err = about_look("Type_size_x", type, &t);

	if (!err && !size)
		err = err_raise(NULL, "Type_size_x", MPI_ERR_ARG);
	if (!err)
		*size = t->size;
	return err;
}

MPI_WEAK(Type_get_extent)
int
PMPI_Type_get_extent(MPI_Datatype type, MPI_Aint *lb,
    MPI_Aint *extent)
{
	const struct type *t;
	int err = about_look("Type_get_extent", type, &t);

	if (!err && (!lb || !extent))
		err = err_raise(NULL, "Type_get_extent", MPI_ERR_ARG);
	if (err)
		return err;
	*lb = t->lb;
	*extent = t->extent;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_extent_x)
int
PMPI_Type_get_extent_x(MPI_Datatype type, MPI_Count *lb,
    MPI_Count *extent)
{
	const struct type *t;
	int err = about_look("Type_get_extent_x", type, &t);

	if (!err && (!lb || !extent))
		err = err_raise(NULL, "Type_get_extent_x", MPI_ERR_ARG);
	if (err)
		return err;
	*lb = t->lb;
	*extent = t->extent;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_true_extent)
int
PMPI_Type_get_true_extent(MPI_Datatype type, MPI_Aint *lb,
    MPI_Aint *extent)
{
	const struct type *t;
	int err = about_look("Type_get_true_extent", type, &t);

	if (!err && (!lb || !extent))
		err = err_raise(NULL, "Type_get_true_extent", MPI_ERR_ARG);
	if (err)
		return err;
	*lb = t->true_lb;
	*extent = t->true_extent;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_true_extent_x)
int
PMPI_Type_get_true_extent_x(MPI_Datatype type, MPI_Count *lb,
    MPI_Count *extent)
{
	const struct type *t;
	int err = about_look("Type_get_true_extent_x", type, &t);

	if (!err && (!lb || !extent))
		err = err_raise(NULL, "Type_get_true_extent_x", MPI_ERR_ARG);
	if (err)
		return err;
	*lb = t->true_lb;
	*extent = t->true_extent;
	return MPI_SUCCESS;
}

/* -- names ----------------------------------------------------------------- */

MPI_WEAK(Type_set_name)
int
PMPI_Type_set_name(MPI_Datatype type, const char *type_name)
{
	const struct type *t = type_of(type);
	char *name;

	if (!t)
		return err_raise(NULL, "Type_set_name", MPI_ERR_TYPE);
	name = state_zalloc(MPI_MAX_OBJECT_NAME);
	snprintf(name, MPI_MAX_OBJECT_NAME, "%s", type_name);
	if (t->tag.which != TAG_MADE) {
		basic_rename(&state_of("Type_set_name")->type_names, t, name);
		return MPI_SUCCESS;
	}
	free(t->name);
	((struct type *)(uintptr_t)t)->name = name;
	return MPI_SUCCESS;
}

MPI_WEAK(Type_get_name)
int
PMPI_Type_get_name(MPI_Datatype type, char *type_name, int *resultlen)
{
	const struct type *t = (const struct type *)(void *)type;
	const char *name;

	if (!t || t->tag.kind != TAG_TYPE)
		return err_raise(NULL, "Type_get_name", MPI_ERR_TYPE);
	name = t->tag.which == TAG_MADE ? t->name :
	    basic_name(&state_of("Type_get_name")->type_names, t);
	snprintf(type_name, MPI_MAX_OBJECT_NAME, "%s", name ? name : "");
	*resultlen = (int)strlen(type_name);
	return MPI_SUCCESS;
}

/* -- attributes ------------------------------------------------------------ */

MPI_WEAK(Type_set_attr)
int
PMPI_Type_set_attr(MPI_Datatype type, int type_keyval, void *attr_val)
{
	struct list *attrs = about_attrs(type);

	return err_raise(NULL, "Type_set_attr", attrs ? attr_set(attrs,
	    type_keyval, TAG_TYPE, attr_val, type) : MPI_ERR_TYPE);
}

MPI_WEAK(Type_get_attr)
int
PMPI_Type_get_attr(MPI_Datatype type, int type_keyval, void *attribute_val,
    int *flag)
{
	struct list *attrs = about_attrs(type);

	*flag = 0;
	return err_raise(NULL, "Type_get_attr", attrs ? attr_get(attrs,
	    type_keyval, TAG_TYPE, attribute_val, flag) : MPI_ERR_TYPE);
}

MPI_WEAK(Type_delete_attr)
int
PMPI_Type_delete_attr(MPI_Datatype type, int type_keyval)
{
	struct list *attrs = about_attrs(type);

	return err_raise(NULL, "Type_delete_attr", attrs ? attr_delete(attrs,
	    type_keyval, TAG_TYPE, type) : MPI_ERR_TYPE);
}
