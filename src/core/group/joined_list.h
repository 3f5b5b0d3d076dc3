/* get_joined_group_list (server-api §3.6, websocket-behaviour §5). */
#ifndef CORE_GROUP_JOINED_LIST_H
#define CORE_GROUP_JOINED_LIST_H

#include "core/group/field.h"
#include "core/group/joined.h"

#define JOINED_LIST_MAX 5000u
/* Of a reply; a longer one is refused (10018). */
#define JOINED_LIST_BYTES ((size_t)1 << 20)

/* What is wanted of each group, besides its id. */
enum joined_base {
    BASE_TYPE = 1 << 0,
    BASE_NAME = 1 << 1,
    BASE_INTRODUCTION = 1 << 2,
    BASE_NOTIFICATION = 1 << 3,
    BASE_FACE = 1 << 4,
    BASE_OWNER = 1 << 5,
    BASE_CREATE_TIME = 1 << 6,
    BASE_INFO_SEQ = 1 << 7,
    BASE_LAST_INFO_TIME = 1 << 8,
    BASE_LAST_MESSAGE_TIME = 1 << 9,
    BASE_NEXT_SEQ = 1 << 10,
    BASE_MEMBERS = 1 << 11,
    BASE_MAX_MEMBERS = 1 << 12,
    BASE_JOIN_OPTION = 1 << 13,
    BASE_INVITE_OPTION = 1 << 14,
    BASE_MUTED_ALL = 1 << 15,
    BASE_RECALL_TIME = 1 << 16,
    BASE_FIELDS = 1 << 17, /* custom ones that the account may read */
};

/* What is wanted of the account in it. */
enum joined_self {
    SELF_ROLE = 1 << 0,
    SELF_JOIN_TIME = 1 << 1,
    SELF_OPTION = 1 << 2,
    SELF_READ_SEQ = 1 << 3,
    SELF_UNREAD = 1 << 4,
    SELF_CARD = 1 << 5,
    SELF_MUTED = 1 << 6,
    SELF_FIELDS = 1 << 7, /* its custom fields that it may read */
};

struct joined_list_req {
    struct span account;
    uint32_t limit, offset;
    uint32_t types; /* bits 1 << enum group_type */
    bool with_inactive;
    uint32_t base; /* enum joined_base */
    uint32_t self; /* enum joined_self */
};

/* Texts are there if they were wanted. */
struct joined_item {
    struct span id, name, introduction, notification, face, owner, card;
    struct span member_fields; /* as in struct member_row */
    struct group_row info;
    struct group_head_row head;
    struct joined_row joined;
    uint32_t max_members, unread, muted_until_s;
    struct field_value *fields;
    uint32_t field_count;
};

struct joined_list_result {
    uint32_t total; /* that match, on all pages */
    struct joined_item *items;
    uint32_t count;
};

/* The first joined first. IM_ERR_GROUP_ACCOUNT: no such account. IM_ERR_GROUP_ANSWER_TOO_LONG. */
enum im_err joined_list(struct shard *shard, struct request *req);

/* ---- items, for what else shows groups (core/group/info.h) ---- */

struct item_want {
    uint32_t base, self;       /* enum joined_base, joined_self */
    struct account_no account; /* whose side of the group `self` is */
    enum field_access access;
};

/* Asks for what joined_item_fill reads, before anything is copied. */
void joined_item_need(struct shard *shard, const struct group *group, const struct item_want *want,
                      const struct joined_row *joined);
/* Fills in what is wanted, in the arena; item->joined is set. */
void joined_item_fill(struct shard *shard, struct request *req, const struct group *group,
                      const struct item_want *want, struct joined_item *item);
/* Bytes of it in a reply, about. */
size_t joined_item_bytes(const struct item_want *want, const struct joined_item *item);

#endif
