/* entry.S - from every loader's entry to kernel_main in long mode. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Cold doors: entry32 (setup16 and 32-bit Linux loaders), entry64 (kexec, 64-bit
 * loaders), entry_efi (efi.c, after ExitBootServices). All do the same:
 *
 *	keep boot_params and the command line behind the image's new place,
 *	copy the image to a 2 MiB boundary above the loader's copy,
 *	map: identity for the first 4 GiB, and VM_KERNEL onto the new place,
 *	jump to VM_KERNEL, clear .bss, call kernel_main(path).
 *
 * The loader's copy stays as it is: recycle_init keeps it as the pristine one.
 * Warm door: entry_warm, where the recycle code jumps with the map alive.
 *
 * Until the jump this code runs wherever it was loaded. ebp (rbp) is the address
 * that stands for VM_KERNEL in the loader's copy, edi (rdi) in the new one.
 */

	.set	VM_KERNEL, 0xffffffff80000000
	.set	BOOT_BIOS16, 1
	.set	BOOT_LINUX32, 2
	.set	BOOT_LINUX64, 3
	.set	BOOT_EFI, 4
	.set	BOOT_WARM, 5
	.set	BOOT_PARAMS_BYTES, 4096
	.set	CMDLINE_BYTES, 2048
	.set	CMDLINE_PTR, 0x228      /* boot.rst */
#define OFF(sym) (sym - VM_KERNEL)

	.section .text.entry, "ax"
	.code32
	.globl entry32
entry32:
	cli
	cld
	lea	0x1e8(%esi), %esp       /* a scratch field: one word of stack */
	call	1f
1:	pop	%ebp
	sub	$OFF(1b), %ebp
	mov	$BOOT_LINUX32, %edx
	cmp	$0x6d623136, %ebx       /* setup16 says so */
	jne	2f
	mov	$BOOT_BIOS16, %edx
2:	lea	OFF(image_file_end) + 0x1fffff(%ebp), %edi
	and	$0xffe00000, %edi
	lea	OFF(entry_stack_top)(%edi), %esp
	call	move_params
	call	move_image
	call	make_map
	mov	%edx, %ebx

	lea	OFF(entry_gdt)(%edi), %eax
	mov	%eax, OFF(entry_gdt_pointer) + 2(%edi)
	lgdt	OFF(entry_gdt_pointer)(%edi)
	mov	%cr4, %eax
	or	$0x20, %eax             /* PAE */
	mov	%eax, %cr4
	lea	OFF(entry_pml4)(%edi), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx       /* EFER: LME, NXE */
	rdmsr
	or	$0x900, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000001, %eax       /* PG, PE */
	mov	%eax, %cr0
	lea	OFF(jump_high)(%edi), %eax
	push	$0x08
	push	%eax
	lret

/*
 * The next three run in 32-bit and in 64-bit mode alike: their bytes mean the
 * same in both (no inc, no dec, no absolute operand). They keep edx, ebp, edi.
 */

/* esi = boot_params; its command line goes along. */
move_params:
	push	%edi
	push	%edi
	push	%esi
	lea	OFF(entry_params)(%edi), %edi
	mov	$(BOOT_PARAMS_BYTES / 4), %ecx
	rep movsl
	pop	%esi
	pop	%edi
	mov	CMDLINE_PTR(%esi), %esi
	lea	OFF(entry_cmdline)(%edi), %edi
	movb	$0, (%edi)
	mov	$(CMDLINE_BYTES / 4), %ecx
	test	%esi, %esi
	jz	1f
	rep movsl
	movb	$0, -1(%edi)
1:	pop	%edi
	ret

move_image:
	push	%edi
	mov	%ebp, OFF(entry_loaded)(%edi)
	mov	%edi, OFF(entry_moved)(%edi)
	lea	OFF(image_text)(%ebp), %esi
	lea	OFF(image_text)(%edi), %edi
	mov	$image_file_words, %ecx
	rep movsl
	pop	%edi
	ret

/* Eight pages: PML4, low PDPT, four low PDs, high PDPT, high PD. */
make_map:
	push	%edi
	push	%edx
	lea	OFF(entry_pml4)(%edi), %ebx
	mov	%edi, %edx
	mov	%ebx, %edi
	xor	%eax, %eax
	mov	$(8 * 1024), %ecx
	rep stosl
	lea	0x1003(%ebx), %eax
	mov	%eax, (%ebx)
	lea	0x6003(%ebx), %eax
	mov	%eax, 511 * 8(%ebx)
	lea	0x2003(%ebx), %eax
	mov	%eax, 0x1000(%ebx)
	lea	0x3003(%ebx), %eax
	mov	%eax, 0x1008(%ebx)
	lea	0x4003(%ebx), %eax
	mov	%eax, 0x1010(%ebx)
	lea	0x5003(%ebx), %eax
	mov	%eax, 0x1018(%ebx)
	lea	0x7003(%ebx), %eax
	mov	%eax, 0x6000 + 510 * 8(%ebx)
	lea	0x83(%edx), %eax        /* VM_KERNEL: one large page */
	mov	%eax, 0x7000(%ebx)
	lea	0x2000(%ebx), %edi
	mov	$0x83, %eax
	mov	$2048, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	pop	%edx
	pop	%edi
	ret

	.code64
	.org	0x200                   /* boot.rst: the 64-bit entry */
	.globl entry64
entry64:
	cli
	cld
	lea	entry64(%rip), %rbp
	sub	$OFF(entry64), %rbp
	lea	OFF(image_file_end) + 0x1fffff(%rbp), %rdi
	and	$0xffffffffffe00000, %rdi
	lea	OFF(entry_stack_top)(%rdi), %rsp
	mov	$BOOT_LINUX64, %edx
	call	move_params
go64:	call	move_image
	call	make_map
	mov	%edx, %ebx
	lea	OFF(entry_gdt)(%rdi), %rax
	mov	%rax, OFF(entry_gdt_pointer) + 2(%rdi)
	lgdt	OFF(entry_gdt_pointer)(%rdi)
	lea	OFF(entry_pml4)(%rdi), %rax
	mov	%rax, %cr3
	lea	OFF(jump_high)(%rdi), %rax
	push	$0x08
	push	%rax
	lretq

/* entry_efi(facts, base of the loaded image, the new place): SysV ABI. */
	.globl entry_efi
entry_efi:
	cli
	cld
	mov	%rsi, %rbp
	mov	%rdi, %rsi
	mov	%rdx, %rdi
	lea	OFF(entry_stack_top)(%rdi), %rsp
	mov	%rsi, OFF(entry_facts)(%rdi)
	mov	$BOOT_EFI, %edx
	jmp	go64

/* ebx = path; identity map and VM_KERNEL are there. */
jump_high:
	mov	$high, %rax
	jmp	*%rax
high:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	lea	entry_stack_top(%rip), %rsp
clear:	lea	image_bss(%rip), %rdi
	lea	image_bss_end(%rip), %rcx
	sub	%rdi, %rcx
	shr	$3, %rcx
	xor	%eax, %eax
	rep stosq
	mov	%ebx, %edi
	xor	%ebp, %ebp
	call	kernel_main
	ud2

/* The recycle code has put the pristine image in place. */
	.globl entry_warm
entry_warm:
	cli
	cld
	lea	entry_gdt(%rip), %rax
	mov	%rax, entry_gdt_pointer + 2(%rip)
	lgdt	entry_gdt_pointer(%rip)
	lea	entry_stack_top(%rip), %rsp
	push	$0x08
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$BOOT_WARM, %ebx
	jmp	clear

	.section .rodata
	.globl image_reloc_block
	.balign	4
image_reloc_block:                      /* one empty block */
	.long	0x1000, 12
	.word	0, 0

	.data
	.balign	16
entry_gdt:
	.quad	0
	.quad	0x00af9a000000ffff      /* 0x08 code */
	.quad	0x00cf92000000ffff      /* 0x10 data */
entry_gdt_pointer:
	.word	3 * 8 - 1
	.quad	0

	.section .keep, "aw", @nobits
	.balign	4096
	.globl entry_pml4, entry_params, entry_cmdline, entry_loaded
	.globl entry_moved, entry_facts, entry_stack_top
entry_pml4:
	.skip	8 * 4096
entry_params:
	.skip	BOOT_PARAMS_BYTES
entry_cmdline:
	.skip	CMDLINE_BYTES
entry_loaded:                           /* the loader's copy */
	.skip	8
entry_moved:                            /* where we are now */
	.skip	8
entry_facts:                            /* efi.c's */
	.skip	8
	.balign	16
	.skip	16384
entry_stack_top:
	.section .note.GNU-stack, "", @progbits
