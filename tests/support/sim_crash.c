#include "support/test.h"

#include "support/sim_crash.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "support/sim_disk.h"

static uint64_t draw(struct sim_crash *t, uint64_t below)
{
    return sim_world_draw(t->world, below);
}

/* What the state was at this position, to be compared if the crash leaves exactly that. */
static void note_digest(struct sim_crash *t)
{
    uint64_t digest;

    if (!sim_world_digest(t->world, &digest))
        return;
    t->digests[t->digest_count % SIM_CRASH_DIGESTS].position = sim_world_position(t->world);
    t->digests[t->digest_count % SIM_CRASH_DIGESTS].digest = digest;
    t->digest_count++;
}

static void compare_digest(struct sim_crash *t, uint64_t position)
{
    uint64_t digest;

    for (uint32_t i = 0; i < t->digest_count && i < SIM_CRASH_DIGESTS; i++) {
        if (t->digests[i].position != position)
            continue;
        assert_true(sim_world_digest(t->world, &digest));
        assert_true(digest == t->digests[i].digest);
        t->compared++;
    }
    t->digest_count = 0;
}

/* Commands until the process dies; true if power is lost with it. */
static bool live(struct sim_crash *t)
{
    uint64_t commands = 1 + draw(t, draw(t, 8) ? 16 : 120);
    uint64_t at = draw(t, 4) ? draw(t, commands) : UINT64_MAX;
    bool noting = draw(t, 4) == 0;

    for (uint64_t i = 0; i < commands; i++) {
        uint64_t steps = draw(t, 5);

        if (i == at)
            sim_disk_crash_at(t->world->disk, 1 + draw(t, 8), draw(t, UINT64_MAX));
        t->ops->command(t->load);
        if (noting && i + 3 > commands)
            note_digest(t);
        for (uint64_t step = 0; step < steps; step++) {
            if (!sim_world_stir(t->world))
                return true;
        }
    }
    if (draw(t, 3) == 0 && !sim_world_settle(t->world))
        return true;
    return at != UINT64_MAX || draw(t, 2) == 0;
}

static enum im_err count_record(void *arg, uint64_t number, uint64_t time_us, const void *record,
                                size_t n)
{
    (void)time_us, (void)record, (void)n;
    *(uint64_t *)arg = number;
    return IM_OK;
}

/* The last record that a start will find, without disturbing anything. */
static uint64_t position_left(struct sim_crash *t)
{
    struct disk *disk = sim_disk_clone(t->world->disk);
    struct state_config state_config = {.engine = t->world->engine, .cache_bytes = 16 << 20};
    struct state *state = state_new(&state_config);
    struct journal_config config = {.disk = disk,
                                    .segment_bytes = t->world->segment_bytes,
                                    .replay = count_record,
                                    .replay_arg = &(uint64_t){0}};
    struct journal *journal;
    uint64_t last;

    assert_int_equal(state_position(state, &config.replay_after), IM_OK);
    last = config.replay_after;
    config.replay_arg = &last;
    assert_int_equal(journal_open(&config, &journal), IM_OK);
    journal_close(journal);
    state_free(state);
    sim_disk_free(disk);
    return last;
}

/*
 * What a start finds and has not gone on from may be gone after another loss of power, since a
 * process that died may have left it in the machine's memory. What a start has gone on from stays.
 * Each start writes a record of its own.
 */
static uint64_t interrupted_start(struct sim_crash *t, uint64_t left)
{
    bool went_on;
    uint64_t now_left;

    sim_disk_crash_at(t->world->disk, 1 + draw(t, 6), draw(t, UINT64_MAX));
    went_on = sim_world_open(t->world) == IM_OK;
    if (went_on)
        sim_world_sync(t->world);
    sim_world_crash(t->world, true);
    t->crashes++;
    t->interrupted_starts++;
    now_left = position_left(t);
    assert_true(now_left >= (went_on ? left : t->ops->acknowledged(t->load, NULL)));
    return now_left < left ? now_left : left;
}

static void start(struct sim_crash *t)
{
    uint64_t left = position_left(t);

    while (draw(t, 8) == 0)
        left = interrupted_start(t, left);
    assert_int_equal(sim_world_open(t->world), IM_OK);
    assert_true(sim_world_position(t->world) > left);
    compare_digest(t, left);
    t->lost += t->ops->decisions(t->load);
    t->ops->reopened(t->load, left);
    t->lost -= t->ops->decisions(t->load);
}

void sim_crash_world(struct sim_crash *t, uint64_t seed)
{
    uint64_t until = t->crashes + SIM_CRASH_A_WORLD, answers;

    t->world = sim_world_new(seed, "2026-11-29", 9);
    t->world->segment_bytes = 16 << 10;
    t->world->checkpoint_rows = 5 + draw(t, 60);
    assert_int_equal(sim_world_open(t->world), IM_OK);
    t->load = mem_zalloc(t->ops->bytes);
    t->ops->init(t->load, t->world);
    while (t->crashes < until) {
        sim_world_crash(t->world, live(t));
        t->crashes++;
        start(t);
        t->ops->check(t->load);
    }
    if (t->ops->end)
        t->ops->end(t->load);
    t->checkpoints += t->world->checkpoints;
    t->failed_checkpoints += t->world->checkpoints_failed;
    t->ops->acknowledged(t->load, &answers);
    t->answers += answers;
    if (t->ops->count)
        t->ops->count(t->load, t->counts);
    t->ops->release(t->load);
    free(t->load);
    sim_world_free(t->world);
}

void sim_crash_print(const struct sim_crash *t, uint64_t worlds)
{
    printf("%llu worlds, %llu crashes, %llu of them while starting; %llu answers, %llu decisions "
           "lost, %llu states compared row by row; %llu checkpoints, %llu failed\n",
           (unsigned long long)worlds, (unsigned long long)t->crashes,
           (unsigned long long)t->interrupted_starts, (unsigned long long)t->answers,
           (unsigned long long)t->lost, (unsigned long long)t->compared,
           (unsigned long long)t->checkpoints, (unsigned long long)t->failed_checkpoints);
}
