/* Changes of stored group messages that their index entry shows. */
#ifndef CORE_GROUP_MARK_H
#define CORE_GROUP_MARK_H

#include "core/group/member.h"
#include "core/group/page.h"

/* Apply: sets flags of a message, in its page and in the group's head; `position`, if not 0, is
   where it is to be read from now on. */
void group_message_mark(struct shard *shard, struct app_id app, struct group_no group, uint32_t seq,
                        uint16_t flags, uint64_t position);

/* A push to an audience without the terminal that asked: it knows by its reply. */
void group_tell(struct shard *shard, struct request *req, struct audience *audience,
                enum push_kind kind, const void *push);

#endif
