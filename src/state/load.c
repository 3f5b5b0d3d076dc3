/*
 * Loads: begin claims what nobody else is loading (a placeholder row, a collection's loader),
 * read asks the engine, on whatever thread, and builds the rows; end links them in. A claim that
 * an inline load has taken over meanwhile is no longer the load's: what it read is dropped.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/cache.h"

struct item {
    struct entry *rows; /* what was read, by chain */
    uint32_t hash;
    uint8_t key_n;
    bool collection;
    bool claimed;
    char key[STATE_MAX_KEY];
};

struct state_load {
    struct state *state; /* its configuration only, on the reading thread */
    struct item *items;
    size_t count, room;
    bool read;
    enum im_err err;
};

struct state_load *state_load_new(struct state *state)
{
    struct state_load *load = mem_zalloc(sizeof(*load));

    load->state = state;
    return load;
}

static void add_item(struct state_load *load, struct span key, bool collection)
{
    struct item *item;

    CHECK(key.n >= 1 && key.n <= STATE_MAX_KEY);
    if (load->count == load->room) {
        load->room = load->room ? load->room * 2 : 8;
        load->items = mem_realloc(load->items, load->room * sizeof(*load->items));
    }
    item = &load->items[load->count++];
    item->rows = NULL;
    item->hash = key_hash(key);
    item->key_n = (uint8_t)key.n;
    item->collection = collection;
    item->claimed = false;
    memcpy(item->key, key.p, key.n);
}

void state_load_row(struct state_load *load, struct span key)
{
    add_item(load, key, false);
}

void state_load_collection(struct state_load *load, struct span prefix)
{
    add_item(load, prefix, true);
}

bool state_load_empty(const struct state_load *load)
{
    return load->count == 0;
}

static struct span item_key(const struct item *item)
{
    return span_make(item->key, item->key_n);
}

/* Who is loading it; NULL if it is known or if it has now been claimed. */
static const struct state_load *claim_row(struct state *state, struct item *item,
                                          const struct state_load *load)
{
    struct entry *row = cache_find(state, item_key(item), item->hash);

    if (row)
        return placeholder_load(row);
    if (collection_excludes(state, item_key(item)))
        return NULL;
    row_insert(state, row_new_placeholder(state, item_key(item), item->hash, load));
    item->claimed = true;
    return NULL;
}

static const struct state_load *claim_collection(struct state *state, struct item *item,
                                                 const struct state_load *load)
{
    struct collection *collection = collection_need(state, item_key(item));

    if (collection->loader || collection->entry.flags & ENTRY_COMPLETE)
        return collection->loader;
    collection->loader = load;
    item->claimed = true;
    return NULL;
}

bool state_load_begin(struct state *state, struct state_load *load)
{
    bool to_read = false;
    bool elsewhere = false;

    for (size_t i = 0; i < load->count; i++) {
        struct item *item = &load->items[i];
        const struct state_load *other =
            item->collection ? claim_collection(state, item, load) : claim_row(state, item, load);

        to_read |= item->claimed;
        elsewhere |= other && other != load;
    }
    state->loads++;
    return to_read || !elsewhere;
}

struct reading {
    struct state_load *load;
    struct item *item; /* the collection being scanned */
    struct span *keys; /* of single rows */
    size_t *items;     /* which item each key is */
};

static void add_row(struct state_load *load, struct item *item, struct span key, struct span value)
{
    struct entry *row;
    uint32_t hash = item->collection ? key_hash(key) : item->hash;

    row = row_new(load->state, key, hash, (uint16_t)value.n);
    if (value.n)
        memcpy(row_value(row), value.p, value.n);
    row->chain = item->rows;
    item->rows = row;
}

static void on_found(void *arg, size_t i, struct span value)
{
    struct reading *reading = arg;
    struct item *item = &reading->load->items[reading->items[i]];

    if (value.n > STATE_MAX_VALUE)
        reading->load->err = IM_ERR_CORRUPT;
    else
        add_row(reading->load, item, item_key(item), value);
}

static bool on_scanned(void *arg, struct span key, struct span value)
{
    struct reading *reading = arg;

    if (value.n > STATE_MAX_VALUE || key.n > STATE_MAX_KEY) {
        reading->load->err = IM_ERR_CORRUPT;
        return false;
    }
    add_row(reading->load, reading->item, key, value);
    return true;
}

static void read_rows(struct state_load *load)
{
    struct state_engine *engine = load->state->config.engine;
    struct reading reading = {.load = load};
    enum im_err err = IM_OK;
    size_t n = 0;

    reading.keys = mem_alloc(load->count * sizeof(*reading.keys));
    reading.items = mem_alloc(load->count * sizeof(*reading.items));
    for (size_t i = 0; i < load->count; i++) {
        if (!load->items[i].claimed || load->items[i].collection)
            continue;
        reading.keys[n] = item_key(&load->items[i]);
        reading.items[n++] = i;
    }
    if (n)
        err = engine->ops->get(engine, reading.keys, n, on_found, &reading);
    if (err)
        load->err = err;
    free(reading.keys);
    free(reading.items);
}

void state_load_read(struct state_load *load)
{
    struct state_engine *engine = load->state->config.engine;
    struct reading reading = {.load = load};

    load->read = true;
    if (!load->count)
        return;
    read_rows(load);
    for (size_t i = 0; i < load->count && !load->err; i++) {
        enum im_err err;

        reading.item = &load->items[i];
        if (!reading.item->claimed || !reading.item->collection)
            continue;
        err = engine->ops->scan(engine, item_key(reading.item), on_scanned, &reading);
        if (err)
            load->err = err;
    }
    if (load->err == IM_ERR_CORRUPT)
        log_error("state: a stored row is damaged");
}

/* The row read for this item, out of it; a negative entry if there is none. */
static struct entry *take_row(struct state_load *load, struct item *item)
{
    struct entry *row = item->rows;

    if (!row)
        return row_new(load->state, item_key(item), item->hash, ENTRY_ABSENT);
    item->rows = row->chain;
    return row;
}

static void end_row(struct state *state, struct state_load *load, struct item *item, bool ok)
{
    struct entry *row = cache_find(state, item_key(item), item->hash);

    if (!row || placeholder_load(row) != load)
        return;
    if (ok)
        row_fill(state, row, take_row(load, item));
    else
        row_drop(state, row);
}

static void end_collection(struct state *state, struct state_load *load, struct item *item, bool ok)
{
    struct collection *collection = collection_find(state, item_key(item));

    if (!collection || collection->loader != load)
        return;
    while (ok && item->rows) {
        struct entry *row = take_row(load, item);
        struct entry *cached = cache_find(state, row_key(row), row->hash);

        if (!cached)
            row_insert_clean(state, row);
        else if (cached->flags & ENTRY_LOADING)
            row_fill(state, cached, row);
        else
            free(row);
    }
    collection->loader = NULL;
    /* Placeholders may be left: rows that another load is about to find absent. */
    if (ok)
        collection_set_complete(state, collection);
    collection_release(state, collection);
}

enum im_err state_load_end(struct state *state, struct state_load *load)
{
    bool ok = load->read && !load->err;
    enum im_err err = load->err;

    for (size_t i = 0; i < load->count; i++) {
        struct item *item = &load->items[i];

        if (item->claimed && item->collection)
            end_collection(state, load, item, ok);
        else if (item->claimed)
            end_row(state, load, item, ok);
        while (item->rows)
            free(take_row(load, item));
    }
    free(load->items);
    free(load);
    return err;
}

/* Forgets that another load has claimed it, so that this thread may. */
static void take_over(struct state *state, struct span key, bool is_collection)
{
    struct collection *collection = is_collection ? collection_find(state, key) : NULL;
    struct entry *row = is_collection ? NULL : cache_find(state, key, key_hash(key));

    if (collection)
        collection->loader = NULL;
    if (row && row->flags & ENTRY_LOADING)
        row_drop(state, row);
}

void load_inline(struct state *state, struct span key, bool collection)
{
    struct state_load *load = state_load_new(state);
    enum im_err err;

    take_over(state, key, collection);
    add_item(load, key, collection);
    state_load_begin(state, load);
    state_load_read(load);
    err = state_load_end(state, load);
    if (err)
        log_error("state: cannot go on without a row: %s", err_text(err));
    CHECK(!err);
}
