/* How entitlements change, and the memory of it. */
#include <stdlib.h>

#include "base/check.h"
#include "core/apply.h"
#include "core/quota/entitlement.h"
#include "core/quota/facts.h"
#include "core/quota/limit.h"
#include "core/quota/rows.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"
#include "core/warning/warning.h"

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
    warning_price_soon(shard, grant->app);
}

/* What is still kept of before, for a week from now. */
static uint8_t still_kept(const struct limit_value *before, uint64_t now_us)
{
    struct roaming_kept kept = roaming_kept_of(before);
    uint64_t months = now_us / 1000000 < kept.until_s ? kept.before : kept.months;

    return months < UINT8_MAX ? (uint8_t)months : UINT8_MAX;
}

static void put_limit(struct shard *shard, const struct fact_entitlement_set *fact)
{
    struct app_id app = {fact->app};
    struct row_key key;
    struct app_row *row;
    uint8_t kept = 0;

    usage_limit(shard, app, fact->entitlement, fact->value,
                grant_is_of_month_start(
                    fact->source, (struct span){fact->by, strnlen(fact->by, sizeof(fact->by))}));
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    if (fact->entitlement == LIMIT_ROAMING)
        kept = still_kept(&row->limits[LIMIT_ROAMING], shard_now_us(shard));
    row->limits[fact->entitlement] = (struct limit_value){.value = fact->value,
                                                          .since_us = shard_now_us(shard),
                                                          .source = fact->source,
                                                          .kept = kept,
                                                          .document = fact->document};
}

static void put_grant(struct shard *shard, const struct fact_entitlement_set *fact)
{
    struct app_id app = {fact->app};
    struct row_key key;
    struct grant_row *grant;
    struct app_row *row;

    grant = row_put(shard, row_key_grant(&key, app, fact->entitlement), sizeof(*grant));
    *grant = (struct grant_row){.value = fact->value,
                                .since_us = shard_now_us(shard),
                                .source = fact->source,
                                .document = fact->document};
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    row->has_grants = 1;
}

static void remember(struct shard *shard, const struct fact_entitlement_set *fact,
                     struct span reason, uint64_t number)
{
    uint32_t month = zone_month(shard_zone(shard), shard_now_us(shard));
    struct row_key key;
    struct span change_key =
        row_key_grant_change(&key, (struct app_id){fact->app}, month, number, fact->entitlement);
    struct grant_change_row *change;

    row_declare_absent(shard, change_key);
    change = row_put(shard, change_key, sizeof(*change) + reason.n);
    *change = (struct grant_change_row){.at_us = shard_now_us(shard),
                                        .before = fact->before,
                                        .value = fact->value,
                                        .source = fact->source,
                                        .reason_bytes = (uint16_t)reason.n,
                                        .document = fact->document};
    memcpy(change->by, fact->by, sizeof(change->by));
    memcpy(change + 1, reason.p, reason.n);
}

void apply_entitlement_set(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_entitlement_set *fact = payload;

    (void)n;
    if (fact->entitlement < LIMIT_COUNT)
        put_limit(shard, fact);
    else
        put_grant(shard, fact);
    remember(shard, fact, span_make(fact + 1, fact->reason_bytes), number);
}

/* Journals of the first version hold these. */
void apply_limit_set(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_limit_set *old = payload;
    const struct fact_entitlement_set fact = {.app = old->app,
                                              .entitlement = old->limit,
                                              .source = old->source,
                                              .before = old->before,
                                              .value = old->value,
                                              .by = "operator"};

    (void)n;
    CHECK(old->limit < LIMIT_COUNT);
    put_limit(shard, &fact);
    remember(shard, &fact, span_make(old + 1, old->reason_bytes), number);
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
    all->items = arena_grow(arena, all->items, all->count, &all->room, sizeof(*all->items));
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

/* The last change of a limit in months [first, month). IM_AGAIN. */
static enum im_err last_before(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t month, uint32_t first, uint8_t limit,
                               struct entitlement_change *ret_change, bool *ret_found)
{
    struct entitlement_change *changes;
    struct row_key key;
    uint32_t count;

    for (uint32_t m = first; m < month; m++)
        row_need_collection(shard, row_prefix_grant_changes(&key, app, m));
    if (shard_missing(shard))
        return IM_AGAIN;
    while (month-- > first) {
        enum im_err err = entitlement_changes(shard, req, app, month, &changes, &count);

        if (err)
            return err;
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

/* The first of the changes that reached the month's highest value; NULL: the month began with it.
 */
static const struct entitlement_change *highest(const struct entitlement_change *changes,
                                                uint32_t count, uint8_t limit)
{
    const struct entitlement_change *peak = NULL;
    uint64_t start = 0;
    bool changed = false;

    for (uint32_t i = 0; i < count; i++) {
        if (changes[i].entitlement != limit)
            continue;
        if (!changed && grant_is_of_month_start(changes[i].source, changes[i].by))
            peak = &changes[i];
        else if (!changed)
            start = changes[i].before;
        changed = true;
        if (changes[i].value > (peak ? peak->value : start))
            peak = &changes[i];
    }
    return peak;
}

enum im_err entitlement_peak(struct shard *shard, struct request *req, struct app_id app,
                             uint32_t month, uint8_t limit, struct entitlement_change *ret_change,
                             bool *ret_found)
{
    const struct zone *zone = shard_zone(shard);
    const struct entitlement_change *peak;
    struct entitlement_change *changes;
    const struct app_row *row;
    struct row_key key;
    const void *value;
    uint32_t count, since, first;

    CHECK(limit < LIMIT_COUNT);
    *ret_found = false;
    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return shard_missing(shard) ? IM_AGAIN : IM_OK;
    row = value;
    since = zone_month(zone, row->limits[limit].since_us);
    first = zone_month(zone, row->created_us);
    /* Nothing changed later: one month has the answer. */
    if (since < month)
        return last_before(shard, req, app, since + 1, since, limit, ret_change, ret_found);
    if (entitlement_changes(shard, req, app, month, &changes, &count) == IM_AGAIN)
        return IM_AGAIN;
    peak = highest(changes, count, limit);
    if (!peak)
        return last_before(shard, req, app, month, first, limit, ret_change, ret_found);
    *ret_change = *peak;
    *ret_found = true;
    return IM_OK;
}
