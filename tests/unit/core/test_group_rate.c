/* The limit of a group's messages a second, and the resends that groups remember: both as memory,
   without a shard. */
#include "support/test.h"

#include "base/hash.h"
#include "core/group/rate.h"
#include "core/group/sent.h"

#define NOW 1600000000u

static const struct app_id app = {1400000001};
static const struct group_no group = {1}, other = {2};

/* Sends so many of a priority; returns how many were admitted. */
static unsigned sends(struct group_rates *rates, uint32_t now_s, uint8_t priority, unsigned count,
                      uint64_t limit)
{
    unsigned admitted = 0;

    for (unsigned i = 0; i < count; i++) {
        if (!group_rate_admits(rates, now_s, app, group, priority, false, limit))
            continue;
        group_rate_count(rates, now_s, app, group, priority);
        admitted++;
    }
    return admitted;
}

TEST(a_second_takes_as_many_messages_as_the_limit_says)
{
    struct group_rates *rates = group_rates_new();

    assert_int_equal(sends(rates, NOW, PRIORITY_NORMAL, 100, 40), 40);
    assert_int_equal(sends(rates, NOW, PRIORITY_HIGH, 100, 40), 0);
    assert_true(group_rate_admits(rates, NOW, app, other, PRIORITY_NORMAL, false, 40));
    assert_true(
        group_rate_admits(rates, NOW, (struct app_id){7}, group, PRIORITY_NORMAL, false, 40));
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_NORMAL, 100, 40), 40);
    assert_int_equal(sends(rates, NOW + 2, PRIORITY_NORMAL, 100, 41), 41);
    group_rates_free(rates);
}

TEST(higher_priorities_find_the_slots_that_they_used_in_the_second_before)
{
    struct group_rates *rates = group_rates_new();

    assert_int_equal(sends(rates, NOW, PRIORITY_HIGH, 10, 40), 10);
    assert_int_equal(sends(rates, NOW, PRIORITY_NORMAL, 20, 40), 20);
    /* 10 are kept for High, and for Low also 20 for Normal. */
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_LOW, 100, 40), 10);
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_LOWEST, 100, 40), 0);
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_NORMAL, 100, 40), 20);
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_HIGH, 100, 40), 10);
    group_rates_free(rates);
}

TEST(high_messages_may_use_the_whole_second)
{
    struct group_rates *rates = group_rates_new();

    assert_int_equal(sends(rates, NOW, PRIORITY_LOWEST, 100, 40), 40);
    assert_int_equal(sends(rates, NOW + 1, PRIORITY_HIGH, 100, 40), 40);
    /* Nothing is kept for those that are lower. */
    assert_int_equal(sends(rates, NOW + 2, PRIORITY_NORMAL, 100, 40), 0);
    assert_int_equal(sends(rates, NOW + 2, PRIORITY_HIGH, 100, 40), 40);
    group_rates_free(rates);
}

TEST(a_second_without_messages_forgets_what_was_used)
{
    struct group_rates *rates = group_rates_new();

    assert_int_equal(sends(rates, NOW, PRIORITY_HIGH, 40, 40), 40);
    assert_int_equal(sends(rates, NOW + 2, PRIORITY_LOWEST, 100, 40), 40);
    group_rates_free(rates);
}

TEST(what_pages_show_of_the_second_counts_once)
{
    struct group_rates *rates = group_rates_new();
    struct group_seconds seen = {.now = {[PRIORITY_NORMAL] = 12}, .before = {[PRIORITY_HIGH] = 5}};

    /* Two of the twelve were replayed. */
    assert_int_equal(sends(rates, NOW, PRIORITY_NORMAL, 2, 40), 2);
    group_rate_learn(rates, NOW, app, group, &seen);
    group_rate_learn(rates, NOW, app, group, &seen);
    assert_int_equal(sends(rates, NOW, PRIORITY_NORMAL, 100, 40), 40 - 12 - 5);
    assert_int_equal(sends(rates, NOW, PRIORITY_HIGH, 100, 40), 5);
    group_rates_free(rates);
}

TEST(refused_messages_are_counted_by_app_until_they_are_taken)
{
    struct group_rates *rates = group_rates_new();

    assert_int_equal(group_rate_take_refused(rates, app), 0);
    assert_true(group_rate_refuse(rates, app));
    assert_false(group_rate_refuse(rates, app));
    assert_true(group_rate_refuse(rates, (struct app_id){7}));
    assert_int_equal(group_rate_take_refused(rates, app), 2);
    assert_int_equal(group_rate_take_refused(rates, app), 0);
    assert_true(group_rate_refuse(rates, app));
    group_rates_free(rates);
}

TEST(many_groups_have_each_their_own_second)
{
    struct group_rates *rates = group_rates_new();

    for (uint32_t second = 0; second < 3; second++) {
        for (uint32_t i = 1; i <= 5000; i++) {
            struct group_no no = {i};

            assert_true(group_rate_admits(rates, NOW + second, app, no, PRIORITY_NORMAL, false, 1));
            group_rate_count(rates, NOW + second, app, no, PRIORITY_NORMAL);
            assert_false(
                group_rate_admits(rates, NOW + second, app, no, PRIORITY_NORMAL, false, 1));
        }
    }
    group_rates_free(rates);
}

/* ---- resends ---- */

TEST(a_message_is_known_for_five_minutes_and_no_longer)
{
    struct group_sent *sent = group_sent_new();
    uint64_t mark = group_sent_mark(app, group, (struct account_no){3}, 77);
    struct group_sent_key found;

    group_sent_add(sent, NOW, mark, (struct group_sent_key){NOW, 9});
    assert_true(group_sent_find(sent, NOW + 299, mark, &found));
    assert_int_equal(found.time, NOW);
    assert_int_equal(found.seq, 9);
    assert_false(group_sent_find(sent, NOW + 300, mark, &found));
    group_sent_add(sent, NOW + 300, mark, (struct group_sent_key){NOW + 300, 10});
    assert_true(group_sent_find(sent, NOW + 599, mark, &found));
    assert_int_equal(found.seq, 10);
    assert_false(group_sent_find(sent, NOW + 600, mark, &found));
    group_sent_free(sent);
}

TEST(the_first_message_with_a_mark_stays)
{
    struct group_sent *sent = group_sent_new();
    uint64_t mark = group_sent_mark(app, group, (struct account_no){3}, 77);
    struct group_sent_key found;

    group_sent_add(sent, NOW, mark, (struct group_sent_key){NOW, 1});
    group_sent_add(sent, NOW + 100, mark, (struct group_sent_key){NOW + 100, 2});
    assert_true(group_sent_find(sent, NOW + 100, mark, &found));
    assert_int_equal(found.seq, 1);
    group_sent_free(sent);
}

TEST(another_sender_group_or_random_is_another_message)
{
    struct group_sent *sent = group_sent_new();
    struct account_no alice = {3}, bob = {4};
    struct group_sent_key found;

    group_sent_add(sent, NOW, group_sent_mark(app, group, alice, 77),
                   (struct group_sent_key){NOW, 1});
    assert_false(group_sent_find(sent, NOW, group_sent_mark(app, group, bob, 77), &found));
    assert_false(group_sent_find(sent, NOW, group_sent_mark(app, other, alice, 77), &found));
    assert_false(group_sent_find(sent, NOW, group_sent_mark(app, group, alice, 78), &found));
    assert_false(
        group_sent_find(sent, NOW, group_sent_mark((struct app_id){7}, group, alice, 77), &found));
    group_sent_free(sent);
}

TEST(a_group_is_warmed_once_within_the_window)
{
    struct group_sent *sent = group_sent_new();

    assert_false(group_sent_is_warm(sent, NOW, app, group));
    group_sent_warmed(sent, NOW, app, group);
    assert_true(group_sent_is_warm(sent, NOW + 299, app, group));
    assert_false(group_sent_is_warm(sent, NOW, app, other));
    group_sent_free(sent);
}

int main(void)
{
    hash_init();
    return RUN_TESTS(T(a_second_takes_as_many_messages_as_the_limit_says),
                     T(higher_priorities_find_the_slots_that_they_used_in_the_second_before),
                     T(high_messages_may_use_the_whole_second),
                     T(a_second_without_messages_forgets_what_was_used),
                     T(what_pages_show_of_the_second_counts_once),
                     T(refused_messages_are_counted_by_app_until_they_are_taken),
                     T(many_groups_have_each_their_own_second),
                     T(a_message_is_known_for_five_minutes_and_no_longer),
                     T(the_first_message_with_a_mark_stays),
                     T(another_sender_group_or_random_is_another_message),
                     T(a_group_is_warmed_once_within_the_window));
}
