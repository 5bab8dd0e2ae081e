/* trap.S - vector stubs: one frame for all. */
/* SPDX-License-Identifier: BSD-3-Clause */

	.section .text
	.balign	16
	.globl	trap_stubs
/*
 * Stubs of 8 bytes: the vector, on to the common part. Where the CPU pushes no
 * error code (SDM volume 3 table 6-1), a 0 goes in below the vector. The last one
 * serves all vectors from 64 on, which nobody uses: they count as spurious.
 */
trap_stubs:
	.set	vector, 0
	.rept	64
	.balign	8
	.byte	0x6a, vector		/* push imm8 */
	.if	(vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
	jmp	trap_common
	.else
	jmp	trap_no_error
	.endif
	.set	vector, vector + 1
	.endr
	.balign	8
	.byte	0x6a, 255

trap_no_error:
	push	(%rsp)
	movq	$0, 8(%rsp)
trap_common:
	andq	$0xff, (%rsp)		/* imm8 has a sign */
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	call	trap_dispatch
trap_return:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

/* trap_resume(frame): returns to where a frame was made. Interrupts are off. */
	.globl	trap_resume
trap_resume:
	mov	%rdi, %rsp
	jmp	trap_return

/* stack_call(rsp, fn): leaves this stack for good. */
	.globl	stack_call
stack_call:
	mov	%rdi, %rsp
	xor	%ebp, %ebp
	call	*%rsi
	ud2

/* trap_load_segments(): after lgdt. */
	.globl	trap_load_segments
trap_load_segments:
	pop	%rax
	push	$0x08
	push	%rax
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	lretq
	.section .note.GNU-stack, "", @progbits
