#include "core/warning/warning.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/apply.h"
#include "core/billing/bill.h"
#include "core/shard_internal.h"
#include "core/usage/calendar.h"
#include "core/warning/facts.h"
#include "core/warning/outbox.h"
#include "core/warning/queue.h"

#define LATELY 4096u /* a power of two */

const char *warning_kind_name(unsigned kind)
{
    static const char *const names[] = {NULL, "near", "reached", "amount"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static uint32_t this_month(struct shard *shard)
{
    return zone_month(shard_zone(shard), shard_now_us(shard));
}

static uint8_t day_of_month(struct shard *shard)
{
    return (uint8_t)day_in_month(zone_day(shard_zone(shard), shard_now_us(shard)));
}

/* ---- from handlers ---- */

/* What was asked about today already, so that a limit that is hit a thousand times a second costs
   no thousand commands. Where two meet the later stays: then one looks again, no more. */
struct warned_lately {
    struct lately {
        uint32_t app, day;
        uint8_t entitlement, kind;
    } seen[LATELY];
};

void warned_lately_free(struct warned_lately *lately)
{
    free(lately);
}

static bool is_new(struct shard *shard, struct app_id app, uint8_t entitlement, uint8_t kind)
{
    const struct lately now = {app.v, shard->today, entitlement, kind};
    uint32_t hash = (app.v * 64u + entitlement) * 4u + kind;
    struct lately *seen;

    if (!shard->warned_lately)
        shard->warned_lately = mem_zalloc(sizeof(*shard->warned_lately));
    seen = &shard->warned_lately->seen[(hash * 2654435761u >> 16) & (LATELY - 1)];
    if (seen->app == now.app && seen->day == now.day && seen->entitlement == entitlement &&
        seen->kind == kind)
        return false;
    *seen = now;
    return true;
}

struct raise_req {
    uint8_t kind, entitlement;
    uint64_t used, limit;
};

static const struct operation warning_raise, price_check;

void warning_used(struct shard *shard, struct app_id app, uint8_t entitlement, uint64_t used,
                  uint64_t limit)
{
    uint8_t kind = used >= limit ? WARNING_REACHED : WARNING_NEAR;
    struct raise_req *raise;
    struct request *req;

    if (!limit || limit == PLAN_UNLIMITED ||
        used < limit - limit * (100 - WARNING_NEAR_PERCENT) / 100 ||
        !is_new(shard, app, entitlement, kind))
        return;
    req = request_new();
    req->operation = &warning_raise;
    req->caller = CALLER_SYSTEM;
    req->app = app;
    raise = ARENA_NEW(&req->arena, struct raise_req);
    *raise = (struct raise_req){kind, entitlement, used, limit};
    req->body = raise;
    shard_run_soon(shard, req);
}

void warning_price_soon(struct shard *shard, struct app_id app)
{
    struct request *req = request_new();

    req->operation = &price_check;
    req->caller = CALLER_SYSTEM;
    req->app = app;
    shard_run_soon(shard, req);
}

/* ---- one warning ---- */

/* Whether there is somewhere to post it and room for it. */
static bool posts(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *hook;

    return row_find(shard, row_key_hook(&key, app), &hook, NULL) == STATE_HIT &&
           ((const struct hook_row *)hook)->url_bytes &&
           shard_counts(shard)->outbox_waiting < OUTBOX_MAX_WAITING;
}

static const struct warned_row *warned_find(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *row;

    return row_find(shard, row_key_warned(&key, app, this_month(shard)), &row, NULL) == STATE_HIT
               ? row
               : NULL;
}

/* IM_AGAIN, or the warning is a fact. */
static enum im_err warn(struct shard *shard, struct app_id app, const struct warned_row *warned,
                        const struct warning_row *warning)
{
    uint32_t month = this_month(shard), number = warned ? warned->count + 1 : 1;
    struct fact_warning *fact;
    struct row_key key;
    const void *row;
    bool posted = posts(shard, app);

    row_find(shard, row_key_warning(&key, app, month, number), &row, NULL);
    row_find(shard, row_key_outbox(&key, app, month, number), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_WARNING, sizeof(*fact));
    fact->app = app.v;
    fact->month = month;
    fact->number = number;
    fact->posted = posted;
    fact->warning = *warning;
    return IM_OK;
}

void apply_warning(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_warning *fact = payload;
    const struct warning_row *warning = &fact->warning;
    struct app_id app = {fact->app};
    struct row_key key;
    struct warned_row *warned;

    (void)n, (void)number;
    memcpy(row_put(shard, row_key_warning(&key, app, fact->month, fact->number), sizeof(*warning)),
           warning, sizeof(*warning));
    warned = row_put(shard, row_key_warned(&key, app, fact->month), sizeof(*warned));
    warned->count = fact->number;
    if (warning->kind == WARNING_AMOUNT)
        warned->amount = 1;
    else if (warning->kind == WARNING_NEAR)
        warned->near[warning->entitlement] = day_of_month(shard);
    else
        warned->reached[warning->entitlement] = day_of_month(shard);
    if (fact->posted) {
        struct outbox_row *outbox =
            row_put(shard, row_key_outbox(&key, app, fact->month, fact->number), sizeof(*outbox));

        *outbox = (struct outbox_row){.next_us = warning->at_us};
        outbox_queue_add(
            shard, (struct outbox_entry){warning->at_us, fact->app, fact->month, fact->number});
        shard_counts(shard)->outbox_waiting++;
    }
}

static enum im_err run_raise(struct shard *shard, struct request *req)
{
    const struct raise_req *raise = req->body;
    const struct warned_row *warned = warned_find(shard, req->app);
    uint8_t today = day_of_month(shard);
    const struct warning_row warning = {.at_us = shard_now_us(shard),
                                        .kind = raise->kind,
                                        .entitlement = raise->entitlement,
                                        .used = raise->used,
                                        .limit = raise->limit};

    if (shard_missing(shard))
        return IM_AGAIN;
    if (warned &&
        (raise->kind == WARNING_NEAR ? warned->near : warned->reached)[raise->entitlement] == today)
        return IM_OK;
    return warn(shard, req->app, warned, &warning);
}

static const struct operation warning_raise = {.run = run_raise};

/* ---- the price ---- */

static enum im_err run_price(struct shard *shard, struct request *req)
{
    const struct warned_row *warned = warned_find(shard, req->app);
    struct warning_row warning = {.at_us = shard_now_us(shard), .kind = WARNING_AMOUNT};
    struct frozen_month month;
    struct bill_row bill;
    struct row_key key;
    const void *hook;
    enum state_found found = row_find(shard, row_key_hook(&key, req->app), &hook, NULL);

    if (shard_missing(shard))
        return IM_AGAIN;
    if (found == STATE_ABSENT || !((const struct hook_row *)hook)->amount_fen ||
        (warned && warned->amount))
        return IM_OK;
    warning.amount_fen = ((const struct hook_row *)hook)->amount_fen;
    if (month_freeze(shard, req, req->app, this_month(shard), &month) == IM_AGAIN)
        return IM_AGAIN;
    warning.price_fen = bill_row_make(&month, warning.at_us, &bill) ? bill.total_fen : -1;
    if (warning.price_fen >= 0 && warning.price_fen <= warning.amount_fen)
        return IM_OK;
    return warn(shard, req->app, warned, &warning);
}

static const struct operation price_check = {.run = run_price};

static void hook_seen(void *arg, struct span key, const void *value, size_t n)
{
    (void)n;
    if (((const struct hook_row *)value)->amount_fen)
        warning_price_soon(arg, (struct app_id){get_be32(key.p + 1)});
}

static enum im_err run_sweep(struct shard *shard, struct request *req)
{
    struct row_key key;

    if (row_need_collection(shard, row_prefix_hooks(&key)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_hooks(&key), hook_seen, shard);
    (void)req;
    return IM_OK;
}

const struct operation warning_sweep = {.run = run_sweep};

/* ---- the list ---- */

struct listing {
    struct shard *shard;
    struct request *req;
    struct warning_view *items;
    uint32_t count, room, month;
    struct app_id app;
};

static void warning_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;

    (void)n;
    listing->items = arena_grow(&listing->req->arena, listing->items, listing->count,
                                &listing->room, sizeof(*listing->items));
    listing->items[listing->count++] =
        (struct warning_view){.month = listing->month,
                              .number = get_be32(key.p + key.n - 4),
                              .row = *(const struct warning_row *)value};
}

static int newest_first(const void *a, const void *b)
{
    const struct warning_view *left = a, *right = b;

    if (left->month != right->month)
        return left->month < right->month ? 1 : -1;
    return (left->number < right->number) - (left->number > right->number);
}

/* Which of them still wait to be posted. */
static void find_waiting(struct listing *listing)
{
    for (uint32_t i = 0; i < listing->count; i++) {
        struct warning_view *view = &listing->items[i];
        struct row_key key;
        const void *row;

        view->waits =
            row_find(listing->shard, row_key_outbox(&key, listing->app, view->month, view->number),
                     &row, NULL) == STATE_HIT;
        if (view->waits)
            view->attempts = ((const struct outbox_row *)row)->attempts;
    }
}

#define LIST_MONTHS 12u /* looked through for one page */

enum im_err warning_list(struct shard *shard, struct request *req)
{
    const struct warning_list_req *ask = req->body;
    struct warning_list_result *result = ARENA_NEW(&req->arena, struct warning_list_result);
    struct listing listing = {.shard = shard, .req = req, .app = ask->app};
    uint32_t month = ask->month ? ask->month : this_month(shard), first, looked = 0;
    const struct app_row *app;
    struct row_key key;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    first = zone_month(shard_zone(shard), app->created_us);
    for (; month >= first && looked < LIST_MONTHS && listing.count < ask->limit;
         month--, looked++) {
        if (row_need_collection(shard, row_prefix_warnings(&key, ask->app, month)) == STATE_UNKNOWN)
            return IM_AGAIN;
        listing.month = month;
        state_scan(shard_state(shard), row_prefix_warnings(&key, ask->app, month), warning_seen,
                   &listing);
    }
    find_waiting(&listing);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (listing.count)
        qsort(listing.items, listing.count, sizeof(*listing.items), newest_first);
    *result = (struct warning_list_result){.app = ask->app,
                                           .items = listing.items,
                                           .count = listing.count,
                                           .next = month >= first ? month : 0};
    req->result = result;
    return IM_OK;
}
