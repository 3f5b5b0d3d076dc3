/* What an app may do at this moment (entitlements), and the call limits made from it. */
#ifndef CORE_QUOTA_LIMIT_H
#define CORE_QUOTA_LIMIT_H

#include "core/limits.h"
#include "core/request.h"
#include "core/rows.h"
#include "core/shard.h"

/* The value in force; the app row must be loaded (the shard loads it before any command of the
   app runs). */
uint64_t limit_of(struct shard *shard, struct app_id app, enum limit limit);

/*
 * Months of roaming whose messages stay stored. Lowered, fewer are shown at once; what was kept
 * until then goes a week later, so that a mistake can be undone.
 */
#define ROAMING_KEPT_S (7u * 86400u)
struct roaming_kept {
    uint64_t months;  /* from until_s on */
    uint64_t before;  /* before that; not less than months */
    uint32_t until_s; /* core time; 0: both are the same */
};
struct roaming_kept roaming_kept_of(const struct limit_value *value);
struct roaming_kept roaming_kept(struct shard *shard, struct app_id app);

/* Calls a second that the app's plan makes of its call rate (server-api §1.8). */
struct call_limits {
    uint64_t of_command, of_app;
};

/* Handlers; the app row must be loaded. False: the plan is loading, return IM_AGAIN. */
bool call_limits_find(struct shard *shard, struct app_id app, const struct operation *operation,
                      struct call_limits *ret_limits);

/* Which commands each plan makes exceptions of; memory of a shard. */
struct call_plans;
void call_plans_free(struct call_plans *plans);

/*
 * Admits or refuses one authenticated REST call in this second of core time: per app and command
 * (IM_ERR_CALL_RATE), then per app (IM_ERR_APP_CALL_RATE); server-api §1.8. Refusals are cheap and
 * emit nothing.
 */
struct rate_table;
struct rate_table *rate_table_new(void);
void rate_table_free(struct rate_table *table);
enum im_err rate_admit(struct rate_table *table, uint64_t now_us, struct app_id app,
                       struct call_limits limits, const struct operation *operation);

/* Calls of the command in its second that rate_admit was asked of last, that one included. */
uint64_t rate_last_calls(const struct rate_table *table);

/* While a shard opens: counts the calls that the journal's last records accepted in the second
   that goes on, so that no second has more for having a restart in it. */
void rate_table_recover(struct rate_table *table, uint64_t now_us, struct journal *journal);

#endif
