/* What an app would pay for more: its running month, rated twice. */
#include "core/admin/actor.h"
#include "core/billing/freeze.h"
#include "core/ticket/ticket_internal.h"
#include "core/usage/calendar.h"

#define BY_CONTRACT (-1)

/* The month's amount and that of the limit's line. */
static enum im_err rate(struct request *req, const struct frozen_month *month,
                        const struct month_usage *usage, uint8_t entitlement, int64_t *ret_month,
                        int64_t *ret_line)
{
    struct bill bill;
    enum im_err err = bill_rate(month->plan, month->contract, usage, &bill);

    if (err)
        return operator_refuse(req, err, "an amount of this month is too large for 64 bits");
    *ret_month = bill.status == BILL_OK ? bill.total_fen : BY_CONTRACT;
    *ret_line = 0;
    if (bill.status == BILL_OK && entitlement <= LIMIT_RECENTS)
        *ret_line = bill.lines[BILL_ROAMING + entitlement].amount_fen;
    return IM_OK;
}

enum im_err ticket_price_of(struct shard *shard, struct request *req, struct app_id app,
                            struct span limit, uint64_t value, bool has_value,
                            struct ticket_price *ret_price)
{
    struct ticket_price price = {.app = app, .wanted = value};
    struct grant grant = {.app = app,
                          .source = LIMIT_FROM_TICKET,
                          .wanted = value,
                          .by = SPAN_LIT("price"),
                          .reason = SPAN_LIT("price")};
    struct frozen_month month;
    struct month_usage usage;
    enum im_err err;

    if (!entitlement_find_name(limit, &price.entitlement))
        return operator_refuse(req, IM_ERR_INVALID, "there is no limit of this name");
    if (!has_value)
        return operator_refuse(req, IM_ERR_INVALID, "a value is needed");
    grant.entitlement = price.entitlement;
    err = grant_check(shard, req, &grant, &price.before, &price.granted);
    if (err)
        return err;
    err = month_freeze(shard, req, app, zone_month(shard_zone(shard), shard_now_us(shard)), &month);
    if (err)
        return err;
    if (!month.plan)
        return operator_refuse(req, IM_ERR_INVALID, "the app's plan cannot be read");
    usage = month_usage_of_frozen(&month.usage);
    err = rate(req, &month, &usage, price.entitlement, &price.month_before_fen,
               &price.line_before_fen);
    if (err)
        return err;
    if (price.entitlement < LIMIT_COUNT && price.granted > usage.limits[price.entitlement])
        usage.limits[price.entitlement] = price.granted;
    err =
        rate(req, &month, &usage, price.entitlement, &price.month_after_fen, &price.line_after_fen);
    *ret_price = price;
    return err;
}

enum im_err ticket_price(struct shard *shard, struct request *req)
{
    const struct ticket_price_req *ask = req->body;
    struct ticket_price *price = ARENA_NEW(&req->arena, struct ticket_price);
    const struct app_row *app;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (!err)
        err = ticket_price_of(shard, req, ask->app, ask->limit, ask->value, ask->has_value, price);
    if (!err)
        req->result = price;
    return err;
}
