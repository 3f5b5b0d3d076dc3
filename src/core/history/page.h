/*
 * The history index of C2C conversations: linked pages of entries in key order (core/rows.h).
 * Inserting is for apply functions; walking is for handlers. Expiry is exact on read: an entry
 * whose accepted_s + retention has passed is never shown, whatever still lies in the rows.
 */
#ifndef CORE_HISTORY_PAGE_H
#define CORE_HISTORY_PAGE_H

#include "core/shard.h"

/* Handler, before a message to this conversation is emitted: asks for the rows that
   page_insert(key) will touch (conversation, the page that takes the key, a neighbour on a
   split). Walks back from the last page for a key in the past. False: something is missing, the
   handler must return IM_AGAIN. */
bool page_need_insert(struct shard *shard, struct app_id app, struct account_no a,
                      struct account_no b, struct message_key key);

/* Apply: puts the entry in its place. An entry with the same key must not exist (the handler
   picked another key). */
void page_insert(struct shard *shard, struct app_id app, struct account_no a, struct account_no b,
                 const struct page_entry *entry);

/* Apply: changes flags of one entry (set, then nothing else); false if it is not there. */
bool page_set_flags(struct shard *shard, struct app_id app, struct account_no a,
                    struct account_no b, struct message_key key, uint16_t set);

/* Handler: finds one entry by its key. STATE_ABSENT: not there or expired. The copy is in *ret. */
enum state_found page_find(struct shard *shard, struct app_id app, struct account_no a,
                           struct account_no b, struct message_key key, struct page_entry *ret);

/*
 * Handler: walks entries backwards in key order from the newest one with key < `before` (or <= if
 * `inclusive`), or forwards from the oldest with key > / >= it, until fn returns false.
 * STATE_UNKNOWN: pages are missing, return IM_AGAIN and walk again from the beginning (fn must
 * then start afresh). Far keys are sought in the stored picture (state_seek_back), not walked to.
 * Expired entries are passed over.
 */
enum state_found page_walk_back(struct shard *shard, struct app_id app, struct account_no a,
                                struct account_no b, struct message_key before, bool inclusive,
                                bool (*fn)(void *arg, const struct page_entry *entry), void *arg);
enum state_found page_walk_forward(struct shard *shard, struct app_id app, struct account_no a,
                                   struct account_no b, struct message_key after, bool inclusive,
                                   bool (*fn)(void *arg, const struct page_entry *entry),
                                   void *arg);

/* Handlers: seconds that an app's C2C messages are shown: 7 days, or its roaming months x 31 days,
   but nothing whose body the journal has dropped when that was shorter. */
uint64_t history_retention_s(struct shard *shard, struct app_id app);

/* Whether `viewer` (a or b) sees this entry at all: not hidden from it, not receiver-only for the
   sender, not before its cleared mark, not expired. */
bool history_visible(const struct page_entry *entry, bool viewer_is_higher,
                     struct message_key cleared, uint64_t retention_s, uint32_t now_s);

/* MsgClientTime of an entry; one that was too far from the message's time reads as that time. */
static inline uint32_t entry_client_time(const struct page_entry *entry)
{
    return entry->client_lag_s == CLIENT_TIME_FAR
               ? entry->key.time
               : (uint32_t)((int64_t)entry->key.time + entry->client_lag_s);
}

/* Any thread: fills req->bodies from the journal. Called by the gateway's reader threads after
   the reply's position is durable and before encode. */
void history_fetch(struct journal *journal, struct request *req);
/* The same for a thread that must not wait for the disk. False: something is not in memory; then
   history_fetch does it all. */
bool history_fetch_cached(struct journal *journal, struct request *req);

#endif
