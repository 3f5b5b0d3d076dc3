#include "support/test.h"

#include "support/sim_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/hash.h"
#include "base/mem.h"
#include "command/command.h"
#include "core/app/registry.h"
#include "core/billing/shipped.h"
#include "core/shard_internal.h"
#include "core/usage/calendar.h"
#include "support/sim_disk.h"
#include "support/sim_inode.h"

uint64_t sim_world_draw(struct sim_world *world, uint64_t below)
{
    return sim_draw(&world->random) % below;
}

static void random_bytes(void *arg, void *p, size_t n)
{
    struct sim_world *world = arg;

    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)sim_draw(&world->random);
}

uint64_t sim_world_time(const struct sim_world *world, const char *date, uint32_t second)
{
    char digits[9];
    uint32_t day;

    snprintf(digits, sizeof(digits), "%.4s%.2s%.2s", date, date + 5, date + 8);
    assert_true(day_parse(span_of(digits), &day));
    return zone_day_start_us(world->zone, day) + second * 1000000ull;
}

struct sim_world *sim_world_new(uint64_t seed, const char *date, unsigned hour)
{
    struct sim_world *world = mem_zalloc(sizeof(*world));

    hash_init();
    world->random = seed;
    world->disk = sim_disk_new();
    world->engine = engine_memory_new();
    world->segment_bytes = 64 << 10;
    world->cache_bytes = 16 << 20;
    world->checkpoint_rows = UINT64_MAX;
    assert_int_equal(zone_open(ZONE_DEFAULT, &world->zone), IM_OK);
    assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &world->plan));
    world->now_us = sim_world_time(world, date, hour * 3600);
    return world;
}

void sim_world_free(struct sim_world *world)
{
    sim_world_crash(world, false);
    state_engine_close(world->engine);
    sim_disk_free(world->disk);
    zone_free(world->zone);
    free(world->outputs);
    free(world);
}

/* ---- output ---- */

static void put(void *arg, const struct output *output)
{
    struct sim_world *world = arg;

    if (world->output_end == world->output_room) {
        world->output_room = world->output_room ? world->output_room * 2 : 64;
        world->outputs = mem_realloc(world->outputs, world->output_room * sizeof(*world->outputs));
    }
    world->outputs[world->output_end++] = *output;
    if (output->kind != OUTPUT_REPLY)
        return;
    world->waiting--;
    world->replies++;
    if (world->ops)
        world->ops->decided(world->arg, output->req, output->position);
}

static void let_out(struct sim_world *world)
{
    uint64_t durable = journal_durable(shard_journal(world->shard));

    while (world->output_first < world->output_end) {
        struct output *output = &world->outputs[world->output_first];

        if (output->position > durable)
            return;
        world->output_first++;
        if (output->kind == OUTPUT_REPLY) {
            world->replies--;
            if (world->ops)
                world->ops->acknowledged(world->arg, output->req, output->position);
        } else {
            world->pushes_out++;
        }
        request_unref(output->req);
    }
    world->output_first = world->output_end = 0;
}

static void forget_outputs(struct sim_world *world)
{
    for (size_t i = world->output_first; i < world->output_end; i++)
        request_unref(world->outputs[i].req);
    world->output_first = world->output_end = 0;
    world->replies = 0;
}

/* ---- life and death ---- */

enum im_err sim_world_open(struct sim_world *world)
{
    struct shard_config config = {
        .journal = {.disk = world->disk, .segment_bytes = world->segment_bytes},
        .engine = world->engine,
        .cache_bytes = world->cache_bytes,
        .sink = {put, world},
        .zone = world->zone,
        .plan = world->plan,
        .command_number = command_number,
        .random_bytes = random_bytes,
        .random_arg = world,
        .checkpoint_bytes = UINT64_MAX,
        .checkpoint_rows = world->checkpoint_rows,
        .checkpoint_age_us = UINT64_MAX};
    enum im_err err;

    assert_null(world->shard);
    world->registry = config.registry = app_registry_new();
    err = shard_open(&config, world->now_us, &world->shard);
    if (err) {
        world->shard = NULL;
        app_registry_free(world->registry);
        world->registry = NULL;
    }
    return err;
}

static void end_frozen(struct sim_world *world)
{
    if (world->frozen)
        shard_checkpointed(world->shard, world->frozen, world->frozen_written);
    world->frozen = NULL;
    world->frozen_written = false;
}

void sim_world_crash(struct sim_world *world, bool power_lost)
{
    uint64_t seed = sim_draw(&world->random);

    forget_outputs(world);
    if (power_lost && !sim_disk_crashed(world->disk))
        sim_disk_crash_at(world->disk, 1, seed);
    else if (!power_lost)
        sim_disk_fail_after(world->disk, 1, IM_ERR_IO);
    if (world->shard) {
        /* Its memory only: a process that dies ends nothing. */
        world->frozen = NULL;
        world->frozen_written = false;
        shard_close(world->shard);
        app_registry_free(world->registry);
        world->shard = NULL;
        world->registry = NULL;
    }
    world->load_count = 0;
    world->waiting = 0;
    if (power_lost && !sim_disk_crashed(world->disk))
        sim_disk_crash(world->disk, seed);
    sim_disk_restart(world->disk);
    engine_memory_fail(world->engine, 0);
}

/* ---- commands ---- */

void sim_world_start(struct sim_world *world, struct request *req)
{
    world->waiting++;
    shard_begin(world->shard, world->now_us);
    shard_run(world->shard, req);
}

void sim_world_run(struct sim_world *world, struct request *req, const char *name, struct span json)
{
    const char *point = strchr(name, '.');
    const struct command *command =
        command_find((struct span){name, (size_t)(point - name)}, span_of(point + 1));
    enum im_err err;

    assert_non_null(command);
    err = command_decode(command, req, arena_copy(&req->arena, json));
    if (err)
        fail_msg("%s: %d for %.*s", name, err, SPAN_FMT(json));
    sim_world_start(world, req);
}

/* ---- the other threads ---- */

static void take_loads(struct sim_world *world)
{
    struct state_load *load;

    while (world->load_count < SIM_WORLD_LOADS && (load = shard_take_load(world->shard)))
        world->loads[world->load_count++] = load;
}

static bool end_load(struct sim_world *world)
{
    uint64_t at;
    struct state_load *load;

    take_loads(world);
    if (!world->load_count)
        return false;
    at = world->patient ? 0 : sim_world_draw(world, world->load_count);
    load = world->loads[at];
    memmove(&world->loads[at], &world->loads[at + 1],
            (--world->load_count - at) * sizeof(world->loads[0]));
    state_load_read(load);
    shard_loaded(world->shard, load);
    return true;
}

bool sim_world_sync(struct sim_world *world)
{
    if (journal_sync(shard_journal(world->shard)) != IM_OK)
        return false;
    let_out(world);
    return true;
}

static void take_frozen(struct sim_world *world, bool force)
{
    if (!world->frozen)
        world->frozen = shard_take_checkpoint(world->shard, force);
}

static void write_frozen(struct sim_world *world, bool fails)
{
    if (!world->frozen || world->frozen_written)
        return;
    if (fails)
        engine_memory_fail(world->engine, 1);
    world->frozen_written = state_write(world->frozen) == IM_OK;
    assert_true(world->frozen_written != fails);
    world->checkpoints += !fails;
    world->checkpoints_failed += fails;
    if (fails)
        end_frozen(world);
}

bool sim_world_checkpoint(struct sim_world *world)
{
    if (!sim_world_sync(world))
        return false;
    take_frozen(world, true);
    if (!world->frozen)
        return false;
    write_frozen(world, false);
    end_frozen(world);
    return true;
}

bool sim_world_stir(struct sim_world *world)
{
    switch (sim_world_draw(world, 8)) {
    case 0:
    case 1:
    case 2:
        end_load(world);
        break;
    case 3:
    case 4:
        return sim_world_sync(world);
    case 5:
        if (world->checkpoint_rows != UINT64_MAX)
            take_frozen(world, sim_world_draw(world, 4) == 0);
        break;
    case 6:
        if (world->frozen_written)
            end_frozen(world);
        else
            write_frozen(world, sim_world_draw(world, 4) == 0);
        break;
    case 7:
        state_trim(shard_state(world->shard));
        break;
    }
    return true;
}

bool sim_world_settle(struct sim_world *world)
{
    do {
        while (end_load(world))
            continue;
        if (!sim_world_sync(world))
            return false;
    } while (world->waiting || world->replies);
    return true;
}

/* ---- looking ---- */

uint64_t sim_world_position(const struct sim_world *world)
{
    return journal_next(shard_journal(world->shard)) - 1;
}

static void digest_row(void *arg, struct span key, const void *value, size_t n)
{
    uint64_t *digest = arg;
    struct meta_row meta;

    if (key.p[0] == ROW_META) {
        assert_true(n == sizeof(meta));
        memcpy(&meta, value, n);
        meta.boot = meta.last_time_us = 0;
        value = &meta;
    }
    *digest = XXH3_64bits_withSeed(key.p, key.n, *digest);
    *digest = XXH3_64bits_withSeed(value, n, *digest + n);
}

bool sim_world_digest(struct sim_world *world, uint64_t *ret_digest)
{
    uint64_t digest = 1;

    if (world->shard->frozen)
        return false;
    assert_int_equal(state_dump(shard_state(world->shard), digest_row, &digest), IM_OK);
    *ret_digest = digest;
    return true;
}

const void *sim_world_row(struct sim_world *world, struct span key, size_t *ret_n)
{
    struct state *state = shard_state(world->shard);
    const void *value = NULL;
    size_t n = 0;

    state_set_inline_loads(state, true);
    if (state_get(state, key, &value, ret_n ? ret_n : &n) != STATE_HIT)
        value = NULL;
    state_set_inline_loads(state, false);
    return value;
}
