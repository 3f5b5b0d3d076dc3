/*
 * What waits in the outbox, by when it is due, so that a look costs what is due and not what waits.
 * Memory alone, made from the rows at the first look. One taker: what it took and said nothing of
 * is taken again.
 */
#ifndef CORE_WARNING_QUEUE_H
#define CORE_WARNING_QUEUE_H

#include "core/shard.h"

struct outbox_entry {
    uint64_t next_us;
    uint32_t app, month, number;
};

/* Of one take, of one app: one whose target hangs leaves room for the others. */
#define OUTBOX_BATCH_OF_APP 8u

/* Fills entries[0..room), the longest due first. False: the rows are being loaded. */
bool outbox_queue_take(struct shard *shard, struct outbox_entry *entries, uint32_t room,
                       uint32_t *ret_count);

/* For apply functions: a new one, or another time for one that was tried; and it was told of. */
void outbox_queue_add(struct shard *shard, struct outbox_entry entry);
void outbox_queue_told(struct shard *shard, struct outbox_entry entry);

struct outbox_queue;
void outbox_queue_free(struct outbox_queue *queue);

#endif
