/* Records whose bytes follow from their number, and a journal over a simulated disk. */
#ifndef TESTS_UNIT_JOURNAL_FIXTURE_H
#define TESTS_UNIT_JOURNAL_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "support/sim_disk.h"
#include "support/test.h"

#define NOON_US (UINT64_C(20000) * DAY_US + DAY_US / 2)

static inline size_t fill_record(uint64_t number, char *to)
{
    uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);
    size_t n = 1 + (size_t)(mixed >> 32) % 300;

    for (size_t i = 0; i < n; i++)
        to[i] = (char)(mixed >> (i % 57)) ^ (char)i;
    return n;
}

/* Longer gaps bring more days into a test. */
static uint64_t record_gap_us = 1000;

static inline uint64_t time_of(uint64_t number)
{
    return NOON_US + number * record_gap_us;
}

static inline void check_record(uint64_t number, uint64_t time_us, const void *record, size_t n)
{
    char right[512];

    CHECK(n == fill_record(number, right));
    CHECK(memcmp(record, right, n) == 0);
    CHECK(time_us == time_of(number));
}

static inline void append(struct journal *journal, unsigned count)
{
    char record[512];

    for (unsigned i = 0; i < count; i++) {
        uint64_t number = journal_next(journal);
        size_t n = fill_record(number, record);

        CHECK(journal_append(journal, time_of(number), record, n) == number);
    }
}

/* What replay was given. */
struct replayed {
    uint64_t first;
    uint64_t last;
};

static inline enum im_err on_replay(void *arg, uint64_t number, uint64_t time_us,
                                    const void *record, size_t n)
{
    struct replayed *replayed = arg;

    check_record(number, time_us, record, n);
    CHECK(replayed->last == 0 || number == replayed->last + 1);
    if (!replayed->first)
        replayed->first = number;
    replayed->last = number;
    return IM_OK;
}

static inline enum im_err open_after(struct disk *disk, uint64_t segment_bytes,
                                     uint64_t replay_after, struct replayed *replayed,
                                     struct journal **ret_journal)
{
    struct journal_config config = {.disk = disk,
                                    .shard = 1,
                                    .segment_bytes = segment_bytes,
                                    .replay_after = replay_after,
                                    .replay = on_replay,
                                    .replay_arg = replayed};

    *replayed = (struct replayed){0};
    return journal_open(&config, ret_journal);
}

static inline struct journal *open_all(struct disk *disk, uint64_t segment_bytes,
                                       struct replayed *replayed)
{
    struct journal *journal = NULL;

    CHECK(open_after(disk, segment_bytes, 0, replayed, &journal) == IM_OK);
    return journal;
}

static inline void check_reads(struct journal *journal, uint64_t from, uint64_t to)
{
    struct buf buf;
    uint64_t time_us = 0;

    buf_init(&buf, JOURNAL_MAX_RECORD_BYTES);
    for (uint64_t number = from; number <= to; number++) {
        CHECK(journal_read(journal, number, &buf, &time_us) == IM_OK);
        check_record(number, time_us, buf.p, buf.n);
    }
    buf_release(&buf);
}

/* The i-th file whose name ends so; false if there are fewer. */
static inline bool file_name(struct disk *disk, const char *suffix, size_t i, char *ret_name)
{
    for (size_t at = 0; sim_disk_name(disk, at, ret_name, FORMAT_NAME_ROOM); at++) {
        size_t n = strlen(ret_name);

        if (n > 4 && strcmp(ret_name + n - 4, suffix) == 0 && i-- == 0)
            return true;
    }
    return false;
}

static inline size_t file_count(struct disk *disk, const char *suffix)
{
    char name[FORMAT_NAME_ROOM];
    size_t n = 0;

    while (file_name(disk, suffix, n, name))
        n++;
    return n;
}

/* The failures made here on purpose are not worth a line each. */
static inline void quiet(void)
{
    log_set_level((enum log_level)(LOG_ERROR + 1));
}

#endif
