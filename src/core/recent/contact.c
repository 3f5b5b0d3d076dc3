#include "core/recent/contact.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/apply.h"
#include "core/history/page.h"

static struct span contact_key(struct row_key *key, uint32_t app, uint32_t account, uint32_t peer)
{
    return row_key_contact(key, (struct app_id){app}, (struct account_no){account},
                           (struct account_no){peer});
}

enum state_found contact_find(struct shard *shard, struct app_id app, struct account_no account,
                              struct account_no peer, const struct contact_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found =
        row_find(shard, row_key_contact(&key, app, account, peer), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

/* For a contact that will be new: the count, and all contacts if the oldest must go. */
static void need_side(struct shard *shard, struct app_id app, struct account_no account,
                      struct account_no peer)
{
    const struct contact_row *row;
    struct row_key key;
    const void *value;
    const struct contacts_row *contacts;

    if (contact_find(shard, app, account, peer, &row) != STATE_ABSENT ||
        row_find(shard, row_key_contacts(&key, app, account), &value, NULL) != STATE_HIT)
        return;
    contacts = value;
    if (contacts->count >= CONTACTS_MAX + CONTACTS_SLACK)
        row_need_collection(shard, row_prefix_contact(&key, app, account));
}

void contact_need(struct shard *shard, struct app_id app, struct account_no a, struct account_no b)
{
    need_side(shard, app, a, b);
    need_side(shard, app, b, a);
}

/* ---- applying ---- */

struct oldest {
    uint32_t count;
    struct contact items[CONTACTS_SLACK + 1]; /* a heap, the newest of them on top */
};

/* The order in which contacts fall out: deleted ones first, then by their last message. */
static int fall_out_compare(const struct contact *a, const struct contact *b)
{
    bool a_listed = !(a->row.flags & CONTACT_DELETED), b_listed = !(b->row.flags & CONTACT_DELETED);
    int order = message_key_compare(a->row.last, b->row.last);

    if (a_listed != b_listed)
        return a_listed ? 1 : -1;
    if (order)
        return order;
    return (a->peer.v > b->peer.v) - (a->peer.v < b->peer.v);
}

static void heap_swap(struct oldest *oldest, uint32_t i, uint32_t j)
{
    struct contact item = oldest->items[i];

    oldest->items[i] = oldest->items[j];
    oldest->items[j] = item;
}

static void heap_add(struct oldest *oldest, const struct contact *contact)
{
    uint32_t i = oldest->count++;

    oldest->items[i] = *contact;
    while (i && fall_out_compare(&oldest->items[(i - 1) / 2], &oldest->items[i]) < 0) {
        heap_swap(oldest, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void heap_drop_top(struct oldest *oldest)
{
    uint32_t i = 0;

    oldest->items[0] = oldest->items[--oldest->count];
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child + 1 < oldest->count &&
            fall_out_compare(&oldest->items[child + 1], &oldest->items[child]) > 0)
            child++;
        if (child >= oldest->count ||
            fall_out_compare(&oldest->items[child], &oldest->items[i]) <= 0)
            return;
        heap_swap(oldest, i, child);
        i = child;
    }
}

static struct contact contact_read(struct span key, const void *value, size_t n)
{
    struct contact contact = {.peer = {get_be32(key.p + key.n - 4)}};

    CHECK(n >= sizeof(contact.row));
    memcpy(&contact.row, value, sizeof(contact.row));
    return contact;
}

static void collect_oldest(void *arg, struct span key, const void *value, size_t n)
{
    struct oldest *oldest = arg;
    struct contact contact = contact_read(key, value, n);

    if (contact.row.flags & CONTACT_PINNED)
        return;
    heap_add(oldest, &contact);
    if (oldest->count > CONTACTS_SLACK)
        heap_drop_top(oldest);
}

/* Deletes the oldest unpinned ones; fewer if nearly all are pinned. */
static uint32_t fall_out(struct shard *shard, uint32_t app, uint32_t account)
{
    struct state *state = shard_state(shard);
    struct oldest oldest = {.count = 0};
    struct row_key key;
    struct span prefix =
        row_prefix_contact(&key, (struct app_id){app}, (struct account_no){account});

    if (state_scan(state, prefix, collect_oldest, &oldest) == STATE_UNKNOWN) {
        /* A batch made so many new contacts that its handler could not foresee it. */
        state_set_inline_loads(state, true);
        oldest.count = 0;
        CHECK(state_scan(state, prefix, collect_oldest, &oldest) == STATE_HIT);
        state_set_inline_loads(state, false);
    }
    for (uint32_t i = 0; i < oldest.count; i++)
        row_delete(shard, contact_key(&key, app, account, oldest.items[i].peer.v));
    return oldest.count;
}

/* The contact's row for writing; a new one is counted, and others fall out for it. */
static struct contact_row *contact_put(struct shard *shard, uint32_t app, uint32_t account,
                                       uint32_t peer)
{
    struct row_key key;
    struct contacts_row *contacts;

    if (!row_get(shard, contact_key(&key, app, account, peer), NULL)) {
        struct span contacts_key =
            row_key_contacts(&key, (struct app_id){app}, (struct account_no){account});

        contacts = row_put(shard, contacts_key, sizeof(*contacts));
        if (contacts->count >= CONTACTS_MAX + CONTACTS_SLACK) {
            uint32_t gone = fall_out(shard, app, account);

            contacts = row_put(shard, contacts_key, sizeof(*contacts));
            contacts->count -= gone;
        }
        contacts->count++;
    }
    return row_put(shard, contact_key(&key, app, account, peer), sizeof(struct contact_row));
}

static void become_last(struct contact_row *row, const struct fact_message *message)
{
    if (message->flags & MESSAGE_NO_LAST)
        return;
    row->flags &= ~(uint32_t)CONTACT_DELETED;
    if (message_key_compare(message->key, row->last) < 0)
        return;
    row->last = message->key;
    row->last_accepted_s = message->accepted_s;
}

void contact_on_message(struct shard *shard, const struct fact_message *message, uint64_t number)
{
    struct contact_row *row = contact_put(shard, message->app, message->to, message->from);

    become_last(row, message);
    row->last_position = number;
    if (!(message->flags & MESSAGE_NO_UNREAD) && message->key.time > row->last_incoming_s)
        row->last_incoming_s = message->key.time;
    /* A sender that keeps no copy does not see the conversation move. */
    if (message->flags & MESSAGE_RECEIVER_ONLY)
        return;
    row = contact_put(shard, message->app, message->from, message->to);
    become_last(row, message);
    row->last_position = number;
}

void contact_change(struct shard *shard, struct app_id app, struct account_no account,
                    struct account_no peer, uint32_t flags, uint32_t pinned_s,
                    struct message_key cleared)
{
    struct fact_contact_changed *fact = fact_emit(shard, FACT_CONTACT_CHANGED, sizeof(*fact));

    *fact = (struct fact_contact_changed){.app = app.v,
                                          .account = account.v,
                                          .peer = peer.v,
                                          .flags = flags,
                                          .pinned_s = pinned_s,
                                          .cleared = cleared};
}

void apply_contact_changed(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_contact_changed *fact = payload;
    struct contact_row *row = contact_put(shard, fact->app, fact->account, fact->peer);

    (void)n, (void)number;
    row->flags = fact->flags;
    row->pinned_s = fact->pinned_s;
    if (!message_key_is_zero(fact->cleared))
        row->cleared = fact->cleared;
}

/* ---- listing ---- */

struct listing {
    struct contact *items; /* NULL: counts only */
    uint32_t count, room;
    enum contact_filter filter;
    uint64_t position;
    uint64_t retention_s;
    uint32_t now_s;
};

static bool wanted(const struct listing *listing, const struct contact_row *row)
{
    switch (listing->filter) {
    case CONTACTS_PINNED_FIRST:
    case CONTACTS_NEWEST_FIRST:
        return !message_key_is_zero(row->last) && !(row->flags & CONTACT_DELETED) &&
               row->last_accepted_s + listing->retention_s > listing->now_s;
    case CONTACTS_UNREAD:
        return row->last_incoming_s > row->read_s;
    case CONTACTS_AFTER:
        return row->last_position > listing->position;
    }
    CHECK(false);
    return false;
}

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;
    struct contact contact = contact_read(key, value, n);

    if (!wanted(listing, &contact.row))
        return;
    if (listing->items) {
        CHECK(listing->count < listing->room);
        listing->items[listing->count] = contact;
    }
    listing->count++;
}

static int by_peer(const struct contact *a, const struct contact *b)
{
    return (a->peer.v > b->peer.v) - (a->peer.v < b->peer.v);
}

static int newest_first(const void *left, const void *right)
{
    const struct contact *a = left, *b = right;
    int order = message_key_compare(b->row.last, a->row.last);

    return order ? order : by_peer(a, b);
}

static int pinned_first(const void *left, const void *right)
{
    const struct contact *a = left, *b = right;
    bool a_pinned = a->row.flags & CONTACT_PINNED, b_pinned = b->row.flags & CONTACT_PINNED;

    return a_pinned == b_pinned ? newest_first(left, right) : a_pinned ? -1 : 1;
}

static int incoming_first(const void *left, const void *right)
{
    const struct contact *a = left, *b = right;

    if (a->row.last_incoming_s != b->row.last_incoming_s)
        return a->row.last_incoming_s > b->row.last_incoming_s ? -1 : 1;
    return by_peer(a, b);
}

static int position_first(const void *left, const void *right)
{
    const struct contact *a = left, *b = right;

    if (a->row.last_position != b->row.last_position)
        return a->row.last_position > b->row.last_position ? -1 : 1;
    return by_peer(a, b);
}

enum state_found contact_list(struct shard *shard, struct request *req, struct account_no account,
                              enum contact_filter filter, uint64_t position, uint64_t max,
                              struct contact **ret_items, uint32_t *ret_count)
{
    static int (*const order[])(const void *, const void *) = {
        [CONTACTS_PINNED_FIRST] = pinned_first,
        [CONTACTS_NEWEST_FIRST] = newest_first,
        [CONTACTS_UNREAD] = incoming_first,
        [CONTACTS_AFTER] = position_first,
    };
    struct row_key key;
    struct span prefix = row_prefix_contact(&key, req->app, account);
    struct listing listing = {.filter = filter,
                              .position = position,
                              .retention_s = history_retention_s(shard, req->app),
                              .now_s = shard_now_s(shard)};

    if (max > CONTACTS_MAX)
        max = CONTACTS_MAX;
    if (row_need_collection(shard, prefix) != STATE_HIT)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, collect, &listing);
    listing.room = listing.count;
    listing.items = ARENA_ARRAY(&req->arena, struct contact, listing.count + 1);
    listing.count = 0;
    state_scan(shard_state(shard), prefix, collect, &listing);
    qsort(listing.items, listing.count, sizeof(*listing.items), order[filter]);
    *ret_items = listing.items;
    *ret_count = listing.count < max ? listing.count : (uint32_t)max;
    return STATE_HIT;
}
