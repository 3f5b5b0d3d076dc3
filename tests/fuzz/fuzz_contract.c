/*
 * Any bytes as a contract file: refused with a sentence, or a contract under which every month of
 * every shipped plan can be rated and printed without undefined behaviour, or does not fit it.
 */
#include <stdlib.h>

#include "base/check.h"
#include "core/billing/bill_print.h"
#include "core/billing/shipped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MAX_PLANS 32

static struct plan plans[MAX_PLANS];
static size_t plan_count;

static void load_plans(void)
{
    char problem[PLAN_PROBLEM_BYTES];

    for (const struct shipped_plan *p = shipped_plans; p->id && plan_count < MAX_PLANS; p++)
        CHECK(plan_parse(span_make(p->bytes, p->n), &plans[plan_count++], problem) == IM_OK);
}

static void check_texts(const struct rated_bill *rated)
{
    struct buf text;

    buf_init(&text, 64 << 10);
    bill_write_json(&text, rated);
    for (size_t i = 0; i < text.n; i++)
        CHECK(text.p[i] >= 0x20 && text.p[i] <= 0x7e && text.p[i] != '\\');
    bill_write_table(&text, rated);
    CHECK(!text.overflow);
    buf_release(&text);
}

static void check_month(const struct plan *plan, const struct contract *contract, uint64_t number)
{
    struct month_usage usage = {.peak_dau = number,
                                .two_terminals = number & 1,
                                .largest_push = number,
                                .most_pushes = number / 3,
                                .groups_at_end = number,
                                .peak_groups = number,
                                .mbps_days = number,
                                .mbps_days_abroad = number};
    char problem[PLAN_PROBLEM_BYTES] = "";
    bool fits = contract_fits(contract, plan, problem);
    struct bill bill;
    struct rated_bill rated = {plan, contract, &usage, &bill};
    int64_t total = 0;
    enum im_err err;

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = number;
    err = bill_rate(plan, contract, &usage, &bill);
    CHECK(fits ? err == IM_OK || err == IM_ERR_OVERFLOW : err == IM_ERR_INVALID && problem[0]);
    if (err)
        return;
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        CHECK(bill.lines[i].amount_fen >= 0);
        total += bill.lines[i].amount_fen;
    }
    CHECK(total == bill.total_fen);
    CHECK(bill.status == BILL_OK || (total == 0 && !bill.by_contract));
    CHECK(!bill.by_contract || bill_needs_contract(plan, &usage));
    check_texts(&rated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint64_t numbers[] = {0,       1,         99999,     100000,        800000,
                                       800001,  1000000,   INT32_MAX, 1000000000000, 1ull << 40,
                                       1 << 20, INT64_MAX, UINT64_MAX};
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct contract contract;

    if (!plan_count)
        load_plans();
    if (contract_parse(span_make(data, n), &contract, problem)) {
        CHECK(problem[0] && strlen(problem) < sizeof(problem));
        for (const char *c = problem; *c; c++)
            CHECK(*c >= 0x20 && *c <= 0x7e);
        return 0;
    }
    CHECK(contract.first_month <= contract.last_month);
    CHECK(contract_in_force(&contract, contract.first_month));
    CHECK(contract_in_force(&contract, contract.last_month));
    CHECK(contract.limits.count <= PLAN_MAX_GIFTS);
    for (size_t plan = 0; plan < plan_count; plan++)
        for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
            check_month(&plans[plan], &contract, numbers[i]);
    return 0;
}
