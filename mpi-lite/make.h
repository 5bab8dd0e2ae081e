/* make.h - making datatypes of datatypes, without contents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_MAKE_H
#define MPI_LITE_MAKE_H

#include "mpi-lite/lite.h"
#include "mpi-lite/type.h"

/* All return MPI codes that are not raised yet; stride and disps in bytes. */
int make_vector(i64 count, i64 len, i64 stride, const struct type *child,
    MPI_Datatype *out);
int make_resized(const struct type *child, i64 lb, i64 extent,
    MPI_Datatype *out);

#endif
