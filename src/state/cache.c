#include "state/cache.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

static uint8_t prefix_length(const struct state *state, struct span key)
{
    uint8_t n = 0;

    if (state->config.collection_prefix)
        n = state->config.collection_prefix((uint8_t)key.p[0]);
    CHECK(n <= key.n);
    return n;
}

static struct entry *row_new_sized(const struct state *state, struct span key, uint32_t hash,
                                   uint16_t n, size_t room)
{
    struct entry shape = {.hash = hash, .n = n};
    struct entry *row;

    CHECK(key.n >= 1 && key.n <= STATE_MAX_KEY && key.p[0]);
    shape.key_n = (uint8_t)key.n;
    if (prefix_length(state, key))
        shape.key_n |= ENTRY_MEMBER;
    row = mem_alloc(row_value_offset(&shape) + room);
    *row = shape;
    link_init(&row->link);
    if (row_member(row)) {
        link_init(&row_member(row)->sibling);
        row_member(row)->collection = NULL;
    }
    memcpy((char *)row + row_key_offset(row), key.p, key.n);
    return row;
}

struct entry *row_new(const struct state *state, struct span key, uint32_t hash, uint16_t n)
{
    return row_new_sized(state, key, hash, n, row_room(n));
}

struct entry *row_new_placeholder(const struct state *state, struct span key, uint32_t hash,
                                  const struct state_load *load)
{
    struct entry *row = row_new_sized(state, key, hash, ENTRY_ABSENT, sizeof(load));

    row->flags = ENTRY_LOADING;
    memcpy(row_value(row), &load, sizeof(load));
    return row;
}

const struct state_load *placeholder_load(struct entry *row)
{
    const struct state_load *load = NULL;

    if (row->flags & ENTRY_LOADING)
        memcpy(&load, row_value(row), sizeof(load));
    return load;
}

struct entry *cache_find(const struct state *state, struct span key, uint32_t hash)
{
    struct entry *entry = *table_bucket(&state->table, hash);

    for (; entry; entry = entry->chain)
        if (entry->hash == hash && !(entry->flags & ENTRY_COLLECTION) &&
            span_eq(row_key(entry), key))
            return entry;
    return NULL;
}

/* Both ends of a key, since either may be what differs. */
static size_t recent_place(struct span key)
{
    uint64_t first = 0, last = 0;

    if (key.n >= sizeof(first)) {
        memcpy(&first, key.p, sizeof(first));
        memcpy(&last, key.p + key.n - sizeof(last), sizeof(last));
    } else {
        memcpy(&first, key.p, key.n);
    }
    return (size_t)(((first ^ (last << 23 | last >> 41)) * UINT64_C(0x9e3779b97f4a7c15)) >> 32) %
           RECENT_ROWS;
}

struct entry *recent_find(const struct state *state, struct span key)
{
    struct entry *row = state->recent[recent_place(key)];

    return row && span_eq(row_key(row), key) ? row : NULL;
}

void recent_set(struct state *state, struct entry *row)
{
    state->recent[recent_place(row_key(row))] = row;
}

/* `row` takes its place, or nothing does: NULL. */
static void recent_replace(struct state *state, const struct entry *old, struct entry *row)
{
    size_t place = recent_place(row_key(old));

    if (state->recent[place] == old)
        state->recent[place] = row;
}

void row_insert(struct state *state, struct entry *row)
{
    struct member *member = row_member(row);
    struct span key = row_key(row);

    table_insert(&state->table, row);
    if (!member)
        return;
    member->collection = collection_need(state, span_make(key.p, prefix_length(state, key)));
    link_append(&member->collection->members, &member->sibling);
}

static void make_clean(struct state *state, struct entry *row)
{
    link_append(&state->clean, &row->link);
    state->clean_bytes += row_memory(row);
}

void row_insert_clean(struct state *state, struct entry *row)
{
    row_insert(state, row);
    make_clean(state, row);
}

void row_supersede(struct state *state, struct entry *old, struct entry *row)
{
    recent_replace(state, old, row);
    table_replace(&state->table, old, row);
    if (row_member(old)) {
        row_member(row)->collection = row_member(old)->collection;
        link_replace(&row_member(old)->sibling, &row_member(row)->sibling);
    }
}

void row_fill(struct state *state, struct entry *placeholder, struct entry *row)
{
    row_supersede(state, placeholder, row);
    free(placeholder);
    make_clean(state, row);
}

void row_drop(struct state *state, struct entry *row)
{
    struct member *member = row_member(row);
    struct collection *collection = member ? member->collection : NULL;

    recent_replace(state, row, NULL);
    table_remove(&state->table, row);
    if (member)
        link_remove(&member->sibling);
    free(row);
    if (collection)
        collection_release(state, collection);
}

struct collection *collection_find(const struct state *state, struct span prefix)
{
    uint32_t hash = key_hash(prefix);
    struct entry *entry = *table_bucket(&state->table, hash);

    for (; entry; entry = entry->chain)
        if (entry->hash == hash && entry->flags & ENTRY_COLLECTION &&
            span_eq(collection_key((struct collection *)entry), prefix))
            return (struct collection *)entry;
    return NULL;
}

struct collection *collection_need(struct state *state, struct span prefix)
{
    struct collection *collection = collection_find(state, prefix);

    if (collection)
        return collection;
    CHECK(prefix.n >= 1 && prefix.n <= STATE_MAX_KEY && prefix_length(state, prefix) == prefix.n);
    collection = mem_alloc(sizeof(*collection) + prefix.n);
    *collection = (struct collection){.loader = NULL};
    collection->entry.hash = key_hash(prefix);
    collection->entry.key_n = (uint8_t)prefix.n;
    collection->entry.flags = ENTRY_COLLECTION;
    memcpy(collection->key, prefix.p, prefix.n);
    link_init(&collection->entry.link);
    link_init(&collection->members);
    table_insert(&state->table, &collection->entry);
    state->clean_bytes += collection_memory(collection);
    state->collections++;
    return collection;
}

void collection_set_complete(struct state *state, struct collection *collection)
{
    collection->entry.flags |= ENTRY_COMPLETE;
    link_append(&state->clean, &collection->entry.link);
}

static void collection_set_incomplete(struct collection *collection)
{
    collection->entry.flags &= (uint8_t)~ENTRY_COMPLETE;
    link_remove(&collection->entry.link);
}

void collection_release(struct state *state, struct collection *collection)
{
    if (collection->loader || collection->entry.flags & ENTRY_COMPLETE ||
        !link_empty(&collection->members))
        return;
    table_remove(&state->table, &collection->entry);
    state->clean_bytes -= collection_memory(collection);
    state->collections--;
    free(collection);
}

bool collection_excludes(const struct state *state, struct span key)
{
    uint8_t n = prefix_length(state, key);
    const struct collection *collection = NULL;

    if (n)
        collection = collection_find(state, span_make(key.p, n));
    return collection && collection->entry.flags & ENTRY_COMPLETE;
}

void cache_settle(struct state *state, size_t limit)
{
    for (; limit && !link_empty(&state->settling); limit--) {
        struct entry *row = entry_of_link(state->settling.next);

        link_remove(&row->link);
        state->settling_bytes -= row_memory(row);
        if (row->flags & ENTRY_DETACHED) {
            free(row);
            continue;
        }
        entry_set_epoch(row, 0);
        make_clean(state, row);
    }
}

static void evict(struct state *state, struct entry *entry)
{
    if (entry->flags & ENTRY_COLLECTION) {
        collection_set_incomplete((struct collection *)entry);
        collection_release(state, (struct collection *)entry);
        return;
    }
    link_remove(&entry->link);
    state->clean_bytes -= row_memory(entry);
    state->evicted++;
    if (row_member(entry)) {
        struct collection *collection = row_member(entry)->collection;

        if (collection->entry.flags & ENTRY_COMPLETE && entry->n != ENTRY_ABSENT)
            collection_set_incomplete(collection);
    }
    row_drop(state, entry);
}

/* A collection knows more than its rows, and costs next to nothing while it has some. */
static bool must_stay(const struct entry *entry)
{
    if (entry->flags & ENTRY_COLLECTION)
        return !link_empty(&((const struct collection *)entry)->members);
    if (!(entry->key_n & ENTRY_MEMBER))
        return false;
    return ((const struct member *)(entry + 1))->collection->loader != NULL;
}

/*
 * Bounded, because it runs between two commands: rows settle by 256 (a command changes some 16),
 * the clock's hand passes at most 16 used rows before it takes one all the same, and gives up for
 * now when all that it meets must stay.
 */
void state_trim(struct state *state)
{
    size_t chances = 16;
    size_t passes = 1024;

    cache_settle(state, 256);
    while (state->clean_bytes > state->config.cache_bytes && !link_empty(&state->clean)) {
        struct entry *entry = entry_of_link(state->clean.next);
        bool stays = must_stay(entry);

        if (!stays && (!(entry->flags & ENTRY_USED) || !chances)) {
            evict(state, entry);
            chances = 16;
            continue;
        }
        if (stays && !passes--)
            return;
        chances -= !stays;
        entry->flags &= (uint8_t)~ENTRY_USED;
        link_remove(&entry->link);
        link_append(&state->clean, &entry->link);
    }
}
