/*
 * What waits for a decision of a group's owner or admins: applications to join, and invitations by
 * ordinary members where InviteJoinOption asks for permission (server-api §5.1, §5.5). A group
 * keeps its newest 100 of 7 days; decided ones fall out first. Repeating one replaces it.
 */
#ifndef CORE_GROUP_PENDENCY_H
#define CORE_GROUP_PENDENCY_H

#include "core/group/notice.h"

#define PENDENCIES_MAX 100u
#define PENDENCY_LIFE_S 604800u
#define PENDENCY_WORDS_MAX 300u
#define PENDENCY_USER_MAX 1000u

/* ApplicationType. */
enum pendency_kind { PENDENCY_APPLICATION = 0, PENDENCY_INVITATION = 2 };
enum pendency_handled { PENDENCY_WAITS = 0, PENDENCY_AGREED = 1, PENDENCY_REFUSED = 2 };

struct pendency_row {
    uint64_t time_us;   /* MsgKey; rises with each repetition */
    uint32_t applicant; /* who would join */
    uint32_t inviter;   /* PENDENCY_INVITATION; 0: nobody */
    uint32_t by;        /* who decided; 0: nobody yet, or an administrator without account */
    uint8_t kind;       /* enum pendency_kind */
    uint8_t handled;    /* enum pendency_handled */
    uint8_t authentication_bytes;
    uint8_t zero;
    uint16_t words_bytes, user_bytes;
    uint32_t zero2;
    char texts[]; /* authentication, words, user field */
};

/* Told of one application; with more admins than this the later ones see it in get_pendency. So
   that a call which invites 500 accounts stays within a command's pushes. */
#define PENDENCY_DECIDERS_MAX 16u

/* The owner first, then the admins in the order of their numbers. */
struct pendency_deciders {
    uint32_t items[PENDENCY_DECIDERS_MAX];
    uint32_t count;
};

/* Before any fact: asks for the group's pendencies and for the applicant's row. */
void pendency_need(struct shard *shard, const struct group *group, struct account_no applicant);
/* Who is told, with their boxes asked for: once a command, since it may read all members. Only
   good if nothing is missing then. */
void pendency_deciders_need(struct shard *shard, const struct group *group,
                            struct pendency_deciders *ret);

/*
 * Emits that the inviter, whose name is in the actor, would bring `invited` in, and tells owner
 * and admins; then ends the record (fact_commit): the caller must not fail afterwards. For
 * add_group_member's Result 3. After pendency_need of the invited.
 */
void pendency_invite(struct shard *shard, struct request *req, const struct group *group,
                     const struct group_actor *inviter, const struct pendency_deciders *deciders,
                     struct account_no invited);

/* The same for an application. */
struct pendency_words {
    struct span words, user_field;
};
void pendency_apply(struct shard *shard, struct request *req, const struct group *group,
                    const struct pendency_deciders *deciders, struct span name,
                    const struct pendency_words *words);

/* Apply: the group is gone, nobody waits any more. Their collection was asked for. */
void pendencies_drop(struct shard *shard, struct app_id app, struct group_no group);

/* ---- commands ---- */

/* handle_apply_join_group, handle_invite_join_permission_group. */
struct pendency_decide_req {
    struct span group;
    struct span applicant; /* who would join */
    uint8_t kind;          /* enum pendency_kind */
    bool agree;
    struct span words;          /* ApprovalMsg */
    struct span authentication; /* empty: not compared */
    uint64_t msg_key;           /* 0: the newest */
    struct span user_field;
};
enum im_err pendency_decide(struct shard *shard, struct request *req);

#define PENDENCY_LIST_MAX 100u
struct pendency_list_req {
    struct span account;
    uint64_t start_us; /* those at or before it; 0: from the newest */
    uint32_t limit;    /* 1 to PENDENCY_LIST_MAX */
    bool communities;  /* only of these, or only of others */
};
struct pendency_list_result {
    struct pendency_item {
        uint64_t time_us;
        struct span group_id, group_name;
        struct span from, nick, to, face;
        struct span words, authentication, user_field;
        uint8_t kind, handled;
    } * items;
    uint32_t count;
    uint32_t unread;
    uint64_t next_us; /* 0: there are no more */
};
enum im_err pendency_list(struct shard *shard, struct request *req);

#endif
