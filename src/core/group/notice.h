/*
 * System notices to persons (server-api §5.5): applications, decisions, kicks, dissolutions. Each
 * goes to the account's online terminals and into its box: the newest 100 of 7 days, given again
 * by openim.getmsg (EventArray) until taken. A notice's number is its journal record; it is taken
 * as offline messages are (core/message/sync.h): by a cookie or a push ack at or past it. One
 * notice an account and record.
 */
#ifndef CORE_GROUP_NOTICE_H
#define CORE_GROUP_NOTICE_H

#include "core/group/group.h"

enum notice_kind { /* ReportType */
                   NOTICE_JOIN_REQUEST = 1,
                   NOTICE_JOIN_ACCEPTED = 2,
                   NOTICE_JOIN_REFUSED = 3,
                   NOTICE_KICKED = 4,
                   NOTICE_DISSOLVED = 5,
                   NOTICE_CREATED = 6,
                   NOTICE_INVITED = 7,
                   NOTICE_QUIT = 8,
                   NOTICE_ADMIN_SET = 9,
                   NOTICE_ADMIN_UNSET = 10,
                   NOTICE_REVOKED = 11,
                   NOTICE_INVITE_REQUEST = 12,
                   NOTICE_INVITE_ACCEPTED = 13,
                   NOTICE_INVITE_REFUSED = 14,
                   NOTICE_AT =
                       112, /* on the wire no ReportType but Event 12: "somebody mentions you" */
                   NOTICE_CUSTOM = 255, /* online only */
};

#define NOTICES_MAX 100u
#define NOTICE_LIFE_S 604800u

struct notice {
    uint8_t kind; /* enum notice_kind */
    struct span group_id, group_name;
    uint8_t group_type;
    struct span operator_name; /* Operator_Account */
    struct span remark;        /* RemarkInfo: a reason, an application's words */
    struct span user_field;    /* UserDefinedField: of the application, or of NOTICE_CUSTOM */
    struct span authentication;
    uint64_t msg_key; /* of an application: names it in handle_apply_join_group */
    uint32_t time;
    uint32_t seq;    /* NOTICE_AT: of the message; else filled in: unique for the account */
    uint8_t at_type; /* NOTICE_AT: 1 the account, 2 all */
};

/* Stored form; the value of a ROW_NOTICE and the payload of a FACT_NOTICE. */
struct span notice_encode(struct arena *arena, const struct notice *notice);
bool notice_decode(struct span bytes, struct notice *ret);

/* Before any fact: asks for the account's box. */
void notice_need(struct shard *shard, struct app_id app, struct account_no account);

/* Emits it into the box of the account and pushes it to its online terminals, but `except`
   (a session, or NULL). Custom ones are only pushed. */
void notice_send(struct shard *shard, struct request *req, struct account_no account,
                 const struct notice *notice, const struct session *except);

/* Only pushes it: who is offline finds out by itself. After notice_need, or with the account's row
   loaded. */
void notice_push(struct shard *shard, struct request *req, struct account_no account,
                 const struct notice *notice, const struct session *except);

/* Filled with what is the same in every notice of a group; time is now. */
struct notice notice_of(struct shard *shard, const struct group *group, enum notice_kind kind,
                        struct span operator_name);

/* For openim.getmsg: those after record `after`, oldest first, in the arena; without those that no
   longer hold (kicked from a group where the account is a member again). */
struct notice_list {
    struct notice *items;
    uint64_t *numbers; /* the record of each */
    uint32_t count;
};
enum state_found notices_untaken(struct shard *shard, struct request *req,
                                 struct account_no account, uint64_t after,
                                 struct notice_list *ret);

/* openim.deletemsg, of users: notices that are not to be given again, by their seq; others are
   ignored. */
#define NOTICES_DELETED_MAX 100u
struct notices_delete_req {
    uint32_t *seqs;
    uint32_t count;
};
enum im_err notices_delete(struct shard *shard, struct request *req);

#endif
