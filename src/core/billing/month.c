#include "core/billing/month.h"

#include "core/usage/calendar.h"
#include "core/usage/report.h"

enum im_err month_bill(struct shard *shard, struct request *req)
{
    const struct month_bill_req *ask = req->body;
    struct month_bill *result = ARENA_NEW(&req->arena, struct month_bill);
    const struct app_row *app;
    struct month_row row;
    struct span plan_id;
    enum state_found found;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (!err)
        err = usage_month_check(shard, req, app, ask->month);
    if (err)
        return err;
    plan_id = (struct span){app->plan_id, strnlen(app->plan_id, sizeof(app->plan_id))};
    found = plans_find(shard, plan_id, &result->plan);
    err = usage_month_row(shard, ask->app, ask->month, &row);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found != STATE_HIT)
        return operator_refuse(req, IM_ERR_INVALID, "the app's plan %.*s cannot be read",
                               SPAN_FMT(plan_id));
    result->app = ask->app;
    result->month = ask->month;
    result->is_over = ask->month < zone_month(shard_zone(shard), shard_now_us(shard));
    result->usage = month_usage_of(&row);
    err = bill_rate(result->plan, NULL, &result->usage, &result->bill);
    if (err)
        return operator_refuse(req, err, "an amount of this bill is too large for 64 bits");
    req->result = result;
    return IM_OK;
}
