/* calltable.c - the calls that an application may make. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/calltable.h"

#include "kernel/blk.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/dma.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/job/rawnic.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/pci.h"
#include "kernel/recycle.h"
#include "kernel/sched.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 * A call runs on the rank's own stack, in its own time: there is no gate. What
 * a call is given is believed as far as a wild pointer is the rank's own
 * accident: it traps there and ends the job, not the node.
 */

enum { CONSOLE_MAX = 200 };     /* bytes of a rank's line */

NORETURN static void
call_exit(int code)
{
	rank_exit(rank_this(), code, false);
}

NORETURN static void
call_abort(int code)
{
	rank_exit(rank_this(), code, true);
}

static i64
call_write(int stream, const void *buf, size_t len)
{
	return output_write(rank_this(), stream, buf, len);
}

static void
call_file(struct abi_file *f)
{
	files_call(rank_this(), f);
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

static void
call_sleep_ns(u64 ns)
{
	wait_until(never, NULL, clock_now_ns() + ns);
}

static void *
call_sbrk(i64 by)
{
	struct rank *r = rank_this();
	u8 *old = r->heap_brk;

	if (by > r->heap_end - old || by < r->heap - old)
		return NULL;
	r->heap_brk = old + by;
	return old;
}

static bool
ep_ready(void *arg)
{
	const struct rank *r = arg;

	return msg_ready(r->ep) || port_nic_ready(&r->port);
}

/* The endpoint's own timers count as a deadline too. */
static void
call_msg_wait(struct msg_ep *ep, u64 deadline_ns)
{
	u64 own = msg_deadline(ep);

	rank_this()->waits_on = cpu_this()->index;
	/* From here on a neighbour that puts something wakes us by the port. */
	msg_park(ep, true);
	wait_until(ep_ready, rank_this(), MIN(own, deadline_ns));
	msg_park(ep, false);
}

void
calltable_touch(const void *buf, u64 len, bool write)
{
	volatile u8 *p = (volatile u8 *)(uintptr_t)buf;

	for (u64 i = 0; i < len; i += PAGE_BYTES) {
		u8 byte = p[i];

		if (write)
			p[i] = byte;
	}
	if (len) {
		u8 byte = p[len - 1];

		if (write)
			p[len - 1] = byte;
	}
}

static int
call_msg_send(struct msg_ep *ep, u32 peer, const void *head, u32 head_len,
    const void *data, u64 len, u32 flags, struct msg_req *req)
{
	calltable_touch(data, len, false);
	return msg_send(ep, peer, head, head_len, data, len, flags, req);
}

static int
call_msg_pull(struct msg_ep *ep, u32 peer, u64 offer, void *buf, u64 len,
    struct msg_req *req)
{
	calltable_touch(buf, len, true);
	return msg_pull(ep, peer, offer, buf, len, req);
}

/* A rank that polls for hours does so cheaply. */
static int
call_msg_poll(struct msg_ep *ep)
{
	const struct rank *r = fiber_this()->owner;

	if (ep == r->ep && port_nic_is_quiet(&r->port) && msg_is_quiet(ep))
		return 0;
	return msg_poll(ep);
}

static u32
call_core_id(void)
{
	return cpu_this()->index - rank_this()->core;
}

static u32
call_core_count(void)
{
	return rank_this()->page.cores;
}

static void **
call_thread_key(u32 key)
{
	_Static_assert((u32)ABI_THREAD_KEYS == (u32)FIBER_LOCALS, "one table");
	return key < FIBER_LOCALS ? &cpu_this()->fiber->local[key] : NULL;
}

static void
call_console(const char *text, size_t len)
{
	char line[CONSOLE_MAX + 1];

	len = MIN(len, (size_t)CONSOLE_MAX);
	memcpy(line, text, len);
	line[len] = 0;
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	log_info("rank %u: %s", rank_this()->rank, line);
}

static u64
call_dma_addr(const void *ptr, size_t len, size_t *run)
{
	calltable_touch(ptr, len, true);
	return dma_addr(ptr, len, run);
}

static int
call_pci_get(u32 i, struct abi_pci *out)
{
	const struct pci_dev *d = pci_get(i);

	if (!d)
		return ERR_NOENT;
	*out = (struct abi_pci){ .bus = d->bus, .dev = d->dev, .fn = d->fn,
		.vendor = d->vendor, .device = d->device,
		.class_code = d->class_code };
	memcpy(out->bar, d->bar, sizeof(d->bar));
	memcpy(out->bar_bytes, d->bar_bytes, sizeof(d->bar_bytes));
	return 0;
}

/* Two ports, one after the other: under the agent's lock. */
struct pci_wish {
	const struct pci_dev *dev;
	u16 offset;
	bool write;
	u32 value;
};

static int
pci_locked(void *arg)
{
	struct pci_wish *w = arg;

	if (w->write)
		pci_write32(w->dev, w->offset, w->value);
	else
		w->value = pci_read32(w->dev, w->offset);
	return 0;
}

static int
pci_config(u32 i, u32 offset, u32 *value, bool write)
{
	struct pci_wish w = { pci_get(i), (u16)offset, write, *value };

	if (!w.dev)
		return ERR_NOENT;
	if (offset > 252 || offset % 4)
		return ERR_INVAL;
	agent_lend(pci_locked, &w);
	*value = w.value;
	return 0;
}

static int
call_pci_read(u32 i, u32 offset, u32 *value)
{
	return pci_config(i, offset, value, false);
}

static int
call_pci_write(u32 i, u32 offset, u32 value)
{
	return pci_config(i, offset, &value, true);
}

static u64
call_null(void)
{
	return 0;
}

static const struct abi_machine machine = {
	.console = call_console,
	.dma_addr = call_dma_addr,
	.pci_get = call_pci_get,
	.pci_read = call_pci_read,
	.pci_write = call_pci_write,
	.nic_info = rawnic_info,
	.nic_open = rawnic_open,
	.nic_post = rawnic_post,
	.nic_rx = rawnic_rx,
	.nic_tx = rawnic_tx,
	.nic_reclaim = rawnic_reclaim,
	.nic_close = rawnic_close,
	.blk_info = blk_info,
	.blk_read = blk_read,
	.blk_write = blk_write,
	.reset = recycle_reset,
};

const struct abi calltable = {
	.version = ABI_VERSION,
	.bytes = sizeof(struct abi),
	.exit = call_exit,
	.abort = call_abort,
	.write = call_write,
	.file = call_file,
	.now_ns = clock_now_ns,
	.utc_ns = clock_utc_ns,
	.sleep_ns = call_sleep_ns,
	.sbrk = call_sbrk,
	.entropy = cpu_entropy,
	.msg_attach = msg_attach,
	.msg_send = call_msg_send,
	.msg_pull = call_msg_pull,
	.msg_poll = call_msg_poll,
	.msg_ready = msg_ready,
	.msg_is_drained = msg_is_drained,
	.msg_wait = call_msg_wait,
	.core_id = call_core_id,
	.core_count = call_core_count,
	.task_submit = sched_submit,
	.task_wait = sched_wait_zero,
	.null = call_null,
	.task_submit_group = sched_submit_group,
	.task_wait_group = sched_wait_group,
	.thread_create = thread_create,
	.thread_join = thread_join,
	.thread_exit = fiber_exit,
	.thread_self = thread_self,
	.thread_wait = thread_wait,
	.thread_wake = thread_wake,
	.thread_key = call_thread_key,
	.machine = &machine,
};
