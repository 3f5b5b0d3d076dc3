/* Who is in an AVChatRoom, with the marks that owner and admins give them (server-api §3.11). */
#ifndef CORE_GROUP_ROOM_LIST_H
#define CORE_GROUP_ROOM_LIST_H

#include "core/group/group.h"

#define ROOM_LISTED_MAX 1000u /* of those who came last */
#define ROOM_PAGE 500u

/* Marks are numbers of the app's own from MARK_FIRST on; a room has MARKS kinds. */
#define MARK_FIRST 1000u
#define MARKS 32u

struct room_list_req {
    struct span group;
    uint32_t since_s; /* who joined then or later */
    uint32_t mark;    /* 0: all */
};
struct room_list_result {
    struct room_listed {
        struct account_no account;
        uint32_t join_s;
        uint32_t marks; /* bit 0: MARK_FIRST */
        struct span name, nick, face;
    } * items; /* by the time of joining */
    uint32_t count;
    uint32_t next_s; /* 0: that was all */
};
/* By who is in it, and administrators. A page has all who joined in one second, unless these are
   more than ROOM_PAGE. IM_ERR_GROUP_RIGHT: another type of group. */
enum im_err room_list(struct shard *shard, struct request *req);

#define ROOM_MARKED_MAX 100u
struct room_mark_req {
    struct span group;
    bool remove;
    struct room_marked {
        struct span name;
        uint32_t marks;
    } * items;
    uint32_t count;
};
/* Who is not in it is passed over. By owner, admins and administrators. */
enum im_err room_mark(struct shard *shard, struct request *req);

#endif
