/* What apply functions tell the rosters of core/group/member.h. In recovery there are none. */
#ifndef CORE_GROUP_ROSTER_H
#define CORE_GROUP_ROSTER_H

#include "core/shard.h"

void roster_joined(struct shard *shard, struct app_id app, struct group_no group,
                   struct account_no account);
void roster_left(struct shard *shard, struct app_id app, struct group_no group,
                 struct account_no account);
/* What all rosters together may take, ROSTERS_MAX_BYTES unless this says otherwise: the newest one
   stays, whatever its size. */
#define ROSTERS_MAX_BYTES (64u << 20)
void roster_set_bound(struct shard *shard, uint64_t bytes);
uint32_t roster_kept(const struct shard *shard); /* how many there are */

/* The group was dissolved. */
void roster_drop(struct shard *shard, struct app_id app, struct group_no group);

#endif
