/* note.h - bmcc includes this first: it marks what it compiles. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_NODE_NOTE_H
#define MPI_LITE_NODE_NOTE_H

/* The call table that the program is built for: ELF_ABI_VERSION of the tree
 * that the headers come from. */
#define BARERACK_ABI 3
#define BARERACK_TEXT_(x) #x
#define BARERACK_TEXT(x) BARERACK_TEXT_(x)

/* An ELF note, owner "Barerack", type 1: compiled against newlib, for that
 * call table. */
__asm__(".pushsection .note.barerack,\"a\",@note\n"
	"	.balign 4\n"
	"	.long 9, 4, 1\n"
	"	.asciz \"Barerack\"\n"
	"	.balign 4\n"
	"	.long " BARERACK_TEXT(BARERACK_ABI) "\n"
	"	.popsection\n");

#endif
