/* core_elf.c - a FAULT written down as an ELF core that gdb opens. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/core.h"

#include "kernel/lib/err.h"

#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>
#include <unistd.h>

/*
 *	ELF header, ET_CORE
 *	program headers: PT_NOTE, then a PT_LOAD for each map
 *	notes: NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV
 *	the kept bytes of each map
 *
 * As Linux writes them (System V ABI chapter 5; elf.h, sys/procfs.h). The
 * program is a PIE: debuggers find out where it was loaded by comparing its
 * entry point with AT_ENTRY. What was not kept has p_filesz 0: text is read
 * from the program's file.
 */

enum { NOTES_MAX = 4096, PHDRS = JOBMSG_MAPS_MAX + 1 };

struct notes {
	u8 bytes[NOTES_MAX];
	size_t len;
};

static void
core_note(struct notes *n, u32 type, const void *desc, size_t len)
{
	static const char owner[8] = "CORE";
	Elf64_Nhdr h = { 5, (u32)len, type };

	ASSERT(n->len + sizeof h + sizeof owner + len + 4 <= NOTES_MAX);
	memcpy(n->bytes + n->len, &h, sizeof h);
	memcpy(n->bytes + n->len + sizeof h, owner, sizeof owner);
	n->len += sizeof h + sizeof owner;
	memcpy(n->bytes + n->len, desc, len);
	n->len += ALIGN_UP(len, (size_t)4);
}

static u64
core_reg(const struct jobmsg_fault *f, enum jobmsg_reg r)
{
	return le64_get(f->regs[r]);
}

static void
core_registers(struct notes *n, const struct jobmsg_fault *f)
{
	struct elf_prstatus p;
	struct user_regs_struct r = { .r15 = core_reg(f, JOBMSG_R15),
		.r14 = core_reg(f, JOBMSG_R14), .r13 = core_reg(f, JOBMSG_R13),
		.r12 = core_reg(f, JOBMSG_R12), .rbp = core_reg(f, JOBMSG_RBP),
		.rbx = core_reg(f, JOBMSG_RBX), .r11 = core_reg(f, JOBMSG_R11),
		.r10 = core_reg(f, JOBMSG_R10), .r9 = core_reg(f, JOBMSG_R9),
		.r8 = core_reg(f, JOBMSG_R8), .rax = core_reg(f, JOBMSG_RAX),
		.rcx = core_reg(f, JOBMSG_RCX), .rdx = core_reg(f, JOBMSG_RDX),
		.rsi = core_reg(f, JOBMSG_RSI), .rdi = core_reg(f, JOBMSG_RDI),
		.orig_rax = UINT64_MAX, .rip = core_reg(f, JOBMSG_RIP),
		.cs = 0x33, .eflags = core_reg(f, JOBMSG_RFLAGS),
		.rsp = core_reg(f, JOBMSG_RSP), .ss = 0x2b,
		.fs_base = le64_get(f->fs_base) };

	memset(&p, 0, sizeof p);
	p.pr_cursig = (short)le32_get(f->signal);
	p.pr_info.si_signo = p.pr_cursig;
	p.pr_pid = (pid_t)le32_get(f->rank) + 1;
	memcpy(p.pr_reg, &r, sizeof r);
	core_note(n, NT_PRSTATUS, &p, sizeof p);
}

/* AT_PHDR would make gdb compare headers, which the core does not hold. */
static void
core_auxv(struct notes *n, const struct jobmsg_fault *f, int program)
{
	Elf64_Ehdr e;
	Elf64_auxv_t a[2];

	memset(a, 0, sizeof a);
	if (pread(program, &e, sizeof e, 0) != (ssize_t)sizeof e)
		return;
	a[0].a_type = AT_ENTRY;
	a[0].a_un.a_val = le64_get(f->image) + e.e_entry;
	core_note(n, NT_AUXV, a, sizeof a);
}

static void
core_notes(struct notes *n, const struct jobmsg_fault *f, int program,
    const char *name)
{
	struct elf_prpsinfo ps;
	siginfo_t si;

	core_registers(n, f);
	memset(&ps, 0, sizeof ps);
	snprintf(ps.pr_fname, sizeof ps.pr_fname, "%.15s", name);
	snprintf(ps.pr_psargs, sizeof ps.pr_psargs, "%.60s", name);
	core_note(n, NT_PRPSINFO, &ps, sizeof ps);
	memset(&si, 0, sizeof si);
	si.si_signo = (int)le32_get(f->signal);
	si.si_code = 1;
	si.si_addr = (void *)(uintptr_t)le64_get(f->address);
	core_note(n, NT_SIGINFO, &si, sizeof si);
	core_auxv(n, f, program);
}

static u32
core_flags(u32 map)
{
	return PF_R | (map & 2 ? PF_W : 0) | (map & 1 ? PF_X : 0);
}

static bool
core_put(int fd, const void *data, size_t len)
{
	const u8 *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

int
core_write(int fd, const struct jobmsg_fault_view *v, int program,
    const char *name)
{
	struct notes n = { .len = 0 };
	Elf64_Ehdr e = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
		ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE,
		.e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof e, .e_ehsize = sizeof e,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (u16)(v->maps + 1) };
	Elf64_Phdr p[PHDRS] = { { .p_type = PT_NOTE, .p_align = 4 } };
	u64 at = sizeof e + sizeof *p * e.e_phnum;
	bool good;

	core_notes(&n, v->fault, program, name);
	p[0].p_offset = at;
	p[0].p_filesz = n.len;
	at += n.len;
	for (u32 i = 0; i < v->maps; i++) {
		const struct jobmsg_map *m = &v->map[i];

		p[i + 1] = (Elf64_Phdr){ .p_type = PT_LOAD,
			.p_flags = core_flags(le32_get(m->flags)),
			.p_offset = at, .p_vaddr = le64_get(m->va),
			.p_filesz = le64_get(m->kept),
			.p_memsz = le64_get(m->bytes), .p_align = 1 };
		at += le64_get(m->kept);
	}
	good = core_put(fd, &e, sizeof e) &&
	    core_put(fd, p, sizeof *p * e.e_phnum) &&
	    core_put(fd, n.bytes, n.len);
	for (u32 i = 0; i < v->maps && good; i++)
		good = core_put(fd, v->bytes[i], le64_get(v->map[i].kept));
	return good ? 0 : ERR_IO;
}
