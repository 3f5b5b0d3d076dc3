#include "fixture.h"

#include "base/bytes.h"

#define SEGMENT_BYTES ((uint64_t)16384)

/* Where each write of a segment begins; the last entry is the end. Trusts the heads. */
static size_t find_writes(struct disk *disk, const char *name, uint64_t *ret_offsets, size_t room)
{
    char block[SEGMENT_HEAD_BYTES];
    struct segment_head segment;
    uint64_t at = SEGMENT_HEAD_BYTES;
    size_t n = 0;

    sim_disk_peek(disk, name, 0, block, sizeof(block));
    CHECK(segment_head_decode(block, &segment) == IM_OK);
    for (;;) {
        char head_bytes[WRITE_HEAD_BYTES];
        struct write_head head;

        CHECK(n < room);
        ret_offsets[n++] = at;
        if (at + WRITE_HEAD_BYTES > segment.bytes)
            return n;
        sim_disk_peek(disk, name, at, head_bytes, sizeof(head_bytes));
        if (!write_head_decode(head_bytes, segment.salt, &head))
            return n;
        at += WRITE_HEAD_BYTES + head.payload_bytes;
    }
}

/* Five writes of two records in one segment; ret_offsets[4] is the last, [5] the end. */
static struct disk *five_writes(char *ret_name, uint64_t ret_offsets[8])
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, SEGMENT_BYTES, &replayed);

    for (int i = 0; i < 5; i++) {
        append(journal, 2);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    journal_close(journal);
    assert_true(file_name(disk, ".seg", 0, ret_name));
    assert_int_equal(find_writes(disk, ret_name, ret_offsets, 8), 6);
    return disk;
}

static void zero_from(struct disk *disk, const char *name, uint64_t from)
{
    char zeroes[16384] = {0};

    sim_disk_poke(disk, name, from, zeroes, (size_t)(sim_disk_size(disk, name) - from));
}

/* The torn write is gone, and what follows takes its place for good. Also when that is torn in
   turn: bytes of the first, behind it, would prove that it was durable. */
static void expect_cut(struct disk *disk)
{
    struct replayed replayed;
    struct journal *journal = open_all(disk, SEGMENT_BYTES, &replayed);
    char name[FORMAT_NAME_ROOM];
    uint64_t offsets[8];

    assert_int_equal(replayed.last, 8);
    assert_int_equal(journal_next(journal), 9);
    append(journal, 1);
    assert_int_equal(journal_sync(journal), IM_OK);
    journal_close(journal);
    sim_disk_crash(disk, 5);
    journal = open_all(disk, SEGMENT_BYTES, &replayed);
    assert_int_equal(replayed.last, 9);
    journal_close(journal);

    assert_true(file_name(disk, ".seg", 0, name));
    assert_int_equal(find_writes(disk, name, offsets, 8), 6);
    sim_disk_poke(disk, name, offsets[4] + WRITE_HEAD_BYTES + RECORD_HEAD_BYTES, "torn", 4);
    journal = open_all(disk, SEGMENT_BYTES, &replayed);
    assert_int_equal(replayed.last, 8);
    journal_close(journal);
}

TEST(a_last_write_cut_short_at_any_byte_is_cut_whole)
{
    char name[FORMAT_NAME_ROOM];
    uint64_t offsets[8];
    struct disk *disk = five_writes(name, offsets);
    char end[8];

    quiet();
    sim_disk_peek(disk, name, offsets[5] - 8, end, sizeof(end));
    for (uint64_t cut = offsets[4]; cut < offsets[5]; cut++) {
        struct disk *clone = sim_disk_clone(disk);
        struct replayed replayed;
        struct journal *journal;

        zero_from(clone, name, cut);
        /* Nothing but zeroes was lost: the write is whole. */
        if (cut > offsets[5] - 8 && get_le64(end) >> (8 * (cut - offsets[5] + 8)) == 0) {
            journal = open_all(clone, SEGMENT_BYTES, &replayed);
            assert_int_equal(replayed.last, 10);
            journal_close(journal);
        } else {
            expect_cut(clone);
        }
        sim_disk_free(clone);
    }
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

TEST(a_last_write_with_any_byte_wrong_is_cut_whole)
{
    char name[FORMAT_NAME_ROOM];
    uint64_t offsets[8];
    struct disk *disk = five_writes(name, offsets);

    quiet();
    for (uint64_t at = offsets[4]; at < offsets[5]; at++) {
        struct disk *clone = sim_disk_clone(disk);
        char byte;

        sim_disk_peek(clone, name, at, &byte, 1);
        byte = (char)(byte ^ 0x40);
        sim_disk_poke(clone, name, at, &byte, 1);
        expect_cut(clone);
        sim_disk_free(clone);
    }
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

TEST(any_byte_wrong_before_the_last_write_is_damage)
{
    char name[FORMAT_NAME_ROOM];
    uint64_t offsets[8];
    struct disk *disk = five_writes(name, offsets);

    quiet();
    for (uint64_t at = SEGMENT_HEAD_BYTES; at < offsets[4]; at++) {
        struct disk *clone = sim_disk_clone(disk);
        struct replayed replayed;
        struct journal *journal;
        char byte;

        sim_disk_peek(clone, name, at, &byte, 1);
        byte = (char)(byte ^ 0x01);
        sim_disk_poke(clone, name, at, &byte, 1);
        assert_int_equal(open_after(clone, SEGMENT_BYTES, 0, &replayed, &journal), IM_ERR_CORRUPT);
        sim_disk_free(clone);
    }
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

TEST(a_payload_lost_before_a_torn_write_is_damage)
{
    char name[FORMAT_NAME_ROOM];
    uint64_t offsets[8];
    struct disk *disk = five_writes(name, offsets);
    struct replayed replayed;
    struct journal *journal;
    char zeroes[WRITE_HEAD_BYTES] = {0};

    quiet();
    /* No head of a later write is whole, but something lies behind the fourth one. */
    sim_disk_poke(disk, name, offsets[4], zeroes, sizeof(zeroes));
    sim_disk_poke(disk, name, offsets[3] + WRITE_HEAD_BYTES, "damage", 6);
    assert_int_equal(open_after(disk, SEGMENT_BYTES, 0, &replayed, &journal), IM_ERR_CORRUPT);
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

static struct disk *many_segments(void)
{
    struct disk *disk = sim_disk_new();
    struct replayed replayed;
    struct journal *journal = open_all(disk, 8192, &replayed);

    for (int i = 0; i < 40; i++) {
        append(journal, 3);
        assert_int_equal(journal_sync(journal), IM_OK);
    }
    journal_close(journal);
    return disk;
}

TEST(damage_in_a_sealed_segment_is_found_when_it_is_needed)
{
    struct disk *disk = many_segments();
    size_t segments = file_count(disk, ".seg");

    quiet();
    assert_true(segments > 3);
    for (size_t i = 0; i + 1 < segments; i++) {
        struct disk *clone = sim_disk_clone(disk);
        struct replayed replayed;
        struct journal *journal;
        char name[FORMAT_NAME_ROOM];
        uint64_t offsets[64];
        size_t writes;
        uint64_t next_first;

        assert_true(file_name(clone, ".seg", i + 1, name));
        assert_true(segment_name_parse(name, 1, "seg", &next_first));
        assert_true(file_name(clone, ".seg", i, name));
        writes = find_writes(clone, name, offsets, 64);
        sim_disk_poke(clone, name, offsets[writes - 2] + WRITE_HEAD_BYTES + 30, "damage", 6);
        assert_int_equal(open_after(clone, 8192, next_first - 2, &replayed, &journal),
                         IM_ERR_CORRUPT);
        /* The picture holds all of it: not read, so not found. */
        assert_int_equal(open_after(clone, 8192, next_first - 1, &replayed, &journal), IM_OK);
        journal_close(journal);
        sim_disk_free(clone);
    }
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

TEST(a_missing_segment_is_damage)
{
    struct disk *disk = many_segments();
    size_t segments = file_count(disk, ".seg");

    quiet();
    for (size_t i = 0; i < segments; i++) {
        struct disk *clone = sim_disk_clone(disk);
        struct replayed replayed;
        struct journal *journal;
        char name[FORMAT_NAME_ROOM];

        assert_true(file_name(clone, ".seg", i, name));
        sim_disk_delete(clone, name);
        /* The last one leaves no trace but the picture that is ahead of it. */
        assert_int_equal(open_after(clone, 8192, i + 1 < segments ? 0 : 120, &replayed, &journal),
                         IM_ERR_CORRUPT);
        sim_disk_free(clone);
    }
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

TEST(a_damaged_head_is_told_from_another_format)
{
    struct disk *disk = many_segments();
    struct replayed replayed;
    struct journal *journal;
    char name[FORMAT_NAME_ROOM];
    char zeroes[SEGMENT_HEAD_BYTES] = {0};

    quiet();
    assert_true(file_name(disk, ".seg", 1, name));
    for (uint64_t at = 0; at < 88; at++) {
        struct disk *clone = sim_disk_clone(disk);
        char byte;

        sim_disk_peek(clone, name, at, &byte, 1);
        byte = (char)(byte ^ 0x02);
        sim_disk_poke(clone, name, at, &byte, 1);
        assert_int_equal(open_after(clone, 8192, 0, &replayed, &journal),
                         at < 12 ? IM_ERR_VERSION : IM_ERR_CORRUPT);
        sim_disk_free(clone);
    }
    sim_disk_poke(disk, name, 0, zeroes, sizeof(zeroes));
    assert_int_equal(open_after(disk, 8192, 0, &replayed, &journal), IM_ERR_CORRUPT);
    sim_disk_put(disk, name, "<html>\n", 7);
    assert_int_equal(open_after(disk, 8192, 0, &replayed, &journal), IM_ERR_VERSION);
    sim_disk_put(disk, name, NULL, 0);
    assert_int_equal(open_after(disk, 8192, 0, &replayed, &journal), IM_ERR_CORRUPT);
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

/*
 * A process that dies leaves its unsynced last write in the cache; the next one replays it. From
 * then on no crash may take it back.
 */
TEST(what_was_replayed_stays)
{
    quiet();
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct disk *disk = sim_disk_new();
        struct replayed replayed;
        struct journal *journal = open_all(disk, SEGMENT_BYTES, &replayed);
        uint64_t last;

        append(journal, 20);
        assert_int_equal(journal_sync(journal), IM_OK);
        append(journal, 5);
        sim_disk_fail_after(disk, 2, IM_ERR_IO); /* the sync */
        assert_int_equal(journal_sync(journal), IM_ERR_IO);
        journal_close(journal);
        sim_disk_restart(disk);
        journal = open_all(disk, SEGMENT_BYTES, &replayed);
        last = replayed.last;
        assert_int_equal(last, 25);
        sim_disk_crash(disk, seed);
        journal_close(journal);
        journal = open_all(disk, SEGMENT_BYTES, &replayed);
        assert_int_equal(replayed.last, last);
        journal_close(journal);
        sim_disk_free(disk);
    }
    log_set_level(LOG_INFO);
}

/* A crash between the making of a segment and its first write leaves it empty. */
TEST(an_empty_segment_of_an_earlier_day_is_replaced)
{
    struct disk *disk = sim_disk_new();
    struct journal_config config = {.disk = disk, .shard = 1, .segment_bytes = 4096};
    struct journal_stats stats;
    struct journal *journal;
    char block[SEGMENT_HEAD_BYTES];
    char name[FORMAT_NAME_ROOM];
    struct segment_head head;

    quiet();
    for (uint64_t day = 0; day < 3; day++) {
        sim_disk_fail_after(disk, 0, IM_OK);
        assert_int_equal(journal_open(&config, &journal), IM_OK);
        journal_append(journal, NOON_US + day * DAY_US, "a", 1);
        /* Operation 7 is the write, behind the sync of the directory. */
        if (day < 2)
            sim_disk_fail_after(disk, 7, IM_ERR_IO);
        assert_int_equal(journal_sync(journal), day < 2 ? IM_ERR_IO : IM_OK);
        journal_stats(journal, &stats);
        assert_int_equal(stats.segments, 1);
        journal_close(journal);
        assert_int_equal(file_count(disk, ".seg"), 1);
        sim_disk_crash(disk, day);
    }
    assert_true(file_name(disk, ".seg", 0, name));
    sim_disk_peek(disk, name, 0, block, sizeof(block));
    assert_int_equal(segment_head_decode(block, &head), IM_OK);
    assert_int_equal(head.day, NOON_US / DAY_US + 2);
    assert_int_equal(journal_open(&config, &journal), IM_OK);
    assert_int_equal(journal_next(journal), 2);
    journal_close(journal);
    log_set_level(LOG_INFO);
    sim_disk_free(disk);
}

/* ---- crashes at every operation ---- */

struct model {
    struct disk *disk;
    uint64_t seed;
    uint64_t durable; /* told by the journal, over all its lives */
    uint64_t dropped; /* records up to here may be gone */
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 31)) * UINT64_C(0x7fb5d329728ea185);
    return x ^ (x >> 27);
}

static enum im_err model_open(struct model *model, struct journal **ret_journal)
{
    struct replayed replayed;
    enum im_err err = open_after(model->disk, 4096, model->dropped, &replayed, ret_journal);

    if (!err && replayed.last)
        CHECK(replayed.first == model->dropped + 1);
    return err;
}

/* Commits of several sizes, segment rolls, drops, reads. Ends when the power fails. */
static void run_workload(struct model *model, unsigned steps)
{
    struct journal *journal;

    if (model_open(model, &journal) != IM_OK) {
        CHECK(sim_disk_crashed(model->disk));
        return;
    }
    for (unsigned i = 0; i < steps && !sim_disk_crashed(model->disk); i++) {
        uint64_t dice = mix(model->seed + i);

        append(journal, 1 + (unsigned)(dice % 7) * (unsigned)(dice >> 8 & 1));
        journal_sync(journal);
        model->durable = journal_durable(journal);
        if ((dice >> 16 & 1) && !sim_disk_crashed(model->disk))
            check_reads(journal, model->durable, model->durable);
        if ((dice >> 20) % 8 == 0 && model->durable > 40) {
            model->dropped = model->durable - 40;
            journal_drop(journal, model->dropped, UINT64_MAX);
        }
    }
    journal_close(journal);
    CHECK(model->durable > 0 || sim_disk_crashed(model->disk));
}

/* Opens after the crash, perhaps through another crash, and proves that nothing was lost. */
static void prove(struct model *model, uint64_t crash_again)
{
    struct journal *journal;
    uint64_t end;

    sim_disk_restart(model->disk);
    if (crash_again) {
        sim_disk_crash_at(model->disk, crash_again, model->seed + 77);
        if (model_open(model, &journal) == IM_OK)
            journal_close(journal);
        sim_disk_restart(model->disk);
    }
    CHECK(model_open(model, &journal) == IM_OK);
    end = journal_durable(journal);
    CHECK(end >= model->durable);
    check_reads(journal, model->dropped + 1, end);
    append(journal, 10);
    CHECK(journal_sync(journal) == IM_OK);
    check_reads(journal, end + 1, end + 10);
    sim_disk_crash(model->disk, model->seed);
    journal_close(journal);
    CHECK(model_open(model, &journal) == IM_OK);
    CHECK(journal_durable(journal) == end + 10);
    journal_close(journal);
    CHECK(file_count(model->disk, ".tmp") == 0);
}

static uint64_t workload_operations(uint64_t seed, unsigned steps)
{
    struct model model = {.disk = sim_disk_new(), .seed = seed};
    uint64_t operations;

    run_workload(&model, steps);
    operations = sim_disk_operations(model.disk);
    sim_disk_free(model.disk);
    return operations;
}

static unsigned crash_everywhere(uint64_t seed, unsigned steps)
{
    uint64_t operations = workload_operations(seed, steps);
    unsigned crashes = 0;

    for (uint64_t k = 1; k <= operations; k++) {
        for (uint64_t again = 0; again < 9; again += 1 + mix(k + seed) % 4) {
            struct model model = {.disk = sim_disk_new(), .seed = seed};

            sim_disk_crash_at(model.disk, k, mix(seed * 1000 + k * 10 + again));
            run_workload(&model, steps);
            CHECK(sim_disk_crashed(model.disk));
            prove(&model, again);
            sim_disk_free(model.disk);
            crashes++;
        }
    }
    return crashes;
}

TEST(a_crash_at_any_operation_loses_nothing_that_was_durable)
{
    unsigned crashes = 0;

    quiet();
    record_gap_us = DAY_US / 60;
    for (uint64_t seed = 1; seed <= 8; seed++)
        crashes += crash_everywhere(seed * 7919, 60);
    record_gap_us = 1000;
    log_set_level(LOG_INFO);
    print_message("%u crashes\n", crashes);
    assert_true(crashes > 2000);
}

int main(void)
{
    return RUN_TESTS(T(a_last_write_cut_short_at_any_byte_is_cut_whole),
                     T(a_last_write_with_any_byte_wrong_is_cut_whole),
                     T(any_byte_wrong_before_the_last_write_is_damage),
                     T(a_payload_lost_before_a_torn_write_is_damage),
                     T(damage_in_a_sealed_segment_is_found_when_it_is_needed),
                     T(a_missing_segment_is_damage), T(a_damaged_head_is_told_from_another_format),
                     T(what_was_replayed_stays), T(an_empty_segment_of_an_earlier_day_is_replaced),
                     T(a_crash_at_any_operation_loses_nothing_that_was_durable));
}
