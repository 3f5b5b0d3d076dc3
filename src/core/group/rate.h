/*
 * How many messages each group took in the running second of core time, and in the one before
 * (server-api §3.6, "Throttle"). Memory only: what happened before a restart is counted again by
 * the apply functions in recovery, and from the group's newest pages. A group that is silent for
 * two seconds holds nothing. Shard thread only.
 */
#ifndef CORE_GROUP_RATE_H
#define CORE_GROUP_RATE_H

#include "core/group/rows.h"

struct group_rates;
struct group_rates *group_rates_new(void);
void group_rates_free(struct group_rates *rates);

/*
 * Whether a message of this priority still fits into its group's second: `limit` for all of them;
 * as many for each of Normal, Low and Lowest unless it is exempt; and as many of the slots as
 * higher priorities used in the second before are kept for them until they have used them again.
 */
bool group_rate_admits(struct group_rates *rates, uint32_t now_s, struct app_id app,
                       struct group_no group, uint8_t priority, bool exempt, uint64_t limit);

/* One more was accepted. */
void group_rate_count(struct group_rates *rates, uint32_t now_s, struct app_id app,
                      struct group_no group, uint8_t priority);

/* After a restart: at least so many of this and of the last second are in the group's history,
   by priority (index 0 is unused). */
struct group_seconds {
    uint32_t now[PRIORITY_LOWEST + 1];
    uint32_t before[PRIORITY_LOWEST + 1];
};
void group_rate_learn(struct group_rates *rates, uint32_t now_s, struct app_id app,
                      struct group_no group, const struct group_seconds *seen);

/* Refused messages of an app since they were last taken: one more; true if it is the first. */
bool group_rate_refuse(struct group_rates *rates, struct app_id app);
uint64_t group_rate_take_refused(struct group_rates *rates, struct app_id app);

#endif
