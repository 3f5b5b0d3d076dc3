/*
 * Offline messages of an account: openim.getmsg and push acks (websocket-behaviour §1 and §2).
 * A cookie is a journal position. What is new since is found through the contacts with unread
 * messages; a message leaves by a cookie past it, a push ack, a read report or expiry.
 */
#ifndef CORE_MESSAGE_SYNC_H
#define CORE_MESSAGE_SYNC_H

#include "core/recent/contact.h"

#define SYNC_MAX_MESSAGES 100u

struct sync_req {
    uint64_t cookie; /* 0: none */
};

struct sync_message {
    struct span from;
    struct account_no from_no;
    struct page_entry entry;
};

struct sync_result {
    struct span account;
    uint64_t cookie;
    bool more;                     /* the client asks again with the cookie */
    struct sync_message *messages; /* oldest first; bodies in req->bodies, same order */
    uint32_t message_count;
    struct sync_unread {
        struct span peer;
        uint32_t count;
    } * unread;
    uint32_t unread_count;
};

enum im_err sync_messages(struct shard *shard, struct request *req);

/* openim.ws_msg_push_ack: what was pushed up to this position has arrived. */
struct push_ack_req {
    uint64_t position;
};
enum im_err sync_push_ack(struct shard *shard, struct request *req);

#endif
