/*
 * What lies below the rows: an ordered map of byte strings that is only ever changed by whole
 * batches. Two engines: RocksDB (its own log off, one flush a batch) and memory (tests, with a
 * crash that forgets what was not yet durable). One contract suite runs for both.
 */
#ifndef STATE_ENGINE_H
#define STATE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct state_change {
    struct span key;
    struct span value;
    bool deleted;
};

/*
 * Tells whether a row has expired and may vanish at the engine's convenience (compaction).
 * Called on engine threads at any time after open; must be thread-safe. NULL: nothing expires.
 */
typedef bool (*state_expired_fn)(void *arg, struct span key, struct span value);

struct state_engine;

struct state_engine_ops {
    /* Callbacks must not call the engine. */

    /* Reads n keys; values are appended by calling `found(arg, i, value)` for those that exist.
       Any thread, several at once. */
    enum im_err (*get)(struct state_engine *engine, const struct span *keys, size_t n,
                       void (*found)(void *arg, size_t i, struct span value), void *arg);
    /* Every row with that prefix, in key order. Any thread, several at once. A prefix of length 0
       is the whole engine. fn returns false to stop. */
    enum im_err (*scan)(struct state_engine *engine, struct span prefix,
                        bool (*fn)(void *arg, struct span key, struct span value), void *arg);
    /* Greatest key <= key that starts with prefix; IM_ERR_NOT_FOUND. Any thread. */
    enum im_err (*seek_back)(struct state_engine *engine, struct span prefix, struct span key,
                             char *ret_key, size_t *ret_n);
    /* One atomic batch, durable when it returns IM_OK. One thread at a time. */
    enum im_err (*apply)(struct state_engine *engine, const struct state_change *changes, size_t n);
    /* Rewrites what is stored, so that expired and replaced rows give back their room. Any
       thread; may take long. */
    enum im_err (*compact)(struct state_engine *engine);
    void (*close)(struct state_engine *engine);
};

/* Embedded first in each engine's own struct. */
struct state_engine {
    const struct state_engine_ops *ops;
    state_expired_fn expired; /* may be NULL */
    void *expired_arg;
};

/* IM_ERR_LOCKED: another process has it open. IM_ERR_CORRUPT, IM_ERR_IO. */
enum im_err engine_rocksdb_open(const char *directory, state_expired_fn expired, void *arg,
                                struct state_engine **ret_engine);

struct state_engine *engine_memory_new(void);
/* Makes the next n calls of apply fail with IM_ERR_IO, leaving nothing behind. */
void engine_memory_fail(struct state_engine *engine, int n);
/* What engine_rocksdb_open takes as arguments; before any other call. */
void engine_memory_expire(struct state_engine *engine, state_expired_fn expired, void *arg);

/* For engines: the least key above all that start with prefix, STATE_MAX_KEY bytes of room.
   False: there is none. */
bool engine_prefix_end(struct span prefix, char *ret_end, size_t *ret_n);

/* For engines: the changes in the order of their keys, of several of one key the last alone. The
   array is the caller's to free. */
const struct state_change **engine_sort_changes(const struct state_change *changes, size_t n,
                                                size_t *ret_n);

static inline void state_engine_close(struct state_engine *engine)
{
    if (engine)
        engine->ops->close(engine);
}

#endif
