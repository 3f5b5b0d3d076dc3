/* Ledgers of apps: what is in them, that they prove the bill, and that they stay as they are. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ledger_file.h"

#define CACHE (8u << 20)
#define DAY 86400u
#define TO_OCTOBER (18 * DAY) /* fixtures begin on 2020-09-13 */
#define GROUPS "group_open_http_svc."

static void settle(struct shard_fixture *f)
{
    for (int i = 0; i < 8; i++)
        fixture_advance(f, 1);
}

static void login(struct shard_fixture *f, const char *name)
{
    fixture_account(f, name);
    fixture_login(f, name, PLATFORM_WEB);
}

static void group(struct shard_fixture *f, const char *id)
{
    fixture_admin(
        f, GROUPS "create_group",
        "{\"Type\":\"Public\",\"Name\":\"g\",\"Owner_Account\":\"ann\",\"GroupId\":\"%s\"}", id);
    assert_int_equal(f->err, IM_OK);
}

static void dissolve(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, GROUPS "destroy_group", "{\"GroupId\":\"%s\"}", id);
    assert_int_equal(f->err, IM_OK);
}

/* Three days with logins, groups made and dissolved, limits up and down. */
static struct shard_fixture *september(void)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "call_rate", 1000);
    login(f, "ann");
    login(f, "bob");
    group(f, "one");
    fixture_advance(f, DAY);
    login(f, "ann");
    login(f, "bob");
    login(f, "cid");
    group(f, "two");
    group(f, "three");
    dissolve(f, "one");
    fixture_limit(f, "recents", 500);
    fixture_limit(f, "recents", 100);
    fixture_advance(f, 3 * DAY);
    login(f, "bob");
    dissolve(f, "three");
    fixture_advance(f, TO_OCTOBER - 4 * DAY);
    settle(f);
    return f;
}

static void has(const struct ledger_lines *lines, const char *part)
{
    ledger_lines_find(lines, part);
}

TEST(the_ledger_of_a_closed_month_proves_its_bill)
{
    struct shard_fixture *f = september();
    struct ledger_lines lines = {0};

    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"month\":\"2020-09\",\"zone\":\"Asia/Shanghai\",\"final\":true");
    has(&lines, "\"limit\":\"call_rate\",\"before\":100,\"value\":1000,\"source\":\"operator\"");
    has(&lines, "\"day\":\"20200914\",\"dau\":3,\"groups_made\":2,\"groups_dissolved\":1,"
                "\"groups\":2,\"groups_peak\":3");
    has(&lines, "\"peak_dau\":3,\"peak_day\":\"20200914\"");
    has(&lines, "\"peak_groups\":3,\"groups_at_end\":1");
    has(&lines, "\"item\":\"call_rate\",\"quantity\":1000,\"units\":10,\"amount_fen\":");
    has(&lines, "\"kind\":\"end\"");
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(exports_of_a_closed_month_are_the_same_whatever_happens_later)
{
    struct shard_fixture *f = september();
    struct ledger_lines first = {0}, later = {0};

    ledger_lines_export(f, "2020-09", &first);
    fixture_checkpoint(f);
    fixture_restart(f);
    fixture_limit(f, "call_rate", 5000);
    fixture_limit(f, "recents", 50);
    login(f, "dee");
    group(f, "four");
    fixture_advance(f, 40 * DAY);
    settle(f);
    ledger_lines_export(f, "2020-09", &later);
    assert_int_equal(first.count, later.count);
    assert_true(ledger_lines_equal(&first, &later, first.count));
    ledger_lines_release(&later);
    ledger_lines_export(f, "2020-10", &later);
    ledger_lines_hold(&later);
    /* October began with what September left behind. */
    has(&later, "\"limit\":\"recents\",\"value\":100,\"source\":\"operator\"");
    has(&later, "\"groups_at_start\":1,\"groups_at_end\":2");
    ledger_lines_release(&later);
    ledger_lines_release(&first);
    fixture_free(f);
}

TEST(the_ledger_of_a_month_that_a_contract_ended_before_proves_its_bill)
{
    struct shard_fixture *f = september();
    struct ledger_lines lines = {0};

    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"short\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-10\",\"to\":\"2020-10\","
                     "\"total_fen\":100,\"limits\":{\"call_rate\":5000}}}",
                     f->app.v);
    for (int i = 0; i < 2; i++) {
        fixture_advance(f, 31 * DAY);
        settle(f);
    }
    ledger_lines_export(f, "2020-11", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"limit\":\"call_rate\",\"before\":5000,\"value\":100,\"source\":\"plan\"");
    has(&lines, "\"item\":\"call_rate\",\"quantity\":100,\"units\":0,\"amount_fen\":");
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(documents_stand_last_and_change_nothing_before_them)
{
    struct shard_fixture *f = september();
    struct ledger_lines before = {0}, after = {0};
    uint32_t bill;

    ledger_lines_export(f, "2020-09", &before);
    for (int i = 0; i < 70; i++)
        fixture_operator(f, "admin.bill_note",
                         "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"payment\",\"amount_fen\":%d,"
                         "\"reference\":\"bank %d\",\"reason\":\"\\\"quoted\\\" \\u00e9\"}",
                         f->app.v, 100 + i, i);
    fixture_operator(f, "admin.bill_note",
                     "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"credit_note\",\"amount_fen\":5,"
                     "\"reference\":\"\",\"reason\":\"x\"}",
                     f->app.v);
    ledger_lines_export(f, "2020-09", &after);
    ledger_lines_hold(&after);
    bill = ledger_lines_find(&before, "\"kind\":\"bill\"");
    assert_true(ledger_lines_equal(&before, &after, bill + 1));
    assert_int_equal(after.count, before.count + 71);
    has(&after, "\"document\":\"credit_note\",\"amount_fen\":5");
    ledger_lines_release(&before);
    ledger_lines_release(&after);
    fixture_free(f);
}

TEST(the_month_that_runs_is_exported_up_to_yesterday_without_a_bill)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct ledger_lines lines = {0};

    login(f, "ann");
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"final\":false,\"through\":\"20200912\"");
    ledger_lines_release(&lines);
    fixture_advance(f, DAY);
    login(f, "bob");
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"day\":\"20200913\",\"dau\":1");
    has(&lines, "\"bill\":null");
    for (uint32_t i = 0; i < lines.count; i++)
        assert_null(strstr(lines.of[i], "\"day\":\"20200914\""));
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(the_first_of_a_month_has_no_day_yet)
{
    struct shard_fixture *f = september();
    struct ledger_lines lines = {0};

    ledger_lines_export(f, "2020-10", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"through\":null");
    ledger_lines_release(&lines);
    fixture_free(f);
}

/* One account is above the last tier. */
static const struct plan_edit small_tiers[] = {{"id", "\"small\""},       {"dau.tiers.0.to", "1"},
                                               {"dau.tiers.1.from", "1"}, {"dau.tiers.1.to", "2"},
                                               {"dau.tiers.2.from", "2"}, {NULL, NULL}};

TEST(a_draft_and_the_bill_by_contract_that_comes_of_it_are_proven_too)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);
    struct ledger_lines lines = {0};

    login(f, "ann");
    login(f, "bob");
    login(f, "cid");
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"total_fen\":null");
    ledger_lines_release(&lines);
    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"big-2020\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-09\",\"to\":\"2020-09\","
                     "\"total_fen\":12345600,\"limits\":{}}}",
                     f->app.v);
    fixture_operator(f, "admin.bill_issue",
                     "{\"app\":%u,\"month\":\"2020-09\",\"reason\":\"signed\"}", f->app.v);
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"kind\":\"contract\",\"contract\":1");
    has(&lines, "\"total_fen\":12345600");
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(a_bill_that_became_void_is_proven_as_what_it_was)
{
    struct shard_fixture *f = september();
    struct ledger_lines lines = {0};

    fixture_operator(f, "admin.bill_void",
                     "{\"app\":%u,\"month\":\"2020-09\",\"reason\":\"made twice\"}", f->app.v);
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"state\":\"void\"");
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(a_draft_that_became_void_is_proven_too)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);
    struct ledger_lines lines = {0};

    login(f, "ann");
    login(f, "bob");
    login(f, "cid");
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    fixture_operator(f, "admin.bill_void",
                     "{\"app\":%u,\"month\":\"2020-09\",\"reason\":\"a trial\"}", f->app.v);
    ledger_lines_export(f, "2020-09", &lines);
    ledger_lines_hold(&lines);
    has(&lines, "\"state\":\"void\"");
    has(&lines, "\"total_fen\":null");
    ledger_lines_release(&lines);
    fixture_free(f);
}

TEST(an_app_of_many_accounts_is_exported_in_pages_of_a_few_rows)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct ledger_lines lines = {0};
    char *names = malloc(100 * 16 + 1);
    uint32_t loads;

    /* A row of a set holds 32,768 accounts. */
    for (int i = 0; i < 33000; i += 100) {
        int n = 0;

        for (int j = 0; j < 100; j++)
            n += snprintf(names + n, 16, "%s\"u%d\"", j ? "," : "", i + j);
        fixture_advance(f, 1);
        fixture_admin(f, "im_open_login_svc.multiaccount_import", "{\"Accounts\":[%s]}", names);
        assert_int_equal(f->err, IM_OK);
    }
    for (int i = 0; i < 60; i++) {
        login(f, "u7");
        login(f, "u32990");
        fixture_limit(f, "recents", i % 2 ? 50 : 100);
        if (i % 5 == 4)
            fixture_advance(f, DAY);
    }
    settle(f);
    fixture_checkpoint(f);
    fixture_restart(f);
    loads = f->loads;
    assert_true(ledger_lines_export(f, "2020-09", &lines) >= 6);
    assert_true(f->loads - loads < 60);
    ledger_lines_hold(&lines);
    has(&lines, "\"day\":\"20200914\",\"chunk\":1,\"count\":1");
    ledger_lines_release(&lines);
    free(names);
    fixture_free(f);
}

TEST(what_is_no_month_or_no_cursor_is_refused)
{
    static const char *const cursors[] = {"x", "1.1.0.0.18535.3.00",
                                          "9.0.0.0.0.3."
                                          "00000000000000000000000000000000000000000000000000000000"
                                          "00000000",
                                          "3.0.0.0.0.3."
                                          "00000000000000000000000000000000000000000000000000000000"
                                          "00000000",
                                          "3.1.0.0.4294967295.3."
                                          "00000000000000000000000000000000000000000000000000000000"
                                          "00000000"};
    struct shard_fixture *f = september();

    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++)
        assert_int_equal(
            fixture_operator_try(f, "admin.usage_export",
                                 "{\"app\":%u,\"month\":\"2020-09\",\"cursor\":\"%s\"}", f->app.v,
                                 cursors[i]),
            IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.usage_export",
                                          "{\"app\":%u,\"month\":\"2020-08\"}", f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.usage_export",
                                          "{\"app\":%u,\"month\":\"2020-11\"}", f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(
        fixture_operator_try(f, "admin.usage_export", "{\"app\":1,\"month\":\"2020-09\"}"),
        IM_ERR_APP_NOT_FOUND);
    fixture_free(f);
}

/* Any numbers in a cursor give lines or a refusal. */
TEST(a_made_up_cursor_does_no_harm)
{
    struct shard_fixture *f = september();

    for (unsigned section = 0; section < 7; section++)
        for (unsigned at = 0; at < 3; at++)
            fixture_operator_try(f, "admin.usage_export",
                                 "{\"app\":%u,\"month\":\"2020-09\",\"cursor\":\"%u.1.%u.%u.18535."
                                 "4294967295.000000000000000000000000000000000000000000000000000000"
                                 "0000000000\"}",
                                 f->app.v, section, at == 2 ? UINT32_MAX : at * 40,
                                 at == 1 ? UINT32_MAX : 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(the_ledger_of_a_closed_month_proves_its_bill),
                     T(the_ledger_of_a_month_that_a_contract_ended_before_proves_its_bill),
                     T(exports_of_a_closed_month_are_the_same_whatever_happens_later),
                     T(documents_stand_last_and_change_nothing_before_them),
                     T(the_month_that_runs_is_exported_up_to_yesterday_without_a_bill),
                     T(the_first_of_a_month_has_no_day_yet),
                     T(a_draft_and_the_bill_by_contract_that_comes_of_it_are_proven_too),
                     T(a_bill_that_became_void_is_proven_as_what_it_was),
                     T(a_draft_that_became_void_is_proven_too),
                     T(an_app_of_many_accounts_is_exported_in_pages_of_a_few_rows),
                     T(what_is_no_month_or_no_cursor_is_refused), T(a_made_up_cursor_does_no_harm));
}
