/*
 * Offline messages of a client: openim.getmsg and ws_msg_push_ack (websocket-behaviour §1, §2, §7).
 *
 * There is no queue row. A message waits for its receiver while its journal position lies behind
 * what was taken (account_row.offline_acked), its offline copy lives, and it is neither read nor
 * withdrawn. A position is taken by a getmsg with a cookie past it, or by a push ack from a socket
 * on which getmsg has come to its end: what came before it on that socket has arrived, too.
 * System notices of groups are taken in the same way (core/group/notice.h).
 *
 * Kept are the newest 100 messages of the 100 conversations that moved last (server-api §7.1);
 * older ones are in the history alone.
 */
#ifndef CORE_MESSAGE_SYNC_H
#define CORE_MESSAGE_SYNC_H

#include "core/group/notice.h"
#include "core/history/history.h"
#include "core/shard.h"

#define SYNC_MAX_CONVERSATIONS 100u
#define SYNC_MAX_MESSAGES 100u /* of a conversation, and of a reply */

struct sync_req {
    struct span account;
    uint64_t cookie; /* position; 0: none */
};

struct sync_result {
    struct history_message *items; /* in order of position */
    uint32_t count;
    bool more;       /* than items */
    uint64_t cookie; /* position up to which a client has all after these items */
    struct sync_unread {
        struct span peer;
        uint32_t count;
    } * unread;
    uint32_t unread_count;
    struct notice_list notices; /* up to the cookie */
    struct span account;
};

enum im_err message_sync(struct shard *shard, struct request *req);

struct push_ack_req {
    uint64_t position; /* of the push */
};
enum im_err message_push_ack(struct shard *shard, struct request *req);

#endif
