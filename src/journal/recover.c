/*
 * 1. Names: the segments of this shard, in order. Heads: each one continues the one before.
 * 2. Scan of the segments that hold records after replay_after, and of the newest in any case.
 * 3. The tail. Nothing behind the last whole write but zeroes: clean. Something that only a later
 *    write can have left: damage. Anything else: a torn write, zeroed before anything is written.
 * 4. The last whole write is written again and synced: it may have been read from a cache that a
 *    failed sync left behind. Every write before it was durable when it began.
 * 5. Replay, so that nothing is replayed that the next crash could take back.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "journal/internal.h"

struct names {
    uint32_t shard;
    uint64_t *first; /* of segments */
    size_t count;
    size_t room;
    char (*stale)[FORMAT_NAME_ROOM]; /* temporary files */
    size_t stale_count;
    uint64_t *indexes; /* first records of index files */
    size_t index_count;
};

static void *push(void *array, size_t count, size_t size)
{
    return mem_realloc(array, (count + 1) * size);
}

static void take_name(void *arg, const char *name)
{
    struct names *names = arg;
    uint64_t first;

    if (segment_name_parse(name, names->shard, "seg", &first)) {
        names->first = push(names->first, names->count, sizeof(*names->first));
        names->first[names->count++] = first;
    } else if (segment_name_parse(name, names->shard, "idx", &first)) {
        names->indexes = push(names->indexes, names->index_count, sizeof(*names->indexes));
        names->indexes[names->index_count++] = first;
    } else if (temporary_name_is(name, names->shard) && strlen(name) < FORMAT_NAME_ROOM) {
        names->stale = push(names->stale, names->stale_count, sizeof(*names->stale));
        memcpy(names->stale[names->stale_count++], name, strlen(name) + 1);
    }
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x < y ? -1 : x > y;
}

/* Temporary files, and indexes whose segment is gone: leftovers of a crash. */
static enum im_err remove_stale(struct journal *journal, const struct names *names)
{
    const struct disk_ops *ops = journal->disk->ops;
    char name[FORMAT_NAME_ROOM];
    enum im_err err;

    for (size_t i = 0; i < names->stale_count; i++) {
        err = ops->remove(journal->disk, names->stale[i]);
        if (err && err != IM_ERR_NOT_FOUND)
            return err;
    }
    for (size_t i = 0; i < names->index_count; i++) {
        if (names->count && bsearch(&names->indexes[i], names->first, names->count,
                                    sizeof(*names->first), compare_u64))
            continue;
        segment_name(name, names->shard, names->indexes[i], "idx");
        err = ops->remove(journal->disk, name);
        if (err && err != IM_ERR_NOT_FOUND)
            return err;
    }
    return IM_OK;
}

static enum im_err bad_head(const char *name, enum im_err err)
{
    if (err == IM_ERR_VERSION)
        log_error("journal: %s has another format, of a newer server or of none", name);
    else if (err == IM_ERR_CORRUPT)
        log_error("journal: %s is damaged at offset 0: its head", name);
    return err;
}

static enum im_err read_head(struct disk_file *file, const char *name,
                             struct segment_head *ret_head)
{
    char block[SEGMENT_HEAD_BYTES];
    uint64_t size;
    size_t got;
    enum im_err err = file->disk->ops->read(file, 0, block, sizeof(block), &got);

    if (err)
        return err;
    if (got < sizeof(block))
        memset(block + got, 0, sizeof(block) - got);
    err = segment_head_decode(block, ret_head);
    if (err)
        return bad_head(name, err);
    err = file->disk->ops->size(file, &size);
    if (err)
        return err;
    if (size < ret_head->bytes) {
        log_error("journal: %s is damaged at offset %" PRIu64 ": the file is too short", name,
                  size);
        return IM_ERR_CORRUPT;
    }
    return IM_OK;
}

/* `before` is NULL for the oldest segment held: what it continues was dropped. */
static bool follows(const struct segment *before, const struct segment_head *head)
{
    return !before || (head->previous_segment == segment_first(before) &&
                       head->before.record > before->head.before.record &&
                       head->before.write > before->head.before.write &&
                       head->before.time_us >= before->head.before.time_us);
}

static enum im_err load_segment(struct journal *journal, uint64_t first)
{
    struct segment *before =
        journal->segment_count ? journal->segments[journal->segment_count - 1] : NULL;
    struct segment_head head;
    struct disk_file *file;
    char name[FORMAT_NAME_ROOM];
    enum im_err err;

    segment_name(name, journal->config.shard, first, "seg");
    err = journal->disk->ops->open(journal->disk, name, 0, &file);
    if (err)
        return err;
    err = read_head(file, name, &head);
    journal->disk->ops->close(file);
    if (err)
        return err;
    if (head.shard != journal->config.shard || head.before.record + 1 != first ||
        !follows(before, &head)) {
        log_error("journal: %s is damaged at offset 0: it does not continue the segment before it",
                  name);
        return IM_ERR_CORRUPT;
    }
    if (before) {
        before->last = head.before.record;
        before->last_time_us = head.before.time_us;
    }
    journal_list_add(journal, segment_new(journal->disk, &head));
    return IM_OK;
}

static enum im_err load_segments(struct journal *journal, struct names *names)
{
    uint64_t replay_after = journal->config.replay_after;
    enum im_err err = journal->disk->ops->list(journal->disk, take_name, names);

    if (err)
        return err;
    if (names->count)
        qsort(names->first, names->count, sizeof(*names->first), compare_u64);
    for (size_t i = 0; i < names->count && !err; i++)
        err = load_segment(journal, names->first[i]);
    if (err)
        return err;
    if (names->count ? names->first[0] > replay_after + 1 : replay_after > 0) {
        log_error("journal of shard %" PRIu32 ": the records from %" PRIu64 " on are missing",
                  journal->config.shard, replay_after + 1);
        return IM_ERR_CORRUPT;
    }
    return IM_OK;
}

static enum im_err replay_record(void *arg, const struct scan_record *record)
{
    struct journal *journal = arg;
    const struct journal_config *config = &journal->config;

    if (record->number <= config->replay_after)
        return IM_OK;
    if (!record_matches(&record->head, record->number, record->bytes)) {
        log_error("journal: record %" PRIu64 " is damaged at offset %" PRIu64, record->number,
                  record->offset);
        return IM_ERR_CORRUPT;
    }
    if (!config->replay)
        return IM_OK;
    return config->replay(config->replay_arg, record->number, record->time_us, record->bytes,
                          record->n);
}

static enum im_err map_record(void *arg, const struct scan_record *record)
{
    struct journal *journal = arg;

    segment_add_offset(journal->active, record->offset);
    return IM_OK;
}

static struct scan scan_of(struct journal *journal, struct segment *segment, struct disk_file *file)
{
    return (struct scan){.file = file,
                         .head = &segment->head,
                         .name = segment->name,
                         .until = segment->last ? segment->last : SCAN_TO_END,
                         .arg = journal};
}

/* Steps 3 and 4. */
static enum im_err settle_tail(struct scan *scan)
{
    const struct disk_ops *ops = scan->file->disk->ops;
    uint64_t from = scan->end, to;
    char *last;
    size_t n = (size_t)(scan->end - scan->last_offset), got;
    enum im_err err = scan_tail(scan, &to);

    if (err)
        return err;
    if (to > from) {
        log_warn("journal: %s: torn write at offset %" PRIu64 " cut, %" PRIu64 " bytes", scan->name,
                 from, to - from);
        err = commit_zero(scan->file, from, to);
    }
    if (!err && scan->last_offset) {
        last = mem_alloc(n);
        err = ops->read(scan->file, scan->last_offset, last, n, &got);
        if (!err)
            err = ops->write(scan->file, scan->last_offset, last, got);
        free(last);
    }
    return err ? err : ops->sync(scan->file);
}

static enum im_err recover_newest(struct journal *journal)
{
    struct segment *newest = journal->segments[journal->segment_count - 1];
    struct disk_file *file;
    struct scan scan;
    enum im_err err = journal->disk->ops->open(journal->disk, newest->name, 0, &file);

    if (err)
        return err;
    segment_activate(newest, file);
    journal->active = newest;
    scan = scan_of(journal, newest, file);
    scan.on_record = map_record;
    err = scan_run(&scan);
    if (!err)
        err = settle_tail(&scan);
    scan_release(&scan);
    journal->chain = scan.chain;
    journal->active_end = scan.end;
    atomic_store(&journal->active_bytes, newest->head.bytes);
    atomic_store(&journal->active_used, scan.end);
    return err;
}

static bool same_chain(const struct chain *a, const struct chain *b)
{
    return a->write == b->write && a->record == b->record && a->checksum == b->checksum &&
           a->time_us == b->time_us;
}

/* ends_at: what the segment after it continues, or the end of the newest. */
static enum im_err replay_segment(struct journal *journal, struct segment *segment,
                                  const struct chain *ends_at)
{
    struct disk_file *file;
    struct scan scan;
    enum im_err err = journal->disk->ops->open(journal->disk, segment->name, 0, &file);

    if (err)
        return err;
    scan = scan_of(journal, segment, file);
    scan.until = ends_at->record;
    scan.on_record = replay_record;
    err = scan_run(&scan);
    scan_release(&scan);
    journal->disk->ops->close(file);
    if (!err && !same_chain(&scan.chain, ends_at)) {
        log_error("journal: %s is damaged at offset %" PRIu64 ": the next segment continues "
                  "something else",
                  segment->name, scan.end);
        return IM_ERR_CORRUPT;
    }
    return err;
}

static enum im_err replay(struct journal *journal)
{
    enum im_err err = IM_OK;

    for (size_t i = 0; i < journal->segment_count && !err; i++) {
        bool newest = i + 1 == journal->segment_count;
        const struct chain *ends_at =
            newest ? &journal->chain : &journal->segments[i + 1]->head.before;

        if (ends_at->record > journal->config.replay_after)
            err = replay_segment(journal, journal->segments[i], ends_at);
    }
    return err;
}

static enum im_err recover(struct journal *journal, struct names *names)
{
    enum im_err err = load_segments(journal, names);

    if (!err && journal->segment_count)
        err = recover_newest(journal);
    if (!err && journal->chain.record < journal->config.replay_after) {
        log_error("journal of shard %" PRIu32 " ends with record %" PRIu64
                  ", but was durable up to %" PRIu64,
                  journal->config.shard, journal->chain.record, journal->config.replay_after);
        err = IM_ERR_CORRUPT;
    }
    if (!err)
        err = remove_stale(journal, names);
    if (!err)
        err = journal->disk->ops->sync_dir(journal->disk);
    return err ? err : replay(journal);
}

enum im_err journal_open(const struct journal_config *config, struct journal **ret_journal)
{
    struct names names = {.shard = config->shard};
    struct journal *journal;
    enum im_err err;

    if (config->segment_bytes < 4096 || config->segment_bytes > SEGMENT_MAX_BYTES / 2)
        return IM_ERR_INVALID;
    journal = mem_zalloc(sizeof(*journal));
    journal->config = *config;
    journal->config.segment_bytes = (config->segment_bytes + 511) & ~UINT64_C(511);
    journal->disk = config->disk;
    journal->open = &journal->batches[0];
    batch_reset(&journal->batches[0]);
    batch_reset(&journal->batches[1]);
    pthread_mutex_init(&journal->lock, NULL);

    err = recover(journal, &names);
    free(names.first);
    free(names.stale);
    free(names.indexes);
    if (err) {
        journal_close(journal);
        return err;
    }
    journal->next = journal->chain.record + 1;
    journal->last_time_us = journal->chain.time_us;
    journal->told = journal->chain.record;
    atomic_store(&journal->durable, journal->chain.record);
    *ret_journal = journal;
    return IM_OK;
}
