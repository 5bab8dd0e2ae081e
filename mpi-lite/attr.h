/* attr.h - what programs hang on communicators, types and windows. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_ATTR_H
#define MPI_LITE_ATTR_H

#include "mpi-lite/state.h"

/* A list of attributes belongs to an object; `object` is its handle, which
 * the program's functions are given. */

/* Copies as each keyval's copy function says, in the order of setting; the
 * first code that is not MPI_SUCCESS ends it. */
int attr_copy_all(struct list *from, struct list *to, void *object);
/* Deletes all, the last set first; the first code of a delete function that
 * is not MPI_SUCCESS ends it. */
int attr_delete_all(struct list *attrs, void *object);

/* MPI codes; nothing is raised. `kind` is the object's enum tag_kind. */
int attr_set(struct list *attrs, int keyval, u32 kind, void *value,
    void *object);
int attr_get(struct list *attrs, int keyval, u32 kind, void *value, int *flag);
int attr_delete(struct list *attrs, int keyval, u32 kind, void *object);

#endif
