/*
 * A journal over a segment file of arbitrary bytes: it opens, or refuses; what it replays can be
 * read, and records can be added behind it.
 *
 * Checksums keep random bytes out, so the input may ask that they be put right: then what is
 * tried is everything behind them. First byte: bit 0 heads, bit 1 payloads, bit 3 records; bit 2
 * adds an index file of the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "support/sim_disk.h"

#define FILE_BYTES ((size_t)16384)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct segment_head segment = {.shard = 1, .bytes = FILE_BYTES, .salt = 7};

static void mend_records(char *payload, size_t payload_bytes, const struct write_head *head)
{
    size_t at = 0;

    for (uint32_t i = 0; i < head->records && payload_bytes - at >= RECORD_MIN_BYTES; i++) {
        char record[1024];
        uint64_t time_us = get_le64(payload + at + 16) % 256;
        size_t n = get_le32(payload + at) % 64 + 1;

        if (record_room(n) > payload_bytes - at)
            return;
        memcpy(record, payload + at + RECORD_HEAD_BYTES, n);
        record_encode(payload + at, head->first_record + i, time_us, record, n);
        at += record_room(n);
    }
}

static void mend_heads(char *bytes, bool payloads, bool records)
{
    size_t at = SEGMENT_HEAD_BYTES;
    uint64_t before = 0;

    for (uint64_t number = 1; at + WRITE_HEAD_BYTES <= FILE_BYTES; number++) {
        struct write_head head = {
            .number = number,
            .first_record = get_le64(bytes + at + 16),
            .records = get_le32(bytes + at + 4),
            .payload_bytes = get_le32(bytes + at + 24) % 1024 / 8 * 8,
            .before = before,
            .payload_checksum = get_le64(bytes + at + 40),
        };

        if (head.records == 0 || at + WRITE_HEAD_BYTES + head.payload_bytes > FILE_BYTES)
            return;
        if (records)
            mend_records(bytes + at + WRITE_HEAD_BYTES, head.payload_bytes, &head);
        if (payloads)
            head.payload_checksum =
                payload_checksum(bytes + at + WRITE_HEAD_BYTES, head.payload_bytes);
        write_head_encode(&head, segment.salt, bytes + at);
        before = head.checksum;
        at += WRITE_HEAD_BYTES + head.payload_bytes;
    }
}

static enum im_err count(void *arg, uint64_t number, uint64_t time_us, const void *record, size_t n)
{
    uint64_t *last = arg;
    volatile char touched = ((const char *)record)[n - 1];

    (void)touched, (void)time_us;
    CHECK(number == *last + 1);
    *last = number;
    return IM_OK;
}

static void use(struct journal *journal, uint64_t replayed)
{
    struct buf buf;
    uint64_t time_us, next;

    CHECK(journal_durable(journal) == replayed);
    buf_init(&buf, JOURNAL_MAX_RECORD_BYTES);
    for (uint64_t number = 1; number <= replayed; number++)
        CHECK(journal_read(journal, number, &buf, &time_us) == IM_OK);
    next = journal_append(journal, journal_last_time_us(journal), "more", 4);
    CHECK(journal_sync(journal) == IM_OK);
    CHECK(journal_read(journal, next, &buf, &time_us) == IM_OK);
    buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disk *disk = sim_disk_new();
    char *bytes = calloc(1, FILE_BYTES);
    uint64_t replayed = 0;
    struct journal_config config = {
        .disk = disk, .shard = 1, .segment_bytes = 4096, .replay = count, .replay_arg = &replayed};
    struct journal *journal;
    char name[FORMAT_NAME_ROOM];
    unsigned flags = size ? data[0] : 0;

    log_set_level((enum log_level)(LOG_ERROR + 1));
    if (size)
        data++, size--;
    if (flags & 1) {
        size_t n = size < FILE_BYTES - SEGMENT_HEAD_BYTES ? size : FILE_BYTES - SEGMENT_HEAD_BYTES;

        segment_head_encode(&segment, bytes);
        if (n)
            memcpy(bytes + SEGMENT_HEAD_BYTES, data, n);
        mend_heads(bytes, flags & 2, flags & 8);
    } else if (size) {
        memcpy(bytes, data, size < FILE_BYTES ? size : FILE_BYTES);
    }
    segment_name(name, 1, 1, "seg");
    sim_disk_put(disk, name, bytes, FILE_BYTES);
    segment_name(name, 1, 1, "idx");
    if (flags & 4)
        sim_disk_put(disk, name, data, size);
    if (journal_open(&config, &journal) == IM_OK) {
        use(journal, replayed);
        journal_close(journal);
        replayed = 0;
        CHECK(journal_open(&config, &journal) == IM_OK);
        journal_close(journal);
    }
    sim_disk_free(disk);
    free(bytes);
    return 0;
}
