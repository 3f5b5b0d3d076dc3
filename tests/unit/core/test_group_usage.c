/* Usage of groups: getappinfo of thirty days and the operator's month. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/app_shard.h"

static void rest(struct app_shard *t, const char *command, const char *json)
{
    app_shard_admin(t, command, json);
    if (!strstr(t->text, "\"ErrorCode\":0"))
        fail_msg("%s: %s", command, t->text);
}

static void make(struct app_shard *t, const char *id, const char *members)
{
    char json[512];

    snprintf(json, sizeof(json),
             "{\"Type\":\"Public\",\"GroupId\":\"%s\",\"Name\":\"%s\",\"Owner_Account\":\"ann\","
             "\"MemberList\":[%s]}",
             id, id, members);
    rest(t, "group_open_http_svc.create_group", json);
}

static void say(struct app_shard *t, const char *id, const char *from)
{
    static unsigned random;
    char json[512];

    snprintf(json, sizeof(json),
             "{\"GroupId\":\"%s\",\"From_Account\":\"%s\",\"Random\":%u,\"MsgBody\":[{"
             "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]}",
             id, from, ++random);
    rest(t, "group_open_http_svc.send_group_msg", json);
}

static void say_c2c(struct app_shard *t, const char *from, const char *to)
{
    static unsigned random;
    char json[512];

    snprintf(json, sizeof(json),
             "{\"From_Account\":\"%s\",\"To_Account\":\"%s\",\"MsgRandom\":%u,\"MsgBody\":[{"
             "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]}",
             from, to, ++random);
    rest(t, "openim.sendmsg", json);
}

static struct app_shard *people(const char *date)
{
    struct app_shard *t = app_shard_new(date, 9);

    rest(t, "im_open_login_svc.multiaccount_import",
         "{\"Accounts\":[\"ann\",\"bob\",\"cleo\",\"dan\"]}");
    return t;
}

/* A metric of a day, counted from today back. */
static long metric(struct app_shard *t, unsigned days_ago, const char *name)
{
    struct json reply, day;
    struct json_iter it;
    struct span key;
    char text[32];
    long value;

    app_shard_admin(t, "openconfigsvr.getappinfo", "{}");
    assert_true(json_parse(span_of(t->text), &reply));
    it = json_iter(json_member(reply, "Result"));
    assert_int_equal(json_count(json_member(reply, "Result")), 30);
    for (unsigned i = 0; i <= days_ago; i++)
        assert_true(json_next(&it, &key, &day));
    day = json_member(day, name);
    assert_int_equal(day.type, JSON_STRING);
    snprintf(text, sizeof(text), "%.*s", SPAN_FMT(day.text));
    assert_int_equal(sscanf(text, "\"%ld\"", &value), 1);
    return value;
}

TEST(a_day_counts_messages_senders_groups_joins_and_quits)
{
    struct app_shard *t = people("2026-11-23");

    assert_int_equal(app_shard_login(t, "bob", PLATFORM_WEB), IM_OK);
    make(t, "g", "{\"Member_Account\":\"bob\"},{\"Member_Account\":\"cleo\"}");
    make(t, "h", "");
    make(t, "i", "");
    say(t, "g", "ann");
    say(t, "g", "ann");
    say(t, "g", "cleo");
    say(t, "h", "ann");
    rest(t, "group_open_http_svc.add_group_member",
         "{\"GroupId\":\"h\",\"MemberList\":[{\"Member_Account\":\"dan\"}]}");
    rest(t, "group_open_http_svc.delete_group_member",
         "{\"GroupId\":\"g\",\"MemberToDel_Account\":[\"cleo\"]}");
    rest(t, "group_open_http_svc.destroy_group", "{\"GroupId\":\"i\"}");
    assert_int_equal(metric(t, 0, "GroupUpMsgNum"), 4);
    /* bob alone is online, and in one of the groups. */
    assert_int_equal(metric(t, 0, "GroupDownMsgNum"), 3);
    assert_int_equal(metric(t, 0, "GroupSendMsgUserNum"), 2);
    assert_int_equal(metric(t, 0, "GroupSendMsgGroupNum"), 2);
    assert_int_equal(metric(t, 0, "GroupNewGroupNum"), 3);
    assert_int_equal(metric(t, 0, "GroupDestroyGroupNum"), 1);
    assert_int_equal(metric(t, 0, "GroupAllGroupNum"), 2);
    /* Three owners, two members at the making, one later. */
    assert_int_equal(metric(t, 0, "GroupJoinGroupTimes"), 6);
    assert_true(metric(t, 0, "GroupQuitGroupTimes") >= 1);
    assert_int_equal(metric(t, 0, "UpMsgNum"), 4);
    assert_int_equal(metric(t, 0, "C2CUpMsgNum"), 0);
    app_shard_free(t);
}

TEST(who_sends_both_ways_is_one_sender_whichever_came_first)
{
    struct app_shard *t = people("2026-11-23");

    make(t, "g", "{\"Member_Account\":\"bob\"},{\"Member_Account\":\"cleo\"}");
    say_c2c(t, "ann", "bob"); /* C2C first, */
    say(t, "g", "ann");
    say(t, "g", "bob"); /* the group first, */
    say_c2c(t, "bob", "ann");
    say_c2c(t, "dan", "ann"); /* C2C only, */
    say(t, "g", "cleo");      /* the group only */
    say_c2c(t, "bob", "ann");
    say(t, "g", "ann");
    assert_int_equal(metric(t, 0, "SendMsgUserNum"), 4);
    assert_int_equal(metric(t, 0, "C2CSendMsgUserNum"), 3);
    assert_int_equal(metric(t, 0, "GroupSendMsgUserNum"), 3);
    assert_int_equal(metric(t, 0, "ActiveUserNum"), 4);
    assert_int_equal(metric(t, 0, "UpMsgNum"), 8);
    /* Each day on its own. */
    app_shard_at(t, "2026-11-24", 1);
    say_c2c(t, "ann", "bob");
    assert_int_equal(metric(t, 0, "SendMsgUserNum"), 1);
    assert_int_equal(metric(t, 1, "SendMsgUserNum"), 4);
    app_shard_free(t);
}

TEST(a_sender_is_counted_once_over_a_restart_and_with_an_empty_cache)
{
    struct app_shard *t = people("2026-11-23");

    make(t, "g", "{\"Member_Account\":\"bob\"}");
    say(t, "g", "ann");
    say_c2c(t, "bob", "ann");
    app_shard_checkpoint(t);
    app_shard_restart(t);
    say(t, "g", "ann");
    say_c2c(t, "ann", "bob");
    say(t, "g", "bob");
    app_shard_restart(t);
    assert_int_equal(metric(t, 0, "GroupUpMsgNum"), 3);
    assert_int_equal(metric(t, 0, "GroupSendMsgUserNum"), 2);
    assert_int_equal(metric(t, 0, "C2CSendMsgUserNum"), 2);
    assert_int_equal(metric(t, 0, "SendMsgUserNum"), 2);
    app_shard_free(t);
}

TEST(thirty_days_know_how_many_groups_there_were_on_each)
{
    struct app_shard *t = people("2026-11-01");

    make(t, "a", "");
    make(t, "b", "");
    app_shard_at(t, "2026-11-10", 9);
    rest(t, "group_open_http_svc.destroy_group", "{\"GroupId\":\"a\"}");
    app_shard_at(t, "2026-11-20", 9);
    make(t, "c", "");
    make(t, "d", "");
    app_shard_at(t, "2026-11-30", 9);
    assert_int_equal(metric(t, 0, "GroupAllGroupNum"), 3);
    assert_int_equal(metric(t, 10, "GroupAllGroupNum"), 3);
    assert_int_equal(metric(t, 10, "GroupNewGroupNum"), 2);
    assert_int_equal(metric(t, 11, "GroupAllGroupNum"), 1);
    assert_int_equal(metric(t, 20, "GroupAllGroupNum"), 1);
    assert_int_equal(metric(t, 20, "GroupDestroyGroupNum"), 1);
    assert_int_equal(metric(t, 21, "GroupAllGroupNum"), 2);
    assert_int_equal(metric(t, 29, "GroupAllGroupNum"), 2);
    assert_int_equal(metric(t, 29, "GroupNewGroupNum"), 2);
    app_shard_free(t);
}

/* The days of the operator's report, one after the other. */
static void assert_totals(struct app_shard *t, const char *month, const char *day, uint64_t total)
{
    struct json reply, item;
    struct json_iter it;
    struct span key;
    char json[64], quoted[16];
    uint64_t value;

    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"%s\",\"distinct\":1}", t->app.v, month);
    app_shard_operator(t, "admin.usage", json);
    snprintf(quoted, sizeof(quoted), "\"%s\"", day);
    assert_true(json_parse(span_of(t->text), &reply));
    it = json_iter(json_member(json_member(reply, "Result"), "days"));
    while (json_next(&it, &key, &item)) {
        if (!span_is(json_member(item, "day").text, quoted))
            continue;
        assert_true(json_to_u64(json_member(item, "groups"), &value));
        assert_int_equal(value, total);
        return;
    }
    fail_msg("no day %s", day);
}

TEST(the_operator_sees_the_groups_of_a_month_long_past)
{
    struct app_shard *t = people("2026-08-15");

    make(t, "a", "{\"Member_Account\":\"bob\"}");
    say(t, "a", "ann");
    say(t, "a", "bob");
    app_shard_at(t, "2026-09-05", 9);
    app_shard_at(t, "2026-10-20", 9);
    make(t, "b", "");
    app_shard_at(t, "2026-11-23", 9);
    assert_totals(t, "2026-08", "20260814", 0);
    assert_totals(t, "2026-08", "20260831", 1);
    assert_non_null(strstr(t->text, "\"groups_made\":1"));
    assert_non_null(strstr(t->text, "\"group_up\":2"));
    assert_non_null(strstr(t->text, "\"distinct_group_senders\":2"));
    /* Nothing happened in all of September. */
    assert_totals(t, "2026-09", "20260930", 1);
    assert_totals(t, "2026-10", "20261019", 1);
    assert_totals(t, "2026-10", "20261020", 2);
    assert_totals(t, "2026-11", "20261101", 2);
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(a_day_counts_messages_senders_groups_joins_and_quits),
                     T(who_sends_both_ways_is_one_sender_whichever_came_first),
                     T(a_sender_is_counted_once_over_a_restart_and_with_an_empty_cache),
                     T(thirty_days_know_how_many_groups_there_were_on_each),
                     T(the_operator_sees_the_groups_of_a_month_long_past));
}
