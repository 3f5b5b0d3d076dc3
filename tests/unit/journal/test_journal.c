#include "fixture.h"

TEST(what_was_appended_is_read_and_replayed_in_order)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 16384, &replayed);

    assert_int_equal(journal_next(journal), 1);
    for (int i = 0; i < 50; i++) {
        append(journal, 7);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    assert_int_equal(journal_durable(journal), 350);
    assert_int_equal(journal_pending_bytes(journal), 0);
    check_reads(journal, 1, 350);
    journal_close(journal);

    assert_true(file_count(disk, ".seg") > 3);
    journal = open_all(disk, 16384, &replayed);
    assert_int_equal(replayed.first, 1);
    assert_int_equal(replayed.last, 350);
    assert_int_equal(journal_next(journal), 351);
    assert_int_equal(journal_last_time_us(journal), time_of(350));
    check_reads(journal, 1, 350);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(the_shortest_and_the_longest_record_survive)
{
    struct disk *disk = sim_disk_new();
    struct journal_config config = {.disk = disk, .shard = 9, .segment_bytes = 4096};
    char *longest = malloc(JOURNAL_MAX_RECORD_BYTES);
    struct journal *journal;
    struct buf buf;
    uint64_t time_us = 0;

    for (size_t i = 0; i < JOURNAL_MAX_RECORD_BYTES; i++)
        longest[i] = (char)(i * 31 >> 3);
    assert_int_equal(journal_open(&config, &journal), IM_OK);
    journal_append(journal, 5, "x", 1);
    journal_append(journal, 6, longest, JOURNAL_MAX_RECORD_BYTES);
    journal_append(journal, 7, "y", 1);
    assert_int_equal(journal_sync(journal), IM_OK);
    journal_close(journal);
    assert_int_equal(journal_open(&config, &journal), IM_OK);
    buf_init(&buf, JOURNAL_MAX_RECORD_BYTES);
    assert_int_equal(journal_read(journal, 2, &buf, &time_us), IM_OK);
    assert_int_equal(time_us, 6);
    assert_int_equal(buf.n, JOURNAL_MAX_RECORD_BYTES);
    assert_memory_equal(buf.p, longest, buf.n);
    assert_int_equal(journal_read(journal, 3, &buf, &time_us), IM_OK);
    assert_true(span_is(buf_span(&buf), "y"));
    buf_release(&buf);
    buf_init(&buf, 1000);
    assert_int_equal(journal_read(journal, 2, &buf, &time_us), IM_ERR_FULL);
    assert_int_equal(buf.n, 0);
    buf_release(&buf);
    journal_close(journal);
    free(longest);
    sim_disk_free(disk);
}

TEST(a_batch_at_its_limit_is_committed_before_it_takes_more)
{
    struct disk *disk = sim_disk_new();
    struct journal_config config = {.disk = disk, .shard = 1, .segment_bytes = 4096};
    char *record = calloc(1, JOURNAL_MAX_RECORD_BYTES);
    struct journal *journal;

    assert_int_equal(journal_open(&config, &journal), IM_OK);
    for (int i = 0; i < 20; i++)
        journal_append(journal, 1, record, JOURNAL_MAX_RECORD_BYTES);
    assert_true(journal_durable(journal) >= 12);
    assert_true(journal_pending_bytes(journal) <= JOURNAL_MAX_BATCH_BYTES);
    assert_int_equal(journal_sync(journal), IM_OK);
    assert_int_equal(journal_durable(journal), 20);
    journal_close(journal);
    free(record);
    sim_disk_free(disk);
}

TEST(what_is_not_durable_cannot_be_read)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 4096, &replayed);
    struct buf buf;
    uint64_t time_us;

    buf_init(&buf, 1000);
    assert_int_equal(journal_read(journal, 1, &buf, &time_us), IM_ERR_NOT_FOUND);
    append(journal, 1);
    assert_int_equal(journal_read(journal, 1, &buf, &time_us), IM_ERR_NOT_FOUND);
    assert_true(journal_pending_bytes(journal) > 0);
    assert_int_equal(journal_sync(journal), IM_OK);
    assert_int_equal(journal_read(journal, 1, &buf, &time_us), IM_OK);
    assert_int_equal(journal_read(journal, 0, &buf, &time_us), IM_ERR_NOT_FOUND);
    journal_close(journal);
    buf_release(&buf);
    sim_disk_free(disk);
}

static enum im_err read_cached(struct journal *journal, uint64_t number)
{
    struct buf buf;
    uint64_t time_us = 0;
    enum im_err err;

    buf_init(&buf, 1000);
    err = journal_read_cached(journal, number, &buf, &time_us);
    if (err)
        assert_int_equal(buf.n, 0);
    else
        check_record(number, time_us, buf.p, buf.n);
    buf_release(&buf);
    return err;
}

TEST(who_must_not_wait_reads_what_lies_in_memory)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 16384, &replayed);

    for (int i = 0; i < 50; i++) {
        append(journal, 7);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    assert_int_equal(read_cached(journal, 350), IM_AGAIN);
    sim_disk_set_cached(disk, true);
    assert_int_equal(read_cached(journal, 350), IM_OK);
    assert_int_equal(read_cached(journal, 351), IM_ERR_NOT_FOUND);
    journal_close(journal);
    /* A file that is not open has to be looked for. */
    journal = open_all(disk, 16384, &replayed);
    assert_int_equal(read_cached(journal, 1), IM_AGAIN);
    check_reads(journal, 1, 1);
    assert_int_equal(read_cached(journal, 1), IM_OK);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(close_writes_what_was_appended)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 4096, &replayed);

    append(journal, 3);
    journal_close(journal);
    sim_disk_crash(disk, 1);
    journal = open_all(disk, 4096, &replayed);
    assert_int_equal(replayed.last, 3);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(a_new_day_starts_a_segment)
{
    struct disk *disk = sim_disk_new();
    struct journal_config config = {.disk = disk, .shard = 1, .segment_bytes = 1 << 20};
    struct journal *journal;

    assert_int_equal(journal_open(&config, &journal), IM_OK);
    for (uint64_t day = 0; day < 5; day++) {
        journal_append(journal, NOON_US + day * DAY_US, "a", 1);
        journal_append(journal, NOON_US + day * DAY_US + 1, "b", 1);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    journal_close(journal);
    assert_int_equal(file_count(disk, ".seg"), 5);
    sim_disk_free(disk);
}

TEST(only_records_after_the_picture_are_replayed)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);

    for (int i = 0; i < 30; i++) {
        append(journal, 5);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    journal_close(journal);
    for (uint64_t after = 0; after <= 150; after++) {
        assert_int_equal(open_after(disk, 8192, after, &replayed, &journal), IM_OK);
        assert_int_equal(replayed.first, after < 150 ? after + 1 : 0);
        assert_int_equal(replayed.last, after < 150 ? 150 : 0);
        assert_int_equal(journal_next(journal), 151);
        journal_close(journal);
    }
    quiet();
    assert_int_equal(open_after(disk, 8192, 151, &replayed, &journal), IM_ERR_CORRUPT);
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

static enum im_err refuse_tenth(void *arg, uint64_t number, uint64_t time_us, const void *record,
                                size_t n)
{
    (void)arg, (void)time_us, (void)record, (void)n;
    return number == 10 ? IM_ERR_NOT_FOUND : IM_OK;
}

TEST(an_error_of_replay_ends_the_open_with_it)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);
    struct journal_config config = {
        .disk = disk, .shard = 1, .segment_bytes = 8192, .replay = refuse_tenth};

    append(journal, 20);
    journal_close(journal);
    assert_int_equal(journal_open(&config, &journal), IM_ERR_NOT_FOUND);
    sim_disk_free(disk);
}

static enum im_err count_scanned(void *arg, uint64_t number, uint64_t time_us, const void *record,
                                 size_t n)
{
    uint64_t *next = arg;

    CHECK(number == (*next)++);
    check_record(number, time_us, record, n);
    return IM_OK;
}

TEST(a_scan_begins_anywhere_and_ends_at_the_durable_end)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);

    for (int i = 0; i < 30; i++) {
        append(journal, 5);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    append(journal, 3);
    for (uint64_t from = 1; from <= 152; from++) {
        uint64_t next = from;

        assert_int_equal(journal_scan(journal, from, count_scanned, &next), IM_OK);
        assert_int_equal(next, from <= 150 ? 151 : from);
    }
    assert_int_equal(journal_scan(journal, 1, refuse_tenth, NULL), IM_ERR_NOT_FOUND);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(dropped_segments_are_gone_and_the_rest_stays)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);
    struct journal_stats stats;
    struct buf buf;
    uint64_t time_us, oldest;

    buf_init(&buf, 1000);
    for (int i = 0; i < 60; i++) {
        append(journal, 5);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    check_reads(journal, 1, 300);
    assert_int_equal(journal_drop(journal, 300, time_of(1)), IM_OK);
    journal_stats(journal, &stats);
    assert_int_equal(stats.oldest_number, 1);

    assert_int_equal(journal_drop(journal, 300, time_of(100)), IM_OK);
    journal_stats(journal, &stats);
    oldest = stats.oldest_number;
    assert_in_range(oldest, 2, 100);
    assert_int_equal(journal_read(journal, oldest - 1, &buf, &time_us), IM_ERR_NOT_FOUND);
    check_reads(journal, oldest, 300);
    assert_int_equal(journal_scan(journal, 1, count_scanned, &oldest), IM_ERR_NOT_FOUND);

    assert_int_equal(journal_drop(journal, 200, UINT64_MAX), IM_OK);
    journal_stats(journal, &stats);
    assert_in_range(stats.oldest_number, oldest + 1, 201);
    oldest = stats.oldest_number;
    journal_close(journal);

    assert_int_equal(file_count(disk, ".seg"), stats.segments);
    assert_int_equal(open_after(disk, 8192, oldest - 1, &replayed, &journal), IM_OK);
    assert_int_equal(replayed.first, oldest);
    check_reads(journal, oldest, 300);
    assert_int_equal(journal_drop(journal, UINT64_MAX, UINT64_MAX), IM_OK);
    assert_int_equal(file_count(disk, ".seg"), 1);
    journal_close(journal);
    quiet();
    assert_int_equal(open_after(disk, 8192, oldest - 1, &replayed, &journal), IM_ERR_CORRUPT);
    log_set_level(LOG_INFO);
    buf_release(&buf);
    sim_disk_free(disk);
}

TEST(a_missing_or_wrong_index_is_rebuilt)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);
    char name[FORMAT_NAME_ROOM];
    char bytes[4096];
    size_t n;

    for (int i = 0; i < 30; i++) {
        append(journal, 5);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    journal_close(journal);
    assert_int_equal(file_count(disk, ".idx"), file_count(disk, ".seg") - 1);

    assert_true(file_name(disk, ".idx", 0, name));
    n = (size_t)sim_disk_size(disk, name);
    sim_disk_peek(disk, name, 0, bytes, n);
    for (size_t damaged = 0; damaged < n; damaged++) {
        char wrong = (char)(bytes[damaged] ^ 0x10);
        char now[sizeof(bytes)];

        sim_disk_poke(disk, name, damaged, &wrong, 1);
        journal = open_all(disk, 8192, &replayed);
        check_reads(journal, 1, 2);
        sim_disk_peek(disk, name, 0, now, n);
        assert_memory_equal(now, bytes, n);
        journal_close(journal);
    }
    while (file_name(disk, ".idx", 0, name))
        sim_disk_delete(disk, name);
    journal = open_all(disk, 8192, &replayed);
    check_reads(journal, 1, 150);
    assert_int_equal(file_count(disk, ".idx"), file_count(disk, ".seg") - 1);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(shards_share_a_directory_without_meeting)
{
    struct disk *disk = sim_disk_new();
    struct journal_config config = {.disk = disk, .segment_bytes = 4096};
    struct journal *journals[3];

    for (uint32_t i = 0; i < 3; i++) {
        config.shard = i;
        assert_int_equal(journal_open(&config, &journals[i]), IM_OK);
        for (uint32_t k = 0; k <= i; k++)
            journal_append(journals[i], 1, "abc", 3);
    }
    for (uint32_t i = 0; i < 3; i++)
        journal_close(journals[i]);
    for (uint32_t i = 0; i < 3; i++) {
        config.shard = i;
        assert_int_equal(journal_open(&config, &journals[i]), IM_OK);
        assert_int_equal(journal_next(journals[i]), i + 2);
        journal_close(journals[i]);
    }
    sim_disk_free(disk);
}

struct told {
    uint64_t number;
    int calls;
};

static void on_durable(void *arg, uint64_t number)
{
    struct told *told = arg;

    told->number = number;
    told->calls++;
}

/* A journal that commits 10 records and then fails within the given operation of the next. */
static void fail_at(uint64_t operation, enum im_err how)
{
    struct disk *disk = sim_disk_new();
    struct told told = {0};
    struct journal_config config = {.disk = disk,
                                    .shard = 1,
                                    .segment_bytes = 4096,
                                    .on_durable = on_durable,
                                    .on_durable_arg = &told};
    struct replayed replayed;
    struct journal *journal;
    uint64_t durable;
    unsigned more = 0;

    assert_int_equal(journal_open(&config, &journal), IM_OK);
    append(journal, 10);
    assert_int_equal(journal_sync(journal), IM_OK);
    assert_int_equal(told.number, 10);
    sim_disk_fail_after(disk, operation, how);
    while (!journal_failed(journal) && more++ < 40) {
        append(journal, 3);
        journal_sync(journal);
    }
    assert_true(journal_failed(journal));
    durable = journal_durable(journal);
    assert_int_equal(told.number, durable);
    told.calls = 0;
    append(journal, 3);
    assert_int_equal(journal_sync(journal), IM_ERR_IO);
    assert_int_equal(told.calls, 0);
    assert_int_equal(journal_durable(journal), durable);
    check_reads(journal, 1, durable);
    journal_close(journal);

    sim_disk_fail_after(disk, 0, IM_OK);
    journal = open_all(disk, 4096, &replayed);
    assert_in_range(replayed.last, durable, durable + 3);
    durable = replayed.last;
    /* Also what comes first after the failure, perhaps into a segment whose name was not synced. */
    if (operation % 2) {
        append(journal, 1);
        assert_int_equal(journal_sync(journal), IM_OK);
        durable++;
    }
    sim_disk_crash(disk, operation);
    journal_close(journal);
    journal = open_all(disk, 4096, &replayed);
    assert_int_equal(replayed.last, durable);
    append(journal, 20);
    assert_int_equal(journal_sync(journal), IM_OK);
    check_reads(journal, 1, durable + 20);
    journal_close(journal);
    sim_disk_free(disk);
}

TEST(a_failing_disk_ends_the_journal_and_opening_again_brings_it_back)
{
    quiet();
    for (uint64_t operation = 1; operation <= 120; operation++)
        fail_at(operation, IM_ERR_IO);
    for (uint64_t operation = 1; operation <= 12; operation++)
        fail_at(operation, IM_ERR_FULL);
    log_set_level(LOG_INFO);
}

int main(void)
{
    return RUN_TESTS(
        T(what_was_appended_is_read_and_replayed_in_order),
        T(the_shortest_and_the_longest_record_survive),
        T(a_batch_at_its_limit_is_committed_before_it_takes_more),
        T(what_is_not_durable_cannot_be_read), T(who_must_not_wait_reads_what_lies_in_memory),
        T(close_writes_what_was_appended), T(a_new_day_starts_a_segment),
        T(only_records_after_the_picture_are_replayed), T(an_error_of_replay_ends_the_open_with_it),
        T(a_scan_begins_anywhere_and_ends_at_the_durable_end),
        T(dropped_segments_are_gone_and_the_rest_stays), T(a_missing_or_wrong_index_is_rebuilt),
        T(shards_share_a_directory_without_meeting),
        T(a_failing_disk_ends_the_journal_and_opening_again_brings_it_back));
}
