/* Changes of recent contacts: recentcontact.delete, batch_delete, top and clear_msg
   (server-api §3.10, websocket-behaviour §4). */
#ifndef CORE_RECENT_CHANGE_H
#define CORE_RECENT_CHANGE_H

#include "core/shard.h"

#define RECENT_MAX_CHANGES 100u

struct recent_change_req {
    struct span account;
    struct recent_change {
        bool group;
        struct span peer; /* of a group its GroupId */
    } * items;
    uint32_t count;
    bool clear; /* delete: the history of it too, for this account */
    bool pin;   /* top: pin or unpin */
};

/* Contacts, peers and groups that do not exist or were not joined are passed over.
   IM_ERR_RECENT_ACCOUNT: the account does not exist. */
enum im_err recent_delete(struct shard *shard, struct request *req);
enum im_err recent_top(struct shard *shard, struct request *req);
enum im_err recent_clear(struct shard *shard, struct request *req);

#endif
