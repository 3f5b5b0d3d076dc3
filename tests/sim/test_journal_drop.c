/*
 * Months of messages: what has expired leaves the disk, what can
 * still be shown is read to its last second, over restarts and changes of roaming.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/shard_fixture.h"

#define CACHE (8u << 20)
#define DAY 86400u
#define MESSAGES_A_DAY 12
#define BODY_BYTES 3000u
/* Seven days, one of grace and the running one; each day begins a segment. */
#define SEGMENTS 9

static uint64_t segments(struct shard_fixture *f)
{
    struct journal_stats stats;

    journal_stats(shard_journal(f->shard), &stats);
    return stats.segments;
}

/* The number of the day, and bytes that fill the journal. */
static void send(struct shard_fixture *f, unsigned day)
{
    static char text[BODY_BYTES + 1];
    int n = snprintf(text, sizeof(text), "day %u ", day);

    memset(text + n, 'x', sizeof(text) - 1 - (size_t)n);
    fixture_advance(f, 60);
    for (int i = 0; i < MESSAGES_A_DAY; i++)
        fixture_send_rest(f, "ann", "bob", text, "");
}

/* Ten o'clock of the next day; what is sent then is seven days old a moment after ten. */
static void next_day(struct shard_fixture *f)
{
    uint32_t ten = FIXTURE_START_S / DAY * DAY + 10 * 3600;

    fixture_advance(f, DAY - (fixture_now(f) - ten) % DAY - 1);
    fixture_advance(f, 1);
}

static struct shard_fixture *two(void)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_account(f, "ann");
    fixture_account(f, "bob");
    fixture_limit(f, "call_rate", 100000);
    next_day(f);
    return f;
}

/* Days of messages, each checkpointed; now and then a restart, and expired rows vanish. */
static void days(struct shard_fixture *f, unsigned from, unsigned to)
{
    for (unsigned day = from; day < to; day++) {
        send(f, day);
        fixture_checkpoint(f);
        if (day % 7 == 3)
            fixture_compact(f);
        if (day % 11 == 5)
            fixture_restart(f);
        next_day(f);
    }
}

/* The day of the oldest message that is shown; each one that is shown has its body. */
static unsigned oldest_shown(struct shard_fixture *f)
{
    char key[64] = "";
    uint64_t until = fixture_now(f);
    unsigned oldest = UINT32_MAX;

    for (;;) {
        size_t count;

        fixture_admin(f, "openim.admin_getroammsg",
                      "{\"From_Account\":\"ann\",\"To_Account\":\"bob\",\"MaxCnt\":8,"
                      "\"MinTime\":0,\"MaxTime\":%llu,\"LastMsgKey\":\"%s\"}",
                      (unsigned long long)until, key);
        assert_int_equal(fixture_number(f, "ErrorCode"), 0);
        count = fixture_count(f, "MsgList");
        for (size_t i = 0; i < count; i++) {
            char path[80];
            unsigned day;

            snprintf(path, sizeof(path), "MsgList.%u.MsgBody.0.MsgContent.Text", (unsigned)i);
            assert_int_equal(sscanf(fixture_text(f, path), "day %u ", &day), 1);
            assert_int_equal(strlen(fixture_text(f, path)), BODY_BYTES);
            if (day < oldest)
                oldest = day;
        }
        if (fixture_number(f, "Complete"))
            return oldest;
        until = fixture_number(f, "LastMsgTime");
        snprintf(key, sizeof(key), "%s", fixture_text(f, "LastMsgKey"));
    }
}

TEST(the_disk_does_not_grow_over_months_and_nothing_is_lost_before_its_time)
{
    struct shard_fixture *f = two();

    for (unsigned day = 0; day < 180; day += 15) {
        days(f, day, day + 15);
        assert_true(segments(f) <= SEGMENTS);
        if (day < 15)
            continue;
        assert_int_equal(oldest_shown(f), day + 15 - 7);
        fixture_restart(f);
        assert_int_equal(oldest_shown(f), day + 15 - 7);
    }
    fixture_free(f);
}

TEST(a_roaming_extension_keeps_what_it_is_paid_for_and_lets_it_go_when_it_ends)
{
    struct shard_fixture *f = two();

    fixture_limit(f, "roaming", 3);
    days(f, 0, 100);
    assert_int_equal(oldest_shown(f), 7); /* 93 days */
    assert_true(segments(f) >= 93);
    fixture_limit(f, "roaming", 0);
    days(f, 100, 107);
    assert_true(segments(f) >= 93); /* it may have been a mistake */
    assert_int_equal(oldest_shown(f), 100);
    days(f, 107, 108);
    assert_true(segments(f) <= SEGMENTS);
    assert_int_equal(oldest_shown(f), 101);
    fixture_free(f);
}

TEST(an_extension_bought_later_shows_nothing_whose_body_is_gone)
{
    struct shard_fixture *f = two();
    unsigned oldest;

    days(f, 0, 30);
    fixture_limit(f, "roaming", 3);
    oldest = oldest_shown(f);
    assert_true(oldest >= 20 && oldest <= 23);
    fixture_restart(f);
    assert_true(oldest_shown(f) <= oldest);
    days(f, 30, 60);
    assert_true(oldest_shown(f) <= oldest);
    fixture_free(f);
}

TEST(another_app_that_keeps_longer_keeps_the_segments)
{
    struct shard_fixture *f = two();
    struct app_id app = f->app;

    fixture_operator(f, "admin.app_create", "{\"name\":\"Second\"}");
    f->app.v++;
    fixture_limit(f, "roaming", 3);
    f->app = app;
    days(f, 0, 40);
    assert_true(segments(f) >= 40);
    assert_int_equal(oldest_shown(f), 33);
    fixture_free(f);
}

TEST(nothing_is_dropped_while_the_clock_is_in_doubt)
{
    struct shard_fixture *f = two();
    uint64_t held;

    f->jump_us = 2 * UINT64_C(1000000) * DAY;
    f->jump_at_start_us = 10 * UINT64_C(1000000) * DAY;
    fixture_restart(f);
    days(f, 0, 5);
    held = segments(f);
    /* A start with a clock that is a year ahead, and more such starts. */
    f->now_us += UINT64_C(365) * DAY * 1000000;
    fixture_restart(f);
    for (int i = 0; i < 20; i++) {
        send(f, 5);
        fixture_checkpoint(f);
        next_day(f);
        if (i == 10)
            fixture_restart(f);
    }
    assert_true(segments(f) >= held + 20);
    fixture_operator(f, "admin.close_accept", "{\"reason\":\"the clock is right\"}");
    next_day(f);
    send(f, 6);
    fixture_checkpoint(f);
    assert_true(segments(f) <= SEGMENTS);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(the_disk_does_not_grow_over_months_and_nothing_is_lost_before_its_time),
                     T(a_roaming_extension_keeps_what_it_is_paid_for_and_lets_it_go_when_it_ends),
                     T(an_extension_bought_later_shows_nothing_whose_body_is_gone),
                     T(another_app_that_keeps_longer_keeps_the_segments),
                     T(nothing_is_dropped_while_the_clock_is_in_doubt));
}
