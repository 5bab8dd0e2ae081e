/* core_test.c - a crash of this very program becomes calls and a core. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/core.h"
#include "headnode/unwind.h"
#include "tests/test.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>
#include <ucontext.h>
#include <unistd.h>

/*
 * The test stands in for a rank: its registers, its stack and its executable
 * make the FAULT that a node would send.
 */

enum { SIGNAL = 11, STACK_BYTES = 8192, MAPS = 2 };

struct crash {
	struct jobmsg_fault fault;
	struct jobmsg_map map[MAPS];
	u8 stack[STACK_BYTES];
} PACKED;

static struct crash crash;
static char text[8192];
static int call_line;

static void
collect(void *ctx, const char *line)
{
	(void)ctx;
	strncat(text, line, sizeof text - strlen(text) - 2);
	strcat(text, "\n");
}

static int
first_object(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(u64 *)base = info->dlpi_addr;
	return 1;
}

/* Past the sanitizer, which guards what lies between variables; as much as
 * there is: a small environment makes a short stack. */
static void
copy_stack(u64 from, u8 *to, size_t len)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	CHECK(pread(fd, to, len, (off_t)from) > 0);
	close(fd);
}

__attribute__((noinline)) static void
level_three(u64 rip)
{
	static const u8 from[JOBMSG_REGS] = { REG_RAX, REG_RBX, REG_RCX,
		REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8, REG_R9,
		REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
		REG_EFL };
	ucontext_t now;
	u64 base = 0, sp;

	getcontext(&now);
	memset(&crash, 0, sizeof crash);
	for (u32 i = 0; i < JOBMSG_REGS; i++)
		crash.fault.regs[i] =
		    le64_of((u64)now.uc_mcontext.gregs[from[i]]);
	sp = le64_get(crash.fault.regs[JOBMSG_RSP]);
	if (rip) {
		/* As a call to nowhere leaves it. */
		copy_stack(sp, crash.stack + 8, STACK_BYTES - 8);
		memcpy(crash.stack, &crash.fault.regs[JOBMSG_RIP], 8);
		sp -= 8;
		crash.fault.regs[JOBMSG_RSP] = le64_of(sp);
		crash.fault.regs[JOBMSG_RIP] = le64_of(rip);
	} else {
		copy_stack(sp, crash.stack, STACK_BYTES);
	}
	dl_iterate_phdr(first_object, &base);
	crash.fault.image = le64_of(base);
	crash.fault.signal = le32_of(SIGNAL);
	crash.fault.rank = le32_of(7);
	crash.fault.maps = le32_of(MAPS);
	crash.map[0].va = le64_of(sp);
	crash.map[0].bytes = crash.map[0].kept = le64_of(STACK_BYTES);
	crash.map[0].flags = le32_of(2);
	crash.map[1].va = le64_of(base);
	crash.map[1].bytes = le64_of(4096);
	crash.map[1].flags = le32_of(1);
}

__attribute__((noinline)) static int
level_two(u64 rip)
{
	call_line = __LINE__ + 1;
	level_three(rip);
	return text[0];
}

__attribute__((noinline)) static int
level_one(u64 rip)
{
	return level_two(rip) + 1;
}

static void
view(struct jobmsg_fault_view *v)
{
	CHECK_EQ(jobmsg_fault_parse(v, &crash, sizeof crash), 0);
}

static int
program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

TEST(unwind__calls_have_file_and_line)
{
	struct jobmsg_fault_view v;
	char line[64];
	int fd = program();

	text[0] = 0;
	level_one(0);
	view(&v);
	unwind_fault(&v, fd, NULL, collect, NULL);
	snprintf(line, sizeof line, "unit/core_test.c:%d\n", call_line);
	CHECK(strstr(text, line) != NULL);
	CHECK(strstr(text, "#0 level_three at ") != NULL);
	CHECK(strstr(text, "#1 level_two at ") != NULL);
	CHECK(strstr(text, "#2 level_one at ") != NULL);
	CHECK(strstr(text, "unit/core_test.c:") != NULL);
	close(fd);
}

TEST(unwind__a_call_to_nowhere_names_its_caller)
{
	struct jobmsg_fault_view v;
	int fd = program();

	text[0] = 0;
	level_one(0x10);
	view(&v);
	unwind_fault(&v, fd, NULL, collect, NULL);
	CHECK(strstr(text, "#0 0x10, where no code is") != NULL);
	CHECK(strstr(text, "#1 level_three at ") != NULL);
	CHECK(strstr(text, "#2 level_two at ") != NULL);
	close(fd);
}

TEST(unwind__what_is_no_program_still_says_a_line)
{
	struct jobmsg_fault_view v;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	text[0] = 0;
	level_one(0);
	view(&v);
	unwind_fault(&v, fd, "/nowhere", collect, NULL);
	CHECK(strstr(text, "#0 0x") != NULL && strstr(text, "no backtrace"));
	close(fd);
}

/* A stack that leads back into itself ends, too. */
TEST(unwind__a_circle_has_an_end)
{
	struct jobmsg_fault_view v;
	int fd = program(), lines = 0;

	text[0] = 0;
	level_one(0);
	for (size_t i = 0; i + 8 <= STACK_BYTES; i += 8)
		memcpy(crash.stack + i, &crash.map[0].va, 8);
	view(&v);
	unwind_fault(&v, fd, NULL, collect, NULL);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	CHECK(lines >= 1 && lines <= UNWIND_FRAMES_MAX + 1);
	close(fd);
}

TEST(core__holds_registers_entry_and_stack)
{
	char path[] = "/tmp/core-test.XXXXXX", owner[8];
	static u8 file[65536];
	struct jobmsg_fault_view v;
	struct elf_prstatus status;
	struct user_regs_struct regs;
	Elf64_Ehdr e, self;
	Elf64_Phdr p[MAPS + 1];
	Elf64_auxv_t entry;
	int fd = mkstemp(path), exe = program();
	ssize_t len;

	level_one(0);
	view(&v);
	CHECK_EQ(core_write(fd, &v, exe, "test"), 0);
	len = pread(fd, file, sizeof file, 0);
	memcpy(&e, file, sizeof e);
	CHECK_EQ(e.e_type, ET_CORE);
	CHECK_EQ(e.e_phnum, MAPS + 1);
	memcpy(p, file + e.e_phoff, sizeof p);
	CHECK_EQ(p[0].p_type, PT_NOTE);
	memcpy(owner, file + p[0].p_offset + sizeof(Elf64_Nhdr), sizeof owner);
	CHECK(strcmp(owner, "CORE") == 0);
	memcpy(&status, file + p[0].p_offset + sizeof(Elf64_Nhdr) +
	    sizeof owner, sizeof status);
	memcpy(&regs, status.pr_reg, sizeof regs);
	CHECK_EQ(status.pr_cursig, SIGNAL);
	CHECK_EQ(status.pr_pid, 8);
	CHECK_EQ(regs.rip, le64_get(crash.fault.regs[JOBMSG_RIP]));
	CHECK_EQ(regs.rsp, le64_get(crash.fault.regs[JOBMSG_RSP]));
	/* The last two words pairs of the notes: AT_ENTRY, AT_NULL. */
	memcpy(&entry, file + p[0].p_offset + p[0].p_filesz - 2 * sizeof entry,
	    sizeof entry);
	CHECK_EQ(pread(exe, &self, sizeof self, 0), sizeof self);
	CHECK_EQ(entry.a_type, AT_ENTRY);
	CHECK_EQ(entry.a_un.a_val, le64_get(crash.fault.image) + self.e_entry);
	CHECK_EQ(p[1].p_filesz, STACK_BYTES);
	CHECK_EQ(p[1].p_flags, PF_R | PF_W);
	CHECK(memcmp(file + p[1].p_offset, crash.stack, STACK_BYTES) == 0);
	CHECK_EQ(p[2].p_filesz, 0);
	CHECK_EQ(p[2].p_memsz, 4096);
	CHECK_EQ(p[2].p_flags, PF_R | PF_X);
	CHECK_EQ(len, p[2].p_offset);
	unlink(path);
	close(fd);
	close(exe);
}
