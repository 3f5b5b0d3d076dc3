#include "journal/scan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "journal/journal.h"

#define WINDOW_BYTES ((size_t)1 << 20)

void scan_release(struct scan *scan)
{
    free(scan->window);
    scan->window = NULL;
}

static enum im_err damage(const struct scan *scan, uint64_t offset, const char *what)
{
    log_error("journal: %s is damaged at offset %" PRIu64 ": %s", scan->name, offset, what);
    return IM_ERR_CORRUPT;
}

/* Makes [offset, offset + n) readable at *ret_p until the next call; it must lie in the file. */
static enum im_err window_get(struct scan *scan, uint64_t offset, size_t n, const char **ret_p)
{
    uint64_t left = scan->head->bytes - offset;
    size_t want = n > WINDOW_BYTES ? n : WINDOW_BYTES;
    size_t got;
    enum im_err err;

    if (offset < scan->window_at || offset + n > scan->window_at + scan->window_bytes) {
        if (want > left)
            want = (size_t)left;
        if (want > scan->window_room) {
            scan->window = mem_realloc(scan->window, want);
            scan->window_room = want;
        }
        scan->window_bytes = 0;
        err = scan->file->disk->ops->read(scan->file, offset, scan->window, want, &got);
        if (err)
            return err;
        if (got < n)
            return damage(scan, offset + got, "the file is too short");
        scan->window_at = offset;
        scan->window_bytes = got;
    }
    *ret_p = scan->window + (offset - scan->window_at);
    return IM_OK;
}

/* True: as chain and segment demand. */
static bool head_continues(const struct scan *scan, const struct write_head *head)
{
    return head->number == scan->chain.write + 1 && head->first_record == scan->chain.record + 1 &&
           head->before == scan->chain.checksum && head->records > 0 &&
           head->payload_bytes % 8 == 0 && head->payload_bytes <= JOURNAL_MAX_BATCH_BYTES &&
           head->payload_bytes <= scan->head->bytes - scan->end - WRITE_HEAD_BYTES;
}

/* False: the records do not fill the payload exactly, or are out of order. */
static bool record_at(const struct scan *scan, const char *payload, size_t payload_bytes, size_t at,
                      uint64_t number, struct scan_record *ret_record)
{
    struct record_head head;

    if (payload_bytes - at < RECORD_MIN_BYTES)
        return false;
    record_head_decode(payload + at, &head);
    if (head.bytes == 0 || head.bytes > JOURNAL_MAX_RECORD_BYTES ||
        record_room(head.bytes) > payload_bytes - at)
        return false;
    *ret_record = (struct scan_record){
        .number = number,
        .time_us = head.time_us,
        .offset = scan->end + WRITE_HEAD_BYTES + at,
        .bytes = payload + at + RECORD_HEAD_BYTES,
        .n = head.bytes,
        .head = head,
    };
    return true;
}

static enum im_err take_records(struct scan *scan, const struct write_head *head,
                                const char *payload)
{
    size_t at = 0;

    for (uint32_t i = 0; i < head->records; i++) {
        struct scan_record record;
        enum im_err err;

        if (!record_at(scan, payload, head->payload_bytes, at, head->first_record + i, &record))
            return damage(scan, scan->end + WRITE_HEAD_BYTES + at, "not a record");
        if (record.time_us < scan->chain.time_us)
            return damage(scan, record.offset, "a record is older than the one before it");
        if (record.number > scan->until)
            break;
        err = scan->on_record ? scan->on_record(scan->arg, &record) : IM_OK;
        if (err)
            return err;
        scan->chain.time_us = record.time_us;
        at += record_room(record.n);
    }
    return IM_OK;
}

/* ret_whole is false, with IM_OK, if there is no whole write at scan->end. */
static enum im_err take_write(struct scan *scan, bool *ret_whole)
{
    struct write_head head;
    const char *p;
    enum im_err err;

    *ret_whole = false;
    if (scan->head->bytes - scan->end < WRITE_HEAD_BYTES)
        return IM_OK;
    err = window_get(scan, scan->end, WRITE_HEAD_BYTES, &p);
    if (err)
        return err;
    if (!write_head_decode(p, scan->head->salt, &head))
        return IM_OK;
    if (!head_continues(scan, &head))
        return damage(scan, scan->end, "a write does not continue the one before it");
    err = window_get(scan, scan->end, WRITE_HEAD_BYTES + head.payload_bytes, &p);
    if (err)
        return err;
    p += WRITE_HEAD_BYTES;
    if (payload_checksum(p, head.payload_bytes) != head.payload_checksum) {
        scan->unproven_end = scan->end + WRITE_HEAD_BYTES + head.payload_bytes;
        return IM_OK;
    }
    err = take_records(scan, &head, p);
    if (err)
        return err;
    scan->chain.write = head.number;
    scan->chain.record = head.first_record + head.records - 1;
    scan->chain.checksum = head.checksum;
    scan->last_offset = scan->end;
    scan->end += WRITE_HEAD_BYTES + head.payload_bytes;
    *ret_whole = true;
    return IM_OK;
}

enum im_err scan_run(struct scan *scan)
{
    scan->chain = scan->head->before;
    scan->last_offset = 0;
    scan->end = SEGMENT_HEAD_BYTES;
    scan->unproven_end = 0;
    while (scan->chain.record < scan->until) {
        bool whole;
        enum im_err err = take_write(scan, &whole);

        if (err)
            return err;
        if (!whole && scan->until == SCAN_TO_END)
            return IM_OK;
        if (!whole)
            return damage(scan, scan->end, "no whole write, and it is not the last");
    }
    return IM_OK;
}

/* Write N+1 begins when N is durable, so any byte of it behind N proves that N was. */
static bool proves_durable(const struct scan *scan, const char *p, uint64_t offset)
{
    struct write_head head;

    if (scan->unproven_end)
        return offset >= scan->unproven_end;
    return offset > scan->end && scan->head->bytes - offset >= WRITE_HEAD_BYTES &&
           write_head_decode(p, scan->head->salt, &head);
}

enum im_err scan_tail(struct scan *scan, uint64_t *ret_end)
{
    uint64_t end = scan->end;

    for (uint64_t at = scan->end; at < scan->head->bytes; at += WINDOW_BYTES) {
        uint64_t left = scan->head->bytes - at;
        size_t step = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        /* A head that starts in this step is whole in the window. */
        size_t n = left < step + WRITE_HEAD_BYTES ? (size_t)left : step + WRITE_HEAD_BYTES;
        const char *p;
        enum im_err err = window_get(scan, at, n, &p);

        if (err)
            return err;
        for (size_t i = 0; i < step; i += 8) {
            if (get_le64(p + i) == 0)
                continue;
            if (proves_durable(scan, p + i, at + i))
                return damage(scan, scan->end, "a write behind it proves that it was durable");
            end = at + i + 8;
        }
    }
    *ret_end = end;
    return IM_OK;
}
