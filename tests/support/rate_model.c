#include "support/rate_model.h"

#include <stddef.h>

/* Wide enough that nothing here can overflow: what does not fit is seen at the end. */
__extension__ typedef unsigned __int128 wide;

#define TOO_WIDE ((wide)INT64_MAX + 1)

const char *const model_plan_ids[MODEL_PLANS] = {
    [MODEL_CLOUD_2018] = "cloud-2018",   [MODEL_TRIAL_2018_09] = "trial-2018-09",
    [MODEL_PRO_2018_09] = "pro-2018-09", [MODEL_PRO_2018_12] = "pro-2018-12",
    [MODEL_PRO_2019_02] = "pro-2019-02", [MODEL_PRO_2019_05] = "pro-2019-05",
    [MODEL_PRO_2019_11] = "pro-2019-11", [MODEL_TRIAL_2020_01] = "trial-2020-01",
    [MODEL_PRO_2020_01] = "pro-2020-01", [MODEL_FLAGSHIP_2020_01] = "flagship-2020-01",
};

static const struct model_pack packs_2018[] = {
    {"av-chat-rooms", 1000},         {"members-2000", 500},
    {"members-6000", 1000},          {"groups-per-account-400", 500},
    {"groups-per-account-700", 900}, {"groups-per-account-1000", 1100},
    {"members-10000", 2000}, /* not sold any more at the end of 2019 */
};
static const struct model_pack packs_pro_2020[] = {
    {"av-chat-rooms", 1000}, {"members-2000", 500}, {"groups-per-account-1000", 1100},
    {"history-30", 500},     {"history-90", 1000},  {"history-180", 1500},
    {"history-360", 2500},
};
static const struct model_pack packs_flagship_2020[] = {
    {"members-6000", 500}, {"groups-per-account-3000", 900},
    {"history-90", 500},   {"history-180", 1000},
    {"history-360", 2000},
};

const struct model_pack *model_pack_of(enum model_plan plan, unsigned i)
{
    switch (plan) {
    case MODEL_PRO_2018_09:
    case MODEL_PRO_2018_12:
    case MODEL_PRO_2019_02:
    case MODEL_PRO_2019_05:
        return i < 7 ? &packs_2018[i] : NULL;
    case MODEL_PRO_2019_11:
        return i < 6 ? &packs_2018[i] : NULL;
    case MODEL_PRO_2020_01:
        return i < 7 ? &packs_pro_2020[i] : NULL;
    case MODEL_FLAGSHIP_2020_01:
        return i < 5 ? &packs_flagship_2020[i] : NULL;
    default:
        return NULL;
    }
}

static wide rounded_up(wide number, wide unit)
{
    return (number + unit - 1) / unit;
}

/* ---- what each plan includes ---- */

static uint64_t included_calls(enum model_plan plan)
{
    return plan >= MODEL_TRIAL_2020_01 ? 200 : 100;
}

static uint64_t included_groups_a_day(enum model_plan plan)
{
    if (plan == MODEL_CLOUD_2018)
        return 500;
    return plan == MODEL_TRIAL_2018_09 || plan == MODEL_TRIAL_2020_01 ? 100 : 10000;
}

static uint64_t included_groups(enum model_plan plan)
{
    return plan == MODEL_TRIAL_2020_01 ? 100 : 100000;
}

static uint64_t included_recents(enum model_plan plan)
{
    if (plan == MODEL_FLAGSHIP_2020_01)
        return 500;
    return plan >= MODEL_PRO_2019_02 ? 100 : 50;
}

uint64_t model_granted(enum model_plan plan, enum model_line line, uint64_t wanted)
{
    uint64_t included = 0, step = 1;

    if (line == MODEL_CALLS) {
        included = included_calls(plan);
        step = 100;
    } else if (line == MODEL_GROUPS_A_DAY) {
        included = included_groups_a_day(plan);
        step = 500;
    } else if (line == MODEL_GROUPS) {
        included = included_groups(plan);
        step = plan == MODEL_CLOUD_2018 ? 100000 : 1;
    } else if (line == MODEL_RECENTS) {
        included = included_recents(plan);
        step = 50;
    } else if (line == MODEL_PUSH) {
        included = 100;
    }
    return wanted <= included ? included : (uint64_t)rounded_up(wanted, step) * step;
}

/* ---- tables, in yuan ---- */

static bool push_above_the_free(const struct model_month *m)
{
    return m->targets >= 10000 || m->may_push > 100 || m->pushes > 100;
}

/* "600 a month for each, at least 2,000", the whole quantity. */
static wide step_fee(wide quantity, wide free, wide step)
{
    wide fee;

    if (quantity <= free)
        return 0;
    fee = 600 * rounded_up(quantity, step);
    return fee < 2000 ? 2000 : fee;
}

static void table_2018(const struct model_month *m, wide yuan[MODEL_LINES])
{
    if (m->dau >= 100000)
        yuan[MODEL_DAU] = 10000 * rounded_up(m->dau, 100000);
    if (m->months > 0)
        yuan[MODEL_ROAMING] =
            1000 * rounded_up(m->months, 3) * (m->dau <= 100000 ? 1 : rounded_up(m->dau, 100000));
    if (m->two_terminals)
        yuan[MODEL_TERMINALS] = 2000;
    if (push_above_the_free(m))
        yuan[MODEL_PUSH] = 2000;
    yuan[MODEL_CALLS] = step_fee(m->calls, 100, 100);
    yuan[MODEL_GROUPS_A_DAY] = step_fee(m->groups_a_day, 500, 500);
    yuan[MODEL_GROUPS] = step_fee(m->may_groups, 100000, 100000);
    yuan[MODEL_RECENTS] = step_fee(m->recents, 50, 50);
}

static wide packs_fee(enum model_plan plan, uint32_t packs)
{
    wide fee = 0;

    for (unsigned i = 0; model_pack_of(plan, i); i++)
        if (packs & (1u << i))
            fee += model_pack_of(plan, i)->yuan;
    return fee;
}

static wide groups_fee_2019(enum model_plan plan, wide groups)
{
    wide each = plan <= MODEL_PRO_2018_12 ? 600 : 1000;
    wide fee;

    if (groups <= 100000)
        return 0;
    fee = each * rounded_up(groups - 100000, 100000);
    return plan == MODEL_PRO_2018_09 && fee < 2000 ? 2000 : fee;
}

static void table_pro_2019(enum model_plan plan, const struct model_month *m,
                           wide yuan[MODEL_LINES])
{
    if (m->dau > 100000)
        yuan[MODEL_DAU] = 10000 * rounded_up(m->dau - 100000, 100000);
    yuan[MODEL_ROAMING] = 500 * rounded_up(m->dau, 100000) * m->months;
    if (m->two_terminals)
        yuan[MODEL_TERMINALS] = 2000;
    if (push_above_the_free(m))
        yuan[MODEL_PUSH] = 2000;
    yuan[MODEL_CALLS] = step_fee(m->calls, 100, 100);
    yuan[MODEL_GROUPS] = groups_fee_2019(plan, m->groups_on_the_1st);
    yuan[MODEL_RECENTS] = step_fee(m->recents, plan >= MODEL_PRO_2019_02 ? 100 : 50, 50);
    yuan[MODEL_EDITION] = 999;
    yuan[MODEL_PACKS] = packs_fee(plan, m->packs);
    yuan[MODEL_BANDWIDTH] = 2 * (wide)m->mbps;
}

static void table_2020(enum model_plan plan, const struct model_month *m, wide yuan[MODEL_LINES])
{
    if (m->dau > 10000)
        yuan[MODEL_DAU] = 1000 * rounded_up(m->dau - 10000, 10000);
    if (m->most_groups > 100000)
        yuan[MODEL_GROUPS] = 1000 * rounded_up(m->most_groups - 100000, 100000);
    yuan[MODEL_EDITION] = plan == MODEL_FLAGSHIP_2020_01 ? 2999 : 999;
    yuan[MODEL_PACKS] = packs_fee(plan, m->packs);
    yuan[MODEL_BANDWIDTH] = 2 * (wide)m->mbps;
    yuan[MODEL_BANDWIDTH_ABROAD] = 4 * (wide)m->mbps_abroad;
}

static bool is_trial(enum model_plan plan)
{
    return plan == MODEL_TRIAL_2018_09 || plan == MODEL_TRIAL_2020_01;
}

static bool is_pro_2019(enum model_plan plan)
{
    return plan >= MODEL_PRO_2018_09 && plan <= MODEL_PRO_2019_11;
}

static void list_prices(enum model_plan plan, const struct model_month *m, wide fen[MODEL_LINES])
{
    wide yuan[MODEL_LINES] = {0};

    if (plan == MODEL_CLOUD_2018)
        table_2018(m, yuan);
    else if (is_pro_2019(plan))
        table_pro_2019(plan, m, yuan);
    else if (!is_trial(plan)) /* trials are free */
        table_2020(plan, m, yuan);
    for (unsigned i = 0; i < MODEL_LINES; i++)
        fen[i] = yuan[i] * 100;
}

/* ---- contracts ---- */

static uint64_t quantity_of(enum model_plan plan, const struct model_month *m, enum model_line line)
{
    switch (line) {
    case MODEL_DAU:
        return m->dau;
    case MODEL_ROAMING:
        return m->months;
    case MODEL_CALLS:
        return m->calls;
    case MODEL_GROUPS_A_DAY:
        return m->groups_a_day;
    case MODEL_GROUPS:
        return plan == MODEL_CLOUD_2018 ? m->may_groups : m->groups_on_the_1st;
    case MODEL_RECENTS:
        return m->recents;
    case MODEL_BANDWIDTH:
        return m->mbps;
    case MODEL_BANDWIDTH_ABROAD:
        return m->mbps_abroad;
    default:
        return 0;
    }
}

static bool was_used(enum model_plan plan, const struct model_month *m, enum model_line line)
{
    switch (line) {
    case MODEL_TERMINALS:
        return m->two_terminals;
    case MODEL_PUSH:
        return push_above_the_free(m);
    case MODEL_CALLS:
        return m->calls > included_calls(plan);
    case MODEL_GROUPS_A_DAY:
        return m->groups_a_day > included_groups_a_day(plan);
    case MODEL_GROUPS:
        return quantity_of(plan, m, line) > included_groups(plan);
    case MODEL_RECENTS:
        return m->recents > included_recents(plan);
    case MODEL_EDITION:
        return true;
    case MODEL_PACKS:
        return m->packs != 0;
    default:
        return quantity_of(plan, m, line) > 0;
    }
}

static wide deal_units_fee(const struct model_deal_line *line, wide quantity, wide dau,
                           bool *units_fit)
{
    wide charged = line->deducts ? quantity - line->included : quantity;
    wide units = line->part_counts ? rounded_up(charged, line->unit) : charged / line->unit;
    wide fee;

    if (line->dau_unit)
        units *= dau <= line->dau_unit ? 1 : rounded_up(dau, line->dau_unit);
    *units_fit = units <= UINT64_MAX;
    fee = units <= UINT64_MAX ? units * line->unit_price_fen : TOO_WIDE;
    return fee < line->minimum_fen ? line->minimum_fen : fee;
}

static void deal_prices(enum model_plan plan, const struct model_deal *deal,
                        const struct model_month *m, wide fen[MODEL_LINES])
{
    for (unsigned i = 0; i < MODEL_LINES; i++) {
        const struct model_deal_line *line = &deal->lines[i];
        uint64_t quantity = quantity_of(plan, m, (enum model_line)i);
        bool units_fit = true;

        if (line->shape == MODEL_FEE)
            fen[i] = line->every_month || was_used(plan, m, (enum model_line)i) ? line->fee_fen : 0;
        else if (line->shape == MODEL_UNITS)
            fen[i] =
                quantity > line->included
                    ? deal_units_fee(line, quantity, i == MODEL_ROAMING ? m->dau : 0, &units_fit)
                    : 0;
        if (!units_fit)
            fen[i] = TOO_WIDE;
    }
}

static bool fits(enum model_plan plan, const struct model_deal *deal)
{
    bool edition = deal->lines[MODEL_EDITION].shape || deal->lines[MODEL_PACKS].shape;
    bool bandwidth =
        deal->lines[MODEL_BANDWIDTH].shape || deal->lines[MODEL_BANDWIDTH_ABROAD].shape;

    if (deal->by_total)
        return true;
    return !(edition && plan == MODEL_CLOUD_2018) &&
           !(bandwidth && (plan == MODEL_CLOUD_2018 || is_trial(plan)));
}

/* ---- the bill ---- */

static void add_up(const wide fen[MODEL_LINES], struct model_bill *bill)
{
    wide total = 0;

    for (unsigned i = 0; i < MODEL_LINES; i++) {
        if (fen[i] >= TOO_WIDE)
            bill->outcome = MODEL_TOO_LARGE;
        bill->fen[i] = (uint64_t)fen[i];
        total += fen[i];
    }
    if (total >= TOO_WIDE)
        bill->outcome = MODEL_TOO_LARGE;
    bill->total_fen = (uint64_t)total;
}

struct model_bill model_rate(enum model_plan plan, const struct model_deal *deal,
                             const struct model_month *month)
{
    bool abroad_asks = is_pro_2019(plan) && month->mbps_abroad > 0;
    bool no_list_price = (plan == MODEL_CLOUD_2018 && month->dau > 800000) || abroad_asks;
    struct model_bill bill = {MODEL_OK, false, {0}, 0};
    wide fen[MODEL_LINES] = {0};

    if (deal && !fits(plan, deal)) {
        bill.outcome = MODEL_MISFIT;
        return bill;
    }
    if (no_list_price &&
        (!deal || (!deal->by_total && abroad_asks && !deal->lines[MODEL_BANDWIDTH_ABROAD].shape))) {
        bill.outcome = MODEL_NEEDS_CONTRACT;
        return bill;
    }
    bill.by_contract = no_list_price;
    if (no_list_price && deal->by_total) {
        fen[MODEL_DAU] = deal->total_fen;
    } else {
        list_prices(plan, month, fen);
        if (no_list_price)
            deal_prices(plan, deal, month, fen);
    }
    add_up(fen, &bill);
    return bill;
}
