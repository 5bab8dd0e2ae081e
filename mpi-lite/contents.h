/* contents.h - how a program made a datatype: envelope and contents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_CONTENTS_H
#define MPI_LITE_CONTENTS_H

#include "mpi-lite/lite.h"
#include "mpi-lite/type.h"

struct contents {
	int combiner, ints, addrs, types;
	int *i;
	MPI_Aint *a;
	const struct type **t; /* with references */
};

/* Hangs room for so many arguments on a type; a second call replaces the
 * first's. The caller adds them in the order of MPI-3.1 §4.1.13. */
struct contents *contents_new(MPI_Datatype made, int combiner, int ints,
    int addrs, int types);
void contents_int(struct contents *c, int value);
void contents_ints(struct contents *c, int n, const int *values);
void contents_addr(struct contents *c, MPI_Aint value);
void contents_addrs(struct contents *c, int n, const MPI_Aint *values);
void contents_type(struct contents *c, MPI_Datatype type);
void contents_free(struct contents *c);

#endif
