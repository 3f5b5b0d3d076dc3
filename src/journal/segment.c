#include "journal/segment.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "journal/journal.h"

#define CHUNK_ENTRIES 8192u
/* Most records are shorter: they take one read. */
#define FIRST_READ_BYTES ((size_t)1024)

static struct offsets *offsets_new(const struct segment_head *head)
{
    size_t chunks = (size_t)(head->bytes / RECORD_MIN_BYTES / CHUNK_ENTRIES) + 1;
    struct offsets *offsets = mem_zalloc(sizeof(*offsets) + chunks * sizeof(uint32_t *));

    offsets->chunks = chunks;
    return offsets;
}

static void offsets_free(struct offsets *offsets)
{
    if (!offsets)
        return;
    for (size_t i = 0; i < offsets->chunks; i++)
        free(offsets->chunk[i]);
    free(offsets);
}

static void offsets_add(struct offsets *offsets, uint64_t offset)
{
    size_t chunk = (size_t)(offsets->count / CHUNK_ENTRIES);

    CHECK(chunk < offsets->chunks);
    if (!offsets->chunk[chunk])
        offsets->chunk[chunk] = mem_alloc(CHUNK_ENTRIES * sizeof(uint32_t));
    offsets->chunk[chunk][offsets->count % CHUNK_ENTRIES] = (uint32_t)offset;
    offsets->count++;
}

static uint32_t offsets_get(const struct offsets *offsets, uint64_t i)
{
    return offsets->chunk[i / CHUNK_ENTRIES][i % CHUNK_ENTRIES];
}

struct segment *segment_new(struct disk *disk, const struct segment_head *head)
{
    struct segment *segment = mem_zalloc(sizeof(*segment));

    segment->disk = disk;
    segment->head = *head;
    segment_name(segment->name, head->shard, segment_first(segment), "seg");
    pthread_mutex_init(&segment->lock, NULL);
    return segment;
}

static void close_files(struct segment *segment)
{
    if (segment->file)
        segment->disk->ops->close(segment->file);
    if (segment->index_file)
        segment->disk->ops->close(segment->index_file);
    segment->file = NULL;
    segment->index_file = NULL;
}

void segment_free(struct segment *segment)
{
    if (!segment)
        return;
    close_files(segment);
    offsets_free(segment->offsets);
    pthread_mutex_destroy(&segment->lock);
    free(segment);
}

void segment_activate(struct segment *segment, struct disk_file *file)
{
    segment->file = file;
    segment->offsets = offsets_new(&segment->head);
    atomic_store_explicit(&segment->ready, true, memory_order_release);
}

void segment_add_offset(struct segment *segment, uint64_t offset)
{
    offsets_add(segment->offsets, offset);
}

static struct index_head index_head_of(const struct segment *segment)
{
    return (struct index_head){
        .shard = segment->head.shard,
        .records = (uint32_t)(segment->last - segment->head.before.record),
        .first_record = segment_first(segment),
        .salt = segment->head.salt,
    };
}

/* IM_ERR_NOT_FOUND: there is none, or not the right one. */
static enum im_err index_open(struct segment *segment)
{
    const struct disk_ops *ops = segment->disk->ops;
    struct index_head head = index_head_of(segment);
    size_t n = INDEX_HEAD_BYTES + (size_t)head.records * 4;
    char name[FORMAT_NAME_ROOM];
    struct disk_file *file;
    uint64_t size;
    size_t got;
    char *bytes;
    enum im_err err;

    segment_name(name, head.shard, head.first_record, "idx");
    err = ops->open(segment->disk, name, 0, &file);
    if (err)
        return err;
    bytes = mem_alloc(n);
    err = ops->size(file, &size);
    if (!err && size == n)
        err = ops->read(file, 0, bytes, n, &got);
    if (!err && (size != n || !index_matches(bytes, got, &head)))
        err = IM_ERR_NOT_FOUND;
    free(bytes);
    if (err)
        ops->close(file);
    else
        segment->index_file = file;
    return err;
}

static enum im_err add_scanned(void *arg, const struct scan_record *record)
{
    offsets_add(arg, record->offset);
    return IM_OK;
}

static enum im_err index_rebuild(struct segment *segment)
{
    struct scan scan = {.file = segment->file,
                        .head = &segment->head,
                        .name = segment->name,
                        .until = segment->last,
                        .on_record = add_scanned};
    enum im_err err;

    scan.arg = segment->offsets = offsets_new(&segment->head);
    err = scan_run(&scan);
    scan_release(&scan);
    if (err)
        segment_free_offsets(segment);
    else
        segment_save_index(segment);
    return err;
}

enum im_err segment_prepare(struct segment *segment)
{
    enum im_err err = IM_OK;

    if (atomic_load_explicit(&segment->ready, memory_order_acquire))
        return IM_OK;
    pthread_mutex_lock(&segment->lock);
    if (!atomic_load_explicit(&segment->ready, memory_order_relaxed)) {
        err = segment->disk->ops->open(segment->disk, segment->name, 0, &segment->file);
        if (!err) {
            err = index_open(segment);
            if (!err)
                atomic_store_explicit(&segment->indexed, true, memory_order_release);
            else
                err = index_rebuild(segment);
        }
        if (err)
            close_files(segment);
        else
            atomic_store_explicit(&segment->ready, true, memory_order_release);
    }
    pthread_mutex_unlock(&segment->lock);
    return err;
}

static enum im_err write_index(struct segment *segment, struct disk_file *file)
{
    const struct disk_ops *ops = segment->disk->ops;
    struct index_head head = index_head_of(segment);
    size_t n = INDEX_HEAD_BYTES + (size_t)head.records * 4;
    char *bytes = mem_alloc(n);
    enum im_err err;

    CHECK(segment->offsets->count >= head.records);
    for (uint32_t i = 0; i < head.records; i++)
        put_le32(bytes + INDEX_HEAD_BYTES + (size_t)i * 4, offsets_get(segment->offsets, i));
    index_head_encode(&head, bytes + INDEX_HEAD_BYTES, bytes);
    err = ops->write(file, 0, bytes, n);
    if (!err)
        err = ops->sync(file);
    free(bytes);
    return err;
}

void segment_save_index(struct segment *segment)
{
    const struct disk_ops *ops = segment->disk->ops;
    char name[FORMAT_NAME_ROOM];
    struct disk_file *file = NULL;
    enum im_err err;

    segment_name(name, segment->head.shard, segment_first(segment), "idx");
    /* One of another length would stay longer: there is no truncation. */
    err = ops->remove(segment->disk, name);
    if (!err || err == IM_ERR_NOT_FOUND)
        err = ops->open(segment->disk, name, 1, &file);
    if (!err)
        err = write_index(segment, file);
    if (err) {
        log_warn("journal: %s not written (%s): its records stay mapped in memory", name,
                 err_text(err));
        if (file)
            ops->close(file);
        return;
    }
    segment->index_file = file;
    atomic_store_explicit(&segment->indexed, true, memory_order_release);
}

typedef enum im_err (*read_fn)(struct disk_file *file, uint64_t offset, void *p, size_t n,
                               size_t *ret_n);

static enum im_err find_offset(struct segment *segment, uint64_t number, read_fn read,
                               uint64_t *ret_offset)
{
    uint64_t i = number - segment_first(segment);
    uint64_t offset;

    if (atomic_load_explicit(&segment->indexed, memory_order_acquire)) {
        char entry[4];
        size_t got;
        enum im_err err =
            read(segment->index_file, INDEX_HEAD_BYTES + i * 4, entry, sizeof(entry), &got);

        if (err)
            return err;
        if (got != sizeof(entry))
            return IM_ERR_CORRUPT;
        offset = get_le32(entry);
    } else {
        offset = offsets_get(segment->offsets, i);
    }
    if (offset < SEGMENT_HEAD_BYTES || offset > segment->head.bytes - RECORD_MIN_BYTES)
        return IM_ERR_CORRUPT;
    *ret_offset = offset;
    return IM_OK;
}

/* Fills `into` with the record whose first bytes are at `start`. */
static enum im_err read_rest(struct disk_file *file, read_fn read, uint64_t offset,
                             const char *start, size_t n, const struct record_head *head,
                             struct buf *into)
{
    size_t have = n - RECORD_HEAD_BYTES < head->bytes ? n - RECORD_HEAD_BYTES : head->bytes;
    size_t rest = head->bytes - have;
    size_t got = 0;
    enum im_err err;

    if (!buf_reserve(into, head->bytes))
        return IM_ERR_FULL;
    buf_add(into, start + RECORD_HEAD_BYTES, have);
    if (rest == 0)
        return IM_OK;
    err = read(file, offset + n, into->p + into->n, rest, &got);
    if (err)
        return err;
    into->n += got;
    return got == rest ? IM_OK : IM_ERR_CORRUPT;
}

static enum im_err read_at(struct disk_file *file, read_fn read, uint64_t number, uint64_t offset,
                           struct buf *into, uint64_t *ret_time_us)
{
    char start[FIRST_READ_BYTES];
    struct record_head head;
    size_t got;
    enum im_err err;

    err = read(file, offset, start, sizeof(start), &got);
    if (err)
        return err;
    if (got < RECORD_MIN_BYTES)
        return IM_ERR_CORRUPT;
    record_head_decode(start, &head);
    if (head.bytes == 0 || head.bytes > JOURNAL_MAX_RECORD_BYTES)
        return IM_ERR_CORRUPT;
    err = read_rest(file, read, offset, start, got, &head, into);
    if (err)
        return err;
    if (!record_matches(&head, number, into->p))
        return IM_ERR_CORRUPT;
    *ret_time_us = head.time_us;
    return IM_OK;
}

/* Of a segment that is ready. */
static enum im_err read_record(struct segment *segment, uint64_t number, read_fn read,
                               struct buf *into, uint64_t *ret_time_us)
{
    uint64_t offset = 0;
    enum im_err err = find_offset(segment, number, read, &offset);

    if (!err)
        err = read_at(segment->file, read, number, offset, into, ret_time_us);
    if (err == IM_ERR_CORRUPT)
        log_error("journal: record %" PRIu64 " in %s is damaged at offset %" PRIu64, number,
                  segment->name, offset);
    return err;
}

enum im_err segment_read(struct segment *segment, uint64_t number, struct buf *into,
                         uint64_t *ret_time_us)
{
    enum im_err err = segment_prepare(segment);

    buf_reset(into);
    if (!err)
        err = read_record(segment, number, segment->disk->ops->read, into, ret_time_us);
    if (err)
        buf_reset(into);
    return err;
}

enum im_err segment_read_cached(struct segment *segment, uint64_t number, struct buf *into,
                                uint64_t *ret_time_us)
{
    read_fn read = segment->disk->ops->read_cached;
    enum im_err err = IM_AGAIN;

    buf_reset(into);
    if (read && atomic_load_explicit(&segment->ready, memory_order_acquire))
        err = read_record(segment, number, read, into, ret_time_us);
    if (err)
        buf_reset(into);
    return err;
}

void segment_free_offsets(struct segment *segment)
{
    offsets_free(segment->offsets);
    segment->offsets = NULL;
}

bool segment_close_files(struct segment *segment)
{
    if (!atomic_load(&segment->ready) || !atomic_load(&segment->indexed))
        return false;
    atomic_store(&segment->indexed, false);
    atomic_store(&segment->ready, false);
    close_files(segment);
    segment_free_offsets(segment);
    return true;
}
