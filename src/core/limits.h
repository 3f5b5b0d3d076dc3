/*
 * The limits and services that an app is sold: names and numbers as the bill's items
 * (docs/price-plan.md). Numbers are stored; never reuse one.
 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum limit {
    LIMIT_ROAMING = 0,        /* months of C2C roaming; 0: the included 7 days */
    LIMIT_MULTI_TERMINAL = 1, /* 0: one terminal; N: one of each platform, N of Web */
    LIMIT_PUSH = 2,           /* pushes a day */
    LIMIT_CALL_RATE = 3,      /* REST calls a second of one command */
    LIMIT_GROUPS_PER_DAY = 4, /* net */
    LIMIT_GROUPS_TOTAL = 5,
    LIMIT_RECENTS = 6,        /* recent contacts returned */
    LIMIT_GROUP_MESSAGES = 7, /* messages a second of one group; 0 in old rows: the included 40 */
    LIMIT_COUNT = 8,          /* stored in app_row and month_row */
};

/* Messages a second of one group that no plan sells and every app has (server-api §9). */
#define GROUP_MESSAGES_INCLUDED 40u

/* What a stored value means: apps from before a limit was sold have 0. */
static inline uint64_t limit_in_force(enum limit limit, uint64_t stored)
{
    return limit == LIMIT_GROUP_MESSAGES && !stored ? GROUP_MESSAGES_INCLUDED : stored;
}

/* Who gave a value; stored. */
enum limit_source {
    LIMIT_FROM_PLAN = 0,
    LIMIT_FROM_OPERATOR = 1,
    LIMIT_FROM_TICKET = 2,
    LIMIT_FROM_CONTRACT = 3,
};
const char *limit_source_name(unsigned source); /* "plan", "operator", "ticket", "contract" */

/* "roaming", "multi_terminal", "push", "call_rate", "groups_per_day", "groups_total", "recents",
   "group_messages";
   NULL for a number that is none. */
const char *limit_name(enum limit limit);
bool limit_find(struct span name, enum limit *ret_limit);

#endif
