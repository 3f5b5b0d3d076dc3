/*
 * Unread C2C messages, counted from the history index and never kept as a number
 * (server-api §3.5, §7.1): at most 100 conversations, 100 messages each.
 */
#ifndef CORE_RECENT_UNREAD_H
#define CORE_RECENT_UNREAD_H

#include "core/shard.h"

#define UNREAD_MAX_CONVERSATIONS 100u
#define UNREAD_MAX_MESSAGES 100u
#define UNREAD_MAX_PEERS 10u

/*
 * Handler: messages from peer to account that are not read: later than the read mark, not
 * withdrawn, not marked as no-unread, visible, their offline copy alive.
 */
enum state_found unread_count(struct shard *shard, struct app_id app, struct account_no account,
                              struct account_no peer, const struct contact_row *contact,
                              uint32_t *ret_count);

/* openim.get_c2c_unread_msg_num: without peers, all together. */
struct unread_req {
    struct span account;
    struct span *peers;
    uint32_t peer_count;
};
struct unread_result {
    uint32_t all;
    struct unread_peer {
        struct span peer;
        bool exists;
        uint32_t count;
    } * peers;
    uint32_t peer_count;
};
enum im_err unread_read(struct shard *shard, struct request *req);

#endif
