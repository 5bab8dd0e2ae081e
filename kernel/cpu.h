/* cpu.h - instructions and registers of x86-64. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include "kernel/lib/base.h"

/* Intel SDM volume 4, table 2-2. */
enum msr {
	MSR_APIC_BASE = 0x1b,
	MSR_PAT = 0x277,
	MSR_TSC_DEADLINE = 0x6e0,
	MSR_X2APIC = 0x800,
	MSR_EFER = 0xc0000080,
	MSR_FS_BASE = 0xc0000100,
	MSR_GS_BASE = 0xc0000101,
	MSR_KERNEL_GS_BASE = 0xc0000102,
};
enum { EFER_LME = 1 << 8, EFER_NXE = 1 << 11 };

enum cr_bits {
	CR0_MP = 1 << 1,
	CR0_EM = 1 << 2,
	CR0_TS = 1 << 3,
	CR0_NE = 1 << 5,
	CR0_WP = 1 << 16,
	CR4_PAE = 1 << 5,
	CR4_PGE = 1 << 7,
	CR4_OSFXSR = 1 << 9,
	CR4_OSXMMEXCPT = 1 << 10,
	CR4_FSGSBASE = 1 << 16,
	CR4_OSXSAVE = 1 << 18,
};

struct cpuid {
	u32 a, b, c, d;
};

static inline struct cpuid
cpu_id(u32 leaf, u32 sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}

static inline u64
cpu_rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void
cpu_wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v),
			 "d"((u32)(v >> 32)) : "memory");
}

static inline u64
cpu_tsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline u8
cpu_in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void
cpu_out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void
cpu_out16(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline u32
cpu_in32(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void
cpu_out32(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

#define CPU_READ_CR(n) \
	static inline u64 cpu_read_cr##n(void) \
	{ \
		u64 v; \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)); \
		return v; \
	}
CPU_READ_CR(0)
CPU_READ_CR(2)
CPU_READ_CR(3)
CPU_READ_CR(4)

#define CPU_WRITE_CR(n) \
	static inline void cpu_write_cr##n(u64 v) \
	{ \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory"); \
	}
CPU_WRITE_CR(0)
CPU_WRITE_CR(3)
CPU_WRITE_CR(4)

static inline void
cpu_irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void
cpu_irq_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/* Interrupts are off; they come on in the shadow of which hlt begins, so that
 * none is missed, and are off again when one has ended it. */
static inline void
cpu_sleep(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

/* Refuses a CPU below x86-64-v2, turns on SSE, AVX state, NX, WP: each core. */
void cpu_init(void);
/* The brand string, without surplus blanks. */
const char *cpu_model(void);
/* 64 random bits: RDRAND where there is one, else stirred from the TSC. */
u64 cpu_entropy(void);
/* A hypervisor's virtual core: others may share the real one. */
bool cpu_is_virtual(void);
/* Hardware threads of a core; 1 where the CPU does not say. */
u32 cpu_threads(void);

#endif
