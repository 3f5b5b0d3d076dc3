/* openim.importmsg: C2C messages of an older system (server-api §3.5). */
#ifndef CORE_MESSAGE_IMPORT_H
#define CORE_MESSAGE_IMPORT_H

#include "core/shard.h"

struct message_import_req {
    struct span from, to;
    uint32_t seq;
    uint32_t random;
    uint32_t time;    /* 0: now; one in the future becomes now */
    bool unread;      /* SyncFromOldSystem 1: counts as unread at the receiver */
    struct span body; /* the MsgBody array as it came, validated */
    struct span cloud;
};

/*
 * Stores the message in the conversation's history and recents. The triple (seq, random, time)
 * names a message for ever, whatever its direction: one that is there already is left as it is,
 * and so is one so old that it has expired. Nobody is told and no message is counted.
 * IM_ERR_OPENIM_FROM_MISSING, IM_ERR_OPENIM_TO_MISSING. Result: struct message_send_result.
 */
enum im_err message_import(struct shard *shard, struct request *req);

#endif
