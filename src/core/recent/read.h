/* Read reports and marks: openim.msgreaded, admin_set_msg_read, read_all_unread_msg and
   get_peer_read_time (server-api §3.5, websocket-behaviour §1). */
#ifndef CORE_RECENT_READ_H
#define CORE_RECENT_READ_H

#include "core/group/read.h"

#define READ_MAX_PEERS 100u

struct read_req {
    struct span account; /* the reader */
    struct read_item {
        struct span peer;
        uint32_t read_s; /* messages up to and including this second; 0: up to now */
        bool receipt;    /* the peer is told */
    } * items;
    uint32_t count;
};

/* Marks as read what the peers sent; a mark never goes back and never lies in the future. For
   users, peers that do not exist are passed over; for REST they are IM_ERR_MSG_ACCOUNT. */
enum im_err read_report(struct shard *shard, struct request *req);

/* openim.read_all_unread_msg: every C2C conversation of the caller, and groups that it names. The
   senders get receipts, the caller's other terminals one push. */
struct read_all_req {
    struct span account; /* the caller */
    bool c2c;
    struct group_reading *groups; /* filled in further: what each has become */
    uint32_t group_count;
};
enum im_err read_everything(struct shard *shard, struct request *req);

struct peer_read_req {
    struct span *peers;
    uint32_t count;
};
struct peer_read_result {
    uint32_t *read_s; /* what the peers have read of the caller's, in order */
    uint32_t count;
};
enum im_err peer_read_times(struct shard *shard, struct request *req);

#endif
