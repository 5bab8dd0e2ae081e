/* proxy.c - QEMU's x-pci-proxy-dev: the multi-process protocol's far end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/say.h"
#include "tests/emu/nic82599/front/front.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Stock QEMU 7.2 to 10.0. A message is a head of 16 bytes and its body; all
 * but SYNC_SYSMEM and SET_IRQFD are answered by RET. The guest's access waits
 * for that answer, so a write is answered before it is done: as posted writes
 * on PCI are.
 *
 * The device has no messages here, and its line is heard only under KVM.
 */

enum { SYNC_SYSMEM, RET, CONFIG_WRITE, CONFIG_READ, BAR_WRITE, BAR_READ,
	SET_IRQFD, DEVICE_RESET };
enum { SYSMEM_MAX = 8, BODY_MAX = 512, BAR0 = 0x10 };

struct head {
	i32 command;
	u32 pad;
	u64 bytes;
};

struct config_body {
	u32 at, value, len;
};

struct bar_body {
	u64 at, value;
	u32 len;
	u32 memory;
};

struct sysmem_body {
	u64 at[SYSMEM_MAX], bytes[SYSMEM_MAX], offset[SYSMEM_MAX];
};

union body {
	struct config_body config;
	struct bar_body bar;
	struct sysmem_body sysmem;
	u8 bytes[BODY_MAX];
};

static bool
answer(struct front *f, u64 value)
{
	struct {
		struct head head;
		u64 value;
	} a = { { RET, 0, 8 }, value };

	return send(f->client, &a, sizeof a, MSG_NOSIGNAL) == sizeof a;
}

static void
sync_memory(struct front *f, const struct sysmem_body *b, const int *fds,
    u32 count)
{
	front_unmap(f, 0, UINT64_MAX);
	for (u32 i = 0; i < count && i < SYSMEM_MAX; i++) {
		struct front_region r = { b->at[i], b->bytes[i], NULL, true };

		if (front_map(f, &r, fds[i], b->offset[i]) != 0)
			say_error("guest memory at %#llx cannot be mapped",
			    (unsigned long long)r.at);
	}
}

/* False: outside the registers. */
static bool
reg_of(const struct front *f, const struct bar_body *b, u32 *at)
{
	u64 off = b->at - (front_config_read(f, BAR0, 4) & ~15u);

	*at = (u32)off;
	return off < NIC82599_BAR_BYTES;
}

static bool
write_register(struct front *f, const struct bar_body *b)
{
	bool alive = answer(f, 0);
	u32 at;

	if (reg_of(f, b, &at) && b->len == 4)
		nic82599_write(f->nic, at, (u32)b->value);
	else
		say_error("write of %u bytes at %#llx", b->len,
		    (unsigned long long)b->at);
	return alive;
}

static bool
read_register(struct front *f, const struct bar_body *b)
{
	u64 v = ~0ull;
	u32 at;

	if (reg_of(f, b, &at) && b->len <= 4)
		v = nic82599_read(f->nic, at & ~3u) >> 8 * (at & 3);
	return answer(f, v);
}

static void
irq_fd(struct front *f, int *fds, u32 *count)
{
	if (!*count)
		return;
	if (f->line_fd >= 0)
		close(f->line_fd);
	f->line_fd = fds[0];
	fds[0] = fds[--*count];
}

static bool
handle(struct front *f, i32 command, const union body *b, int *fds, u32 *count)
{
	switch (command) {
	case SYNC_SYSMEM:
		sync_memory(f, &b->sysmem, fds, *count);
		return true;
	case SET_IRQFD:
		irq_fd(f, fds, count);
		return true;
	case CONFIG_WRITE:
		front_config_write(f, b->config.at, b->config.value,
		    b->config.len);
		return answer(f, 0);
	case CONFIG_READ:
		return answer(f, front_config_read(f, b->config.at,
		    b->config.len));
	case BAR_WRITE:
		return write_register(f, &b->bar);
	case BAR_READ:
		return read_register(f, &b->bar);
	case DEVICE_RESET:
		front_reset(f);
		return answer(f, 0);
	}
	say_error("QEMU's proxy says %d: unknown", command);
	return answer(f, 0);
}

static bool
serve(struct front *f)
{
	union body b = { .bytes = { 0 } };
	int fds[FRONT_FDS_MAX];
	u32 count = 0;
	struct head h;
	bool alive;

	if (!front_receive(f->client, &h, sizeof h, fds, &count) ||
	    h.bytes > sizeof b || !front_read(f->client, &b, h.bytes))
		return false;
	alive = handle(f, h.command, &b, fds, &count);
	while (count)
		close(fds[--count]);
	return alive;
}

static void
irq(void *front, int vector, bool on)
{
	struct front *f = front;
	u64 one = 1;

	if (vector == NIC82599_INTX && on && f->line_fd >= 0 &&
	    write(f->line_fd, &one, sizeof one) < 0)
		say_error("the interrupt cannot be sent");
}

void
front_proxy_init(struct front *f)
{
	front_config_init(f, false);
	f->serve = serve;
	f->irq = irq;
}
