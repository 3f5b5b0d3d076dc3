/* Members as they are shown: lists, pages, filters, roles, sizes. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/member_fixture.h"

static const char *names_of(struct shard_fixture *f)
{
    static char text[256];
    size_t n = 0, count = fixture_count(f, "MemberList");

    text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        char path[48];

        snprintf(path, sizeof(path), "MemberList.%zu.Member_Account", i);
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
                              fixture_text(f, path));
        assert_true(n < sizeof(text));
    }
    return text;
}

static const char *list(struct shard_fixture *f, const char *id, const char *more)
{
    fixture_admin(f, GROUPS "get_group_member_info", "{\"GroupId\":\"%s\"%s}", id, more);
    if (f->err)
        return "";
    return names_of(f);
}

static void crowd(struct shard_fixture *f, const char *id, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i += 500) {
        uint32_t n = first + count - i < 500 ? first + count - i : 500;
        char *members = members_many("{\"Member_Account\":\"", "\"}", i, n);

        fixture_admin(f, GROUPS "add_group_member",
                      "{\"GroupId\":\"%s\",\"Silence\":1,\"MemberList\":[%s]}", id, members);
        assert_int_equal(f->err, IM_OK);
        free(members);
    }
}

TEST(members_are_listed_as_they_joined)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", "");
    fixture_advance(f, 1);
    assert_int_equal(members_add(f, -1, "g", "dora"), IM_OK);
    fixture_advance(f, 1);
    assert_int_equal(members_add(f, -1, "g", "ben anna"), IM_OK);
    assert_string_equal(list(f, "g", ""), "olga dora anna ben");
    assert_int_equal(fixture_number(f, "MemberNum"), 4);
    assert_string_equal(fixture_text(f, "Next"), "");
    assert_string_equal(fixture_text(f, "MemberList.0.Role"), "Owner");
    assert_int_equal(fixture_number(f, "MemberList.1.JoinTime"), fixture_now(f) - 1);
    assert_string_equal(fixture_text(f, "MemberList.1.MsgFlag"), "AcceptAndNotify");
    assert_string_equal(list(f, "g", ",\"Limit\":2,\"Offset\":1"), "dora anna");
    assert_string_equal(list(f, "g", ",\"Limit\":2,\"Offset\":4"), "");
    assert_string_equal(list(f, "g", ",\"MemberRoleFilter\":[\"Owner\",\"Admin\"]"), "olga");
    assert_int_equal(fixture_number(f, "MemberNum"), 4);
    assert_string_equal(list(f, "g", ",\"MemberRoleFilter\":[\"Member\"],\"Limit\":1"), "dora");
    fixture_free(f);
}

TEST(only_what_is_asked_for_is_shown)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "c", "ChatRoom", "");
    members_say(f, "c");
    assert_int_equal(members_add(f, -1, "c", "anna"), IM_OK);
    members_say(f, "c");
    list(f, "c", ",\"MemberInfoFilter\":[\"MsgSeq\",\"MsgFlag\",\"Nonsense\"]");
    assert_non_null(strstr(f->text, "{\"Member_Account\":\"anna\",\"MsgSeq\":1,"
                                    "\"MsgFlag\":\"AcceptNotNotify\"}"));
    list(f, "c", ",\"MemberInfoFilter\":[\"LastSendMsgTime\"]");
    assert_int_equal(fixture_number(f, "MemberList.0.LastSendMsgTime"), fixture_now(f));
    assert_int_equal(fixture_number(f, "MemberList.1.LastSendMsgTime"), 0);
    list(f, "c", ",\"MemberInfoFilter\":[\"ShutUpUntil\",\"NameCard\"]");
    assert_non_null(strstr(f->text, "{\"Member_Account\":\"anna\",\"ShutUpUntil\":0,"
                                    "\"NameCard\":\"\"}"));
    fixture_free(f);
}

TEST(communities_are_paged_by_next_and_nobody_is_missed)
{
    struct shard_fixture *f = members_fixture();
    char more[64] = ",\"Limit\":7";
    uint32_t seen = 0, pages = 0;

    members_create(f, "community", "Community", "");
    members_accounts(f, 40);
    crowd(f, "community", 0, 20);
    fixture_advance(f, 5);
    crowd(f, "community", 20, 20);
    do {
        list(f, "community", more);
        assert_int_equal(f->err, IM_OK);
        seen += (uint32_t)fixture_count(f, "MemberList");
        pages++;
        snprintf(more, sizeof(more), ",\"Limit\":7,\"Next\":\"%s\"", fixture_text(f, "Next"));
        /* Who leaves from a page that was seen moves nobody. */
        if (pages == 2)
            assert_int_equal(members_kick(f, -1, "community", "\"u0\",\"u1\"", ""), IM_OK);
    } while (strcmp(more, ",\"Limit\":7,\"Next\":\"\"") != 0);
    assert_int_equal(seen, 41);
    assert_int_equal(pages, 6);
    list(f, "community", ",\"Next\":\"x\"");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

TEST(wrong_questions_have_their_codes)
{
    struct shard_fixture *f = members_fixture();
    char *accounts = members_many("\"", "\"", 0, 501);
    int carl;

    members_create(f, "g", "Public", "");
    list(f, "g", ",\"Limit\":10001");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    list(f, "g", ",\"Limit\":10000");
    assert_int_equal(f->err, IM_OK);
    list(f, "g", ",\"MemberRoleFilter\":[\"King\"]");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    list(f, "g", ",\"MemberInfoFilter\":\"Role\"");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    list(f, "nowhere", "");
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    fixture_admin(f, GROUPS "get_group_member_info", "[1]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fixture_admin(f, GROUPS "get_role_in_group", "{\"GroupId\":\"g\",\"User_Account\":[%s]}",
                  accounts);
    assert_int_equal(f->err, IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    fixture_admin(f, GROUPS "get_specified_group_member_info",
                  "{\"GroupId\":\"g\",\"Member_List_Account\":[%s]}", accounts);
    assert_int_equal(f->err, IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    fixture_user(f, carl, GROUPS "get_group_member_info", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_user(f, carl, GROUPS "get_specified_group_member_info",
                 "{\"GroupId\":\"g\",\"Member_List_Account\":[\"olga\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_user(f, carl, GROUPS "get_role_in_group",
                 "{\"GroupId\":\"g\",\"User_Account\":[\"carl\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    free(accounts);
    fixture_free(f);
}

TEST(single_members_and_roles_are_given_in_the_order_asked)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "a", "AVChatRoom", "");
    fixture_admin(f, GROUPS "get_specified_group_member_info",
                  "{\"GroupId\":\"g\",\"Member_List_Account\":[\"anna\",\"ghost\",\"ben\","
                  "\"olga\"]}");
    assert_string_equal(names_of(f), "anna olga");
    fixture_admin(f, GROUPS "get_role_in_group",
                  "{\"GroupId\":\"g\",\"User_Account\":[\"ghost\",\"anna\",\"ben\",\"olga\"]}");
    assert_non_null(strstr(f->text, "[{\"Member_Account\":\"ghost\",\"Role\":\"NotMember\"},"
                                    "{\"Member_Account\":\"anna\",\"Role\":\"Member\"},"
                                    "{\"Member_Account\":\"ben\",\"Role\":\"NotMember\"},"
                                    "{\"Member_Account\":\"olga\",\"Role\":\"Owner\"}]"));
    fixture_admin(f, GROUPS "get_role_in_group", "{\"GroupId\":\"a\",\"User_Account\":[\"anna\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(a_live_room_shows_who_is_there_to_those_who_are)
{
    struct shard_fixture *f = members_fixture();
    int anna, ben;

    members_create(f, "a", "AVChatRoom", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    fixture_advance(f, 1);
    fixture_user(f, anna, GROUPS "apply_join_group", "{\"GroupId\":\"a\"}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(list(f, "a", ""), "olga anna");
    assert_string_equal(fixture_text(f, "MemberList.1.Role"), "Member");
    assert_string_equal(list(f, "a", ",\"MemberRoleFilter\":[\"Member\"]"), "anna");
    fixture_user(f, anna, GROUPS "get_group_member_info", "{\"GroupId\":\"a\"}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(names_of(f), "olga anna");
    fixture_user(f, ben, GROUPS "get_group_member_info", "{\"GroupId\":\"a\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_forget(f);
    assert_int_equal(members_mute(f, "a", "\"anna\"", "60"), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ShutupTime\":60"), 1);
    assert_int_equal(fixture_pushed(f, ben, ""), 0);
    list(f, "a", ",\"MemberInfoFilter\":[\"ShutUpUntil\"]");
    assert_int_equal(fixture_number(f, "MemberList.1.ShutUpUntil"), fixture_now(f) + 60);
    fixture_user(f, anna, GROUPS "get_specified_group_member_info",
                 "{\"GroupId\":\"a\",\"Member_List_Account\":[\"ben\",\"anna\",\"olga\"]}");
    assert_string_equal(names_of(f), "anna olga");
    assert_int_equal(fixture_number(f, "MemberList.0.JoinTime"), fixture_now(f));
    fixture_free(f);
}

TEST(broadcast_rooms_show_nobody)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "b", "BChatRoom", "");
    assert_string_equal(list(f, "b", ""), "");
    assert_int_equal(f->err, IM_OK);
    fixture_free(f);
}

TEST(an_answer_of_more_than_a_megabyte_is_refused)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "c", "ChatRoom", "");
    members_accounts(f, 5500);
    crowd(f, "c", 0, 5500);
    list(f, "c", "");
    assert_int_equal(f->err, IM_ERR_GROUP_ANSWER_TOO_LONG);
    fixture_admin(f, GROUPS "get_group_member_info",
                  "{\"GroupId\":\"c\",\"MemberInfoFilter\":[\"Role\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "MemberList"), 5501);
    members_same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(members_are_listed_as_they_joined), T(only_what_is_asked_for_is_shown),
        T(communities_are_paged_by_next_and_nobody_is_missed), T(wrong_questions_have_their_codes),
        T(single_members_and_roles_are_given_in_the_order_asked),
        T(a_live_room_shows_who_is_there_to_those_who_are), T(broadcast_rooms_show_nobody),
        T(an_answer_of_more_than_a_megabyte_is_refused));
}
