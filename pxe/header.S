/* header.S - the one file that every loader takes: bzImage and PE in one. */
/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Three ways in, one kernel behind them.
 *
 * 1. BIOS: pxelinux, iPXE, QEMU's -kernel, GRUB linux16 read the setup header
 *    at 0x1f1 (Linux boot protocol 2.15), load the first 8 sectors low, the
 *    rest at 1 MiB, and jump to setup16 in real mode. It asks the BIOS for the
 *    memory map, switches on A20 and protected mode, and goes on as in 2.
 * 2. Linux entries: GRUB and kexec skip the 16-bit part and enter at the start
 *    of the protected-mode part (32-bit) or 512 bytes behind it (64-bit), with
 *    boot_params in esi or rsi: entry.S.
 * 3. UEFI: the same file is a PE executable whose entry is efi_entry (efi.c).
 *
 * There is no Multiboot header on purpose: iPXE and kexec would prefer it, and
 * it brings neither boot_params nor a clean command line.
 */

	.set	SETUP_SECTS, 7
	.set	PM_OFFSET, (SETUP_SECTS + 1) * 512

	.section .head, "ax"
	.code16
	.globl head_start
head_start:
	.ascii	"MZ"
	.org	0x3c
	.long	pe_header - head_start

	.org	0x80
pe_header:                              /* PE/COFF 8.3 §3.3 */
	.ascii	"PE\0\0"
	.word	0x8664, 2               /* x86-64, two sections */
	.long	0, 0, 0
	.word	pe_optional_end - pe_optional
	.word	0x0226                  /* executable, large addresses */
pe_optional:
	.word	0x20b                   /* PE32+ */
	.byte	2, 40
	.long	image_text_bytes, image_data_bytes, 0
	.long	image_efi_entry         /* RVA = offset in the file */
	.long	PM_OFFSET
	.quad	0                       /* anywhere */
	.long	0x1000, 0x1000          /* section and file alignment */
	.word	0, 0, 0, 0, 0, 0
	.long	0
	.long	image_mem_bytes, PM_OFFSET, 0
	.word	10, 0x0100              /* EFI application, NX */
	.quad	0, 0, 0, 0
	.long	0, 6
	.quad	0, 0, 0, 0, 0
	.long	image_reloc, 12         /* base relocations: none to do */
pe_optional_end:
	.ascii	".text\0\0\0"
	.long	image_text_bytes, PM_OFFSET, image_text_bytes, PM_OFFSET
	.long	0, 0, 0, 0x60000020     /* code, execute, read */
	.ascii	".data\0\0\0"
	.long	image_data_mem, image_data_offset, image_data_bytes
	.long	image_data_offset, 0, 0, 0, 0xc0000040 /* data, read, write */

	.org	0x1f1                   /* boot.rst, "The Real-Mode Header" */
	.byte	SETUP_SECTS
	.word	1                       /* root_flags */
	.long	image_pm_paragraphs     /* syssize */
	.word	0, 0xffff, 0
	.word	0xaa55
	.byte	0xeb, setup16 - 1f      /* jump */
1:	.ascii	"HdrS"
	.word	0x020f
	.long	0
	.word	0x1000
	.word	version_text - head_start - 0x200
	.byte	0                       /* type_of_loader */
	.byte	0x81                    /* LOADED_HIGH, CAN_USE_HEAP */
	.word	0
code32_start:
	.long	0x100000
	.long	0, 0, 0
	.word	0x8000                  /* heap_end_ptr */
	.byte	0, 0
	.long	0                       /* cmd_line_ptr */
	.long	0x7fffffff              /* initrd_addr_max */
	.long	0x1000                  /* kernel_alignment */
	.byte	1, 12                   /* relocatable, min_alignment */
	.word	0x0003                  /* KERNEL_64, CAN_BE_LOADED_ABOVE_4G */
	.long	2047                    /* cmdline_size */
	.long	0
	.quad	0
	.long	0, 0
	.quad	0
	.quad	0x100000                /* pref_address */
	.long	image_init_bytes
	.long	0                       /* no handover entry */
	.long	0

/*
 * Real mode: CS is the segment of head_start + 0x20. The memory map goes where
 * boot_params has it: e820_entries at 0x1e8, e820_table at 0x2d0, 20 bytes each
 * (boot.rst, "The zero page"). The page's other fields are this very header.
 */
	.set	E820_COUNT, 0x1e8
	.set	E820_TABLE, 0x2d0
	.set	E820_MAX, 64

setup16:
	cli
	cld
	mov	%cs, %ax
	sub	$0x20, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x9000, %esp
	sti
	movzwl	%ax, %ebx
	shl	$4, %ebx                /* linear address of head_start */
	push	%ebx

	/* The zero page is built at 0x5000 of this segment: the code lies where
	 * its map would go. */
	mov	%ax, %es
	mov	$0x1f1, %si
	mov	$0x51f1, %di
	mov	$(0x290 - 0x1f1), %cx
	push	%di
	push	%cx
	mov	$0x5000, %di
	xor	%ax, %ax
	mov	$2048, %cx
	rep stosw
	pop	%cx
	pop	%di
	rep movsb

	/* int 15h, AX = E820h */
	xor	%ebx, %ebx
	mov	$(0x5000 + E820_TABLE), %di
	xor	%bp, %bp
2:	mov	$0xe820, %eax
	mov	$0x534d4150, %edx
	mov	$20, %ecx
	int	$0x15
	jc	3f
	cmp	$0x534d4150, %eax
	jne	3f
	add	$20, %di
	inc	%bp
	cmp	$E820_MAX, %bp
	jae	3f
	test	%ebx, %ebx
	jnz	2b
3:	mov	%bp, %ax
	mov	%al, 0x5000 + E820_COUNT

	mov	$0x2401, %ax            /* A20 by the BIOS, then by port 92h */
	int	$0x15
	in	$0x92, %al
	or	$2, %al
	and	$0xfe, %al
	out	%al, $0x92

	cli
	pop	%ebx
	lea	(gdt16 - head_start)(%ebx), %eax
	mov	%eax, gdt16_base - head_start
	lgdtl	gdt16_pointer - head_start
	lea	0x5000(%ebx), %esi      /* boot_params */
	mov	code32_start - head_start, %eax
	mov	%eax, jump32 - head_start + 2
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	mov	$0x6d623136, %ebx       /* tells entry.S: by setup16 */
	mov	$0x18, %cx
	mov	%cx, %ds
	mov	%cx, %es
	mov	%cx, %ss
jump32:
	.byte	0x66, 0xea
	.long	0x100000
	.word	0x10

	.balign	8
gdt16:	.quad	0, 0
	.quad	0x00cf9a000000ffff, 0x00cf92000000ffff
gdt16_pointer:
	.word	4 * 8 - 1
gdt16_base:
	.long	0
version_text:
	.asciz	"barerack"
	.org	PM_OFFSET
	.section .note.GNU-stack, "", @progbits
