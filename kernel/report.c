/* report.c - what is said about an exception, and who dies of it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/report.h"

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/handoff.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/mce.h"
#include "kernel/recycle.h"
#include "kernel/smp.h"
#include "kernel/vm.h"

enum {
	SIGNAL_ILL = 4,
	SIGNAL_TRAP = 5,
	SIGNAL_BUS = 7,
	SIGNAL_FPE = 8,
	SIGNAL_SEGV = 11,
	NULL_BYTES = 1 << 20,
	PANIC_DELAY_US = 500000,
	CALLS_MAX = 10,             /* told, of those in the first 2 KiB */
	CALLS_BYTES = 2048,
	NMIS_TOLD = 8,
	DUMPS_MAX = 4,              /* of a job's ranks: serial lines are slow */
};

u32
report_signal(u64 vector)
{
	switch (vector) {
	case 0:
	case 16:
	case 19:
		return SIGNAL_FPE;
	case 1:
	case 3:
		return SIGNAL_TRAP;
	case 6:
		return SIGNAL_ILL;
	case 12:
	case 17:
		return SIGNAL_BUS;
	default:
		return SIGNAL_SEGV;
	}
}

static const char *
reason_of(const struct trap_frame *f, u64 address)
{
	switch (f->vector) {
	case 0:
		return "division by zero";
	case TRAP_DEBUG:
	case TRAP_BREAKPOINT:
		return "breakpoint";
	case 6:
		return "illegal instruction";
	case 8:
		return "double fault";
	case TRAP_MACHINE:
		return "machine check";
	case 13:
		return "general protection (a wild address or instruction)";
	case 16:
	case 19:
		return "floating-point exception";
	case 14:
		break;
	default:
		return "exception";
	}
	if (vm_is_guard(address))
		return "stack overflow";
	if (address < NULL_BYTES)
		return "NULL pointer";
	if (f->error & 16)
		return "jump to a wild address";
	if (f->error & 1)
		return "write to an address that is not writable";
	return f->error & 2 ? "write to an address that is not mapped" :
			      "read of an address that is not mapped";
}

#define AT(reg) (u8) offsetof(struct trap_frame, reg)

/* Where register i of enum jobmsg_reg stands in a frame. */
static const u8 reg_at[JOBMSG_REGS] = { AT(rax), AT(rbx), AT(rcx), AT(rdx),
	AT(rsi), AT(rdi), AT(rbp), AT(rsp), AT(r8), AT(r9), AT(r10), AT(r11),
	AT(r12), AT(r13), AT(r14), AT(r15), AT(rip), AT(rflags) };

void
report_registers(le64 *regs, const struct trap_frame *f)
{
	for (u32 i = 0; i < JOBMSG_REGS; i++)
		memcpy(&regs[i], (const u8 *)f + reg_at[i], 8);
}

void
report_set_registers(struct trap_frame *f, const le64 *regs)
{
	for (u32 i = 0; i < JOBMSG_REGS; i++)
		memcpy((u8 *)f + reg_at[i], &regs[i], 8);
}

/* Words of the stack that point into code, innermost first: the return
 * addresses are among them. */
static void
print_calls(u64 sp)
{
	char text[CALLS_MAX * 17 + 1];
	size_t len = 0;
	u64 run;

	text[0] = 0;
	for (u64 at = ALIGN_UP(sp, 8ull), end = at + CALLS_BYTES; at < end &&
	    vm_is_canonical(at) && vm_physical((void *)at, &run) &&
	    len < sizeof(text) - 17; at += 8) {
		u64 word = *(u64 *)at;

		if (vm_allows(word, VM_X))
			len += print_buf(text + len, sizeof(text) - len,
			    " %lx", word);
	}
	log_warn("called from%s", text);
}

static void
print_frame(const struct trap_frame *f, const char *who, const char *reason,
    u64 address)
{
	log_warn("%s: %s at %lx, vector %lu error %lx core %u", who, reason,
	    address, f->vector, f->error, cpu_this()->index);
	log_warn("rip %016lx rsp %016lx rbp %016lx flags %lx", f->rip, f->rsp,
	    f->rbp, f->rflags);
	log_warn("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx,
	    f->rcx, f->rdx);
	log_warn("rsi %016lx rdi %016lx r8  %016lx r9  %016lx", f->rsi, f->rdi,
	    f->r8, f->r9);
	log_warn("r10 %016lx r11 %016lx r12 %016lx r13 %016lx", f->r10, f->r11,
	    f->r12, f->r13);
	log_warn("r14 %016lx r15 %016lx cr3 %016lx", f->r14, f->r15,
	    cpu_read_cr3());
	print_calls(f->rsp);
}

/* An iretq to the next line: if this is within an NMI, later ones come in. */
static void
leave_nmi(void)
{
	__asm__ volatile("mov %%rsp, %%rax; push $0x10; push %%rax; pushfq\n"
			 "push $0x08; lea 1f(%%rip), %%rax; push %%rax\n"
			 "iretq\n"
			 "1:" : : : "rax", "memory", "cc");
}

NORETURN static void
die(const char *reason)
{
	static u32 dying;
	char *why = handoff_get()->died;

	/* Before there is a pristine copy, at the second fault on the way out,
	 * or if this kernel dies again and again: the hard way. */
	if (__atomic_exchange_n(&dying, 1, __ATOMIC_RELAXED) || *why ||
	    !handoff_facts()->pristine) {
		log_warn("resetting this node");
		clock_delay_us(PANIC_DELAY_US);
		recycle_reset();
	}
	log_warn("restarting this node");
	print_copy(why, sizeof(handoff_get()->died), reason);
	agent_hand_on();
	leave_nmi();
	recycle_now();
}

void
report_nmi(const struct trap_frame *f)
{
	static u32 count;

	if (count++ < NMIS_TOLD)
		print_frame(f, "kernel", "NMI", f->rip);
}

void
report_exception(const struct trap_frame *f)
{
	u64 address = f->vector == TRAP_PAGE ? cpu_read_cr2() : f->rip;
	const char *reason = reason_of(f, address);
	struct fiber *fiber = cpu_this()->fiber;
	struct rank *r = fiber ? fiber->owner : NULL;
	static u32 dumps;
	struct jobmsg_fault *m;
	char who[16];

	if (!r || agent_is_inside() || f->vector == TRAP_MACHINE ||
	    f->vector == TRAP_DOUBLE) {
		if (f->vector == TRAP_MACHINE)
			mce_poll();
		print_frame(f, "kernel", reason, address);
		die(reason);
	}
	m = &r->fault;
	memset(m, 0, sizeof(*m));
	m->vector = le32_of((u32)f->vector);
	m->signal = le32_of(report_signal(f->vector));
	m->core = le32_of(cpu_this()->index);
	m->address = le64_of(address);
	m->error_code = le64_of(f->error);
	report_registers(m->regs, f);
	print_copy(m->reason, sizeof(m->reason), reason);
	print_buf(who, sizeof(who), "rank %u", r->rank);
	if (__atomic_fetch_add(&dumps, 1, __ATOMIC_RELAXED) < DUMPS_MAX)
		print_frame(f, who, reason, address);
	else
		log_warn("%s: %s at %lx", who, reason, address);
	agent_rank_faulted(r);
}

void
panic(const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	print_bufv(text, sizeof(text), fmt, args);
	va_end(args);
	log_warn("kernel: %s", text);
	die(text);
}
