/* op.c - operations: predefined and the program's. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/op.h"

#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>
#include <string.h>

struct op_user {
	struct tag tag;
	u32 refs;
	MPI_User_function *fn;
	bool commute;
};

const struct tag *
op_of(MPI_Op handle)
{
	const struct tag *t = (const struct tag *)(void *)handle;

	return t && t->kind == TAG_OP && t->which != OP_NULL ? t : NULL;
}

void
op_hold(const struct tag *op)
{
	if (op->which == TAG_MADE)
		state_hold(&((struct op_user *)(uintptr_t)op)->refs);
}

void
op_drop(const struct tag *op)
{
	struct op_user *u = (struct op_user *)(uintptr_t)op;

	if (op->which != TAG_MADE || !state_drop(&u->refs))
		return;
	u->tag.kind = TAG_FREED;
	free(u);
}

bool
op_commutes(const struct tag *op)
{
	return op->which != TAG_MADE || ((const struct op_user *)op)->commute;
}

bool
op_takes(const struct tag *op, const struct type *t)
{
	if (op->which == TAG_MADE)
		return true;
	return t->elem != ELEM_NONE &&
	    op_arith((enum tag_op)op->which, (enum elem)t->elem, NULL, NULL, 0);
}

void
op_apply(const struct tag *op, const struct type *t, const void *in,
    void *inout, i64 count)
{
	MPI_Datatype handle = (MPI_Datatype)(uintptr_t)t;
	int len = (int)count;

	if (count == 0)
		return;
	if (op->which == TAG_MADE)
		((const struct op_user *)op)->fn((void *)(uintptr_t)in, inout,
		    &len, &handle);
	else
		op_arith((enum tag_op)op->which, (enum elem)t->elem, in, inout,
		    count);
}

MPI_WEAK(Op_create)
int
PMPI_Op_create(MPI_User_function *function, int commute, MPI_Op *op)
{
	struct op_user *u;

	state_of("Op_create");
	if (!function)
		return err_raise(NULL, "Op_create", MPI_ERR_ARG);
	u = state_alloc(sizeof(*u));
	*u = (struct op_user){ { TAG_OP, TAG_MADE }, 1, function,
		commute != 0 };
	*op = (MPI_Op)(void *)u;
	return MPI_SUCCESS;
}

MPI_WEAK(Op_free)
int
PMPI_Op_free(MPI_Op *op)
{
	const struct tag *t = op_of(*op);

	if (!t || t->which != TAG_MADE)
		return err_raise(NULL, "Op_free", MPI_ERR_OP);
	op_drop(t);
	*op = MPI_OP_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Op_commutative)
int
PMPI_Op_commutative(MPI_Op op, int *commute)
{
	const struct tag *t = op_of(op);

	if (!t)
		return err_raise(NULL, "Op_commutative", MPI_ERR_OP);
	*commute = op_commutes(t);
	return MPI_SUCCESS;
}

MPI_WEAK(Reduce_local)
int
PMPI_Reduce_local(const void *inbuf, void *inoutbuf, int count,
    MPI_Datatype datatype, MPI_Op op)
{
	const struct type *t = type_of(datatype);
	const struct tag *o = op_of(op);

	if (!t)
		return err_raise(NULL, "Reduce_local", MPI_ERR_TYPE);
	if (!o || !op_takes(o, t))
		return err_raise(NULL, "Reduce_local", MPI_ERR_OP);
	if (count < 0)
		return err_raise(NULL, "Reduce_local", MPI_ERR_COUNT);
	if (count && (inbuf == MPI_IN_PLACE || inoutbuf == MPI_IN_PLACE ||
	    !inbuf || !inoutbuf || inbuf == inoutbuf))
		return err_raise(NULL, "Reduce_local", MPI_ERR_BUFFER);
	op_apply(o, t, inbuf, inoutbuf, count);
	return MPI_SUCCESS;
}
