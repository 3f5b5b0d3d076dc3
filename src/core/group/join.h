/*
 * Users who come and go by themselves: apply_join_group and quit_group (server-api §5.1). What
 * somebody else decides is in core/group/pendency.h, who is brought in in core/group/change.h.
 */
#ifndef CORE_GROUP_JOIN_H
#define CORE_GROUP_JOIN_H

#include "core/group/member.h"
#include "core/group/pendency.h"
#include "core/group/tip.h"

struct group_join_req {
    struct span group;
    struct pendency_words words; /* ApplyMsg, UserDefinedField */
    bool history;                /* HugeGroupHistoryMsgFlag: a room's last messages in the reply */
    bool takes_pushes;           /* WebPushFlag: no polling of a room */
};
struct group_join_result {
    bool waits; /* for a decision: WaitAdminApproval */
    bool room;
    struct span room_key;                /* of a room, for polling */
    bool polls;                          /* the client is told to poll */
    uint64_t start_seq;                  /* of a room: where polling starts */
    struct push_group_message *messages; /* of a room: what was said last */
    uint32_t message_count;
};
#define ROOM_HISTORY 20u

/*
 * IM_ERR_GROUP_MEMBER_ALREADY. IM_ERR_GROUP_RIGHT: nobody may apply to this group.
 * IM_ERR_GROUP_FULL, IM_ERR_GROUP_MEMBERS_PLAN. IM_ERR_GROUP_JOINED_MAX: the plan's groups an
 * account.
 */
enum im_err group_join(struct shard *shard, struct request *req);

struct group_quit_req {
    struct span group;
};
/* IM_ERR_GROUP_OWNER_QUITS: but a Private group goes on without an owner. */
enum im_err group_quit(struct shard *shard, struct request *req);

/*
 * Whether one more may join the group and the account one more group. IM_AGAIN. IM_OK, or as for
 * group_join. For rooms see core/group/room.h.
 */
enum im_err group_may_grow(struct shard *shard, const struct group *group,
                           struct account_no account);

/* The tip about one who has joined in the running record; `who` is in the arena. */
void group_tell_joined(struct shard *shard, struct request *req, const struct group *group,
                       struct account_no newcomer, const struct tip_member *by,
                       struct tip_member *who);

#endif
