/*
 * Putting entries into the pages of a conversation.
 *
 * Mostly a key belongs at the end: into the last page while it has room, else into a new page
 * behind it, so pages of a live conversation are full. A key in the past goes into the page that
 * covers it, which is split in halves when it is full, or into a new page before all others. The
 * handler walks the same way before, so that every row is in memory when the fact is applied.
 */
#include "core/history/page.h"

#include "base/check.h"
#include "core/history/chain.h"
#include "core/quota/limit.h"

#define DAY_S 86400u
#define ROAMING_MONTH_S (31u * DAY_S)

uint64_t history_retention_s(struct shard *shard, struct app_id app)
{
    uint64_t months = limit_of(shard, app, LIMIT_ROAMING);

    return months ? months * ROAMING_MONTH_S : 7 * DAY_S;
}

/* ---- where an entry goes ---- */

enum place_kind {
    PLACE_INTO,   /* the page has room, or has this key already */
    PLACE_BEHIND, /* a new page behind the full `page` */
    PLACE_SPLIT,  /* the upper half of `page` becomes a new page */
    PLACE_END,    /* a new last page; the last one before has vanished, or there was none */
    PLACE_FRONT,  /* a new page before `page`, the first one; or the only page */
};

struct place {
    enum place_kind kind;
    struct chain_page page;
    uint32_t at;                /* index in the page */
    struct message_key new_key; /* of the new page */
};

/* The key of a page before all others: the start of the day, so that more of that day fits. */
static struct message_key day_start(struct message_key key)
{
    uint32_t time = key.time - key.time % DAY_S;

    return (struct message_key){.time = time, .random = time ? 0 : 1};
}

static void place_in_page(struct place *place, struct message_key key)
{
    const struct page_row *row = place->page.row;

    place->at = page_lower_bound(row, key);
    if (row->count < PAGE_ENTRIES ||
        (place->at < row->count && !message_key_compare(row->entries[place->at].key, key))) {
        place->kind = PLACE_INTO;
    } else if (place->at == row->count) {
        place->kind = PLACE_BEHIND;
        place->new_key = key;
    } else {
        place->kind = PLACE_SPLIT;
        place->new_key = row->entries[PAGE_ENTRIES / 2].key;
    }
}

/* A vanished page may be re-entered by its neighbours' keys only from outside: a new page at the
   front takes a key that no existing page has, since it is smaller than all. */
static enum state_found place_find(struct chain *chain, struct message_key key, struct place *place)
{
    struct message_key last = chain->row.last_page;
    struct chain_page above;
    enum state_found found;

    *place = (struct place){.kind = PLACE_FRONT, .new_key = day_start(key)};
    if (message_key_is_zero(last))
        return STATE_HIT;
    if (message_key_compare(key, last) >= 0) {
        found = chain_read(chain, last, &place->page);
        if (found == STATE_ABSENT) {
            place->kind = PLACE_END;
            if (message_key_compare(place->new_key, last) <= 0)
                place->new_key = key;
            return STATE_HIT;
        }
    } else {
        chain->mend = true;
        found = chain_locate(chain, key, &place->page, &above);
        if (found == STATE_ABSENT) {
            place->page = above;
            return STATE_HIT;
        }
    }
    if (found == STATE_HIT)
        place_in_page(place, key);
    return found;
}

bool page_need_insert(struct shard *shard, struct app_id app, struct account_no a,
                      struct account_no b, struct message_key key)
{
    struct chain chain;
    struct chain_page neighbour;
    struct place place;
    enum state_found found = chain_open(&chain, shard, app, a, b, false);

    if (found == STATE_UNKNOWN || place_find(&chain, key, &place) == STATE_UNKNOWN)
        return false;
    if (place.kind == PLACE_INTO)
        return true;
    found = chain_read(&chain, place.new_key, &neighbour);
    if ((place.kind == PLACE_BEHIND || place.kind == PLACE_SPLIT) &&
        !message_key_is_zero(place.page.row->next) &&
        chain_read(&chain, place.page.row->next, &neighbour) == STATE_UNKNOWN)
        return false;
    return found != STATE_UNKNOWN;
}

/* ---- changing rows ---- */

/* The row for writing, with room for `count` entries; it is read first, so that it is known. */
static struct page_row *page_put(struct chain *chain, struct message_key at, uint32_t count)
{
    struct row_key key;
    struct chain_page page;
    struct page_row *row;

    CHECK(chain_read(chain, at, &page) != STATE_UNKNOWN);
    row = row_put(chain->shard, row_key_page(&key, chain->app, chain->a, chain->b, at),
                  sizeof(*row) + count * sizeof(struct page_entry));
    row->count = count;
    return row;
}

static void page_set_newest(struct page_row *row)
{
    row->newest_accepted_s = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->entries[i].accepted_s > row->newest_accepted_s)
            row->newest_accepted_s = row->entries[i].accepted_s;
    }
}

/* Returns the newest acceptance in the page. */
static uint32_t entry_put(struct chain *chain, struct message_key page_key, uint32_t count,
                          const struct page_entry *entry, uint32_t at)
{
    struct page_row *row = page_put(chain, page_key, count + 1);

    memmove(&row->entries[at + 1], &row->entries[at], (count - at) * sizeof(*entry));
    row->entries[at] = *entry;
    if (entry->accepted_s > row->newest_accepted_s)
        row->newest_accepted_s = entry->accepted_s;
    return row->newest_accepted_s;
}

/* A new page with these entries between two others; either key may be zero or of a vanished one. */
static uint32_t page_make(struct chain *chain, struct message_key key, struct message_key prev,
                          struct message_key next, const struct page_entry *entries, uint32_t count)
{
    struct page_row *row = page_put(chain, key, count);
    struct chain_page neighbour;
    uint32_t newest;

    row->prev = prev;
    row->next = next;
    memcpy(row->entries, entries, count * sizeof(*entries));
    page_set_newest(row);
    newest = row->newest_accepted_s;
    if (!message_key_is_zero(prev) && chain_read(chain, prev, &neighbour) == STATE_HIT)
        page_put(chain, prev, neighbour.row->count)->next = key;
    if (!message_key_is_zero(next) && chain_read(chain, next, &neighbour) == STATE_HIT)
        page_put(chain, next, neighbour.row->count)->prev = key;
    return newest;
}

static void raise_past(struct chain *chain, uint32_t accepted_s)
{
    if (accepted_s > chain->row.past_accepted_s)
        chain->row.past_accepted_s = accepted_s;
}

/* Moves the upper half out, then puts the entry into the half that covers it. */
static uint32_t split(struct chain *chain, const struct place *place,
                      const struct page_entry *entry)
{
    struct page_entry upper[PAGE_ENTRIES / 2];
    const uint32_t half = PAGE_ENTRIES / 2;
    struct page_row *row;
    uint32_t lower_newest, upper_newest;

    memcpy(upper, &place->page.row->entries[half], sizeof(upper));
    upper_newest =
        page_make(chain, place->new_key, place->page.key, place->page.row->next, upper, half);
    row = page_put(chain, place->page.key, half);
    page_set_newest(row);
    lower_newest = row->newest_accepted_s;
    if (place->at <= half)
        lower_newest = entry_put(chain, place->page.key, half, entry, place->at);
    else
        upper_newest = entry_put(chain, place->new_key, half, entry, place->at - half);
    if (lower_newest > upper_newest)
        raise_past(chain, lower_newest);
    return upper_newest;
}

/* Returns the newest acceptance in the page that now ends what was changed: the last page, when
   the entry went there. */
static uint32_t entry_place(struct chain *chain, const struct place *place,
                            const struct page_entry *entry)
{
    const struct message_key none = {0};
    const struct page_row *row = place->page.row;

    switch (place->kind) {
    case PLACE_INTO:
        if (place->at < row->count &&
            !message_key_compare(row->entries[place->at].key, entry->key)) {
            struct page_row *changed = page_put(chain, place->page.key, row->count);

            /* The one that was there has expired, else the handler would have taken another key. */
            changed->entries[place->at] = *entry;
            page_set_newest(changed);
            return changed->newest_accepted_s;
        }
        return entry_put(chain, place->page.key, row->count, entry, place->at);
    case PLACE_BEHIND:
        return page_make(chain, place->new_key, place->page.key, row->next, entry, 1);
    case PLACE_SPLIT:
        return split(chain, place, entry);
    case PLACE_END:
        return page_make(chain, place->new_key, chain->row.last_page, none, entry, 1);
    case PLACE_FRONT:
        chain->row.first_page = place->new_key;
        return page_make(chain, place->new_key, none, row ? place->page.key : none, entry, 1);
    }
    CHECK(false);
    return 0;
}

void page_insert(struct shard *shard, struct app_id app, struct account_no a, struct account_no b,
                 const struct page_entry *entry)
{
    struct chain chain;
    struct conversation_row before;
    struct place place;
    struct row_key key;
    bool ends;
    uint32_t newest;

    CHECK(chain_open(&chain, shard, app, a, b, true) != STATE_UNKNOWN);
    before = chain.row;
    CHECK(place_find(&chain, entry->key, &place) == STATE_HIT);
    /* Is the changed page, or the new one, the last of all? */
    if (place.kind == PLACE_FRONT)
        ends = !place.page.row;
    else
        ends = place.kind == PLACE_END || !message_key_compare(place.page.key, before.last_page);
    newest = entry_place(&chain, &place, entry);
    if (ends && place.kind != PLACE_INTO)
        chain.row.last_page = place.new_key;
    if (entry->accepted_s > chain.row.last_accepted_s)
        chain.row.last_accepted_s = entry->accepted_s;
    if (!ends)
        raise_past(&chain, entry->accepted_s);
    else if (newest < chain.row.last_accepted_s)
        raise_past(&chain, chain.row.last_accepted_s);
    if (memcmp(&before, &chain.row, sizeof(before)) != 0)
        memcpy(row_put(shard, row_key_conversation(&key, app, a, b), sizeof(chain.row)), &chain.row,
               sizeof(chain.row));
}

/* ---- one entry ---- */

static enum state_found entry_find(struct chain *chain, struct message_key key,
                                   struct chain_page *ret_page, uint32_t *ret_at)
{
    struct chain_page above;
    enum state_found found = chain_locate(chain, key, ret_page, &above);
    uint32_t at;

    if (found != STATE_HIT)
        return found;
    at = page_lower_bound(ret_page->row, key);
    if (at == ret_page->row->count || message_key_compare(ret_page->row->entries[at].key, key))
        return STATE_ABSENT;
    *ret_at = at;
    return STATE_HIT;
}

bool page_set_flags(struct shard *shard, struct app_id app, struct account_no a,
                    struct account_no b, struct message_key key, uint16_t set)
{
    struct chain chain;
    struct chain_page page;
    struct page_entry *entry;
    uint32_t at;

    if (chain_open(&chain, shard, app, a, b, true) != STATE_HIT ||
        entry_find(&chain, key, &page, &at) != STATE_HIT)
        return false;
    entry = &page_put(&chain, page.key, page.row->count)->entries[at];
    entry->flags = (uint16_t)(entry->flags | set);
    return true;
}

enum state_found page_find(struct shard *shard, struct app_id app, struct account_no a,
                           struct account_no b, struct message_key key, struct page_entry *ret)
{
    struct chain chain;
    struct chain_page page;
    uint32_t at;
    enum state_found found = chain_open(&chain, shard, app, a, b, false);

    if (found == STATE_HIT)
        found = entry_find(&chain, key, &page, &at);
    if (found != STATE_HIT)
        return found;
    if (page.row->entries[at].accepted_s + history_retention_s(shard, app) <= shard_now_s(shard))
        return STATE_ABSENT;
    *ret = page.row->entries[at];
    return STATE_HIT;
}
