/*
 * One million random months, rated by the engine from the plan and contract files and by the model
 * (support/rate_model.h) from the tables' text: not one fen of difference, and the same refusals.
 *
 * A month is a list of facts, told one by one. Of most facts a month keeps the largest, so they
 * may be told in any order and more than once; of bandwidth it keeps the peak of each day and adds
 * the days up. Every eighth month is told again in another order, with facts repeated, and must
 * come to the same bill.
 *
 * MAGPIE_RATE_MONTHS and MAGPIE_RATE_SEED choose other runs.
 */
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/billing/bill_print.h"
#include "core/billing/contract.h"
#include "core/billing/shipped.h"
#include "support/plan_edit.h"
#include "support/rate_model.h"

#define MONTHS 1000000u
#define CONTRACTS 4096u
#define MAX_FACTS 96
#define DAYS 31

/* ---- random numbers ---- */

static uint64_t seed;

static uint64_t next(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t bound)
{
    return next() % bound;
}

static bool one_in(uint64_t n)
{
    return below(n) == 0;
}

/* At, one below or one above a multiple of a step; else anything up to `usual`, seldom huge. */
static uint64_t number(uint64_t step, uint64_t usual)
{
    uint64_t multiple = step * below(usual / step + 2);

    if (one_in(150))
        return next() >> below(40);
    if (one_in(4))
        return below(usual + 1);
    return multiple + below(3) - (multiple > 0);
}

static uint64_t dau(void)
{
    static const uint64_t ends[] = {100000, 800000, 10000, 100, 1};

    if (one_in(4))
        return ends[below(5)] - 1 + below(3);
    return one_in(2) ? number(100000, 1500000) : number(10000, 120000);
}

/* ---- facts ---- */

enum fact {
    FACT_DAU,
    FACT_ASKED, /* of a limit, granted in steps */
    FACT_GIVEN, /* of a limit, exactly */
    FACT_TERMINALS,
    FACT_TARGETS,
    FACT_PUSHES,
    FACT_GROUPS,
    FACT_GROUPS_ON_THE_1ST,
    FACT_MBPS,
    FACT_MBPS_ABROAD,
    FACT_PACK,
};

struct told {
    uint8_t fact;
    uint8_t limit; /* enum limit */
    uint8_t day;
    uint64_t value;
};

struct month {
    enum model_plan plan;
    size_t count;
    struct told told[MAX_FACTS];
    struct model_month model; /* what it all comes to */
};

static void tell(struct month *month, struct told told)
{
    assert_true(month->count < MAX_FACTS);
    month->told[month->count++] = told;
}

static void at_least(uint64_t *value, uint64_t other)
{
    if (*value < other)
        *value = other;
}

static const struct {
    enum limit limit;
    enum model_line line;
    uint64_t step, usual;
} sold_limits[] = {
    {LIMIT_PUSH, MODEL_PUSH, 100, 400},
    {LIMIT_CALL_RATE, MODEL_CALLS, 100, 2000},
    {LIMIT_GROUPS_PER_DAY, MODEL_GROUPS_A_DAY, 500, 20000},
    {LIMIT_GROUPS_TOTAL, MODEL_GROUPS, 100000, 2000000},
    {LIMIT_RECENTS, MODEL_RECENTS, 50, 1000},
};

static uint64_t *limit_of_model(struct model_month *model, enum limit limit)
{
    switch (limit) {
    case LIMIT_PUSH:
        return &model->may_push;
    case LIMIT_CALL_RATE:
        return &model->calls;
    case LIMIT_GROUPS_PER_DAY:
        return &model->groups_a_day;
    case LIMIT_GROUPS_TOTAL:
        return &model->may_groups;
    default:
        return &model->recents;
    }
}

static void tell_limits(struct month *month)
{
    for (size_t i = 0; i < sizeof(sold_limits) / sizeof(*sold_limits); i++) {
        enum limit limit = sold_limits[i].limit;
        uint64_t *most = limit_of_model(&month->model, limit);

        *most = model_granted(month->plan, sold_limits[i].line, 0);
        for (uint64_t changes = one_in(2) ? below(3) : 0; changes; changes--) {
            bool asked = !one_in(4);
            uint64_t value = number(sold_limits[i].step, sold_limits[i].usual) % 1000000000000000u;

            tell(month, (struct told){.fact = asked ? FACT_ASKED : FACT_GIVEN,
                                      .limit = (uint8_t)limit,
                                      .value = value});
            at_least(most, asked ? model_granted(month->plan, sold_limits[i].line, value) : value);
        }
    }
    for (uint64_t changes = below(3); changes; changes--) {
        uint64_t months = one_in(20) ? below(1200) : below(14);

        tell(month, (struct told){.fact = FACT_ASKED, .limit = LIMIT_ROAMING, .value = months});
        at_least(&month->model.months, months);
    }
}

static void tell_days(struct month *month)
{
    uint64_t mbps[DAYS] = {0}, abroad[DAYS] = {0};

    for (uint64_t i = 1 + below(4); i; i--) {
        uint64_t value = dau();

        tell(month, (struct told){.fact = FACT_DAU, .value = value});
        at_least(&month->model.dau, value);
    }
    for (uint64_t i = one_in(2) ? below(8) : 0; i; i--) {
        bool to_abroad = one_in(8);
        uint8_t day = (uint8_t)below(DAYS);
        uint64_t value = one_in(2000) ? next() >> 8 : below(600);

        tell(month, (struct told){.fact = to_abroad ? FACT_MBPS_ABROAD : FACT_MBPS,
                                  .day = day,
                                  .value = value});
        at_least(to_abroad ? &abroad[day] : &mbps[day], value);
    }
    for (unsigned day = 0; day < DAYS; day++) {
        month->model.mbps += mbps[day];
        month->model.mbps_abroad += abroad[day];
    }
}

static void tell_uses(struct month *month)
{
    struct model_month *model = &month->model;

    if (one_in(3)) {
        tell(month, (struct told){.fact = FACT_TERMINALS});
        model->two_terminals = true;
    }
    for (uint64_t i = below(3); i; i--) {
        uint64_t targets = number(10000, 30000), pushes = number(100, 150);

        tell(month, (struct told){.fact = FACT_TARGETS, .value = targets});
        tell(month, (struct told){.fact = FACT_PUSHES, .value = pushes});
        at_least(&model->targets, targets);
        at_least(&model->pushes, pushes);
    }
    for (uint64_t i = below(3); i; i--) {
        uint64_t groups = number(100000, 2000000);

        tell(month, (struct told){.fact = FACT_GROUPS, .value = groups});
        at_least(&model->most_groups, groups);
    }
    model->groups_on_the_1st = number(100000, 1500000);
    tell(month, (struct told){.fact = FACT_GROUPS_ON_THE_1ST, .value = model->groups_on_the_1st});
    for (uint8_t i = 0; model_pack_of(month->plan, i); i++) {
        if (!one_in(4))
            continue;
        tell(month, (struct told){.fact = FACT_PACK, .value = i});
        model->packs |= 1u << i;
    }
}

static void make_month(struct month *month, enum model_plan plan)
{
    month->plan = plan;
    month->count = 0;
    month->model = (struct model_month){0};
    tell_limits(month);
    tell_days(month);
    tell_uses(month);
}

/* ---- facts into the engine's usage ---- */

struct shipped_plans {
    struct plan of[MODEL_PLANS];
    uint32_t pack_bits[MODEL_PLANS][PLAN_MAX_PACKS];
};

static void grant(const struct plan *plan, const struct told *told, struct month_usage *usage)
{
    uint64_t granted = told->value;

    if (told->fact == FACT_ASKED)
        assert_int_equal(plan_grant(plan, (enum limit)told->limit, told->value, &granted), IM_OK);
    at_least(&usage->limits[told->limit], granted);
}

static void hear(const struct shipped_plans *plans, enum model_plan plan, const struct told *told,
                 struct month_usage *usage, uint64_t mbps[DAYS], uint64_t abroad[DAYS])
{
    switch ((enum fact)told->fact) {
    case FACT_DAU:
        at_least(&usage->peak_dau, told->value);
        break;
    case FACT_ASKED:
    case FACT_GIVEN:
        grant(&plans->of[plan], told, usage);
        break;
    case FACT_TERMINALS:
        usage->two_terminals = true;
        break;
    case FACT_TARGETS:
        at_least(&usage->largest_push, told->value);
        break;
    case FACT_PUSHES:
        at_least(&usage->most_pushes, told->value);
        break;
    case FACT_GROUPS:
        at_least(&usage->peak_groups, told->value);
        break;
    case FACT_GROUPS_ON_THE_1ST:
        usage->groups_at_end = told->value;
        break;
    case FACT_MBPS:
        at_least(&mbps[told->day], told->value);
        break;
    case FACT_MBPS_ABROAD:
        at_least(&abroad[told->day], told->value);
        break;
    case FACT_PACK:
        usage->packs |= plans->pack_bits[plan][told->value];
        break;
    }
}

static void usage_of(const struct shipped_plans *plans, const struct month *month,
                     bool last_day_first, struct month_usage *usage)
{
    const struct plan *plan = &plans->of[month->plan];
    uint64_t mbps[DAYS] = {0}, abroad[DAYS] = {0};

    memset(usage, 0, sizeof(*usage));
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage->limits[i] = plan_included(plan, (enum limit)i);
    for (size_t i = 0; i < month->count; i++)
        hear(plans, month->plan, &month->told[i], usage, mbps, abroad);
    for (unsigned i = 0; i < DAYS; i++) {
        unsigned day = last_day_first ? DAYS - 1 - i : i;

        assert_int_equal(month_add_bandwidth(&usage->mbps_days, mbps[day]), IM_OK);
        assert_int_equal(month_add_bandwidth(&usage->mbps_days_abroad, abroad[day]), IM_OK);
    }
}

/* The same facts in another order, some of them twice. */
static void tell_otherwise(const struct month *month, struct month *ret_again)
{
    *ret_again = *month;
    for (size_t i = 0; i < month->count && ret_again->count < MAX_FACTS; i++)
        if (one_in(3))
            ret_again->told[ret_again->count++] = month->told[i];
    for (size_t i = ret_again->count; i > 1; i--) {
        size_t other = below(i);
        struct told told = ret_again->told[i - 1];

        ret_again->told[i - 1] = ret_again->told[other];
        ret_again->told[other] = told;
    }
}

/* ---- contracts ---- */

struct deal {
    struct model_deal model;
    struct contract contract;
};

static const char *const line_names[MODEL_LINES] = {
    "dau",          "roaming", "multi_terminal", "push",  "call_rate", "groups_per_day",
    "groups_total", "recents", "plan",           "packs", "bandwidth", "bandwidth_abroad"};

static uint64_t price(void)
{
    return one_in(50) ? below(1000000000001u) : below(2000) * 100 + below(2);
}

static struct model_deal_line deal_line(enum model_line line)
{
    static const uint64_t units[] = {1, 3, 50, 100, 500, 10000, 100000};
    bool fee_only = line == MODEL_TERMINALS || line == MODEL_PUSH || line == MODEL_EDITION ||
                    line == MODEL_PACKS;
    struct model_deal_line deal = {.shape = fee_only || one_in(3) ? MODEL_FEE : MODEL_UNITS};

    if (deal.shape == MODEL_FEE) {
        deal.every_month = one_in(2);
        deal.fee_fen = price();
        return deal;
    }
    deal.unit = units[below(7)];
    deal.included = one_in(2) ? 0 : deal.unit * below(5);
    deal.deducts = one_in(2);
    deal.part_counts = one_in(2);
    deal.unit_price_fen = price();
    deal.minimum_fen = one_in(2) ? 0 : price();
    if (line == MODEL_ROAMING && one_in(2))
        deal.dau_unit = one_in(2) ? 1 + below(200000) : 100000 * (1 + below(12));
    return deal;
}

static void write_line(struct buf *into, const char *name, const struct model_deal_line *line)
{
    if (line->shape == MODEL_FEE) {
        buf_printf(into, "\"%s\":{\"charged\":\"%s\",\"fee_fen\":%" PRIu64 "}", name,
                   line->every_month ? "every_month" : "when_used", line->fee_fen);
        return;
    }
    buf_printf(into,
               "\"%s\":{\"charged_quantity\":\"%s\",\"included\":%" PRIu64 ",\"unit\":%" PRIu64
               ",\"part_of_unit\":\"%s\",\"unit_price_fen\":%" PRIu64 ",\"minimum_fen\":%" PRIu64,
               name, line->deducts ? "above_included" : "whole", line->included, line->unit,
               line->part_counts ? "up" : "down", line->unit_price_fen, line->minimum_fen);
    if (strcmp(name, "roaming") == 0 && line->dau_unit)
        buf_printf(into, ",\"dau_unit\":%" PRIu64, line->dau_unit);
    else if (strcmp(name, "roaming") == 0)
        BUF_LIT(into, ",\"dau_unit\":null");
    BUF_LIT(into, "}");
}

static void make_deal(struct deal *deal)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct model_deal model = {.by_total = one_in(5), .total_fen = price()};
    const char *between = "";
    struct buf text;

    buf_init(&text, CONTRACT_MAX_BYTES);
    BUF_LIT(&text,
            "{\"format\":1,\"id\":\"deal\",\"currency\":\"CNY\",\"cycle\":\"calendar_month\","
            "\"from\":\"2026-11\",\"to\":null,");
    if (model.by_total)
        buf_printf(&text, "\"total_fen\":%" PRIu64 "}", model.total_fen);
    else
        BUF_LIT(&text, "\"lines\":{");
    for (unsigned i = 0; !model.by_total && i < MODEL_LINES; i++) {
        if (i >= MODEL_EDITION && !one_in(3))
            continue;
        model.lines[i] = deal_line((enum model_line)i);
        buf_printf(&text, "%s", between);
        write_line(&text, line_names[i], &model.lines[i]);
        between = ",";
    }
    if (!model.by_total)
        BUF_LIT(&text, "}}");
    deal->model = model;
    if (contract_parse(buf_span(&text), &deal->contract, problem))
        fail_msg("%s in %.*s", problem, SPAN_FMT(buf_span(&text)));
    buf_release(&text);
}

/* ---- comparing ---- */

static enum model_outcome outcome_of(enum im_err err, const struct bill *bill)
{
    if (err == IM_ERR_INVALID)
        return MODEL_MISFIT;
    if (err == IM_ERR_OVERFLOW)
        return MODEL_TOO_LARGE;
    assert_int_equal(err, IM_OK);
    return bill->status == BILL_OK ? MODEL_OK : MODEL_NEEDS_CONTRACT;
}

static bool same(const struct model_bill *expected, enum im_err err, const struct bill *bill)
{
    if (outcome_of(err, bill) != expected->outcome)
        return false;
    if (expected->outcome != MODEL_OK)
        return err || bill->total_fen == 0;
    if ((uint64_t)bill->total_fen != expected->total_fen ||
        bill->by_contract != expected->by_contract ||
        (uint64_t)bill_prepaid_fen(bill) !=
            expected->fen[MODEL_EDITION] + expected->fen[MODEL_PACKS])
        return false;
    for (unsigned i = 0; i < MODEL_LINES; i++)
        if ((uint64_t)bill->lines[i].amount_fen != expected->fen[i])
            return false;
    return true;
}

static bool equal(const struct bill *a, const struct bill *b)
{
    return a->total_fen == b->total_fen && a->status == b->status &&
           a->by_contract == b->by_contract && memcmp(a->lines, b->lines, sizeof(a->lines)) == 0;
}

static void fail_month(const struct month *month, uint64_t index, const struct rated_bill *rated,
                       enum im_err err, const struct model_bill *expected)
{
    struct buf text;

    buf_init(&text, 64 << 10);
    buf_printf(&text, "month %" PRIu64 " under %s: engine %d, model %d%s\n", index,
               model_plan_ids[month->plan], (int)outcome_of(err, rated->bill),
               (int)expected->outcome, rated->contract ? ", with a contract" : "");
    for (unsigned i = 0; i < MODEL_LINES; i++)
        buf_printf(&text, "%-18s model %20" PRIu64 " engine %20" PRId64 "\n", line_names[i],
                   expected->fen[i], err ? -1 : rated->bill->lines[i].amount_fen);
    if (!err)
        bill_write_table(&text, rated);
    fail_msg("%.*s", SPAN_FMT(buf_span(&text)));
}

static void load_plans(struct shipped_plans *plans)
{
    size_t count = 0;

    for (const struct shipped_plan *shipped = shipped_plans; shipped->id; shipped++)
        count++;
    assert_int_equal(count, MODEL_PLANS); /* a plan that the model does not know is not proven */
    for (unsigned plan = 0; plan < MODEL_PLANS; plan++) {
        uint32_t packs = 0;

        plans->of[plan] = plan_shipped_as(model_plan_ids[plan]);
        for (; model_pack_of((enum model_plan)plan, packs); packs++) {
            const char *id = model_pack_of((enum model_plan)plan, packs)->id;
            uint32_t pack = 0;

            assert_true(plan_find_pack(&plans->of[plan], span_of(id), &pack));
            plans->pack_bits[plan][packs] = 1u << pack;
        }
        assert_int_equal(packs, plans->of[plan].pack_count);
    }
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value;

    return text && span_to_u64(span_of(text), &value) ? value : otherwise;
}

struct counts {
    uint64_t of[MODEL_MISFIT + 1];
    uint64_t by_contract;
};

static void check_month(const struct shipped_plans *plans, const struct deal *deal, uint64_t index,
                        struct counts *counts)
{
    struct month month, again;
    struct month_usage usage, same_usage;
    struct bill bill, same_bill;
    struct model_bill expected;
    enum im_err err;

    make_month(&month, (enum model_plan)below(MODEL_PLANS));
    usage_of(plans, &month, false, &usage);
    memset(&bill, 0, sizeof(bill));
    err = bill_rate(&plans->of[month.plan], deal ? &deal->contract : NULL, &usage, &bill);
    expected = model_rate(month.plan, deal ? &deal->model : NULL, &month.model);
    if (!same(&expected, err, &bill))
        fail_month(&month, index,
                   &(struct rated_bill){&plans->of[month.plan], deal ? &deal->contract : NULL,
                                        &usage, &bill},
                   err, &expected);
    counts->of[expected.outcome]++;
    counts->by_contract += expected.by_contract;
    if (index % 8)
        return;
    tell_otherwise(&month, &again);
    usage_of(plans, &again, true, &same_usage);
    assert_memory_equal(&usage, &same_usage, sizeof(usage));
    memset(&same_bill, 0, sizeof(same_bill));
    assert_int_equal(
        bill_rate(&plans->of[month.plan], deal ? &deal->contract : NULL, &same_usage, &same_bill),
        err);
    assert_true(equal(&bill, &same_bill));
}

TEST(the_engine_and_the_model_agree_to_the_fen_on_a_million_months)
{
    static struct shipped_plans plans;
    struct deal *deals = calloc(CONTRACTS, sizeof(*deals));
    uint64_t months = setting("MAGPIE_RATE_MONTHS", MONTHS);
    struct counts counts = {0};

    assert_non_null(deals);
    seed = setting("MAGPIE_RATE_SEED", 20181101);
    load_plans(&plans);
    for (unsigned i = 0; i < CONTRACTS; i++)
        make_deal(&deals[i]);
    for (uint64_t i = 0; i < months; i++)
        check_month(&plans, one_in(3) ? NULL : &deals[below(CONTRACTS)], i, &counts);
    print_message("%" PRIu64 " bills, %" PRIu64 " of them by contract; %" PRIu64
                  " need one, %" PRIu64 " too large, %" PRIu64 " do not fit the plan\n",
                  counts.of[MODEL_OK], counts.by_contract, counts.of[MODEL_NEEDS_CONTRACT],
                  counts.of[MODEL_TOO_LARGE], counts.of[MODEL_MISFIT]);
    /* The run saw every kind of month. */
    for (unsigned i = 0; i <= MODEL_MISFIT; i++)
        assert_true(months < MONTHS || counts.of[i] > 100);
    assert_true(months < MONTHS || counts.by_contract > 100);
    free(deals);
}

int main(void)
{
    return RUN_TESTS(T(the_engine_and_the_model_agree_to_the_fen_on_a_million_months));
}
