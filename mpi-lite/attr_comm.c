/* attr_comm.c - attributes of communicators. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/attr.h"
#include "mpi-lite/err.h"

/* MPI-3.1 §8.1.2. False: not a predefined one. */
static bool
attr_comm_predefined(struct state *s, int keyval, void *value, int *flag)
{
	*flag = 1;
	switch (keyval) {
	case MPI_TAG_UB:
		s->attr[keyval] = INT32_MAX;
		break;
	case MPI_HOST:
		s->attr[keyval] = MPI_PROC_NULL;
		break;
	case MPI_IO:
		s->attr[keyval] = MPI_ANY_SOURCE;
		break;
	case MPI_WTIME_IS_GLOBAL:
		s->attr[keyval] = 0;
		break;
	case MPI_UNIVERSE_SIZE:
		s->attr[keyval] = s->world.size;
		break;
	case MPI_APPNUM:
		s->attr[keyval] = 0;
		break;
	case MPI_LASTUSEDCODE:
		s->attr[keyval] = err_last(s);
		break;
	default:
		*flag = 0;
		return false;
	}
	*(int **)value = &s->attr[keyval];
	return true;
}

static int
attr_comm_get(const char *func, MPI_Comm comm, int keyval, void *value,
    int *flag)
{
	struct state *s = state_of(func);
	struct comm *c;
	int err = comm_check(comm, func, &c);

	if (err || attr_comm_predefined(s, keyval, value, flag))
		return err;
	state_lock(s);
	err = attr_get(&c->attrs, keyval, TAG_COMM, value, flag);
	state_unlock(s);
	return err_raise(c, func, err);
}

static int
attr_comm_set(const char *func, MPI_Comm comm, int keyval, void *value)
{
	struct state *s = state_of(func);
	struct comm *c;
	int err = comm_check(comm, func, &c);

	if (err)
		return err;
	state_lock(s);
	err = attr_set(&c->attrs, keyval, TAG_COMM, value, comm);
	state_unlock(s);
	return err_raise(c, func, err);
}

static int
attr_comm_delete(const char *func, MPI_Comm comm, int keyval)
{
	struct state *s = state_of(func);
	struct comm *c;
	int err = comm_check(comm, func, &c);

	if (err)
		return err;
	state_lock(s);
	err = attr_delete(&c->attrs, keyval, TAG_COMM, comm);
	state_unlock(s);
	return err_raise(c, func, err);
}

MPI_WEAK(Comm_get_attr)
int
PMPI_Comm_get_attr(MPI_Comm comm, int comm_keyval, void *attribute_val,
    int *flag)
{
	return attr_comm_get("Comm_get_attr", comm, comm_keyval,
	    attribute_val, flag);
}

MPI_WEAK(Comm_set_attr)
int
PMPI_Comm_set_attr(MPI_Comm comm, int comm_keyval, void *attribute_val)
{
	return attr_comm_set("Comm_set_attr", comm, comm_keyval,
	    attribute_val);
}

MPI_WEAK(Comm_delete_attr)
int
PMPI_Comm_delete_attr(MPI_Comm comm, int comm_keyval)
{
	return attr_comm_delete("Comm_delete_attr", comm, comm_keyval);
}

/* -- MPI-1's names, still in mpi.h ----------------------------------------- */

MPI_WEAK(Attr_get)
int
PMPI_Attr_get(MPI_Comm comm, int keyval, void *attribute_val, int *flag)
{
	return attr_comm_get("Attr_get", comm, keyval, attribute_val, flag);
}

MPI_WEAK(Attr_put)
int
PMPI_Attr_put(MPI_Comm comm, int keyval, void *attribute_val)
{
	return attr_comm_set("Attr_put", comm, keyval, attribute_val);
}

MPI_WEAK(Attr_delete)
int
PMPI_Attr_delete(MPI_Comm comm, int keyval)
{
	return attr_comm_delete("Attr_delete", comm, keyval);
}
