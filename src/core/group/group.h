/*
 * Groups found and read by handlers, who acts on them, and what each may do. Everything here is
 * for handlers on the shard's thread; spans point into rows and are good until the handler
 * returns (arena_copy what a reply needs).
 */
#ifndef CORE_GROUP_GROUP_H
#define CORE_GROUP_GROUP_H

#include "core/group/facts.h"
#include "core/shard.h"

struct group {
    struct app_id app;
    struct group_no no;
    struct group_row info; /* a copy, without the texts */
    struct span id, name, face, introduction, notification;
    struct group_head_row head; /* a copy */
};

/*
 * A group by its GroupId. IM_AGAIN: rows are being loaded. IM_ERR_GROUP_ID: it cannot be an id.
 * IM_ERR_GROUP_NOT_FOUND: never made, or dissolved.
 */
enum im_err group_find(struct shard *shard, struct app_id app, struct span id, struct group *ret);
/* The same by number. A dissolved group is not found; while it is being swept *ret is set. */
enum im_err group_get(struct shard *shard, struct app_id app, struct group_no no,
                      struct group *ret);

/* 1 to 48 bytes 0x20..0x7e (server-api §3.6). `own`: as an app may choose it, not "@TGS#...". */
bool group_id_valid(struct span id, bool own);

/* "Private", "Work", ... of both eras; 0: no such type. Replies use the first era's names and
   "Community". */
uint8_t group_type_find(struct span name);
const char *group_type_name(uint8_t type);
bool group_is_room(uint8_t type); /* AVChatRoom or BChatRoom */

/* The lesser of what the app may have in groups of this type and of MaxMemberNum. 0 and
   shard_missing() while that is loading. */
uint32_t group_member_cap(struct shard *shard, const struct group *group);

/* Why a full group takes nobody more: IM_ERR_GROUP_FULL, or IM_ERR_GROUP_MEMBERS_PLAN if a larger
   plan would let more in. */
enum im_err group_full_error(struct shard *shard, const struct group *group);

/* 7 days: roaming is sold for C2C conversations (docs/price-plan.md). */
uint64_t group_retention_s(struct shard *shard, struct app_id app);

/* ---- who acts ---- */

struct group_actor {
    bool is_app_admin;         /* by REST: every right of the owner, member or not */
    struct account_no account; /* 0: an administrator without an account */
    struct span name;          /* account name */
    uint8_t role;              /* enum group_role; ROLE_NONE: no member */
};

/* The caller of req in this group. IM_AGAIN. A user who is no member has ROLE_NONE, no error. */
enum im_err group_actor_find(struct shard *shard, const struct request *req,
                             const struct group *group, struct group_actor *ret);

enum group_action {
    ACTION_READ, /* info, members, history as a member */
    ACTION_SEND,
    ACTION_EDIT_INFO,
    ACTION_INVITE, /* add_group_member */
    ACTION_APPROVE,
    ACTION_KICK, /* ordinary members; admins only by the owner */
    ACTION_MUTE,
    ACTION_SET_ADMIN,
    ACTION_TRANSFER,
    ACTION_DISSOLVE,
    ACTION_QUIT,
    ACTION_RECALL_OTHERS, /* others' messages */
    ACTION_ATTRIBUTES,    /* attributes and counters */
    ACTION_COUNT
};

/*
 * Whether the actor may, by type and role (server-api §5.1, §5.2): IM_OK, or the documented code,
 * IM_ERR_GROUP_RIGHT unless the matrix says another. For a user who is no member it is the same
 * whatever else is true of the group, so it tells nothing about its members.
 */
enum im_err group_may(const struct group *group, const struct group_actor *actor,
                      enum group_action action);

/* ROLE_NAMES: "Owner", "Admin", "Member", "NotMember". */
const char *group_role_name(uint8_t role);
const char *group_option_name(uint8_t option); /* MsgFlag: "AcceptAndNotify", ... */
bool group_option_find(struct span name, uint8_t *ret_option);
const char *group_join_option_name(uint8_t option); /* "FreeAccess", ... */
bool group_join_option_find(struct span name, uint8_t *ret_option);

#endif
