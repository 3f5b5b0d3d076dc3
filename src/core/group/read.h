/* What members have read in groups, and their place among the recent contacts
   (server-api §3.6 set_unread_msg_num, websocket-behaviour §1, §4, §5). */
#ifndef CORE_GROUP_READ_H
#define CORE_GROUP_READ_H

#include "core/group/group.h"

#define READ_MAX_GROUPS 5000u

/*
 * group_open_http_svc.msg_read_report, of users: everything up to a seq is read, at most up to the
 * newest message, never back. The reader's other terminals are told. Nothing in a room.
 * IM_ERR_GROUP_RIGHT: no member.
 */
struct group_read_req {
    struct span group;
    uint32_t read_seq;
};
enum im_err group_read_report(struct shard *shard, struct request *req);

/*
 * set_unread_msg_num: moves the read mark so that so many are unread, or all that there are.
 * Nothing in a ChatRoom or a room. IM_ERR_GROUP_ACCOUNT: no such account. IM_ERR_GROUP_RIGHT: it
 * is no member.
 */
struct group_unread_req {
    struct span group, account;
    uint32_t unread;
};
enum im_err group_unread_set(struct shard *shard, struct request *req);

/* The groups' part of openim.read_all_unread_msg. Handler, in two steps, so that all rows of the
   command are asked for before its facts. */
struct group_reading {
    struct span id;
    uint32_t wanted_seq; /* 0: all */
    /* Filled in: */
    uint32_t read_seq; /* up to which it is read then */
    enum im_err err;   /* of this group */
    struct group_no no;
    bool marks; /* the mark moves */
};
void group_reads_find(struct shard *shard, const struct request *req, struct group_reading *items,
                      uint32_t count);
/* Emits, sixteen groups a record. */
void group_reads_emit(struct shard *shard, const struct request *req,
                      const struct group_reading *items, uint32_t count);

/* Emits that the account's mark is at a seq, which may lie behind the present one. Its joined row
   and the group's head are loaded. */
void group_read_emit(struct shard *shard, struct app_id app, struct group_no group,
                     struct account_no account, uint32_t read_seq);

/* Emits what the conversation is to the account: all of it as in the row, but for what is named
   here. */
void group_recent_emit(struct shard *shard, struct app_id app, struct group_no group,
                       struct account_no account, uint32_t visible_seq, uint32_t unlisted_seq,
                       uint32_t pinned_s);

#endif
