#include "core/billing/what_if.h"

#include <stdio.h>
#include <string.h>

#include "core/billing/bill_print.h"
#include "core/billing/plans.h"
#include "core/billing/shipped.h"
#include "wire/json.h"

enum im_err what_if_rate(struct what_if *what_if, const struct month_usage *used,
                         const bool raised[LIMIT_COUNT])
{
    const struct plan *plan = what_if->plan;
    uint32_t packs = what_if->usage.packs;
    char problem[PLAN_PROBLEM_BYTES];
    enum im_err err = IM_OK;

    if (!plan_packs_valid(plan, packs))
        return IM_ERR_INVALID;
    what_if->usage = *used;
    what_if->usage.packs = packs;
    for (unsigned i = 0; i < LIMIT_COUNT && !err; i++) {
        uint64_t *value = &what_if->usage.limits[i], given;

        if (raised[i])
            err = plan_grant(plan, (enum limit)i, used->limits[i], value);
        else
            *value = plan_included(plan, (enum limit)i);
        if (plan_packs_give(plan, packs, (uint8_t)i, &given) && given > *value)
            *value = given;
    }
    if (what_if->contract && !contract_fits(what_if->contract, plan, problem))
        what_if->contract = NULL;
    return err ? err : bill_rate(plan, what_if->contract, &what_if->usage, &what_if->bill);
}

bool what_if_packs(const struct plan *plan, struct span names, uint32_t *ret_packs,
                   struct span *ret_wrong)
{
    uint32_t packs = 0, pack;

    while (names.n) {
        const char *comma = memchr(names.p, ',', names.n);
        struct span id = {names.p, comma ? (size_t)(comma - names.p) : names.n};

        if (!plan_find_pack(plan, id, &pack)) {
            *ret_wrong = id;
            return false;
        }
        packs |= 1u << pack;
        names = comma ? span_make(comma + 1, names.n - id.n - 1) : SPAN_LIT("");
    }
    *ret_packs = packs;
    return true;
}

/* ---- as JSON ---- */

static void write_number(struct buf *into, uint64_t value)
{
    if (value == PLAN_UNLIMITED)
        BUF_LIT(into, "null");
    else
        buf_add_u64(into, value);
}

static void write_packs(struct buf *into, const struct what_if *what_if)
{
    const char *comma = "";

    BUF_LIT(into, ",\"packs\":[");
    for (uint32_t i = 0; i < what_if->plan->pack_count; i++) {
        if (!(what_if->usage.packs >> i & 1))
            continue;
        buf_printf(into, "%s\"%s\"", comma, what_if->plan->packs[i].id);
        comma = ",";
    }
    BUF_LIT(into, "]");
}

/* Audio-video chat rooms are not offered yet, so nobody counts what they send. */
static void write_not_counted(struct buf *into, const struct plan *plan)
{
    static const uint8_t items[] = {BILL_BANDWIDTH, BILL_BANDWIDTH_ABROAD};
    const char *comma = "";

    BUF_LIT(into, ",\"not_counted\":[");
    for (size_t i = 0; i < sizeof(items); i++) {
        if (!bill_has_line(plan, (enum bill_item)items[i]))
            continue;
        buf_printf(into, "%s\"%s\"", comma, bill_item_name((enum bill_item)items[i]));
        comma = ",";
    }
    BUF_LIT(into, "]");
}

void what_if_write_json(struct buf *into, const struct what_if *what_if)
{
    const struct plan *plan = what_if->plan;
    const struct rated_bill rated = {plan, what_if->contract, &what_if->usage, &what_if->bill};

    bill_write_json(into, &rated);
    into->n--; /* its last brace: more members follow */
    buf_printf(into, ",\"plan\":{\"id\":\"%s\",\"sha256\":\"", plan->id);
    for (size_t i = 0; i < sizeof(plan->sha256); i++)
        buf_printf(into, "%02x", plan->sha256[i]);
    buf_printf(into, "\"},\"by_contract\":%s,\"limits\":{",
               what_if->bill.by_contract ? "true" : "false");
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        buf_printf(into, "%s\"%s\":", i ? "," : "", limit_name((enum limit)i));
        write_number(into, what_if->usage.limits[i]);
    }
    BUF_LIT(into, "}");
    write_packs(into, what_if);
    write_not_counted(into, plan);
    BUF_LIT(into, "}");
}

/* ---- the operation ---- */

/* So much of a name as a sentence has room for, in whole characters: behind half of one everything
   would be cut away. */
static struct span name_begin(struct span name)
{
    if (name.n > PLAN_ID_MAX)
        name.n = PLAN_ID_MAX;
    while (!utf8_valid(name))
        name.n--;
    return name;
}

static enum im_err refuse_plan(struct request *req, struct span id)
{
    struct span named = name_begin(id);
    char known[256];
    size_t n = 0;

    for (const struct shipped_plan *plan = shipped_plans; plan->id && n < sizeof(known); plan++)
        n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", plan->id);
    if (!id.n)
        return operator_refuse(req, IM_ERR_INVALID, "plan is missing; shipped are %s", known);
    return operator_refuse(req, IM_ERR_INVALID, "there is no plan %.*s; shipped are %s",
                           SPAN_FMT(named), known);
}

/* A stored plan first: an id's bytes may differ from those that this version ships. */
static enum im_err find_plan(struct shard *shard, struct request *req, struct span id,
                             const struct plan **ret_plan)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct plan *parsed;
    struct span file;

    if (id.n && id.n <= PLAN_ID_MAX) {
        switch (plans_find(shard, id, ret_plan)) {
        case STATE_UNKNOWN:
            return IM_AGAIN;
        case STATE_HIT:
            return IM_OK;
        case STATE_ABSENT:
            break;
        }
    }
    if (!shipped_plan_find(id, &file))
        return refuse_plan(req, id);
    parsed = ARENA_NEW(&req->arena, struct plan);
    if (plan_parse(file, parsed, problem))
        return operator_refuse(req, IM_ERR_INVALID, "the plan cannot be read: %s", problem);
    *ret_plan = parsed;
    return IM_OK;
}

enum im_err bill_what_if(struct shard *shard, struct request *req)
{
    const struct what_if_req *ask = req->body;
    struct what_if_view *view = ARENA_NEW(&req->arena, struct what_if_view);
    bool raised[LIMIT_COUNT];
    struct bill_view *now;
    struct span wrong;
    enum im_err err = bill_view_make(shard, req, ask->app, ask->month, &now);

    if (!err)
        err = find_plan(shard, req, ask->plan, &view->then.plan);
    if (err)
        return err;
    if (!what_if_packs(view->then.plan, ask->packs, &view->then.usage.packs, &wrong)) {
        wrong = name_begin(wrong);
        return operator_refuse(req, IM_ERR_INVALID, "plan %s sells no pack \"%.*s\"",
                               view->then.plan->id, SPAN_FMT(wrong));
    }
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        raised[i] = now->row.evidence[i].source != LIMIT_FROM_PLAN;
    view->then.contract = ask->without_contract ? NULL : now->contract;
    err = what_if_rate(&view->then, &now->usage, raised);
    if (err == IM_ERR_INVALID)
        return operator_refuse(req, err, "two packs of one kind exclude one another");
    if (err)
        return operator_refuse(req, err, "the amount is too large for a bill");
    view->now = now;
    req->result = view;
    return IM_OK;
}
