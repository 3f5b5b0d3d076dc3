/* How often an app may call in one second of core time (server-api §1.8), call by call. */
#include "support/test.h"

#include <stdio.h>

#include "core/app/app.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"
#include "support/sim_run.h"
#include "support/sim_world.h"

#define INCLUDED 100u /* calls a second without a ticket */

struct limits_test {
    struct sim_world *world;
    struct app_id app, other;
    uint64_t accepted;
};

static struct request *operate(struct limits_test *t, const char *command, const char *json)
{
    struct request *req = request_new();

    req->from.gateway = 0;
    req->caller = CALLER_OPERATOR;
    request_ref(req);
    sim_world_run(t->world, req, command, span_of(json));
    assert_true(sim_world_settle(t->world));
    assert_int_equal(req->err, IM_OK);
    return req;
}

static struct app_id make_app(struct limits_test *t)
{
    struct request *req = operate(t, "admin.app_create", "{\"name\":\"Limited\"}");
    struct app_id app = ((const struct app_info *)req->result)->app;

    request_unref(req);
    return app;
}

static void set_rate(struct limits_test *t, unsigned value)
{
    char json[128];

    snprintf(json, sizeof(json),
             "{\"app\":%u,\"limit\":\"call_rate\",\"value\":%u,\"reason\":\"test\"}", t->app.v,
             value);
    request_unref(operate(t, "admin.limit_set", json));
}

enum called { CHECK_ACCOUNT, IMPORT, IMPORT_MANY, KICK, ONLINE, CALLED_COUNT };

static enum im_err call_of(struct limits_test *t, struct app_id app, enum called what)
{
    static const struct {
        const char *command, *json;
    } calls[CALLED_COUNT] = {
        [CHECK_ACCOUNT] = {"im_open_login_svc.account_check",
                           "{\"CheckItem\":[{\"UserID\":\"nobody\"}]}"},
        [IMPORT] = {"im_open_login_svc.account_import", "{\"Identifier\":\"somebody\"}"},
        [IMPORT_MANY] = {"im_open_login_svc.multiaccount_import", "{\"Accounts\":[\"somebody\"]}"},
        [KICK] = {"im_open_login_svc.kick", "{\"Identifier\":\"nobody\"}"},
        [ONLINE] = {"openim.querystate", "{\"To_Account\":[\"nobody\"]}"},
    };
    struct request *req = request_new();
    enum im_err err;

    req->from.gateway = 0;
    req->caller = CALLER_ADMIN;
    req->app = app;
    req->identifier = SPAN_LIT(APP_ADMIN_NAME);
    request_ref(req);
    sim_world_run(t->world, req, calls[what].command, span_of(calls[what].json));
    assert_true(sim_world_settle(t->world));
    err = req->err;
    assert_int_equal(req->counted, err != IM_ERR_CALL_RATE && err != IM_ERR_APP_CALL_RATE);
    t->accepted += req->counted && app.v == t->app.v;
    request_unref(req);
    return err;
}

static enum im_err call(struct limits_test *t, enum called what)
{
    return call_of(t, t->app, what);
}

/* Exactly so many are accepted from here on, the next one is refused with `err`. */
static void expect_exactly(struct limits_test *t, enum called what, unsigned count, enum im_err err)
{
    enum im_err accepted = what == KICK ? IM_ERR_ACCOUNT_MISSING : IM_OK;

    for (unsigned i = 0; i < count; i++) {
        enum im_err is = call(t, what);

        if (is != accepted)
            fail_msg("call %u of %u was answered with %d", i + 1, count, is);
    }
    assert_int_equal(call(t, what), err);
    assert_int_equal(call(t, what), err);
}

/* The first microsecond of the next second. */
static void next_second(struct limits_test *t)
{
    t->world->now_us += 1000000 - t->world->now_us % 1000000;
}

static int set_up(void **state)
{
    static struct limits_test test;

    test = (struct limits_test){.world = sim_world_new(1, "2026-11-22", 9)};
    test.world->patient = true;
    assert_int_equal(sim_world_open(test.world), IM_OK);
    test.app = make_app(&test);
    test.other = make_app(&test);
    next_second(&test);
    *state = &test;
    return 0;
}

static int tear_down(void **state)
{
    sim_world_free(((struct limits_test *)*state)->world);
    return 0;
}

/* ---- */

static void n_calls_of_a_command_are_accepted_in_a_second_and_no_more(void **state)
{
    struct limits_test *t = *state;

    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
    assert_int_equal(call(t, ONLINE), IM_OK);
    t->world->now_us += 999999;
    assert_int_equal(call(t, CHECK_ACCOUNT), IM_ERR_CALL_RATE);
    t->world->now_us += 1;
    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
}

static void each_command_has_the_class_of_the_table(void **state)
{
    struct limits_test *t = *state;

    expect_exactly(t, ONLINE, INCLUDED, IM_ERR_CALL_RATE);
    expect_exactly(t, IMPORT_MANY, INCLUDED / 10, IM_ERR_CALL_RATE);
    next_second(t);
    expect_exactly(t, IMPORT, INCLUDED * 10, IM_ERR_CALL_RATE);
    next_second(t);
    expect_exactly(t, KICK, INCLUDED * 10, IM_ERR_CALL_RATE);
}

static void all_commands_of_an_app_together_have_ten_times_n(void **state)
{
    struct limits_test *t = *state;

    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
    expect_exactly(t, IMPORT_MANY, INCLUDED / 10, IM_ERR_CALL_RATE);
    expect_exactly(t, IMPORT, INCLUDED * 10 - INCLUDED - INCLUDED / 10, IM_ERR_APP_CALL_RATE);
    assert_int_equal(call(t, ONLINE), IM_ERR_APP_CALL_RATE);
    assert_int_equal(call(t, CHECK_ACCOUNT), IM_ERR_CALL_RATE);
    next_second(t);
    assert_int_equal(call(t, ONLINE), IM_OK);
}

static void one_app_does_not_use_up_the_calls_of_another(void **state)
{
    struct limits_test *t = *state;

    expect_exactly(t, IMPORT, INCLUDED * 10, IM_ERR_CALL_RATE);
    assert_int_equal(call_of(t, t->other, IMPORT), IM_OK);
    assert_int_equal(call_of(t, t->other, CHECK_ACCOUNT), IM_OK);
}

static void a_changed_limit_holds_for_the_very_next_call(void **state)
{
    struct limits_test *t = *state;

    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
    set_rate(t, 300);
    expect_exactly(t, CHECK_ACCOUNT, 300 - INCLUDED, IM_ERR_CALL_RATE);
    expect_exactly(t, IMPORT_MANY, 30, IM_ERR_CALL_RATE);
    expect_exactly(t, IMPORT, 3000 - 300 - 30, IM_ERR_APP_CALL_RATE);
    next_second(t);
    expect_exactly(t, CHECK_ACCOUNT, 300, IM_ERR_CALL_RATE);
    set_rate(t, 0);
    assert_int_equal(call(t, CHECK_ACCOUNT), IM_ERR_CALL_RATE);
    next_second(t);
    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
}

static void a_limit_raised_before_a_crash_holds_after_it(void **state)
{
    struct limits_test *t = *state;

    set_rate(t, 200);
    sim_world_crash(t->world, true);
    assert_int_equal(sim_world_open(t->world), IM_OK);
    next_second(t);
    expect_exactly(t, CHECK_ACCOUNT, 200, IM_ERR_CALL_RATE);
}

static void accepted_calls_are_counted_with_their_failures_and_refused_ones_are_not(void **state)
{
    struct limits_test *t = *state;
    struct request *req;
    const struct usage_month *usage;
    uint64_t calls = 0;
    char json[64];

    expect_exactly(t, CHECK_ACCOUNT, INCLUDED, IM_ERR_CALL_RATE);
    expect_exactly(t, KICK, INCLUDED * 9, IM_ERR_APP_CALL_RATE);
    next_second(t);
    expect_exactly(t, ONLINE, INCLUDED, IM_ERR_CALL_RATE);
    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"2026-11\"}", t->app.v);
    req = operate(t, "admin.usage", json);
    usage = req->result;
    assert_int_equal(usage->days[21].row.calls, t->accepted);
    assert_int_equal(t->accepted, INCLUDED * 11);
    for (uint32_t i = 0; i < usage->call_count; i++)
        calls += usage->calls[i].count;
    assert_int_equal(calls, t->accepted);
    request_unref(req);
}

#define LIMITED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sim_run_begin();
    return RUN_TESTS(
        LIMITED(n_calls_of_a_command_are_accepted_in_a_second_and_no_more),
        LIMITED(each_command_has_the_class_of_the_table),
        LIMITED(all_commands_of_an_app_together_have_ten_times_n),
        LIMITED(one_app_does_not_use_up_the_calls_of_another),
        LIMITED(a_changed_limit_holds_for_the_very_next_call),
        LIMITED(a_limit_raised_before_a_crash_holds_after_it),
        LIMITED(accepted_calls_are_counted_with_their_failures_and_refused_ones_are_not));
}
