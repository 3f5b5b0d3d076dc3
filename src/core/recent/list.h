/*
 * Lists of recent contacts: recentcontact.page_get for the client SDK and get_list for REST
 * (server-api §3.10, §7.4, websocket-behaviour §4). Both are cut to the app's limit, and unread
 * counts given to clients are of the same set: the SDK drops those of other peers.
 */
#ifndef CORE_RECENT_LIST_H
#define CORE_RECENT_LIST_H

#include "core/recent/group_item.h"

#define RECENT_PAGE_ITEMS 100u

enum recent_assist {
    RECENT_PINS = 1 << 0,    /* pinned ones come first */
    RECENT_EMPTIES = 1 << 1, /* also conversations without a visible message */
};

struct recent_cursor {
    uint32_t time;  /* of the last item given; 0: from the beginning */
    uint32_t start; /* items of that second given */
};

struct recent_req {
    struct span account;
    struct recent_cursor others, pinned;
    uint32_t assist; /* enum recent_assist */
};

struct recent_item {
    struct span peer; /* of a group its GroupId */
    uint32_t last_s;  /* of the message that gives it its place */
    bool is_group, pinned;
    /* page_get only */
    struct span nick, face;
    uint32_t peer_read_s;
    bool has_last; /* then `entry` is the last message, and req->bodies[body] its body */
    bool last_from_peer;
    uint32_t body;
    struct page_entry entry;
    struct recent_group *group; /* NULL: a C2C conversation */
};

struct recent_result {
    struct recent_item *items;
    uint32_t count;
    bool complete;
    struct recent_cursor others, pinned;
    uint32_t now_s;
};

enum im_err recent_page(struct shard *shard, struct request *req); /* all at once */
enum im_err recent_list(struct shard *shard, struct request *req); /* RECENT_PAGE_ITEMS */

#endif
