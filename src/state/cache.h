/*
 * The cache and its lists (src/state only; shard thread unless said).
 *
 * A row is in exactly one list: clean (what may be evicted, oldest use first), dirty (changed
 * since the last freeze), that of the frozen set, or settling. Freezing moves the dirty list as a
 * whole and starts a new epoch, so that a row tells by its epoch what it is and nobody visits
 * half a million rows at once. When the frozen set is durable its list becomes the settling one,
 * whose rows count as clean; state_trim moves some at a time to the clean list.
 *
 * Stale loads cannot happen: a row is only read when it is not in the cache, so the engine has
 * its newest version, and its placeholder keeps it unchanged until the load ends. Of a collection
 * being loaded no row is evicted, so whatever changed while the scan of an older picture ran is
 * still in the cache, tombstones too, and wins over what the scan found.
 */
#ifndef STATE_CACHE_H
#define STATE_CACHE_H

#include "base/hash.h"
#include "state/state.h"
#include "state/table.h"

struct state_frozen {
    struct state_engine *engine;
    struct link rows;
    uint64_t position;
    uint64_t row_count, bytes;
};

#define RECENT_ROWS 512u

struct state {
    struct state_config config;
    struct table table;
    /* Rows found last, by a hash that needs no secret: a command asks for most of its rows several
       times, and many commands for the same ones. Whatever is here is in the table. */
    struct entry *recent[RECENT_ROWS];
    struct link clean, dirty, settling;
    uint8_t dirty_epoch;  /* 1 and 2 in turn */
    uint8_t frozen_epoch; /* 0: nothing is frozen */
    struct state_frozen *frozen;
    uint64_t clean_bytes; /* with collections, without placeholders */
    uint64_t dirty_bytes, dirty_rows, settling_bytes;
    uint64_t collections, hits, loads, evicted, checkpoints;
    /* By hash, the newest record that changed a row of it: those that share a place look newer
       than they are, never older. */
    uint64_t *stamps;
    uint64_t stamp; /* of changes made now */
    uint64_t seen;
    bool watching;
};

static inline uint8_t entry_epoch(const struct entry *entry)
{
    return entry->flags & ENTRY_EPOCH;
}

static inline bool row_is_dirty(const struct state *state, const struct entry *row)
{
    return entry_epoch(row) == state->dirty_epoch;
}

static inline bool row_is_frozen(const struct state *state, const struct entry *row)
{
    return state->frozen_epoch && entry_epoch(row) == state->frozen_epoch;
}

static inline void entry_set_epoch(struct entry *entry, uint8_t epoch)
{
    entry->flags = (uint8_t)((entry->flags & ~ENTRY_EPOCH) | epoch);
}

#define STATE_STAMPS ((size_t)1 << 18)

static inline uint64_t *stamp_of(const struct state *state, uint32_t hash)
{
    return &state->stamps[hash & (STATE_STAMPS - 1)];
}

/* Rows that are in no set of changes are in the engine's picture, which is durable. */
static inline void note_read(struct state *state, const struct entry *row)
{
    if (state->watching && (row_is_dirty(state, row) || row_is_frozen(state, row)) &&
        *stamp_of(state, row->hash) > state->seen)
        state->seen = *stamp_of(state, row->hash);
}

static inline struct span collection_key(const struct collection *collection)
{
    return span_make(collection->key, collection->entry.key_n);
}

/* A row by itself: value bytes are not set. Any thread. */
struct entry *row_new(const struct state *state, struct span key, uint32_t hash, uint16_t n);
struct entry *row_new_placeholder(const struct state *state, struct span key, uint32_t hash,
                                  const struct state_load *load);
const struct state_load *placeholder_load(struct entry *row);

static inline uint32_t key_hash(struct span key)
{
    return (uint32_t)hash_bytes(key.p, key.n);
}

struct entry *cache_find(const struct state *state, struct span key, uint32_t hash);

/* A row, no placeholder, that was found lately; NULL: look in the table. */
struct entry *recent_find(const struct state *state, struct span key);
void recent_set(struct state *state, struct entry *row);

/* Puts a new row into the table and its collection, in no list. */
void row_insert(struct state *state, struct entry *row);
/* Inserts or, over a placeholder, replaces; the row is clean. */
void row_insert_clean(struct state *state, struct entry *row);
void row_fill(struct state *state, struct entry *placeholder, struct entry *row);
/* `row` takes old's place in table and collection; old is in them no more, and not freed. */
void row_supersede(struct state *state, struct entry *old, struct entry *row);
/* Takes a row that is in no list out of table and collection and frees it. */
void row_drop(struct state *state, struct entry *row);

struct collection *collection_find(const struct state *state, struct span prefix);
struct collection *collection_need(struct state *state, struct span prefix);
void collection_set_complete(struct state *state, struct collection *collection);
/* Frees it if nothing depends on it. */
void collection_release(struct state *state, struct collection *collection);
/* True if the absence of a row of that key is known from its complete collection. */
bool collection_excludes(const struct state *state, struct span key);

/* Moves up to `limit` rows of a durable set to the clean list. */
void cache_settle(struct state *state, size_t limit);

/* Reads a row or a collection on this thread, whoever else may be loading it; ends the process
   if the engine fails, because there is nobody to tell. */
void load_inline(struct state *state, struct span key, bool collection);

#endif
