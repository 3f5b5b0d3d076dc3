/* How entitlements change, and the memory of it. */
#include <stdlib.h>

#include "base/check.h"
#include "core/apply.h"
#include "core/quota/entitlement.h"
#include "core/quota/facts.h"
#include "core/quota/rows.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"

void grant_emit(struct shard *shard, const struct grant *grant, uint64_t before, uint64_t granted)
{
    struct fact_entitlement_set *fact =
        fact_emit(shard, FACT_ENTITLEMENT_SET, sizeof(*fact) + grant->reason.n);

    fact->app = grant->app.v;
    fact->entitlement = grant->entitlement;
    fact->source = grant->source;
    fact->reason_bytes = (uint16_t)grant->reason.n;
    fact->document = grant->document;
    fact->before = before;
    fact->value = granted;
    memcpy(fact->by, grant->by.p, grant->by.n < sizeof(fact->by) ? grant->by.n : sizeof(fact->by));
    memcpy(fact + 1, grant->reason.p, grant->reason.n);
}

static void put_limit(struct shard *shard, const struct fact_entitlement_set *fact)
{
    struct app_id app = {fact->app};
    struct row_key key;
    struct app_row *row;

    usage_limit(shard, app, fact->entitlement, fact->value);
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    row->limits[fact->entitlement] = (struct limit_value){.value = fact->value,
                                                          .since_us = shard_now_us(shard),
                                                          .source = fact->source,
                                                          .document = fact->document};
}

static void put_grant(struct shard *shard, const struct fact_entitlement_set *fact)
{
    struct app_id app = {fact->app};
    struct row_key key;
    struct span grant_key = row_key_grant(&key, app, fact->entitlement);
    struct grant_row *grant;
    struct app_row *row;

    if (fact->source == LIMIT_FROM_PLAN) {
        if (row_get(shard, grant_key, NULL))
            row_delete(shard, grant_key);
        return;
    }
    grant = row_put(shard, grant_key, sizeof(*grant));
    *grant = (struct grant_row){.value = fact->value,
                                .since_us = shard_now_us(shard),
                                .source = fact->source,
                                .document = fact->document};
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    row->has_grants = 1;
}

void apply_entitlement_set(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_entitlement_set *fact = payload;
    uint32_t month = zone_month(shard_zone(shard), shard_now_us(shard));
    struct grant_change_row *change;
    struct row_key key;
    struct span change_key;

    (void)n;
    if (fact->entitlement < LIMIT_COUNT)
        put_limit(shard, fact);
    else
        put_grant(shard, fact);
    change_key =
        row_key_grant_change(&key, (struct app_id){fact->app}, month, number, fact->entitlement);
    row_declare_absent(shard, change_key);
    change = row_put(shard, change_key, sizeof(*change) + fact->reason_bytes);
    *change = (struct grant_change_row){.at_us = shard_now_us(shard),
                                        .before = fact->before,
                                        .value = fact->value,
                                        .source = fact->source,
                                        .reason_bytes = fact->reason_bytes,
                                        .document = fact->document};
    memcpy(change->by, fact->by, sizeof(change->by));
    memcpy(change + 1, fact + 1, fact->reason_bytes);
}

/* ---- history ---- */

struct changes {
    struct request *req;
    struct entitlement_change *items;
    uint32_t count, room;
};

static void change_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct changes *all = arg;
    struct arena *arena = &all->req->arena;
    const struct grant_change_row *row = value;

    CHECK(n >= sizeof(*row) + row->reason_bytes);
    if (all->count == all->room) {
        uint32_t room = all->room * 2 + 16;
        struct entitlement_change *more = ARENA_ARRAY(arena, struct entitlement_change, room);

        if (all->count)
            memcpy(more, all->items, all->count * sizeof(*more));
        all->items = more;
        all->room = room;
    }
    all->items[all->count++] = (struct entitlement_change){
        .at_us = row->at_us,
        .record = (uint64_t)get_be32(key.p + 9) << 32 | get_be32(key.p + 13),
        .entitlement = (uint8_t)key.p[17],
        .source = row->source,
        .document = row->document,
        .before = row->before,
        .value = row->value,
        .by = arena_copy(arena, (struct span){row->by, strnlen(row->by, sizeof(row->by))}),
        .reason = arena_copy(arena, (struct span){(const char *)(row + 1), row->reason_bytes})};
}

static int in_order(const void *a, const void *b)
{
    const struct entitlement_change *left = a, *right = b;

    if (left->record != right->record)
        return left->record < right->record ? -1 : 1;
    return (left->entitlement > right->entitlement) - (left->entitlement < right->entitlement);
}

enum im_err entitlement_changes(struct shard *shard, struct request *req, struct app_id app,
                                uint32_t month, struct entitlement_change **ret_changes,
                                uint32_t *ret_count)
{
    struct changes all = {.req = req};
    struct row_key key;

    *ret_changes = NULL;
    *ret_count = 0;
    if (row_need_collection(shard, row_prefix_grant_changes(&key, app, month)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_grant_changes(&key, app, month), change_seen, &all);
    if (all.count)
        qsort(all.items, all.count, sizeof(*all.items), in_order);
    *ret_changes = all.items;
    *ret_count = all.count;
    return IM_OK;
}

/* The last change of a limit in the months before one, back to the app's first. */
static enum im_err last_before(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t month, uint32_t first, uint8_t limit,
                               struct entitlement_change *ret_change, bool *ret_found)
{
    while (month-- > first) {
        struct entitlement_change *changes;
        uint32_t count;

        if (entitlement_changes(shard, req, app, month, &changes, &count) == IM_AGAIN)
            return IM_AGAIN;
        while (count--) {
            if (changes[count].entitlement != limit)
                continue;
            *ret_change = changes[count];
            *ret_found = true;
            return IM_OK;
        }
    }
    return IM_OK;
}

enum im_err entitlement_peak(struct shard *shard, struct request *req, struct app_id app,
                             uint32_t month, uint8_t limit, struct entitlement_change *ret_change,
                             bool *ret_found)
{
    const struct zone *zone = shard_zone(shard);
    const struct app_row *row;
    const struct limit_value *now;
    const struct entitlement_change *peak = NULL;
    struct entitlement_change *changes;
    struct row_key key;
    const void *value;
    uint64_t start = 0;
    uint32_t count;
    bool changed = false;

    *ret_found = false;
    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return shard_missing(shard) ? IM_AGAIN : IM_OK;
    row = value;
    now = &row->limits[limit];
    if (now->source == LIMIT_FROM_PLAN && now->since_us == row->created_us)
        return IM_OK;
    /* Unchanged since: what is in force is what was. */
    if (zone_month(zone, now->since_us) < month) {
        *ret_found = true;
        *ret_change = (struct entitlement_change){.at_us = now->since_us,
                                                  .entitlement = limit,
                                                  .source = now->source,
                                                  .document = now->document,
                                                  .value = now->value};
        return IM_OK;
    }
    if (entitlement_changes(shard, req, app, month, &changes, &count) == IM_AGAIN)
        return IM_AGAIN;
    for (uint32_t i = 0; i < count; i++) {
        if (changes[i].entitlement != limit)
            continue;
        if (!changed)
            start = changes[i].before;
        changed = true;
        if (changes[i].value > (peak ? peak->value : start))
            peak = &changes[i];
    }
    if (!peak)
        return last_before(shard, req, app, month, zone_month(zone, row->created_us), limit,
                           ret_change, ret_found);
    *ret_change = *peak;
    *ret_found = true;
    return IM_OK;
}
