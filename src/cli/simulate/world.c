#include "cli/simulate/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "cli/simulate/memory_disk.h"
#include "core/app/app.h"
#include "core/app/registry.h"
#include "core/history/expiry.h"
#include "core/session/login.h"
#include "core/usage/calendar.h"
#include "wire/a2.h"

/* The rows of a year of 900,000 accounts, all of them (docs/simulate.md). */
#define CACHE_BYTES (UINT64_C(1) << 30)
#define SEGMENT_BYTES (16u << 20)
#define SYNC_REQUESTS 512u /* as many share one write of the journal */
/* The journal that a restart would have to read, all of it in memory. */
#define CHECKPOINT_BYTES (384u << 20)
#define CHECKPOINT_ROWS 8000000u
#define JSON_MAX (1u << 20)

static bool fail(struct world *world, const char *what, enum im_err err)
{
    snprintf(world->problem, sizeof(world->problem), "%s: %s", what, err_text(err));
    return false;
}

/* xorshift64* */
static uint64_t draw(struct world *world)
{
    world->chance ^= world->chance >> 12;
    world->chance ^= world->chance << 25;
    world->chance ^= world->chance >> 27;
    return world->chance * 0x2545f4914f6cdd1du;
}

static void random_bytes(void *arg, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(draw(arg) >> 32);
}

/* Pushes to terminals that nobody looks at. */
static void forget(void *arg, const struct output *output)
{
    (void)arg;
    if (output->req)
        request_unref(output->req);
}

/* ---- life ---- */

static bool open_shard(struct world *world)
{
    const struct shard_config config = {
        .journal = {.disk = world->disk, .segment_bytes = SEGMENT_BYTES},
        .engine = world->engine,
        .cache_bytes = CACHE_BYTES,
        .sink = {forget, world},
        .zone = world->zone,
        .registry = world->registry,
        .expiry = world->expiry,
        .plan = world->plan,
        .command_number = command_number,
        .random_bytes = random_bytes,
        .random_arg = world,
        .jump_at_start_us = world->jump_at_start_us,
        .checkpoint_bytes = UINT64_MAX,
        .checkpoint_rows = CHECKPOINT_ROWS,
        .checkpoint_age_us = UINT64_MAX};
    enum im_err err = shard_open(&config, world->now_us, &world->shard);

    world->journal_bytes = 0;
    world->unsynced = 0;
    return err ? fail(world, "the core cannot be opened", err) : true;
}

static bool make_app(struct world *world)
{
    struct request *req = world_operate(world, "admin.app_create", "{\"name\":\"Simulated\"}");

    if (!req)
        return false;
    world->app = ((const struct app_info *)req->result)->app;
    request_unref(req);
    return true;
}

static bool begin(struct world *world, const char *zone, struct span plan, uint64_t seed,
                  uint64_t now_us)
{
    enum im_err err;

    hash_init();
    *world = (struct world){.plan = plan, .now_us = now_us, .chance = map_mix(seed) | 1};
    err = zone_open(zone, &world->zone);
    if (err)
        return fail(world, zone, err);
    world->expiry = history_expiry_new();
    world->registry = app_registry_new();
    return true;
}

bool world_open(struct world *world, const char *zone, struct span plan, uint64_t seed,
                uint64_t now_us)
{
    if (!begin(world, zone, plan, seed, now_us))
        return false;
    world->disk = memory_disk_new();
    world->engine = engine_memory_new();
    engine_memory_expire(world->engine, history_row_expired, world->expiry);
    return open_shard(world) && make_app(world);
}

bool world_open_on(struct world *world, const char *directory, const char *zone, struct span plan,
                   uint64_t seed, uint64_t now_us)
{
    enum im_err err;

    if (!begin(world, zone, plan, seed, now_us))
        return false;
    err = data_dir_open(directory, &world->dir);
    if (err)
        return fail(world, directory, err);
    world->on_disk = true;
    err = disk_posix_new(world->dir.journal, &world->disk);
    if (!err)
        err = engine_rocksdb_open(world->dir.state, history_row_expired, world->expiry,
                                  &world->engine);
    return err ? fail(world, directory, err) : open_shard(world);
}

void world_close(struct world *world)
{
    shard_close(world->shard);
    state_engine_close(world->engine);
    history_expiry_free(world->expiry);
    app_registry_free(world->registry);
    if (world->on_disk) {
        disk_posix_free(world->disk);
        data_dir_release(&world->dir);
    } else {
        memory_disk_free(world->disk);
    }
    zone_free(world->zone);
    free(world->numbers);
    *world = (struct world){0};
}

/* ---- turns ---- */

static void drain(struct world *world)
{
    struct state_load *load;

    while ((load = shard_take_load(world->shard))) {
        state_load_read(load);
        shard_loaded(world->shard, load);
    }
}

static bool checkpoint(struct world *world)
{
    uint64_t position = journal_durable(shard_journal(world->shard));
    struct state_frozen *frozen = shard_take_checkpoint(world->shard, true);
    enum im_err err;

    if (!frozen)
        return true;
    err = state_write(frozen);
    shard_checkpointed(world->shard, frozen, !err);
    if (err)
        return fail(world, "a checkpoint", err);
    world->journal_bytes = 0;
    /* Usage and bills are rows; bodies of messages that go with it are read by nobody here. */
    err = journal_drop(shard_journal(world->shard), position, UINT64_MAX);
    return err ? fail(world, "the journal", err) : true;
}

bool world_sync(struct world *world, bool force_checkpoint)
{
    struct journal *journal = shard_journal(world->shard);
    enum im_err err;

    world->unsynced = 0;
    world->journal_bytes += journal_pending_bytes(journal);
    err = journal_sync(journal);
    if (err)
        return fail(world, "the journal", err);
    state_trim(shard_state(world->shard));
    if (!force_checkpoint && world->journal_bytes < CHECKPOINT_BYTES)
        return true;
    return checkpoint(world);
}

void world_at(struct world *world, uint64_t now_us)
{
    if (now_us > world->now_us)
        world->now_us = now_us;
    shard_begin(world->shard, world->now_us);
    drain(world);
}

bool world_restart(struct world *world)
{
    if (!world_sync(world, false))
        return false;
    shard_close(world->shard);
    world->shard = NULL;
    app_registry_free(world->registry);
    world->registry = app_registry_new();
    world->restarts++;
    return open_shard(world);
}

/* ---- requests ---- */

struct request *world_request(struct world *world, enum caller_kind caller, struct span identifier)
{
    struct request *req = request_new();

    req->caller = caller;
    req->app = caller == CALLER_OPERATOR ? (struct app_id){0} : world->app;
    req->identifier = arena_copy(&req->arena, identifier);
    return req;
}

void world_run(struct world *world, struct request *req)
{
    request_ref(req);
    shard_run(world->shard, req);
    drain(world);
    /* A failing sync fails again, and is told then, at the end of the day. */
    if (++world->unsynced >= SYNC_REQUESTS)
        world_sync(world, false);
}

static struct request *call_text(struct world *world, enum caller_kind caller, const char *name,
                                 struct span json)
{
    const char *point = strchr(name, '.');
    const struct command *command =
        command_find((struct span){name, (size_t)(point - name)}, span_of(point + 1));
    struct request *req = world_request(
        world, caller, caller == CALLER_ADMIN ? SPAN_LIT(APP_ADMIN_NAME) : (struct span){0});
    enum im_err err;

    CHECK(command);
    err = command_decode(command, req, arena_copy(&req->arena, json));
    if (err)
        req->err = err;
    else
        world_run(world, req);
    return req;
}

static struct request *call_format(struct world *world, enum caller_kind caller, const char *name,
                                   const char *json, va_list args)
    __attribute__((format(printf, 4, 0)));
static struct request *call_format(struct world *world, enum caller_kind caller, const char *name,
                                   const char *json, va_list args)
{
    char text[1024];
    int n = vsnprintf(text, sizeof(text), json, args);

    CHECK(n >= 0 && (size_t)n < sizeof(text));
    return call_text(world, caller, name, (struct span){text, (size_t)n});
}

struct request *world_call(struct world *world, enum caller_kind caller, const char *command,
                           const char *json, ...)
{
    struct request *req;
    va_list args;

    va_start(args, json);
    req = call_format(world, caller, command, json, args);
    va_end(args);
    return req;
}

/* An operator's request that was refused says why. */
static struct request *accepted(struct world *world, const char *command, struct request *req)
{
    const struct operator_refusal *refusal = req->result;
    struct span detail = refusal ? refusal->detail : span_of(err_text(req->err));

    if (!req->err)
        return req;
    snprintf(world->problem, sizeof(world->problem), "%s: %.*s", command, SPAN_FMT(detail));
    request_unref(req);
    return NULL;
}

struct request *world_operate(struct world *world, const char *command, const char *json, ...)
{
    struct request *req;
    va_list args;

    va_start(args, json);
    req = call_format(world, CALLER_OPERATOR, command, json, args);
    va_end(args);
    return accepted(world, command, req);
}

struct request *world_operate_text(struct world *world, const char *command, struct span json)
{
    return accepted(world, command, call_text(world, CALLER_OPERATOR, command, json));
}

/* ---- accounts ---- */

struct span world_name(uint64_t account, char into[24])
{
    char *end = into + 24, *at = end;

    do {
        *--at = (char)('0' + account % 10);
        account /= 10;
    } while (account);
    *--at = 'u';
    return (struct span){at, (size_t)(end - at)};
}

static void claims_of(struct world *world, const struct login_result *result,
                      struct a2_claims *ret_a2)
{
    struct a2_token token;

    CHECK(a2_verify(shard_server_key(world->shard), result->a2, &token));
    *ret_a2 = (struct a2_claims){{token.app}, {token.account}, token.instance, token.generation};
}

void world_expect_login(struct world *world, uint64_t account, bool rows)
{
    const struct state *state = shard_state(world->shard);
    struct row_key key;
    char name[24];

    if (account >= world->number_room || !world->numbers[account])
        return;
    state_prefetch(state, row_key_name(&key, world->app, world_name(account, name)), rows);
    state_prefetch(state,
                   row_key_account(&key, world->app, (struct account_no){world->numbers[account]}),
                   rows);
}

static void keep_number(struct world *world, uint64_t account, struct account_no number)
{
    uint64_t room = world->number_room ? world->number_room : 1024;

    while (account >= room)
        room *= 2;
    if (room > world->number_room) {
        world->numbers = mem_realloc(world->numbers, room * sizeof(*world->numbers));
        memset(world->numbers + world->number_room, 0,
               (room - world->number_room) * sizeof(*world->numbers));
        world->number_room = room;
    }
    world->numbers[account] = number.v;
}

enum im_err world_login(struct world *world, uint64_t account, uint8_t platform,
                        uint64_t *ret_session, struct a2_claims *ret_a2)
{
    static const struct operation login = {.run = session_login};
    struct login_req *body;
    struct request *req;
    enum im_err err;
    char name[24];

    req = world_request(world, CALLER_NOBODY, world_name(account, name));
    body = ARENA_NEW(&req->arena, struct login_req);
    body->sig_time_s = world->now_us / 1000000;
    body->platform = platform;
    req->operation = &login;
    req->body = body;
    world_run(world, req);
    err = req->err;
    if (!err)
        keep_number(world, account, req->account);
    if (!err && world->notes)
        login_note(world->notes, zone_day(world->zone, world->now_us), account);
    if (!err && ret_session)
        *ret_session = req->bound_session_id;
    if (!err && ret_a2)
        claims_of(world, req->result, ret_a2);
    request_unref(req);
    return err;
}

void world_hang_up(struct world *world, uint64_t session)
{
    struct request *req = world_request(world, CALLER_SYSTEM, (struct span){0});

    req->operation = &session_closed;
    req->session_id = session;
    world_run(world, req);
    request_unref(req);
}

enum im_err world_hello(struct world *world, uint64_t *session, const struct a2_claims *a2)
{
    static const struct operation hello = {.run = session_hello};
    struct request *req = world_request(world, CALLER_USER, (struct span){0});
    enum im_err err;

    req->operation = &hello;
    req->has_a2 = true;
    req->a2 = *a2;
    req->session_id = *session;
    world_run(world, req);
    err = req->err;
    if (!err && req->bound_session_id)
        *session = req->bound_session_id;
    request_unref(req);
    return err;
}
