/*
 * The rows of one shard: small values under ordered binary keys, a fold over the journal.
 * Shard thread only, except where a function says otherwise.
 *
 * What is active is kept in a bounded cache. A row that is not there is loaded by a loader thread
 * (state_load_*) before the command that needs it runs; so the shard never waits for the disk.
 * Changed rows collect in the dirty set. state_freeze, at a record boundary, closes that set;
 * state_write, on the checkpoint thread, hands it to the engine as one atomic batch together with
 * the journal position that it stands for and makes it durable; state_frozen_done frees it.
 * Rows changed meanwhile are copied first (copy on write) and belong to the next set.
 * Dirty and frozen rows are never evicted. A clean row may be evicted between two commands only
 * (state_trim), so pointers stay good within a command.
 *
 * Keys: 1 to STATE_MAX_KEY bytes; the first byte is the table. Values: 0 to STATE_MAX_VALUE.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "state/engine.h"

#define STATE_MAX_KEY 64
#define STATE_MAX_VALUE 4096

struct state;

enum state_found {
    STATE_HIT,     /* the row is there */
    STATE_ABSENT,  /* known not to exist */
    STATE_UNKNOWN, /* not in the cache: load it */
};

struct state_config {
    struct state_engine *engine; /* borrowed, outlives the state */
    uint64_t cache_bytes;        /* bound for clean rows, 16 MiB at least */
    /*
     * Length of the collection prefix of a table's keys, or 0 if its rows form no collections.
     * All rows with one prefix are listed together by state_scan, for example all the recent
     * contacts of one account.
     */
    uint8_t (*collection_prefix)(uint8_t table);
    /* Recovery and tests: an unknown row is read from the engine at once, on this thread, and
       state_get never answers STATE_UNKNOWN; a read error ends the process. Changed by
       state_set_inline_loads. */
    bool inline_loads;
};

struct state *state_new(const struct state_config *config);
/* A set still frozen is freed with it, loads are not: end them first. No thread may be in
   state_write or state_load_read. */
void state_free(struct state *state);
void state_set_inline_loads(struct state *state, bool on);

/*
 * Reads one row. STATE_HIT sets *ret_value and *ret_n (borrowed until the row changes or
 * state_trim). Values are 8-byte aligned.
 */
enum state_found state_get(struct state *state, struct span key, const void **ret_value,
                           size_t *ret_n);

/*
 * Brings what state_get will touch first closer to the processor, for callers that know their next
 * keys: first the place in the table, and a few rows later (`row`) the row there. Changes nothing.
 */
void state_prefetch(const struct state *state, struct span key, bool row);

/*
 * Makes the row exist with exactly n bytes, marks it changed and returns them for writing: the
 * old bytes up to n, zeroes behind. The row must not be STATE_UNKNOWN (CHECK). The pointer is
 * good until the next call that changes this row, state_freeze or state_trim.
 */
void *state_put(struct state *state, struct span key, size_t n);

/* Says that a row that may be STATE_UNKNOWN cannot exist, because its key was never used: spares
   the look into the engine. Does nothing if the row is known; a load that is under way for it
   finds that it is no longer needed. */
void state_declare_absent(struct state *state, struct span key);

/* Makes the row not exist. It must not be STATE_UNKNOWN. */
void state_delete(struct state *state, struct span key);

/*
 * Calls fn for each existing row whose key starts with `prefix`, which must have exactly the
 * collection length of its table; in no particular order; fn changes nothing. STATE_HIT: done
 * (also when there is none). STATE_UNKNOWN: not complete in the cache; load it.
 */
enum state_found state_scan(struct state *state, struct span prefix,
                            void (*fn)(void *arg, struct span key, const void *value, size_t n),
                            void *arg);

/* ---- loading ---- */

struct state_load;

/* An empty list of things to load, owned by the caller. */
struct state_load *state_load_new(struct state *state);
void state_load_row(struct state_load *load, struct span key);
void state_load_collection(struct state_load *load, struct span prefix);
bool state_load_empty(const struct state_load *load);

/*
 * shard: state_load_begin (rows get a placeholder, so nobody loads or changes them meanwhile;
 * those already under way for another load are waited for, not read twice);
 * loader thread: state_load_read; shard: state_load_end, which puts what was read into the cache
 * and frees the load. After it the command runs again; if it then needs more, it loads more.
 * A read error is returned by state_load_end: then the rows stay unknown.
 * state_load_begin returns false if all that is missing is already being loaded elsewhere: then
 * there is nothing to read; call state_load_end at once and run the command again after the
 * others ended (any later state_load_end). If nothing is missing it returns true.
 * A load that was begun but not read may be ended, too: its rows stay unknown.
 */
bool state_load_begin(struct state *state, struct state_load *load);
void state_load_read(struct state_load *load); /* any one thread */
enum im_err state_load_end(struct state *state, struct state_load *load);

/*
 * The greatest existing key in the ENGINE (the last durable picture) that is <= key and starts
 * with prefix; rows changed since are not seen, so follow links from there. Any thread.
 * ret_key has STATE_MAX_KEY bytes of room. IM_ERR_NOT_FOUND.
 */
enum im_err state_seek_back(struct state *state, struct span prefix, struct span key, char *ret_key,
                            size_t *ret_n);

/* ---- checkpoints ---- */

struct state_frozen;

/* Bytes and rows changed since the last freeze. */
uint64_t state_dirty_bytes(const struct state *state);
uint64_t state_dirty_rows(const struct state *state);

/* Closes the dirty set at a record boundary; `position` is the last record it stands for.
   NULL if nothing changed or if another frozen set is still being written. */
struct state_frozen *state_freeze(struct state *state, uint64_t position);

/* Writes it as one atomic batch with its position, durably. Checkpoint thread. Does not free. */
enum im_err state_write(struct state_frozen *frozen);

/* Takes `frozen` back: its rows become clean if `written`, else they join the dirty set again
   (newer changes win). */
void state_frozen_done(struct state *state, struct state_frozen *frozen, bool written);

/* Evicts clean rows, oldest use first, until the cache is within its bound. Call it between
   commands. */
void state_trim(struct state *state);

/* The position of the engine's picture, 0 if it is empty. At open, before anything else. */
enum im_err state_position(struct state *state, uint64_t *ret_position);

struct state_stats {
    uint64_t cached_rows, cached_bytes, dirty_rows, dirty_bytes, hits, loads, evicted, checkpoints;
};
void state_stats(const struct state *state, struct state_stats *ret_stats);

/* Every row of cache and engine together that has not expired, in key order, for proofs: equal
   states give equal calls. Inline; not while a freeze is being written. fn calls nothing here. */
enum im_err state_dump(struct state *state,
                       void (*fn)(void *arg, struct span key, const void *value, size_t n),
                       void *arg);

/*
 * What reads show. state_stamp: changes from here on belong to this journal record. Between
 * state_watch and state_unwatch reads are noted; state_unwatch says the newest record whose changes
 * they may show (often newer than the truth, never older; 0: none since the start).
 */
void state_stamp(struct state *state, uint64_t position);
void state_watch(struct state *state);
uint64_t state_unwatch(struct state *state);

#endif
