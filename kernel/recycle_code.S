/* recycle_code.S - what runs while there is no kernel. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * recycle.c copies recycle_code..recycle_code_end into permanent memory, maps
 * it read-only and executable at VM_RECYCLE, and enters it there. Once parked it
 * uses no stack, no IDT (interrupts are off, NMIs are not sent) and no memory
 * but what its registers name.
 */
	.section .text
	.globl	recycle_code, recycle_code_end, recycle_park, recycle_copy
	.globl	recycle_zero
	.balign	16

/* Zeroes [\at, rsi), whole cache lines, past the caches. */
	.macro	zero at
	xor	%eax, %eax
9:	movnti	%rax, (\at)
	movnti	%rax, 8(\at)
	movnti	%rax, 16(\at)
	movnti	%rax, 24(\at)
	movnti	%rax, 32(\at)
	movnti	%rax, 40(\at)
	movnti	%rax, 48(\at)
	movnti	%rax, 56(\at)
	add	$64, \at
	cmp	%rsi, \at
	jne	9b
	sfence
	.endm

recycle_code:

/*
 * recycle_park(struct recycle_slot *slot, u32 *stopped): { cpu, stack, entry,
 * to, from, waits }. It came by an NMI: an iretq lets later ones in. Only then does it
 * say that it stands here, for that is when its stack may go. While it waits it
 * zeroes what the slot names.
 */
recycle_park:
	mov	%rsp, %rax
	push	$0x10
	push	%rax
	pushfq
	push	$0x08
	lea	1f(%rip), %rax
	push	%rax
	iretq
1:	movq	$1, 40(%rdi)
	movl	$1, (%rsi)
2:	pause
	mov	24(%rdi), %rsi
	test	%rsi, %rsi
	jnz	4f
	mov	16(%rdi), %rax
	test	%rax, %rax
	jz	2b
	mov	%cr3, %rcx              /* the stacks lie elsewhere by now */
	mov	%rcx, %cr3
	movq	$0, 40(%rdi)
	mov	8(%rdi), %rsp
	mov	(%rdi), %rdi
	xor	%ebp, %ebp
	push	%rbp
	jmp	*%rax
4:	mov	32(%rdi), %rdx
	zero	%rdx
	movq	$0, 24(%rdi)
	jmp	2b

/*
 * recycle_zero(from, to): the same for the core that leads. (An emulator is
 * several times faster at this than at a `rep stosq`.)
 */
recycle_zero:
	zero	%rdi
	ret

/*
 * recycle_copy(to, from, bytes, entry): CR0.WP off, the image anew, on. Words
 * that are right already are not stored: nearly all of it is text, and whoever
 * translates or caches code would throw it away for nothing.
 */
recycle_copy:
	mov	%cr0, %rax
	and	$~0x10000, %rax
	mov	%rax, %cr0
	shr	$3, %rdx
1:	mov	(%rsi), %rax
	cmp	%rax, (%rdi)
	je	2f
	mov	%rax, (%rdi)
2:	add	$8, %rsi
	add	$8, %rdi
	dec	%rdx
	jnz	1b
	mov	%cr0, %rax
	or	$0x10000, %rax
	mov	%rax, %cr0
	jmp	*%rcx
recycle_code_end:
	.section .note.GNU-stack, "", @progbits
