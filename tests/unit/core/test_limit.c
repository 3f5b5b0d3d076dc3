#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/billing/plan.h"
#include "core/billing/shipped.h"
#include "core/quota/limit.h"
#include "support/app_shard.h"
#include "support/shard_fixture.h"

static const char *set(struct app_shard *t, const char *limit, const char *value)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"app\":%u,\"limit\":\"%s\",\"value\":%s,\"reason\":\"test\"}",
             t->app.v, limit, value);
    return app_shard_operator(t, "admin.limit_set", json);
}

TEST(a_granted_limit_is_rounded_up_to_a_whole_step)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    set(t, "call_rate", "150");
    assert_int_equal(app_shard_number(t, "before"), 100);
    assert_int_equal(app_shard_number(t, "asked"), 150);
    assert_int_equal(app_shard_number(t, "value"), 200);
    assert_int_equal(limit_of(t->shard, t->app, LIMIT_CALL_RATE), 200);
    set(t, "groups_per_day", "501");
    assert_int_equal(app_shard_number(t, "value"), 1000);
    set(t, "groups_total", "100001");
    assert_int_equal(app_shard_number(t, "value"), 200000);
    set(t, "recents", "51");
    assert_int_equal(app_shard_number(t, "value"), 100);
    set(t, "call_rate", "1");
    assert_int_equal(app_shard_number(t, "value"), 100);
    set(t, "multi_terminal", "3");
    assert_int_equal(app_shard_number(t, "value"), 3);
    app_shard_free(t);
}

TEST(a_groups_messages_a_second_are_granted_exactly_and_never_below_forty)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_int_equal(limit_of(t->shard, t->app, LIMIT_GROUP_MESSAGES), 40);
    set(t, "group_messages", "101");
    assert_int_equal(app_shard_number(t, "before"), 40);
    assert_int_equal(app_shard_number(t, "value"), 101);
    assert_int_equal(limit_of(t->shard, t->app, LIMIT_GROUP_MESSAGES), 101);
    set(t, "group_messages", "39");
    assert_int_equal(app_shard_number(t, "value"), 40);
    /* Apps from before it was sold have 0 in their row. */
    assert_int_equal(limit_in_force(LIMIT_GROUP_MESSAGES, 0), 40);
    assert_int_equal(limit_in_force(LIMIT_PUSH, 0), 0);
    app_shard_free(t);
}

TEST(what_is_no_limit_is_refused_with_a_sentence)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char json[128];

    assert_non_null(strstr(set(t, "dau", "5"), "dau is metered and billed"));
    assert_non_null(strstr(set(t, "DAU", "5"), "there is no such limit"));
    assert_non_null(strstr(set(t, "multi_terminal", "11"), "a whole number from 0 to 10"));
    assert_non_null(strstr(set(t, "recents", "5001"), "a whole number from 0 to 5000"));
    snprintf(json, sizeof(json), "{\"app\":%u,\"limit\":\"push\",\"value\":5}", t->app.v);
    assert_non_null(strstr(app_shard_operator(t, "admin.limit_set", json), "needs a reason"));
    assert_non_null(
        strstr(app_shard_operator(t, "admin.limit_set",
                                  "{\"app\":7,\"limit\":\"push\",\"value\":5,\"reason\":\"x\"}"),
               "there is no app 7"));
    app_shard_free(t);
}

TEST(limits_in_force_are_listed_with_their_source_and_survive_a_restart)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char json[64];

    set(t, "roaming", "12");
    app_shard_restart(t);
    snprintf(json, sizeof(json), "{\"app\":%u}", t->app.v);
    app_shard_operator(t, "admin.limit_list", json);
    assert_non_null(strstr(t->text, "\"plan\":\"cloud-2018\""));
    assert_non_null(strstr(t->text, "{\"limit\":\"roaming\",\"value\":12,\"included\":0,"
                                    "\"source\":\"operator\",\"since\":\"2026-11-23T01:00:00Z\"}"));
    assert_non_null(
        strstr(t->text, "{\"limit\":\"push\",\"value\":100,\"included\":100,\"source\":\"plan\","));
    app_shard_free(t);
}

/* Calls of one command in this second until it is refused. */
static uint32_t calls(struct app_shard *t, const char *command, const char *json, uint32_t most)
{
    uint32_t count = 0;

    while (count < most) {
        app_shard_admin(t, command, json);
        if (t->reply->err == IM_ERR_CALL_RATE || t->reply->err == IM_ERR_APP_CALL_RATE)
            break;
        count++;
    }
    return count;
}

TEST(the_hundred_and_first_call_of_a_second_is_refused_and_not_counted)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    static const char check[] = "{\"CheckItem\":[{\"UserID\":\"ann\"}]}";
    char json[64];

    assert_int_equal(calls(t, "im_open_login_svc.account_check", check, 1000), 100);
    assert_non_null(strstr(t->text, "\"ErrorCode\":60007"));
    t->now_us += 1000000;
    set(t, "call_rate", "200");
    assert_int_equal(calls(t, "im_open_login_svc.account_check", check, 1000), 200);
    snprintf(json, sizeof(json), "{\"app\":%u}", t->app.v);
    app_shard_operator(t, "admin.usage", json);
    assert_non_null(strstr(t->text, "\"calls\":300,"));
    app_shard_free(t);
}

#define CHECK_COMMAND "im_open_login_svc.account_check"
#define CHECK_ANN "{\"CheckItem\":[{\"UserID\":\"ann\"}]}"

TEST(a_restart_does_not_begin_its_second_again)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 60), 60);
    app_shard_restart(t);
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 1000), 40);
    app_shard_restart(t);
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 1000), 0);
    assert_int_equal(t->reply->err, IM_ERR_CALL_RATE);
    /* Other commands have the rest of the app's second. */
    assert_int_equal(calls(t, "im_open_login_svc.account_import", "{\"UserID\":\"ann\"}", 2000),
                     900);
    assert_int_equal(t->reply->err, IM_ERR_APP_CALL_RATE);
    app_shard_restart(t);
    t->now_us += 1000000;
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 1000), 100);
    app_shard_free(t);
}

TEST(calls_before_a_checkpoint_count_in_a_second_with_a_restart)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 30), 30);
    app_shard_checkpoint(t);
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 30), 30);
    app_shard_restart(t);
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 1000), 40);
    app_shard_checkpoint(t);
    app_shard_restart(t);
    assert_int_equal(calls(t, CHECK_COMMAND, CHECK_ANN, 1000), 0);
    app_shard_free(t);
}

/* What waits for rows is counted in the second of its record, whose limit then holds. */
TEST(calls_that_waited_use_up_the_second_in_which_they_are_answered)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    uint32_t refused = 0;

    fixture_advance(f, 1);
    fixture_checkpoint(f);
    fixture_restart(f);
    fixture_account(f, "ann");
    f->shuffle = true;
    for (int i = 0; i < 100; i++)
        fixture_post(f, -1, CHECK_COMMAND, CHECK_ANN);
    assert_int_not_equal(f->waiting, 0);
    f->now_us += 1000000;
    shard_begin(f->shard, f->now_us);
    fixture_drain(f);
    for (int i = 0; i < 5; i++) {
        fixture_post(f, -1, CHECK_COMMAND, CHECK_ANN);
        fixture_drain(f);
        refused += f->err == IM_ERR_CALL_RATE;
    }
    assert_int_equal(refused, 5);
    fixture_free(f);
}

/* Calls of one command in this second until it is refused. */
static uint32_t calls_of_plan(struct shard_fixture *f, const char *command, const char *json)
{
    uint32_t count = 0;

    for (;; count++) {
        fixture_post(f, -1, command, "%s", json);
        fixture_drain(f);
        if (f->err)
            return count;
    }
}

TEST(a_plan_says_how_many_calls_its_call_rate_makes)
{
    static const struct plan_edit edits[] = {
        {"id", "\"other\""},
        {"calls.command", "{\"times\":3,\"divided_by\":10}"},
        {"calls.app", "{\"times\":1,\"divided_by\":2}"},
        {"calls.exceptions.2.divided_by", "50"},
        {"calls.exceptions.1.command", "\"im_open_login_svc.of_a_later_version\""},
        {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    assert_int_equal(calls_of_plan(f, CHECK_COMMAND, CHECK_ANN), 30);
    assert_int_equal(f->err, IM_ERR_CALL_RATE);
    assert_int_equal(
        calls_of_plan(f, "im_open_login_svc.multiaccount_import", "{\"Accounts\":[\"ann\"]}"), 2);
    assert_int_equal(f->err, IM_ERR_CALL_RATE);
    assert_int_equal(calls_of_plan(f, "im_open_login_svc.account_import", "{\"UserID\":\"ann\"}"),
                     18);
    assert_int_equal(f->err, IM_ERR_APP_CALL_RATE);
    fixture_advance(f, 1);
    fixture_operator(f, "admin.limit_set",
                     "{\"app\":%u,\"limit\":\"call_rate\",\"value\":200,\"reason\":\"x\"}",
                     f->app.v);
    assert_int_equal(calls_of_plan(f, CHECK_COMMAND, CHECK_ANN), 60);
    fixture_free(f);
}

TEST(an_app_that_does_not_exist_may_do_nothing)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    /* The app is unknown to the cache first; the operator's question loads that. */
    app_shard_operator(t, "admin.app_show", "{\"app\":7}");
    assert_int_equal(limit_of(t->shard, (struct app_id){7}, LIMIT_CALL_RATE), 0);
    app_shard_free(t);
}

/* The classes of the command table say the same as the shipped plan. */
TEST(the_shipped_plan_gives_every_command_the_rate_of_its_class)
{
    struct span file;
    struct plan plan;
    char problem[PLAN_PROBLEM_BYTES], name[128];

    assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &file));
    assert_int_equal(plan_parse(file, &plan, problem), IM_OK);
    assert_int_equal(plan_calls_of_app(&plan, 100), 1000);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);
        uint64_t of_plan, of_class = 100;

        if (command->operation.rate == RATE_NONE)
            continue;
        if (command->operation.rate == RATE_TENFOLD)
            of_class = 1000;
        else if (command->operation.rate == RATE_TENTH)
            of_class = 10;
        snprintf(name, sizeof(name), "%s.%s", command->service, command->name);
        of_plan = plan_calls_of_command(&plan, span_of(name), 100);
        if (of_plan != of_class)
            fail_msg("%s: %llu in the plan", name, (unsigned long long)of_plan);
    }
}

TEST(every_command_that_administrators_may_call_has_a_rate_and_a_number)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (!(command->callers & BY_ADMIN) || command->placeholder)
            continue;
        assert_int_not_equal(command->operation.rate, RATE_NONE);
        assert_int_not_equal(command->operation.number, 0);
    }
}

int main(void)
{
    return RUN_TESTS(T(a_granted_limit_is_rounded_up_to_a_whole_step),
                     T(a_groups_messages_a_second_are_granted_exactly_and_never_below_forty),
                     T(what_is_no_limit_is_refused_with_a_sentence),
                     T(limits_in_force_are_listed_with_their_source_and_survive_a_restart),
                     T(the_hundred_and_first_call_of_a_second_is_refused_and_not_counted),
                     T(a_restart_does_not_begin_its_second_again),
                     T(calls_before_a_checkpoint_count_in_a_second_with_a_restart),
                     T(calls_that_waited_use_up_the_second_in_which_they_are_answered),
                     T(a_plan_says_how_many_calls_its_call_rate_makes),
                     T(an_app_that_does_not_exist_may_do_nothing),
                     T(the_shipped_plan_gives_every_command_the_rate_of_its_class),
                     T(every_command_that_administrators_may_call_has_a_rate_and_a_number));
}
