/*
 * Long polling of live rooms: get_msg of group_open_long_polling_http_svc, and of its _noauth_
 * form for guests (websocket-behaviour §5b). Who may poll says a key given at joining: a MAC over
 * app, room and account (0: a guest), so it holds over reconnects and restarts.
 */
#ifndef CORE_GROUP_POLL_H
#define CORE_GROUP_POLL_H

#include "base/buf.h"
#include "core/group/room.h"

#define POLL_KEY_LIFE_S 604800u
#define POLL_MAX_MESSAGES 50u
#define POLL_MAX_HOLD_S 8u /* the client waits 15 s for an answer */

/* The key of an account, or of a guest. */
struct span poll_key_make(struct shard *shard, struct arena *arena, const struct group *group,
                          struct account_no account);

struct poll_req {
    struct span key;
    uint32_t start_seq; /* the first one wanted; 0: what comes from now on */
    uint32_t hold_s;
};

struct poll_result {
    struct span key;
    struct push_group_message *items;
    uint32_t count;
    uint32_t next_seq;
};

/*
 * Answers at once if something is there, else when something is said or the time is over. A
 * user's terminal that is not in the room (any more) is put into it. IM_ERR_GROUP_PARAM: not a
 * key, an old one, or somebody else's. IM_ERR_GROUP_NOT_FOUND.
 */
enum im_err group_poll(struct shard *shard, struct request *req);

/* apply_join_group of a guest. IM_ERR_GROUP_RIGHT: whatever is no room, existing or not. */
struct guest_join_req {
    struct span group;
};
struct guest_join_result {
    struct span key;
    uint32_t start_seq;
};
enum im_err group_guest_join(struct shard *shard, struct request *req);

/* get_online_member_num; 0 for groups that are no rooms. Result: uint32_t. */
struct room_req {
    struct span group;
};
enum im_err group_room_online(struct shard *shard, struct request *req);

#endif
