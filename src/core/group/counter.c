#include "base/buf.h"
#include "base/bytes.h"
#include "core/group/value_internal.h"
#include "core/quota/entitlement.h"

struct counters {
    struct counter items[COUNTERS_MAX];
    uint32_t count;
};

static struct span row_key_counters(struct row_key *key, const struct group *group)
{
    return row_key_group_field(key, group->app, group->no, SCOPE_COUNTER, (struct span){0});
}

static enum state_found counters_find(struct shard *shard, const struct group *group,
                                      struct counters *ret)
{
    struct row_key key;
    const void *value;
    const char *at, *end;
    size_t n;
    enum state_found found = row_find(shard, row_key_counters(&key, group), &value, &n);

    ret->count = 0;
    if (found != STATE_HIT)
        return found;
    for (at = value, end = at + n; at < end && ret->count < COUNTERS_MAX;) {
        struct counter *counter = &ret->items[ret->count++];
        size_t key_bytes = (uint8_t)*at++;

        counter->key = (struct span){at, key_bytes};
        counter->value = (int64_t)get_le64(at + key_bytes);
        at += key_bytes + 8;
    }
    return STATE_HIT;
}

static struct span counters_encode(struct arena *arena, const struct counters *counters)
{
    struct buf into;
    struct span bytes;

    buf_init(&into, COUNTERS_BYTES_MAX + 1);
    for (uint32_t i = 0; i < counters->count; i++) {
        const struct counter *counter = &counters->items[i];
        uint8_t length = (uint8_t)counter->key.n, number[8];

        put_le64(number, (uint64_t)counter->value);
        buf_add(&into, &length, 1);
        buf_add_span(&into, counter->key);
        buf_add(&into, number, sizeof(number));
    }
    bytes = arena_copy(arena, buf_span(&into));
    buf_release(&into);
    return bytes;
}

static struct counter *find(struct counters *counters, struct span key)
{
    for (uint32_t i = 0; i < counters->count; i++) {
        if (span_eq(counters->items[i].key, key))
            return &counters->items[i];
    }
    return NULL;
}

static enum im_err start(struct shard *shard, struct request *req, bool write, struct group *group,
                         struct counters *counters)
{
    const struct counter_req *ask = req->body;
    uint64_t allowed = cap_of(shard, req->app, SERVICE_GROUP_COUNTERS);
    enum im_err err = value_group_find(shard, req, ask->group, write, group);

    if (err)
        return err;
    if (counters_find(shard, group, counters) == STATE_UNKNOWN || shard_missing(shard))
        return IM_AGAIN;
    return allowed ? IM_OK : IM_ERR_GROUP_PLAN;
}

/* ---- writing ---- */

static enum im_err change(struct counters *counters, const struct counter *ask, uint8_t mode,
                          struct counter *ret)
{
    struct counter *counter = find(counters, ask->key);
    int64_t value = ask->value;

    if (!counter && counters->count == COUNTERS_MAX)
        return IM_ERR_GROUP_COUNTERS;
    if (!counter) {
        counter = &counters->items[counters->count++];
        *counter = (struct counter){.key = ask->key};
    }
    if ((mode == COUNTER_INCREASE && __builtin_add_overflow(counter->value, value, &value)) ||
        (mode == COUNTER_DECREASE && __builtin_sub_overflow(counter->value, value, &value)))
        return IM_ERR_GROUP_PARAM;
    counter->value = value;
    *ret = *counter;
    return IM_OK;
}

static bool take_away(struct counters *counters, struct span key)
{
    struct counter *counter = find(counters, key);

    if (!counter)
        return false;
    counters->count--;
    for (; counter < counters->items + counters->count; counter++)
        *counter = counter[1];
    return true;
}

static void tell(struct shard *shard, struct request *req, const struct group *group,
                 const struct audience *audience, const struct counter_result *result)
{
    const struct counter_req *ask = req->body;
    struct push_group_values *push = ARENA_NEW(&req->arena, struct push_group_values);
    struct push_group_value *items =
        ARENA_ARRAY(&req->arena, struct push_group_value, result->count + 1);

    for (uint32_t i = 0; i < result->count; i++)
        items[i] = (struct push_group_value){.key = result->items[i].key,
                                             .number = result->items[i].value};
    *push =
        (struct push_group_values){.op = ask->mode == COUNTER_DELETE ? VALUE_DELETE : VALUE_CHANGE,
                                   .seq = group->info.counter_seq + 1,
                                   .items = items,
                                   .count = result->count};
    value_push(shard, req, group, audience, PUSH_GROUP_COUNTERS, push);
}

enum im_err group_counters_write(struct shard *shard, struct request *req)
{
    const struct counter_req *ask = req->body;
    struct counter_result *result = ARENA_NEW(&req->arena, struct counter_result);
    struct counters counters;
    struct audience audience;
    struct group group;
    enum im_err err = start(shard, req, true, &group, &counters);

    if (err)
        return err;
    if (group_audience(shard, req, &group, (struct account_no){0}, &audience) == STATE_UNKNOWN)
        return IM_AGAIN;
    result->items = ARENA_ARRAY(&req->arena, struct counter, ask->count + 1);
    for (uint32_t i = 0; i < ask->count; i++) {
        struct counter *item = &result->items[result->count];

        if (ask->mode == COUNTER_DELETE && !take_away(&counters, ask->items[i].key))
            continue;
        if (ask->mode != COUNTER_DELETE)
            err = change(&counters, &ask->items[i], ask->mode, item);
        if (err)
            return err;
        item->key = ask->items[i].key;
        result->count++;
    }
    req->result = result;
    if (!result->count)
        return IM_OK;
    value_emit(shard, &group, SCOPE_COUNTER, (struct span){0},
               counters_encode(&req->arena, &counters));
    value_seqs_emit(shard, &group, group.info.attribute_seq, group.info.counter_seq + 1);
    tell(shard, req, &group, &audience, result);
    return IM_OK;
}

/* ---- reading ---- */

enum im_err group_counters_read(struct shard *shard, struct request *req)
{
    const struct counter_req *ask = req->body;
    struct counter_result *result = ARENA_NEW(&req->arena, struct counter_result);
    struct counters counters;
    struct group group;
    enum im_err err = start(shard, req, false, &group, &counters);

    if (err)
        return err;
    result->items = ARENA_ARRAY(&req->arena, struct counter, COUNTERS_MAX + ask->count);
    for (uint32_t i = 0; !ask->count && i < counters.count; i++)
        result->items[result->count++] = counters.items[i];
    for (uint32_t i = 0; i < ask->count; i++) {
        const struct counter *counter = find(&counters, ask->items[i].key);

        if (counter)
            result->items[result->count++] = *counter;
    }
    for (uint32_t i = 0; i < result->count; i++)
        result->items[i].key = arena_copy(&req->arena, result->items[i].key);
    req->result = result;
    return IM_OK;
}
