/* cpu.c - CPUID, control registers, random bits. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/cpu.h"

#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/mce.h"

enum {
	LEAF1_C_V2 = 1 << 0 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23,
	LEAF1_C_XSAVE = 1 << 26,
	LEAF1_C_RDRAND = 1 << 30,
	LEAF7_B_FSGSBASE = 1 << 0,
	LEAF11_SMT = 1,
	LEAF81_C_LAHF = 1 << 0,
	XCR0_X87_SSE = 3,
	XCR0_AVX = 4,
	XCR0_AVX512 = 0xe0,
	XCR0_AMX = 0x60000,
	RDRAND_TRIES = 10,
	MXCSR_DEFAULT = 0x1f80,
};
#define LEAF1_C_HYPERVISOR (1u << 31)

static char model[48];

/* SSE3, SSSE3, CX16, SSE4.1, SSE4.2, POPCNT, LAHF: x86-64-v2 (psABI). */
static void
check_baseline(void)
{
	bool ok = (cpu_id(1, 0).c & LEAF1_C_V2) == LEAF1_C_V2 &&
	    (cpu_id(0x80000001, 0).c & LEAF81_C_LAHF);

	if (ok)
		return;
	log_warn("this CPU is older than x86-64-v2: it cannot run Barerack");
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void
enable_vectors(void)
{
	u64 cr4 = cpu_read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PGE;
	u64 cr0 = cpu_read_cr0();
	u64 xcr0 = XCR0_X87_SSE;

	cpu_write_cr0((cr0 & ~(u64)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE |
	    CR0_WP);
	if (cpu_id(7, 0).b & LEAF7_B_FSGSBASE)
		cr4 |= CR4_FSGSBASE;
	if (cpu_id(1, 0).c & LEAF1_C_XSAVE) {
		u64 all = cpu_id(0xd, 0).a;

		cpu_write_cr4(cr4 | CR4_OSXSAVE);
		if (all & XCR0_AVX)
			xcr0 |= XCR0_AVX;
		if ((all & XCR0_AVX512) == XCR0_AVX512 && (all & XCR0_AVX))
			xcr0 |= XCR0_AVX512;
		if ((all & XCR0_AMX) == XCR0_AMX)
			xcr0 |= XCR0_AMX;
		__asm__ volatile("xsetbv" : : "c"(0), "a"((u32)xcr0), "d"(0));
	} else {
		cpu_write_cr4(cr4);
	}
	__asm__ volatile("fninit");
}

/* Nothing of who ran here before: SDM volume 1 §13.8 (an empty XSTATE_BV means
 * initial values), volume 3 §17.2. */
static void
clear_registers(void)
{
	static u8 fresh[576] ALIGNED(64);

	fresh[24] = MXCSR_DEFAULT & 0xff;
	fresh[25] = MXCSR_DEFAULT >> 8;
	if (cpu_id(1, 0).c & LEAF1_C_XSAVE)
		__asm__ volatile("xrstor %0" : : "m"(fresh), "a"(~0u),
		    "d"(~0u));
	else
		__asm__ volatile("fxrstor %0; fninit" : : "m"(fresh));
	__asm__ volatile("mov %0, %%dr7; mov %0, %%dr0; mov %0, %%dr1\n\t"
			 "mov %0, %%dr2; mov %0, %%dr3; mov %0, %%cr2"
			 : : "r"(0ull));
	cpu_wrmsr(MSR_FS_BASE, 0);
	cpu_wrmsr(MSR_KERNEL_GS_BASE, 0);
}

/* SDM volume 3 §12.12: as at reset, but for PCD without PWT: writes combine. */
#define PAT 0x0001040600010406ull

void
cpu_init(void)
{
	check_baseline();
	enable_vectors();
	clear_registers();
	cpu_wrmsr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_NXE);
	cpu_wrmsr(MSR_PAT, PAT);
	mce_init_core();
}

const char *
cpu_model(void)
{
	struct cpuid r;
	char raw[49] = { 0 };
	u32 out = 0;

	if (model[0] || cpu_id(0x80000000, 0).a < 0x80000004)
		return model;
	for (u32 i = 0; i < 3; i++) {
		r = cpu_id(0x80000002 + i, 0);
		memcpy(raw + 16 * i, &r, 16);
	}
	for (u32 i = 0; i < 48 && raw[i] && out < sizeof(model) - 1; i++)
		if (raw[i] != ' ' || (out && model[out - 1] != ' '))
			model[out++] = raw[i];
	return model;
}

bool
cpu_is_virtual(void)
{
	return cpu_id(1, 0).c & LEAF1_C_HYPERVISOR;
}

/* SDM volume 3 §9.9.1: the first level of leaf 11 is the threads of a core. */
u32
cpu_threads(void)
{
	struct cpuid r = { 0 };

	if (cpu_id(0, 0).a >= 0xb)
		r = cpu_id(0xb, 0);
	return (r.c >> 8 & 0xff) == LEAF11_SMT ? MAX(r.b & 0xffff, 1u) : 1;
}

/* SplitMix64 over what the TSC has moved; only where RDRAND is missing. */
static u64
stir(void)
{
	static u64 state;
	u64 z = __atomic_add_fetch(&state, cpu_tsc() + 0x9e3779b97f4a7c15,
	    __ATOMIC_RELAXED);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

u64
cpu_entropy(void)
{
	u64 v = 0;
	u8 ok = 0;

	if (cpu_id(1, 0).c & LEAF1_C_RDRAND)
		for (int i = 0; i < RDRAND_TRIES && !ok; i++)
			__asm__ volatile("rdrand %0; setc %1"
					 : "=r"(v), "=qm"(ok) : : "cc");
	return ok ? v ^ stir() : stir();
}
