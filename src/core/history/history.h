/*
 * What is asked of the history of C2C conversations: openim.admin_getroammsg, getroammsg and
 * delete_c2c_msg_ramble (server-api §3.5, websocket-behaviour §2).
 */
#ifndef CORE_HISTORY_HISTORY_H
#define CORE_HISTORY_HISTORY_H

#include "core/shard.h"

/* Messages in one reply, whatever is asked for. */
#define HISTORY_MAX_MESSAGES 100u
/* Bodies in one reply: the rest is left for the next page. */
#define HISTORY_MAX_BYTES 65536u
#define HISTORY_MAX_HIDDEN 100u

/* Keys before and behind every message. */
#define MESSAGE_KEY_FIRST ((struct message_key){0, 0, 0})
#define MESSAGE_KEY_LAST ((struct message_key){UINT32_MAX, UINT32_MAX, UINT32_MAX})

/* The account whose side it is: for users the caller, else the one named. */
enum state_found history_self(struct shard *shard, const struct request *req, struct span name,
                              struct account_no *ret_no);

struct history_req {
    struct span self, peer;
    uint32_t max; /* 1 to HISTORY_MAX_MESSAGES */
    struct message_key from;
    bool inclusive; /* of `from` */
    bool forward;
    bool with_withdrawn;
    uint32_t min_time; /* nothing before this second */
};

struct history_message {
    struct page_entry entry;
    struct span from, to;
    struct account_no from_no;
    bool peer_read;         /* the receiver's read mark has reached it */
    struct span nick, face; /* of the sender; openim.getmsg only */
};

/* Result of history_list; req->bodies[i] belongs to items[i]. */
struct history_result {
    struct history_message *items; /* in the order of the walk */
    uint32_t count;
    bool forward;
    bool complete;
    struct message_key cursor; /* of the last entry looked at, all zero: none */
};

/* An administrator sees what a user has deleted for himself; a user does not. */
enum im_err history_list(struct shard *shard, struct request *req);

/* Deletes messages for the caller only; keys that are not there are passed over. */
struct history_hide_req {
    struct span self, peer;
    struct message_key *keys;
    uint32_t count;
};
enum im_err history_hide(struct shard *shard, struct request *req);

#endif
