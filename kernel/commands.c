/* commands.c - what the monitor can do. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi.h"
#include "kernel/blk.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/gdbline.h"
#include "kernel/handoff.h"
#include "kernel/job/agent.h"
#include "kernel/job/control.h"
#include "kernel/job/job.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/monitor.h"
#include "kernel/page.h"
#include "kernel/pci.h"
#include "kernel/power.h"
#include "kernel/recycle.h"
#include "kernel/smp.h"
#include "kernel/vm.h"

/* All that a command says must fit into the log's ring, for bmd: LINES_MAX. */
enum {
	LINES_MAX = 64,
	CORES_MAX = 32,
	DUMP_ROW = 16,
	DUMP_BYTES = 64,
	TAIL_BYTES = 1536,
};

int
monitor_digit(char c)
{
	u8 d = (u8)(c - '0'), letter = (u8)((c | 0x20) - 'a');

	return d < 10 ? d : letter < 6 ? letter + 10 : -1;
}

/* Word i of the line as a number; `other` where there is none. */
static u64
number(u32 argc, char **argv, u32 i, u64 other)
{
	const char *p = i < argc ? argv[i] : "";
	u64 v = 0;
	int d;

	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	if (!*p)
		return other;
	for (; (d = monitor_digit(*p)) >= 0; p++)
		v = v << 4 | (u64)d;
	return *p ? other : v;
}

/* Whether [va, va + bytes) may be touched so; says so if not. */
static bool
may(u64 va, u64 bytes, u32 flags)
{
	for (u64 at = va; at < va + bytes || at == va;
	     at = ALIGN_DOWN(at, (u64)PAGE_BYTES) + PAGE_BYTES)
		if (!vm_allows(at, flags)) {
			log_info("%lx: not %s", at, flags & VM_W ? "writable" :
			    flags & VM_X ? "code" : "mapped");
			return false;
		}
	return true;
}

static void
cmd_help(u32 argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (const struct command *c = commands; c->name; c++)
		log_info("%-6s %-22s %s", c->name, c->arguments, c->about);
}

static void
cmd_cpu(u32 argc, char **argv)
{
	(void)argc;
	(void)argv;
	log_info("%s, %u cores, %lu MHz", cpu_model(), smp_count(),
	    clock_tsc_hz() / 1000000);
	for (u32 i = 0; i < MIN(smp_count(), (u32)CORES_MAX); i++) {
		const struct cpu *c = smp_cpu(i);
		const struct rank *r = c->fiber->owner;

		if (r)
			log_info("core %u: apic %u, rank %u", i, c->apic_id,
			    r->rank);
		else
			log_info("core %u: apic %u, %s", i, c->apic_id,
			    c->parked ? "asleep" : "awake");
	}
}

static void
cmd_mem(u32 argc, char **argv)
{
	(void)argc;
	(void)argv;
	log_info("%lu MiB, %lu KiB free, %lu MiB in one piece",
	    page_total_bytes() >> 20, page_free_bytes() >> 10,
	    page_large_free() * 2);
	log_info("kernel %lu KiB at %lx, permanent %lu KiB",
	    handoff_facts()->kernel_bytes >> 10, handoff_facts()->kernel_base,
	    handoff_facts()->perm_bytes >> 10);
}

static void
cmd_numa(u32 argc, char **argv)
{
	const struct acpi_topology *t = smp_topology();

	(void)argc;
	(void)argv;
	for (u32 i = 0; i < MAX(t->nodes, 1u); i++) {
		char text[4 * LIMIT_NUMA_NODES + 1] = "";

		for (u32 k = 0; k < t->nodes; k++)
			print_buf(text + 4 * k, 5, " %3u", t->distance[i][k]);
		log_info("node %u: %lu MiB, distances%s", i,
		    page_node_bytes(i) >> 20, text);
	}
}

static void
cmd_net(u32 argc, char **argv)
{
	struct netif *list[LIMIT_NICS];
	u32 n = agent_netifs(list, LIMIT_NICS);

	(void)argc;
	(void)argv;
	for (u32 i = 0; i < n; i++) {
		const struct netif *f = list[i];
		const u8 *m = f->info.mac;

		log_info("%s %02x:%02x:%02x:%02x:%02x:%02x %u.%u.%u.%u, "
		    "%u Mbit/s, %lu in, %lu out", f->info.driver, m[0], m[1],
		    m[2], m[3], m[4], m[5], f->ip4 >> 24, f->ip4 >> 16 & 255,
		    f->ip4 >> 8 & 255, f->ip4 & 255, f->info.link_mbps,
		    f->stats.rx_frames, f->stats.tx_frames);
	}
}

static void
cmd_pci(u32 argc, char **argv)
{
	const struct pci_dev *d;

	(void)argc;
	(void)argv;
	for (u32 i = 0; (d = pci_get(i)) != NULL; i++)
		log_info("%02x:%02x.%x %04x:%04x class %06x", d->bus, d->dev,
		    d->fn, d->vendor, d->device, d->class_code);
}

static void
cmd_log(u32 argc, char **argv)
{
	char text[TAIL_BYTES];

	(void)argc;
	(void)argv;
	if (monitor_is_remote())
		log_rewind();
	else
		log_echo(text, log_tail(text, sizeof(text)));
}

static void
cmd_jobs(u32 argc, char **argv)
{
	static const char *const names[] = { "ready", "running", "exited",
		"crashed", "stopped", "over" };
	const struct job *j = agent_job();

	(void)argc;
	(void)argv;
	if (!j) {
		log_info("no job");
		return;
	}
	log_info("job %u: %u of %u ranks here", j->id, j->locals,
	    j->load.ranks);
	for (u32 i = 0; i < MIN(j->locals, (u32)LINES_MAX); i++)
		log_info("rank %u on core %u: %s", j->rank[i]->rank,
		    j->rank[i]->core, names[MIN(j->rank[i]->state, 5u)]);
}

static void
cmd_gdb(u32 argc, char **argv)
{
	gdbline_start((u32)number(argc, argv, 1, 0));
}

static void
cmd_peek(u32 argc, char **argv)
{
	u64 at = number(argc, argv, 1, 0);

	if (may(at, 8, 0))
		log_info("%lx: %016lx", at, *(volatile u64 *)at);
}

static void
cmd_poke(u32 argc, char **argv)
{
	u64 at = number(argc, argv, 1, 0);

	if (argc < 3)
		log_info("poke ADDRESS VALUE");
	else if (may(at, 8, VM_W))
		*(volatile u64 *)at = number(argc, argv, 2, 0);
}

static void
cmd_dump(u32 argc, char **argv)
{
	u64 at = number(argc, argv, 1, 0);
	u64 bytes = MIN(number(argc, argv, 2, DUMP_BYTES),
	    (u64)LINES_MAX * DUMP_ROW);

	if (!may(at, bytes, 0))
		return;
	for (u64 end = at + bytes; at < end; at += DUMP_ROW) {
		char hex[3 * DUMP_ROW + 1] = "", text[DUMP_ROW + 1] = "";

		for (u32 i = 0; i < DUMP_ROW && at + i < end; i++) {
			u8 c = ((volatile u8 *)at)[i];

			print_buf(hex + 3 * i, 4, " %02x", c);
			text[i] = (char)(c >= ' ' && c <= '~' ? c : '.');
		}
		log_info("%lx:%-48s  %s", at, hex, text);
	}
}

static void
cmd_run(u32 argc, char **argv)
{
	u64 (*fn)(u64) = (u64 (*)(u64))number(argc, argv, 1, 0);

	if (may((u64)(uintptr_t)fn, 1, VM_X))
		log_info("%lx", fn(number(argc, argv, 2, 0)));
}

static void
cmd_disk(u32 argc, char **argv)
{
	struct blk_info info;
	u32 i = 0;

	(void)argc;
	(void)argv;
	for (; blk_info(i, &info) == 0; i++)
		log_info("%u: %s, %lu blocks of %u bytes%s", i, info.driver,
		    info.blocks, info.block_bytes,
		    info.read_only ? ", read-only" : "");
	if (!i)
		log_info("no block devices that this kernel knows");
}

static void
cmd_off(u32 argc, char **argv)
{
	(void)argc;
	(void)argv;
	power_off();
	log_info("the firmware does not say how");
}

static void
cmd_reboot(u32 argc, char **argv)
{
	(void)argc;
	(void)argv;
	recycle_reset();
}

const struct command commands[] = {
	{ "help", "", "this list", false, cmd_help },
	{ "cpu", "", "cores and what they do", false, cmd_cpu },
	{ "mem", "", "memory", false, cmd_mem },
	{ "numa", "", "its nodes and distances", false, cmd_numa },
	{ "net", "", "network cards", false, cmd_net },
	{ "disk", "", "block devices", false, cmd_disk },
	{ "pci", "", "devices", false, cmd_pci },
	{ "log", "", "the last lines", false, cmd_log },
	{ "jobs", "", "the job and its ranks here", false, cmd_jobs },
	{ "gdb", "[RANK]", "the line is gdb's", false, cmd_gdb },
	{ "peek", "ADDRESS", "reads 8 bytes", false, cmd_peek },
	{ "poke", "ADDRESS VALUE", "writes 8 bytes", true, cmd_poke },
	{ "dump", "ADDRESS [BYTES]", "shows memory", false, cmd_dump },
	{ "run", "ADDRESS [ARGUMENT]", "calls a function", true, cmd_run },
	{ "reboot", "", "resets this machine", true, cmd_reboot },
	{ "off", "", "switches it off", true, cmd_off },
	{ NULL, NULL, NULL, false, NULL },
};
