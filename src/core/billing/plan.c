#include "core/billing/plan.h"

#include "base/check.h"

const struct plan_step_line *plan_step_line(const struct plan *plan, enum limit limit)
{
    switch (limit) {
    case LIMIT_CALL_RATE:
        return &plan->call_rate;
    case LIMIT_GROUPS_PER_DAY:
        return &plan->groups_per_day;
    case LIMIT_GROUPS_TOTAL:
        return &plan->groups_total;
    case LIMIT_RECENTS:
        return &plan->recents;
    case LIMIT_ROAMING:
    case LIMIT_MULTI_TERMINAL:
    case LIMIT_PUSH:
    case LIMIT_GROUP_MESSAGES:
    case LIMIT_COUNT:
        break;
    }
    return NULL;
}

uint64_t plan_included(const struct plan *plan, enum limit limit)
{
    const struct plan_step_line *line = plan_step_line(plan, limit);

    if (limit == LIMIT_GROUPS_TOTAL && plan_counts_groups(plan))
        return plan->caps.groups;
    if (line)
        return line->included;
    if (limit == LIMIT_ROAMING)
        return plan->roaming.included_months;
    if (limit == LIMIT_GROUP_MESSAGES)
        return GROUP_MESSAGES_INCLUDED;
    return limit == LIMIT_PUSH ? plan->push.included_per_day : 0;
}

bool plan_counts_groups(const struct plan *plan)
{
    return plan->groups_total.counted != PLAN_COUNTED_GRANTED;
}

bool plan_find_pack(const struct plan *plan, struct span id, uint32_t *ret_pack)
{
    for (uint32_t i = 0; i < plan->pack_count; i++)
        if (span_is(id, plan->packs[i].id)) {
            *ret_pack = i;
            return true;
        }
    return false;
}

bool plan_packs_valid(const struct plan *plan, uint32_t packs)
{
    if (packs >> plan->pack_count)
        return false;
    for (uint32_t i = 0; i < plan->pack_count; i++)
        for (uint32_t before = 0; before < i; before++)
            if ((packs >> i & 1) && (packs >> before & 1) &&
                strcmp(plan->packs[i].kind, plan->packs[before].kind) == 0)
                return false;
    return true;
}

bool plan_packs_give(const struct plan *plan, uint32_t packs, uint8_t entitlement,
                     uint64_t *ret_value)
{
    uint64_t most = 0;
    bool given = false;

    for (uint32_t i = 0; i < plan->pack_count; i++) {
        const struct plan_gifts *gives = &plan->packs[i].gives;

        for (uint32_t n = 0; (packs >> i & 1) && n < gives->count; n++) {
            if (gives->of[n].entitlement != entitlement)
                continue;
            given = true;
            if (gives->of[n].value > most)
                most = gives->of[n].value;
        }
    }
    if (given)
        *ret_value = most;
    return given;
}

uint64_t plan_units(uint64_t count, uint64_t unit, enum plan_round round)
{
    CHECK(unit);
    return count / unit + (round == PLAN_ROUND_UP && count % unit != 0);
}

enum im_err plan_grant(const struct plan *plan, enum limit limit, uint64_t wanted,
                       uint64_t *ret_granted)
{
    const struct plan_step_line *line = plan_step_line(plan, limit);
    uint64_t granted = wanted;

    if (wanted <= plan_included(plan, limit))
        granted = plan_included(plan, limit);
    else if (line && line->grant == PLAN_GRANT_WHOLE_STEPS &&
             __builtin_mul_overflow(plan_units(wanted, line->step, PLAN_ROUND_UP), line->step,
                                    &granted))
        return IM_ERR_OVERFLOW;
    *ret_granted = granted;
    return IM_OK;
}

static uint64_t apply_ratio(const struct plan_ratio *ratio, uint64_t call_rate)
{
    uint64_t calls;

    if (__builtin_mul_overflow(call_rate, ratio->times, &calls))
        calls = UINT64_MAX;
    calls /= ratio->divided_by;
    return calls ? calls : 1;
}

uint64_t plan_calls_of_command(const struct plan *plan, struct span command, uint64_t call_rate)
{
    for (uint32_t i = 0; i < plan->calls.exception_count; i++)
        if (span_is(command, plan->calls.exceptions[i].command))
            return apply_ratio(&plan->calls.exceptions[i].ratio, call_rate);
    return apply_ratio(&plan->calls.command, call_rate);
}

uint64_t plan_calls_of_app(const struct plan *plan, uint64_t call_rate)
{
    return apply_ratio(&plan->calls.app, call_rate);
}

uint64_t plan_roaming_days(const struct plan *plan, uint64_t months)
{
    uint64_t days;

    if (__builtin_mul_overflow(months, plan->roaming.days_per_month, &days))
        days = UINT64_MAX;
    return days > plan->roaming.included_days ? days : plan->roaming.included_days;
}
