#include "core/billing/bill_line.h"

struct number_text number_format(uint64_t number, bool hundredths)
{
    struct number_text reversed = {0};
    struct number_text ret = {0};
    size_t n = 0;
    size_t digits = 0;

    if (hundredths) {
        reversed.text[n++] = (char)('0' + number % 10);
        reversed.text[n++] = (char)('0' + number / 10 % 10);
        reversed.text[n++] = '.';
        number /= 100;
    }
    do {
        if (digits && digits % 3 == 0)
            reversed.text[n++] = ',';
        reversed.text[n++] = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number);
    for (size_t i = 0; i < n; i++)
        ret.text[i] = reversed.text[n - 1 - i];
    return ret;
}

#define COUNT(number) number_format((number), false).text
#define YUAN(fen) number_format((uint64_t)(fen), true).text

const char *bill_line_unit(const struct rated_bill *rated, enum bill_item item)
{
    switch (item) {
    case BILL_DAU:
        return "DAU";
    case BILL_ROAMING:
        return "months";
    case BILL_MULTI_TERMINAL:
        return "months";
    case BILL_PUSH:
        return rated->bill->status == BILL_OK && bill_push_by_day(rated->plan, rated->usage)
                   ? "pushes a day"
                   : "users";
    case BILL_CALL_RATE:
        return "calls/s";
    case BILL_GROUPS_PER_DAY:
        return "groups a day";
    case BILL_GROUPS_TOTAL:
        return "groups";
    case BILL_RECENTS:
        return "contacts";
    case BILL_PLAN:
        return "months";
    case BILL_PACKS:
        return "packs";
    case BILL_BANDWIDTH:
    case BILL_BANDWIDTH_ABROAD:
        return "Mbps-days";
    case BILL_LINE_COUNT:
        break;
    }
    return "";
}

static void add_minimum(struct buf *rule, const struct bill_line *line, int64_t unit_price_fen)
{
    int64_t units_fen;

    if (!__builtin_mul_overflow(line->units, unit_price_fen, &units_fen) &&
        units_fen < line->amount_fen)
        buf_printf(rule, ", minimum %s", YUAN(line->amount_fen));
}

/* "2 x 100,000 DAU x 10,000.00" */
static void add_product(struct buf *rule, uint64_t units, uint64_t unit, const char *what,
                        int64_t price_fen)
{
    buf_printf(rule, "%s x %s %s x %s", COUNT(units), COUNT(unit), what, YUAN(price_fen));
}

/* ---- by the plan ---- */

static void rule_dau(struct buf *rule, const struct plan *plan, const struct bill_line *line)
{
    const struct plan_dau *dau = &plan->dau;
    uint32_t i = 0;

    while (line->quantity > dau->tiers[i].last)
        i++;
    if (dau->tiers[i].charge == PLAN_TIER_FREE) {
        BUF_LIT(rule, "free at this DAU");
        return;
    }
    add_product(rule, line->units, dau->unit, "DAU", dau->tiers[i].unit_price_fen);
    if (dau->quantity == PLAN_ABOVE_INCLUDED && dau->included)
        buf_printf(rule, ", above %s", COUNT(dau->included));
}

static void rule_roaming(struct buf *rule, const struct plan *plan, uint64_t peak_dau,
                         const struct bill_line *line)
{
    const struct plan_roaming *roaming = &plan->roaming;
    uint64_t dau_units = plan_units(peak_dau, roaming->dau_unit, roaming->dau_round);
    uint64_t months = line->quantity;

    if (months <= roaming->included_months) {
        buf_printf(rule, "%s days included", COUNT(roaming->included_days));
        return;
    }
    if (!roaming->unit_price_fen) {
        buf_printf(rule, "%s days, no charge", COUNT(plan_roaming_days(plan, months)));
        return;
    }
    if (roaming->quantity == PLAN_ABOVE_INCLUDED)
        months -= roaming->included_months;
    if (dau_units < roaming->dau_units_min)
        dau_units = roaming->dau_units_min;
    buf_printf(rule, "%s x %s DAU x %s", COUNT(dau_units), COUNT(roaming->dau_unit),
               COUNT(plan_units(months, roaming->months_per_unit, roaming->round)));
    if (roaming->months_per_unit == 3)
        BUF_LIT(rule, " quarters");
    else if (roaming->months_per_unit == 1)
        BUF_LIT(rule, " months");
    else
        buf_printf(rule, " x %s months", COUNT(roaming->months_per_unit));
    buf_printf(rule, " x %s", YUAN(roaming->unit_price_fen));
}

static void rule_push(struct buf *rule, const struct plan_push *plan,
                      const struct month_usage *usage, const struct bill_line *line)
{
    if (line->units == 0)
        buf_printf(rule, "fewer than %s targets, up to %s a day", COUNT(plan->free_below_targets),
                   COUNT(plan->included_per_day));
    else if (usage->largest_push >= plan->free_below_targets)
        buf_printf(rule, "%s targets or more in one push", COUNT(plan->free_below_targets));
    else
        buf_printf(rule, "more than %s pushes a day", COUNT(plan->included_per_day));
}

static void rule_step_line(struct buf *rule, const struct plan_step_line *plan, const char *what,
                           const struct bill_line *line)
{
    if (line->units == 0 && line->quantity <= plan->included) {
        buf_printf(rule, "up to %s %s included", COUNT(plan->included), what);
        if (line->amount_fen)
            buf_printf(rule, ", minimum %s", YUAN(line->amount_fen));
        return;
    }
    add_product(rule, line->units, plan->step, what, plan->unit_price_fen);
    add_minimum(rule, line, plan->unit_price_fen);
    if (plan->quantity == PLAN_ABOVE_INCLUDED && plan->included)
        buf_printf(rule, ", above %s", COUNT(plan->included));
}

static void rule_packs(struct buf *rule, const struct plan *plan, uint32_t packs)
{
    const char *between = "";

    for (uint32_t i = 0; i < plan->pack_count; i++) {
        if (!(packs >> i & 1))
            continue;
        buf_printf(rule, "%s%s %s", between, plan->packs[i].id, YUAN(plan->packs[i].fee_fen));
        between = " + ";
    }
    if (!packs)
        BUF_LIT(rule, "none");
}

static void rule_by_plan(struct buf *rule, const struct rated_bill *rated, enum bill_item item,
                         const struct bill_line *line)
{
    const struct plan *plan = rated->plan;

    switch (item) {
    case BILL_DAU:
        rule_dau(rule, plan, line);
        break;
    case BILL_ROAMING:
        rule_roaming(rule, plan, rated->usage->peak_dau, line);
        break;
    case BILL_MULTI_TERMINAL:
        buf_printf(rule, "%s", line->units ? "used" : "not used");
        break;
    case BILL_PUSH:
        rule_push(rule, &plan->push, rated->usage, line);
        break;
    case BILL_CALL_RATE:
    case BILL_GROUPS_PER_DAY:
    case BILL_GROUPS_TOTAL:
    case BILL_RECENTS:
        rule_step_line(rule, plan_step_line(plan, (enum limit)(item - 1)),
                       bill_line_unit(rated, item), line);
        break;
    case BILL_PLAN:
        buf_printf(rule, "%s, in advance", plan->edition.name);
        break;
    case BILL_PACKS:
        rule_packs(rule, plan, rated->usage->packs);
        break;
    case BILL_BANDWIDTH:
        buf_printf(rule, "%s Mbps-days x %s", COUNT(line->units),
                   YUAN(plan->bandwidth.unit_price_fen));
        break;
    case BILL_BANDWIDTH_ABROAD:
        if (plan->bandwidth.abroad_unit_price_fen == PLAN_UNLIMITED)
            BUF_LIT(rule, "by contract");
        else
            buf_printf(rule, "%s Mbps-days x %s", COUNT(line->units),
                       YUAN(plan->bandwidth.abroad_unit_price_fen));
        break;
    case BILL_LINE_COUNT:
        break;
    }
}

/* ---- by a contract ---- */

static void rule_units(struct buf *rule, const struct rated_bill *rated,
                       const struct contract_price *price, enum bill_item item,
                       const struct bill_line *line)
{
    const char *what = bill_line_unit(rated, item);

    if (line->quantity <= price->included) {
        buf_printf(rule, "up to %s %s included", COUNT(price->included), what);
        return;
    }
    add_product(rule, line->units, price->unit, what, price->unit_price_fen);
    add_minimum(rule, line, price->unit_price_fen);
    if (price->quantity == PLAN_ABOVE_INCLUDED && price->included)
        buf_printf(rule, ", above %s", COUNT(price->included));
    if (price->dau_unit != PLAN_UNLIMITED)
        buf_printf(rule, ", by %s DAU", COUNT(price->dau_unit));
}

static void rule_by_contract(struct buf *rule, const struct rated_bill *rated, enum bill_item item,
                             const struct bill_line *line)
{
    const struct contract *contract = rated->contract;
    const struct contract_price *price;

    if (!contract) { /* written for another version */
        BUF_LIT(rule, "by contract");
        return;
    }
    price = &contract->prices[item];
    if (!contract->by_total && price->kind == CONTRACT_LIST) {
        rule_by_plan(rule, rated, item, line);
        return;
    }
    buf_printf(rule, "contract %s: ", contract->id);
    if (contract->by_total)
        buf_printf(rule, "%s", item == BILL_DAU ? "all lines, a month" : "in the total");
    else if (price->kind == CONTRACT_UNITS)
        rule_units(rule, rated, price, item, line);
    else
        buf_printf(rule, "%s", line->units ? "a fee a month" : "not used");
}

void bill_line_rule(struct buf *into, const struct rated_bill *rated, enum bill_item item)
{
    const struct bill_line *line = &rated->bill->lines[item];

    if (rated->bill->status == BILL_NEEDS_CONTRACT)
        BUF_LIT(into, "by contract");
    else if (rated->bill->by_contract)
        rule_by_contract(into, rated, item, line);
    else
        rule_by_plan(into, rated, item, line);
}
