/*
 * What may vanish from the stored picture: pages of the history index some time after all of
 * their messages have expired, asked for by the engine's compactions on threads of its own. What
 * users see never depends on it: expiry is exact on read.
 *
 * The shards tell it the time and each app's retention; an app that it was not told of keeps all.
 * Any thread; its own lock.
 */
#ifndef CORE_HISTORY_EXPIRY_H
#define CORE_HISTORY_EXPIRY_H

#include "base/ids.h"
#include "base/span.h"
#include "core/quota/limit.h"

struct history_expiry;

struct history_expiry *history_expiry_new(void);
void history_expiry_free(struct history_expiry *expiry);

/* Core time in seconds; earlier than before is taken as unchanged. */
void history_expiry_set_now(struct history_expiry *expiry, uint32_t now_s);
/* At start for every app, and when its roaming changes. */
void history_expiry_set_app(struct history_expiry *expiry, struct app_id app,
                            struct roaming_kept kept);

/* The longest retention of any app, at least that of groups, which is the included one. */
uint64_t history_expiry_longest_s(struct history_expiry *expiry);

/* A state_expired_fn; `expiry` is a struct history_expiry. */
bool history_row_expired(void *expiry, struct span key, struct span value);

/* Seconds for a value of LIMIT_ROAMING: 7 days, or so many months of 31 days. */
uint64_t history_retention_of(uint64_t roaming_months);
/* Seconds that messages stay stored at that time. */
uint64_t history_kept_s(struct roaming_kept kept, uint32_t now_s);

#endif
