/* packets.c - a network card without a driver in between: counts, answers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <barerack.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * bmcc -O2 -o packets packets.c && bmrun -n 1 ./packets CARD FRAMES SECONDS
 *
 * Takes card number CARD, which the node must not need itself, polls it, sends
 * every frame back to its sender and ends after that many frames or seconds.
 * A frame is never copied: the card wrote it into our memory and reads the
 * answer from there. Buffers go round:
 *
 *	nic_post -> card -> nic_rx -> turned round -> nic_tx -> card ->
 *	nic_reclaim -> nic_post
 */

enum { RING = 256, BUFFERS = 128, BUFFER_BYTES = 2048, BATCH = 32, MAC = 6 };

static unsigned char buffer[BUFFERS][BUFFER_BYTES];

static void
post(const struct abi_machine *m, u32 card, void *buf)
{
	if (m->nic_post(card, buf, BUFFER_BYTES, buf) != 0) {
		fprintf(stderr, "packets: the card takes no buffer\n");
		exit(1);
	}
}

/* Destination and source change places. */
static void
turn_round(unsigned char *frame)
{
	for (int i = 0; i < MAC; i++) {
		unsigned char byte = frame[i];

		frame[i] = frame[MAC + i];
		frame[MAC + i] = byte;
	}
}

/* One round; returns how many frames came. */
static int
answer(const struct abi_machine *m, u32 card, unsigned long *bytes)
{
	struct nic_rx rx[BATCH];
	struct nic_tx tx[BATCH];
	void *sent[BATCH];
	int n = m->nic_rx(card, rx, BATCH), done = 0;

	for (int i = 0; i < n; i++) {
		unsigned char *frame = (unsigned char *)rx[i].buf +
		    rx[i].offset;

		*bytes += rx[i].len;
		turn_round(frame);
		tx[i] = (struct nic_tx){ .seg = { { frame, rx[i].len } },
			.segs = 1, .cookie = rx[i].buf };
	}
	while (done < n) {
		int taken = m->nic_tx(card, tx + done, n - done);
		int back = m->nic_reclaim(card, sent, BATCH);

		done += taken;
		for (int i = 0; i < back; i++)
			post(m, card, sent[i]);
	}
	for (int back = m->nic_reclaim(card, sent, BATCH); back > 0; back--)
		post(m, card, sent[back - 1]);
	return n;
}

int
main(int argc, char **argv)
{
	const struct abi_machine *m = barerack()->machine;
	u32 card = argc > 1 ? (u32)atoi(argv[1]) : 1;
	unsigned long want = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	u64 end = barerack()->now_ns() + (argc > 3 ? strtoul(argv[3], NULL, 10)
						   : 10) * 1000000000ul;
	unsigned long frames = 0, bytes = 0;
	struct nic_info info;
	int err = m->nic_info(card, &info);

	if (!err)
		err = m->nic_open(card, RING, RING);
	if (err) {
		fprintf(stderr, "packets: card %u: error %d%s\n", card, err,
		    err == ERR_BUSY ? " (the node needs it itself)" :
		    err == ERR_NOENT ? " (there is none)" : "");
		return 1;
	}
	printf("card %u: %s\n", card, info.driver);
	fflush(stdout);
	for (int i = 0; i < BUFFERS; i++)
		post(m, card, buffer[i]);
	while (frames < want && barerack()->now_ns() < end)
		frames += (unsigned long)answer(m, card, &bytes);
	printf("%lu frames, %lu bytes\n", frames, bytes);
	m->nic_close(card);
	return frames < want;
}
