/*
 * 1 the apps, in the morning of the month's first day
 * 2 the logins of its last days: of the first large app and of all small ones
 * 3 the rows of usage of the first large app, once more for each of the others, while no core runs
 * 4 on the last day a group in each app, and a limit raised in each tenth
 * 5 a start today, weeks later for the core, which holds the month
 */
#include "cli/bench/deployment.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/bench/bench.h"
#include "cli/simulate/shuffle.h"
#include "cli/simulate/world.h"
#include "core/billing/shipped.h"
#include "core/session/login.h"
#include "core/usage/calendar.h"
#include "server/clock.h"

#define DAYS 7u
#define SMALL_LOGINS 3u
#define RAISED_EVERY 10u
#define RAISED_GROUPS 200000u
#define HOUR_US UINT64_C(3600000000)
#define APPS_A_BATCH 16u
#define FAR_AHEAD 8u
#define AHEAD 4u

struct making {
    struct deployment *deployment;
    const char *directory;
    struct world world;
    struct span plan;
    uint32_t first_day, last_day; /* of the month */
};

static struct app_id app_at(uint32_t i)
{
    return (struct app_id){APP_FIRST_ID + i};
}

static bool open_world(struct making *making, uint64_t now_us)
{
    return world_open_on(&making->world, making->directory, ZONE_DEFAULT, making->plan, 1, now_us);
}

static bool close_world(struct making *making)
{
    bool ok = world_sync(&making->world, true);

    if (ok)
        world_close(&making->world);
    return ok;
}

static uint64_t hour_of(const struct making *making, uint32_t day, uint32_t hour)
{
    return zone_day_start_us(making->world.zone, day) + hour * HOUR_US;
}

/* ---- apps ---- */

static bool make_apps(struct making *making)
{
    struct deployment *deployment = making->deployment;

    for (uint32_t i = 0; i < deployment->apps; i++) {
        struct request *req =
            world_operate(&making->world, "admin.app_create", "{\"name\":\"app %u\"}", i);
        const struct app_info *info;

        if (!req)
            return false;
        info = req->result;
        if (!i)
            snprintf(deployment->key, sizeof(deployment->key), "%.*s", SPAN_FMT(info->key));
        request_unref(req);
        bench_progress("making apps: %u of %u", i + 1, deployment->apps);
    }
    return true;
}

/* ---- logins ---- */

static bool log_in(struct making *making, uint64_t account)
{
    struct world *world = &making->world;
    uint64_t session;
    enum im_err err = world_login(world, account, PLATFORM_ANDROID, &session, NULL);

    if (err) {
        snprintf(world->problem, sizeof(world->problem), "a login: %s", err_text(err));
        return false;
    }
    world_hang_up(world, session);
    making->deployment->logins++;
    return true;
}

/* A day's accounts are drawn from half as many again. */
static bool large_day(struct making *making, uint32_t i)
{
    struct deployment *deployment = making->deployment;
    uint64_t count = deployment->dau + 1 + (uint64_t)deployment->dau * i / 50;
    uint64_t accounts = (uint64_t)deployment->dau * 3 / 2 + 1, key = map_mix(i + 1);

    making->world.app = app_at(0);
    for (uint64_t n = 0; n < count; n++) {
        if (n + FAR_AHEAD < count)
            world_expect_login(&making->world, shuffle_at(n + FAR_AHEAD, accounts, key), false);
        if (n + AHEAD < count)
            world_expect_login(&making->world, shuffle_at(n + AHEAD, accounts, key), true);
        if (!log_in(making, shuffle_at(n, accounts, key)))
            return false;
    }
    bench_progress("logins of a large app: %llu", (unsigned long long)deployment->logins);
    deployment->large_peak = count > deployment->large_peak ? count : deployment->large_peak;
    return true;
}

static bool small_day(struct making *making)
{
    struct deployment *deployment = making->deployment;

    for (uint32_t i = deployment->large; i < deployment->apps; i++) {
        making->world.app = app_at(i);
        for (uint64_t account = 1; account <= SMALL_LOGINS; account++) {
            if (!log_in(making, account))
                return false;
        }
        bench_progress("logins of small apps: %u of %u", i + 1, deployment->apps);
    }
    deployment->small_peak = SMALL_LOGINS;
    return true;
}

static bool live(struct making *making)
{
    for (uint32_t i = 0; i < DAYS; i++) {
        world_at(&making->world, hour_of(making, making->last_day - DAYS + 1 + i, 12));
        if (making->deployment->large && !large_day(making, i))
            return false;
        if ((i == 0 || i == DAYS - 1) && !small_day(making))
            return false;
    }
    return true;
}

/* ---- the other large apps ---- */

struct copied {
    char key[STATE_MAX_KEY];
    size_t key_n;
    char *value;
    size_t value_n;
};

struct copies {
    struct copied *rows;
    size_t count, room;
};

static bool copy_row(void *arg, struct span key, struct span value)
{
    struct copies *copies = arg;
    struct copied *row;

    if (copies->count == copies->room) {
        copies->room = copies->room ? copies->room * 2 : 256;
        copies->rows = mem_realloc(copies->rows, copies->room * sizeof(*copies->rows));
    }
    row = &copies->rows[copies->count++];
    memcpy(row->key, key.p, key.n);
    row->key_n = key.n;
    row->value_n = value.n;
    row->value = mem_alloc(value.n + 1);
    memcpy(row->value, value.p, value.n);
    return true;
}

static enum im_err read_rows(struct state_engine *engine, enum row_table table, struct app_id app,
                             struct copies *copies)
{
    char prefix[5];

    prefix[0] = (char)table;
    put_be32(prefix + 1, app.v);
    return engine->ops->scan(engine, span_make(prefix, sizeof(prefix)), copy_row, copies);
}

/* Puts the rows of usage of the first app, and its own row with the first app's accounts, behind
   the changes. */
static size_t put_rows(const struct copies *usage, const struct app_row *first, struct copied *own,
                       struct app_id app, char (*keys)[STATE_MAX_KEY], struct state_change *changes)
{
    struct app_row *row = (struct app_row *)(void *)own->value;

    for (size_t i = 0; i < usage->count; i++) {
        memcpy(keys[i], usage->rows[i].key, usage->rows[i].key_n);
        put_be32(keys[i] + 1, app.v);
        changes[i] =
            (struct state_change){.key = span_make(keys[i], usage->rows[i].key_n),
                                  .value = span_make(usage->rows[i].value, usage->rows[i].value_n)};
    }
    row->accounts = first->accounts;
    row->last_account = first->last_account;
    changes[usage->count] = (struct state_change){.key = span_make(own->key, own->key_n),
                                                  .value = span_make(own->value, own->value_n)};
    return usage->count + 1;
}

static enum im_err write_apps(struct state_engine *engine, const struct copies *usage,
                              const struct app_row *first, uint32_t from, uint32_t to)
{
    size_t each = usage->count + 1, n = 0;
    char(*keys)[STATE_MAX_KEY] = mem_alloc((to - from) * each * sizeof(*keys));
    struct state_change *changes = mem_alloc((to - from) * each * sizeof(*changes));
    struct copies own = {0};
    enum im_err err = IM_OK;

    for (uint32_t i = from; !err && i < to; i++)
        err = read_rows(engine, ROW_APP, app_at(i), &own);
    for (uint32_t i = from; !err && i < to; i++)
        n += put_rows(usage, first, &own.rows[i - from], app_at(i), keys + n, changes + n);
    if (!err)
        err = engine->ops->apply(engine, changes, n);
    for (size_t i = 0; i < own.count; i++)
        free(own.rows[i].value);
    free(own.rows);
    free(keys);
    free(changes);
    return err;
}

static enum im_err copy_usage(const struct deployment *deployment, struct state_engine *engine)
{
    static const enum row_table tables[] = {ROW_DAY, ROW_DAY_CALLS, ROW_DAY_SET, ROW_MONTH};
    struct copies usage = {0}, first = {0};
    enum im_err err = read_rows(engine, ROW_APP, app_at(0), &first);

    for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++)
        err = read_rows(engine, tables[i], app_at(0), &usage);
    for (uint32_t i = 1; !err && i < deployment->large; i += APPS_A_BATCH) {
        uint32_t end = deployment->large - i < APPS_A_BATCH ? deployment->large : i + APPS_A_BATCH;

        err =
            write_apps(engine, &usage, (const struct app_row *)(void *)first.rows[0].value, i, end);
        bench_progress("large apps: %u of %u", end, deployment->large);
    }
    for (size_t i = 0; i < usage.count; i++)
        free(usage.rows[i].value);
    for (size_t i = 0; i < first.count; i++)
        free(first.rows[i].value);
    free(usage.rows);
    free(first.rows);
    return err;
}

/* While no core runs: its cache would know nothing of it. */
static bool make_large(struct making *making)
{
    struct state_engine *engine;
    struct data_dir dir;
    enum im_err err = data_dir_open(making->directory, &dir);

    if (err)
        return false;
    err = engine_rocksdb_open(dir.state, NULL, NULL, &engine);
    if (!err) {
        err = copy_usage(making->deployment, engine);
        state_engine_close(engine);
    }
    data_dir_release(&dir);
    return err == IM_OK;
}

/* ---- the last day ---- */

static bool make_group(struct making *making)
{
    struct request *req =
        world_call(&making->world, CALLER_ADMIN, "group_open_http_svc.create_group",
                   "{\"Type\":\"Public\",\"Name\":\"group\"}");
    enum im_err err = req->err;

    request_unref(req);
    if (err)
        snprintf(making->world.problem, sizeof(making->world.problem), "making a group: %s",
                 err_text(err));
    return !err;
}

static bool raise_limit(struct making *making)
{
    struct request *req =
        world_operate(&making->world, "admin.limit_set",
                      "{\"app\":%u,\"limit\":\"groups_per_day\",\"value\":%u,\"reason\":\"asked\"}",
                      making->world.app.v, RAISED_GROUPS);

    if (req)
        request_unref(req);
    return req != NULL;
}

static bool last_day(struct making *making)
{
    for (uint32_t i = 0; i < making->deployment->apps; i++) {
        making->world.app = app_at(i);
        if (!make_group(making) || (i % RAISED_EVERY == 0 && !raise_limit(making)))
            return false;
        bench_progress("groups and limits: %u of %u", i + 1, making->deployment->apps);
    }
    return true;
}

/* ---- all of it ---- */

static bool find_month(struct making *making)
{
    struct zone *zone;

    if (zone_open(ZONE_DEFAULT, &zone)) {
        snprintf(making->world.problem, sizeof(making->world.problem), "no zone %s", ZONE_DEFAULT);
        return false;
    }
    making->deployment->month = zone_month(zone, system_wall_us()) - 1;
    making->first_day = month_first_day(making->deployment->month);
    making->last_day = month_last_day(making->deployment->month);
    zone_free(zone);
    return true;
}

static bool make_all(struct making *making)
{
    uint64_t morning = (uint64_t)making->first_day * 24 * HOUR_US, evening;

    if (!open_world(making, morning) || !make_apps(making) || !live(making))
        return false;
    evening = hour_of(making, making->last_day, 23);
    if (!close_world(making) || !make_large(making) || !open_world(making, evening) ||
        !last_day(making))
        return false;
    making->world.now_us = system_wall_us();
    making->world.jump_at_start_us = 1;
    if (!world_restart(&making->world))
        return false;
    world_at(&making->world, system_wall_us());
    return close_world(making);
}

bool deployment_make(const char *directory, struct deployment *deployment)
{
    struct making making = {.deployment = deployment, .directory = directory};
    bool ok = shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &making.plan) && find_month(&making) &&
              make_all(&making);

    if (!ok) {
        fprintf(stderr, "magpie bench: the deployment cannot be made: %s\n",
                making.world.problem[0] ? making.world.problem : "its rows could not be written");
        world_close(&making.world);
    }
    return ok;
}
