#include "core/billing/close.h"

#include "base/check.h"
#include "base/log.h"
#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/billing/bill.h"
#include "core/billing/contracts.h"
#include "core/billing/facts.h"
#include "core/billing/plans.h"
#include "core/shard_internal.h"
#include "core/usage/calendar.h"

/* What waits behind a step waits a tenth of a millisecond an app: with 16 apps the 99 % of messages
   took three times as long while months closed as before, with 2 no longer. 10,000 apps take two
   seconds and a half. */
#define APPS_A_STEP 2u

static uint32_t this_month(struct shard *shard)
{
    return zone_month(shard_zone(shard), shard_now_us(shard));
}

static uint32_t last_app(struct shard *shard)
{
    struct row_key key;
    const void *meta;

    return row_find(shard, row_key_meta(&key), &meta, NULL) == STATE_HIT
               ? ((const struct meta_row *)meta)->last_app
               : 0;
}

/* The month in which an app was made; 0: no such app, or its row is being
 * loaded. */
static uint32_t first_month(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *row;

    if (row_find(shard, row_key_app(&key, app), &row, NULL) != STATE_HIT)
        return 0;
    return zone_month(shard_zone(shard), ((const struct app_row *)row)->created_us);
}

/* Before anything was closed: the month of the first app. False: there is no
   app, or rows are being loaded. */
static bool close_find(struct shard *shard, struct close_row *ret_close)
{
    struct row_key key;
    const void *row;
    enum state_found found = row_find(shard, row_key_close(&key), &row, NULL);

    *ret_close = (struct close_row){0};
    if (found == STATE_HIT)
        *ret_close = *(const struct close_row *)row;
    if (!ret_close->month)
        ret_close->month = first_month(shard, (struct app_id){APP_FIRST_ID});
    return ret_close->month && !shard_missing(shard);
}

/* ---- facts ---- */

static void emit_state(struct shard *shard, const struct close_row *close)
{
    struct fact_close_state *fact = fact_emit(shard, FACT_CLOSE_STATE, sizeof(*fact));

    fact->close = *close;
}

void apply_close_state(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_close_state *fact = payload;
    struct row_key key;
    struct close_row *row = row_put(shard, row_key_close(&key), sizeof(*row));

    (void)n, (void)number;
    *row = fact->close;
}

void apply_month_closed(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_month_closed *fact = payload;
    struct row_key key;
    struct bill_row *bill =
        row_put(shard, row_key_bill(&key, (struct app_id){fact->app}, fact->month), sizeof(*bill));
    struct close_row *close = row_put(shard, row_key_close(&key), sizeof(*close));

    (void)n, (void)number;
    *bill = fact->bill;
    close->month = fact->month;
    close->next_app = fact->app + 1;
}

/* ---- the step ---- */

struct closing {
    struct app_id app;
    struct frozen_month month;
    struct contract_turn *turn; /* NULL: no contract begins or ends */
};

/* The next apps that have no bill for the month; all rows are asked for. */
static uint32_t gather(struct shard *shard, struct request *req, const struct close_row *close,
                       struct closing *ret_apps, bool *ret_last)
{
    uint32_t last = last_app(shard), count = 0;
    uint32_t at = close->next_app ? close->next_app : APP_FIRST_ID;

    *ret_last = false;
    for (; count < APPS_A_STEP; at++) {
        struct app_id app = {at};
        uint32_t made = at <= last ? first_month(shard, app) : UINT32_MAX;
        struct row_key key;
        const void *bill;

        /* Numbers are given out in the order of time. */
        *ret_last = made > close->month;
        if (*ret_last)
            break;
        row_find(shard, row_key_bill(&key, app, close->month), &bill, NULL);
        ret_apps[count].app = app;
        month_freeze(shard, req, app, close->month, &ret_apps[count].month);
        contract_turn_need(shard, req, app, close->month, &ret_apps[count++].turn);
    }
    return count;
}

static void close_apps(struct shard *shard, const struct close_row *close,
                       const struct closing *apps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct fact_month_closed *fact;

        /* Before the bill: what a crash leaves undone of it is done again with the bill. */
        if (apps[i].turn)
            contract_turn(shard, apps[i].turn);
        fact = fact_emit(shard, FACT_MONTH_CLOSED, sizeof(*fact));
        fact->app = apps[i].app.v;
        fact->month = close->month;
        if (!bill_row_make(&apps[i].month, shard_now_us(shard), &fact->bill))
            log_warn("app %u: the bill of its month is a draft, it needs %s", apps[i].app.v,
                     apps[i].month.plan ? "a contract" : "a plan that can be read");
        fact_commit(shard);
    }
}

/* A jump of the clock that shard_begin or the start has noticed. True: it is
 * held now. */
static bool take_jump(struct shard *shard, struct close_row *close)
{
    char from[CALENDAR_TEXT_BYTES], to[CALENDAR_TEXT_BYTES];

    if (!shard->jump_to_us)
        return false;
    close->held = 1;
    close->jump_from_us = shard->jump_from_us;
    close->jump_to_us = shard->jump_to_us;
    shard->jump_from_us = shard->jump_to_us = 0;
    emit_state(shard, close);
    log_warn("the clock jumped from %s to %s: no month is closed until `magpie "
             "month accept`",
             day_format(zone_day(shard_zone(shard), close->jump_from_us), from),
             day_format(zone_day(shard_zone(shard), close->jump_to_us), to));
    return true;
}

static enum im_err run_close(struct shard *shard, struct request *req)
{
    struct closing *apps = ARENA_ARRAY(&req->arena, struct closing, APPS_A_STEP);
    struct close_row close;
    uint32_t count;
    bool last;

    if (!close_find(shard, &close))
        return shard_missing(shard) ? IM_AGAIN : IM_OK;
    shard->clock_trusted = !take_jump(shard, &close) && !close.held;
    if (!shard->clock_trusted || close.month >= this_month(shard)) {
        shard->close_at_us = 0;
        return IM_OK;
    }
    count = gather(shard, req, &close, apps, &last);
    if (shard_missing(shard))
        return IM_AGAIN;
    close_apps(shard, &close, apps, count);
    if (last) {
        char month[CALENDAR_TEXT_BYTES];

        log_info("the month %s is closed", month_format(close.month, month));
        close.month++;
        close.next_app = 0;
        close.closed_us = shard_now_us(shard);
        emit_state(shard, &close);
    }
    shard->close_at_us = 1;
    return IM_OK;
}

const struct operation month_close = {.run = run_close};

/* ---- for the operator ---- */

static enum im_err show(struct shard *shard, struct request *req, const struct close_row *close)
{
    struct close_status *status = ARENA_NEW(&req->arena, struct close_status);
    uint32_t last = last_app(shard);
    uint32_t next = close->next_app ? close->next_app : APP_FIRST_ID;

    status->row = *close;
    status->this_month = this_month(shard);
    if (close->month < status->this_month && last >= next)
        status->bills_left = last - next + 1;
    req->result = status;
    return IM_OK;
}

enum im_err close_show(struct shard *shard, struct request *req)
{
    struct close_row close;

    if (!close_find(shard, &close) && shard_missing(shard))
        return IM_AGAIN;
    last_app(shard);
    return shard_missing(shard) ? IM_AGAIN : show(shard, req, &close);
}

enum im_err close_accept(struct shard *shard, struct request *req)
{
    const struct close_accept_req *accept = req->body;
    struct close_row close;

    if (!close_find(shard, &close) && shard_missing(shard))
        return IM_AGAIN;
    last_app(shard);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!accept->reason.n || accept->reason.n > DOCUMENT_REASON_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "a reason of at most %d bytes is needed",
                               DOCUMENT_REASON_MAX);
    if (!close.held)
        return operator_refuse(req, IM_ERR_EXISTS, "no month is held: the clock did not jump");
    close.held = 0;
    emit_state(shard, &close);
    shard->close_at_us = 1;
    return show(shard, req, &close);
}
