/*
 * The memory engine: a skip list under a lock. Callbacks run under the lock, so that a scan sees
 * one picture; they must not call the engine.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/engine.h"
#include "state/state.h"

#define LEVELS 20 /* one in four goes up: enough for 4^20 rows */

struct node {
    uint32_t key_n;
    uint32_t value_n;
    char *value;
    char *key;
    struct node *next[]; /* as many as its height */
};

struct memory {
    struct state_engine engine;
    pthread_mutex_t lock;
    struct node *head[LEVELS];
    uint64_t seed; /* of the heights: the same calls make the same list */
    int failures;
};

static struct memory *memory_of(struct state_engine *engine)
{
    return (struct memory *)engine;
}

static struct span node_key(const struct node *node)
{
    return span_make(node->key, node->key_n);
}

static struct span node_value(const struct node *node)
{
    return span_make(node->value, node->value_n);
}

/*
 * For each level the link that leads to the first node >= key. Returns that node (NULL: none);
 * ret_before is the node in front of it (NULL: none).
 */
static struct node *find(struct memory *memory, struct span key, struct node **links[LEVELS],
                         struct node **ret_before)
{
    struct node **next = memory->head;

    *ret_before = NULL;
    for (int level = LEVELS - 1; level >= 0; level--) {
        while (next[level] && span_compare(node_key(next[level]), key) < 0) {
            *ret_before = next[level];
            next = next[level]->next;
        }
        links[level] = &next[level];
    }
    return next[0];
}

/*
 * The same for a key behind the one that the links were found for, from there on: a batch in key
 * order then costs some steps a row instead of a way through twenty levels that are nowhere near
 * the processor (a quarter of the time, with 20 million rows).
 */
static struct node *find_next(struct span key, struct node **links[LEVELS])
{
    int level = 0;
    struct node **link;

    while (level < LEVELS && *links[level] && span_compare(node_key(*links[level]), key) < 0)
        level++;
    if (!level)
        return *links[0];
    /* A node's links lie beside one another, so the link below is one place before. */
    for (link = links[--level];; link--, level--) {
        while (*link && span_compare(node_key(*link), key) < 0)
            link = &(*link)->next[level];
        links[level] = link;
        if (!level)
            return *link;
    }
}

static void set_value(struct node *node, struct span value)
{
    free(node->value);
    node->value = mem_alloc(value.n + 1);
    node->value_n = (uint32_t)value.n;
    if (value.n)
        memcpy(node->value, value.p, value.n);
}

static int draw_height(struct memory *memory)
{
    int height = 1;

    memory->seed ^= memory->seed << 13;
    memory->seed ^= memory->seed >> 7;
    memory->seed ^= memory->seed << 17;
    for (uint64_t bits = memory->seed; height < LEVELS && !(bits & 3); bits >>= 2)
        height++;
    return height;
}

static void insert(struct memory *memory, struct node **links[LEVELS],
                   const struct state_change *change)
{
    int height = draw_height(memory);
    struct node *node = mem_zalloc(sizeof(*node) + (size_t)height * sizeof(struct node *));

    node->key = mem_alloc(change->key.n);
    node->key_n = (uint32_t)change->key.n;
    memcpy(node->key, change->key.p, change->key.n);
    set_value(node, change->value);
    for (int level = 0; level < height; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
}

static void free_node(struct node *node)
{
    free(node->key);
    free(node->value);
    free(node);
}

static void change_one(struct memory *memory, const struct state_change *change,
                       struct node **links[LEVELS])
{
    struct node *node = find_next(change->key, links);
    bool exists = node && span_eq(node_key(node), change->key);

    if (!change->deleted && exists) {
        set_value(node, change->value);
    } else if (!change->deleted) {
        insert(memory, links, change);
    } else if (exists) {
        for (int level = 0; level < LEVELS && *links[level] == node; level++)
            *links[level] = node->next[level];
        free_node(node);
    }
}

static enum im_err memory_apply(struct state_engine *engine, const struct state_change *changes,
                                size_t n)
{
    struct memory *memory = memory_of(engine);
    const struct state_change **sorted = engine_sort_changes(changes, n, &n);
    struct node **links[LEVELS];
    enum im_err err = IM_OK;

    pthread_mutex_lock(&memory->lock);
    if (memory->failures > 0) {
        memory->failures--;
        err = IM_ERR_IO;
    }
    for (int level = 0; level < LEVELS; level++)
        links[level] = &memory->head[level];
    for (size_t i = 0; i < n && !err; i++)
        change_one(memory, sorted[i], links);
    pthread_mutex_unlock(&memory->lock);
    free(sorted);
    return err;
}

static enum im_err memory_get(struct state_engine *engine, const struct span *keys, size_t n,
                              void (*found)(void *arg, size_t i, struct span value), void *arg)
{
    struct memory *memory = memory_of(engine);
    struct node **links[LEVELS];
    struct node *before;

    pthread_mutex_lock(&memory->lock);
    for (size_t i = 0; i < n; i++) {
        struct node *node = find(memory, keys[i], links, &before);

        if (node && span_eq(node_key(node), keys[i]))
            found(arg, i, node_value(node));
    }
    pthread_mutex_unlock(&memory->lock);
    return IM_OK;
}

static enum im_err memory_scan(struct state_engine *engine, struct span prefix,
                               bool (*fn)(void *arg, struct span key, struct span value), void *arg)
{
    struct memory *memory = memory_of(engine);
    struct node **links[LEVELS];
    struct node *before;
    struct node *node;

    pthread_mutex_lock(&memory->lock);
    for (node = find(memory, prefix, links, &before); node; node = node->next[0])
        if (!span_starts(node_key(node), prefix) || !fn(arg, node_key(node), node_value(node)))
            break;
    pthread_mutex_unlock(&memory->lock);
    return IM_OK;
}

static enum im_err memory_seek_back(struct state_engine *engine, struct span prefix,
                                    struct span key, char *ret_key, size_t *ret_n)
{
    struct memory *memory = memory_of(engine);
    struct node **links[LEVELS];
    enum im_err err = IM_ERR_NOT_FOUND;
    struct node *before;
    struct node *node;
    char end[STATE_MAX_KEY];
    size_t end_n;

    if (engine_prefix_end(prefix, end, &end_n) && span_compare(key, span_make(end, end_n)) > 0)
        key = span_make(end, end_n);
    pthread_mutex_lock(&memory->lock);
    node = find(memory, key, links, &before);
    if (!node || !span_eq(node_key(node), key) || !span_starts(key, prefix))
        node = before;
    if (node && span_starts(node_key(node), prefix)) {
        CHECK(node->key_n <= STATE_MAX_KEY);
        memcpy(ret_key, node->key, node->key_n);
        *ret_n = node->key_n;
        err = IM_OK;
    }
    pthread_mutex_unlock(&memory->lock);
    return err;
}

static enum im_err memory_compact(struct state_engine *engine)
{
    struct memory *memory = memory_of(engine);
    struct node **links[LEVELS];
    struct node *before;
    struct node *next;

    if (!engine->expired)
        return IM_OK;
    pthread_mutex_lock(&memory->lock);
    for (struct node *node = memory->head[0]; node; node = next) {
        next = node->next[0];
        if (!engine->expired(engine->expired_arg, node_key(node), node_value(node)))
            continue;
        find(memory, node_key(node), links, &before);
        for (int level = 0; level < LEVELS && *links[level] == node; level++)
            *links[level] = node->next[level];
        free_node(node);
    }
    pthread_mutex_unlock(&memory->lock);
    return IM_OK;
}

static void memory_close(struct state_engine *engine)
{
    struct memory *memory = memory_of(engine);
    struct node *next;

    for (struct node *node = memory->head[0]; node; node = next) {
        next = node->next[0];
        free_node(node);
    }
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static const struct state_engine_ops memory_ops = {
    .get = memory_get,
    .scan = memory_scan,
    .seek_back = memory_seek_back,
    .apply = memory_apply,
    .compact = memory_compact,
    .close = memory_close,
};

struct state_engine *engine_memory_new(void)
{
    struct memory *memory = mem_zalloc(sizeof(*memory));

    memory->engine.ops = &memory_ops;
    memory->seed = 0x9e3779b97f4a7c15;
    CHECK(pthread_mutex_init(&memory->lock, NULL) == 0);
    return &memory->engine;
}

void engine_memory_fail(struct state_engine *engine, int n)
{
    struct memory *memory = memory_of(engine);

    pthread_mutex_lock(&memory->lock);
    memory->failures = n;
    pthread_mutex_unlock(&memory->lock);
}

void engine_memory_expire(struct state_engine *engine, state_expired_fn expired, void *arg)
{
    engine->expired = expired;
    engine->expired_arg = arg;
}
