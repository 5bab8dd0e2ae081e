/* crt0.S - where the kernel enters a rank: rdi = struct abi_start *. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The loader has relocated the image, set FS to the rank's thread block and
 * given it a stack; start() never returns.
 */
	.section .text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip	/* backtraces end here */
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	start
	ud2
	.cfi_endproc
	.size _start, . - _start

/* newlib calls these from __libc_init_array and __libc_fini_array. */
	.globl _init, _fini
_init:
_fini:
	ret
	.section .note.GNU-stack,"",@progbits
