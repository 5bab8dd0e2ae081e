/* unwind.c - the calls that led to a crash, as file:line. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/unwind.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * libdwfl unwinds by the program's .eh_frame (bmcc sees to it that there is
 * one) and the kernel's .debug_frame; we lend it the registers and the stack.
 * The psABI numbers registers its own way: AMD64 supplement, figure 3.36.
 */

enum { DWARF_REGS = 17, THREAD = 1 };

struct unwind {
	const struct jobmsg_fault_view *v;
	unwind_line_fn *line;
	void *ctx;
	Dwfl *dwfl;
	Dwarf_Word reg[DWARF_REGS];
	bool returned;             /* reg's rip is a return address */
	u32 frames;
};

static void PRINTF_LIKE(2, 3)
unwind_say(struct unwind *u, const char *fmt, ...)
{
	char text[1000], more[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(more, sizeof more, fmt, args);
	va_end(args);
	snprintf(text, sizeof text, "  #%u %s", u->frames++, more);
	u->line(u->ctx, text);
}

/* -- the crashed rank, for libdwfl ------------------------------------------ */

static pid_t
unwind_thread(Dwfl *dwfl, void *arg, void **thread)
{
	(void)dwfl;
	if (*thread)
		return 0;
	*thread = arg;
	return THREAD;
}

static bool
unwind_read(Dwfl *dwfl, Dwarf_Addr at, Dwarf_Word *word, void *arg)
{
	const struct jobmsg_fault_view *v = ((struct unwind *)arg)->v;

	(void)dwfl;
	for (u32 i = 0; i < v->maps; i++) {
		u64 from = le64_get(v->map[i].va);
		u64 kept = le64_get(v->map[i].kept);

		if (at >= from && kept >= 8 && at - from <= kept - 8) {
			memcpy(word, v->bytes[i] + (at - from), 8);
			return true;
		}
	}
	return false;
}

static bool
unwind_registers(Dwfl_Thread *thread, void *arg)
{
	struct unwind *u = arg;

	return dwfl_thread_state_registers(thread, 0, DWARF_REGS, u->reg);
}

static void
unwind_take_registers(struct unwind *u)
{
	static const u8 from[DWARF_REGS] = { JOBMSG_RAX, JOBMSG_RDX,
		JOBMSG_RCX, JOBMSG_RBX, JOBMSG_RSI, JOBMSG_RDI, JOBMSG_RBP,
		JOBMSG_RSP, JOBMSG_R8, JOBMSG_R9, JOBMSG_R10, JOBMSG_R11,
		JOBMSG_R12, JOBMSG_R13, JOBMSG_R14, JOBMSG_R15, JOBMSG_RIP };

	for (u32 i = 0; i < DWARF_REGS; i++)
		u->reg[i] = le64_get(u->v->fault->regs[from[i]]);
}

/* -- what a frame is called ------------------------------------------------- */

static void
unwind_say_at(struct unwind *u, const char *name, const char *file, int line)
{
	if (file && line > 0)
		unwind_say(u, "%s at %s:%d", name ? name : "??", file, line);
	else
		unwind_say(u, "%s", name ? name : "??");
}

/* Where an inlined function was called from. */
static const char *
unwind_call_site(Dwarf_Die *cu, Dwarf_Die *inlined, int *line)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word number = 0, file = 0;
	size_t count;

	dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attr), &number);
	dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attr), &file);
	*line = (int)number;
	if (dwarf_getsrcfiles(cu, &files, &count) != 0 || file >= count)
		return NULL;
	return dwarf_filesrc(files, file, NULL, NULL);
}

/* The inlined functions around pc, each a frame; file and line move outwards
 * to the place in the function that was really called. */
static void
unwind_say_inlined(struct unwind *u, Dwfl_Module *mod, Dwarf_Addr pc,
    const char **file, int *line)
{
	Dwarf_Addr bias;
	Dwarf_Die *cu = dwfl_module_addrdie(mod, pc, &bias);
	Dwarf_Die *inner = NULL, *scope = NULL;
	int n = cu ? dwarf_getscopes(cu, pc - bias, &inner) : 0;

	n = n > 0 ? dwarf_getscopes_die(&inner[0], &scope) : 0;
	for (int i = 0; i < n; i++) {
		if (dwarf_tag(&scope[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scope[i]) != DW_TAG_inlined_subroutine)
			continue;
		unwind_say_at(u, dwarf_diename(&scope[i]), *file, *line);
		*file = unwind_call_site(cu, &scope[i], line);
	}
	free(scope);
	free(inner);
}

static int
unwind_frame(Dwfl_Frame *frame, void *arg)
{
	struct unwind *u = arg;
	Dwfl_Module *mod;
	Dwfl_Line *at;
	Dwarf_Addr pc;
	bool exact;
	const char *file = NULL;
	int line = 0;

	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	if (u->frames >= UNWIND_FRAMES_MAX) {
		u->line(u->ctx, "  ... (gdb shows the rest)");
		return DWARF_CB_ABORT;
	}
	/* A return address belongs to the call before it. */
	if (!exact || u->returned)
		pc--;
	u->returned = false;
	mod = dwfl_addrmodule(u->dwfl, pc);
	if (!mod) {
		unwind_say(u, "0x%llx", (unsigned long long)pc);
		return DWARF_CB_OK;
	}
	at = dwfl_module_getsrc(mod, pc);
	if (at)
		file = dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL);
	unwind_say_inlined(u, mod, pc, &file, &line);
	unwind_say_at(u, dwfl_module_addrname(mod, pc), file, line);
	return DWARF_CB_OK;
}

/* -- modules ---------------------------------------------------------------- */

static int
unwind_no_debuginfo(Dwfl_Module *mod, void **data, const char *name,
    Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
    char **found)
{
	(void)mod;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

static bool
unwind_report(struct unwind *u, int program, const char *kernel)
{
	int fd = dup(program);

	dwfl_report_begin(u->dwfl);
	/* libdwfl takes fd over if it takes the file. */
	if (!dwfl_report_elf(u->dwfl, "program", "program", fd,
	        le64_get(u->v->fault->image), true)) {
		close(fd);
		return false;
	}
	if (kernel && access(kernel, R_OK) == 0)
		dwfl_report_elf(u->dwfl, "kernel", kernel, -1, 0, false);
	return dwfl_report_end(u->dwfl, NULL, NULL) == 0;
}

/* A call to where no code is has left its return address on the stack. */
static void
unwind_leave_nowhere(struct unwind *u)
{
	Dwarf_Word *sp = &u->reg[7], *ip = &u->reg[16], back;

	if (dwfl_addrmodule(u->dwfl, *ip) ||
	    !unwind_read(u->dwfl, *sp, &back, u) ||
	    !dwfl_addrmodule(u->dwfl, back))
		return;
	unwind_say(u, "0x%llx, where no code is", (unsigned long long)*ip);
	*ip = back;
	*sp += 8;
	u->returned = true;
}

void
unwind_fault(const struct jobmsg_fault_view *v, int program,
    const char *kernel, unwind_line_fn *line, void *ctx)
{
	static const Dwfl_Callbacks files = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = unwind_no_debuginfo,
	};
	static const Dwfl_Thread_Callbacks rank = {
		.next_thread = unwind_thread,
		.memory_read = unwind_read,
		.set_initial_registers = unwind_registers,
	};
	struct unwind u = { .v = v, .line = line, .ctx = ctx };

	u.dwfl = dwfl_begin(&files);
	unwind_take_registers(&u);
	if (u.dwfl && unwind_report(&u, program, kernel)) {
		unwind_leave_nowhere(&u);
		if (dwfl_attach_state(u.dwfl, NULL, THREAD, &rank, &u))
			dwfl_getthread_frames(u.dwfl, THREAD, unwind_frame,
			    &u);
	}
	if (u.frames == 0)
		unwind_say(&u, "0x%llx (no backtrace: %s)",
		    (unsigned long long)u.reg[16], dwfl_errmsg(-1));
	dwfl_end(u.dwfl);
}
