/* The history index of a group on its own: pages put and read without commands. */
#include "support/test.h"

#include "core/group/page.h"
#include "support/shard_fixture.h"

#define WEEK_S 604800u
#define DAY_S 86400u

static const struct app_id app = {7};
static const struct group_no no = {3};

static struct shard_fixture *bench(void)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    state_set_inline_loads(shard_state(f->shard), true);
    return f;
}

static struct group group_of(uint32_t last_seq)
{
    return (struct group){.app = app, .no = no, .head = {.last_seq = last_seq}};
}

static struct group_entry entry_of(const struct shard_fixture *f, uint32_t seq, uint32_t from)
{
    return (struct group_entry){.position = 1000 + seq,
                                .time = fixture_now(f),
                                .accepted_s = fixture_now(f),
                                .random = seq,
                                .from = from};
}

static void append(struct shard_fixture *f, uint32_t from_seq, uint32_t to_seq, uint32_t from)
{
    for (uint32_t seq = from_seq; seq <= to_seq; seq++) {
        struct group_entry entry = entry_of(f, seq, from);

        group_page_append(f->shard, app, no, seq, &entry);
    }
}

struct walked {
    uint32_t count, last, stop_after;
    bool gap;
};

static bool walk(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct walked *walked = arg;

    walked->gap |= walked->count && seq != walked->last - 1;
    assert_int_equal(entry->random, seq);
    walked->last = seq;
    return ++walked->count != walked->stop_after;
}

static struct walked walk_all(struct shard_fixture *f, uint32_t last_seq, uint32_t high,
                              uint32_t low, uint32_t stop_after)
{
    struct group group = group_of(last_seq);
    struct walked walked = {.stop_after = stop_after};

    assert_int_equal(group_page_walk(f->shard, &group, high, low, walk, &walked), STATE_HIT);
    return walked;
}

static bool is_there(struct shard_fixture *f, uint32_t last_seq, uint32_t seq)
{
    struct group group = group_of(last_seq);
    struct group_entry entry = {0};
    bool found = group_page_find(f->shard, &group, seq, &entry) == STATE_HIT;

    assert_true(!found || entry.position == 1000 + seq);
    return found;
}

TEST(every_seq_is_found_and_walked_without_a_gap)
{
    struct shard_fixture *f = bench();
    struct walked walked;

    append(f, 1, 1000, 1);
    for (uint32_t seq = 1; seq <= 1000; seq++)
        assert_true(is_there(f, 1000, seq));
    assert_false(is_there(f, 1000, 0));
    assert_false(is_there(f, 1000, 1001));
    walked = walk_all(f, 1000, UINT32_MAX, 1, 0);
    assert_int_equal(walked.count, 1000);
    assert_false(walked.gap);
    walked = walk_all(f, 1000, 96, 33, 0);
    assert_int_equal(walked.count, 64);
    assert_int_equal(walked.last, 33);
    walked = walk_all(f, 1000, 500, 1, 20);
    assert_int_equal(walked.count, 20);
    assert_int_equal(walked.last, 481);
    fixture_free(f);
}

TEST(a_page_and_each_seq_beside_its_borders_is_found_after_a_restart)
{
    struct shard_fixture *f = bench();

    append(f, 1, 65, 1);
    fixture_checkpoint(f);
    fixture_restart(f);
    state_set_inline_loads(shard_state(f->shard), true);
    for (uint32_t seq = 31; seq <= 34; seq++)
        assert_true(is_there(f, 65, seq));
    assert_true(is_there(f, 65, 64));
    assert_true(is_there(f, 65, 65));
    fixture_free(f);
}

TEST(an_entry_is_there_for_seven_days_and_not_a_second_longer)
{
    struct shard_fixture *f = bench();

    append(f, 1, 10, 1);
    fixture_advance(f, 100);
    append(f, 11, 12, 1);
    fixture_advance(f, WEEK_S - 101);
    assert_true(is_there(f, 12, 10));
    fixture_advance(f, 1);
    assert_false(is_there(f, 12, 10));
    assert_true(is_there(f, 12, 11));
    assert_int_equal(walk_all(f, 12, 12, 1, 0).count, 2);
    fixture_advance(f, 100);
    assert_false(is_there(f, 12, 12));
    assert_int_equal(walk_all(f, 12, 12, 1, 0).count, 0);
    fixture_free(f);
}

static const struct group_page_row *row_at(struct shard_fixture *f, uint32_t seq)
{
    struct row_key key;

    return row_get(f->shard, row_key_group_page(&key, app, no, seq), NULL);
}

TEST(an_expired_page_vanishes_by_compaction_a_day_later)
{
    struct shard_fixture *f = bench();

    append(f, 1, 40, 1);
    fixture_checkpoint(f);
    fixture_advance(f, WEEK_S + DAY_S - 1);
    fixture_compact(f);
    fixture_restart(f);
    state_set_inline_loads(shard_state(f->shard), true);
    assert_non_null(row_at(f, 1));
    fixture_advance(f, 1);
    fixture_restart(f);
    fixture_compact(f);
    fixture_restart(f);
    state_set_inline_loads(shard_state(f->shard), true);
    assert_null(row_at(f, 1));
    assert_null(row_at(f, 33));
    fixture_free(f);
}

/* Whether the page is still there or not when the group goes on, the new page is the same. */
static void check_going_on(bool vanished)
{
    struct shard_fixture *f = bench();
    const struct group_page_row *row;

    append(f, 1, 40, 1);
    fixture_checkpoint(f);
    fixture_advance(f, WEEK_S + DAY_S);
    if (vanished) {
        fixture_compact(f);
        fixture_restart(f);
        state_set_inline_loads(shard_state(f->shard), true);
    }
    append(f, 41, 42, 1);
    row = row_at(f, 41);
    assert_int_equal(row->count, 10);
    assert_int_equal(row->newest_accepted_s, fixture_now(f));
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(row->entries[i].position, 0);
    assert_int_equal(row->entries[8].position, 1041);
    assert_false(is_there(f, 42, 40));
    assert_int_equal(walk_all(f, 42, 42, 1, 0).count, 2);
    assert_null(group_page_entry(f->shard, app, no, 40));
    assert_non_null(group_page_entry(f->shard, app, no, 42));
    fixture_free(f);
}

TEST(a_group_that_was_silent_for_long_goes_on_in_the_middle_of_a_page)
{
    check_going_on(false);
    check_going_on(true);
}

TEST(an_old_import_does_not_hide_what_is_newer_in_its_page)
{
    struct shard_fixture *f = bench();
    struct group_entry old = entry_of(f, 2, 1);

    old.accepted_s -= WEEK_S;
    append(f, 1, 1, 1);
    group_page_append(f->shard, app, no, 2, &old);
    append(f, 3, 3, 1);
    assert_true(is_there(f, 3, 1));
    assert_false(is_there(f, 3, 2));
    assert_true(is_there(f, 3, 3));
    fixture_free(f);
}

/* ---- unread ---- */

static uint32_t unread(struct shard_fixture *f, uint32_t last_seq, struct joined_row joined)
{
    struct group group = group_of(last_seq);
    uint32_t count = UINT32_MAX;

    assert_int_equal(group_unread(f->shard, &group, (struct account_no){2}, &joined, &count),
                     STATE_HIT);
    return count;
}

TEST(unread_are_the_messages_of_others_behind_the_read_mark)
{
    struct shard_fixture *f = bench();

    append(f, 1, 10, 1);
    append(f, 11, 12, 2);
    append(f, 13, 20, 1);
    assert_int_equal(unread(f, 20, (struct joined_row){0}), 18);
    assert_int_equal(unread(f, 20, (struct joined_row){.read_seq = 10}), 8);
    assert_int_equal(unread(f, 20, (struct joined_row){.read_seq = 5, .visible_seq = 15}), 5);
    assert_int_equal(unread(f, 20, (struct joined_row){.read_seq = 20}), 0);
    assert_int_equal(unread(f, 0, (struct joined_row){0}), 0);
    group_page_entry(f->shard, app, no, 20)->flags = GROUP_MESSAGE_WITHDRAWN;
    group_page_entry(f->shard, app, no, 19)->flags = GROUP_MESSAGE_DELETED;
    group_page_entry(f->shard, app, no, 18)->flags = GROUP_MESSAGE_NO_UNREAD;
    group_page_entry(f->shard, app, no, 17)->flags = GROUP_MESSAGE_TIP;
    assert_int_equal(unread(f, 20, (struct joined_row){.read_seq = 10}), 5);
    fixture_free(f);
}

TEST(unread_far_behind_the_newest_is_counted_by_seq)
{
    struct shard_fixture *f = bench();

    append(f, 1, 100, 2);
    append(f, 101, 300, 1);
    /* 128 are looked at, 300 - 128 counted whoever sent them. */
    assert_int_equal(unread(f, 300, (struct joined_row){0}), 300);
    assert_int_equal(unread(f, 300, (struct joined_row){.read_seq = 172}), 128);
    assert_int_equal(unread(f, 300, (struct joined_row){.read_seq = 171}), 129);
    fixture_advance(f, WEEK_S);
    assert_int_equal(unread(f, 300, (struct joined_row){0}), 0);
    fixture_free(f);
}

TEST(an_import_moves_the_read_mark_of_all)
{
    struct shard_fixture *f = bench();
    struct group group = group_of(20);
    struct joined_row joined = {.read_seq = 3};
    uint32_t count;

    append(f, 1, 20, 1);
    group.head.read_floor = 15;
    group_unread(f->shard, &group, (struct account_no){2}, &joined, &count);
    assert_int_equal(count, 5);
    joined.floor_seen = 15;
    group_unread(f->shard, &group, (struct account_no){2}, &joined, &count);
    assert_int_equal(count, 17);
    fixture_free(f);
}

TEST(what_a_member_has_deleted_is_not_unread)
{
    struct shard_fixture *f = bench();
    struct row_key key;
    struct hidden_row *hidden;

    append(f, 1, 40, 1);
    row_find(f->shard, row_key_hidden(&key, app, no, (struct account_no){2}, 34),
             &(const void *){NULL}, NULL);
    hidden = row_put(f->shard, row_key_hidden(&key, app, no, (struct account_no){2}, 34),
                     sizeof(*hidden));
    hidden->bits = 1u << 1;
    assert_int_equal(unread(f, 40, (struct joined_row){0}), 40);
    assert_int_equal(unread(f, 40, (struct joined_row){.flags = JOINED_HAS_HIDDEN}), 39);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(every_seq_is_found_and_walked_without_a_gap),
                     T(a_page_and_each_seq_beside_its_borders_is_found_after_a_restart),
                     T(an_entry_is_there_for_seven_days_and_not_a_second_longer),
                     T(an_expired_page_vanishes_by_compaction_a_day_later),
                     T(a_group_that_was_silent_for_long_goes_on_in_the_middle_of_a_page),
                     T(an_old_import_does_not_hide_what_is_newer_in_its_page),
                     T(unread_are_the_messages_of_others_behind_the_read_mark),
                     T(unread_far_behind_the_newest_is_counted_by_seq),
                     T(an_import_moves_the_read_mark_of_all),
                     T(what_a_member_has_deleted_is_not_unread));
}
