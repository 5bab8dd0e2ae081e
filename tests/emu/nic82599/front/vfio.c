/* vfio.c - QEMU's vfio-user-pci: the server's end of the protocol. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/say.h"
#include "kernel/lib/err.h"
#include "tests/emu/nic82599/front/front.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * QEMU 10.1 or newer asks, we answer: same id and command, type 1. A request
 * with NO_REPLY (a posted write) gets no answer. BAR 0 is never mapped into
 * the guest: as soon as one region were, QEMU would post no write at all.
 * QEMU keeps the MSI-X table; we are given event descriptors.
 */

enum { VERSION = 1, DMA_MAP, DMA_UNMAP, DEVICE_INFO, REGION_INFO, REGION_FDS,
	IRQ_INFO, SET_IRQS, REGION_READ, REGION_WRITE, DMA_READ, DMA_WRITE,
	DEVICE_RESET, DIRTY, WRITE_MULTI };
enum { TYPE_REPLY = 1, NO_REPLY = 0x10, IS_ERROR = 0x20, HEAD_BYTES = 16,
	BODY_MAX = 1 << 17, ACCESS_MAX = 4096, REGIONS = 9, IRQS = 5,
	UNMAP_ALL = 2, MAP_WRITE = 2, ANSWER_MAX = ACCESS_MAX + 64 };

struct head {
	u16 id, command;
	u32 bytes, flags, error;
};

struct map_body {
	u32 argsz, flags;
	u64 offset, at, bytes;
};

struct unmap_body {
	u32 argsz, flags;
	u64 at, bytes;
};

struct access_body {
	u64 offset;
	u32 region, count;
	u8 data[];
};

struct multi_body {
	u64 count;
	struct {
		u64 offset;
		u32 region, count;
		u8 data[8];
	} write[];
};

union body {
	u32 word[BODY_MAX / 4];
	struct map_body map;
	struct unmap_body unmap;
	struct access_body access;
	struct multi_body multi;
	struct vfio_irq_set irqs;
};

static bool
answer(struct front *f, const struct head *h, const void *data, u32 bytes)
{
	u8 out[HEAD_BYTES + ANSWER_MAX];
	struct head r = { h->id, h->command, HEAD_BYTES + bytes, TYPE_REPLY,
		0 };

	if (h->flags & NO_REPLY)
		return true;
	ASSERT(bytes <= ANSWER_MAX);
	memcpy(out, &r, HEAD_BYTES);
	if (bytes)
		memcpy(out + HEAD_BYTES, data, bytes);
	return send(f->client, out, r.bytes, MSG_NOSIGNAL) ==
	    (ssize_t)r.bytes;
}

static bool
refuse(struct front *f, const struct head *h)
{
	struct head r = { h->id, h->command, HEAD_BYTES,
		TYPE_REPLY | IS_ERROR, EINVAL };

	return (h->flags & NO_REPLY) || send(f->client, &r, HEAD_BYTES,
	    MSG_NOSIGNAL) == HEAD_BYTES;
}

/* -- what the device has ---------------------------------------------------- */

/* Ended by NUL, minor 0, and no longer than QEMU's own. */
static bool
version(struct front *f, const struct head *h)
{
	static const char text[] = "\0\0\0\0{\"capabilities\":{"
	    "\"max_msg_fds\":16,\"max_data_xfer_size\":65536,"
	    "\"write_multiple\":true}}";

	return answer(f, h, text, sizeof text);
}

static bool
device_info(struct front *f, const struct head *h)
{
	u32 info[4] = { sizeof info, VFIO_DEVICE_FLAGS_PCI |
		VFIO_DEVICE_FLAGS_RESET, REGIONS, IRQS };

	return answer(f, h, info, sizeof info);
}

static bool
region_info(struct front *f, const struct head *h, u32 index)
{
	struct vfio_region_info info = { .argsz = sizeof info,
		.index = index };

	if (index < FRONT_BARS)
		info.size = f->bar_bytes[index];
	else if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		info.size = FRONT_CONFIG_BYTES;
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ |
		    VFIO_REGION_INFO_FLAG_WRITE;
	return answer(f, h, &info, sizeof info);
}

static bool
irq_info(struct front *f, const struct head *h, u32 index)
{
	u32 info[4] = { sizeof info, VFIO_IRQ_INFO_EVENTFD, index, 0 };

	if (index == VFIO_PCI_INTX_IRQ_INDEX) {
		info[1] |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
		info[3] = 1;
	} else if (index == VFIO_PCI_MSI_IRQ_INDEX) {
		info[3] = 1;
	} else if (index == VFIO_PCI_MSIX_IRQ_INDEX) {
		info[3] = NIC82599_VECTORS;
	}
	return answer(f, h, info, sizeof info);
}

/* -- interrupts ------------------------------------------------------------- */

static void
kick(int fd)
{
	u64 one = 1;

	if (fd >= 0 && write(fd, &one, sizeof one) < 0)
		say_error("an interrupt cannot be sent");
}

static void
set_fd(int *to, int fd)
{
	if (*to >= 0)
		close(*to);
	*to = fd;
}

/* The descriptors that an index has; how many. */
static u32
slots(struct front *f, u32 index, int **fds)
{
	if (index == VFIO_PCI_MSIX_IRQ_INDEX) {
		*fds = f->irq_fd;
		return NIC82599_VECTORS;
	}
	*fds = index == VFIO_PCI_MSI_IRQ_INDEX ? &f->msi_fd : &f->line_fd;
	return index <= VFIO_PCI_MSI_IRQ_INDEX ? 1 : 0;
}

/* Descriptors that are kept are taken from the list. */
static bool
set_irqs(struct front *f, const struct head *h, const struct vfio_irq_set *s,
    int *fds, u32 *count)
{
	u32 n, used = 0;
	int *to;

	n = slots(f, s->index, &to);
	/* INTx masks itself; if it is still asserted, it comes again. */
	if ((s->flags & VFIO_IRQ_SET_ACTION_UNMASK) && f->line &&
	    s->index == VFIO_PCI_INTX_IRQ_INDEX)
		kick(f->line_fd);
	if (!(s->flags & VFIO_IRQ_SET_ACTION_TRIGGER) || s->start > n ||
	    s->count > n - s->start)
		return answer(f, h, NULL, 0);
	for (u32 i = 0; !s->count && i < n; i++)
		set_fd(&to[i], -1);
	for (u32 i = 0; i < s->count; i++) {
		if (s->flags & VFIO_IRQ_SET_DATA_EVENTFD)
			set_fd(&to[s->start + i],
			    used < *count ? fds[used++] : -1);
		else
			kick(to[s->start + i]);
	}
	for (u32 i = used; i < *count; i++)
		fds[i - used] = fds[i];
	*count -= used;
	return answer(f, h, NULL, 0);
}

static void
irq(void *front, int vector, bool on)
{
	struct front *f = front;

	if (vector >= 0) {
		kick(f->irq_fd[vector]);
		return;
	}
	f->line = on;
	if (on)
		kick(f->msi_fd >= 0 ? f->msi_fd : f->line_fd);
}

/* -- accesses --------------------------------------------------------------- */

static void
write_region(struct front *f, u32 region, u64 at, const u8 *data, u32 count)
{
	u32 v = 0;

	if (region == VFIO_PCI_CONFIG_REGION_INDEX && count <= 4) {
		memcpy(&v, data, count);
		front_config_write(f, (u32)at, v, count);
		return;
	}
	for (u32 i = 0; region == 0 && i + 4 <= count; i += 4) {
		memcpy(&v, data + i, 4);
		nic82599_write(f->nic, (u32)at + i, v);
	}
}

static bool
read_region(struct front *f, const struct head *h, const struct access_body *b)
{
	u8 out[sizeof *b + ACCESS_MAX] = { 0 };
	u8 *data = out + sizeof *b;
	u32 v;

	if (b->count > ACCESS_MAX)
		return refuse(f, h);
	memcpy(out, b, sizeof *b);
	if (b->region == VFIO_PCI_CONFIG_REGION_INDEX &&
	    b->offset + b->count <= FRONT_CONFIG_BYTES) {
		memcpy(data, f->config + b->offset, b->count);
	} else if (b->region == 0) {
		for (u32 i = 0; i < b->count; i += 4) {
			u32 at = (u32)b->offset + i;

			v = nic82599_read(f->nic, at & ~3u) >> 8 * (at & 3);
			memcpy(data + i, &v, MIN(4, b->count - i));
		}
	}
	return answer(f, h, out, (u32)sizeof *b + b->count);
}

static bool
write_many(struct front *f, const struct head *h, const struct multi_body *b,
    u32 bytes)
{
	if (b->count > (bytes - sizeof *b) / sizeof b->write[0])
		return refuse(f, h);
	for (u64 i = 0; i < b->count; i++)
		if (b->write[i].count <= 8)
			write_region(f, b->write[i].region,
			    b->write[i].offset, b->write[i].data,
			    b->write[i].count);
	return answer(f, h, b, sizeof *b);
}

static bool
map(struct front *f, const struct head *h, const struct map_body *b,
    const int *fds, u32 count)
{
	struct front_region r = { b->at, b->bytes, NULL,
		b->flags & MAP_WRITE };

	if (front_map(f, &r, count ? fds[0] : -1, b->offset) != 0)
		say_error("guest memory at %#llx cannot be mapped",
		    (unsigned long long)b->at);
	return answer(f, h, NULL, 0);
}

static bool
handle(struct front *f, const struct head *h, const union body *b, int *fds,
    u32 *count)
{
	u32 bytes = h->bytes - HEAD_BYTES;

	switch (h->command) {
	case VERSION:
		return version(f, h);
	case DMA_MAP:
		return map(f, h, &b->map, fds, *count);
	case DMA_UNMAP:
		front_unmap(f, b->unmap.flags & UNMAP_ALL ? 0 : b->unmap.at,
		    b->unmap.flags & UNMAP_ALL ? UINT64_MAX :
		    b->unmap.bytes);
		return answer(f, h, b, MIN(bytes, (u32)sizeof b->unmap));
	case DEVICE_INFO:
		return device_info(f, h);
	case REGION_INFO:
		return region_info(f, h, b->word[2]);
	case IRQ_INFO:
		return irq_info(f, h, b->word[2]);
	case SET_IRQS:
		return set_irqs(f, h, &b->irqs, fds, count);
	case REGION_READ:
		return read_region(f, h, &b->access);
	case REGION_WRITE:
		if (b->access.count > bytes - sizeof b->access)
			return refuse(f, h);
		write_region(f, b->access.region, b->access.offset,
		    b->access.data, b->access.count);
		return answer(f, h, b, sizeof b->access);
	case WRITE_MULTI:
		return write_many(f, h, &b->multi, bytes);
	case DEVICE_RESET:
		front_reset(f);
		return answer(f, h, NULL, 0);
	}
	say_error("QEMU's vfio-user says %u: unknown", h->command);
	return refuse(f, h);
}

static bool
serve(struct front *f)
{
	static union body b;
	int fds[FRONT_FDS_MAX];
	u32 count = 0;
	struct head h;
	bool alive;

	if (!front_receive(f->client, &h, sizeof h, fds, &count) ||
	    h.bytes < HEAD_BYTES || h.bytes - HEAD_BYTES > sizeof b)
		return false;
	memset(&b, 0, 64);
	if (!front_read(f->client, &b, h.bytes - HEAD_BYTES))
		return false;
	alive = handle(f, &h, &b, fds, &count);
	while (count)
		close(fds[--count]);
	return alive;
}

int
front_vfio_accept(struct front *f, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof a.sun_path)
		return ERR_TOOBIG;
	strcpy(a.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(fd, 1) != 0) {
		say_error("%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	f->client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	close(fd);
	return f->client < 0 ? ERR_IO : 0;
}

void
front_vfio_init(struct front *f)
{
	front_config_init(f, true);
	f->serve = serve;
	f->irq = irq;
}
