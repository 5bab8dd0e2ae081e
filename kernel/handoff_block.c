/* handoff_block.c - the two blocks that survive a recycle, and what they say. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/handoff.h"

#include "kernel/lib/string.h"

/* Survive a recycle: kernel.ld keeps these sections as they are, and the first
 * becomes read-only when the cold start is over. */
static struct boot_facts facts __attribute__((section(".facts")));
static struct handoff block __attribute__((section(".keep")));

const struct boot_facts *
handoff_facts(void)
{
	return &facts;
}

struct boot_facts *
handoff_facts_edit(void)
{
	return &facts;
}

struct handoff *
handoff_get(void)
{
	return &block;
}

struct boot_facts *
handoff_facts_cold(void)
{
	memset(&facts, 0, sizeof(facts));
	memset(&block, 0, sizeof(block));
	return &facts;
}

const char *
handoff_boot_path(void)
{
	static const char *const names[] = { "?", "bios16", "linux32",
		"linux64", "efi" };

	return facts.path < ARRAY_LEN(names) ? names[facts.path] : "?";
}

bool
handoff_option(const char *key, char *value, size_t size)
{
	const char *p = facts.cmdline;
	size_t n = strlen(key);

	while (*p) {
		size_t word = 0;

		while (p[word] && p[word] != ' ')
			word++;
		if (word >= n && strncmp(p, key, n) == 0 &&
		    (word == n || p[n] == '=')) {
			size_t len = word == n ? 0 : word - n - 1;

			len = MIN(len, size - 1);
			memcpy(value, p + word - (word == n ? 0 : word - n - 1),
			    len);
			value[len] = 0;
			return true;
		}
		p += word;
		while (*p == ' ')
			p++;
	}
	return false;
}
