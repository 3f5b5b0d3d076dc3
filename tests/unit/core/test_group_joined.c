/* get_joined_group_list, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/app_shard.h"
#include "support/group_fixture.h"

static const char LIST[] = "group_open_http_svc.get_joined_group_list";
static const char COMMUNITIES[] = "million_group_open_http_svc.get_joined_group_list";

static struct shard_fixture *two_people(void)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    return f;
}

static const char *id_at(struct shard_fixture *f, unsigned i)
{
    char path[64];

    snprintf(path, sizeof(path), "GroupIdList.%u.GroupId", i);
    return fixture_text(f, path);
}

static bool lists(struct shard_fixture *f, const char *id)
{
    for (unsigned i = 0; i < fixture_count(f, "GroupIdList"); i++) {
        if (strcmp(id_at(f, i), id) == 0)
            return true;
    }
    return false;
}

TEST(groups_are_listed_in_the_order_of_joining_with_the_true_total)
{
    struct shard_fixture *f = two_people();

    group_make(f, "Public", "late", "bob", "");
    group_make(f, "Public", "first", "alice", "");
    fixture_advance(f, 1);
    group_make(f, "ChatRoom", "second", "alice", "");
    fixture_advance(f, 1);
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"late\",\"MemberList\":[{\"Member_Account\":\"alice\"}]}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 3);
    assert_string_equal(id_at(f, 0), "first");
    assert_string_equal(id_at(f, 1), "second");
    assert_string_equal(id_at(f, 2), "late");
    /* Without a filter nothing but the ids. */
    assert_int_equal(fixture_at(f, "GroupIdList.0.Type").type, JSON_NONE);
    assert_int_equal(fixture_at(f, "GroupIdList.0.SelfInfo").type, JSON_NONE);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\",\"Limit\":1,\"Offset\":1}");
    assert_int_equal(fixture_number(f, "TotalCount"), 3);
    assert_int_equal(fixture_count(f, "GroupIdList"), 1);
    assert_string_equal(id_at(f, 0), "second");
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\",\"Limit\":9,\"Offset\":3}");
    assert_int_equal(fixture_number(f, "TotalCount"), 3);
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\",\"GroupType\":\"ChatRoom\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    assert_string_equal(id_at(f, 0), "second");
    fixture_free(f);
}

TEST(what_the_filters_name_is_told_of_the_group_and_of_the_account_in_it)
{
    struct shard_fixture *f = two_people();

    group_make(f, "Public", "g", "alice", "{\"Member_Account\":\"bob\"}");
    group_say(f, "g", "alice", "one");
    group_say(f, "g", "alice", "two");
    fixture_admin(f, LIST,
                  "{\"Member_Account\":\"bob\",\"ResponseFilter\":{\"GroupBaseInfoFilter\":["
                  "\"Type\",\"Name\",\"Owner_Account\",\"NextMsgSeq\",\"MemberNum\","
                  "\"ShutUpAllMember\",\"ApplyJoinOption\",\"SupportTopic\"],"
                  "\"SelfInfoFilter\":[\"Role\",\"JoinTime\",\"MsgFlag\",\"UnreadMsgNum\","
                  "\"MsgSeq\",\"NameCard\",\"ShutUpUntil\"]}}");
    assert_string_equal(fixture_text(f, "GroupIdList.0.Type"), "Public");
    assert_string_equal(fixture_text(f, "GroupIdList.0.Name"), "g");
    assert_string_equal(fixture_text(f, "GroupIdList.0.Owner_Account"), "alice");
    assert_int_equal(fixture_number(f, "GroupIdList.0.MemberNum"), 2);
    assert_string_equal(fixture_text(f, "GroupIdList.0.ShutUpAllMember"), "Off");
    assert_string_equal(fixture_text(f, "GroupIdList.0.MuteAllMember"), "Off");
    assert_string_equal(fixture_text(f, "GroupIdList.0.SelfInfo.Role"), "Member");
    assert_string_equal(fixture_text(f, "GroupIdList.0.SelfInfo.MsgFlag"), "AcceptAndNotify");
    assert_int_equal(fixture_number(f, "GroupIdList.0.SelfInfo.UnreadMsgNum"), 2);
    assert_string_equal(fixture_text(f, "GroupIdList.0.SelfInfo.NameCard"), "");
    assert_int_equal(fixture_number(f, "GroupIdList.0.SelfInfo.ShutUpUntil"), 0);
    fixture_admin(f, LIST,
                  "{\"Member_Account\":\"alice\",\"ResponseFilter\":{\"SelfInfoFilter\":["
                  "\"Role\",\"UnreadMsgNum\"]}}");
    assert_string_equal(fixture_text(f, "GroupIdList.0.SelfInfo.Role"), "Owner");
    /* Nobody has one's own messages unread. */
    assert_int_equal(fixture_number(f, "GroupIdList.0.SelfInfo.UnreadMsgNum"), 0);
    assert_int_equal(fixture_at(f, "GroupIdList.0.SelfInfo.JoinTime").type, JSON_NONE);
    fixture_free(f);
}

TEST(an_inactive_private_group_is_listed_only_when_asked_for)
{
    struct shard_fixture *f = two_people();

    group_make(f, "Private", "p", "alice", "");
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\",\"WithNoActiveGroups\":1}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    group_say(f, "p", "alice", "hello");
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    fixture_free(f);
}

TEST(rooms_and_dissolved_groups_are_in_no_list)
{
    struct shard_fixture *f = two_people();

    group_make(f, "Public", "gone", "alice", "");
    group_make(f, "AVChatRoom", "room", "alice", "");
    fixture_admin(f, "group_open_http_svc.destroy_group", "{\"GroupId\":\"gone\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\",\"WithHugeGroups\":1}");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    fixture_free(f);
}

TEST(the_two_lists_of_the_sdk_have_no_group_in_common)
{
    struct shard_fixture *f = two_people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    char community[64];

    group_make(f, "Public", "g", "alice", "");
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"Community\",\"Name\":\"c\",\"Owner_Account\":\"alice\"}");
    snprintf(community, sizeof(community), "%s", fixture_text(f, "GroupId"));
    fixture_user(f, alice, LIST, "{\"Member_Account\":\"bob\",\"Limit\":200,\"Offset\":0}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    assert_true(lists(f, "g"));
    fixture_user(f, alice, COMMUNITIES, "{\"GroupType\":\"Community\",\"Limit\":50}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    assert_true(lists(f, community));
    fixture_user(f, alice, COMMUNITIES, "{\"GroupType\":\"Community\",\"SupportTopic\":1}");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    fixture_user(f, alice, LIST, "{\"GroupType\":\"Community\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    fixture_admin(f, LIST, "{\"Member_Account\":\"alice\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 2);
    fixture_free(f);
}

static void define(struct app_shard *t, const char *key, const char *read)
{
    char json[256];

    snprintf(json, sizeof(json),
             "{\"app\":%u,\"level\":\"group\",\"key\":\"%s\",\"read\":\"%s\","
             "\"write\":\"app_admin\"}",
             t->app.v, key, read);
    app_shard_operator(t, "admin.group_field_set", json);
    assert_non_null(strstr(t->text, "\"ErrorCode\":0"));
}

TEST(custom_fields_are_listed_for_who_may_read_them)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, "im_open_login_svc.multiaccount_import",
                    "{\"Accounts\":[\"alice\",\"bob\"]}");
    assert_int_equal(app_shard_login(t, "bob", PLATFORM_WEB), IM_OK);
    define(t, "open", "member");
    define(t, "secret", "owner");
    app_shard_admin(
        t, "group_open_http_svc.create_group",
        "{\"Type\":\"Public\",\"Name\":\"g\",\"Owner_Account\":\"alice\",\"MemberList\":[{"
        "\"Member_Account\":\"bob\"}],\"AppDefinedData\":[{\"Key\":\"open\",\"Value\":"
        "\"1\"},{\"Key\":\"secret\",\"Value\":\"2\"}]}");
    assert_non_null(strstr(t->text, "\"ErrorCode\":0"));
    app_shard_user(t, "bob", LIST, "{\"ResponseFilter\":{\"GroupBaseInfoFilter\":[\"Name\"]}}");
    assert_non_null(strstr(t->text, "\"AppDefinedData\":[{\"Key\":\"open\",\"Value\":\"1\"}]"));
    app_shard_admin(t, LIST,
                    "{\"Member_Account\":\"bob\",\"ResponseFilter\":{\"GroupBaseInfoFilter\":["
                    "\"AppDefinedData\"]}}");
    assert_non_null(strstr(t->text, "\"AppDefinedData\":[{\"Key\":\"open\",\"Value\":\"1\"},"
                                    "{\"Key\":\"secret\",\"Value\":\"2\"}]"));
    app_shard_free(t);
}

TEST(wrong_requests_get_their_codes)
{
    struct shard_fixture *f = two_people();

    fixture_admin(f, LIST, "{\"Member_Account\":\"nobody\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10019);
    fixture_admin(f, LIST, "{}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_admin(f, LIST, "[]");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10011);
    fixture_admin(f, LIST, "{\"Member_Account\":\"bob\",\"Limit\":5000}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    fixture_admin(f, LIST, "{\"Member_Account\":\"bob\",\"Limit\":5001}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_admin(f, LIST, "{\"Member_Account\":\"bob\",\"GroupType\":\"Club\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_admin(f, LIST,
                  "{\"Member_Account\":\"bob\",\"ResponseFilter\":{\"SelfInfoFilter\":1}}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_free(f);
}

static void join_many(struct shard_fixture *f, unsigned count)
{
    char id[16];

    fixture_limit(f, "groups_per_day", 2000);
    for (unsigned i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "g%u", i);
        group_make(f, "Public", id, "bob", "{\"Member_Account\":\"alice\"}");
        if (i % 20 == 19)
            fixture_advance(f, 1);
    }
}

TEST(five_hundred_and_one_groups_are_paged_whole_after_a_restart)
{
    struct shard_fixture *f = two_people();
    unsigned seen = 0;
    uint32_t loads;
    int alice;

    join_many(f, 501);
    fixture_checkpoint(f);
    fixture_restart(f);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    loads = f->loads;
    for (unsigned offset = 0; offset < 501; offset += 200) {
        fixture_user(f, alice, LIST,
                     "{\"Limit\":200,\"Offset\":%u,\"ResponseFilter\":{\"GroupBaseInfoFilter\":["
                     "\"Type\",\"Name\",\"Owner_Account\",\"NextMsgSeq\"],\"SelfInfoFilter\":["
                     "\"Role\",\"MsgSeq\",\"UnreadMsgNum\"]}}",
                     offset);
        assert_int_equal(fixture_number(f, "TotalCount"), 501);
        seen += (unsigned)fixture_count(f, "GroupIdList");
    }
    assert_int_equal(seen, 501);
    /* The collection, its groups, then owners and pages: not one load a group. */
    assert_true(f->loads - loads <= 10);
    fixture_free(f);
}

TEST(an_answer_of_over_a_megabyte_is_refused)
{
    struct shard_fixture *f = two_people();
    char text[241];

    join_many(f, 1000);
    memset(text, 'x', 240);
    text[240] = 0;
    for (unsigned i = 0; i < 1000; i++) {
        fixture_admin(f, "group_open_http_svc.modify_group_base_info",
                      "{\"GroupId\":\"g%u\",\"Introduction\":\"%s\",\"Notification\":\"%s\","
                      "\"FaceUrl\":\"%.100s\"}",
                      i, text, text, text);
        assert_int_equal(f->err, IM_OK);
        if (i % 20 == 19)
            fixture_advance(f, 1);
    }
    fixture_admin(
        f, LIST,
        "{\"Member_Account\":\"alice\",\"ResponseFilter\":{\"GroupBaseInfoFilter\":["
        "\"Introduction\",\"Notification\",\"FaceUrl\",\"Type\",\"Name\",\"Owner_Account\","
        "\"CreateTime\",\"InfoSeq\",\"LastInfoTime\",\"LastMsgTime\",\"NextMsgSeq\","
        "\"MemberNum\",\"MaxMemberNum\",\"ApplyJoinOption\",\"InviteJoinOption\","
        "\"ShutUpAllMember\",\"LastRecallTime\"]}}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10018);
    fixture_admin(f, LIST,
                  "{\"Member_Account\":\"alice\",\"Limit\":500,\"ResponseFilter\":{"
                  "\"GroupBaseInfoFilter\":[\"Introduction\",\"Notification\"]}}");
    assert_int_equal(fixture_count(f, "GroupIdList"), 500);
    assert_int_equal(fixture_number(f, "TotalCount"), 1000);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(groups_are_listed_in_the_order_of_joining_with_the_true_total),
                     T(what_the_filters_name_is_told_of_the_group_and_of_the_account_in_it),
                     T(an_inactive_private_group_is_listed_only_when_asked_for),
                     T(rooms_and_dissolved_groups_are_in_no_list),
                     T(the_two_lists_of_the_sdk_have_no_group_in_common),
                     T(custom_fields_are_listed_for_who_may_read_them),
                     T(wrong_requests_get_their_codes),
                     T(five_hundred_and_one_groups_are_paged_whole_after_a_restart),
                     T(an_answer_of_over_a_megabyte_is_refused));
}
