/* op.h - reduction operations. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_OP_H
#define MPI_LITE_OP_H

#include "mpi-lite/lite.h"
#include "mpi-lite/type.h"

/* The operation behind a handle, or NULL. */
const struct tag *op_of(MPI_Op handle);

/* A collective under way keeps its operation. */
void op_hold(const struct tag *op);
void op_drop(const struct tag *op);

bool op_commutes(const struct tag *op);

/* Is it defined for the type? */
bool op_takes(const struct tag *op, const struct type *t);

/* inout[i] = in[i] op inout[i] for count items. op_takes() was asked. */
void op_apply(const struct tag *op, const struct type *t, const void *in,
    void *inout, i64 count);

/* The same for one kind of element; in arith.c. False: not defined. */
bool op_arith(enum tag_op op, enum elem e, const void *in, void *inout,
    i64 count);

#endif
