/* ap.S - the other cores: from real mode to smp_core. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * smp.c copies ap_start..ap_end to a page below 1 MiB and fills in the words
 * behind ap_gdt; one core at a time comes through. Offsets are from the
 * page's start: CS = page, IP = 0.
 */
	.section .rodata
	.globl	ap_start, ap_end, ap_cr3, ap_stack, ap_entry, ap_cpu, ap_gdt, ap_gdt_base
	.globl	ap_jump, ap_long
#define OFF(sym) (sym - ap_start)
	.balign	16
	.code16
ap_start:
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	OFF(ap_gdt_pointer)
	mov	%cr4, %eax
	or	$0x20, %eax             /* PAE */
	mov	%eax, %cr4
	mov	OFF(ap_cr3), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx       /* EFER: LME, NXE */
	rdmsr
	or	$0x900, %eax
	wrmsr
	mov	%cr0, %eax
	and	$0x9fffffff, %eax       /* CD, NW off */
	or	$0x80000001, %eax       /* PG, PE */
	mov	%eax, %cr0
	ljmpl	*OFF(ap_jump)

	.code64
ap_long:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	ap_stack(%rip), %rsp    /* the copy lies together: relative */
	mov	ap_cpu(%rip), %rdi
	mov	ap_entry(%rip), %rax
	xor	%ebp, %ebp
	call	*%rax
	ud2
	.balign	8
ap_gdt:
	.quad	0, 0x00af9a000000ffff, 0x00cf92000000ffff
ap_gdt_pointer:
	.word	3 * 8 - 1
ap_gdt_base:
	.long	0                       /* linear address of ap_gdt */
	.balign	8
ap_jump:
	.long	0                       /* linear address of ap_long */
	.word	0x08
	.balign	8
ap_cr3:	.quad	0
ap_stack: .quad	0
ap_entry: .quad	0
ap_cpu:	.quad	0
ap_end:
	.section .note.GNU-stack, "", @progbits
