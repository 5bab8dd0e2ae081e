/* basic.h - the predefined datatypes' names. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_BASIC_H
#define MPI_LITE_BASIC_H

#include "mpi-lite/type.h"

/* `renamed` is the rank's list of names that the program gave. */

/* NULL: it is none of them. */
const char *basic_name(struct list *renamed, const struct type *t);
/* The predefined type's list in `all`, made when it is not there yet. */
struct list *basic_attrs(struct list *all, const struct type *t);
/* Takes `name` over. */
void basic_rename(struct list *renamed, const struct type *t, char *name);

#endif
