/*
 * Bans of AVChatRooms (server-api §3.11): who is banned is put out of the room and does not come
 * back before the end. Owner, admins and administrators of the app ban; a service that a plan may
 * leave out.
 */
#ifndef CORE_GROUP_BAN_H
#define CORE_GROUP_BAN_H

#include "core/group/group.h"

#define BAN_ACCOUNTS_MAX 20u
#define BAN_DESCRIPTION_MAX 1000u
#define BANS_A_PAGE 100u
#define BANS_MAX 2000u /* that hold at a time, of a room */

struct ban_req {
    struct span group;
    struct span *accounts;
    uint32_t count;      /* 1 to BAN_ACCOUNTS_MAX */
    uint32_t duration_s; /* from now; of group_unban not used */
    struct span description;
};

/*
 * Anew for who is banned already. IM_ERR_GROUP_PLAN. IM_ERR_GROUP_RIGHT: the caller may not, or the
 * group is no AVChatRoom, or one of them is the owner, or an admin by somebody else than the
 * owner. IM_ERR_GROUP_ACCOUNT: no such account. IM_ERR_GROUP_TOO_MANY_ACCOUNTS: BANS_MAX. Then
 * nobody is banned.
 */
enum im_err group_ban(struct shard *shard, struct request *req);
/* Who is not banned is passed over. */
enum im_err group_unban(struct shard *shard, struct request *req);

struct ban_list_req {
    struct span group;
    uint32_t limit; /* 1 to BANS_A_PAGE */
    uint32_t offset;
};
struct ban_list_result {
    struct banned {
        struct account_no account;
        struct span name;
        uint32_t until_s;
    } * items; /* in the order of account numbers */
    uint32_t count;
    uint32_t next_offset; /* 0: that was all */
};
enum im_err group_ban_list(struct shard *shard, struct request *req);

/* Emits that these are not banned (any more), up to MEMBERS_A_RECORD; their rows are loaded. */
void bans_lift(struct shard *shard, const struct group *group, const struct account_no *accounts,
               uint32_t count);

#endif
