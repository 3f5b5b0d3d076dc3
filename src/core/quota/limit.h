/* What an app may do at this moment (entitlements), and the call limits made from it. */
#ifndef CORE_QUOTA_LIMIT_H
#define CORE_QUOTA_LIMIT_H

#include "core/limits.h"
#include "core/request.h"
#include "core/shard.h"

/* The value in force; the app row must be loaded (the shard loads it before any command of the
   app runs). */
uint64_t limit_of(struct shard *shard, struct app_id app, enum limit limit);

/*
 * Admits or refuses one authenticated REST call in this second of core time: per app and command
 * (IM_ERR_CALL_RATE), then per app (IM_ERR_APP_CALL_RATE); server-api §1.8. Counters are memory
 * only. Refusals are cheap and emit nothing.
 */
struct rate_table;
struct rate_table *rate_table_new(void);
void rate_table_free(struct rate_table *table);
enum im_err rate_admit(struct rate_table *table, uint64_t now_us, struct app_id app,
                       uint64_t calls_per_second, const struct operation *operation);

#endif
