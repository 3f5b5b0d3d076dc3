#include "core/billing/plans.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/apply.h"
#include "core/shard_internal.h"

/* A plan's bytes lie in rows of this size, the last one shorter. */
#define PART_BYTES 4000u
#define MAX_PARTS ((PLAN_MAX_BYTES + PART_BYTES - 1) / PART_BYTES)

struct plan_shelf {
    struct shelved {
        struct shelved *next;
        struct plan plan;
    } * first;
    const struct plan *default_plan;
};

void plan_shelf_free(struct plan_shelf *shelf)
{
    if (!shelf)
        return;
    while (shelf->first) {
        struct shelved *gone = shelf->first;

        shelf->first = gone->next;
        free(gone);
    }
    free(shelf);
}

static struct plan_shelf *shelf_of(struct shard *shard)
{
    if (!shard->plans)
        shard->plans = mem_zalloc(sizeof(*shard->plans));
    return shard->plans;
}

static const struct plan *shelve(struct shard *shard, const struct plan *plan)
{
    struct plan_shelf *shelf = shelf_of(shard);
    struct shelved *shelved = mem_alloc(sizeof(*shelved));

    *shelved = (struct shelved){.next = shelf->first, .plan = *plan};
    shelf->first = shelved;
    return &shelved->plan;
}

/* ---- the bytes of a plan in rows ---- */

struct parts {
    struct span of[MAX_PARTS];
};

static void part_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct parts *parts = arg;
    uint16_t part = get_be16(key.p + key.n - 2);

    if (part < MAX_PARTS)
        parts->of[part] = span_make(value, n);
}

/* STATE_ABSENT: no such plan. The bytes are appended to `into`. */
static enum state_found bytes_find(struct shard *shard, struct span id, struct buf *into)
{
    struct parts parts = {0};
    struct row_key key;

    if (row_need_collection(shard, row_prefix_plan(&key, id)) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), row_prefix_plan(&key, id), part_seen, &parts);
    for (size_t i = 0; i < MAX_PARTS && parts.of[i].n; i++)
        buf_add_span(into, parts.of[i]);
    return into->n && !into->overflow ? STATE_HIT : STATE_ABSENT;
}

void apply_plan_stored(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_plan_stored *fact = payload;
    struct span id = {fact->plan_id, strnlen(fact->plan_id, sizeof(fact->plan_id))};
    const char *bytes = (const char *)(fact + 1);
    uint32_t at = 0;

    (void)n, (void)number;
    for (uint16_t part = 0; at < fact->plan_bytes; part++) {
        uint32_t left = fact->plan_bytes - at, size = left < PART_BYTES ? left : PART_BYTES;
        struct row_key key;

        memcpy(row_put(shard, row_key_plan(&key, id, part), size), bytes + at, size);
        at += size;
    }
}

static void emit(struct shard *shard, const struct plan *plan, struct span bytes)
{
    struct fact_plan_stored *fact;

    fact = fact_emit(shard, FACT_PLAN_STORED, sizeof(*fact) + bytes.n);
    memcpy(fact->plan_id, plan->id, strnlen(plan->id, sizeof(fact->plan_id)));
    memcpy(fact->sha256, plan->sha256, sizeof(fact->sha256));
    fact->plan_bytes = (uint32_t)bytes.n;
    memcpy(fact + 1, bytes.p, bytes.n);
}

static void need_parts(struct shard *shard, struct span id, size_t bytes)
{
    struct row_key key;
    const void *value;

    for (uint16_t part = 0; part * (size_t)PART_BYTES < bytes; part++)
        row_find(shard, row_key_plan(&key, id, part), &value, NULL);
}

enum im_err plan_store(struct shard *shard, struct span bytes)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct plan plan;
    struct buf stored;
    enum state_found found;
    enum im_err err = IM_OK;

    if (!bytes.n)
        return IM_OK;
    err = plan_parse(bytes, &plan, problem);
    if (err) {
        log_error("price plan: %s", problem);
        return err;
    }
    buf_init(&stored, PLAN_MAX_BYTES);
    found = bytes_find(shard, span_of(plan.id), &stored);
    if (found == STATE_HIT && !span_eq(buf_span(&stored), bytes)) {
        log_error("price plan: %s is stored with other content; a changed plan needs a new id",
                  plan.id);
        err = IM_ERR_EXISTS;
    } else if (found == STATE_ABSENT) {
        need_parts(shard, span_of(plan.id), bytes.n);
        emit(shard, &plan, bytes);
        fact_commit(shard);
    }
    buf_release(&stored);
    CHECK(found != STATE_UNKNOWN);
    if (!err)
        shelf_of(shard)->default_plan = shelve(shard, &plan);
    return err;
}

/* ---- finding plans ---- */

const struct plan *plans_default(struct shard *shard)
{
    return shard->plans ? shard->plans->default_plan : NULL;
}

enum state_found plans_find(struct shard *shard, struct span id, const struct plan **ret_plan)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct plan plan;
    struct buf bytes;
    enum state_found found;

    for (const struct shelved *s = shard->plans ? shard->plans->first : NULL; s; s = s->next) {
        if (span_is(id, s->plan.id)) {
            *ret_plan = &s->plan;
            return STATE_HIT;
        }
    }
    buf_init(&bytes, PLAN_MAX_BYTES);
    found = bytes_find(shard, id, &bytes);
    if (found == STATE_HIT && plan_parse(buf_span(&bytes), &plan, problem) != IM_OK) {
        log_error("price plan: the stored plan %.*s cannot be read: %s", SPAN_FMT(id), problem);
        found = STATE_ABSENT;
    }
    buf_release(&bytes);
    if (found == STATE_HIT)
        *ret_plan = shelve(shard, &plan);
    return found;
}
