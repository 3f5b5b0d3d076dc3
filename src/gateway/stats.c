#include "gateway/stats.h"

#include "base/thread.h"
#include "gateway/gateway_internal.h"

void gateway_count_sig(struct gateway *gateway, enum im_err err)
{
    if (err == IM_OK)
        gateway_count(gateway, GATEWAY_SIG_VALID, 1);
    else if (err == IM_ERR_SIG_EXPIRED)
        gateway_count(gateway, GATEWAY_SIG_EXPIRED, 1);
    else if (err == IM_ERR_SIG_LOCKED)
        gateway_count(gateway, GATEWAY_SIG_LOCKED, 1);
    else if (err != IM_ERR_SIG_EMPTY)
        gateway_count(gateway, GATEWAY_SIG_INVALID, 1);
}

void gateway_show_counts(struct gateway *gateway)
{
    struct tally *of = gateway->counts.of;

    tally_set(&of[GATEWAY_UNDER_WAY], gateway->under_way);
    tally_set(&of[GATEWAY_HELD], gateway->may_hold);
    tally_set(&of[GATEWAY_STOPPED], gateway->waiting_count);
    tally_set(&of[GATEWAY_QUEUED], gateway->queued_bytes);
    tally_set(&of[GATEWAY_KEPT], gateway->kept_bytes);
    tally_set(&of[GATEWAY_HISTORY], gateway->history_waiting);
}

uint64_t gateway_turn_us(struct gateway *gateway)
{
    if (!gateway->turn_us)
        gateway->turn_us = uv_hrtime() / 1000;
    return gateway->turn_us;
}

void gateway_stats(const struct gateway *gateway, struct gateway_stats *ret_stats)
{
    for (int i = 0; i < GATEWAY_COUNTS; i++)
        ret_stats->counts[i] = tally_read(&gateway->counts.of[i]);
    durations_read(&gateway->counts.requests, &ret_stats->requests);
    bus_stats(gateway->services.link, &ret_stats->bus);
    ret_stats->cpu_us = thread_cpu_us(gateway->thread);
}
