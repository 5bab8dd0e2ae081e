/* nic82599_hosted.c - mmio, PCI and time of a hosted driver on the model. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599_hosted.h"

#include "kernel/clock.h"
#include "kernel/lib/err.h"
#include "tests/emu/hosted/kernel/mmio.h"
#include "tests/emu/machine.h"
#include "tests/test.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

enum { ACCESS_NS = 1000, STEP_NS = 10000 };

static struct hosted_nic nics[HOSTED_NICS_MAX];
static u32 count;

/* -- the model's side ----------------------------------------------------- */

static bool
is_mapped(u64 addr, u64 len)
{
	return addr && addr + len > addr &&
	    !__asan_region_is_poisoned((void *)(uintptr_t)addr, len);
}

static bool
dma_read(void *ctx, u64 addr, void *to, u64 len)
{
	(void)ctx;
	if (!is_mapped(addr, len))
		return false;
	memcpy(to, (const void *)(uintptr_t)addr, len);
	return true;
}

static bool
dma_write(void *ctx, u64 addr, const void *from, u64 len)
{
	(void)ctx;
	if (!is_mapped(addr, len))
		return false;
	memcpy((void *)(uintptr_t)addr, from, len);
	return true;
}

static void
wire_tx(void *ctx, const u8 *frame, u32 len)
{
	struct hosted_nic *h = ctx;

	h->wire_tx(h, frame, len);
}

void
hosted_cross(struct hosted_nic *h, const u8 *frame, u32 len)
{
	nic82599_wire_rx(h->peer->model, frame, len);
}

static void
irq(void *ctx, int vector, bool on)
{
	struct hosted_nic *h = ctx;

	if (vector >= 0 && on)
		h->irqs[vector]++;
}

static void
misuse(void *ctx, const char *section, const char *text)
{
	(void)ctx;
	test_fail(__FILE__, __LINE__, "82599 datasheet %s: %s", section, text);
}

void
hosted_start(void)
{
	for (u32 i = 0; i < count; i++) {
		nic82599_destroy(nics[i].model);
		free(nics[i].bar);
	}
	count = 0;
}

__attribute__((destructor)) static void
end(void)
{
	hosted_start();
}

struct hosted_nic *
hosted_nic(const struct nic82599_config *cfg)
{
	struct nic82599_config c = *cfg;
	struct hosted_nic *h = &nics[count];

	ASSERT(count < HOSTED_NICS_MAX);
	c.host = (struct nic82599_host){ h, dma_read, dma_write, wire_tx, irq,
		misuse, cfg->host.trace };
	*h = (struct hosted_nic){ .pci = { .vendor = 0x8086,
		.device = c.device ? c.device : 0x10fb },
		.wire_tx = hosted_cross, .peer = h };
	h->bar = malloc(NIC82599_BAR_BYTES);
	h->model = nic82599_create(&c);
	ASSERT(h->bar && h->model);
	nic82599_tick(h->model, machine_now_ns);
	count++;
	return h;
}

/* -- the driver's side ---------------------------------------------------- */

static void
pass(u64 ns)
{
	machine_now_ns += ns;
	for (u32 i = 0; i < count; i++)
		nic82599_tick(nics[i].model, machine_now_ns);
}

void
hosted_wait(u64 ns)
{
	for (u64 left = ns; left;) {
		u64 step = MIN(left, (u64)STEP_NS);

		pass(step);
		left -= step;
	}
}

void
clock_delay_us(u32 us)
{
	hosted_wait(us * 1000ull);
}

static struct hosted_nic *
owner(const volatile void *reg, u32 *at)
{
	for (u32 i = 0; i < count; i++) {
		*at = (u32)((uintptr_t)reg - (uintptr_t)nics[i].bar);
		if ((uintptr_t)reg >= (uintptr_t)nics[i].bar &&
		    *at < NIC82599_BAR_BYTES)
			return &nics[i];
	}
	test_fail(__FILE__, __LINE__, "no device has register %p",
	    (const void *)(uintptr_t)reg);
}

u32
mmio_read32(const volatile void *reg)
{
	u32 at;
	struct hosted_nic *h = owner(reg, &at);

	pass(ACCESS_NS);
	return nic82599_read(h->model, at);
}

void
mmio_write32(volatile void *reg, u32 v)
{
	u32 at;
	struct hosted_nic *h = owner(reg, &at);

	pass(ACCESS_NS);
	nic82599_write(h->model, at, v);
}

int
mmio_wait32(const volatile void *reg, u32 mask, u32 want, u32 us)
{
	u64 by = machine_now_ns + us * 1000ull;

	while ((mmio_read32(reg) & mask) != want)
		if (machine_now_ns > by)
			return ERR_TIMEOUT;
	return 0;
}

static struct hosted_nic *
of_pci(const struct pci_dev *d)
{
	return CONTAINER_OF(d, struct hosted_nic, pci);
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	*size = NIC82599_BAR_BYTES;
	return bar == 0 ? of_pci(d)->bar : NULL;
}

void
pci_enable(const struct pci_dev *d, bool mem, bool io, bool master)
{
	(void)io;
	CHECK(mem);
	nic82599_bus_master(of_pci(d)->model, master);
}

int
pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	(void)apic_id;
	if (entry >= NIC82599_VECTORS)
		return ERR_UNSUPP;
	of_pci(d)->routes[entry] = vector;
	return 0;
}
