#include "core/admin/rate.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/app/app.h"
#include "core/shard_internal.h"

#define CALL_US (1000000u / ADMIN_CALLS_PER_S)

/* By customer: numbers have no gaps, and only customers that exist come here. When the calls that
   were made would be over at the rate allowed. */
struct admin_rates {
    uint64_t *busy_until_us;
    uint32_t room;
};

void admin_rates_free(struct admin_rates *rates)
{
    if (rates)
        free(rates->busy_until_us);
    free(rates);
}

static uint64_t *busy_of(struct shard *shard, uint32_t customer)
{
    struct admin_rates *rates = shard->admin_rates;
    size_t room;

    if (!rates)
        rates = shard->admin_rates = mem_zalloc(sizeof(*rates));
    if (customer >= rates->room) {
        room = ((size_t)customer | 63u) + 1u;
        rates->busy_until_us =
            mem_realloc(rates->busy_until_us, room * sizeof(*rates->busy_until_us));
        memset(rates->busy_until_us + rates->room, 0,
               (room - rates->room) * sizeof(*rates->busy_until_us));
        rates->room = (uint32_t)room;
    }
    return &rates->busy_until_us[customer];
}

enum im_err admin_rate_check(struct shard *shard, struct request *req)
{
    struct admin_call *call = req->admin;
    uint64_t *busy;

    if (req->caller != CALLER_TOKEN || call->actor.role == ADMIN_OPERATOR || call->counted)
        return IM_OK;
    busy = busy_of(shard, call->actor.customer);
    if (*busy < shard->now_us)
        *busy = shard->now_us;
    if (*busy - shard->now_us > (ADMIN_CALLS_AT_ONCE - 1) * (uint64_t)CALL_US)
        return operator_refuse(req, IM_ERR_CALL_RATE,
                               "a customer makes at most %u calls a second, of all its tokens",
                               ADMIN_CALLS_PER_S);
    *busy += CALL_US;
    call->counted = true;
    return IM_OK;
}
