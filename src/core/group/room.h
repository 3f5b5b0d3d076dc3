/* Live rooms (AVChatRoom, BChatRoom): who is in them, and what is said there. */
#ifndef CORE_GROUP_ROOM_H
#define CORE_GROUP_ROOM_H

#include "core/group/member.h"

/* Keeps the message for those who poll and pushes it to everybody in the room. `message` and what
   it points to live in the arena of req. */
void room_message(struct shard *shard, struct request *req, const struct group *group,
                  const struct push_group_message *message);

/* What group_audience answers for a room. */
enum state_found room_audience(struct shard *shard, struct request *req, const struct group *group,
                               struct account_no except, struct audience *ret);

/* Who is in the room now, at most `max` of them, the first comers first, in the arena; MemberNum.
   Guests are counted, not listed. */
struct room_member {
    struct account_no account;
    uint32_t join_s;
};
enum state_found room_members(struct shard *shard, struct request *req, const struct group *group,
                              uint32_t max, struct room_member **ret_members, uint32_t *ret_count,
                              uint32_t *ret_total);

/* Everybody in the room hears that it is no more, and is out of it. */
void room_dissolved(struct shard *shard, struct request *req, const struct group *group);

#endif
