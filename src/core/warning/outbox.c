#include "core/warning/outbox.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/apply.h"
#include "core/shard_stats.h"
#include "core/usage/calendar.h"
#include "core/warning/facts.h"
#include "core/warning/queue.h"
#include "core/warning/warning.h"
#include "wire/json.h"

#define FIRST_RETRY_US 5000000u
#define LAST_RETRY_US (6u * 3600u * UINT64_C(1000000))
#define BODY_BYTES 1024

/* ---- what is due ---- */

static void put_at(struct buf *into, uint64_t us)
{
    uint64_t s = us / 1000000;
    unsigned of_day = (unsigned)(s % 86400);
    char day[CALENDAR_TEXT_BYTES];

    day_format((uint32_t)(s / 86400), day);
    buf_printf(into, "%.4s-%.2s-%.2sT%02u:%02u:%02uZ", day, day + 4, day + 6, of_day / 3600,
               of_day / 60 % 60, of_day % 60);
}

static const char *type_of(const struct warning_row *row)
{
    if (row->kind == WARNING_AMOUNT)
        return "price_passed";
    return row->kind == WARNING_NEAR ? "limit_near" : "limit_reached";
}

static void put_body(struct buf *into, const struct outbox_item *item,
                     const struct warning_row *row)
{
    buf_printf(into, "{\"id\":\"%.*s\",\"type\":\"%s\",\"sdkappid\":%u,\"at\":\"",
               SPAN_FMT(item->id), type_of(row), item->app.v);
    put_at(into, row->at_us);
    BUF_LIT(into, "\"");
    if (row->kind == WARNING_AMOUNT) {
        buf_printf(into, ",\"amount_fen\":%lld,\"price_fen\":", (long long)row->amount_fen);
        if (row->price_fen < 0)
            BUF_LIT(into, "null");
        else
            buf_add_i64(into, row->price_fen);
    } else {
        buf_printf(into, ",\"limit\":\"%s\",\"used\":%llu,\"value\":%llu",
                   entitlement_name(row->entitlement), (unsigned long long)row->used,
                   (unsigned long long)row->limit);
    }
    BUF_LIT(into, "}");
}

/* False: the app takes no posts any more. */
static bool item_fill(struct shard *shard, struct request *req, struct outbox_item *item)
{
    char month[CALENDAR_TEXT_BYTES], id[48];
    const struct hook_row *hook;
    const void *value, *warning;
    struct row_key key;
    struct buf body;

    if (row_find(shard, row_key_hook(&key, item->app), &value, NULL) != STATE_HIT ||
        row_find(shard, row_key_warning(&key, item->app, item->month, item->number), &warning,
                 NULL) != STATE_HIT)
        return false;
    hook = value;
    item->url = arena_copy(&req->arena, (struct span){(const char *)(hook + 1), hook->url_bytes});
    memcpy(item->secret, hook->secret, sizeof(item->secret));
    snprintf(id, sizeof(id), "%u-%s-%u", item->app.v, month_format(item->month, month),
             item->number);
    item->id = arena_copy(&req->arena, span_of(id));
    buf_init(&body, BODY_BYTES);
    put_body(&body, item, warning);
    item->body = arena_copy(&req->arena, buf_span(&body));
    buf_release(&body);
    return item->url.n != 0;
}

static enum im_err run_take(struct shard *shard, struct request *req)
{
    struct outbox_batch *batch = ARENA_NEW(&req->arena, struct outbox_batch);
    struct outbox_entry due[OUTBOX_BATCH];

    if (!outbox_queue_take(shard, due, OUTBOX_BATCH, &batch->count))
        return IM_AGAIN;
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->items[i] = (struct outbox_item){
            .app = {due[i].app}, .month = due[i].month, .number = due[i].number};
        item_fill(shard, req, &batch->items[i]);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = batch;
    return IM_OK;
}

const struct operation outbox_take = {.run = run_take};

/* ---- how it went ---- */

static enum im_err run_done(struct shard *shard, struct request *req)
{
    const struct outbox_done_req *done = req->body;
    struct fact_delivered *fact;
    struct outbox_row row;
    struct row_key key;
    const void *value;
    uint64_t wait_us = FIRST_RETRY_US;
    enum state_found found =
        row_find(shard, row_key_outbox(&key, done->app, done->month, done->number), &value, NULL);

    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_OK;
    row = *(const struct outbox_row *)value;
    row.attempts++;
    for (uint32_t i = 1; i < row.attempts && wait_us < LAST_RETRY_US; i++)
        wait_us *= 2;
    row.next_us = shard_now_us(shard) + (wait_us < LAST_RETRY_US ? wait_us : LAST_RETRY_US);
    fact = fact_emit(shard, FACT_DELIVERED, sizeof(*fact));
    fact->app = done->app.v;
    fact->month = done->month;
    fact->number = done->number;
    fact->done = done->taken || row.attempts >= OUTBOX_MAX_ATTEMPTS;
    fact->outbox = row;
    shard_counts(shard)->outbox_taken += done->taken;
    shard_counts(shard)->outbox_failed += !done->taken;
    shard_counts(shard)->outbox_given_up += fact->done && !done->taken;
    if (fact->done && !done->taken)
        log_warn("app %u: a warning could not be posted in %u attempts and is given up",
                 done->app.v, row.attempts);
    return IM_OK;
}

const struct operation outbox_done = {.run = run_done};

void apply_delivered(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_delivered *fact = payload;
    struct row_key key;
    struct span row = row_key_outbox(&key, (struct app_id){fact->app}, fact->month, fact->number);
    const struct outbox_entry entry = {fact->outbox.next_us, fact->app, fact->month, fact->number};

    (void)n, (void)number;
    outbox_queue_told(shard, entry);
    if (!fact->done)
        outbox_queue_add(shard, entry);
    if (fact->done) {
        row_delete(shard, row);
        shard_counts(shard)->outbox_waiting--;
    } else {
        memcpy(row_put(shard, row, sizeof(fact->outbox)), &fact->outbox, sizeof(fact->outbox));
    }
}
