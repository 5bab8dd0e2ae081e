/* sim_test.c - seeded loss, duplication, reordering, corruption, partition. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sim/traffic.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

static u64
from_env(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

TEST(sim__clean_network)
{
	struct traffic_config cfg;
	const char *wrong;

	traffic_of_seed(&cfg, 7);
	cfg.faults = (struct fabric_faults){ 0 };
	cfg.partition = cfg.lazy = false;
	cfg.limit_ns = 1000 * 1000 * 1000;
	wrong = traffic_run(&cfg);
	if (wrong)
		test_fail(__FILE__, __LINE__, "%s", wrong);
}

/* Between neighbours the network is not needed. */
TEST(sim__neighbours_by_shared_memory)
{
	struct traffic_config cfg;
	const char *wrong;

	traffic_of_seed(&cfg, 5);
	cfg.nodes = 2;
	cfg.messages = 500;
	cfg.faults = (struct fabric_faults){ 0 };
	cfg.partition = cfg.lazy = false;
	cfg.shm = true;
	wrong = traffic_run(&cfg);
	if (wrong)
		test_fail(__FILE__, __LINE__, "%s", wrong);
	CHECK(traffic_stat("copied") > 50);
	CHECK_EQ(traffic_stat("drop_crc"), 0);
}

/* A slow host is no loss: little is sent twice, whoever stands still. */
TEST(sim__stalls_are_not_taken_for_loss)
{
	struct traffic_config cfg;
	const char *wrong;

	traffic_of_seed(&cfg, 3);
	cfg.nodes = 2;
	cfg.messages = 400;
	cfg.len_max = 1000 * 1000;
	cfg.mtu = 1472;
	cfg.rx_bufs = 256;
	cfg.faults = (struct fabric_faults){ 0 };
	cfg.partition = cfg.lazy = false;
	cfg.stall = true;
	wrong = traffic_run(&cfg);
	if (wrong)
		test_fail(__FILE__, __LINE__, "%s", wrong);
	printf("# chunks %llu, asked again %llu; frames %llu, again %llu\n",
	    (unsigned long long)traffic_stat("rx_bulk"),
	    (unsigned long long)traffic_stat("pulls_again"),
	    (unsigned long long)traffic_stat("tx_data"),
	    (unsigned long long)traffic_stat("tx_again"));
	CHECK(traffic_stat("rx_bulk") > 5000);
	CHECK(traffic_stat("pulls_again") * 20 < traffic_stat("rx_bulk"));
	CHECK(traffic_stat("tx_again") * 3 < traffic_stat("tx_data"));
}

/* Nothing is copied where nothing is lost, and the rest is right if it is. */
TEST(sim__large_messages_land_in_place)
{
	static const u32 loss[] = { 0, 10000, 100000 };
	struct traffic_config cfg;

	for (u32 i = 0; i < ARRAY_LEN(loss); i++) {
		const char *wrong;
		u64 bytes, copied;

		traffic_of_seed(&cfg, 11);
		cfg.nodes = 2;
		cfg.messages = 40;
		cfg.len_max = 4000 * 1000;
		cfg.mtu = 1472;
		cfg.faults = (struct fabric_faults){ .loss = loss[i] };
		cfg.partition = cfg.lazy = cfg.shm = cfg.stall = false;
		cfg.land = true;
		cfg.small = false;
		wrong = traffic_run(&cfg);
		if (wrong)
			test_fail(__FILE__, __LINE__, "%s", wrong);
		bytes = traffic_stat("rx_bytes_bulk");
		copied = traffic_stat("rx_copied_bytes");
		printf("# loss %u ppm: %llu bytes, %llu landed, %llu copied\n",
		    loss[i], (unsigned long long)bytes,
		    (unsigned long long)traffic_stat("rx_bytes_landed"),
		    (unsigned long long)copied);
		CHECK(bytes > 15 * 1000 * 1000);
		CHECK(loss[i] || copied * 10 < bytes);
		CHECK(loss[i] || traffic_stat("rx_touched_bytes") * 10 < bytes);
		CHECK(loss[i] || traffic_stat("tx_copied_bytes") * 10 < bytes);
	}
}

/* SIM_SEED: the first seed; SIM_SEEDS: how many. */
TEST(sim__every_byte_arrives_once_and_in_order)
{
	u64 first = from_env("SIM_SEED", 1);
	u64 count = from_env("SIM_SEEDS", getenv("SIM_SEED") ? 1 : 100);

	for (u64 seed = first; seed < first + count; seed++) {
		struct traffic_config cfg;
		const char *wrong;

		traffic_of_seed(&cfg, seed);
		wrong = traffic_run(&cfg);
		if (wrong)
			test_fail(__FILE__, __LINE__, "%s", wrong);
	}
}
