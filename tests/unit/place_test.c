/* place_test.c - which nodes a job gets when users must not follow each other. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"
#include "headnode/node.h"
#include "headnode/store.h"
#include "kernel/lib/err.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NODES = 3, ALICE = 1000, BOB = 1001 };

static struct bmd bmd;

/* Three idle nodes of two cores, and who was there last. */
static void
set_up(bool reset, const u32 uid[NODES])
{
	char dir[] = "/tmp/place-test-XXXXXX";
	char name[64];

	CHECK(mkdtemp(dir));
	memset(&bmd, 0, sizeof bmd);
	config_default(&bmd.cfg);
	bmd.cfg.trust_reset = reset;
	bmd.cfg.nodes = NODES;
	for (u32 i = 0; i < NODES; i++) {
		snprintf(bmd.cfg.node[i].name, sizeof bmd.cfg.node[i].name,
		    "node%u", i + 1);
		bmd.cfg.node[i].mac[5] = (u8)(i + 1);
	}
	CHECK_EQ(store_open(&bmd.store, dir), 0);
	node_init(&bmd);
	for (u32 i = 0; i < NODES; i++) {
		bmd.node[i].registered = true;
		bmd.node[i].state = NODE_UP;
		bmd.node[i].facts.cores = le32_of(2);
		bmd.node[i].uid = uid[i];
	}
	/* An open file stays usable without its name. */
	for (const char *const *f = (const char *const[]){ "bmd.db",
		"bmd.db-wal", "bmd.db-shm", NULL }; *f; f++) {
		snprintf(name, sizeof name, "%s/%s", dir, *f);
		unlink(name);
	}
	rmdir(dir);
}

static void
tear_down(void)
{
	node_fini(&bmd);
	store_close(bmd.store);
}

/* Places a job of BOB; the names of its nodes, or "" if it has to wait. */
static const char *
place(u32 ntasks)
{
	static struct job j;
	char why[PROTO_TEXT_MAX];
	int err;

	free(j.at);
	free(j.rank);
	memset(&j, 0, sizeof j);
	j.bmd = &bmd;
	j.id = 1;
	j.uid = BOB;
	j.req.ntasks = ntasks;
	j.req.cpus_per_task = 1;
	err = place_job(&j, why, sizeof why);
	CHECK(err == 0 || err == ERR_AGAIN);
	return err ? "" : j.nodelist;
}

TEST(place__same_user_takes_nodes_in_order)
{
	set_up(false, (u32[]){ ALICE, BOB, NODE_NOBODY });
	CHECK(strcmp(place(4), "node[1-2]") == 0);
	CHECK_EQ(bmd.node[0].uid, BOB);
	tear_down();
}

TEST(place__own_and_fresh_nodes_come_first)
{
	set_up(true, (u32[]){ ALICE, BOB, NODE_NOBODY });
	CHECK(strcmp(place(4), "node[2-3]") == 0);
	CHECK_EQ(bmd.node[0].state, NODE_UP);
	tear_down();
}

TEST(place__others_nodes_boot_before)
{
	set_up(true, (u32[]){ ALICE, NODE_SOMEBODY, BOB });
	CHECK(strcmp(place(4), "") == 0);
	/* As many as are needed; the job waits for them. */
	CHECK_EQ(bmd.node[0].state, NODE_BOOTING);
	CHECK_EQ(bmd.node[1].state, NODE_UP);
	CHECK_EQ(bmd.node[2].state, NODE_UP);
	bmd.node[0].state = NODE_UP;
	bmd.node[0].uid = NODE_NOBODY;
	CHECK(strcmp(place(4), "node[1,3]") == 0);
	tear_down();
}
