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
#include "core/history/expiry.h"
#include "core/quota/limit.h"

#define DAY_S 86400u

uint64_t history_retention_s(struct shard *shard, struct app_id app)
{
    uint64_t bought_s = history_retention_of(limit_of(shard, app, LIMIT_ROAMING));
    uint64_t kept_s = shard_now_s(shard) - shard_dropped_s(shard);

    return bought_s < kept_s ? bought_s : kept_s;
}

/* ---- where an entry goes ---- */

enum place_kind {
    PLACE_INTO,  /* the page has room, or has this key already */
    PLACE_NEW,   /* a new page between `page` and `next` */
    PLACE_SPLIT, /* the same, and it takes the upper half of `page` */
};

struct place {
    enum place_kind kind;
    struct chain_page page;     /* row NULL: the new page is the first one */
    struct message_key next;    /* the page behind it; all zero: none */
    struct message_key new_key; /* of the new page */
    uint32_t at;                /* index in the page */
};

/* The key of a page before all others: the start of the day, so that more of that day fits. */
static struct message_key day_start(struct message_key key)
{
    uint32_t time = key.time - key.time % DAY_S;

    return (struct message_key){.time = time, .random = time ? 0 : 1};
}

static enum state_found place_next(struct place *place, enum state_found found,
                                   const struct chain_page *next)
{
    if (found == STATE_HIT)
        place->next = next->key;
    return found == STATE_UNKNOWN ? found : STATE_HIT;
}

static enum state_found place_in_page(struct chain *chain, struct message_key key,
                                      struct place *place)
{
    const struct page_row *row = place->page.row;
    struct chain_page next;

    place->at = page_lower_bound(row, key);
    if (row->count < PAGE_ENTRIES ||
        (place->at < row->count && !message_key_compare(row->entries[place->at].key, key))) {
        place->kind = PLACE_INTO;
        return STATE_HIT;
    }
    place->kind = place->at == row->count ? PLACE_NEW : PLACE_SPLIT;
    place->new_key = place->kind == PLACE_NEW ? key : row->entries[PAGE_ENTRIES / 2].key;
    return place_next(place, chain_after(chain, &place->page, &next), &next);
}

/* Behind the last page, when that one is dead: a page of its own, so that pages that still live
   before the dead ones do not reach over them. */
static enum state_found place_at_end(struct chain *chain, struct message_key key,
                                     struct place *place)
{
    enum state_found found = chain_before(chain, chain->row.last_page, &place->page);

    if (found == STATE_HIT && !message_key_compare(place->page.key, chain->row.last_page))
        return place_in_page(chain, key, place);
    if (message_key_compare(place->new_key, chain->row.last_page) <= 0)
        place->new_key = key;
    return found == STATE_UNKNOWN ? found : STATE_HIT;
}

static enum state_found place_find(struct chain *chain, struct message_key key, struct place *place)
{
    struct chain_page next;
    enum state_found found;

    *place = (struct place){.kind = PLACE_NEW, .new_key = day_start(key)};
    if (message_key_is_zero(chain->row.last_page))
        return STATE_HIT;
    if (message_key_compare(key, chain->row.last_page) >= 0)
        return place_at_end(chain, key, place);
    found = chain_locate(chain, key, &place->page);
    if (found == STATE_HIT)
        return place_in_page(chain, key, place);
    if (found == STATE_UNKNOWN)
        return found;
    return place_next(place, chain_above(chain, key, &next), &next);
}

bool page_need_insert(struct shard *shard, struct app_id app, struct account_no a,
                      struct account_no b, struct message_key key)
{
    struct chain chain;
    struct chain_page page;
    struct place place;
    enum state_found found = chain_open(&chain, shard, app, a, b, false);

    if (found == STATE_UNKNOWN) {
        /* Mostly a first message: ask for its page in the same round. */
        chain_read(&chain, day_start(key), &page);
        return false;
    }
    if (place_find(&chain, key, &place) == STATE_UNKNOWN)
        return false;
    return place.kind == PLACE_INTO || chain_read(&chain, place.new_key, &page) != STATE_UNKNOWN;
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

/* A new page with these entries between two others, either of which may be none. Returns the
   newest acceptance in it. */
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
    upper_newest = page_make(chain, place->new_key, place->page.key, place->next, upper, half);
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

/* Puts it into a page that has room. The one of the same key, if there is one, has expired: else
   the handler would have taken another key. */
static uint32_t put_into(struct chain *chain, const struct place *place,
                         const struct page_entry *entry)
{
    const struct page_row *row = place->page.row;
    struct page_row *changed;

    if (place->at == row->count || message_key_compare(row->entries[place->at].key, entry->key))
        return entry_put(chain, place->page.key, row->count, entry, place->at);
    changed = page_put(chain, place->page.key, row->count);
    changed->entries[place->at] = *entry;
    page_set_newest(changed);
    return changed->newest_accepted_s;
}

/* Returns the newest acceptance in the upper one of the pages that it changed. */
static uint32_t entry_place(struct chain *chain, const struct place *place,
                            const struct page_entry *entry)
{
    if (place->kind == PLACE_INTO)
        return put_into(chain, place, entry);
    if (place->kind == PLACE_SPLIT)
        return split(chain, place, entry);
    return page_make(chain, place->new_key, place->page.key, place->next, entry, 1);
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
    ends = place.kind == PLACE_INTO ? !message_key_compare(place.page.key, before.last_page)
                                    : message_key_is_zero(place.next);
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
    enum state_found found = chain_locate(chain, key, ret_page);
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
