/* What a month of an app is billed by, gathered from the rows of its days,
 * limits and groups. */
#ifndef CORE_BILLING_FREEZE_H
#define CORE_BILLING_FREEZE_H

#include "core/app/app.h"
#include "core/billing/contract.h"
#include "core/billing/rows.h"

struct frozen_month {
    struct frozen_usage usage;
    struct limit_evidence evidence[LIMIT_COUNT];
    const struct plan *plan;         /* of the shelf; NULL: it cannot be read */
    const struct contract *contract; /* in force in the month, in req's arena; NULL: none */
    uint32_t contract_number;
};

/* Handlers: the app must exist, the month have begun. Of a month that is over
   the result never changes, except for contracts filed later. IM_AGAIN. */
enum im_err month_freeze(struct shard *shard, struct request *req, struct app_id app,
                         uint32_t month, struct frozen_month *ret_month);

struct month_usage month_usage_of_frozen(const struct frozen_usage *usage);

#endif
