/*
 * The recent contacts of an account in their order: C2C conversations, whose place is kept in
 * their rows, and groups, whose place follows from the group's newest message, so that a message
 * touches nothing of its members.
 */
#ifndef CORE_RECENT_PLACE_H
#define CORE_RECENT_PLACE_H

#include "core/group/joined.h"
#include "core/recent/contact.h"

struct recent_place {
    const struct contact *contact; /* NULL: a group */
    const struct joined_group *group;
    uint32_t time; /* of its last message */
    uint32_t seq, random;
    bool pinned;
    bool empty; /* the account sees no message of it: it has cleared it */
};

/* At most `max`, the newest first, with `pins` pinned ones before all; in the arena.
   STATE_UNKNOWN: rows are being loaded. */
enum state_found recent_places(struct shard *shard, struct request *req, struct account_no account,
                               bool pins, uint64_t max, struct recent_place **ret_items,
                               uint32_t *ret_count);

#endif
