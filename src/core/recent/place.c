#include "core/recent/place.h"

#include <stdlib.h>

/* Whether a group is among the recent contacts of a member. */
static bool group_is_listed(const struct joined_group *joined, uint64_t retention_s, uint32_t now_s)
{
    const struct group_head_row *head = joined->head;

    if (!head->listed_seq || head->listed_seq <= joined->row.unlisted_seq ||
        head->last.accepted_s + retention_s <= now_s || !joined_is_active(joined))
        return false;
    /* What lies before joining never was there for the member; what it cleared was. */
    return head->listed_seq > joined->row.visible_seq || (joined->row.flags & JOINED_CLEARED);
}

static struct recent_place of_contact(const struct contact *contact)
{
    const struct contact_row *row = &contact->row;

    return (struct recent_place){.contact = contact,
                                 .time = row->last.time,
                                 .seq = row->last.seq,
                                 .random = row->last.random,
                                 .pinned = row->flags & CONTACT_PINNED,
                                 .empty = message_key_compare(row->last, row->cleared) <= 0};
}

static struct recent_place of_group(const struct joined_group *joined)
{
    return (struct recent_place){.group = joined,
                                 .time = joined->head->last.time,
                                 .pinned = joined->row.flags & JOINED_PINNED,
                                 .empty = joined->head->listed_seq <= joined->row.visible_seq};
}

static int by_number(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* C2C conversations of one second stay in the order of their messages, before groups. */
static int newest_first(const void *left, const void *right)
{
    const struct recent_place *a = left, *b = right;

    if (a->time != b->time)
        return by_number(b->time, a->time);
    if (!a->contact || !b->contact)
        return a->contact ? -1 : b->contact ? 1 : by_number(a->group->no.v, b->group->no.v);
    if (a->seq != b->seq)
        return by_number(b->seq, a->seq);
    if (a->random != b->random)
        return by_number(b->random, a->random);
    return by_number(a->contact->peer.v, b->contact->peer.v);
}

static int pinned_first(const void *left, const void *right)
{
    const struct recent_place *a = left, *b = right;

    return a->pinned == b->pinned ? newest_first(left, right) : a->pinned ? -1 : 1;
}

enum state_found recent_places(struct shard *shard, struct request *req, struct account_no account,
                               bool pins, uint64_t max, struct recent_place **ret_items,
                               uint32_t *ret_count)
{
    struct row_key key;
    struct joined_group *groups;
    struct contact *contacts;
    struct recent_place *items;
    uint32_t group_count, contact_count, count = 0;

    /* Both collections in one load. */
    row_need_collection(shard, row_prefix_contact(&key, req->app, account));
    if (joined_groups(shard, req, account, &groups, &group_count) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    if (contact_list(shard, req, account, pins ? CONTACTS_PINNED_FIRST : CONTACTS_NEWEST_FIRST, 0,
                     max, &contacts, &contact_count) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    items = ARENA_ARRAY(&req->arena, struct recent_place, contact_count + group_count + 1);
    for (uint32_t i = 0; i < contact_count; i++)
        items[count++] = of_contact(&contacts[i]);
    for (uint32_t i = 0; i < group_count; i++) {
        if (group_is_listed(&groups[i], group_retention_s(shard, req->app), shard_now_s(shard)))
            items[count++] = of_group(&groups[i]);
    }
    qsort(items, count, sizeof(*items), pins ? pinned_first : newest_first);
    *ret_items = items;
    *ret_count = count < max ? count : (uint32_t)max;
    return STATE_HIT;
}
