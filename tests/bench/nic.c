/* nic.c - instructions of the 10 GbE driver per packet, counted one by one. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/intel.h"
#include "drivers/net/ixgbe_regs.h"
#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The child runs the driver on a device that is plain memory; the parent steps
 * it from one SIGUSR1 to the next. An empty pair is subtracted. Descriptors are
 * marked done between the pairs: what is counted is the driver and the loop
 * around it that a forwarder needs, not the device.
 */
enum { BATCH_MAX = 32, REGS = 0x20000 };

extern const struct nic_driver ixgbe_driver;

static _Alignas(4096) u8 regs[REGS];
static u8 bufs[128][2048];
static struct nic_queue *q;
static const struct nic_ops *ops;

static u32 *
reg(u32 at)
{
	return (u32 *)(void *)(regs + at);
}

/* Called while the driver waits: the device gets ready. */
u64
clock_now_ns(void)
{
	*reg(INTEL_CTRL) &= ~(u32)(INTEL_CTRL_RST | CTRL_LRST);
	*reg(INTEL_STATUS) &= ~(u32)INTEL_STATUS_MASTER;
	*reg(IXGBE_EEC) |= EEC_ARD;
	*reg(IXGBE_RDRXCTL) |= RDRXCTL_DMAIDONE;
	return 0;
}

void
clock_delay_us(u32 us)
{
	(void)us;
}

void *
dma_alloc(size_t bytes)
{
	void *p = aligned_alloc(4096, ALIGN_UP(bytes, (size_t)4096));

	return p ? memset(p, 0, bytes) : NULL;
}

__attribute__((noinline, noipa)) u64
dma_addr(const void *p, size_t len, size_t *run)
{
	*run = len;
	return (u64)(uintptr_t)p;
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	(void)d;
	(void)bar;
	*size = REGS;
	return regs;
}

void
pci_enable(const struct pci_dev *d, bool mem, bool io, bool master)
{
	(void)d;
	(void)mem;
	(void)io;
	(void)master;
}

int
pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	(void)d;
	(void)entry;
	(void)vector;
	(void)apic_id;
	return ERR_UNSUPP;
}

/* The device: n frames have come, all that was sent has left. */
static void
device(u32 n)
{
	for (u32 i = q->rx_next; n--; i = (i + 1) & q->rx_mask) {
		q->rx[i].len = 60;
		q->rx[i].status = INTEL_RX_DD | INTEL_RX_EOP;
	}
	for (u32 i = q->tx_done; i != q->tx_next; i = (i + 1) & q->tx_mask)
		q->tx[i].status = INTEL_TX_DD;
}

static int
receive(struct nic_rx *rx, int batch)
{
	int n = ops->rx_batch(q, rx, batch);

	for (int i = 0; i < n; i++)
		ops->rx_post(q, rx[i].buf, 2048, rx[i].buf);
	return n;
}

static void
send(struct nic_tx *tx, int batch)
{
	void *done[BATCH_MAX];

	ops->tx_batch(q, tx, batch);
	ops->reclaim(q, done, batch);
}

static void
forward(struct nic_tx *tx, int batch)
{
	struct nic_rx rx[BATCH_MAX];
	void *done[BATCH_MAX];
	int n = ops->rx_batch(q, rx, batch);

	for (int i = 0; i < n; i++) {
		tx[i].seg[0].ptr = rx[i].buf;
		tx[i].seg[0].len = rx[i].len;
		tx[i].cookie = rx[i].buf;
	}
	ops->tx_batch(q, tx, n);
	n = ops->reclaim(q, done, batch);
	for (int i = 0; i < n; i++)
		ops->rx_post(q, done[i], 2048, done[i]);
}

#define COUNTED(code) do { raise(SIGUSR1); code; raise(SIGUSR1); } while (0)

static int
child(void)
{
	static const int batches[] = { 1, 8, BATCH_MAX };
	static const struct pci_dev pci = { .device = 0x1528 };
	struct nic_tx tx[BATCH_MAX];
	struct nic_rx rx[BATCH_MAX];
	struct nic *nic;

	*reg(INTEL_STATUS) = INTEL_STATUS_MASTER;
	if (ixgbe_driver.probe(&pci, &nic) != 0)
		return 1;
	ops = nic->ops;
	if (ops->queue_open(nic, 0, 128, 128, &q) != 0)
		return 1;
	for (int i = 0; i < 100; i++)
		ops->rx_post(q, bufs[i], 2048, bufs[i]);
	for (int i = 0; i < BATCH_MAX; i++)
		tx[i] = (struct nic_tx){ .seg = { { bufs[100], 60 } },
			.segs = 1, .cookie = bufs[100] };
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGUSR1);                 /* the parent waits for this one */
	COUNTED();
	ops->rx_batch(q, rx, BATCH_MAX);        /* tells of the buffers */
	COUNTED(ops->rx_batch(q, rx, BATCH_MAX));
	COUNTED(ops->is_idle(q));
	for (size_t i = 0; i < ARRAY_LEN(batches); i++) {
		device((u32)batches[i]);
		COUNTED(receive(rx, batches[i]));
		send(tx, batches[i]);
		device(0);
		COUNTED(send(tx, batches[i]));
		device(0);
		send(tx, 0);
		device((u32)batches[i]);
		forward(tx, batches[i]);
		device((u32)batches[i]);
		COUNTED(forward(tx, batches[i]));
		device(0);
		for (int k = 0; k < BATCH_MAX; k++)
			tx[k].cookie = tx[k].seg[0].ptr = bufs[100];
	}
	return 0;
}

/* Steps the child from one SIGUSR1 to the next. A repeated string instruction
 * stops at each turn and counts once. */
static long
count(pid_t pid)
{
	long n = 0, at, before = 0;
	int status;

	ptrace(PTRACE_CONT, pid, NULL, NULL);
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		return -1;
	do {
		ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
			return -1;
		at = ptrace(PTRACE_PEEKUSER, pid,
		    offsetof(struct user_regs_struct, rip), NULL);
		n += at != before;
		before = at;
	} while (WSTOPSIG(status) == SIGTRAP);
	return WSTOPSIG(status) == SIGUSR1 ? n : -1;
}

int
main(void)
{
	static const struct { const char *name, *reference; double frames; } t[] = {
		{ "idle_poll", "budget 20, stretch 9; TinyNF 9-25, ixy 47", 1 },
		{ "is_idle", "what the waiting loop asks first; none", 1 },
		{ "receive_batch1", "none", 1 },
		{ "send_batch1", "none", 1 },
		{ "forward_batch1", "none", 1 },
		{ "receive_batch8", "none", 8 },
		{ "send_batch8", "none", 8 },
		{ "forward_batch8", "none", 8 },
		{ "receive_batch32", "none", 32 },
		{ "send_batch32", "none", 32 },
		{ "forward_batch32", "budget 60, stretch 28; "
		    "TinyNF 27.7-47, ixy 125.6", 32 },
	};
	pid_t pid = fork();
	long empty;
	int status;

	if (pid == 0)
		_exit(child());
	empty = waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ? -1 :
	    count(pid);
	for (size_t i = 0; i < ARRAY_LEN(t) && empty >= 0; i++) {
		long n = count(pid);

		if (n < 0)
			empty = -1;
		else
			printf("bench: nic.%s %.1f instructions (%s)\n",
			    t[i].name, (double)(n - empty) / t[i].frames,
			    t[i].reference);
	}
	if (empty < 0)
		fprintf(stderr, "nic: the driver or the tracer failed\n");
	kill(pid, SIGKILL);
	return empty < 0;
}
