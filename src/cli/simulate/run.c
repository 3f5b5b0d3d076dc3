/*
 * A day is 1,440 steps (24 where little happens, one a second where a lot is called): at each the
 * clock moves on and a step's share of the day's logins, messages and groups happens. An account
 * that logs in writes its share of the day's messages and hangs up, so every login is one.
 */
#include "cli/simulate/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/map.h"
#include "base/mem.h"
#include "cli/simulate/shuffle.h"

#define STEPS_FEW 24u
#define STEPS 1440u
#define STEPS_MANY 86400u
#define HOUR_US UINT64_C(3600000000)
/* REST calls of one command that fit into a second of any plan with a wide margin. */
#define CALLS_A_STEP 20u
#define PROGRESS_AFTER_S 3.0
/* Logins between two looks at an account's rows in memory: a tenth of a login's time saved. */
#define FAR_AHEAD 8u
#define AHEAD 4u

struct day_plan {
    uint32_t day;
    uint32_t steps;
    uint64_t start_us, length_us;
    uint64_t logins, messages, made, dissolved;
};

/* ---- which accounts ---- */

static uint64_t account_of(const struct run *run, uint32_t day, uint64_t i)
{
    const struct scenario *scenario = run->scenario;

    if (scenario->order == ORDER_FIRST)
        return i + 1;
    return shuffle_at(i, scenario->accounts, map_mix(scenario->seed * 10007 + day)) + 1;
}

/* ---- acts ---- */

static bool fail_login(struct run *run, uint64_t account, enum im_err err)
{
    snprintf(run->world.problem, sizeof(run->world.problem), "the login of u%llu: %s",
             (unsigned long long)account, err_text(err));
    return false;
}

static bool send_message(struct run *run, uint64_t session, uint64_t from, uint64_t to)
{
    const struct command *command = command_find(SPAN_LIT("openim"), SPAN_LIT("sendmsg"));
    struct request *req = world_request(&run->world, CALLER_USER, (struct span){0});
    char account[24], json[320];
    enum im_err err;
    int n;

    req->session_id = session;
    req->identifier = arena_copy(&req->arena, world_name(from, account));
    n = snprintf(json, sizeof(json),
                 "{\"To_Account\":\"u%llu\",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgBody\":[{"
                 "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hello\"}}]}",
                 (unsigned long long)to, (unsigned)(run->messages & 0xffffffff),
                 (unsigned)(map_mix(run->messages + 1) & 0x7fffffff));
    err = command_decode(command, req, arena_copy(&req->arena, (struct span){json, (size_t)n}));
    if (!err) {
        world_run(&run->world, req);
        err = req->err;
    }
    request_unref(req);
    run->messages++;
    if (err)
        snprintf(run->world.problem, sizeof(run->world.problem),
                 "a message from u%llu to u%llu: %s", (unsigned long long)from,
                 (unsigned long long)to, err_text(err));
    return !err;
}

/* How many of the day's messages the i-th of its accounts writes: to the one in front of it, so the
   first has nobody yet. */
static uint64_t share_of(uint64_t i, uint64_t logins, uint64_t messages)
{
    return i ? messages * i / (logins - 1) - messages * (i - 1) / (logins - 1) : 0;
}

static bool one_login(struct run *run, const struct day_plan *plan, uint64_t i)
{
    uint64_t account = account_of(run, plan->day, i), session = 0;
    uint64_t count = share_of(i, plan->logins, plan->messages);
    enum im_err err;

    if (i + FAR_AHEAD < plan->logins)
        world_expect_login(&run->world, account_of(run, plan->day, i + FAR_AHEAD), false);
    if (i + AHEAD < plan->logins)
        world_expect_login(&run->world, account_of(run, plan->day, i + AHEAD), true);
    err = world_login(&run->world, account, PLATFORM_ANDROID, &session, NULL);
    run->logins++;
    if (err == IM_ERR_ACCOUNT_COUNT) {
        run->refused++;
        return true;
    }
    if (err)
        return fail_login(run, account, err);
    while (count--) {
        if (!send_message(run, session, account, account_of(run, plan->day, i - 1)))
            return false;
    }
    world_hang_up(&run->world, session);
    return true;
}

static bool group_refused(enum im_err err)
{
    return err == IM_ERR_GROUP_RATE || err == IM_ERR_GROUP_TRIAL || err == IM_ERR_GROUP_ROOMS ||
           err == IM_ERR_CALL_RATE || err == IM_ERR_APP_CALL_RATE;
}

bool run_make_group(struct run *run, uint8_t type, bool import)
{
    struct request *req =
        world_call(&run->world, CALLER_ADMIN,
                   import ? "group_open_http_svc.import_group" : "group_open_http_svc.create_group",
                   "{\"GroupId\":\"g%llu\",\"Type\":\"%s\",\"Name\":\"group\"}",
                   (unsigned long long)run->made, scenario_group_types[type]);
    enum im_err err = req->err;

    request_unref(req);
    if (!err)
        run->made++;
    else if (group_refused(err))
        run->refused++;
    else
        snprintf(run->world.problem, sizeof(run->world.problem), "making a group: %s",
                 err_text(err));
    return !err || group_refused(err);
}

bool run_dissolve_group(struct run *run)
{
    struct request *req;
    enum im_err err;

    if (run->dissolved == run->made) {
        snprintf(run->world.problem, sizeof(run->world.problem),
                 "there is no group left to dissolve");
        return false;
    }
    req = world_call(&run->world, CALLER_ADMIN, "group_open_http_svc.destroy_group",
                     "{\"GroupId\":\"g%llu\"}", (unsigned long long)run->dissolved);
    err = req->err;
    request_unref(req);
    if (!err)
        run->dissolved++;
    else
        snprintf(run->world.problem, sizeof(run->world.problem), "dissolving a group: %s",
                 err_text(err));
    return !err;
}

/* ---- a day ---- */

static struct day_plan plan_of(const struct run *run, uint32_t day)
{
    const struct scenario *scenario = run->scenario;
    struct day_plan plan = {.day = day,
                            .start_us = zone_day_start_us(run->world.zone, day),
                            .logins = series_on(&scenario->logins, day),
                            .messages = series_on(&scenario->messages, day),
                            .made = series_on(&scenario->groups_made, day),
                            .dissolved = series_on(&scenario->groups_dissolved, day)};
    uint64_t calls = plan.made > plan.dissolved ? plan.made : plan.dissolved;

    plan.length_us = zone_day_start_us(run->world.zone, day + 1) - plan.start_us;
    plan.steps = STEPS;
    if (plan.logins + plan.messages + calls < STEPS)
        plan.steps = STEPS_FEW;
    if (calls / plan.steps >= CALLS_A_STEP)
        plan.steps = STEPS_MANY;
    return plan;
}

static bool step(struct run *run, const struct day_plan *plan, uint32_t at)
{
    uint64_t steps = plan->steps;

#define SHARE(count)                \
    i = (count)*at / steps;         \
    i < (count) * (at + 1) / steps; \
    i++
    for (uint64_t SHARE(plan->logins)) {
        if (!one_login(run, plan, i))
            return false;
    }
    for (uint64_t SHARE(plan->made)) {
        if (!run_make_group(run, 0, false))
            return false;
    }
    for (uint64_t SHARE(plan->dissolved)) {
        if (!run_dissolve_group(run))
            return false;
    }
#undef SHARE
    return true;
}

/* A moment of the local clock; on a day that is longer or shorter than 24 hours by its share. */
static uint64_t time_of(const struct day_plan *plan, uint32_t second)
{
    if (plan->length_us == 24 * HOUR_US)
        return plan->start_us + second * UINT64_C(1000000);
    return plan->start_us + plan->length_us / 86400 * second;
}

/* Events up to this time, each at its own. */
static bool events_until(struct run *run, const struct day_plan *plan, uint64_t until_us)
{
    const struct scenario *scenario = run->scenario;

    for (; run->next_event < scenario->event_count; run->next_event++) {
        const struct scenario_event *event = &scenario->events[run->next_event];
        char problem[WORLD_PROBLEM_BYTES];

        if (event->day != plan->day || time_of(plan, event->second) > until_us)
            return true;
        world_at(&run->world, time_of(plan, event->second));
        if (run_event(run, event))
            continue;
        snprintf(problem, sizeof(problem), "%s", run->world.problem);
        snprintf(run->world.problem, sizeof(run->world.problem), "events[%u] (%s): %.400s",
                 event->index, scenario_act_name(event->act), problem);
        return false;
    }
    return true;
}

static bool crash(struct run *run, uint32_t number)
{
    return world_sync(&run->world, number % 2 != 0) && world_restart(&run->world);
}

static bool run_day(struct run *run, uint32_t day)
{
    struct day_plan plan = plan_of(run, day);
    uint32_t number = day - run->scenario->first_day + 1, every = run->options.crash_every;
    bool crashes = every && number % every == 0;
    uint32_t crash_at = (uint32_t)(map_mix(run->scenario->seed + day) % plan.steps);

    for (uint32_t at = 0; at < plan.steps; at++) {
        uint64_t now_us = plan.start_us + plan.length_us / plan.steps * at;

        if (!events_until(run, &plan, now_us))
            return false;
        world_at(&run->world, now_us);
        if (!step(run, &plan, at))
            return false;
        if (crashes && at == crash_at && !crash(run, number / every))
            return false;
    }
    return events_until(run, &plan, plan.start_us + plan.length_us - 1) &&
           world_sync(&run->world, false);
}

/* ---- all of them ---- */

static double wall_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(const struct run *run, uint32_t day)
{
    double elapsed = wall_s() - run->started_s;
    char month[CALENDAR_TEXT_BYTES];

    if (!run->options.progress || day != month_last_day(month_of_day(day)) ||
        elapsed < PROGRESS_AFTER_S)
        return;
    fprintf(stderr, "%s: %llu logins in %.0f s, %.0f a second\n",
            month_format(month_of_day(day), month), (unsigned long long)run->logins, elapsed,
            (double)run->logins / elapsed);
}

/* Behind the last midnight of a month it is closed, app by app, in steps of the closing's own. */
static void close_last(struct run *run)
{
    uint64_t midnight_us = zone_day_start_us(run->world.zone, run->scenario->last_day + 1);

    if (run->scenario->last_day != month_last_day(month_of_day(run->scenario->last_day)))
        return;
    for (uint64_t minute = 0; minute < 60; minute++)
        world_at(&run->world, midnight_us + minute * 60000000);
}

bool run_scenario(struct run *run, const struct scenario *scenario, struct span plan,
                  const char *zone, const struct run_options *options)
{
    struct zone *days;
    uint64_t start_us;

    *run = (struct run){.scenario = scenario, .options = *options, .started_s = wall_s()};
    if (zone_open(zone, &days)) {
        snprintf(run->world.problem, sizeof(run->world.problem), "zone: %s is not known", zone);
        return false;
    }
    start_us = zone_day_start_us(days, scenario->first_day);
    zone_free(days);
    if (!world_open(&run->world, zone, plan, scenario->seed, start_us))
        return false;
    if (options->notes) {
        login_notes_init(&run->notes, scenario->first_day, scenario->last_day, scenario->accounts);
        run->world.notes = &run->notes;
    }
    for (uint32_t day = scenario->first_day; day <= scenario->last_day; day++) {
        char text[CALENDAR_TEXT_BYTES], problem[WORLD_PROBLEM_BYTES];

        if (run_day(run, day)) {
            show_progress(run, day);
            continue;
        }
        snprintf(problem, sizeof(problem), "%s", run->world.problem);
        snprintf(run->world.problem, sizeof(run->world.problem), "%.4s-%.2s-%.2s: %.450s",
                 day_format(day, text), text + 4, text + 6, problem);
        return false;
    }
    close_last(run);
    return world_sync(&run->world, false);
}

void run_release(struct run *run)
{
    free(run->stayers);
    run->stayers = NULL;
    login_notes_release(&run->notes);
    world_close(&run->world);
}
