/*
 * Any bytes as a plan file: refused with a sentence, or a plan under which every month can be
 * rated, printed and granted without undefined behaviour.
 */
#include <stdlib.h>

#include "base/check.h"
#include "core/billing/bill_print.h"
#include "core/billing/plan.h"
#include "core/billing/rate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_bill(const struct plan *plan, const struct month_usage *usage)
{
    struct buf text;
    struct bill bill;
    struct rated_bill rated = {.plan = plan, .usage = usage, .bill = &bill};
    int64_t total = 0;
    enum im_err err = bill_rate(plan, NULL, usage, &bill);

    CHECK(err == IM_OK || err == IM_ERR_OVERFLOW);
    if (err)
        return;
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        CHECK(bill.lines[i].amount_fen >= 0);
        total += bill.lines[i].amount_fen;
    }
    CHECK(total == bill.total_fen);
    CHECK(bill.status == BILL_OK || total == 0);
    buf_init(&text, 64 << 10);
    bill_write_json(&text, &rated);
    bill_write_table(&text, &rated);
    CHECK(!text.overflow);
    buf_release(&text);
}

/* The same number as every quantity, once as used and once as granted for it. */
static void check_month(const struct plan *plan, uint64_t number)
{
    struct month_usage usage = {.peak_dau = number,
                                .two_terminals = number & 1,
                                .largest_push = number,
                                .most_pushes = number,
                                .groups_at_end = number,
                                .peak_groups = number,
                                .mbps_days = number,
                                .mbps_days_abroad = number & 2 ? number : 0,
                                .packs = (uint32_t)number & ((1u << plan->pack_count) - 1)};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = number;
    check_bill(plan, &usage);
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        uint64_t granted;

        if (plan_grant(plan, (enum limit)i, number, &granted))
            continue;
        CHECK(granted >= number && granted >= plan_included(plan, (enum limit)i));
        usage.limits[i] = granted;
    }
    usage.peak_dau = number % 1000003;
    check_bill(plan, &usage);
    CHECK(plan_packs_valid(plan, 0) && !plan_packs_valid(plan, 1u << plan->pack_count));
    CHECK(plan_calls_of_app(plan, number) > 0);
    CHECK(plan_calls_of_command(plan, SPAN_LIT("im_open_login_svc.kick"), number) > 0);
    CHECK(plan_roaming_days(plan, number) >= plan->roaming.included_days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint64_t numbers[] = {
        0,      1,      50,      51,        100,        99999,         100000,    100001,
        800000, 800001, 1000000, INT32_MAX, 1ull << 40, INT64_MAX - 1, INT64_MAX, UINT64_MAX};
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct plan plan;

    if (plan_parse(span_make(data, n), &plan, problem)) {
        CHECK(problem[0] && strlen(problem) < sizeof(problem));
        for (const char *c = problem; *c; c++)
            CHECK(*c >= 0x20 && *c <= 0x7e);
        return 0;
    }
    CHECK(plan.dau.tiers[plan.dau.tier_count - 1].last == UINT64_MAX);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        check_month(&plan, numbers[i]);
    for (uint32_t i = 0; i < plan.dau.tier_count; i++) {
        check_month(&plan, plan.dau.tiers[i].first);
        check_month(&plan, plan.dau.tiers[i].last);
    }
    return 0;
}
