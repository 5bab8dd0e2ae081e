/* gdbstub.c - the node's end of a debugger: stop, look, change, go on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/gdbstub.h"

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/page.h"
#include "kernel/report.h"
#include "kernel/smp.h"
#include "kernel/wait.h"
#include "kernel/window.h"

/*
 *	OFF --ATTACH--> STOPPING --NMI, trap flag, #DB--> STOPPED
 *	 ^                 ^                                 |  ^
 *	 |              ATTACH                  RESUME, step |  | #BP, #DB,
 *	 +--DETACH--  RUNNING <------------------------------+  | a fault
 *	                 |                                      |
 *	                 +--------------------------------------+
 *
 * A rank may stop where it stands on its own stack, interrupts on, and holds
 * nothing that others wait for: not inside the agent, not with a NIC's lock.
 * Elsewhere the trap flag takes it on, instruction by instruction, or the next
 * NMI finds it better.
 *
 * A stopped rank's frame and vector registers are put aside, and its fiber
 * waits in wait_until like any other (hold): its core serves the agent and
 * other fibers meanwhile. trap_resume returns to the frame.
 *
 * Breakpoints are stores into text. Ranks share that; the page that is written
 * becomes the rank's own, and keeps its place until the recycle.
 */

enum {
	FLAG_TF = 1 << 8,
	FLAG_IF = 1 << 9,
	DR6_BS = 1 << 14,
	STACK_GAP = 256,        /* the red zone, and more */
	AGAIN_MS = 10,
	XSTATE_LEGACY = 3,      /* x87 and SSE, in the XSAVE header */
	XSAVE_HEADER = 512,
};

#define DR6_NONE 0xffff0ff0ull

NORETURN void trap_resume(struct trap_frame *f);

/* -- the rank's side -- */

static void
vectors_save(u8 *area)
{
	if (cpu_read_cr4() & CR4_OSXSAVE)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(-1),
				 "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void
vectors_restore(u8 *area)
{
	if (cpu_read_cr4() & CR4_OSXSAVE)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(-1),
				 "d"(-1) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static bool
may_go(void *arg)
{
	return ((struct gdbstub *)arg)->state != GDBSTUB_STOPPED;
}

/* On the stopped rank's stack, below what it uses. */
NORETURN static void
hold(struct rank *r)
{
	struct gdbstub *g = &r->gdb;

	wait_until(may_go, g, UINT64_MAX);
	__asm__ volatile("cli" : : : "memory");
	cpu_this()->fiber->deadline_ns = g->deadline_ns;
	cpu_write_cr3(cpu_read_cr3());  /* text may have moved */
	vectors_restore(g->vectors);
	g->frame.rflags &= ~(u64)FLAG_TF;
	if (g->step)
		g->frame.rflags |= FLAG_TF;
	trap_resume(&g->frame);
}

static void
stop(struct rank *r, struct trap_frame *f)
{
	struct gdbstub *g = &r->gdb;

	g->frame = *f;
	g->fiber = cpu_this()->fiber;
	g->signal = report_signal(f->vector);
	g->told = false;
	g->deadline_ns = cpu_this()->fiber->deadline_ns;
	vectors_save(g->vectors);
	__atomic_store_n(&g->state, GDBSTUB_STOPPED, __ATOMIC_RELEASE);
	f->rip = (u64)(uintptr_t)hold;
	f->rdi = (u64)(uintptr_t)r;
	f->rsp = ALIGN_DOWN(f->rsp - STACK_GAP, 16ull) - 8;
	f->rflags = FLAG_IF | 2;
}

static bool
is_on_own_stack(const struct rank *r, const struct trap_frame *f)
{
	return f->rsp - window_base(r->local) < VM_WINDOW_BYTES;
}

static bool
may_stop(const struct rank *r, const struct trap_frame *f)
{
	return (f->rflags & FLAG_IF) && is_on_own_stack(r, f) &&
	    !agent_is_inside() && !agent_holds_nic();
}

void
gdbstub_nmi(struct trap_frame *f)
{
	struct fiber *fiber = cpu_this()->fiber;
	struct rank *r = fiber ? fiber->owner : NULL;

	if (r && r->gdb.state == GDBSTUB_STOPPING && is_on_own_stack(r, f))
		f->rflags |= FLAG_TF;
}

/* DR6.BS: the trap flag's doing. The frame may not have the flag any more. */
static bool
was_step(void)
{
	u64 dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_NONE));
	return dr6 & DR6_BS;
}

bool
gdbstub_trap(struct trap_frame *f)
{
	struct fiber *fiber = cpu_this()->fiber;
	struct rank *r = fiber ? fiber->owner : NULL;
	u32 state = r ? r->gdb.state : GDBSTUB_OFF;

	if (f->vector == TRAP_DEBUG && was_step()) {
		f->rflags &= ~(u64)FLAG_TF;
		if (state == GDBSTUB_STOPPING && !may_stop(r, f)) {
			f->rflags |= FLAG_TF;
			return true;
		}
		/* The flag outlived its purpose, or its fiber: popfq may
		 * bring it back. */
		if (!r || state == GDBSTUB_STOPPED ||
		    (state == GDBSTUB_RUNNING && !r->gdb.step))
			return true;
	}
	/* Another thread is looked at, or makes its step: this one comes
	 * again and again. */
	if (f->vector == TRAP_BREAKPOINT && r && fiber != r->gdb.fiber &&
	    (state == GDBSTUB_STOPPED ||
		(state == GDBSTUB_RUNNING && r->gdb.step)) &&
	    is_on_own_stack(r, f)) {
		f->rip--;
		return true;
	}
	if (state == GDBSTUB_OFF || state == GDBSTUB_STOPPED ||
	    !may_stop(r, f))
		return false;
	stop(r, f);
	return true;
}

/* -- bmd's side -- */

struct rank *
gdbstub_find(struct job *j, u32 rank)
{
	for (u32 i = 0; j && i < j->locals; i++) {
		struct rank *r = j->rank[i];

		if (r->rank == rank && r->state == RANK_RUNNING && !r->gdb.line)
			return r;
	}
	return NULL;
}

/* Bytes from va on that may be read; for stores only the rank's own. */
static u64
reach(const struct rank *r, u64 va, u64 len, bool store)
{
	u64 n = 0, run;

	if (va - window_base(r->local) >= VM_WINDOW_BYTES &&
	    (store || va < VM_STACKS))
		return 0;
	while (n < len && vm_is_canonical(va + n) &&
	    vm_physical((const void *)(va + n), &run))
		n += run;
	return MIN(n, len);
}

/* This rank's own copy of a page of text. */
static u8 *
own_page(struct gdbstub *g, u64 va)
{
	u8 *own;
	u64 run;
	u32 i = 0;

	while (i < g->pages && g->page[i].va != va)
		i++;
	if (i < g->pages || i == GDBSTUB_PAGES)
		return i < g->pages ? g->page[i].own : NULL;
	own = page_alloc(1);
	if (!own)
		return NULL;
	memcpy(own, (const void *)va, PAGE_BYTES);
	g->page[i].va = va;
	g->page[i].own = own;
	g->page[i].shared = (const u8 *)vm_physical((const void *)va, &run);
	if (vm_map(va, (u64)own, PAGE_BYTES, vm_allows(va, VM_X) ? VM_X : 0) != 0)
		return NULL;
	g->pages++;
	return own;
}

static int
store(struct rank *r, u64 va, const u8 *data, u64 len)
{
	if (reach(r, va, len, true) < len)
		return ERR_INVAL;
	while (len) {
		u64 at = va & (PAGE_BYTES - 1), n = MIN(len, PAGE_BYTES - at);
		u8 *to = vm_allows(va, VM_W) ? (u8 *)(va - at) :
					      own_page(&r->gdb, va - at);

		if (!to)
			return ERR_NOMEM;
		memcpy(to + at, data, n);
		va += n;
		data += n;
		len -= n;
	}
	return 0;
}

static u32
get_registers(struct rank *r, u8 *out)
{
	struct jobmsg_debug_regs *d = (struct jobmsg_debug_regs *)out;

	report_registers(d->regs, &r->gdb.frame);
	d->fs_base = le64_of(r->fs_base);
	memcpy(d->fx, r->gdb.vectors, sizeof(d->fx));
	return sizeof(*d);
}

static void
set_registers(struct rank *r, const u8 *in)
{
	const struct jobmsg_debug_regs *d =
	    (const struct jobmsg_debug_regs *)in;
	struct gdbstub *g = &r->gdb;
	u64 legacy = XSTATE_LEGACY;

	report_set_registers(&g->frame, d->regs);
	g->frame.rflags |= FLAG_IF | 2;
	/* MXCSR and its mask stay: a bad value would trap in the kernel. */
	memcpy(g->vectors, d->fx, 24);
	memcpy(g->vectors + 32, d->fx + 32, sizeof(d->fx) - 32);
	if (cpu_read_cr4() & CR4_OSXSAVE)
		g->vectors[XSAVE_HEADER] |= (u8)legacy;
}

static int
attach(struct rank *r)
{
	struct gdbstub *g = &r->gdb;

	if (!g->vectors)
		g->vectors = page_alloc_bytes(MAX(cpu_id(0xd, 0).b, 1024u));
	if (!g->vectors)
		return ERR_NOMEM;
	g->told = false;
	g->asked_ns = 0;
	if (g->state != GDBSTUB_STOPPED)
		g->state = GDBSTUB_STOPPING;
	return 0;
}

static void
resume(struct rank *r, u32 state, bool step)
{
	r->gdb.step = step;
	__atomic_store_n(&r->gdb.state, state, __ATOMIC_SEQ_CST);
	wait_wake(r->core);
}

/* Whoever looked is gone: its breakpoints, too. */
static void
detach(struct rank *r)
{
	struct gdbstub *g = &r->gdb;

	for (u32 i = 0; i < g->pages; i++)
		memcpy(g->page[i].own, g->page[i].shared, PAGE_BYTES);
	g->line = false;
	resume(r, GDBSTUB_OFF, false);
}

int
gdbstub_do(struct rank *r, u32 op, u64 va, u32 bytes, u8 *data, u32 *len)
{
	bool stopped = r->gdb.state == GDBSTUB_STOPPED;
	u32 in = *len;

	*len = 0;
	if (op == JOBMSG_DEBUG_ATTACH)
		return attach(r);
	if (op == JOBMSG_DEBUG_DETACH)
		detach(r);
	else if (!stopped)
		return ERR_BUSY;
	else if (op == JOBMSG_DEBUG_READ) {
		*len = (u32)reach(r, va, MIN(bytes, (u32)JOBMSG_DEBUG_MAX),
		    false);
		memcpy(data, (const void *)va, *len);
	} else if (op == JOBMSG_DEBUG_WRITE)
		return store(r, va, data, in);
	else if (op == JOBMSG_DEBUG_GET)
		*len = get_registers(r, data);
	else if (op == JOBMSG_DEBUG_SET &&
	    in == sizeof(struct jobmsg_debug_regs))
		set_registers(r, data);
	else if (op == JOBMSG_DEBUG_GO || op == JOBMSG_DEBUG_STEP)
		resume(r, GDBSTUB_RUNNING, op == JOBMSG_DEBUG_STEP);
	else
		return ERR_PROTO;
	return 0;
}

void
gdbstub_message(struct job *j, u8 *data, u64 len)
{
	struct jobmsg_debug *d = (struct jobmsg_debug *)data;
	struct rank *r = gdbstub_find(j, le32_get(d->rank));
	u32 bytes = (u32)(len - sizeof(*d));
	int err = ERR_CLOSED;

	if (r)
		err = gdbstub_do(r, le32_get(d->op), le64_get(d->address),
		    le32_get(d->bytes), data + sizeof(*d), &bytes);
	else
		bytes = 0;
	d->err = le32_of((u32)-err);
	if (r)
		d->address = le64_of(window_base(r->local) + WINDOW_IMAGE);
	agent_send(JOBMSG_DEBUG, data, (u32)sizeof(*d) + bytes, NULL);
}

static void
poll_rank(struct rank *r, u64 now)
{
	struct gdbstub *g = &r->gdb;
	struct jobmsg_debug d;

	if (g->state == GDBSTUB_STOPPING && r->state == RANK_RUNNING &&
	    now - g->asked_ns > AGAIN_MS * 1000000ull) {
		g->asked_ns = now;
		smp_ask_debug(r->core);
	}
	if (g->state != GDBSTUB_STOPPED || g->told || g->line)
		return;
	memset(&d, 0, sizeof(d));
	d.rank = le32_of(r->rank);
	d.op = le32_of(JOBMSG_DEBUG_STOPPED);
	d.signal = le32_of(g->signal);
	g->told = agent_send(JOBMSG_DEBUG, &d, sizeof(d), NULL) == 0;
}

void
gdbstub_poll(struct job *j)
{
	u64 now = clock_now_ns();

	for (u32 i = 0; j && i < j->locals; i++)
		if (j->rank[i]->gdb.state)
			poll_rank(j->rank[i], now);
}
