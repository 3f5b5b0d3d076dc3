/* Messages of a group that a member has deleted for itself: a bit each, in a row for each page. */
#ifndef CORE_GROUP_HIDDEN_H
#define CORE_GROUP_HIDDEN_H

#include "core/group/group.h"

/* Whether a member with JOINED_HAS_HIDDEN has deleted it. Asks for the row: an answer counts only
   when shard_missing says that nothing was missing. */
bool group_is_hidden(struct shard *shard, const struct group *group, struct account_no account,
                     uint32_t seq);

#endif
