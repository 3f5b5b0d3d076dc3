/* What is read of a group's history (server-api §3.6 group_msg_get_simple, websocket-behaviour
   §2, §5). */
#ifndef CORE_GROUP_HISTORY_H
#define CORE_GROUP_HISTORY_H

#include "core/group/page.h"

#define GROUP_HISTORY_MAX 100u      /* messages in one reply to a user */
#define GROUP_HISTORY_REST_MAX 20u  /* to an administrator */
#define GROUP_HISTORY_SEQS_MAX 100u /* named one by one */

struct group_history_req {
    struct span group;
    uint32_t number; /* at least 1 */
    uint32_t seq;    /* the newest wanted; 0: the latest; may lie above it */
    uint32_t *seqs;  /* these and no others; NULL: as above */
    uint32_t seq_count;
    bool with_withdrawn;
};

struct group_history_item {
    uint32_t seq;
    struct group_entry entry; /* position 0: expired, nothing else is known */
    struct span from;         /* account name; empty: the system */
    struct span nick, face, card;
};

/* Newest first; req->bodies[i] belongs to items[i], its position is 0 where no body is shown. */
struct group_history_result {
    struct span group_id, group_name;
    uint8_t type;
    struct group_history_item *items;
    uint32_t count;
    bool whole;          /* all that was asked for */
    uint32_t next_seq;   /* where to go on; 0: nothing older is to be seen */
    uint32_t *invisible; /* seqs passed over because the caller deleted them for itself */
    uint32_t invisible_count;
};

/* What a member sees: not from before its time, not what it has deleted, not what has expired.
   Holes that are there for all have their place. IM_ERR_GROUP_RIGHT: no member, or a room. */
enum im_err group_history_list(struct shard *shard, struct request *req);

/* What an administrator sees: the seqs up to ask->seq one by one, an expired one as a hole. */
enum im_err group_history_simple(struct shard *shard, struct request *req);

/* For pushes: id, name and type, in the request's arena. */
struct push_group group_push_name(struct request *req, const struct group *group);

#endif
