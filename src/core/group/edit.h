/* Group messages edited, deleted for all, deleted for oneself (server-api §3.6, §3.11). */
#ifndef CORE_GROUP_EDIT_H
#define CORE_GROUP_EDIT_H

#include "core/group/page.h"

/* openim.modify_group_msg, by the sender, the owner, admins and administrators. */
struct group_edit_req {
    struct span group;
    uint32_t seq;
    bool has_version;
    uint32_t version;        /* what the caller believes to be stored */
    struct span body, cloud; /* JSON, validated; empty: stays as it is */
};

/* On IM_OK and IM_ERR_MSG_EDIT_CONFLICT, else NULL. What is empty here is in req->bodies[0]. */
struct group_edit_result {
    uint32_t version;
    struct span body, cloud;
};

/* IM_ERR_GROUP_NO_MESSAGE: none, recalled, deleted or a tip. IM_ERR_GROUP_MUTED: the caller may
   not speak now. IM_ERR_MSG_EDIT_CONFLICT: somebody else was faster; the result shows what is
   stored. Members are told when the body changed. */
enum im_err group_edit(struct shard *shard, struct request *req);

/* delete_group_msg_by_sender: holes for all, among the newest GROUP_DELETE_LOOKED_AT. Nothing
   happens in rooms. */
#define GROUP_DELETE_LOOKED_AT 1000u
struct group_delete_req {
    struct span group, sender;
};
enum im_err group_delete_by_sender(struct shard *shard, struct request *req);

/* delete_group_ramble_msg_by_seq: for the caller only; what it does not see is passed over. */
#define GROUP_HIDE_MAX 30u
struct group_hide_req {
    struct span group;
    uint32_t *seqs;
    uint32_t count;
};
enum im_err group_hide(struct shard *shard, struct request *req);

#endif
