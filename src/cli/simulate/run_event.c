/* What a scenario's events do. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/simulate/run.h"
#include "core/usage/usage.h"

static bool fail(struct run *run, const char *what, enum im_err err)
{
    snprintf(run->world.problem, sizeof(run->world.problem), "%s: %s", what, err_text(err));
    return false;
}

/* True if it was not refused; takes the request. */
static bool done(struct request *req)
{
    if (req)
        request_unref(req);
    return req != NULL;
}

/* ---- limits, tickets, contracts, bills ---- */

static bool set_limit(struct run *run, const struct scenario_event *event)
{
    return done(
        world_operate(&run->world, "admin.limit_set",
                      "{\"app\":%u,\"limit\":\"%s\",\"value\":%llu,\"reason\":\"the scenario\"}",
                      run->world.app.v, event->limit, (unsigned long long)event->value));
}

static bool open_ticket(struct run *run, const struct scenario_event *event)
{
    return done(world_operate(&run->world, "admin.ticket_open",
                              "{\"app\":%u,\"limit\":\"%s\",\"value\":%llu,\"text\":\"please\"}",
                              run->world.app.v, event->limit, (unsigned long long)event->value));
}

static bool confirm_ticket(struct run *run, const struct scenario_event *event)
{
    char value[40] = "";

    if (event->value)
        snprintf(value, sizeof(value), ",\"value\":%llu", (unsigned long long)event->value);
    return done(world_operate(&run->world, "admin.ticket_confirm",
                              "{\"app\":%u,\"ticket\":%llu,\"reason\":\"the scenario\"%s}",
                              run->world.app.v, (unsigned long long)event->ticket, value));
}

static bool refuse_ticket(struct run *run, const struct scenario_event *event)
{
    return done(world_operate(&run->world, "admin.ticket_refuse",
                              "{\"app\":%u,\"ticket\":%llu,\"reason\":\"the scenario\"}",
                              run->world.app.v, (unsigned long long)event->ticket));
}

static bool file_contract(struct run *run, const struct scenario_event *event)
{
    struct buf json;
    bool filed;

    buf_init(&json, SCENARIO_MAX_BYTES + 64);
    buf_printf(&json, "{\"app\":%u,\"file\":", run->world.app.v);
    buf_add_span(&json, span_of(event->contract));
    buf_add_char(&json, '}');
    filed = done(world_operate_text(&run->world, "admin.contract_file", buf_span(&json)));
    buf_release(&json);
    return filed;
}

static bool issue_bill(struct run *run, const struct scenario_event *event)
{
    char month[CALENDAR_TEXT_BYTES];

    return done(world_operate(&run->world, "admin.bill_issue",
                              "{\"app\":%u,\"month\":\"%s\",\"reason\":\"the scenario\"}",
                              run->world.app.v, month_format(event->month, month)));
}

/* ---- REST ---- */

/* What a gateway tells of the calls that it answered with a refusal. */
static void report_refused(struct run *run, uint64_t count)
{
    struct request *req = world_request(&run->world, CALLER_SYSTEM, (struct span){0});
    struct calls_refused_req *body = ARENA_NEW(&req->arena, struct calls_refused_req);

    body->count = (uint32_t)count;
    req->operation = &calls_refused_report;
    req->body = body;
    world_run(&run->world, req);
    request_unref(req);
}

static bool call_for_a_second(struct run *run, uint64_t count)
{
    uint64_t refused = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct request *req =
            world_call(&run->world, CALLER_ADMIN, "im_open_login_svc.account_check",
                       "{\"CheckItem\":[{\"UserID\":\"u1\"}]}");
        enum im_err err = req->err;

        request_unref(req);
        if (err == IM_ERR_CALL_RATE || err == IM_ERR_APP_CALL_RATE)
            refused++;
        else if (err)
            return fail(run, "a call", err);
    }
    run->refused += refused;
    if (refused)
        report_refused(run, refused);
    return true;
}

static bool calls(struct run *run, const struct scenario_event *event)
{
    uint64_t from_us = run->world.now_us;

    for (uint64_t second = 0; second < event->seconds; second++) {
        world_at(&run->world, from_us + second * 1000000);
        if (!call_for_a_second(run, event->per_second))
            return false;
    }
    return true;
}

/* For each of the first accounts, in seconds that no limit fills. */
static bool for_accounts(struct run *run, const struct scenario_event *event, const char *command,
                         const char *what)
{
    for (uint64_t account = 1; account <= event->accounts; account++) {
        char name[24];
        struct request *req =
            world_call(&run->world, CALLER_ADMIN, command, "{\"Identifier\":\"%.*s\"}",
                       SPAN_FMT(world_name(account, name)));
        enum im_err err = req->err;

        request_unref(req);
        if (err)
            return fail(run, what, err);
        if (account % 50 == 0)
            world_at(&run->world, run->world.now_us + 1000000);
    }
    return true;
}

static bool groups(struct run *run, const struct scenario_event *event)
{
    for (uint64_t i = 0; i < event->count; i++) {
        bool good = event->act == ACT_DISSOLVE_GROUPS
                        ? run_dissolve_group(run)
                        : run_make_group(run, event->group_type, event->act == ACT_IMPORT_GROUPS);

        if (!good)
            return false;
        if (i % 50 == 49)
            world_at(&run->world, run->world.now_us + 1000000);
    }
    return true;
}

/* ---- terminals ---- */

static bool terminals(struct run *run, const struct scenario_event *event)
{
    for (uint64_t account = 1; account <= event->accounts; account++) {
        uint64_t sessions[SCENARIO_MAX_PLATFORMS] = {0};

        for (uint32_t i = 0; i < event->platform_count; i++) {
            enum im_err err =
                world_login(&run->world, account, event->platforms[i], &sessions[i], NULL);

            if (err)
                return fail(run, "a login", err);
            run->logins++;
        }
        for (uint32_t i = 0; i < event->platform_count; i++)
            world_hang_up(&run->world, sessions[i]);
    }
    return true;
}

static bool stay(struct run *run, const struct scenario_event *event)
{
    run->stayers = mem_realloc(run->stayers, event->accounts * sizeof(*run->stayers));
    for (uint64_t i = 0; i < event->accounts; i++) {
        struct stayer *stayer = &run->stayers[i];
        enum im_err err =
            world_login(&run->world, i + 1, PLATFORM_IPHONE, &stayer->session, &stayer->a2);

        if (err)
            return fail(run, "a login", err);
        run->logins++;
    }
    run->stayer_count = event->accounts;
    return true;
}

/* Each says that it is there over the socket that it has (after a crash it has none), loses it, and
   comes back by its a2. */
static bool come_back(struct run *run)
{
    for (uint64_t i = 0; i < run->stayer_count; i++) {
        struct stayer *stayer = &run->stayers[i];
        enum im_err err = world_hello(&run->world, &stayer->session, &stayer->a2);

        if (err)
            return fail(run, "a call of a terminal that stayed", err);
        world_hang_up(&run->world, stayer->session);
        stayer->session = 0;
        err = world_hello(&run->world, &stayer->session, &stayer->a2);
        if (err)
            return fail(run, "a return by an a2", err);
        world_hang_up(&run->world, stayer->session);
    }
    return true;
}

bool run_event(struct run *run, const struct scenario_event *event)
{
    switch ((enum scenario_act)event->act) {
    case ACT_SET_LIMIT:
        return set_limit(run, event);
    case ACT_OPEN_TICKET:
        return open_ticket(run, event);
    case ACT_CONFIRM_TICKET:
        return confirm_ticket(run, event);
    case ACT_REFUSE_TICKET:
        return refuse_ticket(run, event);
    case ACT_FILE_CONTRACT:
        return file_contract(run, event);
    case ACT_ISSUE_BILL:
        return issue_bill(run, event);
    case ACT_CALLS:
        return calls(run, event);
    case ACT_IMPORT_ACCOUNTS:
        return for_accounts(run, event, "im_open_login_svc.account_import", "an import");
    case ACT_KICK:
        return for_accounts(run, event, "im_open_login_svc.kick", "a kick");
    case ACT_TERMINALS:
        return terminals(run, event);
    case ACT_STAY:
        return stay(run, event);
    case ACT_RETURN:
        return come_back(run);
    case ACT_MAKE_GROUPS:
    case ACT_IMPORT_GROUPS:
    case ACT_DISSOLVE_GROUPS:
        return groups(run, event);
    case ACT_CRASH:
        return world_sync(&run->world, event->checkpoint) && world_restart(&run->world);
    case ACT_CHECKPOINT:
        return world_sync(&run->world, true);
    case ACT_COUNT:
        break;
    }
    return false;
}
