/* Groups shown: get_group_info and its kin, get_appid_group_list. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/member_fixture.h"

static struct shard_fixture *three_groups(void)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
                   "{\"Member_Account\":\"ben\"}]");
    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "r", "AVChatRoom", "");
    return f;
}

static struct json element(struct shard_fixture *f, unsigned i, const char *member)
{
    char path[80];

    snprintf(path, sizeof(path), "GroupInfo.%u.%s", i, member);
    return fixture_at(f, path);
}

static bool has(struct shard_fixture *f, unsigned i, const char *member)
{
    return element(f, i, member).type != JSON_NONE;
}

/* ---- get_group_info ---- */

TEST(without_a_filter_everything_is_shown)
{
    static const char *const members[] = {
        "GroupId",        "ErrorCode",       "ErrorInfo",        "Type",
        "Name",           "Introduction",    "Notification",     "FaceUrl",
        "CreateTime",     "Owner_Account",   "InfoSeq",          "LastInfoTime",
        "LastMsgTime",    "NextMsgSeq",      "MemberNum",        "MaxMemberNum",
        "AppDefinedData", "ApplyJoinOption", "InviteJoinOption", "ShutUpAllMember",
        "MemberList"};
    static const char *const of_member[] = {"Member_Account", "Role",     "JoinTime",
                                            "MsgSeq",         "MsgFlag",  "LastSendMsgTime",
                                            "ShutUpUntil",    "NameCard", "AppMemberDefinedData"};
    struct shard_fixture *f = three_groups();

    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\"]}");
    assert_int_equal(f->err, IM_OK);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!has(f, 0, members[i]))
            fail_msg("%s is missing in %s", members[i], f->text);
    }
    assert_int_equal(fixture_count(f, "GroupInfo.0.MemberList"), 3);
    for (size_t i = 0; i < sizeof(of_member) / sizeof(of_member[0]); i++) {
        char path[64];

        snprintf(path, sizeof(path), "MemberList.0.%s", of_member[i]);
        if (!has(f, 0, path))
            fail_msg("%s is missing in %s", path, f->text);
    }
    assert_string_equal(fixture_text(f, "GroupInfo.0.MemberList.0.Member_Account"), "olga");
    assert_string_equal(fixture_text(f, "GroupInfo.0.MemberList.0.Role"), "Owner");
    assert_string_equal(fixture_text(f, "GroupInfo.0.MemberList.1.Role"), "Admin");
    fixture_free(f);
}

TEST(a_filter_leaves_only_what_it_names)
{
    struct shard_fixture *f = three_groups();

    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"group\",\"key\":\"k1\",\"read\":\"anyone\","
                     "\"write\":\"owner\"}",
                     f->app.v);
    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"group\",\"key\":\"k2\",\"read\":\"anyone\","
                     "\"write\":\"owner\"}",
                     f->app.v);
    fixture_admin(f, GROUPS "modify_group_base_info",
                  "{\"GroupId\":\"g\",\"AppDefinedData\":[{\"Key\":\"k1\",\"Value\":\"v1\"},"
                  "{\"Key\":\"k2\",\"Value\":\"v2\"}]}");
    /* The example of server-api §14.6. */
    fixture_admin(f, GROUPS "get_group_info",
                  "{\"GroupIdList\":[\"g\",\"gone\"],\"ResponseFilter\":{"
                  "\"GroupBaseInfoFilter\":[\"Type\",\"Name\",\"MemberNum\",\"NextMsgSeq\"],"
                  "\"MemberInfoFilter\":[\"Role\",\"JoinTime\"],"
                  "\"AppDefinedDataFilter_Group\":[\"k1\"]}}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "GroupInfo.0.Type"), "Public");
    assert_true(has(f, 0, "Name") && has(f, 0, "MemberNum") && has(f, 0, "NextMsgSeq"));
    assert_false(has(f, 0, "Introduction") || has(f, 0, "Owner_Account") || has(f, 0, "InfoSeq"));
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 1);
    assert_string_equal(fixture_text(f, "GroupInfo.0.AppDefinedData.0.Value"), "v1");
    assert_true(has(f, 0, "MemberList.0.Role") && has(f, 0, "MemberList.0.JoinTime"));
    assert_false(has(f, 0, "MemberList.0.MsgFlag") || has(f, 0, "MemberList.0.NameCard"));
    assert_string_equal(fixture_text(f, "GroupInfo.1.GroupId"), "gone");
    assert_int_equal(fixture_number(f, "GroupInfo.1.ErrorCode"), 10010);
    assert_true(has(f, 1, "ErrorInfo"));
    assert_false(has(f, 1, "Type"));
    fixture_admin(f, GROUPS "get_group_info",
                  "{\"GroupIdList\":[\"g\"],\"ResponseFilter\":{"
                  "\"GroupBaseInfoFilter\":[\"Name\"]}}");
    assert_false(has(f, 0, "MemberList"));
    assert_true(has(f, 0, "Name"));
    assert_false(has(f, 0, "Type"));
    fixture_free(f);
}

TEST(each_group_has_an_error_of_its_own)
{
    struct shard_fixture *f = three_groups();

    fixture_admin(f, GROUPS "get_group_info",
                  "{\"GroupIdList\":[\"p\",\"nowhere\",\"\\u7fa4\",\"g\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 0);
    assert_int_equal(fixture_number(f, "GroupInfo.1.ErrorCode"), 10010);
    assert_int_equal(fixture_number(f, "GroupInfo.2.ErrorCode"), 10015);
    assert_int_equal(fixture_number(f, "GroupInfo.3.ErrorCode"), 0);
    assert_string_equal(fixture_text(f, "GroupInfo.3.GroupId"), "g");
    fixture_free(f);
}

TEST(fifty_groups_are_shown_and_not_fifty_one)
{
    struct shard_fixture *f = members_fixture();
    char list[51 * 4 + 1];
    size_t n = 0;

    for (unsigned i = 0; i < 51; i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s\"g\"", i ? "," : "");
    members_create(f, "g", "Public", "");
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[%s]}", list);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    list[50 * 4 - 1] = '\0';
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[%s]}", list);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "GroupInfo"), 50);
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "get_group_info", "{}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\"],\"ResponseFilter\":[]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "get_group_info",
                  "{\"GroupIdList\":[\"g\"],\"ResponseFilter\":{\"MemberInfoFilter\":\"Role\"}}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "get_group_info", "7");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fixture_free(f);
}

TEST(a_user_sees_only_groups_in_which_it_is)
{
    struct shard_fixture *f = three_groups();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_user(f, ben, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\",\"p\",\"nowhere\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 0);
    assert_int_equal(fixture_count(f, "GroupInfo.0.MemberList"), 3);
    assert_int_equal(fixture_number(f, "GroupInfo.1.ErrorCode"), 10007);
    assert_false(has(f, 1, "Name"));
    assert_int_equal(fixture_number(f, "GroupInfo.2.ErrorCode"), 10010);
    fixture_free(f);
}

TEST(an_answer_over_a_megabyte_is_refused)
{
    struct shard_fixture *f = members_fixture();
    char *list, *json = malloc(65536), ids[50 * 4 + 1];
    size_t n = 0;

    members_accounts(f, 500);
    list = members_many("{\"Member_Account\":\"", "\"}", 0, 500);
    snprintf(json, 65536, ",\"MemberList\":[%s]", list);
    members_create(f, "g", "Public", json);
    for (unsigned i = 0; i < 50; i++)
        n += (size_t)snprintf(ids + n, sizeof(ids) - n, "%s\"g\"", i ? "," : "");
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[%s]}", ids);
    assert_int_equal(f->err, IM_ERR_GROUP_ANSWER_TOO_LONG);
    ids[5 * 4 - 1] = '\0';
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[%s]}", ids);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "GroupInfo.4.MemberList"), 501);
    free(list);
    free(json);
    fixture_free(f);
}

TEST(of_rooms_those_in_them_are_counted_and_broadcast_rooms_list_nobody)
{
    struct shard_fixture *f = three_groups();
    int anna;

    members_create(f, "b", "BChatRoom", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_user(f, anna, GROUPS "apply_join_group", "{\"GroupId\":\"r\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"r\",\"b\"]}");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Owner_Account"), "olga");
    /* Its owner is not there now. */
    assert_int_equal(fixture_number(f, "GroupInfo.0.MemberNum"), 1);
    assert_int_equal(fixture_count(f, "GroupInfo.0.MemberList"), 2);
    assert_non_null(strstr(f->text, "{\"Member_Account\":\"anna\",\"Role\":\"Member\""));
    assert_false(has(f, 1, "MemberList"));
    fixture_user(f, anna, GROUPS "get_group_self_member_info", "{\"GroupIdList\":[\"r\"]}");
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 0);
    assert_string_equal(fixture_text(f, "GroupInfo.0.SelfInfo.Role"), "Member");
    assert_int_equal(fixture_number(f, "GroupInfo.0.SelfInfo.JoinTime"), fixture_now(f));
    fixture_free(f);
}

/* ---- get_group_self_member_info ---- */

TEST(a_member_reads_what_it_is_in_a_group)
{
    struct shard_fixture *f = three_groups();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    assert_int_equal(
        members_modify(f, anna, "g", "anna", "\"NameCard\":\"An\",\"MsgFlag\":\"Discard\""), IM_OK);
    assert_int_equal(members_mute(f, "g", "\"anna\"", "600"), IM_OK);
    fixture_user(f, anna, GROUPS "get_group_self_member_info",
                 "{\"GroupIdList\":[\"g\"],\"ResponseFilter\":{"
                 "\"GroupBaseInfoFilter\":[\"Type\"],\"MemberInfoFilter\":[\"MsgFlag\"]}}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "GroupInfo.0.SelfInfo.Role"), "Admin");
    assert_string_equal(fixture_text(f, "GroupInfo.0.SelfInfo.MsgFlag"), "Discard");
    assert_string_equal(fixture_text(f, "GroupInfo.0.SelfInfo.NameCard"), "An");
    assert_int_equal(fixture_number(f, "GroupInfo.0.SelfInfo.ShutUpUntil"), fixture_now(f) + 600);
    assert_int_equal(fixture_number(f, "GroupInfo.0.SelfInfo.JoinTime"), fixture_now(f));
    assert_true(has(f, 0, "SelfInfo.MsgSeq"));
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 0);
    assert_true(has(f, 0, "NextMsgSeq") && has(f, 0, "ShutUpAllMember") &&
                has(f, 0, "MuteAllMember") && has(f, 0, "AppDefinedData"));
    fixture_free(f);
}

TEST(the_self_information_has_an_element_for_every_group_asked_for)
{
    struct shard_fixture *f = three_groups();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_user(f, ben, GROUPS "get_group_self_member_info",
                 "{\"GroupIdList\":[\"p\",\"r\",\"nowhere\",\"g\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "GroupInfo"), 4);
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 10007);
    assert_int_equal(fixture_number(f, "GroupInfo.1.ErrorCode"), 10007);
    assert_int_equal(fixture_number(f, "GroupInfo.2.ErrorCode"), 10010);
    assert_string_equal(fixture_text(f, "GroupInfo.3.SelfInfo.Role"), "Member");
    fixture_user(f, ben, "million_group_open_http_svc.get_group_self_member_info",
                 "{\"GroupIdList\":[\"g\"]}");
    assert_string_equal(fixture_text(f, "GroupInfo.0.SelfInfo.Role"), "Member");
    fixture_free(f);
}

/* ---- get_group_public_info ---- */

TEST(anybody_finds_a_group_by_its_id_but_a_private_one)
{
    struct shard_fixture *f = three_groups();
    int carl = fixture_login(f, "carl", PLATFORM_WEB), anna;

    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_user(f, carl, GROUPS "get_group_public_info",
                 "{\"GroupIdList\":[\"g\",\"p\",\"r\",\"nowhere\"],\"ResponseFilter\":{"
                 "\"GroupBasePublicInfoFilter\":[\"Type\",\"Name\",\"Owner_Account\"]}}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "GroupInfo.0.Owner_Account"), "olga");
    assert_false(has(f, 0, "Notification") || has(f, 0, "MemberList") || has(f, 0, "SelfInfo"));
    assert_int_equal(fixture_number(f, "GroupInfo.1.ErrorCode"), 10007);
    assert_string_equal(fixture_text(f, "GroupInfo.2.Type"), "AVChatRoom");
    assert_int_equal(fixture_number(f, "GroupInfo.3.ErrorCode"), 10010);
    fixture_user(f, anna, GROUPS "get_group_public_info", "{\"GroupIdList\":[\"p\"]}");
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 0);
    assert_true(has(f, 0, "Name"));
    fixture_free(f);
}

/* ---- get_appid_group_list ---- */

static const char *list(struct shard_fixture *f, const char *members)
{
    fixture_admin(f, GROUPS "get_appid_group_list", "{%s}", members);
    assert_int_equal(f->err, IM_OK);
    return f->text;
}

TEST(groups_are_listed_in_the_order_in_which_they_were_made)
{
    struct shard_fixture *f = members_fixture();
    uint32_t seen = 0, pages = 0;
    uint64_t next = 0;

    list(f, "");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    assert_int_equal(fixture_number(f, "Next"), 0);
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    for (unsigned i = 0; i < 23; i++) {
        char id[8];

        snprintf(id, sizeof(id), "g%u", 99 - i);
        members_create(f, id, i % 3 ? "Public" : "ChatRoom", "");
    }
    fixture_admin(f, GROUPS "destroy_group", "{\"GroupId\":\"g97\"}");
    do {
        char body[64];

        snprintf(body, sizeof(body), "\"Limit\":4,\"Next\":%u", (unsigned)next);
        list(f, body);
        assert_int_equal(fixture_number(f, "TotalCount"), 22);
        for (unsigned i = 0; i < fixture_count(f, "GroupIdList"); i++) {
            char path[40], id[8];

            seen += seen == 2; /* the third one is gone */
            snprintf(path, sizeof(path), "GroupIdList.%u.GroupId", i);
            snprintf(id, sizeof(id), "g%u", 99 - seen++);
            assert_string_equal(fixture_text(f, path), id);
        }
        next = fixture_number(f, "Next");
        pages++;
    } while (next);
    assert_int_equal(seen, 23);
    assert_int_equal(pages, 6);
    list(f, "\"GroupType\":\"ChatRoom\",\"Limit\":8");
    assert_int_equal(fixture_number(f, "TotalCount"), 8);
    assert_int_equal(fixture_count(f, "GroupIdList"), 8);
    assert_int_equal(fixture_number(f, "Next"), 0);
    list(f, "\"GroupType\":\"Private\"");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    members_same_after_restart(f);
    list(f, "");
    assert_int_equal(fixture_count(f, "GroupIdList"), 22);
    fixture_free(f);
}

TEST(a_list_goes_over_more_groups_than_one_row_of_it_holds)
{
    struct shard_fixture *f = members_fixture();

    fixture_limit(f, "groups_per_day", 5000);
    for (unsigned i = 0; i < 1100; i++) {
        if (i % 90 == 0)
            fixture_advance(f, 1);
        fixture_admin(f, GROUPS "create_group", "{\"Type\":\"Public\",\"Name\":\"n\"}");
        assert_int_equal(f->err, IM_OK);
    }
    fixture_checkpoint(f);
    list(f, "");
    assert_int_equal(fixture_count(f, "GroupIdList"), 1100);
    assert_int_equal(fixture_number(f, "Next"), 0);
    list(f, "\"Limit\":1022");
    assert_int_equal(fixture_number(f, "Next"), 1022);
    list(f, "\"Limit\":10000,\"Next\":1022");
    assert_int_equal(fixture_count(f, "GroupIdList"), 78);
    list(f, "\"Next\":1100");
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    assert_int_equal(fixture_number(f, "Next"), 0);
    list(f, "\"Next\":4294967295");
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    fixture_free(f);
}

TEST(a_list_refuses_what_it_does_not_know)
{
    struct shard_fixture *f = members_fixture();
    static const char *const bad[] = {"\"Limit\":10001", "\"GroupType\":\"Secret\"",
                                      "\"Next\":\"x\""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fixture_admin(f, GROUPS "get_appid_group_list", "{%s}", bad[i]);
        assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    }
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(without_a_filter_everything_is_shown), T(a_filter_leaves_only_what_it_names),
        T(each_group_has_an_error_of_its_own), T(fifty_groups_are_shown_and_not_fifty_one),
        T(a_user_sees_only_groups_in_which_it_is), T(an_answer_over_a_megabyte_is_refused),
        T(of_rooms_those_in_them_are_counted_and_broadcast_rooms_list_nobody),
        T(a_member_reads_what_it_is_in_a_group),
        T(the_self_information_has_an_element_for_every_group_asked_for),
        T(anybody_finds_a_group_by_its_id_but_a_private_one),
        T(groups_are_listed_in_the_order_in_which_they_were_made),
        T(a_list_goes_over_more_groups_than_one_row_of_it_holds),
        T(a_list_refuses_what_it_does_not_know));
}
