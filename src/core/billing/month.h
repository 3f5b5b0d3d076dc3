/* The bill of one app for one month: its month row, rated by the app's plan. */
#ifndef CORE_BILLING_MONTH_H
#define CORE_BILLING_MONTH_H

#include "core/app/app.h"
#include "core/billing/rate.h"

/*
 * The operator's `bill`. The running month is rated by what it has so far. Refused with a sentence:
 * a month that has not begun or lies before the app. Result: struct month_bill.
 */
struct month_bill_req {
    struct app_id app;
    uint32_t month;
};
struct month_bill {
    struct app_id app;
    uint32_t month;
    bool is_over;
    const struct plan *plan; /* of the shard's shelf, which outlives all requests */
    struct month_usage usage;
    struct bill bill;
};
enum im_err month_bill(struct shard *shard, struct request *req);

#endif
