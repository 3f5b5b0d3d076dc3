/*
 * Usage: folds over committed facts. The apply functions of facts call these, so a count is in
 * the same record as what it counts. Shard thread, apply only; every row that they touch was
 * asked for by usage_need in the handler before it emitted anything.
 */
#ifndef CORE_USAGE_USAGE_H
#define CORE_USAGE_USAGE_H

#include "core/shard.h"

/* What a handler will count, so that the rows are in the cache: the app's day and month rows
   always; the chunk of the day's set that holds the account for each set named (bits 1 << kind);
   the call row of the command if command is not 0. */
void usage_need(struct shard *shard, struct app_id app, uint32_t sets, struct account_no account,
                uint16_t command);

/* Before a limit is changed: the row of each month since the limits last changed, because
   usage_limit gives those that have none the limits that held in them. */
void usage_need_limits(struct shard *shard, struct app_id app);

void usage_login(struct shard *shard, struct app_id app, struct account_no account);
void usage_registered(struct shard *shard, struct app_id app);
void usage_active(struct shard *shard, struct app_id app, struct account_no account);
void usage_c2c(struct shard *shard, struct app_id app, struct account_no from, uint32_t down);
void usage_call(struct shard *shard, struct app_id app, uint16_t command);
void usage_calls_refused(struct shard *shard, struct app_id app, uint64_t count);
void usage_online_peak(struct shard *shard, struct app_id app, uint64_t online);
void usage_terminals_used(struct shard *shard, struct app_id app);
/* Before the app's row takes the new value. `of_month_start`: grant_is_of_month_start. */
void usage_limit(struct shard *shard, struct app_id app, uint8_t limit, uint64_t value,
                 bool of_month_start);

/* Apply: adds the account to a set of today (enum day_set); false if it was there. */
bool usage_mark(struct shard *shard, struct app_id app, uint8_t set, struct account_no account);
/* Apply: whether it is in the set. */
bool usage_marked(struct shard *shard, struct app_id app, uint8_t set, struct account_no account);

/* Today's row for a decision (for example: is this a new online peak?); NULL: none yet.
   Handlers, after usage_need. */
const struct day_row *usage_today(struct shard *shard, struct app_id app);
bool usage_today_has(struct shard *shard, struct app_id app, uint8_t set,
                     struct account_no account);
const struct month_row *usage_this_month(struct shard *shard, struct app_id app);

/* Calls that gateways refused since their last report (server-api §1.8): CALLER_SYSTEM, req->app
   and struct calls_refused_req. */
struct calls_refused_req {
    uint64_t count;
};
extern const struct operation calls_refused_report;

#endif
