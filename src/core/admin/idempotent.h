/*
 * Idempotency-Key: a write that comes again with its key is answered as the first time, byte for
 * byte, and does nothing. The reply is in the record of what the write did, so neither a crash nor
 * a second copy that comes while the first still waits for rows can do it twice. Kept for at least
 * 24 hours and at most 48.
 *
 * Replies may hold secrets (a new token's text), so they are sealed with a key that only whoever
 * repeats the request can give: it is made of the token's secret and the Idempotency-Key.
 */
#ifndef CORE_ADMIN_IDEMPOTENT_H
#define CORE_ADMIN_IDEMPOTENT_H

#include "core/admin/call.h"
#include "core/shard.h"

/* For the door. Asks for the rows of the key. */
void idempotent_need(struct shard *shard, const struct admin_call *call);

/* Sets call->replayed and call->reply if the key was used with the same request before.
   IM_ERR_KEY_REUSED: with another one. */
enum im_err idempotent_replay(struct shard *shard, struct request *req);

/* Stores the reply of the handler that has just decided. IM_ERR_OVERFLOW: it is longer than
   ADMIN_MAX_WRITE_REPLY, logged. */
enum im_err idempotent_store(struct shard *shard, struct request *req);

#endif
