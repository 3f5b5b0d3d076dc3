/*
 * The history index against a sorted array: the same entries whatever is evicted, checkpointed,
 * forgotten in a crash or vanishes when it has expired. The rows are real (state over the memory
 * engine); of the shard there is only what the index asks of it.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/history/expiry.h"
#include "core/history/page.h"
#include "core/quota/limit.h"
#include "state/engine.h"

#define DAY_S 86400u
#define START_S 1600000000u
#define RETENTION_S (7 * DAY_S)

/* ---- what the index asks of the shard ---- */

struct shard {
    struct state *state;
    struct state_load *load;
    uint32_t now_s;
    uint32_t loads;
};

static const struct app_id app = {7};
static const struct account_no alice = {3}, bob = {5};

enum state_found row_find(struct shard *shard, struct span key, const void **ret_value,
                          size_t *ret_n)
{
    size_t n;
    enum state_found found = state_get(shard->state, key, ret_value, ret_n ? ret_n : &n);

    if (found == STATE_UNKNOWN) {
        if (!shard->load)
            shard->load = state_load_new(shard->state);
        state_load_row(shard->load, key);
    }
    return found;
}

void *row_put(struct shard *shard, struct span key, size_t n)
{
    return state_put(shard->state, key, n);
}

struct state *shard_state(struct shard *shard)
{
    return shard->state;
}

uint32_t shard_dropped_s(const struct shard *shard)
{
    (void)shard;
    return 0;
}

uint64_t shard_now_us(const struct shard *shard)
{
    return (uint64_t)shard->now_s * 1000000;
}

uint64_t limit_of(struct shard *shard, struct app_id of, enum limit limit)
{
    (void)shard, (void)of, (void)limit;
    return 0;
}

struct roaming_kept roaming_kept(struct shard *shard, struct app_id of)
{
    (void)shard, (void)of;
    return (struct roaming_kept){0};
}

/* True if something was missing and is there now. */
static bool load_missing(struct shard *shard)
{
    struct state_load *load = shard->load;

    if (!load)
        return false;
    shard->load = NULL;
    shard->loads++;
    if (state_load_begin(shard->state, load))
        state_load_read(load);
    assert_int_equal(state_load_end(shard->state, load), IM_OK);
    return true;
}

/* ---- bench: the index and the model beside it ---- */

struct logged {
    uint32_t now_s;
    bool flags_only;
    uint16_t flags;
    struct page_entry entry;
};

struct bench {
    struct shard shard;
    struct state_engine *engine;
    struct history_expiry *expiry;
    uint64_t cache_bytes;
    uint64_t position;
    uint64_t random;
    struct page_entry *model; /* sorted by key */
    size_t count, room;
    struct logged *log; /* since the last checkpoint */
    size_t log_count, log_room;
};

static uint64_t draw(struct bench *bench, uint64_t below)
{
    bench->random ^= bench->random << 13;
    bench->random ^= bench->random >> 7;
    bench->random ^= bench->random << 17;
    return bench->random % below;
}

static void bench_open(struct bench *bench)
{
    struct state_config config = {.engine = bench->engine,
                                  .cache_bytes = bench->cache_bytes,
                                  .collection_prefix = row_collection_prefix};

    bench->shard.state = state_new(&config);
}

static void bench_init(struct bench *bench, uint64_t seed, uint64_t cache_bytes)
{
    *bench = (struct bench){.random = seed * 0x9e3779b97f4a7c15u + 1, .cache_bytes = cache_bytes};
    bench->shard.now_s = START_S;
    bench->engine = engine_memory_new();
    bench->expiry = history_expiry_new();
    history_expiry_set_app(bench->expiry, app, (struct roaming_kept){0});
    history_expiry_set_now(bench->expiry, START_S);
    engine_memory_expire(bench->engine, history_row_expired, bench->expiry);
    bench_open(bench);
}

static void bench_release(struct bench *bench)
{
    state_free(bench->shard.state);
    state_engine_close(bench->engine);
    history_expiry_free(bench->expiry);
    free(bench->model);
    free(bench->log);
}

static void checkpoint(struct bench *bench)
{
    struct state_frozen *frozen = state_freeze(bench->shard.state, ++bench->position);

    if (!frozen)
        return;
    assert_int_equal(state_write(frozen), IM_OK);
    state_frozen_done(bench->shard.state, frozen, true);
    bench->log_count = 0;
}

/* A restart whose picture is complete: nothing is in the cache any more. */
static void restart(struct bench *bench)
{
    checkpoint(bench);
    state_free(bench->shard.state);
    bench_open(bench);
}

/* A crash: memory is gone, what came after the last checkpoint is applied again. */
static void crash(struct bench *bench)
{
    uint32_t now_s = bench->shard.now_s;

    state_free(bench->shard.state);
    bench_open(bench);
    state_set_inline_loads(bench->shard.state, true);
    for (size_t i = 0; i < bench->log_count; i++) {
        const struct logged *logged = &bench->log[i];

        bench->shard.now_s = logged->now_s;
        if (logged->flags_only)
            page_set_flags(&bench->shard, app, bob, alice, logged->entry.key, logged->flags);
        else
            page_insert(&bench->shard, app, alice, bob, &logged->entry);
    }
    state_set_inline_loads(bench->shard.state, false);
    bench->shard.now_s = now_s;
}

static void log_add(struct bench *bench, const struct logged *logged)
{
    if (bench->log_count == bench->log_room) {
        bench->log_room = bench->log_room ? bench->log_room * 2 : 256;
        bench->log = mem_realloc(bench->log, bench->log_room * sizeof(*bench->log));
    }
    bench->log[bench->log_count++] = *logged;
}

static size_t model_lower_bound(const struct bench *bench, struct message_key key)
{
    size_t low = 0, high = bench->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (message_key_compare(bench->model[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool alive(const struct bench *bench, const struct page_entry *entry)
{
    return entry->accepted_s + RETENTION_S > bench->shard.now_s;
}

static const struct page_entry *model_find(const struct bench *bench, struct message_key key)
{
    size_t at = model_lower_bound(bench, key);

    if (at == bench->count || message_key_compare(bench->model[at].key, key) != 0 ||
        !alive(bench, &bench->model[at]))
        return NULL;
    return &bench->model[at];
}

/* Expired entries leave the model now and then, so that their keys can be used again. */
static void model_prune(struct bench *bench)
{
    size_t kept = 0;

    for (size_t i = 0; i < bench->count; i++) {
        if (alive(bench, &bench->model[i]))
            bench->model[kept++] = bench->model[i];
    }
    bench->count = kept;
}

static enum state_found find_loaded(struct bench *bench, struct message_key key,
                                    struct page_entry *ret)
{
    enum state_found found;

    do
        found = page_find(&bench->shard, app, bob, alice, key, ret);
    while (load_missing(&bench->shard));
    return found;
}

static void insert(struct bench *bench, struct message_key key, uint32_t accepted_s)
{
    struct page_entry entry = {.position = draw(bench, 1u << 30),
                               .key = key,
                               .accepted_s = accepted_s,
                               .lifetime_s = RETENTION_S};
    struct page_entry there;
    size_t at;

    if (find_loaded(bench, key, &there) == STATE_HIT)
        return;
    for (;;) {
        bool ready = page_need_insert(&bench->shard, app, bob, alice, key);

        if (!load_missing(&bench->shard)) {
            assert_true(ready);
            break;
        }
    }
    page_insert(&bench->shard, app, alice, bob, &entry);
    log_add(bench, &(struct logged){.now_s = bench->shard.now_s, .entry = entry});
    state_trim(bench->shard.state);

    at = model_lower_bound(bench, key);
    if (at < bench->count && message_key_compare(bench->model[at].key, key) == 0) {
        bench->model[at] = entry;
        return;
    }
    if (bench->count == bench->room) {
        bench->room = bench->room ? bench->room * 2 : 1024;
        bench->model = mem_realloc(bench->model, bench->room * sizeof(*bench->model));
    }
    memmove(&bench->model[at + 1], &bench->model[at], (bench->count - at) * sizeof(*bench->model));
    bench->model[at] = entry;
    bench->count++;
}

static void set_flags(struct bench *bench, size_t at)
{
    struct page_entry entry;
    struct message_key key = bench->model[at].key;

    if (!alive(bench, &bench->model[at]))
        return;
    assert_int_equal(find_loaded(bench, key, &entry), STATE_HIT);
    assert_true(page_set_flags(&bench->shard, app, alice, bob, key, MESSAGE_WITHDRAWN));
    log_add(bench, &(struct logged){.now_s = bench->shard.now_s,
                                    .flags_only = true,
                                    .flags = MESSAGE_WITHDRAWN,
                                    .entry = {.key = key}});
    bench->model[at].flags |= MESSAGE_WITHDRAWN;
}

/* ---- walks ---- */

struct seen {
    struct page_entry entries[256];
    size_t count, limit;
};

static bool see(void *arg, const struct page_entry *entry)
{
    struct seen *seen = arg;

    seen->entries[seen->count++] = *entry;
    return seen->count < seen->limit;
}

static void assert_entry(const struct page_entry *left, const struct page_entry *right)
{
    assert_memory_equal(left, right, sizeof(*left));
}

static void check_back(struct bench *bench, struct message_key before, bool inclusive, size_t limit)
{
    struct seen seen;
    size_t at = model_lower_bound(bench, before), expected = 0;
    enum state_found found;

    do {
        seen = (struct seen){.limit = limit};
        found = page_walk_back(&bench->shard, app, alice, bob, before, inclusive, see, &seen);
    } while (load_missing(&bench->shard));
    assert_int_equal(found, STATE_HIT);
    if (inclusive && at < bench->count && !message_key_compare(bench->model[at].key, before))
        at++;
    while (at-- > 0 && expected < limit) {
        if (!alive(bench, &bench->model[at]))
            continue;
        assert_true(expected < seen.count);
        assert_entry(&seen.entries[expected++], &bench->model[at]);
    }
    assert_int_equal(seen.count, expected);
}

static void check_forward(struct bench *bench, struct message_key after, bool inclusive,
                          size_t limit)
{
    struct seen seen;
    size_t at = model_lower_bound(bench, after), expected = 0;
    enum state_found found;

    do {
        seen = (struct seen){.limit = limit};
        found = page_walk_forward(&bench->shard, app, alice, bob, after, inclusive, see, &seen);
    } while (load_missing(&bench->shard));
    assert_int_equal(found, STATE_HIT);
    if (!inclusive && at < bench->count && !message_key_compare(bench->model[at].key, after))
        at++;
    for (; at < bench->count && expected < limit; at++) {
        if (!alive(bench, &bench->model[at]))
            continue;
        assert_true(expected < seen.count);
        assert_entry(&seen.entries[expected++], &bench->model[at]);
    }
    assert_int_equal(seen.count, expected);
}

static struct message_key some_key(struct bench *bench, uint32_t span_s)
{
    struct message_key key = {bench->shard.now_s - (uint32_t)draw(bench, span_s),
                              (uint32_t)draw(bench, 6), (uint32_t)draw(bench, 3)};

    if (bench->count && draw(bench, 2))
        key = bench->model[draw(bench, bench->count)].key;
    return key;
}

static void check_all(struct bench *bench)
{
    struct message_key newest = {UINT32_MAX, UINT32_MAX, UINT32_MAX}, oldest = {0};

    for (int i = 0; i < 4; i++) {
        check_back(bench, some_key(bench, 20 * DAY_S), draw(bench, 2), 1 + draw(bench, 200));
        check_forward(bench, some_key(bench, 20 * DAY_S), draw(bench, 2), 1 + draw(bench, 200));
    }
    check_back(bench, newest, true, 200);
    check_forward(bench, oldest, false, 200);
}

/* Pages backwards as a client does, to the end: every entry once. */
static void check_paging(struct bench *bench, size_t page)
{
    struct message_key before = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    size_t total = 0, expected = 0;
    struct seen seen;

    do {
        do {
            seen = (struct seen){.limit = page};
            assert_true(page_walk_back(&bench->shard, app, alice, bob, before, false, see, &seen) ==
                            STATE_HIT ||
                        bench->shard.load);
        } while (load_missing(&bench->shard));
        total += seen.count;
        if (seen.count)
            before = seen.entries[seen.count - 1].key;
        state_trim(bench->shard.state);
    } while (seen.count == page);
    for (size_t i = 0; i < bench->count; i++)
        expected += alive(bench, &bench->model[i]);
    assert_int_equal(total, expected);
}

/* ---- the tests ---- */

static void advance(struct bench *bench, uint32_t seconds)
{
    bench->shard.now_s += seconds;
    history_expiry_set_now(bench->expiry, bench->shard.now_s);
}

static void compact(struct bench *bench)
{
    assert_int_equal(bench->engine->ops->compact(bench->engine), IM_OK);
}

static void random_step(struct bench *bench, uint32_t past_in_1000, uint32_t days_in_1000)
{
    uint64_t what = draw(bench, 1000);
    struct message_key key = {bench->shard.now_s, (uint32_t)draw(bench, 6),
                              (uint32_t)draw(bench, 3)};

    if (what < past_in_1000) {
        key.time -= (uint32_t)draw(bench, draw(bench, 2) ? 20 * DAY_S : 600);
        insert(bench, key, bench->shard.now_s);
    } else if (what < 900) {
        insert(bench, key, bench->shard.now_s);
    } else if (what < 940 && bench->count) {
        set_flags(bench, draw(bench, bench->count));
    } else if (what < 960) {
        struct page_entry entry;
        const struct page_entry *expected;

        key = some_key(bench, 20 * DAY_S);
        expected = model_find(bench, key);
        assert_int_equal(find_loaded(bench, key, &entry), expected ? STATE_HIT : STATE_ABSENT);
        if (expected)
            assert_entry(&entry, expected);
    } else if (what < 975) {
        checkpoint(bench);
        compact(bench);
    } else if (what < 985) {
        crash(bench);
    } else if (what < 990) {
        restart(bench);
    }
    if (draw(bench, 4) == 0)
        advance(bench, (uint32_t)draw(bench, 3));
    if (draw(bench, 1000) < days_in_1000) {
        advance(bench, (uint32_t)draw(bench, 4 * DAY_S));
        model_prune(bench);
    }
}

static void random_run(uint64_t seed, uint64_t cache_bytes, uint32_t past_in_1000,
                       uint32_t days_in_1000, int steps)
{
    struct bench bench;

    bench_init(&bench, seed, cache_bytes);
    for (int i = 0; i < steps; i++) {
        random_step(&bench, past_in_1000, days_in_1000);
        if (i % 50 == 0)
            check_all(&bench);
    }
    check_all(&bench);
    check_paging(&bench, 20);
    bench_release(&bench);
}

TEST(the_index_equals_a_sorted_array)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        random_run(seed, 1u << 20, 100, 0, 3000);
}

TEST(it_does_so_when_nothing_stays_in_the_cache_and_most_of_it_vanishes)
{
    for (uint64_t seed = 100; seed <= 160; seed++)
        random_run(seed, 0, 20, 10, 3000);
}

TEST(it_does_so_when_half_of_the_messages_come_with_times_in_the_past)
{
    for (uint64_t seed = 200; seed <= 240; seed++)
        random_run(seed, 4096, 450, 8, 3000);
}

TEST(a_page_of_the_past_outlives_the_pages_behind_it)
{
    struct bench bench;

    bench_init(&bench, 1, 0);
    for (uint32_t i = 0; i < 200; i++) {
        insert(&bench, (struct message_key){bench.shard.now_s, i, 0}, bench.shard.now_s);
        advance(&bench, 60);
    }
    advance(&bench, 6 * DAY_S);
    insert(&bench, (struct message_key){START_S - DAY_S, 1, 1}, bench.shard.now_s);
    restart(&bench);
    advance(&bench, 4 * DAY_S);
    compact(&bench);
    restart(&bench);
    check_all(&bench);
    insert(&bench, (struct message_key){bench.shard.now_s, 1, 1}, bench.shard.now_s);
    insert(&bench, (struct message_key){START_S - 2 * DAY_S, 1, 1}, bench.shard.now_s);
    check_all(&bench);
    restart(&bench);
    check_all(&bench);
    crash(&bench);
    check_all(&bench);
    bench_release(&bench);
}

TEST(messages_of_one_second_are_paged_without_gaps_or_doubles)
{
    struct bench bench;

    bench_init(&bench, 3, 0);
    for (uint32_t i = 0; i < 1000; i++)
        insert(&bench, (struct message_key){START_S, (uint32_t)draw(&bench, 1u << 31), (uint32_t)i},
               START_S);
    assert_int_equal(bench.count, 1000);
    restart(&bench);
    check_paging(&bench, 1);
    check_paging(&bench, 7);
    check_paging(&bench, 20);
    bench_release(&bench);
}

TEST(far_back_is_sought_and_not_walked_to)
{
    struct bench bench;
    uint32_t before;

    bench_init(&bench, 4, 1u << 20);
    for (uint32_t i = 0; i < 20000; i++) {
        insert(&bench, (struct message_key){bench.shard.now_s, 1, 1}, bench.shard.now_s);
        advance(&bench, 10);
    }
    restart(&bench);
    before = bench.shard.loads;
    check_back(&bench, (struct message_key){START_S + 50000, 0, 0}, true, 20);
    check_forward(&bench, (struct message_key){START_S + 50000, 0, 0}, true, 20);
    assert_true(bench.shard.loads - before <= 6);
    bench_release(&bench);
}

TEST(an_appended_message_touches_two_rows_and_loads_one_in_thirty_two)
{
    struct bench bench;
    uint32_t loads;

    bench_init(&bench, 5, 1u << 20);
    insert(&bench, (struct message_key){START_S, 1, 1}, START_S);
    loads = bench.shard.loads;
    for (uint32_t i = 0; i < 3200; i++) {
        advance(&bench, 1);
        insert(&bench, (struct message_key){bench.shard.now_s, 1, 1}, bench.shard.now_s);
    }
    assert_int_equal(bench.shard.loads - loads, 100);
    assert_int_equal(state_dirty_rows(bench.shard.state), 1 + 3201 / 32 + 1);
    bench_release(&bench);
}

TEST(an_app_that_is_unknown_keeps_its_rows)
{
    struct history_expiry *expiry = history_expiry_new();
    struct page_row page = {.newest_accepted_s = START_S};
    struct row_key key;
    struct span row = span_make(&page, sizeof(page));
    struct span page_key = row_key_page(&key, app, alice, bob, (struct message_key){START_S, 1, 1});

    history_expiry_set_now(expiry, START_S + 8 * DAY_S);
    assert_false(history_row_expired(expiry, page_key, row));
    history_expiry_set_app(expiry, app, (struct roaming_kept){0});
    assert_true(history_row_expired(expiry, page_key, row));
    history_expiry_set_app(expiry, app, (struct roaming_kept){.months = 1, .before = 1});
    assert_false(history_row_expired(expiry, page_key, row));
    history_expiry_set_app(expiry, app,
                           (struct roaming_kept){.before = 3, .until_s = START_S + 8 * DAY_S + 1});
    assert_false(history_row_expired(expiry, page_key, row));
    assert_int_equal(history_expiry_longest_s(expiry), 93 * DAY_S);
    history_expiry_set_now(expiry, START_S + 8 * DAY_S + 1);
    assert_true(history_row_expired(expiry, page_key, row));
    assert_int_equal(history_expiry_longest_s(expiry), 7 * DAY_S);
    history_expiry_free(expiry);
}

/* MAGPIE_BENCH=1: prints what an append costs; asserts nothing. */
TEST(appends_are_measured_when_asked_for)
{
    struct bench bench;
    struct timespec from, to;
    const uint32_t count = 1000000;

    if (!getenv("MAGPIE_BENCH"))
        return;
    bench_init(&bench, 6, 1u << 30);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (uint32_t i = 0; i < count; i++) {
        struct page_entry entry = {.key = {START_S + i / 100, i, 1}, .accepted_s = START_S};

        while (!page_need_insert(&bench.shard, app, alice, bob, entry.key))
            load_missing(&bench.shard);
        page_insert(&bench.shard, app, alice, bob, &entry);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("append: %.0f ns\n",
           ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / count);
    bench_release(&bench);
}

int main(void)
{
    return RUN_TESTS(T(the_index_equals_a_sorted_array),
                     T(it_does_so_when_nothing_stays_in_the_cache_and_most_of_it_vanishes),
                     T(it_does_so_when_half_of_the_messages_come_with_times_in_the_past),
                     T(a_page_of_the_past_outlives_the_pages_behind_it),
                     T(messages_of_one_second_are_paged_without_gaps_or_doubles),
                     T(far_back_is_sought_and_not_walked_to),
                     T(an_appended_message_touches_two_rows_and_loads_one_in_thirty_two),
                     T(an_app_that_is_unknown_keeps_its_rows),
                     T(appends_are_measured_when_asked_for));
}
