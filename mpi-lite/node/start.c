/* start.c - from the kernel's entry to main and out again. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/node/start.h"

#include "mpi-lite/node/note.h"

#include <stdlib.h>
#include <string.h>

const struct abi *start_abi;
struct rankpage *start_rank;

/* What this library calls is a part of what the program needs. */
_Static_assert(BARERACK_ABI == (int)ABI_VERSION, "note.h is behind elf.h");

extern char **environ;
extern void __libc_init_array(void);
extern int main(int argc, char **argv, char **envp);

NORETURN void start(struct abi_start *s);

NORETURN void
start(struct abi_start *s)
{
	start_abi = s->abi;
	start_rank = s->rank;
	environ = s->envp;
	__libc_init_array();
	exit(main(s->argc, s->argv, s->envp));
}

/* kernel/lib's ASSERT ends here when it fails in an application. */
void
panic(const char *fmt, ...)
{
	start_abi->write(2, fmt, strlen(fmt));
	start_abi->write(2, "\n", 1);
	start_abi->abort(125);
}
