#include "core/billing/rate.h"

#include "base/check.h"

static enum bill_item item_of_limit(enum limit limit)
{
    return (enum bill_item)(limit + 1);
}

_Static_assert(BILL_ROAMING == LIMIT_ROAMING + 1 && BILL_RECENTS == LIMIT_RECENTS + 1,
               "bill items follow the limits");

const char *bill_item_name(enum bill_item item)
{
    return item == BILL_DAU ? "dau" : limit_name((enum limit)(item - 1));
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

static void rate_push(const struct plan_push *plan, const struct month_usage *usage,
                      struct bill_line *line)
{
    uint64_t pushes = usage->most_pushes;
    bool by_targets = usage->largest_push >= plan->free_below_targets;

    if (plan->more_charged == PLAN_WHEN_GRANTED && usage->limits[LIMIT_PUSH] > pushes)
        pushes = usage->limits[LIMIT_PUSH];
    line->quantity = usage->largest_push;
    if (!by_targets && pushes <= plan->included_per_day)
        return;
    if (!by_targets)
        line->quantity = pushes;
    line->units = 1;
    line->amount_fen = plan->fee_fen;
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

static bool rate_lines(const struct plan *plan, const struct month_usage *usage,
                       const struct plan_tier *tier, struct bill *bill)
{
    if (!rate_dau(&plan->dau, tier, &bill->lines[BILL_DAU]) ||
        !rate_roaming(&plan->roaming, usage->peak_dau, &bill->lines[BILL_ROAMING]))
        return false;
    if (bill->lines[BILL_MULTI_TERMINAL].quantity)
        charge(&bill->lines[BILL_MULTI_TERMINAL], 1, plan->multi_terminal.fee_fen);
    rate_push(&plan->push, usage, &bill->lines[BILL_PUSH]);
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        const struct plan_step_line *line = plan_step_line(plan, (enum limit)i);

        if (line && !rate_step_line(line, &bill->lines[item_of_limit((enum limit)i)]))
            return false;
    }
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        if (__builtin_add_overflow(bill->total_fen, bill->lines[i].amount_fen, &bill->total_fen))
            return false;
    return true;
}

/* What every line shows, charged or not. */
static void fill_quantities(const struct plan *plan, const struct month_usage *usage,
                            struct bill *bill)
{
    bill->lines[BILL_DAU].quantity = usage->peak_dau;
    for (unsigned limit = LIMIT_ROAMING; limit <= LIMIT_RECENTS; limit++)
        bill->lines[item_of_limit((enum limit)limit)].quantity = usage->limits[limit];
    bill->lines[BILL_MULTI_TERMINAL].quantity = plan->multi_terminal.charged == PLAN_WHEN_USED
                                                    ? usage->two_terminals
                                                    : usage->limits[LIMIT_MULTI_TERMINAL] > 0;
    bill->lines[BILL_PUSH].quantity = usage->largest_push;
}

enum im_err bill_rate(const struct plan *plan, const struct month_usage *usage,
                      struct bill *ret_bill)
{
    const struct plan_tier *tier = tier_of(&plan->dau, usage->peak_dau);
    struct bill bill = {.status = BILL_OK};

    fill_quantities(plan, usage, &bill);
    if (tier->charge == PLAN_TIER_CONTRACT)
        bill.status = BILL_NEEDS_CONTRACT;
    else if (!rate_lines(plan, usage, tier, &bill))
        return IM_ERR_OVERFLOW;
    *ret_bill = bill;
    return IM_OK;
}
