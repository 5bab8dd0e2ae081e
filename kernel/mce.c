/* mce.c - what the hardware knows of its own errors. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/mce.h"

#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/log.h"
#include "kernel/sched.h"
#include "kernel/smp.h"

/*
 * Intel SDM volume 3 chapter 16. A corrected error (ECC) only fills its bank:
 * somebody must look. Each core has banks of its own.
 */

enum {
	LEAF1_D_MCE = 1 << 7,
	LEAF1_D_MCA = 1 << 14,
	CR4_MCE = 1 << 6,
	MSR_MCG_CAP = 0x179,
	  CAP_BANKS = 0xff,
	  CAP_CTL = 1 << 8,
	MSR_MCG_STATUS = 0x17a,
	MSR_MCG_CTL = 0x17b,
	MSR_BANK = 0x400,               /* four each: CTL STATUS ADDR MISC */
	  BANK_STATUS = 1,
	  BANK_ADDR = 2,
};
#define STATUS_VALID (1ull << 63)
#define STATUS_UC (1ull << 61)
#define STATUS_ADDRV (1ull << 58)

static u32
banks(void)
{
	u32 d = cpu_id(1, 0).d;

	return (d & LEAF1_D_MCE) && (d & LEAF1_D_MCA) ?
	    cpu_rdmsr(MSR_MCG_CAP) & CAP_BANKS : 0;
}

void
mce_init_core(void)
{
	u32 n = banks();

	if (!n)
		return;
	if (cpu_rdmsr(MSR_MCG_CAP) & CAP_CTL)
		cpu_wrmsr(MSR_MCG_CTL, UINT64_MAX);
	for (u32 i = 0; i < n; i++)
		cpu_wrmsr(MSR_BANK + 4 * i, UINT64_MAX);
	cpu_write_cr4(cpu_read_cr4() | CR4_MCE);
}

void
mce_poll(void)
{
	struct handoff *h = handoff_get();

	for (u32 i = 0, n = banks(); i < n; i++) {
		u32 bank = MSR_BANK + 4 * i;
		u64 status = cpu_rdmsr(bank + BANK_STATUS);

		if (!(status & STATUS_VALID))
			continue;
		__atomic_add_fetch(status & STATUS_UC ? &h->mce_fatal :
							&h->mce_corrected,
		    1, __ATOMIC_RELAXED);
		log_warn("machine check on core %u: bank %u status %lx "
			 "address %lx", cpu_this()->index, i, status,
		    status & STATUS_ADDRV ? cpu_rdmsr(bank + BANK_ADDR) : 0);
		cpu_wrmsr(bank + BANK_STATUS, 0);
	}
	if (banks())
		cpu_wrmsr(MSR_MCG_STATUS, 0);
}

static void
poll_task(void *arg)
{
	(void)arg;
	mce_poll();
}

void
mce_poll_next(void)
{
	static u32 next;

	/* A core that has not done the last one yet is left alone. */
	sched_submit_core(next++ % smp_count(), poll_task, NULL);
}
