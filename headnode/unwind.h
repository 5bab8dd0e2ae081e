/* unwind.h - the calls that led to a crash, as file:line. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_UNWIND_H
#define HEADNODE_UNWIND_H

#include "net/jobmsg.h"

enum { UNWIND_FRAMES_MAX = 32 };

/* Takes one line of the backtrace, without a newline. */
typedef void unwind_line_fn(void *ctx, const char *text);

/*
 * Walks the stack that a FAULT has kept and says, innermost first, the calls
 * as "#0 name at file:line": functions that the compiler has inlined too.
 * `program` is the executable, `kernel` the path of the node kernel's ELF file
 * (missing: its frames have addresses only). It reads a stranger's DWARF:
 * callers run it in a process of its own, with limits. Always says a line.
 */
void unwind_fault(const struct jobmsg_fault_view *v, int program,
    const char *kernel, unwind_line_fn *line, void *ctx);

#endif
