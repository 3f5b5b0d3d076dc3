#include "core/billing/contracts.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/billing/facts.h"
#include "core/billing/plans.h"
#include "core/quota/entitlement.h"
#include "core/usage/calendar.h"

#define GRANTS_A_RECORD 4u

/* ---- reading ---- */

struct contracts {
    struct request *req;
    struct contract_view *items;
    uint32_t count, room;
};

static void head_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct contracts *all = arg;

    (void)n;
    if (get_be16(key.p + 9))
        return; /* a part of the file */
    all->items =
        arena_grow(&all->req->arena, all->items, all->count, &all->room, sizeof(*all->items));
    all->items[all->count++] = (struct contract_view){.app = {get_be32(key.p + 1)},
                                                      .number = get_be32(key.p + 5),
                                                      .row = *(const struct contract_row *)value};
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = ((const struct contract_view *)a)->number;
    uint32_t right = ((const struct contract_view *)b)->number;

    return (left > right) - (left < right);
}

/* False while they are loading. */
static bool contracts_read(struct shard *shard, struct request *req, struct app_id app,
                           struct contracts *ret)
{
    struct row_key key;

    *ret = (struct contracts){.req = req};
    if (row_need_collection(shard, row_prefix_contracts(&key, app)) == STATE_UNKNOWN)
        return false;
    state_scan(shard_state(shard), row_prefix_contracts(&key, app), head_seen, ret);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof(*ret->items), by_number);
    return true;
}

/* The collection must be loaded. */
static struct span file_of(struct shard *shard, struct request *req,
                           const struct contract_view *view)
{
    char *file = arena_alloc(&req->arena, view->row.file_bytes);
    uint32_t at = 0;

    for (uint16_t part = 1; at < view->row.file_bytes; part++) {
        struct row_key key;
        const void *bytes;
        size_t n;

        CHECK(row_find(shard, row_key_contract(&key, view->app, view->number, part), &bytes, &n) ==
              STATE_HIT);
        CHECK(n <= view->row.file_bytes - at);
        memcpy(file + at, bytes, n);
        at += (uint32_t)n;
    }
    return (struct span){file, at};
}

/* NULL: this version cannot read it. */
static const struct contract *parsed(struct shard *shard, struct request *req,
                                     const struct contract_view *view)
{
    struct contract *contract = ARENA_NEW(&req->arena, struct contract);
    char problem[PLAN_PROBLEM_BYTES];

    return contract_parse(file_of(shard, req, view), contract, problem) == IM_OK ? contract : NULL;
}

/* The last filed that covers the month; NULL: none. */
static const struct contract_view *covering(const struct contracts *all, uint32_t month)
{
    for (uint32_t i = all->count; i-- > 0;) {
        if (all->items[i].row.first_month <= month && month <= all->items[i].row.last_month)
            return &all->items[i];
    }
    return NULL;
}

enum im_err contract_of_month(struct shard *shard, struct request *req, struct app_id app,
                              uint32_t month, const struct contract **ret_contract,
                              uint32_t *ret_number)
{
    const struct contract_view *view;
    struct contracts all;

    *ret_contract = NULL;
    *ret_number = 0;
    if (!contracts_read(shard, req, app, &all))
        return IM_AGAIN;
    view = covering(&all, month);
    if (!view)
        return IM_OK;
    *ret_contract = parsed(shard, req, view);
    *ret_number = view->number;
    return IM_OK;
}

enum im_err contract_of_number(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t number, const struct contract **ret_contract)
{
    struct contracts all;

    *ret_contract = NULL;
    if (!contracts_read(shard, req, app, &all))
        return IM_AGAIN;
    for (uint32_t i = 0; i < all.count; i++) {
        if (all.items[i].number == number)
            *ret_contract = parsed(shard, req, &all.items[i]);
    }
    return IM_OK;
}

bool contract_exists(struct shard *shard, struct app_id app, uint32_t number)
{
    struct row_key key;
    const void *row;

    return row_find(shard, row_key_contract(&key, app, number, 0), &row, NULL) == STATE_HIT;
}

enum im_err contract_get(struct shard *shard, struct request *req)
{
    const struct contract_get_req *ask = req->body;
    const struct app_row *app;
    struct contracts all;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (!contracts_read(shard, req, ask->app, &all))
        return IM_AGAIN;
    for (uint32_t i = 0; i < all.count; i++) {
        if (all.items[i].number != ask->contract)
            continue;
        all.items[i].file = file_of(shard, req, &all.items[i]);
        req->result = &all.items[i];
        return IM_OK;
    }
    return operator_refuse(req, IM_ERR_NOT_FOUND, "app %u has no contract %u", ask->app.v,
                           ask->contract);
}

enum im_err contract_list(struct shard *shard, struct request *req)
{
    const struct app_req *ask = req->body;
    struct contract_list_result *result = ARENA_NEW(&req->arena, struct contract_list_result);
    const struct app_row *app;
    struct contracts all;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (!contracts_read(shard, req, ask->app, &all))
        return IM_AGAIN;
    result->contracts = all.items;
    result->count = all.count;
    req->result = result;
    return IM_OK;
}

/* ---- what a contract grants ---- */

struct contract_turn {
    struct turn_grant {
        struct grant grant;
        uint64_t before, granted;
    } grants[2 * PLAN_MAX_GIFTS];
    uint32_t count;
};

static enum im_err turn_add(struct shard *shard, struct request *req, struct contract_turn *turn,
                            const struct grant *grant)
{
    struct turn_grant *item = &turn->grants[turn->count];
    enum im_err err = grant_check(shard, req, grant, &item->before, &item->granted);

    if (err)
        return err;
    item->grant = *grant;
    turn->count += item->before != item->granted;
    return IM_OK;
}

static enum im_err turn_give(struct shard *shard, struct request *req, struct app_id app,
                             const struct contract *contract, uint32_t number, struct span by,
                             struct contract_turn *turn)
{
    for (uint32_t i = 0; i < contract->limits.count; i++) {
        const struct plan_gift *gift = &contract->limits.of[i];
        const struct grant grant = {.app = app,
                                    .entitlement = gift->entitlement,
                                    .source = LIMIT_FROM_CONTRACT,
                                    .document = number,
                                    .wanted = gift->value,
                                    .by = by,
                                    .reason = SPAN_LIT("granted by the contract")};
        enum im_err err = turn_add(shard, req, turn, &grant);

        if (err)
            return err;
    }
    return IM_OK;
}

static bool gives(const struct contract *contract, uint8_t entitlement)
{
    for (uint32_t i = 0; contract && i < contract->limits.count; i++)
        if (contract->limits.of[i].entitlement == entitlement)
            return true;
    return false;
}

/* What came from contracts and is not given by the one in force from now on. */
static enum im_err turn_take(struct shard *shard, struct request *req, struct app_id app,
                             const struct contract *next, struct span by,
                             struct contract_turn *turn)
{
    for (uint8_t i = 0; i < ENTITLEMENT_END; i++) {
        const struct grant grant = {.app = app,
                                    .entitlement = i,
                                    .source = LIMIT_FROM_PLAN,
                                    .by = by,
                                    .reason = SPAN_LIT("the contract ended")};
        struct entitlement_value value;
        enum im_err err;

        if (!entitlement_name(i) || gives(next, i) ||
            entitlement_get(shard, app, i, &value) != STATE_HIT ||
            value.source != LIMIT_FROM_CONTRACT)
            continue;
        err = turn_add(shard, req, turn, &grant);
        if (err)
            return err;
    }
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

void contract_turn(struct shard *shard, const struct contract_turn *turn)
{
    for (uint32_t i = 0; i < turn->count; i++) {
        grant_emit(shard, &turn->grants[i].grant, turn->grants[i].before, turn->grants[i].granted);
        if (i % GRANTS_A_RECORD == GRANTS_A_RECORD - 1)
            fact_commit(shard);
    }
    fact_commit(shard);
}

enum im_err contract_turn_need(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t month, struct contract_turn **ret_turn)
{
    const struct contract_view *ended, *next;
    const struct contract *contract = NULL;
    struct contracts all;
    enum im_err err = IM_OK;

    *ret_turn = NULL;
    if (!contracts_read(shard, req, app, &all))
        return IM_AGAIN;
    ended = covering(&all, month);
    next = covering(&all, month + 1);
    if (ended == next)
        return IM_OK;
    *ret_turn = ARENA_NEW(&req->arena, struct contract_turn);
    if (next)
        contract = parsed(shard, req, next);
    if (contract)
        err =
            turn_give(shard, req, app, contract, next->number, SPAN_LIT(GRANT_BY_CLOSE), *ret_turn);
    if (!err)
        err = turn_take(shard, req, app, contract, SPAN_LIT(GRANT_BY_CLOSE), *ret_turn);
    /* What could be granted when it was filed still can, unless the server gives less now. */
    return err == IM_AGAIN ? IM_AGAIN : IM_OK;
}

/* ---- filing ---- */

static void emit(struct shard *shard, const struct contract_view *view)
{
    struct fact_contract *fact =
        fact_emit(shard, FACT_CONTRACT, sizeof(*fact) + view->row.file_bytes);

    fact->app = view->app.v;
    fact->number = view->number;
    fact->contract = view->row;
    memcpy(fact + 1, view->file.p, view->file.n);
}

void apply_contract(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_contract *fact = payload;
    struct app_id app = {fact->app};
    const char *file = (const char *)(fact + 1);
    struct row_key key;
    struct app_grants_row *grants;
    struct contract_row *row =
        row_put(shard, row_key_contract(&key, app, fact->number, 0), sizeof(*row));
    uint32_t at = 0;

    (void)n, (void)number;
    *row = fact->contract;
    for (uint16_t part = 1; at < fact->contract.file_bytes; part++) {
        uint32_t left = fact->contract.file_bytes - at;
        uint32_t bytes = left < CONTRACT_PART_BYTES ? left : CONTRACT_PART_BYTES;

        memcpy(row_put(shard, row_key_contract(&key, app, fact->number, part), bytes), file + at,
               bytes);
        at += bytes;
    }
    grants = row_put(shard, row_key_app_grants(&key, app), sizeof(*grants));
    grants->contracts = fact->number;
}

/* Reads and checks what is to be filed. */
static enum im_err filing_check(struct shard *shard, struct request *req, const struct app_row *app,
                                struct span file, struct contract *ret_contract)
{
    char problem[PLAN_PROBLEM_BYTES];
    const struct plan *plan;
    struct span plan_id = {app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))};

    if (!file.n || file.n > CONTRACT_MAX_BYTES)
        return operator_refuse(req, IM_ERR_INVALID, "a contract has 1 to %d bytes",
                               CONTRACT_MAX_BYTES);
    if (contract_parse(file, ret_contract, problem))
        return operator_refuse(req, IM_ERR_INVALID, "not a contract: %s", problem);
    switch (plans_find(shard, plan_id, &plan)) {
    case STATE_UNKNOWN:
        return IM_AGAIN;
    case STATE_ABSENT:
        return operator_refuse(req, IM_ERR_INVALID, "the app's plan %.*s cannot be read",
                               SPAN_FMT(plan_id));
    case STATE_HIT:
        break;
    }
    if (!contract_fits(ret_contract, plan, problem))
        return operator_refuse(req, IM_ERR_INVALID, "the contract does not fit the plan: %s",
                               problem);
    return IM_OK;
}

static void need_rows(struct shard *shard, const struct contract_view *view)
{
    struct row_key key;
    const void *row;

    row_find(shard, row_key_app_grants(&key, view->app), &row, NULL);
    for (uint16_t part = 0; part <= view->file.n / CONTRACT_PART_BYTES + 1; part++)
        row_find(shard, row_key_contract(&key, view->app, view->number, part), &row, NULL);
}

/* What the contract changes at once, because its first month has begun. */
static enum im_err turn_now(struct shard *shard, struct request *req,
                            const struct contract_view *view, const struct contract *contract,
                            struct contract_turn *turn)
{
    uint32_t month = zone_month(shard_zone(shard), shard_now_us(shard));
    const struct span by = {view->row.by, strnlen(view->row.by, sizeof(view->row.by))};
    enum im_err err;

    if (month < view->row.first_month || month > view->row.last_month)
        return IM_OK;
    err = turn_give(shard, req, view->app, contract, view->number, by, turn);
    return err ? err : turn_take(shard, req, view->app, contract, by, turn);
}

/* Nothing that it will grant may be out of bounds. */
static enum im_err gifts_check(struct shard *shard, struct request *req,
                               const struct contract_view *view, const struct contract *contract)
{
    struct contract_turn *unused = ARENA_NEW(&req->arena, struct contract_turn);

    return turn_give(shard, req, view->app, contract, view->number, SPAN_LIT("check"), unused);
}

enum im_err contract_file(struct shard *shard, struct request *req)
{
    const struct contract_file_req *ask = req->body;
    struct contract_view *view = ARENA_NEW(&req->arena, struct contract_view);
    struct contract_turn *turn = ARENA_NEW(&req->arena, struct contract_turn);
    struct contract *contract = ARENA_NEW(&req->arena, struct contract);
    const struct app_row *app;
    struct contracts all;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (!err)
        err = filing_check(shard, req, app, ask->file, contract);
    if (err)
        return err;
    if (!contracts_read(shard, req, ask->app, &all))
        return IM_AGAIN;
    if (all.count >= CONTRACTS_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "an app has at most %u contracts",
                               CONTRACTS_MAX);
    view->app = ask->app;
    view->number = all.count ? all.items[all.count - 1].number + 1 : 1;
    view->file = ask->file;
    view->row = (struct contract_row){.filed_us = shard_now_us(shard),
                                      .first_month = contract->first_month,
                                      .last_month = contract->last_month,
                                      .file_bytes = (uint32_t)ask->file.n};
    memcpy(view->row.sha256, contract->sha256, sizeof(view->row.sha256));
    memcpy(view->row.id, contract->id, strnlen(contract->id, sizeof(view->row.id)));
    memcpy(view->row.by, admin_actor(req)->text, sizeof(view->row.by));
    need_rows(shard, view);
    err = gifts_check(shard, req, view, contract);
    if (!err)
        err = turn_now(shard, req, view, contract, turn);
    if (err)
        return err;
    if (shard_missing(shard))
        return IM_AGAIN;
    emit(shard, view);
    contract_turn(shard, turn);
    req->result = view;
    return IM_OK;
}
