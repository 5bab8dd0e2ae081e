/* lite.h - Open MPI's mpi.h, and how our objects hide behind its handles. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_LITE_H
#define MPI_LITE_LITE_H

#include <mpi.h>

#include "kernel/lib/base.h"
#include "mpi-lite/tag.h"

/*
 * A handle is the address of an object whose first word says what it is.
 * Predefined handles are the ompi_mpi_* objects of tags.c: constants. What a
 * program makes lives on the heap.
 *
 * Every function is defined as PMPI_X; MPI_X is its weak alias, so that a
 * profiling tool can take its place.
 */
#define MPI_WEAK(x) \
	__asm__(".weak MPI_" #x "\n\t.set MPI_" #x ", PMPI_" #x); \
	__attribute__((used))

#endif
