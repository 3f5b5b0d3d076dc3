/* The end of the month: every app's bill, once, whatever happens in between. */
#include "support/test.h"

#include "core/admin/call.h"
#include "core/billing/rows.h"
#include "support/shard_fixture.h"
#include "support/sim_disk.h"
#include <stdio.h>
#include <string.h>

#define CACHE (8u << 20)
#define DAY 86400u

/* September 2020 is the month in which fixtures begin (on the 13th). */
#define TO_OCTOBER (18 * DAY)

#define ACT "{\"app\":%u,\"month\":\"2020-09\",\"reason\":\"%s\"}"

static enum im_err bill(struct shard_fixture *f, const char *month)
{
    return fixture_operator_try(f, "admin.bill", "{\"app\":%u,\"month\":\"%s\"}", f->app.v, month);
}

/* The steps of the close follow one another in turns of the shard. */
static void settle(struct shard_fixture *f)
{
    for (int i = 0; i < 8; i++)
        fixture_advance(f, 1);
}

static void month_later(struct shard_fixture *f)
{
    fixture_advance(f, 31 * DAY);
    settle(f);
}

static void check_state(struct shard_fixture *f, const char *month, const char *state)
{
    assert_int_equal(bill(f, month), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), state);
}

TEST(a_month_that_is_over_has_one_bill_and_it_stays)
{
    struct shard_fixture *f = fixture_new(CACHE);
    uint64_t closed;

    fixture_limit(f, "call_rate", 1000);
    check_state(f, "2020-09", "open");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    check_state(f, "2020-09", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    assert_int_equal(fixture_number(f, "Result.due_fen"), 600000);
    closed = fixture_digest(f);
    fixture_restart(f);
    settle(f);
    assert_true(closed == fixture_digest(f));
    /* What is raised later is no matter of September. */
    fixture_limit(f, "call_rate", 2000);
    check_state(f, "2020-09", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    check_state(f, "2020-10", "open");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 1200000);
    fixture_free(f);
}

TEST(months_without_any_use_and_a_sleeping_server_get_the_same_bills)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "groups_total", 1000000);
    fixture_checkpoint(f);
    f->now_us += UINT64_C(95) * DAY * 1000000; /* until 17 December, without a turn */
    fixture_restart(f);
    settle(f);
    check_state(f, "2020-09", "issued");
    check_state(f, "2020-10", "issued");
    check_state(f, "2020-11", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    check_state(f, "2020-12", "open");
    fixture_operator(f, "admin.bill_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 3);
    assert_string_equal(fixture_text(f, "Result.items.0.month"), "2020-11");
    fixture_operator(f, "admin.bill_list", "{\"app\":%u,\"limit\":2}", f->app.v);
    assert_string_equal(fixture_text(f, "Result.next"), "2020-10");
    fixture_operator(f, "admin.bill_list", "{\"app\":%u,\"cursor\":\"2020-10\"}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 1);
    fixture_operator(f, "admin.close_show", "{}");
    assert_string_equal(fixture_text(f, "Result.running"), "2020-12");
    fixture_free(f);
}

TEST(every_app_gets_its_bill_over_a_crash_at_any_step)
{
    for (int crash_at = 0; crash_at < 12; crash_at++) {
        struct shard_fixture *f = fixture_new(CACHE);

        for (int i = 0; i < 40; i++)
            fixture_operator(f, "admin.app_create", "{\"name\":\"App %d\"}", i);
        f->now_us += UINT64_C(18) * DAY * 1000000;
        for (int step = 0; step < 12; step++) {
            if (step == crash_at)
                fixture_restart(f);
            shard_begin(f->shard, f->now_us += 1000);
            fixture_drain(f);
            if (crash_at % 3 == 2)
                fixture_checkpoint(f);
        }
        for (uint32_t i = 0; i < 41; i++) {
            assert_int_equal(
                fixture_operator_try(f, "admin.bill_list", "{\"app\":%u}", f->app.v + i), IM_OK);
            assert_int_equal(fixture_count(f, "Result.items"), 1);
        }
        fixture_free(f);
    }
}

TEST(a_disk_that_fails_in_the_middle_of_the_close_loses_and_doubles_no_bill)
{
    for (unsigned after = 1; after < 24; after++) {
        struct shard_fixture *f = fixture_new(CACHE);

        for (int i = 0; i < 60; i++)
            fixture_operator(f, "admin.app_create", "{\"name\":\"App %d\"}", i);
        fixture_limit(f, "call_rate", 1000);
        f->now_us += UINT64_C(18) * DAY * 1000000;
        f->disk_fails = true;
        sim_disk_fail_after(f->disk, after, after % 2 ? IM_ERR_FULL : IM_ERR_IO);
        for (int step = 0; step < 6; step++) {
            shard_begin(f->shard, f->now_us += 1000);
            fixture_drain(f);
        }
        sim_disk_fail_after(f->disk, 0, IM_OK);
        fixture_restart(f);
        f->disk_fails = false;
        settle(f);
        for (uint32_t i = 0; i < 61; i++) {
            fixture_operator(f, "admin.bill_list", "{\"app\":%u}", f->app.v + i);
            assert_int_equal(fixture_count(f, "Result.items"), 1);
            assert_int_equal(fixture_number(f, "Result.items.0.total_fen"), i ? 0 : 600000);
        }
        fixture_free(f);
    }
}

TEST(a_jump_of_the_clock_holds_the_close_until_it_is_accepted)
{
    struct shard_fixture *f = fixture_new(CACHE);

    f->jump_us = UINT64_C(3600) * 1000000;
    f->jump_at_start_us = UINT64_C(40) * DAY * 1000000;
    fixture_restart(f);
    fixture_advance(f, 3600);
    fixture_operator(f, "admin.close_show", "{}");
    assert_int_equal(fixture_at(f, "Result.held").type, JSON_FALSE);
    assert_int_equal(fixture_operator_try(f, "admin.close_accept", "{\"reason\":\"x\"}"),
                     IM_ERR_EXISTS);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    check_state(f, "2020-09", "open");
    fixture_restart(f);
    settle(f);
    fixture_operator(f, "admin.close_show", "{}");
    assert_int_equal(fixture_at(f, "Result.held").type, JSON_TRUE);
    assert_string_equal(fixture_text(f, "Result.closing"), "2020-09");
    assert_int_equal(fixture_operator_try(f, "admin.close_accept", "{}"), IM_ERR_INVALID);
    fixture_operator(f, "admin.close_accept", "{\"reason\":\"the machine was asleep\"}");
    settle(f);
    check_state(f, "2020-09", "issued");
    /* Thirty-nine days without a server are no jump, forty-one are. */
    f->now_us += UINT64_C(39) * DAY * 1000000;
    fixture_restart(f);
    settle(f);
    check_state(f, "2020-10", "issued");
    f->now_us += UINT64_C(41) * DAY * 1000000;
    fixture_restart(f);
    settle(f);
    check_state(f, "2020-11", "open");
    fixture_operator(f, "admin.close_accept", "{\"reason\":\"it was off for so long\"}");
    settle(f);
    check_state(f, "2020-11", "issued");
    fixture_free(f);
}

TEST(an_app_that_was_made_later_has_no_bill_of_before)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_advance(f, TO_OCTOBER);
    settle(f);
    fixture_operator(f, "admin.app_create", "{\"name\":\"Second\"}");
    month_later(f);
    fixture_operator(f, "admin.bill_list", "{\"app\":%u}", f->app.v + 1);
    assert_int_equal(fixture_count(f, "Result.items"), 1);
    assert_string_equal(fixture_text(f, "Result.items.0.month"), "2020-10");
    fixture_operator(f, "admin.bill_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 2);
    fixture_free(f);
}

TEST(a_bill_names_the_peak_day_and_who_raised_each_limit)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_account(f, "ann");
    fixture_login(f, "ann", PLATFORM_WEB);
    fixture_limit(f, "recents", 500);
    fixture_limit(f, "recents", 100);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    assert_int_equal(bill(f, "2020-09"), IM_OK);
    assert_string_equal(fixture_text(f, "Result.evidence.0.item"), "dau");
    assert_int_equal(fixture_number(f, "Result.evidence.0.count"), 1);
    assert_string_equal(fixture_text(f, "Result.evidence.0.day"), "20200913");
    assert_string_equal(fixture_text(f, "Result.evidence.7.item"), "recents");
    assert_int_equal(fixture_number(f, "Result.evidence.7.limit"), 500);
    assert_string_equal(fixture_text(f, "Result.evidence.7.source"), "operator");
    assert_string_equal(fixture_text(f, "Result.lines.7.rule"), "10 x 50 contacts x 600.00");
    assert_string_equal(fixture_text(f, "Result.plan.id"), "cloud-2018");
    /* Lowered in September: October is charged by what was in force then. */
    month_later(f);
    assert_int_equal(bill(f, "2020-10"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.evidence.7.limit"), 100);
    fixture_free(f);
}

/* ---- after the issue ---- */

static enum im_err note(struct shard_fixture *f, const char *kind, const char *fen,
                        const char *reference)
{
    return fixture_operator_try(
        f, "admin.bill_note",
        "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"%s\",\"amount_fen\":%s,"
        "\"reference\":\"%s\",\"reason\":\"test\"}",
        f->app.v, kind, fen, reference);
}

static struct shard_fixture *with_a_bill(void)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "call_rate", 1000); /* 6,000 yuan */
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    return f;
}

TEST(payments_and_credit_notes_settle_a_bill_to_the_fen)
{
    struct shard_fixture *f = with_a_bill();

    assert_int_equal(note(f, "payment", "200001", "bank 1"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.due_fen"), 399999);
    assert_string_equal(fixture_text(f, "Result.state"), "issued");
    assert_int_equal(note(f, "payment", "200001", "bank 1"), IM_ERR_EXISTS);
    assert_int_equal(note(f, "payment", "400000", "bank 2"), IM_ERR_INVALID);
    assert_int_equal(note(f, "credit_note", "99999", "cn"), IM_OK);
    assert_int_equal(note(f, "adjustment", "50", "late fee"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.due_fen"), 300050);
    fixture_restart(f);
    assert_int_equal(note(f, "payment", "300050", "bank 2"), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "paid");
    assert_int_equal(fixture_count(f, "Result.documents"), 4);
    assert_string_equal(fixture_text(f, "Result.documents.3.reference"), "bank 2");
    /* The bill itself is what it was. */
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    assert_int_equal(note(f, "payment", "1", "bank 3"), IM_ERR_INVALID);
    fixture_free(f);
}

/* What is answered to a write is kept with its Idempotency-Key, which has room for so much. */
TEST(a_payment_can_be_recorded_behind_any_number_of_documents)
{
    struct shard_fixture *f = with_a_bill();
    char reason[6 * DOCUMENT_REASON_MAX + 1];

    for (int i = 0; i < DOCUMENT_REASON_MAX; i++)
        snprintf(reason + 6 * i, 7, "\\u0001");
    for (int i = 1; i <= 40; i++) {
        fixture_operator(f, "admin.bill_note",
                         "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"payment\",\"amount_fen\":1,"
                         "\"reference\":\"bank %d\",\"reason\":\"%s\"}",
                         f->app.v, i, reason);
        assert_in_range(strlen(f->text), 1, ADMIN_MAX_WRITE_REPLY);
    }
    assert_int_equal(fixture_number(f, "Result.documents.0.number"), 37);
    assert_int_equal(fixture_number(f, "Result.documents.3.number"), 40);
    assert_int_equal(fixture_number(f, "Result.documents_before"), 36);
    assert_int_equal(bill(f, "2020-09"), IM_OK);
    assert_int_equal(fixture_count(f, "Result.documents"), 40);
    assert_int_equal(fixture_number(f, "Result.documents_before"), 0);
    fixture_free(f);
}

TEST(a_bill_has_no_more_documents_than_one_reply_can_show)
{
    struct shard_fixture *f = with_a_bill();
    char reference[16];

    for (unsigned i = 0; i < BILL_MAX_DOCUMENTS; i++) {
        snprintf(reference, sizeof(reference), "bank %u", i);
        assert_int_equal(note(f, "payment", "1", reference), IM_OK);
    }
    assert_int_equal(note(f, "payment", "1", "bank"), IM_ERR_INVALID);
    assert_int_equal(bill(f, "2020-09"), IM_OK);
    assert_int_equal(fixture_count(f, "Result.documents"), BILL_MAX_DOCUMENTS);
    fixture_free(f);
}

TEST(documents_that_cannot_be_are_refused)
{
    struct shard_fixture *f = with_a_bill();

    assert_int_equal(note(f, "payment", "0", "bank"), IM_ERR_INVALID);
    assert_int_equal(note(f, "payment", "5", ""), IM_ERR_INVALID);
    assert_int_equal(note(f, "gift", "5", "x"), IM_ERR_INVALID);
    assert_int_equal(note(f, "credit_note", "600001", "x"), IM_ERR_INVALID);
    assert_int_equal(note(f, "adjustment", "9223372036854775807", "x"), IM_ERR_OVERFLOW);
    assert_int_equal(note(f, "adjustment", "9223372036854775808", "x"), IM_ERR_INVALID);
    assert_int_equal(note(f, "adjustment", "9223372036854175807", "x"), IM_OK);
    assert_int_equal(note(f, "adjustment", "1", "x1"), IM_ERR_OVERFLOW);
    assert_int_equal(fixture_operator_try(f, "admin.bill_note",
                                          "{\"app\":%u,\"month\":\"2020-10\",\"kind\":\"payment\","
                                          "\"amount_fen\":1,\"reference\":\"x\",\"reason\":\"x\"}",
                                          f->app.v),
                     IM_ERR_INVALID);
    fixture_free(f);
}

TEST(a_bill_without_payments_can_become_void_once)
{
    struct shard_fixture *f = with_a_bill();

    assert_int_equal(fixture_operator_try(f, "admin.bill_void", ACT, f->app.v, ""), IM_ERR_INVALID);
    fixture_operator(f, "admin.bill_void", ACT, f->app.v, "made twice");
    assert_string_equal(fixture_text(f, "Result.state"), "void");
    assert_int_equal(fixture_operator_try(f, "admin.bill_void", ACT, f->app.v, "again"),
                     IM_ERR_EXISTS);
    assert_int_equal(note(f, "payment", "5", "bank"), IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.bill_issue", ACT, f->app.v, "again"),
                     IM_ERR_EXISTS);
    fixture_free(f);
}

/* ---- contracts ---- */

/* One account is above the last tier. */
static const struct plan_edit small_tiers[] = {{"id", "\"small\""},       {"dau.tiers.0.to", "1"},
                                               {"dau.tiers.1.from", "1"}, {"dau.tiers.1.to", "2"},
                                               {"dau.tiers.2.from", "2"}, {NULL, NULL}};

#define CONTRACT                                                                           \
    "{\"format\":1,\"id\":\"big-2020\",\"currency\":\"CNY\",\"cycle\":\"calendar_month\"," \
    "\"from\":\"%s\",\"to\":%s,"                                                           \
    "\"total_fen\":12345600,\"limits\":{\"call_rate\":5000}}"

static void logins(struct shard_fixture *f, int count)
{
    char name[16];

    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        fixture_account(f, name);
        fixture_login(f, name, PLATFORM_WEB);
    }
}

TEST(a_month_above_the_tiers_is_a_draft_until_a_contract_covers_it)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);

    logins(f, 3);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    check_state(f, "2020-09", "draft");
    assert_int_equal(fixture_at(f, "Result.total_fen").type, JSON_NULL);
    assert_string_equal(fixture_text(f, "Result.status"), "needs_contract");
    assert_int_equal(note(f, "payment", "5", "bank"), IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.bill_issue", ACT, f->app.v, "signed"),
                     IM_ERR_INVALID);
    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-10", "null");
    assert_int_equal(fixture_operator_try(f, "admin.bill_issue", ACT, f->app.v, "signed"),
                     IM_ERR_INVALID);
    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-09", "\"2020-09\"");
    fixture_restart(f);
    fixture_operator(f, "admin.bill_issue", ACT, f->app.v, "signed");
    assert_string_equal(fixture_text(f, "Result.state"), "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 12345600);
    assert_int_equal(fixture_number(f, "Result.contract"), 2);
    fixture_free(f);
}

TEST(a_bill_is_explained_by_the_contract_that_it_was_issued_by)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);

    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-09", "null");
    logins(f, 3);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    check_state(f, "2020-09", "issued");
    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"dearer\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-09\",\"to\":null,"
                     "\"total_fen\":99999900}}",
                     f->app.v);
    check_state(f, "2020-09", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 12345600);
    assert_int_equal(fixture_number(f, "Result.contract"), 1);
    assert_string_equal(fixture_text(f, "Result.lines.0.rule"),
                        "contract big-2020: all lines, a month");
    fixture_restart(f);
    check_state(f, "2020-09", "issued");
    assert_string_equal(fixture_text(f, "Result.lines.0.rule"),
                        "contract big-2020: all lines, a month");
    /* What the month that runs would cost is by the new one. */
    logins(f, 3);
    check_state(f, "2020-10", "open");
    assert_string_equal(fixture_text(f, "Result.lines.0.rule"),
                        "contract dearer: all lines, a month");
    fixture_free(f);
}

static uint64_t call_rate(struct shard_fixture *f)
{
    fixture_operator(f, "admin.limit_list", "{\"app\":%u}", f->app.v);
    assert_string_equal(fixture_text(f, "Result.limits.3.limit"), "call_rate");
    return fixture_number(f, "Result.limits.3.value");
}

TEST(what_a_contract_grants_begins_and_ends_with_it)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-10", "\"2020-11\"");
    assert_int_equal(call_rate(f), 100);
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    assert_int_equal(call_rate(f), 5000);
    assert_string_equal(fixture_text(f, "Result.limits.3.source"), "contract");
    month_later(f);
    assert_int_equal(call_rate(f), 5000);
    month_later(f);
    assert_int_equal(call_rate(f), 100);
    assert_string_equal(fixture_text(f, "Result.limits.3.source"), "plan");
    fixture_operator(f, "admin.limit_history", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 2);
    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-12", "null");
    assert_int_equal(call_rate(f), 5000);
    fixture_free(f);
}

/* The close takes a grant back some moments into the month that it does not hold in. */
TEST(what_a_contract_granted_is_not_charged_behind_its_end)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-10", "\"2020-10\"");
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    assert_int_equal(call_rate(f), 5000);
    assert_int_equal(bill(f, "2020-10"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.total_fen"), 3000000);
    month_later(f);
    assert_int_equal(call_rate(f), 100);
    assert_int_equal(bill(f, "2020-11"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.total_fen"), 0);
    assert_int_equal(fixture_number(f, "Result.evidence.4.limit"), 100);
    assert_string_equal(fixture_text(f, "Result.evidence.4.source"), "plan");
    fixture_restart(f);
    month_later(f);
    assert_int_equal(bill(f, "2020-10"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.total_fen"), 3000000);
    check_state(f, "2020-11", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 0);
    fixture_free(f);
}

TEST(behind_a_contract_a_limit_is_charged_by_what_is_raised_then)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.contract_file", "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v,
                     "2020-10", "\"2020-10\"");
    fixture_advance(f, TO_OCTOBER);
    settle(f);
    month_later(f);
    fixture_limit(f, "call_rate", 1000);
    fixture_limit(f, "call_rate", 100);
    month_later(f);
    check_state(f, "2020-11", "issued");
    assert_int_equal(fixture_number(f, "Result.total_fen"), 600000);
    assert_string_equal(fixture_text(f, "Result.evidence.4.source"), "operator");
    fixture_free(f);
}

TEST(a_contract_that_is_none_is_refused_and_says_where)
{
    struct shard_fixture *f = fixture_new(CACHE);

    assert_int_equal(fixture_operator_try(f, "admin.contract_file",
                                          "{\"app\":%u,\"file\":{\"format\":1}}", f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.contract_file",
                                          "{\"app\":%u,\"file\":" CONTRACT "}", f->app.v, "2020-12",
                                          "\"2020-11\""),
                     IM_ERR_INVALID);
    fixture_operator(f, "admin.contract_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_month_that_is_over_has_one_bill_and_it_stays),
                     T(months_without_any_use_and_a_sleeping_server_get_the_same_bills),
                     T(every_app_gets_its_bill_over_a_crash_at_any_step),
                     T(a_disk_that_fails_in_the_middle_of_the_close_loses_and_doubles_no_bill),
                     T(a_jump_of_the_clock_holds_the_close_until_it_is_accepted),
                     T(an_app_that_was_made_later_has_no_bill_of_before),
                     T(a_bill_names_the_peak_day_and_who_raised_each_limit),
                     T(payments_and_credit_notes_settle_a_bill_to_the_fen),
                     T(a_payment_can_be_recorded_behind_any_number_of_documents),
                     T(a_bill_has_no_more_documents_than_one_reply_can_show),
                     T(documents_that_cannot_be_are_refused),
                     T(a_bill_without_payments_can_become_void_once),
                     T(a_month_above_the_tiers_is_a_draft_until_a_contract_covers_it),
                     T(a_bill_is_explained_by_the_contract_that_it_was_issued_by),
                     T(what_a_contract_grants_begins_and_ends_with_it),
                     T(what_a_contract_granted_is_not_charged_behind_its_end),
                     T(behind_a_contract_a_limit_is_charged_by_what_is_raised_then),
                     T(a_contract_that_is_none_is_refused_and_says_where));
}
