/* Group messages: admission, sequence numbers, duplicates, the limit a second, facts, delivery
   (server-api §3.6 send_group_msg, §9). */
#ifndef CORE_GROUP_MESSAGE_H
#define CORE_GROUP_MESSAGE_H

#include "core/group/member.h"

#define GROUP_MESSAGE_MAX_BYTES 8000
#define GROUP_AT_MAX 30u

struct group_send_req {
    struct span group;
    struct span from; /* empty: the caller */
    uint32_t random;
    uint8_t priority; /* enum group_priority */
    bool online_only, no_unread, no_last, need_receipt;
    uint32_t client_time;
    struct span body, cloud, push; /* JSON, validated */
    struct span at;                /* JSON array or empty */
    struct span *at_accounts;      /* named in it */
    uint32_t at_count;
    bool at_all;
    struct span *to; /* To_Account: targeted messages (later era), usually none */
    uint32_t to_count;
};

struct group_send_result {
    uint32_t time, seq;
    bool dropped; /* over the limit: success, no seq, not stored (server-api §3.6) */
};

/*
 * A message of the caller, or of `from` for an administrator. IM_ERR_GROUP_RIGHT,
 * IM_ERR_GROUP_MUTED, IM_ERR_GROUP_ACCOUNT (no such sender), IM_ERR_GROUP_PLAN (targeted
 * messages). A resend within five minutes gets the first one's result.
 */
enum im_err group_message_send(struct shard *shard, struct request *req);

/* IM_ERR_GROUP_MUTED: this account, or all but those who run the group. Its row of being muted is
   loaded (member_muted_until). */
enum im_err group_mute_check(struct shard *shard, const struct group *group,
                             const struct group_actor *actor, struct account_no account);

/* send_group_system_notification: online members only, nothing is stored or counted. */
struct group_notify_req {
    struct span group;
    struct span content;
    struct span *to; /* none: all */
    uint32_t to_count;
};
enum im_err group_message_notify(struct shard *shard, struct request *req);

/* ---- for the other parts of group/ ---- */

/*
 * Emits a message as the group's next one in the running record: seq = head.last_seq + 1, its
 * page asked for by group_page_need before. `fact` has everything but app, group, seq, activates
 * and the lengths filled in; returns the seq given out. A counted one also needs usage_group_need
 * and the sender's member row (member_find); others touch no row of the sender. With stored 0
 * it has no body, and a seq only in a room.
 */
uint32_t group_message_emit(struct shard *shard, const struct group *group,
                            struct fact_group_message fact, struct span body, struct span cloud,
                            struct span push, struct span at);

#endif
