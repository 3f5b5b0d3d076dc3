/*
 * The history index of a group: pages of 32 entries, found by sequence number. Appending is for
 * apply functions, the rest for handlers. Expiry is exact on read.
 */
#ifndef CORE_GROUP_PAGE_H
#define CORE_GROUP_PAGE_H

#include "core/group/group.h"

/* MsgClientTime of an entry; one that was too far from the message's time reads as that time. */
static inline uint32_t group_entry_client_time(const struct group_entry *entry)
{
    return entry->client_lag_s == CLIENT_TIME_FAR
               ? entry->time
               : (uint32_t)((int64_t)entry->time + entry->client_lag_s);
}

/* Before a message of the group is emitted: asks for the page that takes the next seq. */
void group_page_need(struct shard *shard, const struct group *group);

/* Apply: the entry of this seq. */
void group_page_append(struct shard *shard, struct app_id app, struct group_no group, uint32_t seq,
                       const struct group_entry *entry);
/* Apply: an entry for writing; NULL if its page is gone. */
struct group_entry *group_page_entry(struct shard *shard, struct app_id app, struct group_no group,
                                     uint32_t seq);

/* STATE_ABSENT: no such message, or it has expired (every seq below has too, nearly always). */
enum state_found group_page_find(struct shard *shard, const struct group *group, uint32_t seq,
                                 struct group_entry *ret);

/*
 * Calls fn for each entry of seq high down to low (deleted, withdrawn and tips included), until
 * it returns false; expired ones and those below are left out. STATE_UNKNOWN: pages are being
 * loaded; then fn has seen only a part.
 */
enum state_found
group_page_walk(struct shard *shard, const struct group *group, uint32_t high, uint32_t low,
                bool (*fn)(void *arg, uint32_t seq, const struct group_entry *entry), void *arg);

/* What a member has not read: newer than its read mark, visible to it, by others, not withdrawn,
   deleted or marked as no unread. Counted one by one up to GROUP_UNREAD_EXACT behind the newest,
   by sequence numbers beyond. */
#define GROUP_UNREAD_EXACT 128u
enum state_found group_unread(struct shard *shard, const struct group *group,
                              struct account_no account, const struct joined_row *joined,
                              uint32_t *ret_count);

#endif
