#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/app_shard.h"

static const char *usage(struct app_shard *t, const char *month)
{
    char json[128];

    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"%s\",\"distinct\":1}", t->app.v, month);
    return app_shard_operator(t, "admin.usage", json);
}

/* A number of one day ("20261123") of the last usage reply, or of its totals (NULL). */
static uint64_t figure(struct app_shard *t, const char *day, const char *name)
{
    struct json reply, days, item;
    struct json_iter it;
    struct span key, text;
    uint64_t value = UINT64_MAX;

    assert_true(json_parse(span_of(t->text), &reply));
    days = json_member(json_member(reply, "Result"), day ? "days" : "totals");
    if (!day)
        assert_true(json_to_u64(json_member(days, name), &value));
    for (it = json_iter(days); day && json_next(&it, &key, &item);) {
        text = json_member(item, "day").text;
        if (text.n == strlen(day) + 2 && memcmp(text.p + 1, day, strlen(day)) == 0)
            assert_true(json_to_u64(json_member(item, name), &value));
    }
    assert_true(value != UINT64_MAX);
    return value;
}

static void login(struct app_shard *t, const char *user)
{
    assert_int_equal(app_shard_login(t, user, PLATFORM_WEB), IM_OK);
}

TEST(an_account_counts_once_a_day_however_often_it_logs_in)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    login(t, "ann");
    login(t, "ann");
    login(t, "bob");
    login(t, "ann");
    usage(t, "2026-11");
    assert_int_equal(figure(t, "20261123", "login_users"), 2);
    assert_int_equal(figure(t, "20261123", "logins"), 4);
    assert_int_equal(figure(t, "20261123", "active_users"), 2);
    assert_int_equal(figure(t, "20261123", "registered"), 3);
    assert_int_equal(app_shard_number(t, "peak_dau"), 2);
    app_shard_free(t);
}

TEST(the_day_ends_at_midnight_in_the_zone)
{
    struct app_shard *t = app_shard_new("2026-11-23", 23);

    login(t, "ann");
    t->now_us += 3600000000u - 1; /* the last microsecond */
    login(t, "bob");
    t->now_us += 1;
    login(t, "ann");
    usage(t, "2026-11");
    assert_int_equal(figure(t, "20261123", "login_users"), 2);
    assert_int_equal(figure(t, "20261124", "login_users"), 1);
    app_shard_free(t);
}

TEST(the_months_peak_is_its_highest_day_and_the_first_such)
{
    struct app_shard *t = app_shard_new("2026-11-10", 9);

    login(t, "ann");
    app_shard_at(t, "2026-11-12", 9);
    login(t, "ann");
    login(t, "bob");
    app_shard_at(t, "2026-11-13", 9);
    login(t, "bob");
    login(t, "cleo");
    app_shard_at(t, "2026-11-14", 9);
    login(t, "ann");
    usage(t, "2026-11");
    assert_int_equal(app_shard_number(t, "peak_dau"), 2);
    assert_non_null(strstr(t->text, "\"peak_day\":\"20261112\""));
    assert_int_equal(figure(t, NULL, "logins"), 6);
    assert_int_equal(figure(t, NULL, "distinct_login_users"), 3);
    app_shard_at(t, "2026-12-01", 0);
    usage(t, "2026-12");
    assert_int_equal(app_shard_number(t, "peak_dau"), 0);
    login(t, "ann");
    usage(t, "2026-12");
    assert_int_equal(app_shard_number(t, "peak_dau"), 1);
    app_shard_free(t);
}

#define SEND(from, to, random)                                                       \
    "{\"From_Account\":\"" from "\",\"To_Account\":\"" to "\",\"MsgRandom\":" random \
    ",\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]}"

TEST(messages_count_up_down_and_their_senders)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, "im_open_login_svc.multiaccount_import",
                    "{\"Accounts\":[\"ann\",\"bob\",\"cleo\"]}");
    login(t, "bob");
    app_shard_admin(t, "openim.sendmsg", SEND("ann", "bob", "1"));
    app_shard_admin(t, "openim.sendmsg", SEND("ann", "cleo", "2"));
    app_shard_admin(t, "openim.sendmsg", SEND("bob", "cleo", "3"));
    app_shard_admin(t, "openim.sendmsg", SEND("bob", "nobody", "4"));
    usage(t, "2026-11");
    assert_int_equal(figure(t, "20261123", "c2c_up"), 3);
    assert_int_equal(figure(t, "20261123", "c2c_down"), 1);
    assert_int_equal(figure(t, "20261123", "c2c_senders"), 2);
    assert_int_equal(figure(t, "20261123", "active_users"), 2);
    app_shard_free(t);
}

TEST(accepted_calls_are_counted_by_command_whatever_their_result)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, "im_open_login_svc.account_import", "{\"Identifier\":\"ann\"}");
    app_shard_admin(t, "openim.sendmsg", SEND("ann", "nobody", "1"));
    app_shard_admin(t, "openim.sendmsg", SEND("ann", "nobody", "2"));
    usage(t, "2026-11");
    assert_int_equal(figure(t, "20261123", "calls"), 3);
    assert_non_null(strstr(t->text, "{\"command\":\"openim.sendmsg\",\"count\":2}"));
    assert_non_null(
        strstr(t->text, "{\"command\":\"im_open_login_svc.account_import\",\"count\":1}"));
    app_shard_free(t);
}

TEST(a_restart_changes_no_figure)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char *before;

    login(t, "ann");
    app_shard_checkpoint(t);
    login(t, "bob");
    app_shard_admin(t, "openim.sendmsg", SEND("ann", "bob", "1"));
    before = strdup(usage(t, "2026-11"));
    app_shard_restart(t);
    assert_string_equal(usage(t, "2026-11"), before);
    app_shard_checkpoint(t);
    app_shard_restart(t);
    assert_string_equal(usage(t, "2026-11"), before);
    login(t, "ann");
    usage(t, "2026-11");
    assert_int_equal(figure(t, "20261123", "login_users"), 2);
    free(before);
    app_shard_free(t);
}

TEST(a_month_that_the_app_does_not_have_is_refused_with_a_sentence)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_non_null(strstr(usage(t, "2026-12"), "the month 2026-12 has not begun"));
    assert_non_null(strstr(usage(t, "2026-10"), "the app was made in 2026-11"));
    assert_non_null(
        strstr(app_shard_operator(t, "admin.usage", "{\"app\":7}"), "there is no app 7"));
    app_shard_free(t);
}

/* ---- getappinfo ---- */

TEST(getappinfo_tells_thirty_days_newest_first_as_strings)
{
    struct app_shard *t = app_shard_new("2026-11-01", 9);
    struct json reply, days;

    login(t, "ann");
    app_shard_at(t, "2026-11-03", 9);
    login(t, "ann");
    login(t, "bob");
    app_shard_at(t, "2026-11-04", 9);
    app_shard_admin(
        t, "openconfigsvr.getappinfo",
        "{\"RequestField\":[\"LoginUserNum\",\"RegistUserNumTotal\",\"RegistUserNumOneDay\"]}");
    assert_true(json_parse(span_of(t->text), &reply));
    days = json_member(reply, "Result");
    assert_int_equal(json_count(days), 30);
    assert_int_equal(json_member(reply, "ActionStatus").type, JSON_NONE);
    /* Two accounts on the 1st (with the administrator), one on the 3rd; the total carries over. */
    assert_non_null(strstr(
        t->text, "{\"ErrorInfo\":\"OK\",\"ErrorCode\":0,\"Result\":["
                 "{\"Date\":\"20261104\",\"RegistUserNumOneDay\":\"0\",\"RegistUserNumTotal\":"
                 "\"3\",\"LoginUserNum\":\"0\"},"
                 "{\"Date\":\"20261103\",\"RegistUserNumOneDay\":\"1\",\"RegistUserNumTotal\":"
                 "\"3\",\"LoginUserNum\":\"2\"},"
                 "{\"Date\":\"20261102\",\"RegistUserNumOneDay\":\"0\",\"RegistUserNumTotal\":"
                 "\"2\",\"LoginUserNum\":\"0\"},"
                 "{\"Date\":\"20261101\",\"RegistUserNumOneDay\":\"2\",\"RegistUserNumTotal\":"
                 "\"2\",\"LoginUserNum\":\"1\"},"
                 "{\"Date\":\"20261031\",\"RegistUserNumOneDay\":\"0\",\"RegistUserNumTotal\":"
                 "\"0\",\"LoginUserNum\":\"0\"},"));
    app_shard_free(t);
}

TEST(the_highest_number_online_is_told_from_the_next_day_on)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    static const char ask[] = "{\"RequestField\":[\"MaxOnlineNum\"]}";

    login(t, "ann");
    login(t, "bob");
    app_shard_admin(t, "openconfigsvr.getappinfo", ask);
    assert_non_null(strstr(t->text, "{\"Date\":\"20261123\",\"MaxOnlineNum\":\"0\"}"));
    app_shard_at(t, "2026-11-24", 9);
    app_shard_admin(t, "openconfigsvr.getappinfo", ask);
    assert_non_null(strstr(t->text, "{\"Date\":\"20261123\",\"MaxOnlineNum\":\"2\"}"));
    app_shard_free(t);
}

TEST(getappinfo_without_fields_tells_all_and_refuses_unknown_ones)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, "openconfigsvr.getappinfo", "{}");
    assert_non_null(strstr(t->text, "\"AppName\":\"Test\""));
    assert_non_null(strstr(t->text, "\"GroupUpMsgNum\":\"0\""));
    app_shard_admin(t, "openconfigsvr.getappinfo", "{\"RequestField\":[\"Nothing\"]}");
    assert_non_null(strstr(t->text, "\"ErrorCode\":130009"));
    assert_null(strstr(t->text, "ActionStatus"));
    app_shard_admin(t, "openconfigsvr.getappinfo", "[]");
    assert_non_null(strstr(t->text, "\"ErrorCode\":130001"));
    app_shard_free(t);
}

TEST(a_day_alone_has_its_own_counts_and_calls)
{
    struct app_shard *t = app_shard_new("2026-11-05", 9);
    char json[96];

    app_shard_admin(t, "openim.querystate", "{\"To_Account\":[\"administrator\"]}");
    app_shard_at(t, "2026-11-06", 9);
    app_shard_admin(t, "openim.querystate", "{\"To_Account\":[\"administrator\"]}");
    app_shard_admin(t, "openim.querystate", "{\"To_Account\":[\"administrator\"]}");
    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"2026-11\",\"day\":6}", t->app.v);
    app_shard_operator(t, "admin.usage", json);
    assert_non_null(strstr(t->text, "\"calls\":[{\"command\":\"openim.querystate\",\"count\":2}]"));
    assert_null(strstr(t->text, "\"day\":\"20261105\""));
    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"2026-11\",\"day\":7}", t->app.v);
    assert_non_null(strstr(app_shard_operator(t, "admin.usage", json), "has not begun"));
    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"2026-11\",\"day\":31}", t->app.v);
    assert_non_null(strstr(app_shard_operator(t, "admin.usage", json), "has no day 31"));
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(a_day_alone_has_its_own_counts_and_calls),
                     T(an_account_counts_once_a_day_however_often_it_logs_in),
                     T(the_day_ends_at_midnight_in_the_zone),
                     T(the_months_peak_is_its_highest_day_and_the_first_such),
                     T(messages_count_up_down_and_their_senders),
                     T(accepted_calls_are_counted_by_command_whatever_their_result),
                     T(a_restart_changes_no_figure),
                     T(a_month_that_the_app_does_not_have_is_refused_with_a_sentence),
                     T(getappinfo_tells_thirty_days_newest_first_as_strings),
                     T(the_highest_number_online_is_told_from_the_next_day_on),
                     T(getappinfo_without_fields_tells_all_and_refuses_unknown_ones));
}
