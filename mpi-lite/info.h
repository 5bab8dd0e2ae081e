/* info.h - lists of keys and values. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_INFO_H
#define MPI_LITE_INFO_H

#include "mpi-lite/lite.h"

struct info;

/* The info behind a handle, or NULL. */
struct info *info_of(MPI_Info handle);
MPI_Info info_handle(struct info *i);
struct info *info_new(void);
/* NULL of NULL. */
struct info *info_copy(const struct info *i);
void info_free(struct info *i);
/* The value of a key, or NULL. */
const char *info_value(const struct info *i, const char *key);

/* Keys that an object knows, with the values that they have at first. */
struct info_hint {
	char key[32], value[24];
};
/* An object's own info: of those n keys, values as first and as in `from`
 * (NULL: nothing). Others are ignored. */
struct info *info_hints(const struct info_hint *known, int n,
    const struct info *from);
/* The values in `from` of keys that `into` has. */
void info_learn(struct info *into, const struct info *from);
void info_put(struct info *i, const char *key, const char *value);

#endif
