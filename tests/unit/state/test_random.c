/*
 * Random calls against a plain model, from seeds: reads, changes, scans, loads in several stages
 * at once, checkpoints that succeed, fail or are cut off by a crash, with a cache so small that
 * most clean rows are evicted. A failing seed is printed.
 */
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "state/state.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#define SINGLES 120
#define COLLECTIONS 8
#define MEMBERS 24
#define KEYS (SINGLES + COLLECTIONS * MEMBERS)
#define LOADS 5
#define VALUE_MAX 300
#define ABSENT UINT16_MAX

struct model {
    uint16_t n[KEYS];
    uint8_t bytes[KEYS][VALUE_MAX];
};

enum stage { FREE, BEGUN, READ };

struct world {
    uint64_t seed;
    uint64_t cache_bytes;
    uint64_t patience;     /* loads take so many times longer */
    const char *directory; /* of RocksDB; NULL: the memory engine */
    struct state_engine *engine;
    struct state *state;
    struct model now, frozen_model, durable;
    uint64_t position, frozen_position, durable_position;
    struct state_frozen *frozen;
    bool frozen_tried, frozen_written;
    struct state_load *loads[LOADS];
    enum stage stages[LOADS];
    uint64_t unknown, scans, rollbacks;
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
    return table == 2 ? 3 : 0;
}

static struct span key_of(size_t i, char *room)
{
    if (i < SINGLES) {
        room[0] = 1;
        room[1] = (char)i;
        memset(room + 2, 'k', i % 7);
        return span_make(room, 2 + i % 7);
    }
    i -= SINGLES;
    room[0] = 2;
    room[1] = 0;
    room[2] = (char)(i / MEMBERS);
    room[3] = (char)(i % MEMBERS);
    return span_make(room, 4);
}

static struct span prefix_of(size_t collection, char *room)
{
    key_of(SINGLES + collection * MEMBERS, room);
    return span_make(room, 3);
}

static size_t index_of(struct span key)
{
    if (key.p[0] == 1)
        return (uint8_t)key.p[1];
    return SINGLES + (size_t)(uint8_t)key.p[2] * MEMBERS + (uint8_t)key.p[3];
}

static void open_state(struct world *world)
{
    struct state_config config = {.engine = world->engine, .collection_prefix = prefix_of_table};
    uint64_t position = 1;

    config.cache_bytes = world->cache_bytes;
    world->state = state_new(&config);
    assert_int_equal(state_position(world->state, &position), IM_OK);
    assert_int_equal(position, world->durable_position);
    world->position = position;
}

static void check_value(const struct world *world, size_t i, const void *value, size_t n)
{
    assert_int_equal(n, world->now.n[i]);
    assert_memory_equal(value, world->now.bytes[i], n);
}

static void start_load(struct world *world, size_t first)
{
    size_t slot = draw(world, LOADS);
    struct state_load *load;
    char room[STATE_MAX_KEY];

    if (world->stages[slot] != FREE)
        return;
    load = state_load_new(world->state);
    assert_true(state_load_empty(load));
    if (first < KEYS)
        state_load_row(load, key_of(first, room));
    for (uint64_t more = draw(world, 4); more > 0; more--) {
        if (draw(world, 3) == 0)
            state_load_collection(load, prefix_of(draw(world, COLLECTIONS), room));
        else
            state_load_row(load, key_of(draw(world, KEYS), room));
    }
    if (!state_load_begin(world->state, load)) {
        assert_int_equal(state_load_end(world->state, load), IM_OK);
        return;
    }
    world->loads[slot] = load;
    world->stages[slot] = BEGUN;
}

static void step_load(struct world *world)
{
    size_t slot = draw(world, LOADS);

    if (draw(world, world->patience))
        return;
    if (world->stages[slot] == BEGUN && draw(world, 20)) {
        state_load_read(world->loads[slot]);
        world->stages[slot] = READ;
    } else if (world->stages[slot] != FREE) {
        assert_int_equal(state_load_end(world->state, world->loads[slot]), IM_OK);
        world->stages[slot] = FREE;
    }
}

/* True if the row is known; it has been compared. */
static bool look(struct world *world, size_t i)
{
    char room[STATE_MAX_KEY];
    const void *value;
    size_t n;

    switch (state_get(world->state, key_of(i, room), &value, &n)) {
    case STATE_HIT:
        assert_int_equal((uintptr_t)value % 8, 0);
        check_value(world, i, value, n);
        return true;
    case STATE_ABSENT:
        assert_int_equal(world->now.n[i], ABSENT);
        return true;
    case STATE_UNKNOWN:
        world->unknown++;
        return false;
    }
    return false;
}

static void put(struct world *world, size_t i)
{
    char room[STATE_MAX_KEY];
    size_t old = world->now.n[i] == ABSENT ? 0 : world->now.n[i];
    size_t n = draw(world, 8) ? draw(world, 40) : draw(world, VALUE_MAX);
    uint8_t *value;

    if (!look(world, i)) {
        start_load(world, i);
        return;
    }
    value = state_put(world->state, key_of(i, room), n);
    if (n > old)
        memset(world->now.bytes[i] + old, 0, n - old);
    world->now.n[i] = (uint16_t)n;
    check_value(world, i, value, n);
    if (n) {
        size_t at = draw(world, n);

        value[at] = world->now.bytes[i][at] = (uint8_t)draw(world, 256);
    }
    world->position++;
}

static void delete (struct world *world, size_t i)
{
    char room[STATE_MAX_KEY];

    if (!look(world, i)) {
        start_load(world, i);
        return;
    }
    state_delete(world->state, key_of(i, room));
    world->now.n[i] = ABSENT;
    world->position++;
}

struct scan {
    struct world *world;
    size_t collection;
    bool seen[MEMBERS];
};

static void on_row(void *arg, struct span key, const void *value, size_t n)
{
    struct scan *scan = arg;
    size_t i = index_of(key);
    size_t member = i - SINGLES - scan->collection * MEMBERS;

    assert_true(member < MEMBERS && !scan->seen[member]);
    scan->seen[member] = true;
    check_value(scan->world, i, value, n);
}

static void scan(struct world *world)
{
    struct scan scan = {.world = world, .collection = draw(world, COLLECTIONS)};
    char room[STATE_MAX_KEY];

    if (state_scan(world->state, prefix_of(scan.collection, room), on_row, &scan) != STATE_HIT) {
        start_load(world, KEYS);
        return;
    }
    world->scans++;
    for (size_t i = 0; i < MEMBERS; i++)
        assert_int_equal(scan.seen[i],
                         world->now.n[SINGLES + scan.collection * MEMBERS + i] != ABSENT);
}

/* Freeze, write and done are separate steps; what happens in between is the other calls'. */
static void checkpoint(struct world *world)
{
    if (!world->frozen) {
        world->frozen = state_freeze(world->state, world->position);
        world->frozen_model = world->now;
        world->frozen_position = world->position;
        world->frozen_tried = false;
        return;
    }
    assert_null(state_freeze(world->state, world->position));
    if (!world->frozen_tried) {
        if (!world->directory)
            engine_memory_fail(world->engine, draw(world, 4) == 0);
        world->frozen_written = state_write(world->frozen) == IM_OK;
        assert_true(world->frozen_written || !world->directory);
        world->frozen_tried = true;
        if (world->frozen_written) {
            world->durable = world->frozen_model;
            world->durable_position = world->frozen_position;
        }
        return;
    }
    state_frozen_done(world->state, world->frozen, world->frozen_written);
    world->frozen = NULL;
}

static void crash(struct world *world)
{
    for (size_t i = 0; i < LOADS; i++) {
        if (world->stages[i] != FREE)
            state_load_end(world->state, world->loads[i]);
        world->stages[i] = FREE;
    }
    state_free(world->state);
    if (world->directory) {
        state_engine_close(world->engine);
        assert_int_equal(engine_rocksdb_open(world->directory, NULL, NULL, &world->engine), IM_OK);
    }
    world->frozen = NULL;
    world->now = world->durable;
    world->rollbacks++;
    open_state(world);
}

struct dump {
    struct world *world;
    char last[STATE_MAX_KEY];
    size_t last_n;
    size_t count;
};

static void on_dumped(void *arg, struct span key, const void *value, size_t n)
{
    struct dump *dump = arg;

    assert_true(span_compare(span_make(dump->last, dump->last_n), key) < 0);
    memcpy(dump->last, key.p, key.n);
    dump->last_n = key.n;
    dump->count++;
    check_value(dump->world, index_of(key), value, n);
}

static void dump(struct world *world)
{
    struct dump dump = {.world = world};
    size_t count = 0;

    if (world->frozen)
        return;
    assert_int_equal(state_dump(world->state, on_dumped, &dump), IM_OK);
    for (size_t i = 0; i < KEYS; i++)
        count += world->now.n[i] != ABSENT;
    assert_int_equal(dump.count, count);
}

/* Inline loads, also over rows that others are loading. */
static void look_inline(struct world *world)
{
    state_set_inline_loads(world->state, true);
    assert_true(look(world, draw(world, KEYS)));
    if (draw(world, 4) == 0) {
        uint64_t scans = world->scans;

        scan(world);
        assert_int_equal(world->scans, scans + 1);
    }
    state_set_inline_loads(world->state, false);
}

static void step(struct world *world)
{
    uint64_t dice = draw(world, 1000);

    if (dice < 200)
        put(world, draw(world, KEYS));
    else if (dice < 260)
        delete (world, draw(world, KEYS));
    else if (dice < 400)
        look(world, draw(world, KEYS));
    else if (dice < 470)
        scan(world);
    else if (dice < 600)
        start_load(world, KEYS);
    else if (dice < 800)
        step_load(world);
    else if (dice < 900)
        state_trim(world->state);
    else if (dice < 960)
        checkpoint(world);
    else if (dice < 980)
        look_inline(world);
    else if (dice < 998)
        dump(world);
    else
        crash(world);
}

static void run(uint64_t seed, uint64_t steps, const char *directory, uint64_t totals[3])
{
    struct world *world = mem_zalloc(sizeof(*world));

    world->seed = seed;
    memset(world->now.n, 0xff, sizeof(world->now.n));
    world->durable = world->now;
    world->cache_bytes = (uint64_t[]){0, 1000, 4000, 1 << 20}[seed % 4];
    world->patience = (uint64_t[]){1, 4, 16}[seed % 3];
    world->directory = directory;
    if (directory)
        assert_int_equal(engine_rocksdb_open(directory, NULL, NULL, &world->engine), IM_OK);
    else
        world->engine = engine_memory_new();
    open_state(world);
    for (uint64_t i = 0; i < steps; i++)
        step(world);
    crash(world);
    dump(world);
    totals[0] += world->unknown;
    totals[1] += world->scans;
    totals[2] += world->rollbacks;
    state_free(world->state);
    state_engine_close(world->engine);
    free(world);
}

TEST(random_calls_agree_with_a_plain_model)
{
    const char *only = getenv("STATE_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    uint64_t last = only ? first : 60;
    uint64_t totals[3] = {0};

    for (uint64_t seed = first; seed <= last; seed++) {
        fprintf(stderr, "\rSTATE_SEED=%llu", (unsigned long long)seed);
        run(seed * 0x9e3779b97f4a7c15, 20000, NULL, totals);
    }
    fprintf(stderr, "\n");
    /* The interesting paths were taken. */
    assert_true(totals[0] && totals[1] && totals[2]);
}

TEST(random_calls_agree_over_rocksdb_too)
{
    char directory[] = "/tmp/magpie-state-XXXXXX";
    char command[64];
    uint64_t totals[3] = {0};

    assert_non_null(mkdtemp(directory));
    run(7 * 0x9e3779b97f4a7c15, 3000, directory, totals);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    hash_init();
    return RUN_TESTS(T(random_calls_agree_with_a_plain_model),
                     T(random_calls_agree_over_rocksdb_too));
}
