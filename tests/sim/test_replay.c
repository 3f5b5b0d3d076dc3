/*
 * The journal alone is the truth: all of it, replayed into an empty state, gives row by row what
 * the shard had that wrote it, however its life was: with checkpoints, late loads and crashes.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "support/sim_disk.h"
#include "support/sim_group_load.h"
#include "support/sim_load.h"
#include "support/sim_run.h"

#define WORLDS 40
#define GROUP_WORLDS 15
#define COMMANDS 6000

struct row_copy {
    struct span key, value;
};

struct rows {
    struct arena arena;
    struct row_copy *list;
    size_t count, room;
};

static void copy_row(void *arg, struct span key, const void *value, size_t n)
{
    struct rows *rows = arg;
    struct row_copy *row;

    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 1024;
        rows->list = mem_realloc(rows->list, rows->room * sizeof(*rows->list));
    }
    row = &rows->list[rows->count++];
    row->key = arena_copy(&rows->arena, key);
    row->value = arena_copy(&rows->arena, span_make(value, n));
    if (key.p[0] == ROW_META) {
        struct meta_row meta;

        /* Every start is a boot of its own. */
        memcpy(&meta, value, sizeof(meta));
        meta.boot = meta.last_time_us = 0;
        row->value = arena_copy(&rows->arena, span_make(&meta, sizeof(meta)));
    }
}

static struct rows rows_of(struct sim_world *world)
{
    struct rows rows = {0};

    arena_init(&rows.arena);
    assert_int_equal(state_dump(shard_state(world->shard), copy_row, &rows), IM_OK);
    return rows;
}

static void rows_release(struct rows *rows)
{
    arena_release(&rows->arena);
    free(rows->list);
}

static void compare(const struct rows *live, const struct rows *replayed)
{
    for (size_t i = 0; i < live->count && i < replayed->count; i++) {
        const struct row_copy *a = &live->list[i], *b = &replayed->list[i];

        if (!span_eq(a->key, b->key))
            fail_msg("row %zu: tables %d and %d, other keys", i, a->key.p[0], b->key.p[0]);
        if (!span_eq(a->value, b->value))
            fail_msg("row %zu of table %d differs", i, a->key.p[0]);
    }
    assert_int_equal(live->count, replayed->count);
}

/* A life of so many commands, with crashes if asked for; ends with everything durable. */
static void live(struct sim_world *world, const struct sim_load_ops *ops, void *load, bool crashes)
{
    for (uint64_t i = 0; i < sim_run_amount(COMMANDS); i++) {
        ops->command(load);
        while (sim_world_draw(world, 3))
            assert_true(sim_world_stir(world));
        if (!crashes || sim_world_draw(world, 50))
            continue;
        /* Where nothing waits, what is lost is known: nothing. */
        assert_true(sim_world_settle(world));
        sim_world_crash(world, sim_world_draw(world, 2) == 0);
        assert_int_equal(sim_world_open(world), IM_OK);
        ops->reopened(load, sim_world_position(world) - 1);
    }
    assert_true(sim_world_settle(world));
    /* One that is under way ends. */
    if (crashes)
        sim_world_checkpoint(world);
}

/* The same disk and nothing else. */
static struct sim_world *replayed_world(struct sim_world *world)
{
    struct sim_world *other = sim_world_new(1, "2026-11-29", 9);

    sim_disk_free(other->disk);
    other->disk = sim_disk_clone(world->disk);
    other->segment_bytes = world->segment_bytes;
    other->now_us = world->now_us;
    assert_int_equal(sim_world_open(other), IM_OK);
    return other;
}

static size_t replay_world(const struct sim_load_ops *ops, uint64_t seed, bool crashes)
{
    struct sim_world *world = sim_world_new(seed, "2026-11-29", 9), *other;
    void *load = mem_zalloc(ops->bytes);
    struct rows rows, replayed;
    size_t count;

    world->segment_bytes = 32 << 10;
    world->checkpoint_rows = crashes ? 40 : UINT64_MAX;
    assert_int_equal(sim_world_open(world), IM_OK);
    ops->init(load, world);
    live(world, ops, load, crashes);
    ops->check(load);
    rows = rows_of(world);
    other = replayed_world(world);
    replayed = rows_of(other);
    compare(&rows, &replayed);
    count = rows.count;
    rows_release(&rows);
    rows_release(&replayed);
    ops->release(load);
    free(load);
    sim_world_free(other);
    sim_world_free(world);
    return count;
}

static void replay_worlds(const struct sim_load_ops *ops, uint64_t count, bool crashes)
{
    uint64_t worlds = sim_run_amount(count), first = crashes ? WORLDS : 0;
    size_t rows = 0;

    for (uint64_t i = 0; i < worlds; i++) {
        rows += replay_world(ops, sim_run_seed(first + i), crashes);
        sim_run_done();
    }
    printf("%llu worlds, %zu rows compared\n", (unsigned long long)worlds, rows);
}

TEST(a_journal_without_any_checkpoint_replays_to_the_same_rows)
{
    replay_worlds(&sim_load_ops, WORLDS, false);
}

TEST(a_journal_of_crashes_and_checkpoints_replays_to_the_same_rows)
{
    replay_worlds(&sim_load_ops, WORLDS, true);
}

TEST(a_journal_of_groups_without_any_checkpoint_replays_to_the_same_rows)
{
    replay_worlds(&sim_group_load_ops, GROUP_WORLDS, false);
}

TEST(a_journal_of_groups_with_crashes_and_checkpoints_replays_to_the_same_rows)
{
    replay_worlds(&sim_group_load_ops, GROUP_WORLDS, true);
}

int main(void)
{
    sim_run_begin();
    return RUN_TESTS(T(a_journal_without_any_checkpoint_replays_to_the_same_rows),
                     T(a_journal_of_crashes_and_checkpoints_replays_to_the_same_rows),
                     T(a_journal_of_groups_without_any_checkpoint_replays_to_the_same_rows),
                     T(a_journal_of_groups_with_crashes_and_checkpoints_replays_to_the_same_rows));
}
