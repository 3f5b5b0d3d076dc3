/*
 * What owner, admins and administrators of the app do to members, and members to themselves
 * (server-api §3.6, §5.2). Handlers: each takes its request struct from req->body. A user who is
 * no member of the group hears IM_ERR_GROUP_RIGHT from all of them, whatever else is asked.
 */
#ifndef CORE_GROUP_CHANGE_H
#define CORE_GROUP_CHANGE_H

#include "core/group/field.h"
#include "core/group/member.h"

#define MEMBERS_A_CALL 500u

/* ---- add_group_member ---- */

enum add_result { ADD_FAILED = 0, ADD_ADDED = 1, ADD_WAS_MEMBER = 2, ADD_WAITS = 3 };

struct member_add_req {
    struct span group;
    struct span *accounts;
    uint32_t count;
    bool silent; /* neither tip nor notice; heard from administrators only */
};
struct member_add_result {
    uint8_t *results;        /* enum add_result, of each account in order */
    struct span *over_limit; /* accounts that are in as many groups as they may */
    uint32_t over_limit_count;
};
/*
 * Unknown accounts and those at the plan's groups an account fail one by one. Of a group that has
 * not room for all, the first ones in order join.
 * IM_ERR_GROUP_RIGHT: the type or InviteJoinOption does not allow it. IM_ERR_GROUP_FULL,
 * IM_ERR_GROUP_MEMBERS_PLAN: there was no room for anybody.
 */
enum im_err group_member_add(struct shard *shard, struct request *req);

/* ---- delete_group_member ---- */

struct member_kick_req {
    struct span group;
    struct span *accounts;
    uint32_t count;
    bool silent; /* only those who are removed hear of it */
    struct span reason;
};
/* Who is no member stays none: that is no error. IM_ERR_GROUP_RIGHT: the owner, or an admin by
   somebody else than the owner, is among them; then nobody is removed. */
enum im_err group_member_kick(struct shard *shard, struct request *req);

/* ---- modify_group_member_info ---- */

struct member_modify_req {
    struct span group;
    struct span account;
    uint8_t mask; /* enum member_change: what else counts */
    bool has_mute;
    uint8_t role;
    uint8_t option;
    struct span card;
    struct field_value *fields;
    uint32_t field_count;
    uint32_t mute_s; /* from now; 0 lifts */
};
/* IM_ERR_GROUP_PARAM: the account is no member, or a field is not the app's. IM_ERR_GROUP_RIGHT:
   the caller may not change this, or nobody may in a group of this type. In a live room only owner
   and admins can be changed; anybody can be muted. */
enum im_err group_member_modify(struct shard *shard, struct request *req);

/* ---- forbid_send_msg ---- */

struct member_mute_req {
    struct span group;
    struct span *accounts;
    uint32_t count;
    uint32_t mute_s; /* from now; 0 lifts */
};
/* Also of those who are not in the group now: it holds when they come. IM_ERR_GROUP_ACCOUNT: no
   such account; then nobody is muted. */
enum im_err group_member_mute(struct shard *shard, struct request *req);

/* ---- change_group_owner ---- */

struct owner_change_req {
    struct span group;
    struct span account;
};
/* IM_ERR_GROUP_PARAM: the new owner is no member. */
enum im_err group_owner_change(struct shard *shard, struct request *req);

/* ---- shared by these ---- */

/* The group and who acts in it. IM_ERR_GROUP_RIGHT: a user who is no member. */
enum im_err member_command_start(struct shard *shard, const struct request *req, struct span id,
                                 struct group *ret_group, struct group_actor *ret_actor);
/* The group as it is after a fact_commit. */
void member_command_reload(struct shard *shard, struct group *group);

/* Whether its members see the group: a Private one is there once a message was sent in it. */
static inline bool group_is_active(const struct group *group)
{
    return group->info.type != GROUP_PRIVATE || (group->info.flags & GROUP_ACTIVE);
}

/* Whether the actor stands above a member of this role: an owner above all others, an admin above
   ordinary members, an administrator of the app above everybody. */
bool actor_outranks(const struct group_actor *actor, uint8_t role);

/* The actor as it is named in a tip. */
struct tip_member;
enum state_found actor_tip_member(struct shard *shard, struct request *req,
                                  const struct group_actor *actor, struct tip_member *ret);

/* Whether the account is among those before it. */
bool named_before(const struct account_no *accounts, uint32_t count, struct account_no account);

#endif
