#include "core/billing/freeze.h"

#include "core/billing/contracts.h"
#include "core/group/rows.h"
#include "core/quota/entitlement.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"

struct month_usage month_usage_of_frozen(const struct frozen_usage *frozen)
{
    struct month_usage usage = {.peak_dau = frozen->peak_dau,
                                .peak_day = frozen->peak_day,
                                .two_terminals = frozen->two_terminals != 0,
                                .largest_push = frozen->largest_push,
                                .most_pushes = frozen->most_pushes,
                                .peak_groups = frozen->peak_groups,
                                .groups_at_end = frozen->groups_at_end};

    memcpy(usage.limits, frozen->limits, sizeof(usage.limits));
    return usage;
}

static void freeze_row(const struct month_row *row, struct frozen_usage *usage)
{
    usage->peak_dau = row->peak_dau;
    usage->peak_day = row->peak_day;
    usage->two_terminals = row->terminals_used;
    usage->largest_push = row->largest_push;
    usage->most_pushes = row->most_pushes;
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage->limits[i] = limit_in_force((enum limit)i, row->limits[i]);
}

/* The most groups at any moment: those that it began with, or after a day's
 * additions. */
static void freeze_groups(struct shard *shard, struct app_id app, uint32_t month,
                          struct frozen_usage *usage)
{
    uint32_t first = month_first_day(month), last = month_last_day(month);

    usage->peak_groups = usage_groups_at_end_of(shard, app, first - 1);
    for (uint32_t day = first; day <= last; day++) {
        const struct day_groups_row *groups;
        struct row_key key;
        const void *row;

        if (row_find(shard, row_key_day_groups(&key, app, day), &row, NULL) != STATE_HIT)
            continue;
        groups = row;
        if (groups->peak > usage->peak_groups)
            usage->peak_groups = groups->peak;
        if (groups->total > usage->peak_groups)
            usage->peak_groups = groups->total;
    }
    usage->groups_at_end = usage_groups_at_end_of(shard, app, last);
}

static void freeze_evidence(struct shard *shard, struct request *req, struct app_id app,
                            uint32_t month, struct limit_evidence *evidence)
{
    for (uint8_t i = 0; i < LIMIT_COUNT; i++) {
        struct entitlement_change change;
        bool found;

        evidence[i] = (struct limit_evidence){.source = LIMIT_FROM_PLAN};
        if (entitlement_peak(shard, req, app, month, i, &change, &found) == IM_OK && found)
            evidence[i] = (struct limit_evidence){.record = change.record,
                                                  .at_us = change.at_us,
                                                  .document = change.document,
                                                  .source = change.source};
    }
}

enum im_err month_freeze(struct shard *shard, struct request *req, struct app_id app,
                         uint32_t month, struct frozen_month *ret_month)
{
    struct month_row row;
    struct row_key key;
    const void *value;

    *ret_month = (struct frozen_month){0};
    if (row_find(shard, row_key_app(&key, app), &value, NULL) == STATE_HIT) {
        const struct app_row *app_row = value;
        struct span plan = {app_row->plan_id, strnlen(app_row->plan_id, sizeof(app_row->plan_id))};

        if (plans_find(shard, plan, &ret_month->plan) != STATE_HIT)
            ret_month->plan = NULL;
    }
    if (usage_month_row(shard, app, month, &row) == IM_OK)
        freeze_row(&row, &ret_month->usage);
    freeze_groups(shard, app, month, &ret_month->usage);
    freeze_evidence(shard, req, app, month, ret_month->evidence);
    contract_of_month(shard, req, app, month, &ret_month->contract, &ret_month->contract_number);
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}
