/* bmd_test.c - bmd as a whole against nodes that are processes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmd.h"
#include "headnode/cli.h"
#include "headnode/node.h"
#include "headnode/rack/rack.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/emu/fakenode.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Each case starts a bmd in a child process on 127.0.0.1 and fake nodes on
 * 127.x.y.N. Port, x and y differ from process to process, so that several of
 * these tests may run beside each other.
 */

enum { NODES = 3, CORES = 2, WAIT_MS = 20000, PROGRAM_BYTES = 100000 };

static struct config cfg;
static char dir[64], log_path[96];
static pid_t bmd, node[NODES];

static u64
now_ms(void)
{
	return bmd_now_ms();
}

static void
end_child(pid_t *pid, int sig)
{
	if (*pid > 0) {
		kill(*pid, sig);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static void
start_bmd(void)
{
	fflush(NULL);
	bmd = fork();
	if (bmd == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, 2);
		_exit(daemon_run(&cfg) == 0 ? 0 : 1);
	}
}

static void
start_node(u32 i, bool garbage, bool twice)
{
	struct fakenode f = { .bmd_ip4 = 0x7f000001, .bmd_port = cfg.udp_port,
		.ip4 = 0x7f010001 + ((u32)getpid() % 60000 << 8) + i,
		.cores = CORES, .garbage = garbage, .twice = twice,
		.mac = { 2, 0, 0, 0, 0, (u8)(i + 1) } };

	node[i] = fakenode_start(&f);
}

/* Whether this node ends by itself, in time. */
static bool
node_left(u32 i)
{
	u64 end = now_ms() + WAIT_MS;

	while (waitpid(node[i], NULL, WNOHANG) == 0) {
		if (now_ms() > end)
			return false;
		usleep(20000);
	}
	node[i] = 0;
	return true;
}

static void
open_cli(struct cli *c)
{
	u64 end = now_ms() + WAIT_MS;
	char why[256] = "";

	while (cli_open(c, cfg.socket, why, sizeof why) != 0) {
		if (now_ms() > end)
			test_fail(__FILE__, __LINE__, "%s", why);
		usleep(10000);
	}
}

static u32
nodes_in(enum node_state state)
{
	u32 type, len, n = 0;
	const struct proto_node *p;
	struct cli c;
	void *data;

	open_cli(&c);
	CHECK_EQ(cli_send(&c, PROTO_NODES, NULL, 0, -1), 0);
	CHECK_EQ(cli_recv(&c, &type, &data, &len, WAIT_MS), 0);
	CHECK_EQ(type, PROTO_NODES);
	p = data;
	for (u32 i = 0; i < len / sizeof *p; i++)
		n += p[i].state == state;
	cli_close(&c);
	return n;
}

static void
wait_nodes(enum node_state state, u32 count)
{
	u64 end = now_ms() + WAIT_MS;

	while (nodes_in(state) != count) {
		if (now_ms() > end)
			test_fail(__FILE__, __LINE__, "%u nodes are %s, not "
			    "%u", nodes_in(state), proto_node_state(state),
			    count);
		usleep(20000);
	}
}

static void
start(u32 nodes)
{
	/* What a failed case left behind. */
	end_child(&bmd, SIGKILL);
	for (u32 i = 0; i < NODES; i++)
		end_child(&node[i], SIGKILL);
	strcpy(dir, "/tmp/bmd-test-XXXXXX");
	CHECK(mkdtemp(dir));
	config_default(&cfg);
	snprintf(cfg.socket, sizeof cfg.socket, "%s/bmd.sock", dir);
	snprintf(cfg.state_dir, sizeof cfg.state_dir, "%s", dir);
	snprintf(log_path, sizeof log_path, "%s/log", dir);
	cfg.listen_ip4 = 0x7f000001;
	cfg.udp_port = (u16)(20000 + getpid() % 20000);
	cfg.http_port = 0;
	cfg.lost_ms = 4000;        /* fake nodes share a busy machine */
	cfg.heartbeat_ms = 200;
	cfg.boot = CONFIG_BOOT_NONE;
	cfg.nodes = NODES;
	for (u32 i = 0; i < NODES; i++) {
		struct config_node *n = &cfg.node[i];

		snprintf(n->name, sizeof n->name, "node%u", i + 1);
		n->mac[0] = 2;
		n->mac[5] = (u8)(i + 1);
	}
	start_bmd();
	for (u32 i = 0; i < nodes; i++)
		start_node(i, false, false);
	wait_nodes(NODE_UP, nodes);
}

/* bmd must end in order: under ASan a leak would make it exit non-zero. */
static void
stop(void)
{
	int status = 0;

	for (u32 i = 0; i < NODES; i++)
		end_child(&node[i], SIGKILL);
	kill(bmd, SIGTERM);
	waitpid(bmd, &status, 0);
	bmd = 0;
	if (status != 0)
		rackdir_tail(log_path, 4000);
	CHECK_EQ(status, 0);
	rackdir_clean(dir, true);
}

/* -- a job, as bmrun would ask for it --------------------------------------- */

struct result {
	struct cli cli;
	u32 job, state;
	i32 code;
	u64 bytes[FAKENODE_RANKS_MAX];
	bool wrong;                /* a byte out of place */
	char said[4096];
};

static void
submit(struct result *r, u32 ntasks, u32 nodes, u32 limit, const char *what,
    const char *arg)
{
	static u8 message[sizeof(struct proto_submit) + 256];
	struct proto_submit s = { .ntasks = ntasks, .nodes_min = nodes,
		.limit_s = limit, .cpus_per_task = 1, .argc = 3, .envc = 1,
		.name = "fake" };
	char path[96], strings[256];
	int fd, n;

	memset(r, 0, sizeof *r);
	snprintf(s.dir, sizeof s.dir, "%s", dir);
	snprintf(path, sizeof path, "%s/program", dir);
	fd = open(path, O_RDWR | O_CREAT, 0700);
	CHECK(fd >= 0 && ftruncate(fd, PROGRAM_BYTES) == 0);
	n = snprintf(strings, sizeof strings, "fake%c%s%c%s%cA=b", 0, what, 0,
	    arg, 0) + 1;
	memcpy(message, &s, sizeof s);
	memcpy(message + sizeof s, strings, (size_t)n);
	open_cli(&r->cli);
	CHECK_EQ(cli_send(&r->cli, PROTO_SUBMIT, message,
	    (u32)(sizeof s + (size_t)n), fd), 0);
	close(fd);
}

static void
take_output(struct result *r, const u8 *p, u32 len)
{
	struct proto_output o;

	memcpy(&o, p, sizeof o);
	for (u32 i = sizeof o; i < len; i++)
		if (p[i] != fakenode_byte(o.rank, r->bytes[o.rank]++))
			r->wrong = true;
}

/* Reads one message; false: the job has ended. */
static bool
step(struct result *r)
{
	u32 type, len;
	void *data;
	int err = cli_recv(&r->cli, &type, &data, &len, WAIT_MS);

	if (err)
		test_fail(__FILE__, __LINE__, "no message: %s", err_name(err));
	switch (type) {
	case PROTO_SUBMITTED:
		memcpy(&r->job, data, sizeof r->job);
		break;
	case PROTO_STATE:
		r->state = ((struct proto_state *)data)->state;
		break;
	case PROTO_OUTPUT:
		take_output(r, data, len);
		break;
	case PROTO_SAY:
		snprintf(r->said + strlen(r->said),
		    sizeof r->said - strlen(r->said), "%s\n",
		    (const char *)data);
		break;
	case PROTO_ENDED:
		r->state = ((struct proto_ended *)data)->state;
		r->code = ((struct proto_ended *)data)->exit_code;
		return false;
	case PROTO_ERROR:
		test_fail(__FILE__, __LINE__, "%s",
		    ((struct proto_error *)data)->text);
	}
	return true;
}

static void
finish(struct result *r)
{
	while (step(r))
		continue;
	cli_close(&r->cli);
}

static void
until(struct result *r, u32 state)
{
	while (r->state != state)
		if (!step(r))
			test_fail(__FILE__, __LINE__, "ended as %s: %s",
			    proto_job_state(r->state), r->said);
}

static void
run(struct result *r, u32 ntasks, u32 nodes, const char *what, const char *arg)
{
	submit(r, ntasks, nodes, 0, what, arg);
	finish(r);
}

static void
expect(const struct result *r, u32 state, i32 code, const char *said)
{
	if (r->state != state || r->code != code ||
	    (said && !strstr(r->said, said)))
		test_fail(__FILE__, __LINE__, "%s %d, said: %s",
		    proto_job_state(r->state), r->code, r->said);
}

static bool
logged(const char *text)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f = fopen(log_path, "r");

	while (f && getline(&line, &size, f) > 0)
		found |= strstr(line, text) != NULL;
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* -- cases ------------------------------------------------------------------ */

TEST(bmd__nodes_register_run_recycle_run_again)
{
	struct result r;

	start(NODES);
	for (int i = 0; i < 3; i++) {
		run(&r, 6, 0, "exit", "0");
		expect(&r, JOB_COMPLETED, 0, NULL);
		CHECK_EQ(r.job, i + 1);
	}
	run(&r, 3, 3, "exit", "7");
	expect(&r, JOB_FAILED, 7, "task 2: Exited with exit code 7");
	wait_nodes(NODE_UP, NODES);
	stop();
}

/* On a slow network a node asks again before WELCOME reaches it. */
TEST(bmd__a_repeated_register_is_none)
{
	struct result r;

	start(NODES - 1);
	start_node(NODES - 1, false, true);
	wait_nodes(NODE_UP, NODES);
	for (int i = 0; i < 3; i++) {
		run(&r, 6, 0, "exit", "0");
		expect(&r, JOB_COMPLETED, 0, NULL);
	}
	CHECK(!logged("refused"));
	stop();
}

TEST(bmd__output_is_whole_and_in_order)
{
	struct result r;

	start(NODES);
	run(&r, 6, 0, "print", "3000000");
	expect(&r, JOB_COMPLETED, 0, NULL);
	CHECK(!r.wrong);
	for (u32 i = 0; i < 6; i++)
		CHECK_EQ(r.bytes[i], 3000000);
	stop();
}

/* bmd's resident memory, KiB. */
static u64
bmd_rss(void)
{
	char path[64];
	unsigned long size, rss = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/statm", bmd);
	f = fopen(path, "r");
	CHECK(f && fscanf(f, "%lu %lu", &size, &rss) == 2);
	fclose(f);
	return rss * 4;
}

TEST(bmd__slow_reader_holds_its_job_not_bmd)
{
	struct result slow, other;
	u64 before;

	start(NODES);
	submit(&slow, 4, 2, 0, "print", "40000000");
	until(&slow, JOB_RUNNING);
	before = bmd_rss();
	usleep(1500000);
	/* 160 MB wait to be read; bmd holds about OUTPUT_HIGH of them. */
	CHECK(bmd_rss() < before + 30000);
	run(&other, 1, 0, "exit", "0");
	expect(&other, JOB_COMPLETED, 0, NULL);
	CHECK_EQ(nodes_in(NODE_LOST), 0);
	finish(&slow);
	expect(&slow, JOB_COMPLETED, 0, NULL);
	CHECK(!slow.wrong);
	CHECK_EQ(slow.bytes[3], 40000000);
	stop();
}

TEST(bmd__fault_ends_the_job_with_a_line)
{
	struct result r;

	start(NODES);
	run(&r, 6, 0, "fault", "");
	expect(&r, JOB_FAILED, 139, "node1: task 0: Segmentation fault at 0x0 "
	    "(rip 0x401234): NULL pointer");
	run(&r, 6, 0, "abort", "3");
	expect(&r, JOB_FAILED, 3, "task 0: called MPI_Abort with code 3");
	run(&r, 2, 0, "refuse", "");
	expect(&r, JOB_FAILED, 125, "node1: the program cannot be loaded: no "
	    "room for it");
	wait_nodes(NODE_UP, NODES);
	stop();
}

TEST(bmd__time_limit_is_exact)
{
	struct result r;
	u64 began;

	start(NODES);
	submit(&r, 6, 0, 2, "sleep", "");
	until(&r, JOB_RUNNING);
	began = now_ms();
	finish(&r);
	expect(&r, JOB_TIMEOUT, 143, "DUE TO TIME LIMIT (2 s)");
	CHECK(now_ms() - began >= 1900 && now_ms() - began < 6000);
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	stop();
}

TEST(bmd__cancel_and_a_reader_that_leaves)
{
	struct proto_target t;
	struct result r;
	struct cli c;
	u32 type, len;
	void *data;

	start(NODES);
	submit(&r, 6, 0, 0, "sleep", "");
	until(&r, JOB_RUNNING);
	t.job = r.job;
	open_cli(&c);
	CHECK_EQ(cli_send(&c, PROTO_CANCEL, &t, sizeof t, -1), 0);
	CHECK_EQ(cli_recv(&c, &type, &data, &len, WAIT_MS), 0);
	CHECK_EQ(type, PROTO_OK);
	finish(&r);
	expect(&r, JOB_CANCELLED, 143, "CANCELLED");
	CHECK_EQ(cli_send(&c, PROTO_CANCEL, &t, sizeof t, -1), 0);
	CHECK_EQ(cli_recv(&c, &type, &data, &len, WAIT_MS), 0);
	CHECK_EQ(type, PROTO_ERROR);
	cli_close(&c);
	/* A bmrun that dies takes its job with it, whatever it prints. */
	submit(&r, 6, 0, 0, "print", "100000000");
	until(&r, JOB_RUNNING);
	cli_close(&r.cli);
	wait_nodes(NODE_UP, NODES);
	stop();
}

TEST(bmd__queue_is_first_come_and_says_why)
{
	struct result a, b, c;

	start(NODES);
	submit(&a, 6, 0, 2, "sleep", "");
	until(&a, JOB_RUNNING);
	submit(&b, 4, 0, 0, "exit", "0");
	CHECK(step(&b) && step(&b));
	submit(&c, 1, 0, 0, "exit", "0");
	CHECK(step(&c) && step(&c));
	finish(&a);
	finish(&b);
	finish(&c);
	expect(&b, JOB_COMPLETED, 0, NULL);
	expect(&c, JOB_COMPLETED, 0, NULL);
	run(&a, 7, 0, "exit", "0");
	expect(&a, JOB_CANCELLED, 1, "7 tasks of 1 core on at least 1 node "
	    "cannot fit: 3 usable nodes with room for 6 tasks");
	run(&a, 1, 4, "exit", "0");
	expect(&a, JOB_CANCELLED, 1, "each node needs a task");
	stop();
}

TEST(bmd__killed_node_is_node_fail_with_its_name)
{
	struct result r;
	u64 began;

	start(NODES);
	submit(&r, 6, 0, 0, "sleep", "");
	until(&r, JOB_RUNNING);
	began = now_ms();
	end_child(&node[1], SIGKILL);
	finish(&r);
	expect(&r, JOB_NODE_FAIL, 125, "node2: node failure (no heartbeat");
	CHECK(now_ms() - began < 3 * cfg.lost_ms);
	CHECK_EQ(nodes_in(NODE_LOST), 1);
	run(&r, 4, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	start_node(1, false, false);
	wait_nodes(NODE_UP, NODES);
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	stop();
}

TEST(bmd__rebooted_node_ends_its_job)
{
	struct result r;

	start(NODES);
	submit(&r, 6, 0, 0, "sleep", "");
	until(&r, JOB_RUNNING);
	end_child(&node[2], SIGKILL);
	start_node(2, false, false);
	finish(&r);
	expect(&r, JOB_NODE_FAIL, 125, "node3: node failure (the node started "
	    "anew)");
	wait_nodes(NODE_UP, NODES);
	stop();
}

/* What a node had offered is gone when it starts anew in the middle. */
TEST(bmd__node_rebooted_while_it_prints)
{
	struct result r;

	start(NODES);
	submit(&r, 6, 0, 0, "print", "50000000");
	until(&r, JOB_RUNNING);
	usleep(300000);            /* nobody reads: offers wait */
	end_child(&node[0], SIGKILL);
	start_node(0, false, false);
	finish(&r);
	expect(&r, JOB_NODE_FAIL, 125, "node1: node failure");
	CHECK(!r.wrong);
	wait_nodes(NODE_UP, NODES);
	run(&r, 6, 0, "print", "1000000");
	expect(&r, JOB_COMPLETED, 0, NULL);
	CHECK(!r.wrong);
	CHECK_EQ(r.bytes[0], 1000000);
	stop();
}

TEST(bmd__node_that_does_not_end_is_reset)
{
	struct result r;

	start(NODES);
	submit(&r, 2, 0, 1, "stubborn", "");
	finish(&r);
	expect(&r, JOB_TIMEOUT, 143, NULL);
	wait_nodes(NODE_LOST, 1);
	CHECK(node_left(0));            /* it obeyed RESET */
	stop();
}

/* A bmd that is stopped for a while blames nobody for its own silence. */
TEST(bmd__late_bmd_loses_no_node)
{
	struct result r;

	start(NODES);
	submit(&r, 6, 0, 0, "sleep", "");
	until(&r, JOB_RUNNING);
	kill(bmd, SIGSTOP);
	usleep((cfg.lost_ms + 2000) * 1000);
	kill(bmd, SIGCONT);
	usleep(1000000);
	CHECK_EQ(nodes_in(NODE_BUSY), NODES);
	cli_close(&r.cli);
	wait_nodes(NODE_UP, NODES);
	stop();
}

TEST(bmd__killed_bmd_comes_back_with_its_nodes)
{
	struct result r;

	start(NODES);
	submit(&r, 4, 2, 0, "sleep", "");
	until(&r, JOB_RUNNING);
	end_child(&bmd, SIGKILL);
	cli_close(&r.cli);
	start_bmd();
	wait_nodes(NODE_UP, NODES);
	CHECK(logged("job 1 ended with the bmd before"));
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	CHECK_EQ(r.job, 2);
	stop();
}

TEST(bmd__files_are_done_in_the_jobs_directory)
{
	char path[96], text[32] = "";
	struct result r;
	FILE *f;

	start(NODES);
	run(&r, 6, 0, "write", "out");
	expect(&r, JOB_COMPLETED, 0, NULL);
	for (u32 i = 0; i < 6; i++) {
		char want[32];

		snprintf(path, sizeof path, "%s/out.%u", dir, i);
		snprintf(want, sizeof want, "rank %u\n", i);
		f = fopen(path, "r");
		CHECK(f && fgets(text, sizeof text, f));
		fclose(f);
		CHECK(strcmp(text, want) == 0);
	}
	run(&r, 1, 0, "write", "no/such/directory");
	expect(&r, JOB_FAILED, 2, "Exited with exit code 2");
	run(&r, 1, 0, "write", "/proc/../dev/mem-not-there/x");
	expect(&r, JOB_FAILED, 2, NULL);
	stop();
}

/* Datagrams that no transport ever sent. */
static void
send_junk(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(cfg.udp_port),
		.sin_addr.s_addr = htonl(0x7f000001) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	u8 junk[1472];
	struct prng p;

	prng_seed(&p, test_seed());
	for (int i = 0; i < 300; i++) {
		for (size_t k = 0; k < sizeof junk; k++)
			junk[k] = (u8)prng_next(&p);
		sendto(fd, junk, prng_below(&p, sizeof junk), 0,
		    (struct sockaddr *)&a, sizeof a);
	}
	close(fd);
}

TEST(bmd__garbage_is_refused_counted_and_logged)
{
	struct result r;
	struct cli c;
	u32 type, len;
	void *data;

	start(2);
	start_node(2, true, false);
	wait_nodes(NODE_UP, NODES);
	CHECK(logged("refused") || logged("stranger"));
	send_junk();
	usleep(2 * BMD_TICK_MS * 1000 + 500000);
	CHECK(logged("frames dropped: drop_"));
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	/* A tool that speaks nonsense is hung up on, others are served. */
	open_cli(&c);
	CHECK_EQ(cli_send(&c, 999, "x", 1, -1), 0);
	CHECK_EQ(cli_recv(&c, &type, &data, &len, WAIT_MS), ERR_IO);
	cli_close(&c);
	open_cli(&c);
	CHECK_EQ(cli_send(&c, PROTO_SUBMIT, dir, 60, -1), 0);
	CHECK_EQ(cli_recv(&c, &type, &data, &len, WAIT_MS), ERR_IO);
	cli_close(&c);
	CHECK(logged("a tool sent a malformed message"));
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	stop();
}

/* Where the ranks of a job are, as bmctl tells it; the job is cancelled. */
static void
placed(struct proto_submit s, const char *want)
{
	static u8 message[sizeof s + 64];
	struct result r;
	char text[1024] = "", path[96];
	int n, fd;

	s.cpus_per_task = MAX(s.cpus_per_task, 1u);
	s.argc = 3;
	strcpy(s.name, "fake");
	strcpy(s.dir, "/");
	memcpy(message, &s, sizeof s);
	n = snprintf((char *)message + sizeof s, 64, "fake%csleep%cx", 0, 0) + 1;
	snprintf(path, sizeof path, "%s/program", dir);
	fd = open(path, O_RDWR | O_CREAT, 0700);
	CHECK(fd >= 0 && ftruncate(fd, PROGRAM_BYTES) == 0);
	memset(&r, 0, sizeof r);
	wait_nodes(NODE_UP, NODES);
	open_cli(&r.cli);
	CHECK_EQ(cli_send(&r.cli, PROTO_SUBMIT, message,
	    (u32)(sizeof s + (size_t)n), fd), 0);
	close(fd);
	until(&r, JOB_RUNNING);
	CHECK_EQ(cli_send(&r.cli, PROTO_TASKS, &r.job, sizeof r.job, -1), 0);
	while (!text[0]) {
		u32 type, len;
		void *data;

		CHECK_EQ(cli_recv(&r.cli, &type, &data, &len, WAIT_MS), 0);
		if (type == PROTO_TASKS)
			snprintf(text, sizeof text, "%s",
			    strchr((const char *)data, '\n') + 1);
	}
	cli_close(&r.cli);
	for (char *p = text; (p = strstr(p, " running, 0 ended"));)
		memmove(p, p + 17, strlen(p + 17) + 1);
	if (strcmp(text, want) != 0)
		test_fail(__FILE__, __LINE__, "placed as:\n%s", text);
}

TEST(bmd__places_ranks_in_blocks)
{
	start(NODES);
	placed((struct proto_submit){ .ntasks = 3 },
	    "node1: tasks 0-1: 2\nnode2: tasks 2-2: 1");
	placed((struct proto_submit){ .ntasks = 4, .nodes_min = 3 },
	    "node1: tasks 0-1: 2\nnode2: tasks 2-2: 1\nnode3: tasks 3-3: 1");
	placed((struct proto_submit){ .nodes_min = 2, .nodes_max = 2 },
	    "node1: tasks 0-0: 1\nnode2: tasks 1-1: 1");
	placed((struct proto_submit){ .tasks_per_node = 2, .nodes_min = 2 },
	    "node1: tasks 0-1: 2\nnode2: tasks 2-3: 2");
	placed((struct proto_submit){ .ntasks = 2, .cpus_per_task = 2 },
	    "node1: tasks 0-0: 1\nnode2: tasks 1-1: 1");
	placed((struct proto_submit){ .ntasks = 9, .overcommit = 1 },
	    "node1: tasks 0-8: 9");
	placed((struct proto_submit){ .ntasks = 9, .nodes_min = 2,
		.nodes_max = 2, .overcommit = 1 },
	    "node1: tasks 0-4: 5\nnode2: tasks 5-8: 4");
	placed((struct proto_submit){ .nodelist = "node3,node1" },
	    "node3: tasks 0-0: 1\nnode1: tasks 1-1: 1");
	placed((struct proto_submit){ .ntasks = 2, .exclude = "node[1-2]" },
	    "node3: tasks 0-1: 2");
	stop();
}

/* Valid requests with some bytes changed, and noise: no crash, no stall. */
TEST(bmd__mutated_requests_do_no_harm)
{
	static u8 message[sizeof(struct proto_submit) + 64];
	struct proto_submit s = { .ntasks = 1, .cpus_per_task = 1, .argc = 3,
		.name = "fake", .dir = "/", .nodelist = "node[1-3]" };
	char why[256];
	struct result r;
	struct prng p;

	prng_seed(&p, test_seed());
	start(NODES);
	for (int round = 0; round < 400; round++) {
		u32 type = (u32)prng_below(&p, 24), len = sizeof s + 13;
		struct cli c;

		memcpy(message, &s, sizeof s);
		snprintf((char *)message + sizeof s, 64, "fake%cexit%c0", 0, 0);
		for (u64 k = prng_below(&p, 20); k; k--)
			message[prng_below(&p, len)] = (u8)prng_next(&p);
		if (round % 3 == 0)
			len = (u32)prng_below(&p, len);
		if (round % 5)
			type = PROTO_SUBMIT;
		CHECK_EQ(cli_open(&c, cfg.socket, why, sizeof why), 0);
		cli_send(&c, type, message, len, round & 1 ? 0 : -1);
		cli_close(&c);
	}
	run(&r, 6, 0, "exit", "0");
	expect(&r, JOB_COMPLETED, 0, NULL);
	stop();
}

TEST(node_data_ip4__the_fastest_card_with_an_address)
{
	static struct node n;

	n.ip4 = 0x0a4d0101;
	n.facts.nics = 2;
	n.facts.nic[0].ip4 = le32_of(n.ip4);
	n.facts.nic[0].link_mbps_div10 = le16_of(100);
	n.facts.nic[1].link_mbps_div10 = le16_of(1000);
	CHECK_EQ(node_data_ip4(&n), 0x0a4d0101);        /* no lease */
	n.facts.nic[1].ip4 = le32_of(0x0a4d0201);
	CHECK_EQ(node_data_ip4(&n), 0x0a4d0201);
	n.facts.nic[0].link_mbps_div10 = le16_of(1000);
	CHECK_EQ(node_data_ip4(&n), 0x0a4d0201);        /* as fast */
	n.facts.nic[0].link_mbps_div10 = le16_of(4000);
	CHECK_EQ(node_data_ip4(&n), 0x0a4d0101);
}
