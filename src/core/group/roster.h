/* What apply functions tell the rosters of core/group/member.h. In recovery there are none. */
#ifndef CORE_GROUP_ROSTER_H
#define CORE_GROUP_ROSTER_H

#include "core/shard.h"

void roster_joined(struct shard *shard, struct app_id app, struct group_no group,
                   struct account_no account);
void roster_left(struct shard *shard, struct app_id app, struct group_no group,
                 struct account_no account);
/* The group was dissolved. */
void roster_drop(struct shard *shard, struct app_id app, struct group_no group);

#endif
