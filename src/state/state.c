#include "state/cache.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

struct state *state_new(const struct state_config *config)
{
    struct state *state = mem_zalloc(sizeof(*state));

    state->config = *config;
    state->dirty_epoch = 1;
    state->stamps = mem_zalloc(STATE_STAMPS * sizeof(*state->stamps));
    table_init(&state->table);
    link_init(&state->clean);
    link_init(&state->dirty);
    link_init(&state->settling);
    return state;
}

/* What is in the table no more; the rest is freed through the table. */
static void free_detached(struct link *list)
{
    struct link *next;

    for (struct link *link = list->next; link != list; link = next) {
        next = link->next;
        if (entry_of_link(link)->flags & ENTRY_DETACHED)
            free(entry_of_link(link));
    }
}

void state_free(struct state *state)
{
    if (!state)
        return;
    free_detached(&state->settling);
    if (state->frozen)
        free_detached(&state->frozen->rows);
    free(state->frozen);
    for (uint32_t i = 0; i < state->table.buckets; i++) {
        struct entry *next;

        for (struct entry *entry = *table_bucket(&state->table, i); entry; entry = next) {
            next = entry->chain;
            free(entry);
        }
    }
    table_release(&state->table);
    free(state->stamps);
    free(state);
}

void state_set_inline_loads(struct state *state, bool on)
{
    state->config.inline_loads = on;
}

/* False: unknown. *ret_row is NULL if the row's absence is known from its collection. */
static bool find_known(struct state *state, struct span key, uint32_t hash, struct entry **ret_row)
{
    struct entry *row = cache_find(state, key, hash);

    if (row && !(row->flags & ENTRY_LOADING))
        recent_set(state, row);
    if ((!row || row->flags & ENTRY_LOADING) && collection_excludes(state, key)) {
        /* A load of the row alone, still under way, will not find it either. */
        if (row)
            row_fill(state, row, row_new(state, key, hash, ENTRY_ABSENT));
        *ret_row = row ? cache_find(state, key, hash) : NULL;
        return true;
    }
    if (!row || row->flags & ENTRY_LOADING) {
        if (!state->config.inline_loads)
            return false;
        load_inline(state, key, false);
        row = cache_find(state, key, hash);
    }
    *ret_row = row;
    return true;
}

enum state_found state_get(struct state *state, struct span key, const void **ret_value,
                           size_t *ret_n)
{
    struct entry *row = recent_find(state, key);

    if (!row && !find_known(state, key, key_hash(key), &row))
        return STATE_UNKNOWN;
    state->hits++;
    if (!row)
        return STATE_ABSENT; /* and has not been there since the engine's picture */
    note_read(state, row);
    /* Written only when it changes: most rows that are read are read often. */
    if (!(row->flags & ENTRY_USED))
        row->flags |= ENTRY_USED;
    if (row->n == ENTRY_ABSENT)
        return STATE_ABSENT;
    *ret_value = row_value(row);
    *ret_n = row->n;
    return STATE_HIT;
}

void state_prefetch(const struct state *state, struct span key, bool row)
{
    struct entry *const *bucket;

    if (recent_find(state, key))
        return;
    bucket = table_bucket(&state->table, key_hash(key));
    if (!row) {
        __builtin_prefetch(bucket);
    } else if (*bucket) {
        __builtin_prefetch(*bucket);
        __builtin_prefetch((const char *)*bucket + 64);
    }
}

static void join_dirty(struct state *state, struct entry *row)
{
    row->flags |= ENTRY_USED;
    entry_set_epoch(row, state->dirty_epoch);
    link_append(&state->dirty, &row->link);
    state->dirty_rows++;
    state->dirty_bytes += row_memory(row);
}

/* Takes a clean or settling row out of its list. */
static void leave_clean(struct state *state, struct entry *row)
{
    link_remove(&row->link);
    if (entry_epoch(row))
        state->settling_bytes -= row_memory(row);
    else
        state->clean_bytes -= row_memory(row);
}

/* A row of n bytes in the place of `old`, with its bytes so far; in no list. */
static struct entry *copy_row(struct state *state, struct entry *old, uint16_t n)
{
    struct entry *row = row_new(state, row_key(old), old->hash, n);
    size_t keep = row_n(row) < row_n(old) ? row_n(row) : row_n(old);

    memcpy(row_value(row), row_value(old), keep);
    row->flags = old->flags;
    row_supersede(state, old, row);
    return row;
}

/* The row as part of the dirty set, n bytes long (or ENTRY_ABSENT), old bytes kept. */
static struct entry *change_row(struct state *state, struct entry *row, uint16_t n)
{
    struct entry *old = row;

    if (row_is_frozen(state, row)) {
        row = copy_row(state, old, n);
        old->flags |= ENTRY_DETACHED;
        join_dirty(state, row);
        return row;
    }
    if (!row_is_dirty(state, row)) {
        leave_clean(state, row);
        join_dirty(state, row);
    }
    if (row_room(n) == row_room(row->n)) {
        row->n = n;
        return row;
    }
    row = copy_row(state, old, n);
    link_replace(&old->link, &row->link);
    state->dirty_bytes += row_memory(row) - row_memory(old);
    free(old);
    return row;
}

void *state_put(struct state *state, struct span key, size_t n)
{
    struct entry *row = recent_find(state, key);
    uint32_t hash = row ? row->hash : key_hash(key);
    size_t kept = 0;

    CHECK(n <= STATE_MAX_VALUE);
    CHECK(row || find_known(state, key, hash, &row));
    *stamp_of(state, hash) = state->stamp;
    if (!row) {
        row = row_new(state, key, hash, (uint16_t)n);
        row_insert(state, row);
        join_dirty(state, row);
    } else {
        kept = row_n(row);
        row = change_row(state, row, (uint16_t)n);
    }
    if (n > kept)
        memset((char *)row_value(row) + kept, 0, n - kept);
    return row_value(row);
}

void state_declare_absent(struct state *state, struct span key)
{
    uint32_t hash = key_hash(key);
    struct entry *row = cache_find(state, key, hash);

    if (!row)
        row_insert_clean(state, row_new(state, key, hash, ENTRY_ABSENT));
    else if (row->flags & ENTRY_LOADING)
        row_fill(state, row, row_new(state, key, hash, ENTRY_ABSENT));
}

void state_delete(struct state *state, struct span key)
{
    uint32_t hash = key_hash(key);
    struct entry *row;

    CHECK(find_known(state, key, hash, &row));
    *stamp_of(state, hash) = state->stamp;
    if (row && row->n != ENTRY_ABSENT)
        change_row(state, row, ENTRY_ABSENT);
}

enum state_found state_scan(struct state *state, struct span prefix,
                            void (*fn)(void *arg, struct span key, const void *value, size_t n),
                            void *arg)
{
    struct collection *collection = collection_find(state, prefix);

    if (!collection || !(collection->entry.flags & ENTRY_COMPLETE)) {
        if (!state->config.inline_loads)
            return STATE_UNKNOWN;
        load_inline(state, prefix, true);
        collection = collection_find(state, prefix);
    }
    state->hits++;
    collection->entry.flags |= ENTRY_USED;
    for (struct link *link = collection->members.next; link != &collection->members;
         link = link->next) {
        struct entry *row = row_of_sibling(link);

        row->flags |= ENTRY_USED;
        note_read(state, row);
        if (row->n != ENTRY_ABSENT)
            fn(arg, row_key(row), row_value(row), row->n);
    }
    return STATE_HIT;
}

void state_stamp(struct state *state, uint64_t position)
{
    state->stamp = position;
}

void state_watch(struct state *state)
{
    state->watching = true;
    state->seen = 0;
}

uint64_t state_unwatch(struct state *state)
{
    state->watching = false;
    return state->seen;
}

void state_stats(const struct state *state, struct state_stats *ret_stats)
{
    *ret_stats = (struct state_stats){
        .cached_rows = state->table.entries - state->collections,
        .cached_bytes = state->clean_bytes + state->dirty_bytes + state->settling_bytes +
                        (state->frozen ? state->frozen->bytes : 0),
        .dirty_rows = state->dirty_rows,
        .dirty_bytes = state->dirty_bytes,
        .hits = state->hits,
        .loads = state->loads,
        .evicted = state->evicted,
        .checkpoints = state->checkpoints,
    };
}
