/* Usage of groups: folds over committed facts, as core/usage/usage.h; implemented beside it in
   core/usage/group_usage.c. */
#ifndef CORE_GROUP_USAGE_H
#define CORE_GROUP_USAGE_H

#include "core/group/rows.h"
#include "core/shard.h"

/* Handler: the rows that counting in groups touches. With `from` (not 0) those of a sender, too. */
void usage_group_need(struct shard *shard, struct app_id app, struct account_no from);

/* Apply. first_of_day: the group had no counted message today. */
void usage_group_message(struct shard *shard, struct app_id app, struct account_no from,
                         uint32_t down, bool first_of_day);
void usage_group_joined(struct shard *shard, struct app_id app, uint32_t count);
void usage_group_left(struct shard *shard, struct app_id app, uint32_t count);
void usage_group_made(struct shard *shard, struct app_id app);      /* after app_groups_row */
void usage_group_dissolved(struct shard *shard, struct app_id app); /* after app_groups_row */
/* Messages over the limit of a group: answered with success, not stored. */
void usage_group_refused(struct shard *shard, struct app_id app, uint64_t count);
/* From usage_c2c: the account's first C2C message of the day. */
void usage_group_sent_c2c(struct shard *shard, struct app_id app, struct account_no from);

/* Today's day number, for head.sent_day. */
uint32_t usage_today_number(struct shard *shard);

/* Handler, after usage_group_need: today's row; NULL: none yet. */
const struct day_groups_row *usage_groups_today(struct shard *shard, struct app_id app);

#endif
