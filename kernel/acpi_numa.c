/* acpi_numa.c - SRAT and SLIT: which core and which memory is near; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi_tables.h"
#include "kernel/lib/endian.h"
#include "kernel/lib/string.h"

/*
 * Firmware numbers its proximity domains as it likes; here they are nodes 0, 1,
 * 2, ... in the order of first mention. What a table does not say stays as it
 * was: a core and memory of node 0, at the default distances.
 */

/* SRAT, ACPI 6.4 §5.2.16 */
struct srat_cpu {
	u8 type, len, domain_low, apic_id;
	le32 flags;
	u8 eid, domain_high[3];
	le32 clock;
};

struct srat_memory {
	u8 type, len;
	le32 domain;
	le16 reserved;
	le64 base, bytes;
	le32 reserved2, flags;
	le64 reserved3;
};

struct srat_x2apic {
	u8 type, len;
	le16 reserved;
	le32 domain, id, flags;
	le32 clock, reserved2;
};

/* SLIT, §5.2.17 */
struct slit {
	u8 header[ACPI_HEADER_BYTES];
	le64 count;
	u8 distance[];
};

enum {
	SRAT_ENTRIES = 48,
	SRAT_CPU = 0,
	SRAT_MEMORY = 1,
	SRAT_X2APIC = 2,
	SRAT_ENABLED = 1,
	DISTANCE_LOCAL = 10,
	DISTANCE_REMOTE = 20,
};

_Static_assert(sizeof(struct srat_cpu) == 16, "ACPI 6.4 §5.2.16.1");
_Static_assert(sizeof(struct srat_memory) == 40, "ACPI 6.4 §5.2.16.2");
_Static_assert(sizeof(struct srat_x2apic) == 24, "ACPI 6.4 §5.2.16.3");

/* The node of a domain, numbered now if it is new; 0 if there are too many. */
static u32
node_of(struct acpi_topology *t, u32 domain)
{
	for (u32 i = 0; i < t->nodes; i++)
		if (t->domain[i] == domain)
			return i;
	if (t->nodes == LIMIT_NUMA_NODES)
		return 0;
	t->domain[t->nodes] = domain;
	return t->nodes++;
}

static void
set_core(struct acpi_topology *t, u32 apic_id, u32 domain)
{
	for (u32 i = 0; i < t->cores; i++)
		if (t->apic_id[i] == apic_id)
			t->node[i] = (u8)node_of(t, domain);
}

static void
add_memory(struct acpi_topology *t, const struct srat_memory *m)
{
	u64 base = le64_get(m->base), bytes = le64_get(m->bytes);

	if (!bytes || base + bytes < base || t->runs == LIMIT_NUMA_RUNS)
		return;
	t->memory[t->runs++] = (struct acpi_memory){ base, bytes,
		node_of(t, le32_get(m->domain)), 0 };
}

static void
take(struct acpi_topology *t, const u8 *e, size_t bytes)
{
	const struct srat_cpu *c = (const void *)e;
	const struct srat_x2apic *x = (const void *)e;
	const struct srat_memory *m = (const void *)e;

	if (e[0] == SRAT_CPU && bytes >= sizeof(*c) &&
	    (le32_get(c->flags) & SRAT_ENABLED))
		set_core(t, c->apic_id, c->domain_low |
		    (u32)c->domain_high[0] << 8 | (u32)c->domain_high[1] << 16 |
		    (u32)c->domain_high[2] << 24);
	if (e[0] == SRAT_X2APIC && bytes >= sizeof(*x) &&
	    (le32_get(x->flags) & SRAT_ENABLED))
		set_core(t, le32_get(x->id), le32_get(x->domain));
	if (e[0] == SRAT_MEMORY && bytes >= sizeof(*m) &&
	    (le32_get(m->flags) & SRAT_ENABLED))
		add_memory(t, m);
}

void
acpi_numa_none(struct acpi_topology *t)
{
	t->nodes = 0;
	t->runs = 0;
	memset(t->node, 0, sizeof(t->node));
	for (u32 a = 0; a < LIMIT_NUMA_NODES; a++)
		for (u32 b = 0; b < LIMIT_NUMA_NODES; b++)
			t->distance[a][b] = a == b ? DISTANCE_LOCAL
			                           : DISTANCE_REMOTE;
}

void
acpi_srat(struct acpi_topology *t, const u8 *srat, size_t len)
{
	size_t at = SRAT_ENTRIES;

	while (at + 2 <= len) {
		size_t bytes = srat[at + 1];

		if (bytes < 2 || bytes > len - at)
			return;
		take(t, srat + at, bytes);
		at += bytes;
	}
}

void
acpi_slit(struct acpi_topology *t, const u8 *slit, size_t len)
{
	const struct slit *s = (const void *)slit;
	u64 n = len >= sizeof(*s) ? le64_get(s->count) : 0;

	if (!n || n > ACPI_SLIT_MAX || n * n > len - sizeof(*s))
		return;
	for (u32 a = 0; a < t->nodes; a++)
		for (u32 b = 0; b < t->nodes; b++) {
			u64 at = t->domain[a] * n + t->domain[b];

			if (a != b && t->domain[a] < n && t->domain[b] < n &&
			    s->distance[at] > DISTANCE_LOCAL)
				t->distance[a][b] = s->distance[at];
		}
}

u32
acpi_memory_node(const struct acpi_topology *t, u64 pa, u64 *end)
{
	for (u32 i = 0; i < t->runs; i++) {
		const struct acpi_memory *m = &t->memory[i];

		if (pa >= m->base && pa - m->base < m->bytes) {
			*end = MIN(*end, m->base + m->bytes);
			return m->node;
		}
		if (m->base > pa)
			*end = MIN(*end, m->base);
	}
	return 0;
}
