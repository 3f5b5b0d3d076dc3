/*
 * Checkpoints. The position row (key: one zero byte) holds the format of the store and the last
 * record that the picture stands for; it is part of the picture's one batch.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/cache.h"

#define STATE_FORMAT 1
#define POSITION_BYTES 16 /* format, zero, position: little-endian, 4 + 4 + 8 bytes */

static const struct span position_key = {"", 1};

uint64_t state_dirty_bytes(const struct state *state)
{
    return state->dirty_bytes;
}

uint64_t state_dirty_rows(const struct state *state)
{
    return state->dirty_rows;
}

struct state_frozen *state_freeze(struct state *state, uint64_t position)
{
    struct state_frozen *frozen;

    if (state->frozen || link_empty(&state->dirty))
        return NULL;
    /* What still settles bears the epoch that begins now. */
    cache_settle(state, SIZE_MAX);
    frozen = mem_alloc(sizeof(*frozen));
    *frozen = (struct state_frozen){.engine = state->config.engine, .position = position};
    frozen->row_count = state->dirty_rows;
    frozen->bytes = state->dirty_bytes;
    link_replace(&state->dirty, &frozen->rows);
    state->dirty_rows = 0;
    state->dirty_bytes = 0;
    state->frozen = frozen;
    state->frozen_epoch = state->dirty_epoch;
    state->dirty_epoch = (uint8_t)(3 - state->dirty_epoch);
    return frozen;
}

enum im_err state_write(struct state_frozen *frozen)
{
    struct state_change *changes = mem_alloc((frozen->row_count + 1) * sizeof(*changes));
    char position[POSITION_BYTES] = {0};
    enum im_err err;
    size_t n = 0;

    put_le32(position, STATE_FORMAT);
    put_le64(position + 8, frozen->position);
    changes[n++] =
        (struct state_change){position_key, span_make(position, sizeof(position)), false};
    for (struct link *link = frozen->rows.next; link != &frozen->rows; link = link->next) {
        struct entry *row = entry_of_link(link);

        CHECK(n <= frozen->row_count);
        changes[n++] = (struct state_change){row_key(row), span_make(row_value(row), row_n(row)),
                                             row->n == ENTRY_ABSENT};
    }
    err = frozen->engine->ops->apply(frozen->engine, changes, n);
    free(changes);
    return err;
}

/* Nothing of it is durable: what has no newer version is dirty again. */
static void thaw(struct state *state, struct state_frozen *frozen)
{
    struct link *next;

    for (struct link *link = frozen->rows.next; link != &frozen->rows; link = next) {
        struct entry *row = entry_of_link(link);

        next = link->next;
        if (row->flags & ENTRY_DETACHED) {
            free(row);
            continue;
        }
        entry_set_epoch(row, state->dirty_epoch);
        link_append(&state->dirty, link);
        state->dirty_rows++;
        state->dirty_bytes += row_memory(row);
    }
}

void state_frozen_done(struct state *state, struct state_frozen *frozen, bool written)
{
    CHECK(frozen == state->frozen);
    if (written) {
        link_replace(&frozen->rows, &state->settling);
        state->settling_bytes = frozen->bytes;
        state->checkpoints++;
    } else {
        thaw(state, frozen);
    }
    state->frozen = NULL;
    state->frozen_epoch = 0;
    free(frozen);
}

struct position {
    uint64_t value;
    enum im_err err;
};

static void on_position(void *arg, size_t i, struct span value)
{
    struct position *position = arg;

    (void)i;
    if (value.n >= 4 && get_le32(value.p) != STATE_FORMAT) {
        log_error("state: stored in format %u, not %u", get_le32(value.p), STATE_FORMAT);
        position->err = IM_ERR_VERSION;
    } else if (value.n != POSITION_BYTES) {
        log_error("state: the position row has %zu bytes", value.n);
        position->err = IM_ERR_CORRUPT;
    } else {
        position->value = get_le64(value.p + 8);
    }
}

enum im_err state_position(struct state *state, uint64_t *ret_position)
{
    struct state_engine *engine = state->config.engine;
    struct position position = {.value = 0};
    enum im_err err = engine->ops->get(engine, &position_key, 1, on_position, &position);

    if (!err)
        err = position.err;
    if (!err)
        *ret_position = position.value;
    return err;
}

enum im_err state_seek_back(struct state *state, struct span prefix, struct span key, char *ret_key,
                            size_t *ret_n)
{
    struct state_engine *engine = state->config.engine;

    return engine->ops->seek_back(engine, prefix, key, ret_key, ret_n);
}

struct dump {
    struct state *state;
    void (*fn)(void *arg, struct span key, const void *value, size_t n);
    void *arg;
    struct entry **rows; /* the dirty ones by key, those before `next` done */
    size_t count, next;
};

static int compare_rows(const void *a, const void *b)
{
    return span_compare(row_key(*(struct entry *const *)a), row_key(*(struct entry *const *)b));
}

static void dump_row(struct dump *dump, struct span key, struct span value)
{
    struct state_engine *engine = dump->state->config.engine;

    if (!engine->expired || !engine->expired(engine->expired_arg, key, value))
        dump->fn(dump->arg, key, value.p, value.n);
}

/* Dirty rows up to `key` (NULL: all). True if one of them is that key. */
static bool dump_dirty(struct dump *dump, const struct span *key)
{
    while (dump->next < dump->count) {
        struct entry *row = dump->rows[dump->next];
        int order = key ? span_compare(row_key(row), *key) : -1;

        if (order > 0)
            return false;
        dump->next++;
        if (row->n != ENTRY_ABSENT)
            dump_row(dump, row_key(row), span_make(row_value(row), row->n));
        if (order == 0)
            return true;
    }
    return false;
}

static bool on_dumped(void *arg, struct span key, struct span value)
{
    struct dump *dump = arg;

    if (!span_eq(key, position_key) && !dump_dirty(dump, &key))
        dump_row(dump, key, value);
    return true;
}

enum im_err state_dump(struct state *state,
                       void (*fn)(void *arg, struct span key, const void *value, size_t n),
                       void *arg)
{
    struct state_engine *engine = state->config.engine;
    struct dump dump = {.state = state, .fn = fn, .arg = arg};
    enum im_err err;

    CHECK(!state->frozen);
    dump.rows = mem_alloc((state->dirty_rows + 1) * sizeof(struct entry *));
    for (struct link *link = state->dirty.next; link != &state->dirty; link = link->next)
        dump.rows[dump.count++] = entry_of_link(link);
    qsort(dump.rows, dump.count, sizeof(struct entry *), compare_rows);
    err = engine->ops->scan(engine, (struct span){"", 0}, on_dumped, &dump);
    if (!err)
        dump_dirty(&dump, NULL);
    free(dump.rows);
    return err;
}
