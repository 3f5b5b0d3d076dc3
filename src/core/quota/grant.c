/* Granting: what can be granted, and what it comes to; and what operators ask of limits. */
#include "core/quota/grant.h"

#include "base/check.h"
#include "core/admin/actor.h"
#include "core/billing/plans.h"
#include "core/quota/rows.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"

/* The most that the service itself can give, whatever a plan sells. */
static uint64_t largest_limit(enum limit limit)
{
    switch (limit) {
    case LIMIT_ROAMING:
        return 120; /* months */
    case LIMIT_MULTI_TERMINAL:
        /* One of each other platform and N of Web have to find places in the account's row. */
        return ACCOUNT_MAX_TERMINALS - (PLATFORM_COUNT - 1);
    case LIMIT_PUSH:
        return 1000000;
    case LIMIT_CALL_RATE:
        return 10000000;
    case LIMIT_GROUPS_PER_DAY:
        return 100000000;
    case LIMIT_GROUPS_TOTAL:
        return 1000000000;
    case LIMIT_RECENTS:
        return 5000; /* kept for each account */
    case LIMIT_GROUP_MESSAGES:
        return 1000000;
    case LIMIT_COUNT:
        break;
    }
    return 0;
}

/* Of caps and services. How many members a group of a type without rooms can have was tried up to
   this many. */
static uint64_t largest_cap(uint8_t entitlement)
{
    switch ((enum entitlement)entitlement) {
    case CAP_ACCOUNTS:
        return UINT32_MAX;
    case CAP_FRIENDS_PER_ACCOUNT:
    case CAP_MEMBERS_OF_PRIVATE:
    case CAP_MEMBERS_OF_PUBLIC:
    case CAP_MEMBERS_OF_CHAT_ROOM:
        return 10000;
    case CAP_GROUPS_PER_ACCOUNT:
        return 5000; /* as many as get_joined_group_list shows */
    case CAP_GROUPS:
    case CAP_AV_CHAT_ROOMS:
    case CAP_B_CHAT_ROOMS:
    case CAP_MEMBERS_OF_AV_CHAT_ROOM:
    case CAP_MEMBERS_OF_B_CHAT_ROOM:
        return 1000000000;
    case SERVICE_ALL_MEMBER_PUSH:
    case SERVICE_GROUP_COUNTERS:
    case SERVICE_ROOM_BANS:
    case SERVICE_ROOM_BROADCASTS:
        return 1;
    case ENTITLEMENT_END:
        break;
    }
    return 0;
}

/* ---- granting ---- */

static bool is_cap(uint8_t entitlement)
{
    return entitlement >= LIMIT_COUNT && entitlement < SERVICE_ALL_MEMBER_PUSH;
}

static enum im_err bounds_check(struct request *req, const struct grant *grant)
{
    const char *name = entitlement_name(grant->entitlement);
    uint64_t most = grant->entitlement < LIMIT_COUNT ? largest_limit((enum limit)grant->entitlement)
                                                     : largest_cap(grant->entitlement);

    if (is_cap(grant->entitlement) && grant->wanted == PLAN_UNLIMITED)
        return IM_OK;
    if (grant->wanted > most)
        return operator_refuse(req, IM_ERR_INVALID, "%s takes a whole number from 0 to %llu", name,
                               (unsigned long long)most);
    return IM_OK;
}

static enum im_err come_to(struct request *req, const struct plan *plan, const struct grant *grant,
                           uint64_t *ret_granted)
{
    enum im_err err;

    if (grant->source == LIMIT_FROM_PLAN) {
        *ret_granted = entitlement_of_plan(plan, grant->entitlement);
        return IM_OK;
    }
    err = bounds_check(req, grant);
    *ret_granted = grant->wanted;
    if (err || grant->entitlement >= LIMIT_COUNT)
        return err;
    err = plan_grant(plan, (enum limit)grant->entitlement, grant->wanted, ret_granted);
    if (err)
        return operator_refuse(req, err, "no such step of %s exists",
                               entitlement_name(grant->entitlement));
    return IM_OK;
}

enum im_err grant_check(struct shard *shard, struct request *req, const struct grant *grant,
                        uint64_t *ret_before, uint64_t *ret_granted)
{
    struct entitlement_value in_force;
    const struct app_row *app;
    const struct plan *plan;
    struct span plan_id;
    struct row_key key;
    const void *row;
    enum state_found found;
    enum im_err err = app_named(shard, req, grant->app, &app);

    if (err)
        return err;
    CHECK(entitlement_name(grant->entitlement));
    if (!grant->reason.n || grant->reason.n > GRANT_MAX_REASON_BYTES)
        return operator_refuse(req, IM_ERR_INVALID,
                               "a change of a limit needs a reason of at most %d bytes",
                               GRANT_MAX_REASON_BYTES);
    plan_id = (struct span){app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))};
    found = plans_find(shard, plan_id, &plan);
    if (grant->entitlement < LIMIT_COUNT)
        usage_need_limits(shard, grant->app);
    else
        row_find(shard, row_key_grant(&key, grant->app, grant->entitlement), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found != STATE_HIT)
        return operator_refuse(req, IM_ERR_INVALID, "the app's plan %.*s cannot be read",
                               SPAN_FMT(plan_id));
    err = come_to(req, plan, grant, ret_granted);
    if (!err && entitlement_get(shard, grant->app, grant->entitlement, &in_force) != STATE_HIT)
        return IM_AGAIN;
    if (!err)
        *ret_before = in_force.value;
    return err;
}

/* ---- for the operator ---- */

static enum im_err name_check(struct request *req, struct span name, uint8_t *ret_entitlement)
{
    if (span_is(name, "dau"))
        return operator_refuse(req, IM_ERR_INVALID,
                               "dau is metered and billed, it is not a limit that can be set");
    if (entitlement_find_name(name, ret_entitlement))
        return IM_OK;
    return operator_refuse(req, IM_ERR_INVALID,
                           "there is no such limit: use roaming, multi_terminal, push, call_rate, "
                           "groups_per_day, groups_total, recents, group_messages, or a cap or "
                           "service of the plan");
}

static enum im_err change(struct shard *shard, struct request *req, const struct limit_set_req *ask,
                          struct grant *grant)
{
    struct limit_set_result *result = ARENA_NEW(&req->arena, struct limit_set_result);
    const char *by = admin_actor(req)->text;
    enum im_err err;

    grant->by = (struct span){by, strnlen(by, ACTOR_TEXT_MAX)};
    grant->reason = ask->reason;
    err = grant_check(shard, req, grant, &result->before, &result->value);
    if (err)
        return err;
    result->app = ask->app;
    result->entitlement = grant->entitlement;
    result->asked = grant->source == LIMIT_FROM_PLAN ? result->value : grant->wanted;
    grant_emit(shard, grant, result->before, result->value);
    req->result = result;
    return IM_OK;
}

enum im_err limit_set(struct shard *shard, struct request *req)
{
    const struct limit_set_req *ask = req->body;
    struct grant grant = {.app = ask->app, .source = LIMIT_FROM_OPERATOR, .wanted = ask->value};
    enum im_err err = name_check(req, ask->limit, &grant.entitlement);

    if (err)
        return err;
    if (ask->unlimited)
        grant.wanted = PLAN_UNLIMITED;
    else if (!ask->has_value)
        return operator_refuse(req, IM_ERR_INVALID, "%s needs a value, a whole number",
                               entitlement_name(grant.entitlement));
    return change(shard, req, ask, &grant);
}

enum im_err limit_reset(struct shard *shard, struct request *req)
{
    const struct limit_set_req *ask = req->body;
    struct grant grant = {.app = ask->app, .source = LIMIT_FROM_PLAN};
    enum im_err err = name_check(req, ask->limit, &grant.entitlement);

    return err ? err : change(shard, req, ask, &grant);
}

enum im_err limit_list(struct shard *shard, struct request *req)
{
    const struct app_req *list = req->body;
    struct limit_list_result *result = ARENA_NEW(&req->arena, struct limit_list_result);
    const struct app_row *app;
    const struct plan *plan;
    struct span plan_id;
    enum state_found found;
    enum im_err err = app_named(shard, req, list->app, &app);

    if (err)
        return err;
    plan_id = (struct span){app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))};
    found = plans_find(shard, plan_id, &plan);
    result->app = list->app;
    result->plan = arena_copy(&req->arena, plan_id);
    result->items = ARENA_ARRAY(&req->arena, struct limit_item, ENTITLEMENT_END);
    for (uint8_t i = 0; i < ENTITLEMENT_END; i++) {
        struct limit_item *item = &result->items[result->count];

        if (!entitlement_name(i) || entitlement_get(shard, list->app, i, &item->value) != STATE_HIT)
            continue;
        item->entitlement = i;
        item->included = item->value.value;
        if (found == STATE_HIT) {
            item->included = entitlement_of_plan(plan, i);
            item->line = i < LIMIT_COUNT ? plan_step_line(plan, (enum limit)i) : NULL;
        }
        result->count++;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}

/* ---- history ---- */

#define HISTORY_MONTHS 12u /* looked through for one page */

/* The month's changes, or only those of one entitlement. */
static enum im_err month_read(struct shard *shard, struct request *req,
                              const struct limit_history_req *ask, const uint8_t *only,
                              struct limit_history_month *ret)
{
    enum im_err err =
        entitlement_changes(shard, req, ask->app, ret->month, &ret->changes, &ret->count);
    uint32_t kept = 0;

    if (err)
        return err;
    for (uint32_t i = 0; i < ret->count; i++) {
        if (!only || ret->changes[i].entitlement == *only)
            ret->changes[kept++] = ret->changes[i];
    }
    ret->count = kept;
    return IM_OK;
}

enum im_err limit_history(struct shard *shard, struct request *req)
{
    const struct limit_history_req *ask = req->body;
    struct limit_history_result *result = ARENA_NEW(&req->arena, struct limit_history_result);
    uint32_t first, month = zone_month(shard_zone(shard), shard_now_us(shard));
    const struct app_row *app;
    uint8_t only = 0;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (!err && ask->limit.n)
        err = name_check(req, ask->limit, &only);
    if (err)
        return err;
    if (ask->from_month && ask->from_month < month)
        month = ask->from_month;
    first = zone_month(shard_zone(shard), app->created_us);
    result->months = ARENA_ARRAY(&req->arena, struct limit_history_month, HISTORY_MONTHS);
    for (uint32_t n = 0; month >= first && n < HISTORY_MONTHS && result->count < ask->page;
         n++, month--) {
        struct limit_history_month *of = &result->months[result->month_count];

        if (ask->one_month && n)
            break;
        of->month = month;
        err = month_read(shard, req, ask, ask->limit.n ? &only : NULL, of);
        if (err)
            return err;
        result->count += of->count;
        result->month_count += of->count != 0;
    }
    result->next = month >= first && !ask->one_month ? month : 0;
    result->app = ask->app;
    req->result = result;
    return IM_OK;
}
