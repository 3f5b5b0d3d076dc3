/*
 * 1. A new segment, if the batch needs one: zeroed file, head, sync, rename, sync of the
 *    directory. Its name appears when its head is durable, and only after everything in the
 *    segment before it is.
 * 2. The write's head, over the chain and the records.
 * 3. One write, one sync.
 * 4. The map of records, the chain, the durable number.
 *
 * Any failure leaves the last durable number where it is and ends the journal: whether the write
 * is on the disk is not known, so nothing may follow it. Opening again finds out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "journal/internal.h"

#define ZERO_BYTES ((size_t)256 << 10)

enum im_err commit_zero(struct disk_file *file, uint64_t from, uint64_t to)
{
    static const char zeroes[ZERO_BYTES];

    while (from < to) {
        size_t n = to - from < ZERO_BYTES ? (size_t)(to - from) : ZERO_BYTES;
        enum im_err err = file->disk->ops->write(file, from, zeroes, n);

        if (err)
            return err;
        from += n;
    }
    return IM_OK;
}

/* A zeroed file of that size under a temporary name; the sync of its head covers the zeroes. */
static enum im_err zeroed_file(struct journal *journal, uint64_t bytes, char name[FORMAT_NAME_ROOM],
                               struct disk_file **ret_file)
{
    const struct disk_ops *ops = journal->disk->ops;
    struct disk_file *file;
    enum im_err err;

    if (bytes == journal->config.segment_bytes) {
        file = background_take_spare(journal);
        if (file) {
            background_spare_name(journal, name);
            *ret_file = file;
            return IM_OK;
        }
    }
    temporary_name(name, journal->config.shard, "new");
    err = ops->open(journal->disk, name, 1, &file);
    if (err)
        return err;
    err = commit_zero(file, 0, bytes);
    if (err) {
        ops->close(file);
        ops->remove(journal->disk, name);
        return err;
    }
    *ret_file = file;
    return IM_OK;
}

/* Nobody outside can know it, so no message can hold bytes that pass for the head of a write. */
static uint64_t random_salt(void)
{
    uint64_t salt;
    ssize_t n;

    do {
        n = getrandom(&salt, sizeof(salt), 0);
    } while (n < 0 && errno == EINTR);
    CHECK(n == sizeof(salt));
    return salt;
}

static bool active_is_empty(const struct journal *journal)
{
    return journal->active->head.before.record == journal->chain.record;
}

static struct segment_head next_head(struct journal *journal, const struct batch *batch)
{
    uint64_t need = (SEGMENT_HEAD_BYTES + batch->used + 511) & ~UINT64_C(511);
    struct segment_head head = {
        .shard = journal->config.shard,
        .day = (uint32_t)(batch->first_time_us / DAY_US),
        .before = journal->chain,
        .bytes = journal->config.segment_bytes,
        .salt = random_salt(),
    };

    if (head.bytes < need)
        head.bytes = need;
    if (journal->active)
        head.previous_segment = active_is_empty(journal) ? journal->active->head.previous_segment
                                                         : segment_first(journal->active);
    return head;
}

static enum im_err place_segment(struct journal *journal, const struct segment *segment,
                                 const char *from, struct disk_file *file)
{
    const struct disk_ops *ops = journal->disk->ops;
    char block[SEGMENT_HEAD_BYTES];
    enum im_err err;

    segment_head_encode(&segment->head, block);
    err = ops->write(file, 0, block, sizeof(block));
    if (!err)
        err = ops->sync(file);
    if (!err)
        err = ops->rename(journal->disk, from, segment->name);
    if (!err)
        err = ops->sync_dir(journal->disk);
    return err;
}

/* The new segment becomes the active one. An empty one before it has lost its name to it. */
static void seal_and_list(struct journal *journal, struct segment *segment)
{
    struct segment *old = journal->active;

    pthread_mutex_lock(&journal->lock);
    if (old && active_is_empty(journal)) {
        journal->segments[journal->segment_count - 1] = segment;
        segment->listed = true;
        old->listed = false;
    } else {
        if (old) {
            old->last = journal->chain.record;
            old->last_time_us = journal->chain.time_us;
            old->sealed_here = true;
        }
        journal_list_add(journal, segment);
    }
    journal->active = segment;
    journal->active_end = SEGMENT_HEAD_BYTES;
    pthread_mutex_unlock(&journal->lock);
    atomic_store(&journal->active_bytes, segment->head.bytes);
    atomic_store(&journal->active_used, journal->active_end);
    if (old && !old->listed)
        segment_free(old); /* empty: it never had a user */
}

static enum im_err new_segment(struct journal *journal, const struct batch *batch)
{
    struct segment_head head = next_head(journal, batch);
    struct segment *segment;
    struct disk_file *file;
    char name[FORMAT_NAME_ROOM];
    enum im_err err = zeroed_file(journal, head.bytes, name, &file);

    if (err)
        return err;
    segment = segment_new(journal->disk, &head);
    err = place_segment(journal, segment, name, file);
    if (err) {
        journal->disk->ops->close(file);
        segment_free(segment);
        return err;
    }
    segment_activate(segment, file);
    seal_and_list(journal, segment);
    if (journal->started)
        background_segment_placed(journal);
    else
        journal_save_indexes(journal);
    return IM_OK;
}

static bool needs_segment(const struct journal *journal, const struct batch *batch)
{
    return !journal->active || journal->active->head.bytes - journal->active_end < batch->used ||
           journal->active->head.day != (uint32_t)(batch->first_time_us / DAY_US);
}

static void map_records(struct journal *journal, const struct batch *batch)
{
    size_t at = WRITE_HEAD_BYTES;

    for (uint32_t i = 0; i < batch->records; i++) {
        struct record_head head;

        record_head_decode(batch->bytes + at, &head);
        segment_add_offset(journal->active, journal->active_end + at);
        journal->chain.time_us = head.time_us;
        at += record_room(head.bytes);
    }
    CHECK(at == batch->used);
}

static enum im_err write_batch(struct journal *journal, struct batch *batch,
                               struct write_head *head)
{
    const struct disk_ops *ops = journal->disk->ops;
    enum im_err err = IM_OK;

    if (needs_segment(journal, batch))
        err = new_segment(journal, batch);
    if (err)
        return err;
    *head = (struct write_head){
        .number = journal->chain.write + 1,
        .first_record = batch->first_record,
        .records = batch->records,
        .payload_bytes = (uint32_t)(batch->used - WRITE_HEAD_BYTES),
        .before = journal->chain.checksum,
        .payload_checksum =
            payload_checksum(batch->bytes + WRITE_HEAD_BYTES, batch->used - WRITE_HEAD_BYTES),
    };
    write_head_encode(head, journal->active->head.salt, batch->bytes);
    err = ops->write(journal->active->file, journal->active_end, batch->bytes, batch->used);
    if (!err)
        err = ops->sync(journal->active->file);
    return err;
}

static void fail(struct journal *journal, enum im_err err)
{
    log_error("journal of shard %" PRIu32 " has failed (%s): record %" PRIu64
              " is the last one known durable",
              journal->config.shard, err_text(err), journal->chain.record);
    if (err == IM_ERR_FULL)
        atomic_store(&journal->disk_full, true);
    atomic_store_explicit(&journal->failed, true, memory_order_release);
}

static uint64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

enum im_err commit_batch(struct journal *journal, struct batch *batch)
{
    uint64_t before_us = monotonic_us();
    struct write_head head;
    enum im_err err;

    if (atomic_load(&journal->failed))
        return IM_ERR_IO;
    CHECK(batch->first_record == journal->chain.record + 1);
    err = write_batch(journal, batch, &head);
    if (err) {
        fail(journal, err);
        return err;
    }
    durations_add(&journal->commit_durations, monotonic_us() - before_us);
    map_records(journal, batch);
    journal->chain.write = head.number;
    journal->chain.record += batch->records;
    journal->chain.checksum = head.checksum;
    journal->active_end += batch->used;
    atomic_store(&journal->active_used, journal->active_end);
    atomic_fetch_add(&journal->commits, 1);
    atomic_fetch_add(&journal->committed_bytes, batch->used);
    atomic_fetch_add(&journal->durable_bytes, batch->used - WRITE_HEAD_BYTES);
    atomic_store_explicit(&journal->durable, journal->chain.record, memory_order_release);
    return IM_OK;
}
