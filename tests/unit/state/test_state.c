/* Rows, one rule a test; test_random.c tries what nobody thought of. */
#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/state.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

/* The memory engine, with reads that can fail. */
struct flaky {
    struct state_engine engine;
    struct state_engine *below;
    int failures;
};

static enum im_err flaky_get(struct state_engine *engine, const struct span *keys, size_t n,
                             void (*found)(void *arg, size_t i, struct span value), void *arg)
{
    struct flaky *flaky = (struct flaky *)engine;

    if (flaky->failures > 0 && flaky->failures--)
        return IM_ERR_IO;
    return flaky->below->ops->get(flaky->below, keys, n, found, arg);
}

static enum im_err flaky_scan(struct state_engine *engine, struct span prefix,
                              bool (*fn)(void *arg, struct span key, struct span value), void *arg)
{
    struct flaky *flaky = (struct flaky *)engine;
    enum im_err err = flaky->below->ops->scan(flaky->below, prefix, fn, arg);

    return flaky->failures > 0 && flaky->failures-- ? IM_ERR_IO : err;
}

static enum im_err flaky_seek_back(struct state_engine *engine, struct span prefix, struct span key,
                                   char *ret_key, size_t *ret_n)
{
    struct flaky *flaky = (struct flaky *)engine;

    return flaky->below->ops->seek_back(flaky->below, prefix, key, ret_key, ret_n);
}

static enum im_err flaky_apply(struct state_engine *engine, const struct state_change *changes,
                               size_t n)
{
    struct flaky *flaky = (struct flaky *)engine;

    return flaky->below->ops->apply(flaky->below, changes, n);
}

static const struct state_engine_ops flaky_ops = {
    .get = flaky_get,
    .scan = flaky_scan,
    .seek_back = flaky_seek_back,
    .apply = flaky_apply,
};

struct fixture {
    struct flaky flaky;
    struct state *state;
    uint64_t position;
};

static uint8_t prefix_of_table(uint8_t table)
{
    return table == 'c' ? 2 : 0;
}

static void open_state(struct fixture *fixture, uint64_t cache_bytes)
{
    struct state_config config = {.engine = &fixture->flaky.engine};

    state_free(fixture->state);
    config.collection_prefix = prefix_of_table;
    config.cache_bytes = cache_bytes;
    fixture->state = state_new(&config);
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));

    fixture->flaky.engine.ops = &flaky_ops;
    fixture->flaky.below = engine_memory_new();
    open_state(fixture, 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    state_free(fixture->state);
    state_engine_close(fixture->flaky.below);
    free(fixture);
    return 0;
}

static struct state_load *begin(struct fixture *fixture, const char *row, const char *collection)
{
    struct state_load *load = state_load_new(fixture->state);

    if (row)
        state_load_row(load, span_of(row));
    if (collection)
        state_load_collection(load, span_of(collection));
    assert_true(state_load_begin(fixture->state, load));
    return load;
}

static void load(struct fixture *fixture, const char *row, const char *collection)
{
    struct state_load *load = begin(fixture, row, collection);

    state_load_read(load);
    assert_int_equal(state_load_end(fixture->state, load), IM_OK);
}

/* "?" unknown, "-" absent, else the value, which must be text. */
static const char *get(struct fixture *fixture, const char *key)
{
    static char text[STATE_MAX_VALUE + 1];
    const void *value;
    size_t n;

    switch (state_get(fixture->state, span_of(key), &value, &n)) {
    case STATE_HIT:
        memcpy(text, value, n);
        text[n] = 0;
        return text;
    case STATE_ABSENT:
        return "-";
    case STATE_UNKNOWN:
        return "?";
    }
    return NULL;
}

static void put(struct fixture *fixture, const char *key, const char *value)
{
    memcpy(state_put(fixture->state, span_of(key), strlen(value)), value, strlen(value));
}

static struct state_frozen *write_frozen(struct fixture *fixture)
{
    struct state_frozen *frozen = state_freeze(fixture->state, ++fixture->position);

    assert_non_null(frozen);
    assert_int_equal(state_write(frozen), IM_OK);
    return frozen;
}

static void checkpoint(struct fixture *fixture)
{
    state_frozen_done(fixture->state, write_frozen(fixture), true);
}

/* With a cache of no bytes: whatever is clean and not held goes. */
static void evict_all(struct fixture *fixture)
{
    state_trim(fixture->state);
}

static void on_scanned(void *arg, struct span key, const void *value, size_t n)
{
    char *text = arg;

    /* In no particular order: so the tests have at most one row left that counts. */
    sprintf(text + strlen(text), "%.*s=%.*s ", SPAN_FMT(key), (int)n, (const char *)value);
}

static const char *scan(struct fixture *fixture, const char *prefix)
{
    static char text[1024];

    text[0] = 0;
    if (state_scan(fixture->state, span_of(prefix), on_scanned, text) == STATE_UNKNOWN)
        return "?";
    return text;
}

static void put_keeps_old_bytes_and_zeroes_new_ones(void **state)
{
    struct fixture *fixture = *state;
    static const char zeroes[STATE_MAX_VALUE];
    char *value;

    load(fixture, "r", NULL);
    value = state_put(fixture->state, span_of("r"), 5);
    assert_memory_equal(value, zeroes, 5);
    memcpy(value, "hello", 5);
    for (size_t n = 5; n <= STATE_MAX_VALUE; n += 7) {
        value = state_put(fixture->state, span_of("r"), n);
        assert_memory_equal(value, "hello", 5);
        assert_memory_equal(value + 5, zeroes, n - 5);
        assert_int_equal((uintptr_t)value % 8, 0);
    }
    memset(state_put(fixture->state, span_of("r"), 60), 'x', 60);
    state_put(fixture->state, span_of("r"), 3);
    value = state_put(fixture->state, span_of("r"), 60);
    assert_memory_equal(value, "xxx", 3);
    assert_memory_equal(value + 3, zeroes, 57);
}

static void a_row_is_unknown_until_loaded_then_absent_or_there(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(get(fixture, "r"), "?");
    load(fixture, "r", NULL);
    assert_string_equal(get(fixture, "r"), "-");
    put(fixture, "r", "one");
    assert_string_equal(get(fixture, "r"), "one");
    checkpoint(fixture);
    evict_all(fixture);
    assert_string_equal(get(fixture, "r"), "?");
    load(fixture, "r", NULL);
    assert_string_equal(get(fixture, "r"), "one");
}

static void dirty_and_frozen_rows_are_not_evicted(void **state)
{
    struct fixture *fixture = *state;
    struct state_frozen *frozen;

    load(fixture, "r", NULL);
    put(fixture, "r", "one");
    evict_all(fixture);
    assert_string_equal(get(fixture, "r"), "one");
    frozen = state_freeze(fixture->state, 1);
    evict_all(fixture);
    assert_string_equal(get(fixture, "r"), "one");
    state_frozen_done(fixture->state, frozen, false);
    evict_all(fixture);
    assert_string_equal(get(fixture, "r"), "one");
}

static void a_frozen_row_is_written_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct state_frozen *frozen;

    load(fixture, "r", NULL);
    load(fixture, "gone", NULL);
    put(fixture, "r", "old");
    put(fixture, "gone", "old");
    frozen = state_freeze(fixture->state, 1);
    assert_int_equal(state_dirty_rows(fixture->state), 0);
    assert_int_equal(state_dirty_bytes(fixture->state), 0);
    put(fixture, "r", "new");
    state_delete(fixture->state, span_of("gone"));
    assert_int_equal(state_write(frozen), IM_OK);
    assert_string_equal(get(fixture, "r"), "new");
    assert_string_equal(get(fixture, "gone"), "-");
    state_frozen_done(fixture->state, frozen, true);

    open_state(fixture, 0); /* a crash: what was frozen is what is there */
    load(fixture, "r", NULL);
    load(fixture, "gone", NULL);
    assert_string_equal(get(fixture, "r"), "old");
    assert_string_equal(get(fixture, "gone"), "old");
}

static void after_a_failed_checkpoint_the_next_has_it_all(void **state)
{
    struct fixture *fixture = *state;
    struct state_frozen *frozen;
    uint64_t position = 0;

    load(fixture, "a", NULL);
    load(fixture, "b", NULL);
    put(fixture, "a", "one");
    put(fixture, "b", "one");
    frozen = state_freeze(fixture->state, 7);
    put(fixture, "b", "two");
    engine_memory_fail(fixture->flaky.below, 1);
    assert_int_equal(state_write(frozen), IM_ERR_IO);
    state_frozen_done(fixture->state, frozen, false);
    assert_int_equal(state_dirty_rows(fixture->state), 2);
    assert_int_equal(state_position(fixture->state, &position), IM_OK);
    assert_int_equal(position, 0);
    fixture->position = 8;
    checkpoint(fixture);
    open_state(fixture, 0);
    load(fixture, "a", NULL);
    load(fixture, "b", NULL);
    assert_string_equal(get(fixture, "a"), "one");
    assert_string_equal(get(fixture, "b"), "two");
    assert_int_equal(state_position(fixture->state, &position), IM_OK);
    assert_int_equal(position, 9);
}

static void nothing_changed_freezes_nothing_and_only_one_set_is_frozen(void **state)
{
    struct fixture *fixture = *state;
    struct state_frozen *frozen;

    assert_null(state_freeze(fixture->state, 1));
    load(fixture, "r", NULL);
    state_delete(fixture->state, span_of("r"));
    assert_null(state_freeze(fixture->state, 1)); /* deleting what is absent changes nothing */
    put(fixture, "r", "one");
    frozen = state_freeze(fixture->state, 1);
    put(fixture, "r", "two");
    assert_null(state_freeze(fixture->state, 2));
    state_frozen_done(fixture->state, frozen, false);
}

static void a_collection_is_listed_once_loaded(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(scan(fixture, "c1"), "?");
    load(fixture, NULL, "c1");
    assert_string_equal(scan(fixture, "c1"), "");
    assert_string_equal(get(fixture, "c1x"), "-"); /* known from the collection */
    put(fixture, "c1x", "one");
    assert_string_equal(scan(fixture, "c1"), "c1x=one ");
    assert_string_equal(scan(fixture, "c2"), "?");
    checkpoint(fixture);
    evict_all(fixture);
    assert_string_equal(scan(fixture, "c1"), "?");
    assert_string_equal(get(fixture, "c1x"), "?");
    load(fixture, NULL, "c1");
    assert_string_equal(scan(fixture, "c1"), "c1x=one ");
    state_delete(fixture->state, span_of("c1x"));
    assert_string_equal(scan(fixture, "c1"), "");
}

static void a_row_deleted_while_the_scan_runs_stays_deleted(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *slow;

    load(fixture, "c1x", NULL);
    put(fixture, "c1x", "one");
    checkpoint(fixture);
    slow = begin(fixture, NULL, "c1");
    state_load_read(slow);
    state_delete(fixture->state, span_of("c1x"));
    checkpoint(fixture);
    evict_all(fixture);
    evict_all(fixture);
    assert_int_equal(state_load_end(fixture->state, slow), IM_OK);
    assert_string_equal(get(fixture, "c1x"), "-");
    assert_string_equal(scan(fixture, "c1"), "");
}

static void a_row_made_while_the_scan_runs_is_listed(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *slow = begin(fixture, NULL, "c1");

    state_load_read(slow);
    load(fixture, "c1x", NULL);
    put(fixture, "c1x", "new");
    checkpoint(fixture);
    evict_all(fixture);
    evict_all(fixture);
    assert_int_equal(state_load_end(fixture->state, slow), IM_OK);
    assert_string_equal(scan(fixture, "c1"), "c1x=new ");
}

static void a_row_being_loaded_singly_joins_its_collection(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *there, *absent;

    load(fixture, "c1x", NULL);
    put(fixture, "c1x", "one");
    checkpoint(fixture);
    evict_all(fixture);
    there = begin(fixture, "c1x", NULL);
    absent = begin(fixture, "c1y", NULL);
    load(fixture, NULL, "c1");
    assert_string_equal(scan(fixture, "c1"), "c1x=one ");
    put(fixture, "c1x", "two");
    state_load_read(there);
    state_load_read(absent);
    assert_int_equal(state_load_end(fixture->state, there), IM_OK);
    assert_int_equal(state_load_end(fixture->state, absent), IM_OK);
    assert_string_equal(get(fixture, "c1x"), "two");
    assert_string_equal(get(fixture, "c1y"), "-");
    assert_string_equal(scan(fixture, "c1"), "c1x=two ");
}

static void nobody_loads_what_is_being_loaded(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *first = begin(fixture, "r", "c1");
    struct state_load *second = state_load_new(fixture->state);

    state_load_row(second, span_of("r"));
    state_load_collection(second, span_of("c1"));
    assert_false(state_load_begin(fixture->state, second));
    assert_int_equal(state_load_end(fixture->state, second), IM_OK);
    assert_string_equal(get(fixture, "r"), "?");
    second = state_load_new(fixture->state);
    state_load_row(second, span_of("r"));
    state_load_row(second, span_of("more"));
    assert_true(state_load_begin(fixture->state, second));
    state_load_read(second);
    assert_int_equal(state_load_end(fixture->state, second), IM_OK);
    assert_string_equal(get(fixture, "more"), "-");
    assert_string_equal(get(fixture, "r"), "?");
    state_load_read(first);
    assert_int_equal(state_load_end(fixture->state, first), IM_OK);
    assert_string_equal(get(fixture, "r"), "-");
    assert_string_equal(scan(fixture, "c1"), "");
}

static void a_load_of_known_or_repeated_rows_has_nobody_to_wait_for(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *twice = state_load_new(fixture->state);

    load(fixture, "r", "c1");
    load(fixture, "r", "c1");
    assert_true(state_load_empty(twice));
    state_load_row(twice, span_of("s"));
    state_load_row(twice, span_of("s"));
    state_load_collection(twice, span_of("c2"));
    state_load_collection(twice, span_of("c2"));
    assert_false(state_load_empty(twice));
    assert_true(state_load_begin(fixture->state, twice));
    state_load_read(twice);
    assert_int_equal(state_load_end(fixture->state, twice), IM_OK);
    assert_string_equal(get(fixture, "s"), "-");
}

static void what_could_not_be_read_stays_unknown(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *failing = begin(fixture, "r", "c1");

    fixture->flaky.failures = 1;
    state_load_read(failing);
    assert_int_equal(state_load_end(fixture->state, failing), IM_ERR_IO);
    assert_string_equal(get(fixture, "r"), "?");
    assert_string_equal(scan(fixture, "c1"), "?");
    failing = begin(fixture, NULL, "c1");
    fixture->flaky.failures = 1;
    state_load_read(failing);
    assert_int_equal(state_load_end(fixture->state, failing), IM_ERR_IO);
    assert_string_equal(scan(fixture, "c1"), "?");
    load(fixture, "r", "c1");
    assert_string_equal(get(fixture, "r"), "-");
    assert_string_equal(scan(fixture, "c1"), "");
}

static void a_load_given_up_leaves_its_rows_unknown(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *given_up = begin(fixture, "c1x", "c1");

    assert_int_equal(state_load_end(fixture->state, given_up), IM_OK);
    assert_string_equal(get(fixture, "c1x"), "?");
    assert_string_equal(scan(fixture, "c1"), "?");
    load(fixture, "c1x", "c1");
    assert_string_equal(get(fixture, "c1x"), "-");
}

static void inline_loads_do_not_wait_and_win_over_older_ones(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *old = begin(fixture, "r", "c1");
    struct state_load *other;

    state_load_read(old);
    state_set_inline_loads(fixture->state, true);
    assert_string_equal(get(fixture, "r"), "-");
    assert_string_equal(scan(fixture, "c1"), "");
    put(fixture, "r", "new");
    put(fixture, "c1x", "new");
    state_set_inline_loads(fixture->state, false);
    checkpoint(fixture);
    evict_all(fixture);
    evict_all(fixture);
    other = begin(fixture, "r", "c1");
    assert_int_equal(state_load_end(fixture->state, old), IM_OK);
    assert_string_equal(get(fixture, "r"), "?");
    assert_string_equal(scan(fixture, "c1"), "?");
    state_load_read(other);
    assert_int_equal(state_load_end(fixture->state, other), IM_OK);
    assert_string_equal(get(fixture, "r"), "new");
    assert_string_equal(scan(fixture, "c1"), "c1x=new ");
}

/* An account made by one command while another still asks for the row of that number. */
static void a_row_declared_absent_while_it_is_loaded_can_be_made(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *under_way = state_load_new(fixture->state);
    const void *value;
    size_t n;

    state_load_row(under_way, span_of("a"));
    assert_true(state_load_begin(fixture->state, under_way));
    state_declare_absent(fixture->state, span_of("a"));
    assert_int_equal(state_get(fixture->state, span_of("a"), &value, &n), STATE_ABSENT);
    put(fixture, "a", "made");
    state_load_read(under_way);
    assert_int_equal(state_load_end(fixture->state, under_way), IM_OK);
    assert_int_equal(state_get(fixture->state, span_of("a"), &value, &n), STATE_HIT);
    assert_true(span_is(span_make(value, n), "made"));
}

/* One command asks for the row, another for all of the collection, and that is read first. */
static void a_complete_collection_knows_what_a_load_of_a_row_has_not_found_yet(void **state)
{
    struct fixture *fixture = *state;
    struct state_load *single = begin(fixture, "c1x", NULL);
    const void *value;
    size_t n;

    load(fixture, NULL, "c1");
    assert_int_equal(state_get(fixture->state, span_of("c1x"), &value, &n), STATE_ABSENT);
    put(fixture, "c1x", "made");
    state_load_read(single);
    assert_int_equal(state_load_end(fixture->state, single), IM_OK);
    assert_string_equal(get(fixture, "c1x"), "made");
    assert_string_equal(scan(fixture, "c1"), "c1x=made ");
}

static void seek_back_sees_the_last_durable_picture(void **state)
{
    struct fixture *fixture = *state;
    char key[STATE_MAX_KEY];
    size_t n = 0;

    load(fixture, "p1", NULL);
    put(fixture, "p1", "x");
    assert_int_equal(state_seek_back(fixture->state, span_of("p"), span_of("p5"), key, &n),
                     IM_ERR_NOT_FOUND);
    checkpoint(fixture);
    assert_int_equal(state_seek_back(fixture->state, span_of("p"), span_of("p5"), key, &n), IM_OK);
    assert_true(span_is(span_make(key, n), "p1"));
}

static void the_position_row_tells_foreign_formats_and_damage(void **state)
{
    struct fixture *fixture = *state;
    struct state_change change = {{"", 1}, {"\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16}, false};
    uint64_t position = 77;

    fixture->flaky.below->ops->apply(fixture->flaky.below, &change, 1);
    assert_int_equal(state_position(fixture->state, &position), IM_ERR_VERSION);
    change.value = SPAN_LIT("\x01\0\0\0");
    fixture->flaky.below->ops->apply(fixture->flaky.below, &change, 1);
    assert_int_equal(state_position(fixture->state, &position), IM_ERR_CORRUPT);
    fixture->flaky.failures = 1;
    assert_int_equal(state_position(fixture->state, &position), IM_ERR_IO);
    assert_int_equal(position, 77);
}

static void what_is_used_stays_longer(void **state)
{
    struct fixture *fixture = *state;
    char key[16];
    struct state_stats stats;

    open_state(fixture, 4000);
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "r%d", i);
        load(fixture, key, NULL);
        if (i > 0)
            assert_string_equal(get(fixture, "r0"), "-");
        state_trim(fixture->state);
        state_stats(fixture->state, &stats);
        assert_true(stats.cached_bytes <= 4000);
    }
    assert_string_equal(get(fixture, "r1"), "?");
    assert_string_equal(get(fixture, "r1999"), "-");
    assert_true(stats.evicted > 1800 && stats.loads == 2000);
}

static void a_hundred_thousand_rows_are_found_again(void **state)
{
    struct fixture *fixture = *state;
    struct state_stats stats;
    uint32_t n = 100000;
    char key[5] = "c1";

    open_state(fixture, 1 << 30);
    load(fixture, NULL, "c1");
    for (uint32_t i = 0; i < n; i++) {
        key[2] = (char)i;
        key[3] = (char)(i >> 8);
        key[4] = (char)(i >> 16);
        put_le32(state_put(fixture->state, span_make(key, 5), 4), i);
    }
    checkpoint(fixture);
    for (uint32_t i = 0; i < n; i++) {
        const void *value;
        size_t value_n;

        if (i % 1000 == 0)
            state_trim(fixture->state);
        key[2] = (char)i;
        key[3] = (char)(i >> 8);
        key[4] = (char)(i >> 16);
        assert_int_equal(state_get(fixture->state, span_make(key, 5), &value, &value_n), STATE_HIT);
        assert_int_equal(get_le32(value), i);
    }
    state_stats(fixture->state, &stats);
    assert_int_equal(stats.cached_rows, n);
    assert_int_equal(stats.dirty_rows, 0);
    assert_int_equal(stats.checkpoints, 1);
}

static void on_dumped(void *arg, struct span key, const void *value, size_t n)
{
    on_scanned(arg, key, value, n);
}

/* Rows whose value starts with 'x' have expired. */
static bool is_expired(void *arg, struct span key, struct span value)
{
    (void)arg;
    (void)key;
    return value.n && value.p[0] == 'x';
}

static void a_dump_merges_cache_and_engine(void **state)
{
    struct fixture *fixture = *state;
    const char *keys[] = {"a", "b", "d", "e", "f", "g"};
    char text[256] = "";

    fixture->flaky.engine.expired = is_expired;
    for (size_t i = 0; i < 6; i++)
        load(fixture, keys[i], NULL);
    put(fixture, "b", "stored");
    put(fixture, "d", "old");
    put(fixture, "e", "deleted");
    put(fixture, "g", "x expired");
    checkpoint(fixture);
    put(fixture, "a", "first");
    put(fixture, "d", "new");
    state_delete(fixture->state, span_of("e"));
    put(fixture, "f", "x expired");
    assert_int_equal(state_dump(fixture->state, on_dumped, text), IM_OK);
    assert_string_equal(text, "a=first b=stored d=new ");
}

/* The newest record that a look at the row tells. */
static uint64_t shown(struct fixture *fixture, const char *row)
{
    state_watch(fixture->state);
    get(fixture, row);
    return state_unwatch(fixture->state);
}

static void seen(void *arg, struct span key, const void *value, size_t n)
{
    (void)key, (void)value, (void)n;
    ++*(int *)arg;
}

static void reads_know_the_newest_record_that_they_show(void **state)
{
    struct fixture *fixture = *state;
    int rows = 0;

    load(fixture, "a", NULL);
    load(fixture, "b", NULL);
    load(fixture, NULL, "cc");
    assert_int_equal(shown(fixture, "a"), 0);
    state_stamp(fixture->state, 7);
    put(fixture, "a", "one");
    put(fixture, "cc1", "member");
    state_stamp(fixture->state, 9);
    put(fixture, "b", "two");
    assert_int_equal(shown(fixture, "a"), 7);
    assert_int_equal(shown(fixture, "b"), 9);
    /* That a row is gone is shown too, also among others. */
    state_stamp(fixture->state, 12);
    state_delete(fixture->state, span_of("a"));
    assert_int_equal(shown(fixture, "a"), 12);
    state_watch(fixture->state);
    assert_int_equal(state_scan(fixture->state, span_of("cc"), seen, &rows), STATE_HIT);
    assert_int_equal(rows, 1);
    assert_int_equal(state_unwatch(fixture->state), 7);
    state_stamp(fixture->state, 13);
    state_delete(fixture->state, span_of("cc1"));
    state_watch(fixture->state);
    state_scan(fixture->state, span_of("cc"), seen, &rows);
    assert_int_equal(state_unwatch(fixture->state), 13);
    /* What nobody watches is not noted. */
    get(fixture, "b");
    assert_int_equal(shown(fixture, "cc9"), 0);
}

static void what_was_written_to_the_engine_shows_no_record(void **state)
{
    struct fixture *fixture = *state;
    struct state_frozen *frozen;

    load(fixture, "a", NULL);
    load(fixture, "b", NULL);
    load(fixture, "d", NULL);
    state_stamp(fixture->state, 7);
    put(fixture, "a", "one");
    put(fixture, "b", "one");
    frozen = state_freeze(fixture->state, 7);
    assert_int_equal(shown(fixture, "a"), 7);
    state_stamp(fixture->state, 8);
    put(fixture, "b", "two");
    assert_int_equal(state_write(frozen), IM_OK);
    state_frozen_done(fixture->state, frozen, true);
    assert_int_equal(shown(fixture, "a"), 0);
    assert_int_equal(shown(fixture, "b"), 8);
    assert_int_equal(shown(fixture, "d"), 0);
    /* A picture that could not be written is none. */
    frozen = state_freeze(fixture->state, 8);
    state_frozen_done(fixture->state, frozen, false);
    assert_int_equal(shown(fixture, "b"), 8);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    hash_init();
    return RUN_TESTS(
        ROW(reads_know_the_newest_record_that_they_show),
        ROW(what_was_written_to_the_engine_shows_no_record),
        ROW(put_keeps_old_bytes_and_zeroes_new_ones),
        ROW(a_row_is_unknown_until_loaded_then_absent_or_there),
        ROW(dirty_and_frozen_rows_are_not_evicted), ROW(a_frozen_row_is_written_as_it_was),
        ROW(after_a_failed_checkpoint_the_next_has_it_all),
        ROW(nothing_changed_freezes_nothing_and_only_one_set_is_frozen),
        ROW(a_collection_is_listed_once_loaded),
        ROW(a_row_deleted_while_the_scan_runs_stays_deleted),
        ROW(a_row_made_while_the_scan_runs_is_listed),
        ROW(a_row_being_loaded_singly_joins_its_collection), ROW(nobody_loads_what_is_being_loaded),
        ROW(a_load_of_known_or_repeated_rows_has_nobody_to_wait_for),
        ROW(what_could_not_be_read_stays_unknown), ROW(a_load_given_up_leaves_its_rows_unknown),
        ROW(inline_loads_do_not_wait_and_win_over_older_ones),
        ROW(a_row_declared_absent_while_it_is_loaded_can_be_made),
        ROW(a_complete_collection_knows_what_a_load_of_a_row_has_not_found_yet),
        ROW(seek_back_sees_the_last_durable_picture),
        ROW(the_position_row_tells_foreign_formats_and_damage), ROW(what_is_used_stays_longer),
        ROW(a_hundred_thousand_rows_are_found_again), ROW(a_dump_merges_cache_and_engine));
}
