#include "core/billing/rate.h"

#include "base/check.h"
#include "core/billing/contract.h"

static enum bill_item item_of_limit(enum limit limit)
{
    return (enum bill_item)(limit + 1);
}

_Static_assert(BILL_ROAMING == LIMIT_ROAMING + 1 && BILL_RECENTS == LIMIT_RECENTS + 1,
               "bill items follow the limits");

const char *bill_item_name(enum bill_item item)
{
    switch (item) {
    case BILL_DAU:
        return "dau";
    case BILL_PLAN:
        return "plan";
    case BILL_PACKS:
        return "packs";
    case BILL_BANDWIDTH:
        return "bandwidth";
    case BILL_BANDWIDTH_ABROAD:
        return "bandwidth_abroad";
    default:
        return limit_name((enum limit)(item - 1));
    }
}

bool bill_has_line(const struct plan *plan, enum bill_item item)
{
    if (item == BILL_PLAN || item == BILL_PACKS)
        return plan->edition.name[0] != '\0';
    if (item == BILL_BANDWIDTH || item == BILL_BANDWIDTH_ABROAD)
        return plan->bandwidth.sold;
    return item < BILL_LINE_COUNT;
}

struct month_usage month_usage_of(const struct month_row *row)
{
    struct month_usage usage = {.peak_dau = row->peak_dau,
                                .peak_day = row->peak_day,
                                .two_terminals = row->terminals_used != 0,
                                .largest_push = row->largest_push,
                                .most_pushes = row->most_pushes};

    memcpy(usage.limits, row->limits, sizeof(usage.limits));
    return usage;
}

enum im_err month_add_bandwidth(uint64_t *mbps_days, uint64_t day_peak_mbps)
{
    uint64_t sum;

    if (__builtin_add_overflow(*mbps_days, day_peak_mbps, &sum))
        return IM_ERR_OVERFLOW;
    *mbps_days = sum;
    return IM_OK;
}

/* ---- the plan's own prices ---- */

/* A line of so many units; false: the amount does not fit. */
static bool charge(struct bill_line *line, uint64_t units, int64_t unit_price_fen)
{
    line->units = units;
    return !__builtin_mul_overflow(units, unit_price_fen, &line->amount_fen);
}

static uint64_t charged_quantity(uint64_t quantity, uint64_t included, uint8_t rule)
{
    if (rule == PLAN_WHOLE)
        return quantity;
    return quantity > included ? quantity - included : 0;
}

static const struct plan_tier *tier_of(const struct plan_dau *plan, uint64_t dau)
{
    uint32_t i = 0;

    while (dau > plan->tiers[i].last)
        i++;
    CHECK(i < plan->tier_count && dau >= plan->tiers[i].first);
    return &plan->tiers[i];
}

static bool rate_dau(const struct plan_dau *plan, const struct plan_tier *tier,
                     struct bill_line *line)
{
    uint64_t charged = charged_quantity(line->quantity, plan->included, plan->quantity);

    if (tier->charge != PLAN_TIER_PER_UNIT)
        return true;
    return charge(line, plan_units(charged, plan->unit, plan->round), tier->unit_price_fen);
}

static bool rate_roaming(const struct plan_roaming *plan, uint64_t peak_dau, struct bill_line *line)
{
    uint64_t charged = charged_quantity(line->quantity, plan->included_months, plan->quantity);
    uint64_t dau_units = plan_units(peak_dau, plan->dau_unit, plan->dau_round);
    uint64_t units;

    if (line->quantity <= plan->included_months)
        return true;
    if (dau_units < plan->dau_units_min)
        dau_units = plan->dau_units_min;
    if (__builtin_mul_overflow(plan_units(charged, plan->months_per_unit, plan->round), dau_units,
                               &units))
        return false;
    return charge(line, units, plan->unit_price_fen);
}

/* The pushes a day that decide whether push is charged. */
static uint64_t pushes_of(const struct plan_push *plan, const struct month_usage *usage)
{
    return plan->more_charged == PLAN_WHEN_GRANTED && usage->limits[LIMIT_PUSH] > usage->most_pushes
               ? usage->limits[LIMIT_PUSH]
               : usage->most_pushes;
}

static bool push_used(const struct plan_push *plan, const struct month_usage *usage)
{
    return usage->largest_push >= plan->free_below_targets ||
           pushes_of(plan, usage) > plan->included_per_day;
}

bool bill_push_by_day(const struct plan *plan, const struct month_usage *usage)
{
    return usage->largest_push < plan->push.free_below_targets && push_used(&plan->push, usage);
}

static bool rate_step_line(const struct plan_step_line *plan, struct bill_line *line)
{
    uint64_t charged = charged_quantity(line->quantity, plan->included, plan->quantity);
    bool above = line->quantity > plan->included;

    if (above && !charge(line, plan_units(charged, plan->step, plan->round), plan->unit_price_fen))
        return false;
    if ((above || plan->minimum == PLAN_MINIMUM_ALWAYS) && line->amount_fen < plan->minimum_fen)
        line->amount_fen = plan->minimum_fen;
    return true;
}

static bool rate_packs(const struct plan *plan, uint32_t packs, struct bill_line *line)
{
    for (uint32_t i = 0; i < plan->pack_count; i++)
        if ((packs >> i & 1) &&
            __builtin_add_overflow(line->amount_fen, plan->packs[i].fee_fen, &line->amount_fen))
            return false;
    line->units = line->quantity;
    return true;
}

/* A line whose quantity and price are 0 until now. */
static bool rate_line(const struct plan *plan, const struct month_usage *usage, enum bill_item item,
                      struct bill_line *line)
{
    switch (item) {
    case BILL_DAU:
        return rate_dau(&plan->dau, tier_of(&plan->dau, usage->peak_dau), line);
    case BILL_ROAMING:
        return rate_roaming(&plan->roaming, usage->peak_dau, line);
    case BILL_MULTI_TERMINAL:
        return !line->quantity || charge(line, 1, plan->multi_terminal.fee_fen);
    case BILL_PUSH:
        return !push_used(&plan->push, usage) || charge(line, 1, plan->push.fee_fen);
    case BILL_CALL_RATE:
        return rate_step_line(&plan->call_rate, line);
    case BILL_GROUPS_PER_DAY:
        return rate_step_line(&plan->groups_per_day, line);
    case BILL_GROUPS_TOTAL:
        return rate_step_line(&plan->groups_total, line);
    case BILL_RECENTS:
        return rate_step_line(&plan->recents, line);
    case BILL_PLAN:
        return !plan->edition.fee_fen || charge(line, 1, plan->edition.fee_fen);
    case BILL_PACKS:
        return rate_packs(plan, usage->packs, line);
    case BILL_BANDWIDTH:
        return charge(line, line->quantity, plan->bandwidth.unit_price_fen);
    case BILL_BANDWIDTH_ABROAD:
        return !line->quantity ||
               charge(line, line->quantity, (int64_t)plan->bandwidth.abroad_unit_price_fen);
    case BILL_LINE_COUNT:
        break;
    }
    return true;
}

/* ---- quantities ---- */

static uint64_t groups_of(const struct plan *plan, const struct month_usage *usage)
{
    switch ((enum plan_counted)plan->groups_total.counted) {
    case PLAN_COUNTED_GRANTED:
        return usage->limits[LIMIT_GROUPS_TOTAL];
    case PLAN_COUNTED_MONTH_END:
        return usage->groups_at_end;
    case PLAN_COUNTED_PEAK:
        return usage->peak_groups;
    }
    return 0;
}

/* What every line shows, charged or not. */
static void fill_quantities(const struct plan *plan, const struct month_usage *usage,
                            struct bill *bill)
{
    struct bill_line *lines = bill->lines;

    lines[BILL_DAU].quantity = usage->peak_dau;
    for (unsigned limit = LIMIT_ROAMING; limit <= LIMIT_RECENTS; limit++)
        lines[item_of_limit((enum limit)limit)].quantity = usage->limits[limit];
    lines[BILL_MULTI_TERMINAL].quantity = plan->multi_terminal.charged == PLAN_WHEN_USED
                                              ? usage->two_terminals
                                              : usage->limits[LIMIT_MULTI_TERMINAL] > 0;
    lines[BILL_PUSH].quantity = bill->status == BILL_OK && bill_push_by_day(plan, usage)
                                    ? pushes_of(&plan->push, usage)
                                    : usage->largest_push;
    lines[BILL_GROUPS_TOTAL].quantity = groups_of(plan, usage);
    if (bill_has_line(plan, BILL_PLAN)) {
        lines[BILL_PLAN].quantity = 1;
        lines[BILL_PACKS].quantity = (uint64_t)__builtin_popcount(usage->packs);
    }
    if (bill_has_line(plan, BILL_BANDWIDTH)) {
        lines[BILL_BANDWIDTH].quantity = usage->mbps_days;
        lines[BILL_BANDWIDTH_ABROAD].quantity = usage->mbps_days_abroad;
    }
}

/* ---- a contract's prices ---- */

/* What "when_used" means: as the plan sees it, whatever it costs there. */
static bool line_used(const struct plan *plan, const struct month_usage *usage, enum bill_item item,
                      const struct bill_line *line)
{
    const struct plan_step_line *steps;

    if (item == BILL_PUSH)
        return push_used(&plan->push, usage);
    if (item == BILL_ROAMING)
        return line->quantity > plan->roaming.included_months;
    if (item < BILL_CALL_RATE || item > BILL_RECENTS)
        return line->quantity > 0;
    steps = plan_step_line(plan, (enum limit)(item - 1));
    return line->quantity > steps->included;
}

static bool rate_units(const struct contract_price *price, uint64_t peak_dau,
                       struct bill_line *line)
{
    uint64_t units = plan_units(charged_quantity(line->quantity, price->included, price->quantity),
                                price->unit, price->round);
    uint64_t dau_units = 1;

    if (line->quantity <= price->included)
        return true;
    if (price->dau_unit != PLAN_UNLIMITED && peak_dau > price->dau_unit)
        dau_units = plan_units(peak_dau, price->dau_unit, PLAN_ROUND_UP);
    if (__builtin_mul_overflow(units, dau_units, &units) ||
        !charge(line, units, price->unit_price_fen))
        return false;
    if (line->amount_fen < price->minimum_fen)
        line->amount_fen = price->minimum_fen;
    return true;
}

static bool rate_contract_line(const struct plan *plan, const struct contract_price *price,
                               const struct month_usage *usage, enum bill_item item,
                               struct bill_line *line)
{
    switch ((enum contract_price_kind)price->kind) {
    case CONTRACT_LIST:
        return rate_line(plan, usage, item, line);
    case CONTRACT_FEE:
        if (price->charged == CONTRACT_EVERY_MONTH || line_used(plan, usage, item, line))
            return charge(line, 1, price->fee_fen);
        return true;
    case CONTRACT_UNITS:
        return rate_units(price, usage->peak_dau, line);
    }
    return true;
}

/* ---- the bill ---- */

bool bill_needs_contract(const struct plan *plan, const struct month_usage *usage)
{
    return tier_of(&plan->dau, usage->peak_dau)->charge == PLAN_TIER_CONTRACT ||
           (plan->bandwidth.sold && plan->bandwidth.abroad_unit_price_fen == PLAN_UNLIMITED &&
            usage->mbps_days_abroad);
}

int64_t bill_prepaid_fen(const struct bill *bill)
{
    return bill->lines[BILL_PLAN].amount_fen + bill->lines[BILL_PACKS].amount_fen;
}

static bool rate_lines(const struct plan *plan, const struct contract *contract,
                       const struct month_usage *usage, struct bill *bill)
{
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        struct bill_line *line = &bill->lines[i];
        enum bill_item item = (enum bill_item)i;

        if (!bill_has_line(plan, item))
            continue;
        if (contract ? !rate_contract_line(plan, &contract->prices[i], usage, item, line)
                     : !rate_line(plan, usage, item, line))
            return false;
        if (__builtin_add_overflow(bill->total_fen, line->amount_fen, &bill->total_fen))
            return false;
    }
    return true;
}

/* Whether the contract prices everything that the plan does not. */
static bool contract_covers(const struct plan *plan, const struct contract *contract,
                            const struct month_usage *usage)
{
    return contract->by_total || !usage->mbps_days_abroad ||
           contract->prices[BILL_BANDWIDTH_ABROAD].kind != CONTRACT_LIST || !plan->bandwidth.sold ||
           plan->bandwidth.abroad_unit_price_fen != PLAN_UNLIMITED;
}

enum im_err bill_rate(const struct plan *plan, const struct contract *contract,
                      const struct month_usage *usage, struct bill *ret_bill)
{
    bool needs = bill_needs_contract(plan, usage);
    bool priced = !needs || (contract && contract_covers(plan, contract, usage));
    struct bill bill = {.status = priced ? BILL_OK : BILL_NEEDS_CONTRACT,
                        .by_contract = needs && priced};
    char problem[PLAN_PROBLEM_BYTES];

    if ((uint64_t)usage->packs >> plan->pack_count ||
        (contract && !contract_fits(contract, plan, problem)))
        return IM_ERR_INVALID;
    fill_quantities(plan, usage, &bill);
    if (bill.by_contract && contract->by_total) {
        bill.total_fen = contract->total_fen;
        charge(&bill.lines[BILL_DAU], 1, contract->total_fen);
    } else if (priced && !rate_lines(plan, needs ? contract : NULL, usage, &bill)) {
        return IM_ERR_OVERFLOW;
    }
    *ret_bill = bill;
    return IM_OK;
}
