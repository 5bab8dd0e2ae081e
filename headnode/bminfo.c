/* bminfo.c - lists nodes, as sinfo does. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/hostlist.h"
#include "headnode/options.h"
#include "headnode/say.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_JSON = OPTIONS_LONG };

static const struct option_row rows[] = {
	{ 'N', "nodes", NULL, "a line per node" },
	{ 'l', "long", NULL, "a line per node, with what it is made of" },
	{ OPT_JSON, "json", NULL, "as JSON" },
};

struct query {
	bool each, lengthy, json;
};

static int
set(void *ctx, int key, const char *arg)
{
	struct query *q = ctx;

	(void)arg;
	if (key == 'N')
		q->each = true;
	else if (key == 'l')
		q->lengthy = true;
	else
		q->json = true;
	return 0;
}

/* As sinfo's: drained nodes are drng while their job runs. */
static const char *
state_text(const struct proto_node *n)
{
	if (n->drained)
		return n->job ? "drng" : "drain";
	return proto_node_state(n->state);
}

static void
print_node(const struct proto_node *n, bool lengthy)
{
	if (!lengthy) {
		printf("%-12s %-6s %5u %8llu %s\n", n->name, state_text(n),
		    n->cores, (unsigned long long)n->mem_bytes >> 20,
		    n->reason);
		return;
	}
	printf("%-12s %-6s %5u %8llu %u.%u.%u.%-4u %5u %8u %-10.10s %-8s "
	    "%-12.12s %s\n", n->name, state_text(n), n->cores,
	    (unsigned long long)n->mem_bytes >> 20, n->ip4 >> 24,
	    n->ip4 >> 16 & 255, n->ip4 >> 8 & 255, n->ip4 & 255, n->job,
	    n->recycles, n->nic[0].driver, n->boot_path, n->build, n->cpu);
	if (n->rx_bulk || n->tx_copied)
		printf("             net.rx_bulk_bytes %llu, "
		    "net.rx_copied_bytes %llu, net.rx_touched_bytes %llu, "
		    "net.tx_copied_bytes %llu\n",
		    (unsigned long long)n->rx_bulk,
		    (unsigned long long)n->rx_copied,
		    (unsigned long long)n->rx_touched,
		    (unsigned long long)n->tx_copied);
}

/* Nodes of one state together, in the order in which states first appear. */
static void
print_groups(const struct proto_node *n, u32 count)
{
	char (*name)[HOSTLIST_NAME_MAX] = calloc(count + 1, sizeof *name);
	bool *done = calloc(count + 1, sizeof *done);
	char list[PROTO_LIST_MAX];

	ASSERT(name && done);
	printf("%-8s %5s %5s %s\n", "STATE", "NODES", "CORES", "NODELIST");
	for (u32 i = 0; i < count; i++) {
		u32 members = 0, cores = 0;

		for (u32 k = i; k < count && !done[i]; k++) {
			if (strcmp(state_text(&n[k]), state_text(&n[i])) != 0)
				continue;
			done[k] = k != i;
			cores += n[k].cores;
			memcpy(name[members++], n[k].name, sizeof name[0]);
		}
		if (!members)
			continue;
		hostlist_fold((const char (*)[HOSTLIST_NAME_MAX])name, members,
		    list, sizeof list);
		printf("%-8s %5u %5u %s\n", state_text(&n[i]), members, cores,
		    list);
	}
	free(name);
	free(done);
}

static json_t *
node_json(const struct proto_node *n)
{
	char mac[32];

	snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0],
	    n->mac[1], n->mac[2], n->mac[3], n->mac[4], n->mac[5]);
	return json_pack("{s:s, s:i, s:s, s:s, s:i, s:I, s:i, s:i, s:I, s:s, "
	    "s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "name", n->name, "id", (int)n->id, "state",
	    state_text(n), "mac", mac, "cores", (int)n->cores, "mem_bytes",
	    (json_int_t)n->mem_bytes, "job", (int)n->job, "recycles",
	    (int)n->recycles, "silent_ms", (json_int_t)n->silent_ms, "cpu",
	    n->cpu, "build", n->build, "boot_path", n->boot_path, "nic",
	    n->nic[0].driver, "reason", n->reason, "net.rx_bulk_bytes",
	    (json_int_t)n->rx_bulk, "net.rx_copied_bytes",
	    (json_int_t)n->rx_copied, "net.rx_touched_bytes",
	    (json_int_t)n->rx_touched, "net.tx_copied_bytes",
	    (json_int_t)n->tx_copied);
}

static void
print_json(const struct proto_node *n, u32 count)
{
	json_t *list = json_array();

	for (u32 i = 0; i < count; i++)
		json_array_append_new(list, node_json(&n[i]));
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bminfo",
		.usage = "[options]",
		.about = "Lists the nodes of the rack and what they do.\n",
		.row = rows,
		.rows = ARRAY_LEN(rows),
		.set = set,
	};
	struct query q = { .each = false };
	const struct proto_node *n;
	struct cli cli;
	void *data;
	u32 len, count;

	say_tool("bminfo");
	if (options_parse(&options, argc, argv, &q) != argc)
		say_die(SAY_EXIT_USAGE, "no arguments are wanted; see --help");
	cli_open_or_die(&cli);
	cli_ask(&cli, PROTO_NODES, NULL, 0, PROTO_NODES, &data, &len);
	n = data;
	count = len / (u32)sizeof *n;
	if (q.json) {
		print_json(n, count);
	} else if (q.lengthy) {
		printf("%-12s %-6s %5s %8s %-12s %5s %8s %-10s %-8s %-12s %s\n",
		    "NODE", "STATE", "CORES", "MEM_MIB", "ADDRESS", "JOB",
		    "RECYCLES", "NIC", "BOOT", "BUILD", "CPU");
	} else if (q.each) {
		printf("%-12s %-6s %5s %8s %s\n", "NODE", "STATE", "CORES",
		    "MEM_MIB", "REASON");
	} else {
		print_groups(n, count);
	}
	for (u32 i = 0; i < count && !q.json && (q.each || q.lengthy); i++)
		print_node(&n[i], q.lengthy);
	cli_close(&cli);
	return 0;
}
