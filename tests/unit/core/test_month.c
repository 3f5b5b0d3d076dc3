#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/app_shard.h"

static void set(struct app_shard *t, const char *limit, unsigned value)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"app\":%u,\"limit\":\"%s\",\"value\":%u,\"reason\":\"test\"}",
             t->app.v, limit, value);
    app_shard_operator(t, "admin.limit_set", json);
    assert_int_equal(t->reply->err, IM_OK);
}

static const char *bill(struct app_shard *t, const char *month)
{
    char json[128];

    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"%s\"}", t->app.v, month);
    return app_shard_operator(t, "admin.bill", json);
}

/* Fen of one line of the last bill. */
static int64_t amount(struct app_shard *t, const char *item)
{
    struct json reply, line;
    struct json_iter it;
    struct span key;
    int64_t fen = -1;

    assert_true(json_parse(span_of(t->text), &reply));
    it = json_iter(json_member(json_member(reply, "Result"), "lines"));
    while (json_next(&it, &key, &line)) {
        struct span name = json_member(line, "item").text;

        if (name.n == strlen(item) + 2 && memcmp(name.p + 1, item, strlen(item)) == 0)
            assert_true(json_to_i64(json_member(line, "amount_fen"), &fen));
    }
    assert_true(fen >= 0);
    return fen;
}

static uint64_t total(struct app_shard *t, const char *month)
{
    bill(t, month);
    return app_shard_number(t, "total_fen");
}

TEST(a_month_without_anything_costs_nothing)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_int_equal(total(t, "2026-11"), 0);
    app_shard_at(t, "2027-03-05", 9);
    assert_int_equal(total(t, "2026-11"), 0);
    assert_int_equal(total(t, "2027-01"), 0);
    app_shard_free(t);
}

TEST(months_outside_the_apps_life_have_no_bill)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_non_null(strstr(bill(t, "2026-12"), "the month 2026-12 has not begun"));
    assert_non_null(strstr(bill(t, "2026-10"), "the app was made in 2026-11"));
    assert_int_equal(t->reply->err, IM_ERR_INVALID);
    app_shard_free(t);
}

TEST(raised_limits_are_charged_as_the_table_says)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    set(t, "roaming", 12);
    set(t, "call_rate", 1000);
    set(t, "groups_per_day", 10000);
    set(t, "groups_total", 1000000);
    set(t, "recents", 500);
    bill(t, "2026-11");
    assert_int_equal(amount(t, "dau"), 0);
    assert_int_equal(amount(t, "roaming"), 400000);
    assert_int_equal(amount(t, "call_rate"), 600000);
    assert_int_equal(amount(t, "groups_per_day"), 1200000);
    assert_int_equal(amount(t, "groups_total"), 600000);
    assert_int_equal(amount(t, "recents"), 600000);
    assert_int_equal(amount(t, "push"), 0);
    assert_int_equal(app_shard_number(t, "total_fen"), 3400000);
    app_shard_free(t);
}

TEST(several_terminals_are_charged_only_in_months_that_used_them)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    set(t, "multi_terminal", 1);
    assert_int_equal(app_shard_login(t, "ann", PLATFORM_WEB), IM_OK);
    assert_int_equal(app_shard_login(t, "bob", PLATFORM_ANDROID), IM_OK);
    assert_int_equal(total(t, "2026-11"), 0);
    /* A second of the same kind kicks the first before it counts. */
    assert_int_equal(app_shard_login(t, "ann", PLATFORM_WEB), IM_OK);
    assert_int_equal(total(t, "2026-11"), 0);
    assert_int_equal(app_shard_login(t, "ann", PLATFORM_ANDROID), IM_OK);
    assert_int_equal(total(t, "2026-11"), 200000);
    app_shard_free(t);
}

TEST(a_month_is_charged_for_the_highest_limit_in_force_in_it)
{
    struct app_shard *t = app_shard_new("2026-11-05", 9);

    set(t, "call_rate", 1000);
    app_shard_at(t, "2026-11-06", 9);
    set(t, "call_rate", 100);
    assert_int_equal(total(t, "2026-11"), 600000);
    /* Lowered, so the next month has it no more. */
    app_shard_at(t, "2026-12-10", 9);
    assert_int_equal(total(t, "2026-12"), 0);
    set(t, "call_rate", 500);
    assert_int_equal(total(t, "2026-12"), 300000);
    assert_int_equal(total(t, "2026-11"), 600000);
    app_shard_free(t);
}

TEST(a_limit_in_force_when_a_month_begins_counts_for_it)
{
    struct app_shard *t = app_shard_new("2026-11-05", 9);

    set(t, "call_rate", 1000);
    app_shard_at(t, "2026-12-31", 23);
    /* The month's first row is made by the change itself. */
    set(t, "call_rate", 100);
    assert_int_equal(total(t, "2026-12"), 600000);
    app_shard_at(t, "2027-01-01", 0);
    assert_int_equal(total(t, "2027-01"), 0);
    app_shard_free(t);
}

TEST(months_without_use_keep_the_limits_that_held_in_them)
{
    struct app_shard *t = app_shard_new("2026-11-05", 9);

    set(t, "call_rate", 1000);
    app_shard_at(t, "2026-11-20", 9);
    set(t, "call_rate", 200);
    /* December and January see nobody; use in February, then a change in March. */
    app_shard_at(t, "2027-02-10", 9);
    assert_int_equal(app_shard_login(t, "ann", PLATFORM_WEB), IM_OK);
    app_shard_at(t, "2027-03-10", 9);
    set(t, "call_rate", 10000);
    assert_int_equal(total(t, "2026-11"), 600000);
    assert_int_equal(total(t, "2026-12"), 200000);
    assert_int_equal(total(t, "2027-01"), 200000);
    assert_int_equal(total(t, "2027-02"), 200000);
    assert_int_equal(total(t, "2027-03"), 6000000);
    app_shard_at(t, "2027-06-10", 9);
    assert_int_equal(total(t, "2027-01"), 200000);
    assert_int_equal(total(t, "2027-05"), 6000000);
    app_shard_free(t);
}

TEST(bills_are_the_same_after_a_restart_from_the_journal_or_a_checkpoint)
{
    struct app_shard *t = app_shard_new("2026-11-05", 9);
    char *before;

    set(t, "call_rate", 1000);
    app_shard_checkpoint(t);
    app_shard_at(t, "2027-01-05", 9);
    set(t, "call_rate", 300);
    before = strdup(bill(t, "2026-12"));
    app_shard_restart(t);
    assert_string_equal(bill(t, "2026-12"), before);
    app_shard_checkpoint(t);
    app_shard_restart(t);
    assert_string_equal(bill(t, "2026-12"), before);
    assert_int_equal(total(t, "2027-01"), 600000);
    free(before);
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(a_month_without_anything_costs_nothing),
                     T(months_outside_the_apps_life_have_no_bill),
                     T(raised_limits_are_charged_as_the_table_says),
                     T(several_terminals_are_charged_only_in_months_that_used_them),
                     T(a_month_is_charged_for_the_highest_limit_in_force_in_it),
                     T(a_limit_in_force_when_a_month_begins_counts_for_it),
                     T(months_without_use_keep_the_limits_that_held_in_them),
                     T(bills_are_the_same_after_a_restart_from_the_journal_or_a_checkpoint));
}
