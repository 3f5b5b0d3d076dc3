/* A month under another plan. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/billing/shipped.h"
#include "core/billing/what_if.h"
#include "support/shard_fixture.h"

#define CACHE (8u << 20)
#define DAY 86400u

static struct plan plan_of(const char *id)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct plan plan;
    struct span file;

    assert_true(shipped_plan_find(span_of(id), &file));
    assert_int_equal(plan_parse(file, &plan, problem), IM_OK);
    return plan;
}

static enum im_err what_if(struct shard_fixture *f, const char *month, const char *plan,
                           const char *packs)
{
    return fixture_operator_try(f, "admin.bill_what_if",
                                "{\"app\":%u,\"month\":\"%s\",\"plan\":\"%s\",\"packs\":\"%s\"}",
                                f->app.v, month, plan, packs);
}

/* What the plan costs by itself: the same month by the rating engine. */
static uint64_t rated(const char *id, const struct month_usage *usage)
{
    const struct plan plan = plan_of(id);
    struct bill bill;

    assert_int_equal(bill_rate(&plan, NULL, usage, &bill), IM_OK);
    return (uint64_t)bill.total_fen;
}

TEST(under_its_own_plan_a_month_costs_what_its_bill_says)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "call_rate", 1000);
    fixture_limit(f, "roaming", 12);
    fixture_account(f, "anna");
    fixture_login(f, "anna", PLATFORM_WEB);
    assert_int_equal(what_if(f, "2020-09", "cloud-2018", ""), IM_OK);
    assert_int_equal(fixture_number(f, "Result.now.total_fen"),
                     fixture_number(f, "Result.then.total_fen"));
    assert_int_equal(fixture_number(f, "Result.difference_fen"), 0);
    assert_true(fixture_number(f, "Result.now.total_fen") > 600000);
    fixture_free(f);
}

TEST(limits_of_the_plan_become_those_of_the_other_and_raised_ones_stay)
{
    const struct plan other = plan_of("pro-2018-09");
    struct shard_fixture *f = fixture_new(CACHE);
    struct month_usage usage = {.peak_dau = 1};

    fixture_limit(f, "call_rate", 1000);
    fixture_account(f, "anna");
    fixture_login(f, "anna", PLATFORM_WEB);
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = plan_included(&other, (enum limit)i);
    assert_int_equal(plan_grant(&other, LIMIT_CALL_RATE, 1000, &usage.limits[LIMIT_CALL_RATE]),
                     IM_OK);
    assert_int_equal(what_if(f, "2020-09", "pro-2018-09", ""), IM_OK);
    assert_int_equal(fixture_number(f, "Result.then.total_fen"), rated("pro-2018-09", &usage));
    assert_string_equal(fixture_text(f, "Result.then.plan.id"), "pro-2018-09");
    assert_int_equal(fixture_number(f, "Result.then.limits.call_rate"),
                     usage.limits[LIMIT_CALL_RATE]);
    fixture_free(f);
}

TEST(every_shipped_plan_rates_every_month_closed_or_not)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "groups_total", 1000000);
    for (int closed = 0; closed < 2; closed++) {
        for (const struct shipped_plan *plan = shipped_plans; plan->id; plan++) {
            assert_int_equal(what_if(f, "2020-09", plan->id, ""), IM_OK);
            assert_string_equal(fixture_text(f, "Result.then.plan.id"), plan->id);
            assert_string_equal(fixture_text(f, "Result.now.state"), closed ? "issued" : "open");
        }
        fixture_advance(f, 18 * DAY);
        for (int i = 0; i < 8; i++)
            fixture_advance(f, 1);
    }
    fixture_free(f);
}

static void to_october(struct shard_fixture *f)
{
    fixture_advance(f, 18 * DAY);
    for (int i = 0; i < 8; i++)
        fixture_advance(f, 1);
}

TEST(an_issued_or_void_bill_stays_as_it_is_beside_the_other_plan)
{
    struct shard_fixture *f = fixture_new(CACHE);
    uint64_t issued, other;

    fixture_limit(f, "call_rate", 1000);
    to_october(f);
    fixture_operator(f, "admin.bill", "{\"app\":%u,\"month\":\"2020-09\"}", f->app.v);
    issued = fixture_number(f, "Result.total_fen");
    assert_int_equal(issued, 600000);
    fixture_limit(f, "call_rate", 2000); /* of October: September stays */
    assert_int_equal(what_if(f, "2020-09", "pro-2018-09", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.now.state"), "issued");
    assert_int_equal(fixture_number(f, "Result.now.total_fen"), issued);
    assert_int_equal(fixture_number(f, "Result.now.usage.limits.call_rate"), 1000);
    other = fixture_number(f, "Result.then.total_fen");
    fixture_operator(f, "admin.bill_void", "{\"app\":%u,\"month\":\"2020-09\",\"reason\":\"test\"}",
                     f->app.v);
    fixture_restart(f);
    assert_int_equal(what_if(f, "2020-09", "pro-2018-09", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.now.state"), "void");
    assert_int_equal(fixture_number(f, "Result.now.total_fen"), issued);
    assert_int_equal(fixture_number(f, "Result.then.total_fen"), other);
    fixture_free(f);
}

TEST(a_raised_limit_that_was_lowered_is_taken_at_its_highest)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_limit(f, "call_rate", 1000);
    to_october(f);
    fixture_operator(f, "admin.limit_reset",
                     "{\"app\":%u,\"limit\":\"call_rate\",\"reason\":\"test\"}", f->app.v);
    /* October began with 1,000; from November it is the plan's own again. */
    assert_int_equal(what_if(f, "current", "cloud-2018", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.now.month"), "2020-10");
    assert_int_equal(fixture_number(f, "Result.then.limits.call_rate"), 1000);
    assert_int_equal(fixture_number(f, "Result.difference_fen"), 0);
    fixture_advance(f, 31 * DAY);
    assert_int_equal(what_if(f, "current", "flagship-2020-01", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.now.month"), "2020-11");
    assert_int_equal(fixture_number(f, "Result.now.usage.limits.call_rate"), 100);
    assert_int_equal(fixture_number(f, "Result.then.limits.call_rate"), 200);
    fixture_free(f);
}

/* One account is above the last tier. */
static const struct plan_edit small_tiers[] = {{"id", "\"small\""},       {"dau.tiers.0.to", "1"},
                                               {"dau.tiers.1.from", "1"}, {"dau.tiers.1.to", "2"},
                                               {"dau.tiers.2.from", "2"}, {NULL, NULL}};

TEST(a_contract_in_force_is_taken_unless_left_out)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);
    char name[16];

    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        fixture_account(f, name);
        fixture_login(f, name, PLATFORM_WEB);
    }
    assert_int_equal(what_if(f, "2020-09", "small", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.then.status"), "needs_contract");
    assert_int_equal(fixture_at(f, "Result.then.total_fen").type, JSON_NULL);
    assert_int_equal(fixture_at(f, "Result.difference_fen").type, JSON_NULL);
    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"big\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-09\",\"to\":null,"
                     "\"total_fen\":12345600}}",
                     f->app.v);
    assert_int_equal(what_if(f, "2020-09", "small", ""), IM_OK);
    assert_int_equal(fixture_number(f, "Result.then.total_fen"), 12345600);
    assert_int_equal(fixture_number(f, "Result.difference_fen"), 0);
    assert_int_equal(fixture_operator_try(f, "admin.bill_what_if",
                                          "{\"app\":%u,\"month\":\"2020-09\",\"plan\":\"small\","
                                          "\"without_contract\":1}",
                                          f->app.v),
                     IM_OK);
    assert_int_equal(fixture_number(f, "Result.now.total_fen"), 12345600);
    assert_string_equal(fixture_text(f, "Result.then.status"), "needs_contract");
    assert_int_equal(fixture_at(f, "Result.difference_fen").type, JSON_NULL);
    /* Prices of the other plan's list need none. */
    assert_int_equal(what_if(f, "2020-09", "cloud-2018", ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.then.status"), "ok");
    assert_int_equal(fixture_at(f, "Result.then.by_contract").type, JSON_FALSE);
    fixture_free(f);
}

TEST(what_is_asked_wrongly_is_said)
{
    struct shard_fixture *f = fixture_new(CACHE);

    assert_int_equal(what_if(f, "2020-09", "cloud-2019", ""), IM_ERR_INVALID);
    assert_non_null(strstr(f->text, "there is no plan cloud-2019; shipped are "));
    assert_non_null(strstr(f->text, "cloud-2018"));
    assert_int_equal(what_if(f, "2020-09", "", ""), IM_ERR_INVALID);
    assert_int_equal(what_if(f, "2020-09", "cloud-2018", "none"), IM_ERR_INVALID);
    assert_non_null(strstr(f->text, "plan cloud-2018 sells no pack \\\"none\\\""));
    /* Cut between characters: what follows the name is still said. */
    assert_int_equal(
        what_if(f, "2020-09",
                "\u65b9\u6848\u65b9\u6848\u65b9\u6848\u65b9\u6848\u65b9\u6848\u65b9\u6848", ""),
        IM_ERR_INVALID);
    assert_non_null(strstr(f->text, "; shipped are cloud-2018"));
    assert_int_equal(what_if(f, "2020-10", "cloud-2018", ""), IM_ERR_INVALID);
    assert_int_equal(what_if(f, "2020-08", "cloud-2018", ""), IM_ERR_INVALID);
    fixture_free(f);
}

TEST(packs_are_priced_and_exclude_one_another)
{
    const struct plan plan = plan_of("pro-2018-09");
    struct shard_fixture *f = fixture_new(CACHE);
    char both[128];
    uint64_t without;

    assert_true(plan.pack_count > 1);
    assert_int_equal(what_if(f, "2020-09", "pro-2018-09", ""), IM_OK);
    without = fixture_number(f, "Result.then.total_fen");
    assert_int_equal(fixture_count(f, "Result.then.packs"), 0);
    assert_int_equal(what_if(f, "2020-09", "pro-2018-09", plan.packs[0].id), IM_OK);
    assert_int_equal(fixture_number(f, "Result.then.total_fen"),
                     without + (uint64_t)plan.packs[0].fee_fen);
    assert_string_equal(fixture_text(f, "Result.then.packs.0"), plan.packs[0].id);
    for (uint32_t i = 1; i < plan.pack_count; i++) {
        bool exclusive = strcmp(plan.packs[i].kind, plan.packs[0].kind) == 0;

        snprintf(both, sizeof(both), "%s,%s", plan.packs[0].id, plan.packs[i].id);
        assert_int_equal(what_if(f, "2020-09", "pro-2018-09", both),
                         exclusive ? IM_ERR_INVALID : IM_OK);
    }
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(under_its_own_plan_a_month_costs_what_its_bill_says),
                     T(limits_of_the_plan_become_those_of_the_other_and_raised_ones_stay),
                     T(an_issued_or_void_bill_stays_as_it_is_beside_the_other_plan),
                     T(a_raised_limit_that_was_lowered_is_taken_at_its_highest),
                     T(a_contract_in_force_is_taken_unless_left_out),
                     T(every_shipped_plan_rates_every_month_closed_or_not),
                     T(what_is_asked_wrongly_is_said), T(packs_are_priced_and_exclude_one_another));
}
