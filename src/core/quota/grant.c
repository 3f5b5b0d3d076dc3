#include "core/quota/grant.h"

#include "core/usage/usage.h"

/* The most that the service itself can give, whatever a plan sells. */
static uint64_t largest(enum limit limit)
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

static enum im_err request_check(struct request *req, enum limit *ret_limit)
{
    const struct limit_set_req *set = req->body;

    if (span_is(set->limit, "dau"))
        return operator_refuse(req, IM_ERR_INVALID,
                               "dau is metered and billed, it is not a limit that can be set");
    if (!limit_find(set->limit, ret_limit))
        return operator_refuse(
            req, IM_ERR_INVALID,
            "there is no such limit: use roaming, multi_terminal, push, call_rate, "
            "groups_per_day, groups_total, recents or group_messages");
    if (!set->has_value || set->value > largest(*ret_limit))
        return operator_refuse(req, IM_ERR_INVALID, "%s takes a whole number from 0 to %llu",
                               limit_name(*ret_limit), (unsigned long long)largest(*ret_limit));
    if (!set->reason.n || set->reason.n > GRANT_MAX_REASON_BYTES)
        return operator_refuse(req, IM_ERR_INVALID,
                               "a change of a limit needs a reason of at most %d bytes",
                               GRANT_MAX_REASON_BYTES);
    return IM_OK;
}

static void emit(struct shard *shard, const struct limit_set_result *result, struct span reason)
{
    struct fact_limit_set *fact;

    fact = fact_emit(shard, FACT_LIMIT_SET, sizeof(*fact) + reason.n);
    fact->app = result->app.v;
    fact->limit = (uint8_t)result->limit;
    fact->source = LIMIT_FROM_OPERATOR;
    fact->reason_bytes = (uint16_t)reason.n;
    fact->before = result->before;
    fact->value = result->value;
    memcpy(fact + 1, reason.p, reason.n);
}

enum im_err limit_set(struct shard *shard, struct request *req)
{
    const struct limit_set_req *set = req->body;
    struct limit_set_result *result = ARENA_NEW(&req->arena, struct limit_set_result);
    const struct app_row *app;
    const struct plan *plan;
    struct span plan_id;
    enum state_found found;
    enum im_err err = request_check(req, &result->limit);

    if (!err)
        err = app_named(shard, req, set->app, &app);
    if (err)
        return err;
    plan_id = (struct span){app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))};
    found = plans_find(shard, plan_id, &plan);
    usage_need_limits(shard, set->app);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found != STATE_HIT)
        return operator_refuse(req, IM_ERR_INVALID, "the app's plan %.*s cannot be read",
                               SPAN_FMT(plan_id));
    err = plan_grant(plan, result->limit, set->value, &result->value);
    if (err)
        return operator_refuse(req, err, "no such step of %s exists", limit_name(result->limit));
    result->app = set->app;
    result->asked = set->value;
    result->before = limit_in_force(result->limit, app->limits[result->limit].value);
    emit(shard, result, set->reason);
    req->result = result;
    return IM_OK;
}

enum im_err limit_list(struct shard *shard, struct request *req)
{
    const struct app_req *list = req->body;
    struct limit_list_result *result;
    const struct app_row *app;
    enum im_err err = app_named(shard, req, list->app, &app);

    if (err)
        return err;
    result = ARENA_NEW(&req->arena, struct limit_list_result);
    result->app = list->app;
    result->plan = arena_copy(
        &req->arena, (struct span){app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))});
    memcpy(result->limits, app->limits, sizeof(result->limits));
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        result->limits[i].value = limit_in_force((enum limit)i, result->limits[i].value);
    req->result = result;
    return IM_OK;
}
