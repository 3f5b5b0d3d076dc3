/* System notices of groups: the box of an account, given again until taken. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/notice.h"
#include "support/shard_fixture.h"

#define DAY_S 86400u

/* "olga" owns the Public group "g"; "anna" and "ben" are no members. */
static struct shard_fixture *group_of_olga(void)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"Public\",\"Name\":\"Garden\",\"GroupId\":\"g\","
                  "\"Owner_Account\":\"olga\",\"ApplyJoinOption\":\"NeedPermission\"}");
    assert_int_equal(f->err, IM_OK);
    return f;
}

static void apply(struct shard_fixture *f, int terminal, const char *words)
{
    fixture_user(f, terminal, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"g\",\"ApplyMsg\":\"%s\",\"WebPushFlag\":1}", words);
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "JoinedStatus"), "WaitAdminApproval");
}

static uint32_t sync_with(struct shard_fixture *f, int terminal, const char *cookie)
{
    fixture_user(f, terminal, "openim.getmsg", "{\"Cookie\":\"%s\",\"SyncFlag\":0}", cookie);
    assert_int_equal(f->err, IM_OK);
    return (uint32_t)fixture_count(f, "EventArray");
}

static const char *notice_text(struct shard_fixture *f, uint32_t i, const char *path)
{
    char full[128];

    snprintf(full, sizeof(full), "EventArray.%u.GroupTips.0.%s", i, path);
    return fixture_text(f, full);
}

static uint64_t notice_value(struct shard_fixture *f, uint32_t i, const char *path)
{
    char full[128];

    snprintf(full, sizeof(full), "EventArray.%u.GroupTips.0.%s", i, path);
    return fixture_number(f, full);
}

static uint32_t report_type(struct shard_fixture *f, uint32_t i)
{
    return (uint32_t)notice_value(f, i, "MsgBody.ReportType");
}

static void member_command(struct shard_fixture *f, const char *command, const char *key,
                           const char *who)
{
    char name[64];

    snprintf(name, sizeof(name), "group_open_http_svc.%s", command);
    if (strcmp(key, "MemberList") == 0)
        fixture_admin(f, name, "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"%s\"}]}",
                      who);
    else
        fixture_admin(f, name, "{\"GroupId\":\"g\",\"%s\":[\"%s\"]}", key, who);
    assert_int_equal(f->err, IM_OK);
}

TEST(a_notice_comes_back_as_it_was_stored)
{
    struct arena arena;
    struct notice in = {.kind = NOTICE_JOIN_REQUEST,
                        .group_id = SPAN_LIT("g"),
                        .group_name = SPAN_LIT("Garden"),
                        .group_type = GROUP_PUBLIC,
                        .operator_name = SPAN_LIT("anna"),
                        .remark = SPAN_LIT("please"),
                        .user_field = SPAN_LIT("mine"),
                        .authentication = SPAN_LIT("00ff"),
                        .msg_key = UINT64_C(1600000000000001),
                        .time = 1600000000,
                        .seq = 7,
                        .at_type = 2};
    struct notice out;
    struct span bytes;

    arena_init(&arena);
    bytes = notice_encode(&arena, &in);
    assert_true(notice_decode(bytes, &out));
    assert_int_equal(out.kind, in.kind);
    assert_true(span_eq(out.group_id, in.group_id));
    assert_true(span_eq(out.group_name, in.group_name));
    assert_true(span_eq(out.operator_name, in.operator_name));
    assert_true(span_eq(out.remark, in.remark));
    assert_true(span_eq(out.user_field, in.user_field));
    assert_true(span_eq(out.authentication, in.authentication));
    assert_int_equal(out.group_type, in.group_type);
    assert_int_equal(out.msg_key, in.msg_key);
    assert_int_equal(out.time, in.time);
    assert_int_equal(out.seq, in.seq);
    assert_int_equal(out.at_type, in.at_type);
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(notice_decode(span_make(bytes.p, n), &out));
    arena_release(&arena);
}

TEST(long_texts_are_cut_between_characters)
{
    char words[1203];
    struct arena arena;
    struct notice in = {.kind = NOTICE_KICKED}, out;

    for (size_t i = 0; i + 3 <= sizeof(words); i += 3)
        memcpy(words + i, "\xe4\xbd\xa0", 3);
    in.remark = span_make(words, sizeof(words));
    arena_init(&arena);
    assert_true(notice_decode(notice_encode(&arena, &in), &out));
    assert_int_equal(out.remark.n, 999);
    arena_release(&arena);
}

TEST(a_notice_waits_for_an_account_that_is_offline)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), olga;

    apply(f, anna, "let me in");
    fixture_restart(f);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sync_with(f, olga, ""), 1);
        assert_int_equal(fixture_number(f, "EventArray.0.Event"), 5);
        assert_int_equal(report_type(f, 0), NOTICE_JOIN_REQUEST);
        assert_string_equal(notice_text(f, 0, "ToGroupId"), "g");
        assert_string_equal(notice_text(f, 0, "From_Account"), "@TIM#SYSTEM");
        assert_string_equal(notice_text(f, 0, "GroupInfo.GroupId"), "g");
        assert_string_equal(notice_text(f, 0, "GroupInfo.GroupName"), "Garden");
        assert_string_equal(notice_text(f, 0, "GroupInfo.To_Account"), "olga");
        assert_string_equal(notice_text(f, 0, "MsgBody.Operator_Account"), "anna");
        assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "let me in");
        assert_int_equal(notice_value(f, 0, "MsgTimeStamp"), FIXTURE_START_S);
        assert_true(notice_value(f, 0, "MsgBody.MsgKey") >= FIXTURE_START_S * UINT64_C(1000000));
        assert_int_equal(strlen(notice_text(f, 0, "MsgBody.Authentication")), 16);
    }
    fixture_free(f);
}

TEST(a_cookie_past_a_notice_takes_it_for_good)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    char cookie[32];
    uint64_t digest;

    apply(f, anna, "one");
    assert_int_equal(sync_with(f, olga, ""), 1);
    snprintf(cookie, sizeof(cookie), "%s", fixture_text(f, "Cookie"));
    assert_int_equal(sync_with(f, olga, cookie), 0);
    apply(f, anna, "two");
    assert_int_equal(sync_with(f, olga, cookie), 1);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "two");
    assert_int_equal(sync_with(f, olga, ""), 1);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(sync_with(f, olga, ""), 1);
    fixture_free(f);
}

TEST(each_pushed_notice_asks_a_synced_terminal_for_an_ack_that_takes_it)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    uint64_t position;

    apply(f, anna, "before");
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "NeedAck"), 0);
    assert_int_equal(sync_with(f, olga, ""), 1);
    fixture_forget(f);
    apply(f, anna, "first");
    apply(f, anna, "second");
    assert_int_equal(fixture_pushed(f, olga, "\"NeedAck\":1"), 2);
    position = f->push[f->pushes - 1].position;
    assert_int_equal(sync_with(f, olga, ""), 3);
    fixture_user(f, olga, "openim.ws_msg_push_ack", "{\"SessionData\":\"%llu\"}",
                 (unsigned long long)position);
    assert_int_equal(sync_with(f, olga, ""), 0);
    fixture_restart(f);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(sync_with(f, olga, ""), 0);
    fixture_free(f);
}

TEST(the_newest_100_are_kept)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), olga;
    char words[16];
    uint64_t digest;

    for (int i = 0; i < 101; i++) {
        snprintf(words, sizeof(words), "n%d", i);
        apply(f, anna, words);
        if (i == 60)
            fixture_checkpoint(f);
        if (i == 99) {
            olga = fixture_login(f, "olga", PLATFORM_WEB);
            assert_int_equal(sync_with(f, olga, ""), 100);
            assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "n0");
        }
    }
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(sync_with(f, olga, ""), 100);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "n1");
    assert_string_equal(notice_text(f, 99, "MsgBody.RemarkInfo"), "n100");
    fixture_free(f);
}

TEST(after_7_days_a_notice_is_gone)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    uint64_t digest;

    apply(f, anna, "old");
    fixture_advance(f, DAY_S);
    apply(f, anna, "young");
    fixture_advance(f, 6 * DAY_S - 1);
    assert_int_equal(sync_with(f, olga, ""), 2);
    fixture_advance(f, 1);
    assert_int_equal(sync_with(f, olga, ""), 1);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "young");
    apply(f, anna, "new");
    assert_int_equal(sync_with(f, olga, ""), 2);
    fixture_advance(f, 2 * DAY_S);
    fixture_checkpoint(f);
    fixture_compact(f);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(sync_with(f, olga, ""), 1);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "new");
    fixture_free(f);
}

TEST(notices_come_in_order_with_the_pages_of_messages)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), olga;
    char cookie[32];

    apply(f, anna, "before all");
    for (int i = 0; i < 120; i++) {
        fixture_send_rest(f, i % 2 ? "anna" : "ben", "olga", "m", "");
        if (i % 50 == 49)
            fixture_advance(f, 1);
    }
    apply(f, anna, "behind all");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(sync_with(f, olga, ""), 1);
    assert_int_equal(fixture_number(f, "SyncFlag"), 1);
    assert_int_equal(fixture_count(f, "MsgList"), 100);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "before all");
    snprintf(cookie, sizeof(cookie), "%s", fixture_text(f, "Cookie"));
    assert_int_equal(sync_with(f, olga, cookie), 1);
    assert_int_equal(fixture_number(f, "SyncFlag"), 2);
    assert_int_equal(fixture_count(f, "MsgList"), 20);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "behind all");
    fixture_free(f);
}

TEST(what_no_longer_holds_is_not_given_again)
{
    struct shard_fixture *f = group_of_olga();
    int anna;

    member_command(f, "add_group_member", "MemberList", "anna");
    member_command(f, "delete_group_member", "MemberToDel_Account", "anna");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    assert_int_equal(sync_with(f, anna, ""), 1);
    assert_int_equal(report_type(f, 0), NOTICE_KICKED);
    member_command(f, "add_group_member", "MemberList", "anna");
    assert_int_equal(sync_with(f, anna, ""), 2);
    assert_int_equal(report_type(f, 0), NOTICE_INVITED);
    assert_int_equal(report_type(f, 1), NOTICE_INVITED);
    fixture_admin(f, "group_open_http_svc.destroy_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    sync_with(f, anna, "");
    for (uint32_t i = 0; i < fixture_count(f, "EventArray"); i++)
        assert_int_not_equal(report_type(f, i), NOTICE_INVITED);
    fixture_free(f);
}

TEST(a_terminal_hears_what_its_account_did_elsewhere_only_if_it_comes_back)
{
    struct shard_fixture *f = group_of_olga();
    int phone, web;
    char cookie[32];

    fixture_limit(f, "multi_terminal", 1);
    member_command(f, "add_group_member", "MemberList", "anna");
    web = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_ANDROID);
    sync_with(f, web, "");
    snprintf(cookie, sizeof(cookie), "%s", fixture_text(f, "Cookie"));
    fixture_forget(f);
    fixture_user(f, phone, "group_open_http_svc.quit_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, phone, "\"ReportType\":8,"), 0);
    assert_int_equal(fixture_pushed(f, web, "\"ReportType\":8,"), 1);
    assert_int_equal(sync_with(f, web, ""), 0);
    assert_int_equal(sync_with(f, web, cookie), 1);
    assert_int_equal(report_type(f, 0), NOTICE_QUIT);
    fixture_free(f);
}

TEST(deleted_notices_are_not_given_again)
{
    struct shard_fixture *f = group_of_olga();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    uint64_t digest;
    unsigned seq;

    apply(f, anna, "one");
    apply(f, anna, "two");
    assert_int_equal(sync_with(f, olga, ""), 2);
    seq = (unsigned)notice_value(f, 0, "ClientSeq");
    fixture_user(f, anna, "openim.deletemsg",
                 "{\"DelMsgList\":[{\"From_Account\":\"@TIM#SYSTEM\",\"MsgSeq\":%u}]}", seq);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(sync_with(f, olga, ""), 2);
    fixture_user(
        f, olga, "openim.deletemsg",
        "{\"DelMsgList\":[{\"From_Account\":\"@TIM#SYSTEM\",\"MsgSeq\":%u},{\"MsgSeq\":1}]}", seq);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(sync_with(f, olga, ""), 1);
    assert_string_equal(notice_text(f, 0, "MsgBody.RemarkInfo"), "two");
    fixture_user(f, olga, "openim.deletemsg", "{\"DelMsgList\":[7]}");
    assert_int_equal(f->err, IM_ERR_MSG_PACKET);
    fixture_user(f, olga, "openim.deletemsg", "{}");
    assert_int_equal(f->err, IM_ERR_MSG_PACKET);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_notice_comes_back_as_it_was_stored),
                     T(long_texts_are_cut_between_characters),
                     T(a_notice_waits_for_an_account_that_is_offline),
                     T(a_cookie_past_a_notice_takes_it_for_good),
                     T(each_pushed_notice_asks_a_synced_terminal_for_an_ack_that_takes_it),
                     T(the_newest_100_are_kept), T(after_7_days_a_notice_is_gone),
                     T(notices_come_in_order_with_the_pages_of_messages),
                     T(what_no_longer_holds_is_not_given_again),
                     T(a_terminal_hears_what_its_account_did_elsewhere_only_if_it_comes_back),
                     T(deleted_notices_are_not_given_again));
}
