/* Members as they are shown: lists of a group's members, single ones, roles, mutes
   (server-api §3.6). A user who is no member hears IM_ERR_GROUP_RIGHT. */
#ifndef CORE_GROUP_MEMBER_LIST_H
#define CORE_GROUP_MEMBER_LIST_H

#include "core/group/member.h"

#define MEMBER_LIST_MAX 10000u
#define ROOM_LIST_MAX 300u
/* Of a reply; a longer one is refused (10018). */
#define MEMBER_LIST_BYTES ((size_t)1 << 20)

/* What is wanted of each member, besides its account: MemberInfoFilter. */
enum member_part {
    PART_ROLE = 1 << 0,
    PART_JOIN_TIME = 1 << 1,
    PART_READ_SEQ = 1 << 2, /* MsgSeq */
    PART_OPTION = 1 << 3,   /* MsgFlag */
    PART_LAST_SEND = 1 << 4,
    PART_MUTED = 1 << 5, /* ShutUpUntil */
    PART_CARD = 1 << 6,
    PART_FIELDS = 1 << 7, /* custom fields that the caller may read */
};
#define MEMBER_PARTS_ALL 0xffu

struct member_filter {
    uint32_t parts;    /* enum member_part */
    uint32_t roles;    /* bits 1 << enum group_role; 0: all */
    struct span *keys; /* of custom fields */
    uint32_t key_count;
    bool some_keys; /* else all of them */
};

struct member_item {
    struct account_no account;
    struct span name, card, fields; /* fields as in struct member_row */
    uint32_t join_s, read_seq, last_send_s, muted_until_s;
    uint8_t role, option;
};

struct member_list {
    struct member_item *items; /* by join time, then account number */
    uint32_t count;
    uint32_t total; /* members of the group: MemberNum */
    bool more;      /* behind the last one there are others */
    size_t bytes;   /* in a reply, about */
};

/* Where a page starts: behind `offset` members that pass the filter, or behind this one. */
struct member_page {
    uint32_t limit; /* 1 to MEMBER_LIST_MAX */
    uint32_t offset;
    uint32_t after_s; /* join time and account of the last one seen; 0: from the first */
    struct account_no after;
};

/* Handlers, with the caller's rights checked. IM_AGAIN. IM_ERR_GROUP_ANSWER_TOO_LONG. */
enum im_err member_list_find(struct shard *shard, struct request *req, const struct group *group,
                             const struct group_actor *actor, const struct member_filter *filter,
                             const struct member_page *page, struct member_list *ret);

/* ---- commands ---- */

/* get_group_member_info */
struct member_list_req {
    struct span group;
    struct member_filter filter;
    struct member_page page;
};
struct member_list_result {
    struct member_list list;
    uint32_t parts;
    uint8_t group_type;
};
enum im_err group_member_list(struct shard *shard, struct request *req);

/* get_specified_group_member_info: those of the accounts that are members, in this order. */
struct member_pick_req {
    struct span group;
    struct span *accounts;
    uint32_t count;
    struct member_filter filter;
};
/* Result: struct member_list_result. */
enum im_err group_member_pick(struct shard *shard, struct request *req);

/* get_role_in_group */
struct member_roles_req {
    struct span group;
    struct span *accounts;
    uint32_t count;
};
struct member_roles_result {
    uint8_t *roles; /* enum group_role, of each account in order */
};
enum im_err group_member_roles(struct shard *shard, struct request *req);

/* get_group_shutted_uin, get_group_muted_account: who is muted now, by account number. */
struct member_muted_req {
    struct span group;
};
struct member_muted_result {
    struct muted_member {
        struct span name;
        uint32_t account, until_s;
    } * items;
    uint32_t count;
};
enum im_err group_member_muted(struct shard *shard, struct request *req);

#endif
