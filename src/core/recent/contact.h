/*
 * The two sides of a C2C conversation: recent contacts, read marks, cleared marks.
 *
 * An account keeps CONTACTS_MAX of them. Up to CONTACTS_SLACK more rows may exist: when there are
 * more than that, the oldest unpinned ones are deleted together, so that the collection is read
 * once in CONTACTS_SLACK new contacts of a full account and not for each of them.
 */
#ifndef CORE_RECENT_CONTACT_H
#define CORE_RECENT_CONTACT_H

#include "core/shard.h"

#define CONTACTS_MAX 5000u
#define CONTACTS_SLACK 64u

/* Handler, before a message between a and b is emitted: asks for both contact rows. */
void contact_need(struct shard *shard, struct app_id app, struct account_no a, struct account_no b);

/* Apply, from apply_message: the message becomes the last one of both sides (unless flags say
   otherwise), listed again if it was deleted. */
void contact_on_message(struct shard *shard, const struct fact_message *message, uint64_t number);

enum state_found contact_find(struct shard *shard, struct app_id app, struct account_no account,
                              struct account_no peer, const struct contact_row **ret_row);

/* Handler: emits the change of a contact's flags; `cleared` all zero: not changed. The row exists
   and is loaded. */
void contact_change(struct shard *shard, struct app_id app, struct account_no account,
                    struct account_no peer, uint32_t flags, uint32_t pinned_s,
                    struct message_key cleared);

/* A contact of a list made by contact_list. */
struct contact {
    struct account_no peer;
    struct contact_row row;
};

enum contact_filter {
    CONTACTS_PINNED_FIRST, /* the recent contacts: listed, the last message not expired; pinned
                              ones first, then the newest */
    CONTACTS_NEWEST_FIRST, /* the same without regard to pins */
    CONTACTS_UNREAD,       /* something from the peer may be unread, the newest of it first */
    CONTACTS_AFTER,        /* something happened after `position`, the newest first */
};

/* Handler: at most `max` contacts of an account; the array is in the arena. `position` is for
   CONTACTS_AFTER. STATE_UNKNOWN: not loaded yet. */
enum state_found contact_list(struct shard *shard, struct request *req, struct account_no account,
                              enum contact_filter filter, uint64_t position, uint64_t max,
                              struct contact **ret_items, uint32_t *ret_count);

#endif
