#include "core/ticket/policy.h"

#include <stdlib.h>

#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/row_key.h"
#include "core/ticket/facts.h"

struct policies {
    struct request *req;
    struct policy_view *items;
    uint32_t count, room;
};

static void policy_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct policies *all = arg;

    (void)n;
    all->items =
        arena_grow(&all->req->arena, all->items, all->count, &all->room, sizeof(*all->items));
    all->items[all->count++] =
        (struct policy_view){get_be32(key.p + 1), *(const struct policy_row *)value};
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = ((const struct policy_view *)a)->number;
    uint32_t right = ((const struct policy_view *)b)->number;

    return (left > right) - (left < right);
}

/* False while they are loading. */
static bool policies_read(struct shard *shard, struct request *req, struct policies *ret)
{
    struct row_key key;

    *ret = (struct policies){.req = req};
    if (row_need_collection(shard, row_prefix_policies(&key)) == STATE_UNKNOWN)
        return false;
    state_scan(shard_state(shard), row_prefix_policies(&key), policy_seen, ret);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof(*ret->items), by_number);
    return true;
}

struct search {
    const struct ticket_price *price;
    uint32_t found;
};

static void policy_tried(void *arg, struct span key, const void *value, size_t n)
{
    struct search *search = arg;
    const struct ticket_price *price = search->price;
    const struct policy_row *policy = value;
    uint32_t number = get_be32(key.p + 1);
    bool cheap = policy->most_fen < 0 ||
                 (price->month_after_fen >= 0 && price->month_after_fen <= policy->most_fen);

    (void)n;
    if (policy->entitlement == price->entitlement && price->granted <= policy->most && cheap &&
        (!policy->app || policy->app == price->app.v) && (!search->found || number < search->found))
        search->found = number;
}

uint32_t policy_for(struct shard *shard, const struct ticket_price *price)
{
    struct search search = {price, 0};
    struct row_key key;

    if (row_need_collection(shard, row_prefix_policies(&key)) == STATE_UNKNOWN)
        return 0;
    state_scan(shard_state(shard), row_prefix_policies(&key), policy_tried, &search);
    return search.found;
}

/* ---- for the operator ---- */

static void emit(struct shard *shard, const struct policy_view *policy, bool gone)
{
    struct fact_policy *fact = fact_emit(shard, FACT_POLICY, sizeof(*fact));

    fact->number = policy->number;
    fact->gone = gone;
    fact->policy = policy->row;
}

void apply_policy(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_policy *fact = payload;
    struct row_key key;
    struct span row = row_key_policy(&key, fact->number);

    (void)n, (void)number;
    if (fact->gone)
        row_delete(shard, row);
    else
        memcpy(row_put(shard, row, sizeof(fact->policy)), &fact->policy, sizeof(fact->policy));
}

enum im_err policy_add(struct shard *shard, struct request *req)
{
    const struct policy_add_req *ask = req->body;
    struct policy_view *made;
    struct policies all;
    struct row_key key;
    const void *value;
    const struct app_row *app;
    uint8_t entitlement = 0;
    enum im_err err;

    if (!entitlement_find_name(ask->limit, &entitlement))
        return operator_refuse(req, IM_ERR_INVALID, "there is no limit of this name");
    if (!ask->has_most)
        return operator_refuse(req, IM_ERR_INVALID,
                               "most is needed: the highest value that it confirms");
    if (ask->has_most_fen && ask->most_fen > INT64_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "most_fen is too large");
    if (ask->app.v && (err = app_named(shard, req, ask->app, &app)))
        return err;
    if (!policies_read(shard, req, &all))
        return IM_AGAIN;
    if (all.count >= POLICIES_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "there are %u policies already", POLICIES_MAX);
    made = ARENA_NEW(&req->arena, struct policy_view);
    made->number = all.count ? all.items[all.count - 1].number + 1 : 1;
    made->row = (struct policy_row){
        .made_us = shard_now_us(shard),
        .most = ask->most,
        .most_fen = ask->has_most_fen ? (int64_t)ask->most_fen : -1,
        .app = ask->app.v,
        .entitlement = entitlement,
    };
    memcpy(made->row.by, admin_actor(req)->text, sizeof(made->row.by));
    row_find(shard, row_key_policy(&key, made->number), &value, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    emit(shard, made, false);
    req->result = made;
    return IM_OK;
}

enum im_err policy_list(struct shard *shard, struct request *req)
{
    struct policy_list_result *result = ARENA_NEW(&req->arena, struct policy_list_result);
    struct policies all;

    if (!policies_read(shard, req, &all))
        return IM_AGAIN;
    result->policies = all.items;
    result->count = all.count;
    req->result = result;
    return IM_OK;
}

enum im_err policy_remove(struct shard *shard, struct request *req)
{
    const struct policy_remove_req *ask = req->body;
    struct policy_view *gone = ARENA_NEW(&req->arena, struct policy_view);
    struct row_key key;
    const void *row;
    enum state_found found = row_find(shard, row_key_policy(&key, ask->policy), &row, NULL);

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "there is no policy %u", ask->policy);
    gone->number = ask->policy;
    gone->row = *(const struct policy_row *)row;
    emit(shard, gone, true);
    req->result = gone;
    return IM_OK;
}
