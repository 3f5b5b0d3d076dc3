/* Broadcasts to all AVChatRooms of an app (server-api §3.11, send_broadcast_msg): to whoever is in
   one, and for a while to who comes to poll. Nothing is stored. */
#ifndef CORE_GROUP_BROADCAST_H
#define CORE_GROUP_BROADCAST_H

#include "core/group/group.h"

struct broadcast_req {
    struct span from; /* empty: the caller */
    uint32_t random;
    struct span body, cloud; /* JSON, validated */
};
struct broadcast_result {
    uint32_t time, seq;
};

/* IM_ERR_GROUP_PLAN: not in the app's plan. IM_ERR_GROUP_ACCOUNT: no such sender. */
enum im_err group_broadcast(struct shard *shard, struct request *req);

#endif
