/* recycle_code.S - what runs while there is no kernel. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * recycle.c copies recycle_code..recycle_code_end into permanent memory, maps
 * it read-only and executable at VM_RECYCLE, and enters it there. It uses no
 * stack, no IDT (interrupts are off, NMIs are not sent) and no memory but what
 * its registers name.
 */
	.section .text
	.globl	recycle_code, recycle_code_end, recycle_park, recycle_copy
	.balign	16
recycle_code:

/* recycle_park(struct recycle_slot *slot): { arrived, stack, entry } */
recycle_park:
	movq	$1, (%rdi)
1:	mov	16(%rdi), %rax
	test	%rax, %rax
	jz	1b
	mov	8(%rdi), %rsp
	xor	%ebp, %ebp
	push	%rbp
	jmp	*%rax

/* recycle_copy(to, from, bytes, entry): CR0.WP off, the image anew, on. */
recycle_copy:
	mov	%rcx, %r8
	mov	%cr0, %rax
	and	$~0x10000, %rax
	mov	%rax, %cr0
	mov	%rdx, %rcx
	shr	$3, %rcx
	cld
	rep movsq
	mov	%cr0, %rax
	or	$0x10000, %rax
	mov	%rax, %cr0
	jmp	*%r8
recycle_code_end:
	.section .note.GNU-stack, "", @progbits
