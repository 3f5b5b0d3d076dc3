/*
 * Long polling of live rooms: get_msg of group_open_long_polling_http_svc, and of its _noauth_
 * form for guests (websocket-behaviour §5b). Who may poll says a key given at joining: a MAC over
 * app, room and account, or a guest's number, so it holds over reconnects and restarts.
 */
#ifndef CORE_GROUP_POLL_H
#define CORE_GROUP_POLL_H

#include "core/group/group.h"

#define POLL_KEY_LIFE_S 604800u
#define POLL_MAX_MESSAGES 50u
#define POLL_MAX_BYTES ((size_t)256 << 10) /* then the next poll goes on */
#define POLL_MAX_HOLD_S 8u                 /* the client waits 15 s for an answer */

/* The key of an account, or (0) of the guest of this number. */
struct span poll_key_make(struct shard *shard, struct arena *arena, const struct group *group,
                          struct account_no account, uint64_t guest);

struct poll_req {
    struct span key;
    uint64_t start; /* StartSeq: the first number wanted; 0: what comes from now on,
                      of a guest's first poll since it joined */
    uint32_t start_broadcast;
    uint32_t hold_s;
};

/* Something that was said: a push of these kinds. Numbers are no message seqs: tips, recalls and
   values have one, too. They rise over restarts. */
struct room_said {
    uint64_t number;
    const void *push;
    uint8_t kind; /* enum push_kind */
};

struct poll_result {
    struct span key;
    struct room_said *items, *broadcasts;
    uint32_t count, broadcast_count;
    uint64_t next; /* NextSeq */
    uint32_t next_broadcast;
};

/*
 * Answers at once if something is there, else when something is said or the time is over. A
 * user's terminal that is not in the room (any more) is put into it. A socket holds one poll: an
 * older one is answered, empty. IM_ERR_GROUP_PARAM: not a key, an old one, or somebody else's: all
 * the same, so that nobody learns what is wrong with a forged one. IM_ERR_GROUP_NOT_FOUND.
 */
enum im_err group_poll(struct shard *shard, struct request *req);

/* apply_join_group of a guest. IM_ERR_GROUP_RIGHT: whatever is no room, existing or not. */
struct guest_join_req {
    struct span group;
};
struct guest_join_result {
    struct span key;
    uint64_t start;
};
enum im_err group_guest_join(struct shard *shard, struct request *req);

/* The number that is next in any room: where a poll after joining starts. */
uint64_t group_poll_start(struct shard *shard);

/* get_online_member_num: of a room who is there, of other groups the accounts online (members
   only). Result: uint32_t. */
struct room_req {
    struct span group;
};
enum im_err group_room_online(struct shard *shard, struct request *req);

#endif
