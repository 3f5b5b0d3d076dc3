#include "core/warning/queue.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/shard_internal.h"
#include "core/warning/outbox.h"

/* How many of apps that have their part of a batch already are passed over for those behind. */
#define PASS_MAX 1024u

struct outbox_queue {
    struct outbox_entry *heap; /* the earliest first */
    uint32_t count, room;
    struct outbox_entry taken[OUTBOX_BATCH];
    uint32_t taken_count;
};

void outbox_queue_free(struct outbox_queue *queue)
{
    if (queue)
        free(queue->heap);
    free(queue);
}

/* ---- the heap ---- */

static void swap(struct outbox_entry *a, struct outbox_entry *b)
{
    struct outbox_entry kept = *a;

    *a = *b;
    *b = kept;
}

static void push(struct outbox_queue *queue, struct outbox_entry entry)
{
    uint32_t at = queue->count++;

    if (at == queue->room) {
        queue->room = queue->room ? queue->room * 2 : 64;
        queue->heap = mem_realloc(queue->heap, queue->room * sizeof(*queue->heap));
    }
    queue->heap[at] = entry;
    for (; at && queue->heap[at].next_us < queue->heap[(at - 1) / 2].next_us; at = (at - 1) / 2)
        swap(&queue->heap[at], &queue->heap[(at - 1) / 2]);
}

static struct outbox_entry pop(struct outbox_queue *queue)
{
    struct outbox_entry *heap = queue->heap, first = heap[0];
    uint32_t at = 0, child;

    heap[0] = heap[--queue->count];
    for (; (child = 2 * at + 1) < queue->count; at = child) {
        if (child + 1 < queue->count && heap[child + 1].next_us < heap[child].next_us)
            child++;
        if (heap[at].next_us <= heap[child].next_us)
            break;
        swap(&heap[at], &heap[child]);
    }
    return first;
}

/* ---- making it ---- */

static void row_seen(void *arg, struct span key, const void *value, size_t n)
{
    const struct outbox_row *row = value;

    (void)n;
    push(arg, (struct outbox_entry){.next_us = row->next_us,
                                    .app = get_be32(key.p + 1),
                                    .month = get_be32(key.p + 5),
                                    .number = get_be32(key.p + 9)});
}

static bool made(struct shard *shard)
{
    struct row_key key;

    if (shard->outbox_queue)
        return true;
    if (row_need_collection(shard, row_prefix_outbox(&key)) == STATE_UNKNOWN)
        return false;
    shard->outbox_queue = mem_zalloc(sizeof(*shard->outbox_queue));
    state_scan(shard->state, row_prefix_outbox(&key), row_seen, shard->outbox_queue);
    return true;
}

/* ---- taking ---- */

static bool has_its_part(const struct outbox_entry *entries, uint32_t count, uint32_t app)
{
    uint32_t of_app = 0;

    for (uint32_t i = 0; i < count; i++)
        of_app += entries[i].app == app;
    return of_app >= OUTBOX_BATCH_OF_APP;
}

bool outbox_queue_take(struct shard *shard, struct outbox_entry *entries, uint32_t room,
                       uint32_t *ret_count)
{
    struct outbox_entry passed[PASS_MAX];
    uint32_t count = 0, passed_count = 0;
    struct outbox_queue *queue;

    if (!made(shard))
        return false;
    queue = shard->outbox_queue;
    while (queue->taken_count)
        push(queue, queue->taken[--queue->taken_count]);
    room = room < OUTBOX_BATCH ? room : OUTBOX_BATCH;
    while (count < room && passed_count < PASS_MAX && queue->count &&
           queue->heap[0].next_us <= shard->now_us) {
        struct outbox_entry entry = pop(queue);

        if (has_its_part(entries, count, entry.app))
            passed[passed_count++] = entry;
        else
            entries[count++] = queue->taken[queue->taken_count++] = entry;
    }
    while (passed_count)
        push(queue, passed[--passed_count]);
    *ret_count = count;
    return true;
}

void outbox_queue_add(struct shard *shard, struct outbox_entry entry)
{
    if (shard->outbox_queue)
        push(shard->outbox_queue, entry);
}

void outbox_queue_told(struct shard *shard, struct outbox_entry entry)
{
    struct outbox_queue *queue = shard->outbox_queue;

    for (uint32_t i = 0; queue && i < queue->taken_count; i++) {
        const struct outbox_entry *taken = &queue->taken[i];

        if (taken->app != entry.app || taken->month != entry.month || taken->number != entry.number)
            continue;
        queue->taken[i] = queue->taken[--queue->taken_count];
        return;
    }
}
