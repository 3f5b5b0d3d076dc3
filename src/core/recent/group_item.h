/* What recentcontact.page_get tells of a group (websocket-behaviour §4). */
#ifndef CORE_RECENT_GROUP_ITEM_H
#define CORE_RECENT_GROUP_ITEM_H

#include "core/group/joined.h"

struct recent_group {
    struct span id, name, face;
    uint8_t type;   /* enum group_type */
    uint8_t option; /* enum message_option */
    uint32_t next_seq, read_seq, unread;
    bool has_last; /* then of the last message that the account sees: */
    uint32_t seq;
    struct group_entry entry;
    struct account_no from_no;
    struct span from, nick, card; /* empty: the system, or who is gone */
};

/* Handler; texts are copied into the arena. shard_missing tells whether it is complete. */
void recent_group_fill(struct shard *shard, struct request *req, struct account_no account,
                       const struct joined_group *joined, struct recent_group *ret);

#endif
