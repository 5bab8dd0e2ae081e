/* port_udp.c - a port over a Linux UDP socket. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/host/port_udp.h"

#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { UDP_BATCH = 32, UDP_BUFS = PORT_UDP_RX_BUFS + PORT_UDP_SLACK };

struct port_udp {
	struct port port;      /* first */
	int fd;
	u8 *mem;               /* UDP_BUFS buffers of mtu + 1 bytes */
	u32 stride;
	u32 free[UDP_BUFS], frees;
	struct mmsghdr msg[UDP_BATCH];
	struct iovec iov[UDP_BATCH];
	struct sockaddr_in from[UDP_BATCH];
};

static int
udp_tx(struct port *p, const struct port_addr *to, const struct iov *seg,
    u32 segs, u32 *pending)
{
	struct port_udp *u = (struct port_udp *)p;
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(to->udp_port),
		.sin_addr.s_addr = htonl(to->ip4) };
	struct iovec iov[PORT_SEGS_MAX];
	struct msghdr m = { .msg_name = &sa, .msg_namelen = sizeof(sa),
		.msg_iov = iov, .msg_iovlen = segs };
	size_t len = 0;

	(void)pending;
	for (u32 i = 0; i < segs; i++) {
		iov[i].iov_base = seg[i].ptr;
		iov[i].iov_len = seg[i].len;
		len += seg[i].len;
	}
	if (len > p->mtu)
		return ERR_TOOBIG;
	if (sendmsg(u->fd, &m, MSG_DONTWAIT) >= 0)
		return 0;
	/* A network that is down or a peer that is gone is a lost frame. */
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ?
	    ERR_AGAIN : 0;
}

static u8 *
udp_buf(const struct port_udp *u, u32 index)
{
	return u->mem + (size_t)index * u->stride;
}

static int
udp_poll(struct port *p, struct port_rx *rx, int max)
{
	struct port_udp *u = (struct port_udp *)p;
	u32 want = MIN(MIN((u32)max, (u32)UDP_BATCH), u->frees);
	int n, kept = 0;

	for (u32 i = 0; i < want; i++) {
		u->iov[i].iov_base = udp_buf(u, u->free[u->frees - 1 - i]);
		u->iov[i].iov_len = u->stride;
		u->msg[i].msg_hdr = (struct msghdr){ .msg_name = &u->from[i],
			.msg_namelen = sizeof(u->from[i]),
			.msg_iov = &u->iov[i], .msg_iovlen = 1 };
	}
	n = want ? recvmmsg(u->fd, u->msg, want, MSG_DONTWAIT, NULL) : 0;
	for (int i = 0; i < n; i++) {
		u32 index = u->free[--u->frees];

		rx[kept++] = (struct port_rx){
			.from = { ntohl(u->from[i].sin_addr.s_addr),
				ntohs(u->from[i].sin_port), 0 },
			.data = udp_buf(u, index), .len = u->msg[i].msg_len,
			.cookie = (void *)(uintptr_t)(index + 1) };
	}
	return kept;
}

static void
udp_release(struct port *p, void *cookie)
{
	struct port_udp *u = (struct port_udp *)p;

	ASSERT(u->frees < UDP_BUFS);
	u->free[u->frees++] = (u32)((uintptr_t)cookie - 1);
}

static u64
udp_now(struct port *p)
{
	struct timespec ts;

	(void)p;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

int
port_udp_adopt(struct port_udp **out, struct port_addr *addr, int fd, u32 mtu)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	struct port_udp *u;
	int bytes = PORT_UDP_SOCKET_BYTES;

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		return ERR_IO;
	addr->udp_port = ntohs(sa.sin_port);
	u = calloc(1, sizeof(*u));
	if (!u)
		return ERR_NOMEM;
	u->stride = (mtu + 1 + 63) & ~63u;
	u->mem = malloc((size_t)UDP_BUFS * u->stride);
	if (!u->mem) {
		free(u);
		return ERR_NOMEM;
	}
	for (u32 i = 0; i < UDP_BUFS; i++)
		u->free[u->frees++] = UDP_BUFS - 1 - i;
	u->fd = fd;
	u->port = (struct port){ .tx = udp_tx, .poll = udp_poll,
		.release = udp_release, .now = udp_now, .mtu = mtu,
		.rx_bufs = PORT_UDP_RX_BUFS };
	/* The kernel takes what its limit allows; the protocol copes. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	*out = u;
	return 0;
}

int
port_udp_open(struct port_udp **out, struct port_addr *addr, u32 mtu)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(addr->udp_port),
		.sin_addr.s_addr = htonl(addr->ip4) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err, why;

	if (fd < 0)
		return ERR_IO;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		why = errno;
		close(fd);
		errno = why;
		return ERR_IO;
	}
	err = port_udp_adopt(out, addr, fd, mtu);
	if (err)
		close(fd);
	return err;
}

void
port_udp_close(struct port_udp *u)
{
	close(u->fd);
	free(u->mem);
	free(u);
}

struct port *
port_udp_port(struct port_udp *u)
{
	return &u->port;
}

int
port_udp_fd(const struct port_udp *u)
{
	return u->fd;
}

bool
port_udp_wait(struct port_udp *u, u64 deadline)
{
	struct pollfd p = { u->fd, POLLIN, 0 };
	u64 now = udp_now(&u->port), left = deadline > now ? deadline - now : 0;
	struct timespec ts = { (time_t)MIN(left / 1000000000u, 3600u),
		(long)(left % 1000000000u) };

	return ppoll(&p, 1, &ts, NULL) > 0;
}
