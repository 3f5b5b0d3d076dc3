/*
 * The account's side of its groups: all that it has joined, and what it has not read in them.
 * Rooms are not among them. Handlers, on the shard's thread.
 */
#ifndef CORE_GROUP_JOINED_H
#define CORE_GROUP_JOINED_H

#include "core/group/group.h"

struct joined_group {
    struct group_no no;
    struct joined_row row;
    /* Rows of the group, good until the handler returns. */
    const struct group_row *info;
    const struct group_head_row *head;
};

/*
 * All groups of an account in the order of joining, but for those dissolved; the array is in the
 * arena. STATE_UNKNOWN: rows are being loaded.
 */
enum state_found joined_groups(struct shard *shard, struct request *req, struct account_no account,
                               struct joined_group **ret_items, uint32_t *ret_count);

/* Whether members see the group: a Private one is there for them once a message was sent in it. */
static inline bool joined_is_active(const struct joined_group *joined)
{
    return joined->row.type != GROUP_PRIVATE || (joined->info->flags & GROUP_ACTIVE);
}

/* What a member has not read, as clients are told: nothing in a ChatRoom (server-api §5.1).
   Pages that are missing are asked for together. */
enum state_found joined_unread(struct shard *shard, const struct group *group,
                               struct account_no account, const struct joined_row *joined,
                               uint32_t *ret_count);

#endif
