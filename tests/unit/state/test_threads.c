/*
 * The shard's thread with a loader and a checkpoint thread, as in the server: for ThreadSanitizer,
 * and against a plain model. Each helper thread has one job at a time, handed over under a lock.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "state/state.h"
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>

#define SINGLES 200
#define COLLECTIONS 10
#define MEMBERS 20
#define KEYS (SINGLES + COLLECTIONS * MEMBERS)
#define COMMANDS 20000

struct helper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    void (*run)(void *job);
    void *job;
    bool done; /* the job is; nobody has taken it back yet */
    bool stop;
};

static void *help(void *arg)
{
    struct helper *helper = arg;

    pthread_mutex_lock(&helper->lock);
    while (!helper->stop) {
        if (!helper->job || helper->done) {
            pthread_cond_wait(&helper->wake, &helper->lock);
            continue;
        }
        pthread_mutex_unlock(&helper->lock);
        helper->run(helper->job);
        pthread_mutex_lock(&helper->lock);
        helper->done = true;
        pthread_cond_broadcast(&helper->wake);
    }
    pthread_mutex_unlock(&helper->lock);
    return NULL;
}

static void helper_start(struct helper *helper, void (*run)(void *job))
{
    *helper = (struct helper){.run = run};
    pthread_mutex_init(&helper->lock, NULL);
    pthread_cond_init(&helper->wake, NULL);
    assert_int_equal(pthread_create(&helper->thread, NULL, help, helper), 0);
}

static void helper_give(struct helper *helper, void *job)
{
    pthread_mutex_lock(&helper->lock);
    helper->job = job;
    helper->done = false;
    pthread_cond_broadcast(&helper->wake);
    pthread_mutex_unlock(&helper->lock);
}

static void *helper_take(struct helper *helper, bool wait)
{
    void *job = NULL;

    pthread_mutex_lock(&helper->lock);
    while (wait && helper->job && !helper->done)
        pthread_cond_wait(&helper->wake, &helper->lock);
    if (helper->done) {
        job = helper->job;
        helper->job = NULL;
        helper->done = false;
    }
    pthread_mutex_unlock(&helper->lock);
    return job;
}

static void helper_stop(struct helper *helper)
{
    pthread_mutex_lock(&helper->lock);
    helper->stop = true;
    pthread_cond_broadcast(&helper->wake);
    pthread_mutex_unlock(&helper->lock);
    pthread_join(helper->thread, NULL);
}

struct written {
    struct state_frozen *frozen;
    enum im_err err;
};

static void run_load(void *job)
{
    state_load_read(job);
}

static void run_write(void *job)
{
    struct written *written = job;

    written->err = state_write(written->frozen);
}

struct world {
    uint64_t seed;
    struct state *state;
    struct state_engine *engine;
    struct helper loader, writer;
    bool loading;
    struct written written;
    uint32_t model[KEYS]; /* 0: absent; else the value is so many bytes of itself */
    uint64_t loads, checkpoints, failures;
};

static uint64_t draw(struct world *world, uint64_t below)
{
    world->seed ^= world->seed << 13;
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return (world->seed * 0x2545f4914f6cdd1d >> 20) % below;
}

static uint8_t prefix_of_table(uint8_t table)
{
    return table == 2 ? 2 : 0;
}

static struct span key_of(size_t i, char *room)
{
    room[0] = i < SINGLES ? 1 : 2;
    room[1] = (char)(i < SINGLES ? i : (i - SINGLES) / MEMBERS);
    room[2] = (char)(i < SINGLES ? 0 : (i - SINGLES) % MEMBERS);
    return span_make(room, 3);
}

static void start_load(struct world *world, struct span key, bool collection)
{
    struct state_load *load;

    if (world->loading)
        return;
    load = state_load_new(world->state);
    if (collection)
        state_load_collection(load, key);
    else
        state_load_row(load, key);
    assert_true(state_load_begin(world->state, load));
    world->loading = true;
    world->loads++;
    helper_give(&world->loader, load);
}

static void end_load(struct world *world, bool wait)
{
    struct state_load *load = helper_take(&world->loader, wait);

    if (!load)
        return;
    assert_int_equal(state_load_end(world->state, load), IM_OK);
    world->loading = false;
}

static void start_checkpoint(struct world *world)
{
    struct state_frozen *frozen = state_freeze(world->state, ++world->checkpoints);

    if (!frozen)
        return;
    engine_memory_fail(world->engine, draw(world, 4) == 0);
    world->written.frozen = frozen;
    helper_give(&world->writer, &world->written);
}

static void end_checkpoint(struct world *world, bool wait)
{
    struct written *written = helper_take(&world->writer, wait);

    if (!written)
        return;
    world->failures += written->err != IM_OK;
    state_frozen_done(world->state, written->frozen, written->err == IM_OK);
}

static void command(struct world *world)
{
    size_t i = draw(world, KEYS);
    char room[STATE_MAX_KEY];
    struct span key = key_of(i, room);
    const void *value;
    size_t n = 0;
    enum state_found found = state_get(world->state, key, &value, &n);

    if (found == STATE_UNKNOWN) {
        if (i >= SINGLES && draw(world, 2))
            start_load(world, span_make(key.p, 2), true);
        else
            start_load(world, key, false);
        return;
    }
    assert_int_equal(n, world->model[i]);
    for (size_t at = 0; at < n; at++)
        assert_int_equal(((const uint8_t *)value)[at], (uint8_t)n);
    world->model[i] = (uint32_t)draw(world, 100);
    if (world->model[i])
        memset(state_put(world->state, key, world->model[i]), (int)world->model[i],
               world->model[i]);
    else
        state_delete(world->state, key);
}

struct count {
    struct world *world;
    size_t rows;
};

static void on_scanned(void *arg, struct span key, const void *value, size_t n)
{
    struct count *count = arg;
    size_t i = SINGLES + (size_t)(uint8_t)key.p[1] * MEMBERS + (uint8_t)key.p[2];

    (void)value;
    assert_int_equal(n, count->world->model[i]);
    count->rows++;
}

static void scan(struct world *world)
{
    size_t first = SINGLES + draw(world, COLLECTIONS) * MEMBERS;
    struct count count = {.world = world};
    size_t expected = 0;
    char room[STATE_MAX_KEY];
    struct span prefix = span_make(key_of(first, room).p, 2);

    if (state_scan(world->state, prefix, on_scanned, &count) == STATE_UNKNOWN) {
        start_load(world, prefix, true);
        return;
    }
    for (size_t i = first; i < first + MEMBERS; i++)
        expected += world->model[i] != 0;
    assert_int_equal(count.rows, expected);
}

TEST(loader_and_checkpoints_run_beside_the_shard)
{
    struct world *world = mem_zalloc(sizeof(*world));
    struct state_config config = {.cache_bytes = 4000, .collection_prefix = prefix_of_table};

    world->seed = 0x9e3779b97f4a7c15;
    world->engine = config.engine = engine_memory_new();
    world->state = state_new(&config);
    helper_start(&world->loader, run_load);
    helper_start(&world->writer, run_write);
    for (size_t i = 0; i < COMMANDS; i++) {
        command(world);
        if (i % 8 == 0)
            scan(world);
        if (i % 50 == 0)
            start_checkpoint(world);
        /* Mostly the helpers get on by themselves; at times this thread waits, so that they do. */
        end_load(world, i % 16 == 0);
        end_checkpoint(world, i % 100 == 99);
        state_trim(world->state);
    }
    end_load(world, true);
    end_checkpoint(world, true);
    helper_stop(&world->loader);
    helper_stop(&world->writer);
    assert_true(world->loads > 500 && world->checkpoints > 100 && world->failures > 10);
    state_free(world->state);
    state_engine_close(world->engine);
    free(world);
}

int main(void)
{
    hash_init();
    return RUN_TESTS(T(loader_and_checkpoints_run_beside_the_shard));
}
