/* note.h - bmcc includes this first: it marks what it compiles. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_NODE_NOTE_H
#define MPI_LITE_NODE_NOTE_H

/* An ELF note, owner "Barerack", type 1, value 1: compiled against newlib. */
__asm__(".pushsection .note.barerack,\"a\",@note\n"
	"	.balign 4\n"
	"	.long 9, 4, 1\n"
	"	.asciz \"Barerack\"\n"
	"	.balign 4\n"
	"	.long 1\n"
	"	.popsection\n");

#endif
