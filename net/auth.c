/* auth.c - control messages are sealed, counted and opened. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/jobmsg.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/*
 * The nonce is the direction and the counter; a counter grows with each
 * message and a key lives for one boot, so no nonce comes twice. The head is
 * authenticated with its tag set to zero. `seen` moves only after the seal
 * has opened: a forged counter cannot lock the true sender out.
 */

static void
auth_nonce(u8 nonce[AEAD_NONCE_BYTES], u8 side, u64 counter)
{
	le64 c = le64_of(counter);

	memset(nonce, 0, AEAD_NONCE_BYTES);
	nonce[0] = side;
	memcpy(nonce + 4, c.b, sizeof(c.b));
}

void
jobmsg_seal(struct jobmsg_session *s, struct jobmsg_head *head,
    enum jobmsg_type type, u32 job, void *data, size_t len)
{
	u8 nonce[AEAD_NONCE_BYTES], tag[AEAD_TAG_BYTES];

	memset(head, 0, sizeof(*head));
	head->type = le16_of((u16)type);
	head->version = le16_of(JOBMSG_VERSION);
	head->node = le32_of(s->node);
	head->boot_id = le64_of(s->boot_id);
	head->counter = le64_of(++s->sent);
	head->job = le32_of(job);
	if (!s->keyed)
		return;
	head->sealed = le32_of(1);
	auth_nonce(nonce, s->side, s->sent);
	aead_seal(s->key, nonce, head, sizeof(*head), data, len, tag);
	memcpy(head->tag, tag, sizeof(tag));
}

static bool
auth_may_be_clear(u32 type)
{
	return type == JOBMSG_REGISTER || type == JOBMSG_WELCOME ||
	    type == JOBMSG_REFUSED;
}

static bool
auth_is_next(const struct jobmsg_session *s, const struct jobmsg_head *head)
{
	return s->keyed && le64_get(head->boot_id) == s->boot_id &&
	    le64_get(head->counter) > s->seen;
}

int
jobmsg_unseal(const struct jobmsg_session *s, const struct jobmsg_head *head,
    void *data, size_t len)
{
	struct jobmsg_head clean = *head;
	u8 nonce[AEAD_NONCE_BYTES];

	if (!s->keyed || le32_get(head->sealed) != 1)
		return ERR_AUTH;
	memset(clean.tag, 0, sizeof(clean.tag));
	auth_nonce(nonce, !s->side, le64_get(head->counter));
	return aead_open(s->key, nonce, &clean, sizeof(clean), data, len,
	    head->tag);
}

int
jobmsg_accept(struct jobmsg_session *s, const struct jobmsg_head *head)
{
	if (le16_get(head->version) != JOBMSG_VERSION)
		return ERR_PROTO;
	if (le32_get(head->sealed) != 1 || !auth_is_next(s, head))
		return ERR_AUTH;
	s->seen = le64_get(head->counter);
	return 0;
}

static int
auth_open_sealed(struct jobmsg_session *s, const struct jobmsg_head *head,
    void *data, size_t len)
{
	int err;

	if (!auth_is_next(s, head))
		return ERR_AUTH;
	err = jobmsg_unseal(s, head, data, len);
	if (!err)
		s->seen = le64_get(head->counter);
	return err;
}

/*
 * A node without a key may be answered in clear, and a node that was switched
 * off and on REGISTERs in clear while bmd still holds its old key. The caller
 * judges a clear REGISTER or REFUSED of a keyed session by its boot id.
 */
int
jobmsg_open(struct jobmsg_session *s, const struct jobmsg_head *head,
    void *data, size_t len)
{
	u32 type = le16_get(head->type), sealed = le32_get(head->sealed);

	if (le16_get(head->version) != JOBMSG_VERSION || sealed > 1 ||
	    !jobmsg_length_ok(type, len))
		return ERR_PROTO;
	if (sealed)
		return auth_open_sealed(s, head, data, len);
	if (!auth_may_be_clear(type))
		return ERR_AUTH;
	if (s->keyed && type == JOBMSG_WELCOME)
		return ERR_AUTH;
	return 0;
}
