/*
 * Which messages were accepted in the last five minutes, as fingerprints: a message that is not
 * among them is no duplicate; one that is must be confirmed in the history index (fingerprints
 * are keyed 64-bit hashes, so a false alarm costs a look and is as good as never).
 * Memory only: after a restart a conversation that was active within the window is read back once
 * (see `warmed` in message.c). What is older is dropped by the minute. Split by hash, so that no
 * growth is long. Shard thread only.
 */
#ifndef CORE_MESSAGE_DEDUP_H
#define CORE_MESSAGE_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#define DEDUP_WINDOW_S 300u

struct dedup;

struct dedup *dedup_new(void);
void dedup_free(struct dedup *dedup);
/* Nothing older than the window is known from now on. Cheap; call it once a batch. */
void dedup_advance(struct dedup *dedup, uint32_t now_s);
void dedup_add(struct dedup *dedup, uint64_t fingerprint);
bool dedup_has(const struct dedup *dedup, uint64_t fingerprint);

#endif
