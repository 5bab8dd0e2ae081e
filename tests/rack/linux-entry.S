/* linux-entry.S - enters a kernel as GRUB (32-bit) and kexec (64-bit) do. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * QEMU loads this by Multiboot and the kernel's file as its module. The
 * protected-mode part goes to PLACE, boot_params are made from the Multiboot
 * map (Linux: Documentation/arch/x86/boot.rst), and the kernel is entered at
 * its start, or, with BITS64 defined, 512 bytes behind it in long mode. As with
 * kexec the map then covers memory only: no device can be reached by it.
 */
	.set	PLACE, 0x2000000
	.set	PARAMS, 0x90000
	.set	TABLES, 0x80000
	.set	MEMORY_LARGE_PAGES, 64

	.text
	.code32
	.globl	_start
header:	.long	0x1badb002, 3, -(0x1badb002 + 3)
_start:
	cli
	cld
	mov	$stack, %esp
	mov	24(%ebx), %ebp          /* mods_addr */
	mov	(%ebp), %esi
	add	$0x1000, %esi           /* behind the setup sectors */
	mov	4(%ebp), %ecx
	sub	%esi, %ecx
	mov	$PLACE, %edi
	rep movsb

	mov	$PARAMS, %edi           /* the zero page */
	mov	$1024, %ecx
	xor	%eax, %eax
	rep stosl
	mov	(%ebp), %esi
	add	$0x1f1, %esi
	mov	$PARAMS + 0x1f1, %edi
	mov	$0x290 - 0x1f1, %ecx
	rep movsb
	movb	$0xd0, PARAMS + 0x210   /* type_of_loader: kexec */
	movl	$command, PARAMS + 0x228

	mov	48(%ebx), %esi          /* mmap_addr */
	mov	44(%ebx), %edx          /* mmap_length */
	add	%esi, %edx
	mov	$PARAMS + 0x2d0, %edi
1:	cmp	%edx, %esi
	jae	2f
	lodsl                           /* size of this entry */
	mov	%esi, %ebp
	mov	$5, %ecx
	rep movsl
	lea	(%ebp, %eax), %esi
	incb	PARAMS + 0x1e8
	jmp	1b
2:
	mov	$PARAMS, %esi
.ifdef BITS64
	movl	$TABLES + 0x1000 + 3, TABLES
	movl	$0, TABLES + 4
	movl	$TABLES + 0x2000 + 3, TABLES + 0x1000
	movl	$0, TABLES + 0x1004
	mov	$TABLES + 0x2000, %edi
	mov	$0x83, %eax
	mov	$MEMORY_LARGE_PAGES, %ecx
3:	mov	%eax, (%edi)
	movl	$0, 4(%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	3b
	mov	$TABLES, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$8, $4f
	.code64
4:	mov	$PLACE + 0x200, %eax
	jmp	*%rax
.else
	xor	%ebx, %ebx
	mov	$PLACE, %eax
	jmp	*%eax
.endif

	.balign	8
gdt:	.quad	0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
	.word	3 * 8 - 1
	.long	gdt
command:
	.asciz	"BOOT_IMAGE=/boot/barerack idle=halt"
	.balign	16
	.skip	256
stack:
	.section .note.GNU-stack, "", @progbits
