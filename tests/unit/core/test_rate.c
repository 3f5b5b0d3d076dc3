#include "support/test.h"

#include <stdio.h>

#include "core/billing/bill_print.h"
#include "core/billing/rate.h"
#include "support/plan_edit.h"

#define YUAN(amount) ((int64_t)(amount)*100)
#define RATED(p, u, b) (&(struct rated_bill){.plan = &(p), .usage = &(u), .bill = &(b)})

/* A month of an app that has what the plan includes. */
static struct month_usage quiet_month(const struct plan *plan, uint64_t peak_dau)
{
    struct month_usage usage = {.peak_dau = peak_dau};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = plan_included(plan, (enum limit)i);
    return usage;
}

static struct bill rated(const struct plan *plan, const struct month_usage *usage)
{
    struct bill bill;
    int64_t total = 0;

    assert_int_equal(bill_rate(plan, NULL, usage, &bill), IM_OK);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        total += bill.lines[i].amount_fen;
        if (bill.lines[i].amount_fen == 0)
            assert_true(bill.lines[i].units == 0 || bill.status == BILL_NEEDS_CONTRACT);
    }
    assert_int_equal(total, bill.total_fen);
    return bill;
}

/* The bill of a quiet month in which one limit was granted to an app that asked for so much. */
static struct bill bill_of_wish(const struct plan *plan, uint64_t peak_dau, enum limit limit,
                                uint64_t wanted)
{
    struct month_usage usage = quiet_month(plan, peak_dau);

    assert_int_equal(plan_grant(plan, limit, wanted, &usage.limits[limit]), IM_OK);
    return rated(plan, &usage);
}

TEST(a_quiet_month_costs_nothing)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 0);
    struct bill bill = rated(&plan, &usage);

    assert_int_equal(bill.total_fen, 0);
    assert_int_equal(bill.status, BILL_OK);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        assert_int_equal(bill.lines[i].units, 0);
    assert_int_equal(bill.lines[BILL_CALL_RATE].quantity, 100);
}

TEST(the_base_fee_follows_the_tiers_of_the_peak_dau)
{
    static const struct {
        uint64_t dau, units;
        int64_t yuan;
    } rows[] = {
        {0, 0, 0},          {1, 0, 0},          {99999, 0, 0},      {100000, 1, 10000},
        {100001, 2, 20000}, {150000, 2, 20000}, {200000, 2, 20000}, {200001, 3, 30000},
        {700001, 8, 80000}, {799999, 8, 80000}, {800000, 8, 80000},
    };
    struct plan plan = plan_shipped();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct month_usage usage = quiet_month(&plan, rows[i].dau);
        struct bill bill = rated(&plan, &usage);

        assert_int_equal(bill.status, BILL_OK);
        assert_int_equal(bill.lines[BILL_DAU].quantity, rows[i].dau);
        assert_int_equal(bill.lines[BILL_DAU].units, rows[i].units);
        assert_int_equal(bill.lines[BILL_DAU].amount_fen, YUAN(rows[i].yuan));
        assert_int_equal(bill.total_fen, YUAN(rows[i].yuan));
    }
}

TEST(above_800000_dau_every_line_is_by_contract)
{
    struct plan plan = plan_shipped();
    const uint64_t peaks[] = {800001, 1000000, UINT32_MAX, UINT64_MAX};

    for (size_t i = 0; i < sizeof(peaks) / sizeof(*peaks); i++) {
        struct bill bill = bill_of_wish(&plan, peaks[i], LIMIT_CALL_RATE, 1000);

        assert_int_equal(bill.status, BILL_NEEDS_CONTRACT);
        assert_int_equal(bill.total_fen, 0);
        assert_true(bill.lines[BILL_DAU].quantity == peaks[i]);
        assert_int_equal(bill.lines[BILL_CALL_RATE].quantity, 1000);
        for (unsigned item = 0; item < BILL_LINE_COUNT; item++)
            assert_int_equal(bill.lines[item].amount_fen, 0);
    }
}

TEST(roaming_is_quarters_times_units_of_dau)
{
    static const struct {
        uint64_t dau, months, units;
        int64_t yuan;
    } rows[] = {
        {200000, 12, 8, 8000}, /* the example of the price table */
        {200000, 0, 0, 0},     {200000, 1, 2, 2000}, {200000, 3, 2, 2000}, {200000, 4, 4, 4000},
        {200000, 6, 4, 4000},  {200000, 7, 6, 6000}, {0, 3, 1, 1000},      {1, 3, 1, 1000},
        {99999, 12, 4, 4000},  {100000, 3, 1, 1000}, {100001, 3, 2, 2000}, {800000, 12, 32, 32000},
        {50000, 24, 8, 8000},
    };
    struct plan plan = plan_shipped();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bill bill = bill_of_wish(&plan, rows[i].dau, LIMIT_ROAMING, rows[i].months);

        assert_int_equal(bill.lines[BILL_ROAMING].quantity, rows[i].months);
        assert_int_equal(bill.lines[BILL_ROAMING].units, rows[i].units);
        assert_int_equal(bill.lines[BILL_ROAMING].amount_fen, YUAN(rows[i].yuan));
    }
}

TEST(step_lines_charge_the_whole_granted_quantity_and_at_least_2000)
{
    static const struct {
        enum limit limit;
        uint64_t wanted, granted, units;
        int64_t yuan;
    } rows[] = {
        {LIMIT_CALL_RATE, 0, 100, 0, 0},
        {LIMIT_CALL_RATE, 100, 100, 0, 0},
        {LIMIT_CALL_RATE, 101, 200, 2, 2000},
        {LIMIT_CALL_RATE, 150, 200, 2, 2000},
        {LIMIT_CALL_RATE, 200, 200, 2, 2000},
        {LIMIT_CALL_RATE, 300, 300, 3, 2000},
        {LIMIT_CALL_RATE, 301, 400, 4, 2400},
        {LIMIT_CALL_RATE, 400, 400, 4, 2400},
        {LIMIT_CALL_RATE, 1000, 1000, 10, 6000},
        {LIMIT_GROUPS_PER_DAY, 500, 500, 0, 0},
        {LIMIT_GROUPS_PER_DAY, 501, 1000, 2, 2000},
        {LIMIT_GROUPS_PER_DAY, 10000, 10000, 20, 12000},
        {LIMIT_GROUPS_TOTAL, 100000, 100000, 0, 0},
        {LIMIT_GROUPS_TOTAL, 100001, 200000, 2, 2000},
        {LIMIT_GROUPS_TOTAL, 1000000, 1000000, 10, 6000},
        {LIMIT_RECENTS, 50, 50, 0, 0},
        {LIMIT_RECENTS, 51, 100, 2, 2000},
        {LIMIT_RECENTS, 500, 500, 10, 6000},
    };
    struct plan plan = plan_shipped();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        /* Below 100,000 DAU too: only the base fee is free there. */
        struct bill bill = bill_of_wish(&plan, 10, rows[i].limit, rows[i].wanted);
        const struct bill_line *line = &bill.lines[rows[i].limit + 1];

        assert_string_equal(bill_item_name((enum bill_item)(rows[i].limit + 1)),
                            limit_name(rows[i].limit));
        assert_int_equal(line->quantity, rows[i].granted);
        assert_int_equal(line->units, rows[i].units);
        assert_int_equal(line->amount_fen, YUAN(rows[i].yuan));
        assert_int_equal(bill.total_fen, YUAN(rows[i].yuan));
    }
}

TEST(several_terminals_are_charged_in_months_in_which_they_were_used)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 5);

    usage.limits[LIMIT_MULTI_TERMINAL] = 3;
    assert_int_equal(rated(&plan, &usage).total_fen, 0);
    usage.two_terminals = true;
    assert_int_equal(rated(&plan, &usage).lines[BILL_MULTI_TERMINAL].amount_fen, YUAN(2000));
    assert_int_equal(rated(&plan, &usage).lines[BILL_MULTI_TERMINAL].quantity, 1);
}

TEST(push_is_charged_from_10000_targets_or_more_than_100_a_day)
{
    static const struct {
        uint64_t targets, pushes, limit, quantity;
        int64_t yuan;
    } rows[] = {
        {0, 0, 100, 0, 0},
        {9999, 5, 100, 9999, 0},
        {9999, 100, 100, 9999, 0},
        {10000, 1, 100, 10000, 2000},
        {12000, 1, 100, 12000, 2000},
        {12000, 150, 200, 12000, 2000},
        {9999, 101, 200, 200, 2000},
        {10, 3, 200, 200, 2000}, /* a limit raised by ticket is charged as granted */
        {0, 101, 100, 101, 2000},
    };
    struct plan plan = plan_shipped();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct month_usage usage = quiet_month(&plan, 5);
        struct bill bill;

        usage.largest_push = rows[i].targets;
        usage.most_pushes = rows[i].pushes;
        usage.limits[LIMIT_PUSH] = rows[i].limit;
        bill = rated(&plan, &usage);
        assert_int_equal(bill.lines[BILL_PUSH].quantity, rows[i].quantity);
        assert_int_equal(bill.lines[BILL_PUSH].units, rows[i].yuan != 0);
        assert_int_equal(bill.total_fen, YUAN(rows[i].yuan));
    }
}

static struct month_usage whole_bill_month(const struct plan *plan)
{
    struct month_usage usage = quiet_month(plan, 200000);

    usage.limits[LIMIT_ROAMING] = 12;
    usage.limits[LIMIT_MULTI_TERMINAL] = 1;
    usage.two_terminals = true;
    usage.largest_push = 12000;
    usage.most_pushes = 1;
    usage.limits[LIMIT_CALL_RATE] = 1000;
    usage.limits[LIMIT_GROUPS_PER_DAY] = 10000;
    usage.limits[LIMIT_GROUPS_TOTAL] = 1000000;
    usage.limits[LIMIT_RECENTS] = 500;
    return usage;
}

TEST(the_whole_bill_of_the_price_plan_is_62000_yuan)
{
    static const int64_t yuan[BILL_LINE_COUNT] = {20000, 8000, 2000, 2000, 6000, 12000, 6000, 6000};
    struct plan plan = plan_shipped();
    struct month_usage usage = whole_bill_month(&plan);
    struct bill bill = rated(&plan, &usage);

    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        assert_int_equal(bill.lines[i].amount_fen, YUAN(yuan[i]));
    assert_int_equal(bill.total_fen, YUAN(62000));
}

TEST(the_walk_through_c_of_the_free_era_is_38000_yuan)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 200000);

    usage.limits[LIMIT_ROAMING] = 12;
    usage.limits[LIMIT_CALL_RATE] = 1000;
    usage.two_terminals = true;
    usage.largest_push = 12000;
    assert_int_equal(rated(&plan, &usage).total_fen, YUAN(38000));
}

TEST(a_month_is_rated_from_its_stored_row)
{
    struct plan plan = plan_shipped();
    struct month_row row = {.peak_dau = 200000,
                            .peak_day = 17777,
                            .largest_push = 12000,
                            .most_pushes = 3,
                            .terminals_used = 1};
    struct month_usage expected = whole_bill_month(&plan);
    struct month_usage usage;

    memcpy(row.limits, expected.limits, sizeof(row.limits));
    usage = month_usage_of(&row);
    assert_int_equal(usage.peak_day, 17777);
    assert_int_equal(usage.most_pushes, 3);
    assert_int_equal(rated(&plan, &usage).total_fen, YUAN(62000));
}

/* ---- other plans decide otherwise ---- */

struct variant {
    const char *about;
    struct plan_edit edits[8];
    uint64_t dau;
    enum limit limit;
    uint64_t wanted;
    int64_t fen;
};

TEST(every_decision_can_be_decided_otherwise_by_another_plan)
{
    static const struct variant variants[] = {
        {"1 part of a unit",
         {{"dau.part_of_unit", "\"down\""}},
         150000,
         LIMIT_PUSH,
         0,
         YUAN(10000)},
        {"2 deducted",
         {{"call_rate.charged_quantity", "\"above_included\""}},
         0,
         LIMIT_CALL_RATE,
         1000,
         YUAN(5400)},
        {"2 deducted from DAU",
         {{"dau.charged_quantity", "\"above_included\""}, {"dau.included", "100000"}},
         200000,
         LIMIT_PUSH,
         0,
         YUAN(10000)},
        {"3 exactly 100,000",
         {{"dau.tiers.0.to_closed", "true"}, {"dau.tiers.1.from_closed", "false"}},
         100000,
         LIMIT_PUSH,
         0,
         0},
        {"4 minimum always",
         {{"recents.minimum_applies", "\"always\""}},
         0,
         LIMIT_PUSH,
         0,
         YUAN(2000)},
        {"4 no minimum", {{"call_rate.minimum_fen", "0"}}, 0, LIMIT_CALL_RATE, 200, YUAN(1200)},
        {"5 not rounded when granted, part of a step counts",
         {{"call_rate.granted", "\"exact\""}},
         0,
         LIMIT_CALL_RATE,
         401,
         YUAN(3000)},
        {"5 part of a step does not count",
         {{"call_rate.granted", "\"exact\""}, {"call_rate.part_of_step", "\"down\""}},
         0,
         LIMIT_CALL_RATE,
         499,
         YUAN(2400)},
        {"6 roaming below one unit",
         {{"roaming.dau_units_at_least", "2"}},
         1,
         LIMIT_ROAMING,
         3,
         YUAN(2000)},
        {"6 nothing below one unit",
         {{"roaming.dau_units_at_least", "0"}, {"roaming.part_of_dau_unit", "\"down\""}},
         99999,
         LIMIT_ROAMING,
         3,
         0},
        {"7 parts of quarters",
         {{"roaming.part_of_unit", "\"down\""}},
         0,
         LIMIT_ROAMING,
         5,
         YUAN(1000)},
        {"7 months", {{"roaming.months_per_unit", "1"}}, 0, LIMIT_ROAMING, 5, YUAN(5000)},
        {"7 the first months free",
         {{"roaming.included_months", "3"}, {"roaming.charged_quantity", "\"above_included\""}},
         0,
         LIMIT_ROAMING,
         12,
         YUAN(3000)},
        {"7 as many months as included",
         {{"roaming.included_months", "3"}},
         0,
         LIMIT_ROAMING,
         3,
         0},
        {"8 terminals charged when allowed",
         {{"multi_terminal.charged", "\"when_granted\""}},
         0,
         LIMIT_MULTI_TERMINAL,
         1,
         YUAN(2000)},
        {"10 push charged when used",
         {{"push.more_per_day_charged", "\"when_used\""}},
         0,
         LIMIT_PUSH,
         200,
         0},
        {"12 no contract",
         {{"dau.tiers.2.charge", "\"per_unit\""}, {"dau.tiers.2.unit_price_fen", "500000"}},
         800001,
         LIMIT_PUSH,
         0,
         YUAN(45000)},
    };

    for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
        struct plan plan = plan_edited(variants[i].edits);
        struct bill bill =
            bill_of_wish(&plan, variants[i].dau, variants[i].limit, variants[i].wanted);

        if (bill.total_fen != variants[i].fen)
            print_error("%s: %lld fen\n", variants[i].about, (long long)bill.total_fen);
        assert_int_equal(bill.total_fen, variants[i].fen);
    }
}

TEST(exactly_10000_targets_can_be_free)
{
    struct plan plan = plan_edited((struct plan_edit[]){{"push.free_below_targets", "10001"}, {0}});
    struct month_usage usage = quiet_month(&plan, 0);

    usage.largest_push = 10000;
    assert_int_equal(rated(&plan, &usage).total_fen, 0);
    usage.largest_push = 10001;
    assert_int_equal(rated(&plan, &usage).total_fen, YUAN(2000));
}

/* The post-paid lines of the later books (server-api §10.3 to §10.6). */
#define LATER_DAU                                                                               \
    {"dau.charged_quantity", "\"above_included\""}, {"dau.included", "100000"},                 \
    {                                                                                           \
        "dau.tiers", "[{\"from\":0,\"from_closed\":true,\"to\":100000,\"to_closed\":true,"      \
                     "\"charge\":\"free\"},{\"from\":100000,\"from_closed\":false,\"to\":null," \
                     "\"to_closed\":false,\"charge\":\"per_unit\",\"unit_price_fen\":1000000}]" \
    }
#define LATER_GROUPS(price, minimum)                                                   \
    {"groups_total.charged_quantity", "\"above_included\""},                           \
        {"groups_total.unit_price_fen", price}, {"groups_total.minimum_fen", minimum}, \
    {                                                                                  \
        "groups_total.granted", "\"exact\""                                            \
    }
#define LATER_ROAMING                     \
    {"roaming.months_per_unit", "1"},     \
    {                                     \
        "roaming.unit_price_fen", "50000" \
    }

TEST(the_later_books_dau_groups_and_roaming_are_expressed_as_data)
{
    static const struct variant variants[] = {
        {"V2 groups",
         {LATER_GROUPS("60000", "200000")},
         0,
         LIMIT_GROUPS_TOTAL,
         1000000,
         YUAN(5400)},
        {"V2 minimum",
         {LATER_GROUPS("60000", "200000")},
         0,
         LIMIT_GROUPS_TOTAL,
         100001,
         YUAN(2000)},
        {"V3b groups", {LATER_GROUPS("100000", "0")}, 0, LIMIT_GROUPS_TOTAL, 1000000, YUAN(9000)},
        {"V4 groups", {LATER_GROUPS("100000", "0")}, 0, LIMIT_GROUPS_TOTAL, 130000, YUAN(1000)},
        {"V4 walk-through A groups",
         {LATER_GROUPS("100000", "0")},
         0,
         LIMIT_GROUPS_TOTAL,
         310500,
         YUAN(3000)},
        {"V4 DAU", {LATER_DAU}, 150000, LIMIT_PUSH, 0, YUAN(10000)},
        {"V4 DAU at the bound", {LATER_DAU}, 100000, LIMIT_PUSH, 0, 0},
        {"V4 walk-through A DAU", {LATER_DAU}, 250000, LIMIT_PUSH, 0, YUAN(20000)},
        {"V4 roaming", {LATER_ROAMING}, 99999, LIMIT_ROAMING, 2, YUAN(1000)},
        {"V4 DAU and roaming",
         {LATER_DAU, LATER_ROAMING},
         200000,
         LIMIT_ROAMING,
         2,
         YUAN(10000 + 2000)},
    };

    for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
        struct plan plan = plan_edited(variants[i].edits);
        struct bill bill =
            bill_of_wish(&plan, variants[i].dau, variants[i].limit, variants[i].wanted);

        if (bill.total_fen != variants[i].fen)
            print_error("%s: %lld fen\n", variants[i].about, (long long)bill.total_fen);
        assert_int_equal(bill.total_fen, variants[i].fen);
    }
}

/* ---- overflow ---- */

/* A plan under which `dau` costs dau x price. */
static struct plan per_head_plan(const char *unit_price_fen)
{
    const struct plan_edit edits[] = {
        {"dau.unit", "1"},
        {"dau.tiers", "[{\"from\":0,\"from_closed\":true,\"to\":null,\"to_closed\":false,"
                      "\"charge\":\"per_unit\",\"unit_price_fen\":1}]"},
        {"dau.tiers.0.unit_price_fen", unit_price_fen},
        {"roaming.dau_unit", "1"},
        {0},
    };

    return plan_edited(edits);
}

TEST(an_amount_up_to_the_largest_fits_and_one_fen_more_is_refused)
{
    struct plan plan = per_head_plan("1");
    struct month_usage usage = quiet_month(&plan, INT64_MAX);
    struct bill bill;

    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_OK);
    assert_true(bill.total_fen == INT64_MAX);
    usage.peak_dau = (uint64_t)INT64_MAX + 1;
    bill.total_fen = 42;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
    assert_int_equal(bill.total_fen, 42);
    usage.peak_dau = UINT64_MAX;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
}

TEST(a_total_that_does_not_fit_is_refused_though_every_line_fits)
{
    struct plan plan = per_head_plan("1");
    struct month_usage usage = quiet_month(&plan, INT64_MAX);
    struct bill bill;

    usage.two_terminals = true;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
    usage.peak_dau = INT64_MAX - 200000;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_OK);
    assert_true(bill.total_fen == INT64_MAX);
}

TEST(products_that_wrap_are_refused)
{
    struct plan plan = per_head_plan("1000000000000");
    struct month_usage usage = quiet_month(&plan, 18446745); /* x 10^12 wraps past 2^64 */
    struct bill bill;

    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
    plan = per_head_plan("0");
    usage = quiet_month(&plan, (uint64_t)1 << 62);
    usage.limits[LIMIT_ROAMING] = 24;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
    plan = plan_shipped();
    usage = quiet_month(&plan, 0);
    usage.limits[LIMIT_RECENTS] = UINT64_MAX;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_OVERFLOW);
}

/* ---- printing ---- */

TEST(the_whole_bill_as_json)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = whole_bill_month(&plan);
    struct bill bill = rated(&plan, &usage);
    struct buf text;

    buf_init(&text, 8192);
    bill_write_json(&text, RATED(plan, usage, bill));
    buf_add_char(&text, '\0');
    assert_string_equal(
        text.p,
        "{\"total_fen\":6200000,\"status\":\"ok\",\"lines\":["
        "{\"item\":\"dau\",\"quantity\":200000,\"units\":2,\"amount_fen\":2000000,"
        "\"unit\":\"DAU\",\"rule\":\"2 x 100,000 DAU x 10,000.00\"},"
        "{\"item\":\"roaming\",\"quantity\":12,\"units\":8,\"amount_fen\":800000,"
        "\"unit\":\"months\",\"rule\":\"2 x 100,000 DAU x 4 quarters x 1,000.00\"},"
        "{\"item\":\"multi_terminal\",\"quantity\":1,\"units\":1,\"amount_fen\":200000,"
        "\"unit\":\"months\",\"rule\":\"used\"},"
        "{\"item\":\"push\",\"quantity\":12000,\"units\":1,\"amount_fen\":200000,"
        "\"unit\":\"users\",\"rule\":\"10,000 targets or more in one push\"},"
        "{\"item\":\"call_rate\",\"quantity\":1000,\"units\":10,\"amount_fen\":600000,"
        "\"unit\":\"calls/s\",\"rule\":\"10 x 100 calls/s x 600.00\"},"
        "{\"item\":\"groups_per_day\",\"quantity\":10000,\"units\":20,\"amount_fen\":1200000,"
        "\"unit\":\"groups a day\",\"rule\":\"20 x 500 groups a day x 600.00\"},"
        "{\"item\":\"groups_total\",\"quantity\":1000000,\"units\":10,\"amount_fen\":600000,"
        "\"unit\":\"groups\",\"rule\":\"10 x 100,000 groups x 600.00\"},"
        "{\"item\":\"recents\",\"quantity\":500,\"units\":10,\"amount_fen\":600000,"
        "\"unit\":\"contacts\",\"rule\":\"10 x 50 contacts x 600.00\"}]}");
    buf_release(&text);
}

TEST(a_bill_that_needs_a_contract_has_null_amounts)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 800001);
    struct bill bill = rated(&plan, &usage);
    struct buf text;

    buf_init(&text, 8192);
    bill_write_json(&text, RATED(plan, usage, bill));
    buf_add_char(&text, '\0');
    assert_string_equal(
        text.p, "{\"total_fen\":null,\"status\":\"needs_contract\",\"lines\":["
                "{\"item\":\"dau\",\"quantity\":800001,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"DAU\",\"rule\":\"by contract\"},"
                "{\"item\":\"roaming\",\"quantity\":0,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"months\",\"rule\":\"by contract\"},"
                "{\"item\":\"multi_terminal\",\"quantity\":0,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"months\",\"rule\":\"by contract\"},"
                "{\"item\":\"push\",\"quantity\":0,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"users\",\"rule\":\"by contract\"},"
                "{\"item\":\"call_rate\",\"quantity\":100,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"calls/s\",\"rule\":\"by contract\"},"
                "{\"item\":\"groups_per_day\",\"quantity\":500,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"groups a day\",\"rule\":\"by contract\"},"
                "{\"item\":\"groups_total\",\"quantity\":100000,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"groups\",\"rule\":\"by contract\"},"
                "{\"item\":\"recents\",\"quantity\":50,\"units\":0,\"amount_fen\":null,"
                "\"unit\":\"contacts\",\"rule\":\"by contract\"}]}");
    buf_reset(&text);
    bill_write_table(&text, RATED(plan, usage, bill));
    buf_add_char(&text, '\0');
    assert_non_null(strstr(text.p, "needs a contract"));
    assert_null(strstr(text.p, "0.00"));
    buf_release(&text);
}

TEST(the_table_says_how_each_amount_came_about)
{
    static const char *const parts[] = {
        "2 x 100,000 DAU x 10,000.00 ",
        " 20,000.00\n",
        "2 x 100,000 DAU x 4 quarters x 1,000.00 ",
        "12  ",
        " 12,000.00\n",
        "20 x 500 groups a day x 600.00 ",
        " 62,000.00\n",
        "2 x 100 calls/s x 600.00, minimum 2,000.00 ",
        "up to 50 contacts included ",
    };
    struct plan plan = plan_shipped();
    struct month_usage usage = whole_bill_month(&plan);
    struct bill bill = rated(&plan, &usage);
    struct buf text;

    buf_init(&text, 8192);
    bill_write_table(&text, RATED(plan, usage, bill));
    usage.limits[LIMIT_CALL_RATE] = 200;
    usage.limits[LIMIT_RECENTS] = 50;
    bill = rated(&plan, &usage);
    bill_write_table(&text, RATED(plan, usage, bill));
    buf_add_char(&text, '\0');
    assert_false(text.overflow);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (!strstr(text.p, parts[i]))
            fail_msg("the table lacks \"%s\":\n%s", parts[i], text.p);
    buf_release(&text);
}

int main(void)
{
    return RUN_TESTS(
        T(a_quiet_month_costs_nothing), T(the_base_fee_follows_the_tiers_of_the_peak_dau),
        T(above_800000_dau_every_line_is_by_contract), T(roaming_is_quarters_times_units_of_dau),
        T(step_lines_charge_the_whole_granted_quantity_and_at_least_2000),
        T(several_terminals_are_charged_in_months_in_which_they_were_used),
        T(push_is_charged_from_10000_targets_or_more_than_100_a_day),
        T(the_whole_bill_of_the_price_plan_is_62000_yuan),
        T(the_walk_through_c_of_the_free_era_is_38000_yuan),
        T(a_month_is_rated_from_its_stored_row),
        T(every_decision_can_be_decided_otherwise_by_another_plan),
        T(exactly_10000_targets_can_be_free),
        T(the_later_books_dau_groups_and_roaming_are_expressed_as_data),
        T(an_amount_up_to_the_largest_fits_and_one_fen_more_is_refused),
        T(a_total_that_does_not_fit_is_refused_though_every_line_fits),
        T(products_that_wrap_are_refused), T(the_whole_bill_as_json),
        T(a_bill_that_needs_a_contract_has_null_amounts),
        T(the_table_says_how_each_amount_came_about));
}
