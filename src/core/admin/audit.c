#include "core/admin/audit.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/admin/apply.h"
#include "core/admin/customer.h"

#define HOUR_US 3600000000ull
/* Hours that one page looks at. */
#define PAGE_HOURS 64u

/* ---- writing ---- */

void audit_need(struct shard *shard)
{
    struct row_key key;
    const void *row;

    row_find(shard, row_key_customer(&key, 0), &row, NULL);
}

/* Whose it is that the call was about. */
static uint32_t customer_of(struct shard *shard, const struct admin_call *call)
{
    struct row_key key;
    const void *row;

    if (call->customer)
        return call->customer;
    if (call->names_app &&
        row_find(shard, row_key_app(&key, (struct app_id){call->app}), &row, NULL) == STATE_HIT)
        return ((const struct app_row *)row)->customer;
    return call->names_customer ? 0 : call->actor.customer;
}

void audit_store(struct shard *shard, struct request *req)
{
    const struct admin_call *call = req->admin;
    struct span operation = span_of(req->operation->admin->name), text = call->audit;
    uint32_t customer = customer_of(shard, call);
    struct fact_audit *fact;

    CHECK(operation.n <= UINT8_MAX && text.n <= ADMIN_MAX_AUDIT_TEXT);
    fact = fact_emit(shard, FACT_AUDIT, sizeof(*fact) + operation.n + text.n);
    fact->app = call->app;
    fact->customer = customer;
    fact->by_customer = call->actor.customer;
    fact->by_token = call->actor.token;
    fact->by_role = call->actor.role;
    fact->operation_bytes = (uint8_t)operation.n;
    fact->text_bytes = (uint16_t)text.n;
    memcpy(fact->actor, call->actor.text, sizeof(fact->actor));
    memcpy(fact + 1, operation.p, operation.n);
    if (text.n)
        memcpy((char *)(fact + 1) + operation.n, text.p, text.n);
}

void apply_audit(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_audit *fact = payload;
    uint32_t hour = (uint32_t)(shard_now_us(shard) / HOUR_US), previous;
    size_t bytes = (size_t)fact->operation_bytes + fact->text_bytes;
    struct customer_row *counters;
    struct row_key key;
    struct audit_row *row;

    (void)n;
    counters = row_put(shard, row_key_customer(&key, 0), sizeof(*counters));
    previous = counters->audit_hour;
    counters->audit_hour = hour;
    row_declare_absent(shard, row_key_audit(&key, hour, number));
    row = row_put(shard, row_key_audit(&key, hour, number), sizeof(*row) + bytes);
    row->time_us = shard_now_us(shard);
    row->previous_hour = previous;
    row->app = fact->app;
    row->customer = fact->customer;
    row->by_customer = fact->by_customer;
    row->by_token = fact->by_token;
    row->by_role = fact->by_role;
    row->operation_bytes = fact->operation_bytes;
    row->text_bytes = fact->text_bytes;
    memcpy(row->actor, fact->actor, sizeof(row->actor));
    memcpy(row + 1, fact + 1, bytes);
}

/* ---- reading ---- */

/* One of an hour's rows that the reader may see. */
struct seen {
    uint64_t record;
    const struct audit_row *row;
};

struct hour_scan {
    struct request *req;
    uint64_t before;
    struct seen *seen;
    uint32_t count, room;
    uint64_t oldest; /* of all rows, seen or not */
    uint32_t previous_hour;
};

static bool may_see(const struct request *req, const struct audit_row *row)
{
    const struct audit_list_req *list = req->body;
    const struct admin_actor *actor = admin_actor(req);

    if (actor->role != ADMIN_OPERATOR && row->customer != actor->customer)
        return false;
    return (!list->app || row->app == list->app) &&
           (!list->has_customer || row->customer == list->customer);
}

static void row_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct hour_scan *scan = arg;
    const struct audit_row *row = value;
    uint64_t record = get_be64(key.p + 5);

    (void)n;
    if (record < scan->oldest) {
        scan->oldest = record;
        scan->previous_hour = row->previous_hour;
    }
    if (record >= scan->before || !may_see(scan->req, row))
        return;
    scan->seen =
        arena_grow(&scan->req->arena, scan->seen, scan->count, &scan->room, sizeof(*scan->seen));
    scan->seen[scan->count++] = (struct seen){record, row};
}

static int newest_first(const void *a, const void *b)
{
    uint64_t left = ((const struct seen *)a)->record, right = ((const struct seen *)b)->record;

    return (left < right) - (left > right);
}

static void entry_fill(struct request *req, struct seen seen, struct audit_entry *ret)
{
    const struct audit_row *row = seen.row;
    const struct admin_actor *actor = admin_actor(req);
    const char *text = (const char *)(row + 1) + row->operation_bytes;
    bool all = actor->role == ADMIN_OPERATOR || row->by_customer == actor->customer;

    *ret = (struct audit_entry){
        .record = seen.record,
        .time_us = row->time_us,
        .app = row->app,
        .customer = row->customer,
        .role = row->by_role,
        .actor =
            arena_copy(&req->arena, span_make(row->actor, strnlen(row->actor, sizeof(row->actor)))),
        .operation = arena_copy(&req->arena, span_make(row + 1, row->operation_bytes))};
    if (all)
        ret->text = arena_copy(&req->arena, span_make(text, row->text_bytes));
}

/* Adds what an hour has to the page. STATE_UNKNOWN: it is being loaded. */
static enum state_found take_hour(struct shard *shard, struct hour_scan *scan, uint32_t hour,
                                  uint32_t limit, struct audit_list_result *result)
{
    struct row_key key;
    uint32_t taken = 0;

    if (row_need_collection(shard, row_prefix_audit(&key, hour)) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), row_prefix_audit(&key, hour), row_seen, scan);
    if (scan->count)
        qsort(scan->seen, scan->count, sizeof(*scan->seen), newest_first);
    while (taken < scan->count && result->count < limit)
        entry_fill(scan->req, scan->seen[taken++], &result->items[result->count++]);
    result->next_hour = scan->previous_hour;
    result->next_before = UINT64_MAX;
    if (taken < scan->count) {
        result->next_hour = hour;
        result->next_before = scan->seen[taken - 1].record;
    }
    return STATE_HIT;
}

enum im_err audit_list(struct shard *shard, struct request *req)
{
    const struct audit_list_req *list = req->body;
    uint32_t limit = admin_limit(list->limit);
    struct audit_list_result *result;
    const struct customer_row *counters;
    enum im_err err = customer_named(shard, req, 0, &counters);

    if (err)
        return err;
    result = ARENA_NEW(&req->arena, struct audit_list_result);
    result->items = ARENA_ARRAY(&req->arena, struct audit_entry, limit);
    result->next_hour = list->hour ? list->hour : counters ? counters->audit_hour : 0;
    result->next_before = list->hour ? list->before : UINT64_MAX;
    for (uint32_t i = 0; i < PAGE_HOURS && result->next_hour && result->count < limit; i++) {
        struct hour_scan scan = {.req = req, .before = result->next_before, .oldest = UINT64_MAX};

        if (take_hour(shard, &scan, result->next_hour, limit, result) == STATE_UNKNOWN)
            return IM_AGAIN;
    }
    req->result = result;
    return IM_OK;
}
