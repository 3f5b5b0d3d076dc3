/*
 * Attributes of a group. Whoever writes may ask that nobody else has written meanwhile (AttrControl
 * RaceConflict): set and clear compare the group's AttrMainSeq, modify and delete the seq of each
 * key that they name, so that two who sit down on two seats do not disturb each other.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/group/value_internal.h"
#include "core/shard_internal.h"

/* ---- how often ---- */

#define RATES_KEPT 65536u

struct value_rates {
    struct map groups; /* app << 32 | group: writes of `second` */
    uint32_t second, count;
};

struct value_rates *value_rates_new(void)
{
    return mem_zalloc(sizeof(struct value_rates));
}

void value_rates_free(struct value_rates *rates)
{
    if (!rates)
        return;
    map_release(&rates->groups);
    free(rates);
}

/* One more write in this second, or too many. */
static bool rate_admits(struct value_rates *rates, uint32_t now_s, const struct group *group)
{
    struct map_slot *slot;

    if (rates->second != now_s) {
        map_release(&rates->groups);
        rates->groups = (struct map){0};
        rates->second = now_s;
        rates->count = 0;
    }
    if (rates->count >= RATES_KEPT)
        return false;
    slot = map_put(&rates->groups, (uint64_t)group->app.v << 32 | group->no.v);
    rates->count += !slot->value.n;
    if (slot->value.n >= ATTRIBUTE_WRITES_A_SECOND)
        return false;
    slot->value.n++;
    return true;
}

/* ---- what is stored ---- */

struct stored {
    struct attribute items[ATTRIBUTES_MAX];
    uint32_t count;
};

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct stored *stored = arg;
    const struct attribute_row *row = value;

    CHECK(stored->count < ATTRIBUTES_MAX && n >= sizeof(*row));
    stored->items[stored->count++] =
        (struct attribute){.key = {key.p + 10, key.n - 10},
                           .value = {(const char *)(row + 1), n - sizeof(*row)},
                           .seq = row->seq};
}

static int by_key(const void *left, const void *right)
{
    const struct attribute *a = left, *b = right;

    return span_compare(a->key, b->key);
}

static enum state_found stored_find(struct shard *shard, const struct group *group,
                                    struct stored *ret)
{
    struct row_key key;
    struct span prefix = row_prefix_group_field(&key, group->app, group->no, SCOPE_ATTRIBUTE);

    ret->count = 0;
    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, collect, ret);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof(ret->items[0]), by_key);
    return STATE_HIT;
}

static const struct attribute *find(const struct stored *stored, struct span key)
{
    for (uint32_t i = 0; i < stored->count; i++) {
        if (span_eq(stored->items[i].key, key))
            return &stored->items[i];
    }
    return NULL;
}

/* ---- writing ---- */

static bool named_before(const struct attribute_req *ask, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (span_eq(ask->items[j].key, ask->items[i].key))
            return true;
    }
    return false;
}

static enum im_err form_check(const struct attribute_req *ask)
{
    bool values = ask->op == VALUE_REPLACE || ask->op == VALUE_CHANGE;

    for (uint32_t i = 0; i < ask->count; i++) {
        if (!ask->items[i].key.n || ask->items[i].key.n > ATTRIBUTE_KEY_MAX)
            return IM_ERR_GROUP_ATTRIBUTE_KEY;
        if (values && ask->items[i].value.n > ATTRIBUTE_VALUE_MAX)
            return IM_ERR_GROUP_ATTRIBUTE_VALUE;
        if (named_before(ask, i))
            return IM_ERR_GROUP_PARAM;
    }
    return IM_OK;
}

/* Number and bytes of what there will be. */
static enum im_err total_check(const struct attribute_req *ask, const struct stored *stored)
{
    uint32_t count = ask->count;
    size_t bytes = 0;

    if (ask->op != VALUE_REPLACE && ask->op != VALUE_CHANGE)
        return IM_OK;
    for (uint32_t i = 0; i < ask->count; i++)
        bytes += ask->items[i].key.n + ask->items[i].value.n;
    for (uint32_t i = 0; ask->op == VALUE_CHANGE && i < stored->count; i++) {
        const struct attribute *item = &stored->items[i];
        bool replaced = false;

        for (uint32_t j = 0; j < ask->count; j++)
            replaced |= span_eq(ask->items[j].key, item->key);
        if (replaced)
            continue;
        count++;
        bytes += item->key.n + item->value.n;
    }
    if (count > ATTRIBUTES_MAX)
        return IM_ERR_GROUP_ATTRIBUTE_COUNT;
    return bytes > ATTRIBUTES_BYTES_MAX ? IM_ERR_GROUP_ATTRIBUTE_TOTAL : IM_OK;
}

/* Somebody else wrote since the caller looked. */
static bool conflicts(const struct attribute_req *ask, const struct group *group,
                      const struct stored *stored)
{
    if (!ask->race_conflict)
        return false;
    if (ask->op == VALUE_REPLACE || ask->op == VALUE_CLEAR)
        return ask->main_seq != group->info.attribute_seq;
    for (uint32_t i = 0; i < ask->count; i++) {
        const struct attribute *item = find(stored, ask->items[i].key);

        if ((item ? item->seq : 0) != ask->items[i].seq)
            return true;
    }
    return false;
}

static void emit_value(struct shard *shard, struct request *req, const struct group *group,
                       struct span key, uint32_t seq, struct span value)
{
    struct attribute_row *row = arena_alloc(&req->arena, sizeof(*row) + value.n);

    row->seq = seq;
    if (value.n)
        memcpy(row + 1, value.p, value.n);
    value_emit(shard, group, SCOPE_ATTRIBUTE, key, span_make(row, sizeof(*row) + value.n));
}

static bool is_named(const struct attribute_req *ask, struct span key)
{
    for (uint32_t i = 0; i < ask->count; i++) {
        if (span_eq(ask->items[i].key, key))
            return true;
    }
    return false;
}

/* Emits what goes and what comes; fills the result with what the callers hear of. */
static void emit_all(struct shard *shard, struct request *req, const struct group *group,
                     const struct stored *stored, struct attribute_result *result)
{
    const struct attribute_req *ask = req->body;
    bool writes = ask->op == VALUE_REPLACE || ask->op == VALUE_CHANGE;

    for (uint32_t i = 0; i < stored->count; i++) {
        struct span key = stored->items[i].key;
        bool named = is_named(ask, key);

        if (ask->op == VALUE_CLEAR || (ask->op == VALUE_DELETE && named) ||
            (ask->op == VALUE_REPLACE && !named))
            value_emit(shard, group, SCOPE_ATTRIBUTE, arena_copy(&req->arena, key),
                       (struct span){0});
    }
    for (uint32_t i = 0; i < ask->count; i++) {
        const struct attribute *old = find(stored, ask->items[i].key);
        struct attribute *item = &result->items[result->count++];

        *item = ask->items[i];
        item->seq = (old ? old->seq : 0) + 1;
        if (writes)
            emit_value(shard, req, group, item->key, item->seq, item->value);
    }
    result->main_seq = group->info.attribute_seq + 1;
    value_seqs_emit(shard, group, result->main_seq, group->info.counter_seq);
}

static void tell(struct shard *shard, struct request *req, const struct group *group,
                 const struct audience *audience, const struct attribute_result *result)
{
    const struct attribute_req *ask = req->body;
    struct push_group_values *push = ARENA_NEW(&req->arena, struct push_group_values);
    struct push_group_value *items =
        ARENA_ARRAY(&req->arena, struct push_group_value, result->count + 1);

    for (uint32_t i = 0; i < result->count; i++)
        items[i] = (struct push_group_value){.key = result->items[i].key,
                                             .value = result->items[i].value,
                                             .seq = result->items[i].seq};
    *push = (struct push_group_values){
        .op = ask->op, .seq = result->main_seq, .items = items, .count = result->count};
    value_push(shard, req, group, audience, PUSH_GROUP_ATTRIBUTES, push);
}

enum im_err group_attributes_write(struct shard *shard, struct request *req)
{
    const struct attribute_req *ask = req->body;
    struct attribute_result *result = ARENA_NEW(&req->arena, struct attribute_result);
    struct audience audience;
    struct stored stored;
    struct group group;
    struct row_key key;
    const void *value;
    enum im_err err = value_group_find(shard, req, ask->group, true, &group);

    if (!err)
        err = form_check(ask);
    if (err)
        return err;
    for (uint32_t i = 0; i < ask->count; i++)
        row_find(shard,
                 row_key_group_field(&key, req->app, group.no, SCOPE_ATTRIBUTE, ask->items[i].key),
                 &value, NULL);
    if (stored_find(shard, &group, &stored) == STATE_UNKNOWN ||
        group_audience(shard, req, &group, (struct account_no){0}, &audience) == STATE_UNKNOWN ||
        shard_missing(shard))
        return IM_AGAIN;
    err = total_check(ask, &stored);
    if (err)
        return err;
    if (conflicts(ask, &group, &stored))
        return IM_ERR_GROUP_ATTRIBUTE_CONFLICT;
    if (!rate_admits(shard->value_rates, shard_now_s(shard), &group))
        return IM_ERR_GROUP_ATTRIBUTE_RATE;
    result->items = ARENA_ARRAY(&req->arena, struct attribute, ask->count + 1);
    emit_all(shard, req, &group, &stored, result);
    tell(shard, req, &group, &audience, result);
    req->result = result;
    return IM_OK;
}

/* ---- reading ---- */

enum im_err group_attributes_read(struct shard *shard, struct request *req)
{
    const struct attribute_req *ask = req->body;
    struct attribute_result *result = ARENA_NEW(&req->arena, struct attribute_result);
    struct stored stored;
    struct group group;
    enum im_err err = value_group_find(shard, req, ask->group, false, &group);

    if (err)
        return err;
    if (stored_find(shard, &group, &stored) == STATE_UNKNOWN)
        return IM_AGAIN;
    result->main_seq = group.info.attribute_seq;
    result->items = ARENA_ARRAY(&req->arena, struct attribute, stored.count + 1);
    for (uint32_t i = 0; i < stored.count; i++)
        result->items[result->count++] =
            (struct attribute){.key = arena_copy(&req->arena, stored.items[i].key),
                               .value = arena_copy(&req->arena, stored.items[i].value),
                               .seq = stored.items[i].seq};
    req->result = result;
    return IM_OK;
}
