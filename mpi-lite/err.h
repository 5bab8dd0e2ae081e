/* err.h - errors of MPI calls. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_ERR_H
#define MPI_LITE_ERR_H

#include "mpi-lite/comm.h"

/*
 * Raises an error on a communicator (NULL: on the world): its handler decides
 * whether the job ends, with a line that names rank, function and error, or
 * the code is returned. `func` is the name without MPI_.
 */
int err_raise(struct comm *c, const char *func, int code);

/* The same for another object with a handler. `object` is its handle, which
 * the program's handler is given a pointer to. */
int err_raise_on(const struct tag *handler, void *object, const char *func,
    int code);

/* "MPI_ERR_TAG: invalid tag"; never NULL. */
const char *err_text(int code);

/* The MPI code for one of the transport's. */
int err_of_net(int err);

/* The last code in use: MPI_LASTUSEDCODE. */
int err_last(const struct state *s);

/* Text and the end of the job, where no handler can be asked. */
NORETURN void err_fatal(const char *func, const char *text);

/* -- error handlers: handler.c --------------------------------------------- */
/* The handler behind a handle, or NULL. */
const struct tag *handler_of(MPI_Errhandler handle);
/* A reference more and one less; predefined ones have none. */
const struct tag *handler_hold(const struct tag *h);
void handler_drop(const struct tag *h);
/* Puts another in *place, of the kind that the object takes; MPI code. */
int handler_put(const struct tag **place, MPI_Errhandler handle, u32 kind);
/* A new one of the kind (the object's enum tag_kind). */
MPI_Errhandler handler_make(u32 kind, void *fn);
/* The program's function. */
typedef void handler_fn(void *object, int *code, ...);
handler_fn *handler_function(const struct tag *h);

#endif
