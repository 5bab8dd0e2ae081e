/* switch.S - leaves one stack and continues on another. */
/* SPDX-License-Identifier: BSD-3-Clause */

	.text
/*
 * switch_stack(u64 *save_rsp, u64 rsp): keeps what the ABI says a call keeps,
 * MXCSR's and the x87 control word's bits among it.
 */
	.globl switch_stack
switch_stack:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	sub	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	add	$8, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* The first words of a fiber: fiber.c's fiber_begin, on an aligned stack. */
	.globl switch_first
switch_first:
	xor	%ebp, %ebp
	call	fiber_begin
	ud2
	.section .note.GNU-stack, "", @progbits
