#include "journal/journal.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "journal/internal.h"

#define BATCH_FIRST_ROOM ((size_t)64 << 10)

_Static_assert(JOURNAL_MAX_RECORD_BYTES + 1024 < JOURNAL_MAX_BATCH_BYTES,
               "an empty batch takes the longest record");

void batch_reset(struct batch *batch)
{
    batch->used = WRITE_HEAD_BYTES;
    batch->records = 0;
}

/* ---- segments and their users: under the lock, never over I/O ---- */

/* Index of the newest segment that begins at `number` or before; count if there is none. */
static size_t segment_index(const struct journal *journal, uint64_t number)
{
    size_t low = 0, high = journal->segment_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (segment_first(journal->segments[middle]) <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : journal->segment_count;
}

struct segment *journal_acquire(struct journal *journal, uint64_t number)
{
    struct segment *segment = NULL;
    size_t i;

    if (number > journal_durable(journal))
        return NULL;
    pthread_mutex_lock(&journal->lock);
    i = segment_index(journal, number);
    if (i < journal->segment_count) {
        segment = journal->segments[i];
        segment->users++;
    }
    pthread_mutex_unlock(&journal->lock);
    return segment;
}

/* The last user goes: frees what nobody needs any more. */
static void tidy(struct journal *journal, struct segment *segment)
{
    if (segment == journal->active)
        return;
    if (atomic_load(&segment->indexed))
        segment_free_offsets(segment);
    if (atomic_load(&segment->ready) && !segment->counted_open) {
        segment->counted_open = true;
        journal->open_segments++;
    }
    if (journal->open_segments > JOURNAL_OPEN_SEGMENTS && segment_close_files(segment)) {
        segment->counted_open = false;
        journal->open_segments--;
    }
}

static void forget(struct journal *journal, struct segment *segment)
{
    if (segment->counted_open)
        journal->open_segments--;
    segment_free(segment);
}

void journal_release(struct journal *journal, struct segment *segment)
{
    pthread_mutex_lock(&journal->lock);
    CHECK(segment->users > 0);
    if (--segment->users == 0) {
        if (segment->listed)
            tidy(journal, segment);
        else
            forget(journal, segment);
    }
    pthread_mutex_unlock(&journal->lock);
}

void journal_list_add(struct journal *journal, struct segment *segment)
{
    if (journal->segment_count == journal->segment_room) {
        journal->segment_room = journal->segment_room ? 2 * journal->segment_room : 16;
        journal->segments =
            mem_realloc(journal->segments, journal->segment_room * sizeof(struct segment *));
    }
    journal->segments[journal->segment_count++] = segment;
    segment->listed = true;
    atomic_store(&journal->listed, journal->segment_count);
    if (journal->segment_count == 1)
        atomic_store(&journal->oldest, segment_first(segment));
}

/* A sealed segment whose map is in memory alone, as a user; NULL if there is none. */
static struct segment *acquire_unindexed(struct journal *journal)
{
    struct segment *found = NULL;

    pthread_mutex_lock(&journal->lock);
    for (size_t i = journal->segment_count; !found && i-- > 0;) {
        struct segment *segment = journal->segments[i];

        if (segment->sealed_here)
            found = segment;
    }
    if (found) {
        found->sealed_here = false;
        found->users++;
    }
    pthread_mutex_unlock(&journal->lock);
    return found;
}

void journal_save_indexes(struct journal *journal)
{
    struct segment *segment;

    while ((segment = acquire_unindexed(journal))) {
        segment_save_index(segment);
        journal_release(journal, segment);
    }
}

/* ---- appending and handing over: shard thread ---- */

/* With threads, waits for the commit under way and hands the batch over; without, commits it. */
static void make_room(struct journal *journal)
{
    struct turn *turn = &journal->turn;

    if (!journal->started) {
        commit_batch(journal, journal->open);
        batch_reset(journal->open);
        return;
    }
    while (!journal_submit(journal)) {
        pthread_mutex_lock(&turn->mutex);
        while (turn->in_flight)
            pthread_cond_wait(&turn->idle, &turn->mutex);
        pthread_mutex_unlock(&turn->mutex);
    }
}

static void grow(struct batch *batch, size_t need)
{
    size_t room = batch->room ? batch->room : BATCH_FIRST_ROOM;

    while (room < need)
        room *= 2;
    batch->bytes = mem_realloc(batch->bytes, room);
    batch->room = room;
}

uint64_t journal_append(struct journal *journal, uint64_t time_us, const void *record, size_t n)
{
    size_t room = record_room(n);
    struct batch *batch;

    CHECK(n >= 1 && n <= JOURNAL_MAX_RECORD_BYTES);
    CHECK(time_us >= journal->last_time_us);
    journal->last_time_us = time_us;
    journal->appended_bytes += room;
    if (journal->open->used + room > JOURNAL_MAX_BATCH_BYTES)
        make_room(journal);
    if (journal_failed(journal))
        return journal->next++;
    batch = journal->open;
    if (batch->used + room > batch->room)
        grow(batch, batch->used + room);
    if (batch->records++ == 0) {
        batch->first_record = journal->next;
        batch->first_time_us = time_us;
    }
    record_encode(batch->bytes + batch->used, journal->next, time_us, record, n);
    batch->used += room;
    return journal->next++;
}

uint64_t journal_next(const struct journal *journal)
{
    return journal->next;
}

uint64_t journal_last_time_us(const struct journal *journal)
{
    return journal->last_time_us;
}

bool journal_submit(struct journal *journal)
{
    struct turn *turn = &journal->turn;
    bool handed_over;

    CHECK(journal->started);
    if (journal->open->records == 0)
        return true;
    if (journal_failed(journal)) {
        batch_reset(journal->open);
        return true;
    }
    pthread_mutex_lock(&turn->mutex);
    handed_over = !turn->in_flight;
    if (handed_over) {
        turn->in_flight = journal->open;
        journal->open = &journal->batches[journal->open == &journal->batches[0]];
        pthread_cond_signal(&turn->work);
    }
    pthread_mutex_unlock(&turn->mutex);
    return handed_over;
}

uint64_t journal_pending_bytes(const struct journal *journal)
{
    return journal->appended_bytes - atomic_load(&journal->durable_bytes);
}

enum im_err journal_sync(struct journal *journal)
{
    enum im_err err = IM_OK;
    uint64_t durable;

    CHECK(!journal->started);
    if (journal_failed(journal))
        err = IM_ERR_IO;
    else if (journal->open->records)
        err = commit_batch(journal, journal->open);
    batch_reset(journal->open);
    durable = journal_durable(journal);
    if (durable > journal->told || (err && !journal->told_failure)) {
        journal->told = durable;
        journal->told_failure = err;
        if (journal->config.on_durable)
            journal->config.on_durable(journal->config.on_durable_arg, durable);
    }
    return err;
}

uint64_t journal_durable(const struct journal *journal)
{
    return atomic_load_explicit(&journal->durable, memory_order_acquire);
}

bool journal_failed(const struct journal *journal)
{
    return atomic_load_explicit(&journal->failed, memory_order_acquire);
}

void journal_start(struct journal *journal)
{
    CHECK(!journal->started);
    journal->started = true;
    background_start(journal);
}

/* ---- reading: any thread ---- */

static enum im_err
read_with(struct journal *journal, uint64_t number, struct buf *into, uint64_t *ret_time_us,
          enum im_err (*read)(struct segment *, uint64_t, struct buf *, uint64_t *))
{
    struct segment *segment = journal_acquire(journal, number);
    enum im_err err;

    if (!segment) {
        buf_reset(into);
        return IM_ERR_NOT_FOUND;
    }
    err = read(segment, number, into, ret_time_us);
    journal_release(journal, segment);
    return err;
}

enum im_err journal_read(struct journal *journal, uint64_t number, struct buf *into,
                         uint64_t *ret_time_us)
{
    return read_with(journal, number, into, ret_time_us, segment_read);
}

enum im_err journal_read_cached(struct journal *journal, uint64_t number, struct buf *into,
                                uint64_t *ret_time_us)
{
    return read_with(journal, number, into, ret_time_us, segment_read_cached);
}

struct export
{
    uint64_t from;
    enum im_err (*fn)(void *arg, uint64_t number, uint64_t time_us, const void *record, size_t n);
    void *arg;
};

static enum im_err export_record(void *arg, const struct scan_record *record)
{
    const struct export *export = arg;

    if (record->number < export->from)
        return IM_OK;
    if (!record_matches(&record->head, record->number, record->bytes)) {
        log_error("journal: record %llu is damaged", (unsigned long long)record->number);
        return IM_ERR_CORRUPT;
    }
    return export->fn(export->arg, record->number, record->time_us, record->bytes, record->n);
}

/* ret_last: the last record of the segment, or `durable` if that comes first. */
static enum im_err export_segment(struct journal *journal, struct export *export, uint64_t durable,
                                  uint64_t *ret_last)
{
    struct segment *segment = journal_acquire(journal, export->from);
    struct scan scan;
    uint64_t last;
    enum im_err err;

    if (!segment)
        return IM_ERR_NOT_FOUND;
    pthread_mutex_lock(&journal->lock);
    last = segment->last && segment->last < durable ? segment->last : durable;
    pthread_mutex_unlock(&journal->lock);
    err = segment_prepare(segment);
    if (!err) {
        scan = (struct scan){.file = segment->file,
                             .head = &segment->head,
                             .name = segment->name,
                             .until = last,
                             .on_record = export_record,
                             .arg = export};
        err = scan_run(&scan);
        scan_release(&scan);
    }
    journal_release(journal, segment);
    *ret_last = last;
    return err;
}

enum im_err journal_scan(struct journal *journal, uint64_t from,
                         enum im_err (*fn)(void *arg, uint64_t number, uint64_t time_us,
                                           const void *record, size_t n),
                         void *arg)
{
    struct export export = {from, fn, arg};
    uint64_t durable = journal_durable(journal);

    while (export.from <= durable) {
        uint64_t last;
        enum im_err err = export_segment(journal, &export, durable, &last);

        if (err)
            return err;
        export.from = last + 1;
    }
    return IM_OK;
}

/* ---- dropping ---- */

/* Under the lock. */
static size_t count_droppable(const struct journal *journal, uint64_t number, uint64_t before_us)
{
    size_t n = 0;

    while (n + 1 < journal->segment_count && journal->segments[n]->last <= number &&
           journal->segments[n]->last_time_us < before_us)
        n++;
    return n;
}

enum im_err journal_drop(struct journal *journal, uint64_t number, uint64_t before_us)
{
    size_t n;

    pthread_mutex_lock(&journal->lock);
    n = count_droppable(journal, number, before_us);
    if (n) {
        journal->doomed =
            mem_realloc(journal->doomed, (journal->doomed_count + n) * sizeof(struct segment *));
        memcpy(journal->doomed + journal->doomed_count, journal->segments,
               n * sizeof(struct segment *));
        journal->doomed_count += n;
        journal->segment_count -= n;
        memmove(journal->segments, journal->segments + n,
                journal->segment_count * sizeof(struct segment *));
        atomic_store(&journal->listed, journal->segment_count);
        atomic_store(&journal->oldest, segment_first(journal->segments[0]));
    }
    pthread_mutex_unlock(&journal->lock);
    if (!journal->started)
        return journal_remove_doomed(journal);
    if (n)
        background_wake(journal);
    return IM_OK;
}

/* Synced one by one: segments that remain after a crash have no gap between them. */
static enum im_err remove_files(struct journal *journal, const struct segment *segment)
{
    const struct disk_ops *ops = journal->disk->ops;
    char name[FORMAT_NAME_ROOM];
    enum im_err err;

    segment_name(name, journal->config.shard, segment_first(segment), "idx");
    err = ops->remove(journal->disk, name);
    if (err && err != IM_ERR_NOT_FOUND)
        return err;
    err = ops->remove(journal->disk, segment->name);
    if (err && err != IM_ERR_NOT_FOUND)
        return err;
    return ops->sync_dir(journal->disk);
}

enum im_err journal_remove_doomed(struct journal *journal)
{
    for (;;) {
        struct segment *segment;
        enum im_err err;

        pthread_mutex_lock(&journal->lock);
        segment = journal->doomed_count ? journal->doomed[0] : NULL;
        pthread_mutex_unlock(&journal->lock);
        if (!segment)
            return IM_OK;
        err = remove_files(journal, segment);
        if (err)
            return err;
        pthread_mutex_lock(&journal->lock);
        memmove(journal->doomed, journal->doomed + 1,
                --journal->doomed_count * sizeof(struct segment *));
        segment->listed = false;
        if (segment->users == 0)
            forget(journal, segment);
        pthread_mutex_unlock(&journal->lock);
    }
}

void journal_stats(const struct journal *journal, struct journal_stats *ret_stats)
{
    uint64_t bytes = atomic_load(&journal->active_bytes);
    uint64_t used = atomic_load(&journal->active_used);
    uint64_t oldest = atomic_load(&journal->oldest);

    *ret_stats = (struct journal_stats){
        .commits = atomic_load(&journal->commits),
        .committed_bytes = atomic_load(&journal->committed_bytes),
        .oldest_number = oldest <= journal_durable(journal) ? oldest : 0,
        .segments = atomic_load(&journal->listed),
        .room_bytes = (bytes > used ? bytes - used : 0) + atomic_load(&journal->spare_bytes),
        .disk_full = atomic_load(&journal->disk_full),
    };
    durations_read(&journal->commit_durations, &ret_stats->commit);
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    if (journal->started)
        background_stop(journal);
    if (journal->disk) {
        journal->started = false;
        if (journal->open->records && !journal_failed(journal))
            commit_batch(journal, journal->open);
        journal_save_indexes(journal);
        journal_remove_doomed(journal);
    }
    for (size_t i = 0; i < journal->segment_count; i++)
        segment_free(journal->segments[i]);
    for (size_t i = 0; i < journal->doomed_count; i++)
        segment_free(journal->doomed[i]);
    for (size_t i = 0; i < 2; i++)
        free(journal->batches[i].bytes);
    pthread_mutex_destroy(&journal->lock);
    free(journal->segments);
    free(journal->doomed);
    free(journal);
}
