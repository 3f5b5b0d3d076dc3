#include "support/test.h"

#include <stdio.h>

#include "core/billing/bill_print.h"
#include "core/billing/contract.h"
#include "core/quota/entitlement.h"
#include "core/usage/calendar.h"
#include "support/contract_text.h"
#include "support/plan_edit.h"

#define YUAN(amount) ((int64_t)(amount)*100)

static struct contract parsed(const char *text)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct contract contract;

    if (contract_parse(span_of(text), &contract, problem))
        fail_msg("%s", problem);
    return contract;
}

static struct contract edited(const char *text, const struct plan_edit *edits)
{
    struct contract contract;
    struct buf edited;

    buf_init(&edited, CONTRACT_MAX_BYTES);
    json_edit_text(span_of(text), edits, &edited);
    buf_add_char(&edited, '\0');
    contract = parsed(edited.p);
    buf_release(&edited);
    return contract;
}

static uint32_t month_of(const char *text)
{
    uint32_t month;

    assert_true(month_parse(span_of(text), &month));
    return month;
}

/* Above the contract tier, with something of every line. */
static struct month_usage large_month(const struct plan *plan)
{
    struct month_usage usage = {.peak_dau = 2400001,
                                .two_terminals = true,
                                .largest_push = 12000,
                                .groups_at_end = 1000000,
                                .peak_groups = 1000000};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = plan_included(plan, (enum limit)i);
    usage.limits[LIMIT_ROAMING] = 12;
    usage.limits[LIMIT_CALL_RATE] = 1000;
    usage.limits[LIMIT_GROUPS_PER_DAY] = 10000;
    usage.limits[LIMIT_RECENTS] = 100;
    return usage;
}

static struct bill rated(const struct plan *plan, const struct contract *contract,
                         const struct month_usage *usage)
{
    struct bill bill;
    int64_t total = 0;

    assert_int_equal(bill_rate(plan, contract, usage, &bill), IM_OK);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        total += bill.lines[i].amount_fen;
    assert_int_equal(total, bill.total_fen);
    return bill;
}

/* ---- reading ---- */

TEST(a_contract_says_its_months_its_total_and_what_it_grants)
{
    struct contract contract = parsed(contract_by_total);

    assert_string_equal(contract.id, "acme-2026");
    assert_true(contract.by_total);
    assert_int_equal(contract.total_fen, YUAN(120000));
    assert_false(contract_in_force(&contract, month_of("2026-10")));
    assert_true(contract_in_force(&contract, month_of("2026-11")));
    assert_true(contract_in_force(&contract, month_of("2027-10")));
    assert_false(contract_in_force(&contract, month_of("2027-11")));
    assert_int_equal(contract.limits.count, 4);
    assert_int_equal(contract.limits.of[0].entitlement, LIMIT_CALL_RATE);
    assert_int_equal(contract.limits.of[0].value, 5000);
    assert_int_equal(contract.limits.of[1].entitlement, CAP_GROUPS);
    assert_true(contract.limits.of[1].value == PLAN_UNLIMITED);
    assert_int_equal(contract.limits.of[2].entitlement, CAP_MEMBERS_OF_PUBLIC);
    assert_int_equal(contract.limits.of[3].entitlement, SERVICE_ROOM_BANS);
    assert_int_equal(contract.limits.of[3].value, 1);
}

TEST(a_contract_without_an_end_and_without_limits)
{
    struct contract contract = parsed(contract_by_line);

    assert_false(contract.by_total);
    assert_int_equal(contract.limits.count, 0);
    assert_true(contract_in_force(&contract, month_of("9999-12")));
    assert_int_equal(contract.prices[BILL_DAU].kind, CONTRACT_UNITS);
    assert_int_equal(contract.prices[BILL_PUSH].kind, CONTRACT_FEE);
    assert_int_equal(contract.prices[BILL_PLAN].kind, CONTRACT_LIST);
}

#define NUMBER_1 "must be a whole number from 1 to 1000000000000"
#define NUMBER_0 "must be a whole number from 0 to 1000000000000"

static const struct {
    const char *text;
    struct plan_edit edits[3];
    const char *problem;
} bad_contracts[] = {
    /* missing, unknown, of another shape */
    {contract_by_total, {{"id", NULL}}, "id: is missing"},
    {contract_by_total, {{"from", NULL}}, "from: is missing"},
    {contract_by_total, {{"to", NULL}}, "to: is missing"},
    {contract_by_total, {{"currency", NULL}}, "currency: is missing"},
    {contract_by_total, {{"total_fen", NULL}}, "lines: is missing, and so is total_fen"},
    {contract_by_total, {{"lines", "{}"}}, "lines: and total_fen exclude one another"},
    {contract_by_total, {{"price", "7"}}, "price: is not a known field"},
    {contract_by_line, {{"lines.recents", NULL}}, "lines.recents: is missing"},
    {contract_by_line, {{"lines.dau.unit", NULL}}, "lines.dau.unit: is missing"},
    {contract_by_line, {{"lines.dau.minimum_fen", NULL}}, "lines.dau.minimum_fen: is missing"},
    {contract_by_line, {{"lines.roaming.dau_unit", NULL}}, "lines.roaming.dau_unit: is missing"},
    {contract_by_line, {{"lines.dau.dau_unit", "5"}}, "lines.dau.dau_unit: is not a known field"},
    {contract_by_line,
     {{"lines.dau.fee_fen", "5"}},
     "lines.dau.charged_quantity: is not a known field"},
    {contract_by_line, {{"lines.push.charged", NULL}}, "lines.push.charged: is missing"},
    {contract_by_line, {{"lines.push", "{\"unit\": 5}"}}, "lines.push.unit: is not a known field"},
    {contract_by_line, {{"lines.pushes", "{}"}}, "lines.pushes: is not a known field"},
    {contract_by_line, {{"lines.dau", "7"}}, "lines.dau: must be an object"},
    {contract_by_line, {{"lines", "[]"}}, "lines: must be an object"},
    {contract_by_total, {{"limits", "null"}}, "limits: must be an object"},
    {contract_by_total, {{"limits.calls", "7"}}, "limits.calls: is not a known field"},
    /* numbers */
    {contract_by_total, {{"total_fen", "-1"}}, "total_fen: " NUMBER_0},
    {contract_by_total, {{"total_fen", "1000000000001"}}, "total_fen: " NUMBER_0},
    {contract_by_total, {{"total_fen", "1.5"}}, "total_fen: " NUMBER_0},
    {contract_by_total, {{"total_fen", "null"}}, "total_fen: " NUMBER_0},
    {contract_by_line, {{"lines.dau.unit", "0"}}, "lines.dau.unit: " NUMBER_1},
    {contract_by_line,
     {{"lines.dau.unit_price_fen", "9223372036854775807"}},
     "lines.dau.unit_price_fen: " NUMBER_0},
    {contract_by_line,
     {{"lines.roaming.dau_unit", "0"}},
     "lines.roaming.dau_unit: " NUMBER_1 ", or null"},
    {contract_by_total, {{"limits.call_rate", "0"}}, "limits.call_rate: " NUMBER_1},
    {contract_by_total, {{"limits.call_rate", "null"}}, "limits.call_rate: " NUMBER_1},
    {contract_by_total, {{"limits.groups", "-7"}}, "limits.groups: " NUMBER_1 ", or null"},
    {contract_by_total,
     {{"limits.room_bans", "false"}},
     "limits.room_bans: must be true, or left out"},
    /* texts */
    {contract_by_total,
     {{"format", "2"}},
     "format: must be 1, the only format that this version reads"},
    {contract_by_total, {{"id", "\"A 1\""}}, "id: must be 1 to 32 characters a-z, 0-9 and -"},
    {contract_by_total, {{"currency", "\"USD\""}}, "currency: must be \"CNY\""},
    {contract_by_total, {{"cycle", "\"year\""}}, "cycle: must be \"calendar_month\""},
    {contract_by_total, {{"from", "\"2026-13\""}}, "from: must be a month such as \"2026-11\""},
    {contract_by_total, {{"from", "null"}}, "from: must be a month such as \"2026-11\""},
    {contract_by_total, {{"to", "\"2026\""}}, "to: must be a month such as \"2026-11\", or null"},
    {contract_by_total, {{"to", "\"2026-10\""}}, "to: lies before from"},
    {contract_by_line,
     {{"lines.push.charged", "\"never\""}},
     "lines.push.charged: must be \"every_month\" or \"when_used\""},
    {contract_by_line,
     {{"lines.dau.part_of_unit", "\"nearest\""}},
     "lines.dau.part_of_unit: must be \"up\" or \"down\""},
    {contract_by_line,
     {{"lines.dau.charged_quantity", "\"half\""}},
     "lines.dau.charged_quantity: must be \"whole\" or \"above_included\""},
};

TEST(a_bad_contract_is_refused_with_one_sentence_that_names_the_place)
{
    for (size_t i = 0; i < sizeof(bad_contracts) / sizeof(*bad_contracts); i++) {
        char problem[PLAN_PROBLEM_BYTES] = "";
        struct contract contract;
        struct contract untouched;
        struct buf text;

        memset(&contract, 0x5a, sizeof(contract));
        memcpy(&untouched, &contract, sizeof(contract));
        buf_init(&text, CONTRACT_MAX_BYTES);
        json_edit_text(span_of(bad_contracts[i].text), bad_contracts[i].edits, &text);
        assert_int_equal(contract_parse(buf_span(&text), &contract, problem), IM_ERR_INVALID);
        assert_string_equal(problem, bad_contracts[i].problem);
        assert_memory_equal(&contract, &untouched, sizeof(contract));
        buf_release(&text);
    }
}

TEST(text_that_is_no_contract_is_refused)
{
    static char blanks[CONTRACT_MAX_BYTES + 1];
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"", "line 1, column 0: '[' or '{' expected near end of file"},
        {"[]", "the file: must be an object"},
        {"{\"id\": 1, \"id\": 2}", "line 1, column 14: duplicate object key near '\"id\"'"},
    };
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct contract contract;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(contract_parse(span_of(rows[i].text), &contract, problem), IM_ERR_INVALID);
        assert_string_equal(problem, rows[i].problem);
    }
    memset(blanks, ' ', sizeof(blanks));
    memcpy(blanks, contract_by_total, strlen(contract_by_total));
    assert_int_equal(contract_parse(span_make(blanks, CONTRACT_MAX_BYTES), &contract, problem),
                     IM_OK);
    assert_int_equal(contract_parse(span_make(blanks, CONTRACT_MAX_BYTES + 1), &contract, problem),
                     IM_ERR_INVALID);
    assert_string_equal(problem, "the file: is larger than 16384 bytes");
}

/* ---- rating ---- */

TEST(without_a_contract_a_month_above_the_tier_needs_one)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = large_month(&plan);
    struct bill bill = rated(&plan, NULL, &usage);

    assert_int_equal(bill.status, BILL_NEEDS_CONTRACT);
    assert_false(bill.by_contract);
    assert_int_equal(bill.total_fen, 0);
}

TEST(a_total_stands_on_the_base_fee_and_covers_every_line)
{
    struct plan plan = plan_shipped();
    struct contract contract = parsed(contract_by_total);
    struct month_usage usage = large_month(&plan);
    struct bill bill = rated(&plan, &contract, &usage);

    assert_int_equal(bill.status, BILL_OK);
    assert_true(bill.by_contract);
    assert_int_equal(bill.total_fen, YUAN(120000));
    assert_int_equal(bill.lines[BILL_DAU].amount_fen, YUAN(120000));
    assert_int_equal(bill.lines[BILL_DAU].units, 1);
    assert_int_equal(bill.lines[BILL_CALL_RATE].quantity, 1000);
    assert_int_equal(bill.lines[BILL_CALL_RATE].amount_fen, 0);
}

TEST(every_line_comes_from_the_contract)
{
    static const int64_t yuan[BILL_LINE_COUNT] = {
        [BILL_DAU] = 200000,          [BILL_ROAMING] = 8400, /* 4 x 3 x 700 */
        [BILL_MULTI_TERMINAL] = 1000, [BILL_PUSH] = 500,
        [BILL_CALL_RATE] = 4500, /* 900 above */
        [BILL_GROUPS_PER_DAY] = 9000, [BILL_RECENTS] = 300};
    struct plan plan = plan_shipped();
    struct contract contract = parsed(contract_by_line);
    struct month_usage usage = large_month(&plan);
    struct bill bill = rated(&plan, &contract, &usage);

    assert_true(bill.by_contract);
    assert_int_equal(bill.lines[BILL_DAU].units, 25);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        assert_int_equal(bill.lines[i].amount_fen, YUAN(yuan[i]));
}

TEST(a_line_of_a_contract_is_charged_when_used_or_every_month)
{
    struct plan plan = plan_shipped();
    struct contract contract = parsed(contract_by_line);
    struct month_usage usage = {.peak_dau = 800001};
    struct bill bill;

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = plan_included(&plan, (enum limit)i);
    usage.limits[LIMIT_CALL_RATE] = 200;
    bill = rated(&plan, &contract, &usage);
    assert_int_equal(bill.lines[BILL_MULTI_TERMINAL].amount_fen, 0);
    assert_int_equal(bill.lines[BILL_PUSH].amount_fen, YUAN(500));
    assert_int_equal(bill.lines[BILL_GROUPS_PER_DAY].amount_fen, 0);
    assert_int_equal(bill.lines[BILL_ROAMING].amount_fen, 0);
    assert_int_equal(bill.lines[BILL_CALL_RATE].amount_fen, YUAN(1000)); /* the minimum */
    assert_int_equal(bill.total_fen, YUAN(72000 + 500 + 1000));
}

TEST(below_the_tier_a_contract_changes_nothing)
{
    struct plan plan = plan_shipped();
    struct contract contract = parsed(contract_by_total);
    struct month_usage usage = large_month(&plan);
    struct bill with, without;

    usage.peak_dau = 800000;
    with = rated(&plan, &contract, &usage);
    without = rated(&plan, NULL, &usage);
    assert_memory_equal(with.lines, without.lines, sizeof(with.lines));
    assert_int_equal(with.total_fen, without.total_fen);
    assert_false(with.by_contract);
    assert_int_equal(with.lines[BILL_DAU].amount_fen, YUAN(80000));
}

TEST(roaming_by_contract_may_leave_the_dau_out)
{
    struct contract contract =
        edited(contract_by_line, (struct plan_edit[]){{"lines.roaming.dau_unit", "null"}, {0}});
    struct plan plan = plan_shipped();
    struct month_usage usage = large_month(&plan);

    assert_int_equal(rated(&plan, &contract, &usage).lines[BILL_ROAMING].amount_fen, YUAN(2800));
}

TEST(a_price_for_a_line_that_the_plan_does_not_have_is_refused)
{
    struct contract contract =
        edited(contract_by_line,
               (struct plan_edit[]){
                   {"lines.plan", "{\"charged\": \"every_month\", \"fee_fen\": 7}"}, {0}});
    struct plan plan = plan_shipped();
    struct plan later = plan_shipped_as("pro-2019-05");
    struct month_usage usage = large_month(&plan);
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct bill bill = {.total_fen = 42};

    assert_false(contract_fits(&contract, &plan, problem));
    assert_string_equal(problem, "lines.plan: is no line of the bills of plan cloud-2018");
    assert_int_equal(bill_rate(&plan, &contract, &usage, &bill), IM_ERR_INVALID);
    assert_int_equal(bill.total_fen, 42);
    assert_true(contract_fits(&contract, &later, problem));
}

TEST(bandwidth_abroad_without_a_list_price_needs_its_own_price)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    struct contract silent = parsed(contract_by_line);
    struct contract priced =
        edited(contract_by_line,
               (struct plan_edit[]){
                   {"lines.bandwidth_abroad",
                    "{\"charged_quantity\": \"whole\", \"included\": 0, \"unit\": 1, "
                    "\"part_of_unit\": \"up\", \"unit_price_fen\": 350, \"minimum_fen\": 0}"},
                   {0}});
    struct month_usage usage = {.peak_dau = 5, .mbps_days = 10, .mbps_days_abroad = 100};
    struct bill bill;

    assert_int_equal(rated(&plan, &silent, &usage).status, BILL_NEEDS_CONTRACT);
    bill = rated(&plan, &priced, &usage);
    assert_int_equal(bill.status, BILL_OK);
    assert_int_equal(bill.lines[BILL_BANDWIDTH_ABROAD].amount_fen, YUAN(350));
    /* Lines that the contract does not name keep the plan's price. */
    assert_int_equal(bill.lines[BILL_BANDWIDTH].amount_fen, YUAN(20));
    assert_int_equal(bill.lines[BILL_PLAN].amount_fen, YUAN(999));
    assert_int_equal(bill.lines[BILL_DAU].amount_fen, YUAN(8000));
}

TEST(amounts_of_a_contract_that_do_not_fit_are_refused)
{
    struct plan plan = plan_shipped();
    struct contract contract =
        edited(contract_by_line, (struct plan_edit[]){{"lines.dau.unit", "1"},
                                                      {"lines.dau.unit_price_fen", "1000000000000"},
                                                      {0}});
    struct month_usage usage = {.peak_dau = 9223372};
    struct bill bill = {.total_fen = 42};

    assert_int_equal(bill_rate(&plan, &contract, &usage, &bill), IM_OK);
    usage.peak_dau = 9223373;
    bill.total_fen = 42;
    assert_int_equal(bill_rate(&plan, &contract, &usage, &bill), IM_ERR_OVERFLOW);
    assert_int_equal(bill.total_fen, 42);
}

TEST(lines_by_contract_say_so)
{
    static const char *const parts[] = {
        "contract acme-lines: 25 x 100,000 DAU x 8,000.00",
        "contract acme-lines: 12 x 3 months x 700.00, by 1,000,000 DAU",
        "contract acme-lines: a fee a month",
        "contract acme-lines: 9 x 100 calls/s x 500.00, above 100",
    };
    struct plan plan = plan_shipped();
    struct contract contract = parsed(contract_by_line);
    struct contract total = parsed(contract_by_total);
    struct month_usage usage = large_month(&plan);
    struct bill bill = rated(&plan, &contract, &usage);
    struct rated_bill all = {&plan, &contract, &usage, &bill};
    struct buf text;

    buf_init(&text, 16384);
    bill_write_table(&text, &all);
    bill_write_json(&text, &all);
    buf_add_char(&text, '\0');
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (!strstr(text.p, parts[i]))
            fail_msg("no \"%s\" in:\n%s", parts[i], text.p);
    buf_reset(&text);
    all.contract = &total;
    bill = rated(&plan, &total, &usage);
    bill_write_table(&text, &all);
    buf_add_char(&text, '\0');
    assert_non_null(strstr(text.p, "contract acme-2026: all lines, a month"));
    assert_non_null(strstr(text.p, "contract acme-2026: in the total"));
    assert_null(strstr(text.p, "needs a contract"));
    buf_release(&text);
}

int main(void)
{
    return RUN_TESTS(
        T(a_contract_says_its_months_its_total_and_what_it_grants),
        T(a_contract_without_an_end_and_without_limits),
        T(a_bad_contract_is_refused_with_one_sentence_that_names_the_place),
        T(text_that_is_no_contract_is_refused),
        T(without_a_contract_a_month_above_the_tier_needs_one),
        T(a_total_stands_on_the_base_fee_and_covers_every_line),
        T(every_line_comes_from_the_contract),
        T(a_line_of_a_contract_is_charged_when_used_or_every_month),
        T(below_the_tier_a_contract_changes_nothing), T(roaming_by_contract_may_leave_the_dau_out),
        T(a_price_for_a_line_that_the_plan_does_not_have_is_refused),
        T(bandwidth_abroad_without_a_list_price_needs_its_own_price),
        T(amounts_of_a_contract_that_do_not_fit_are_refused), T(lines_by_contract_say_so));
}
