/* apply_join_group and quit_group: who may come and go, and who is told. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/notice.h"
#include "support/shard_fixture.h"

static void create_for(struct shard_fixture *f, const char *owner, const char *id, const char *type,
                       const char *members)
{
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"%s\",\"Name\":\"Group\",\"GroupId\":\"%s\","
                  "\"Owner_Account\":\"%s\"%s}",
                  type, id, owner, members);
    if (f->err)
        fail_msg("%s", f->text);
}

static void create(struct shard_fixture *f, const char *id, const char *type, const char *members)
{
    create_for(f, "olga", id, type, members);
}

static struct shard_fixture *accounts(void)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    return f;
}

static enum im_err join(struct shard_fixture *f, int terminal, const char *id)
{
    fixture_user(f, terminal, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"%s\",\"WebPushFlag\":1}", id);
    return f->err;
}

static enum im_err quit(struct shard_fixture *f, int terminal, const char *id)
{
    fixture_user(f, terminal, "group_open_http_svc.quit_group", "{\"GroupId\":\"%s\"}", id);
    return f->err;
}

static const char *role_in(struct shard_fixture *f, const char *id, const char *account)
{
    fixture_admin(f, "group_open_http_svc.get_role_in_group",
                  "{\"GroupId\":\"%s\",\"User_Account\":[\"%s\"]}", id, account);
    assert_int_equal(f->err, IM_OK);
    return fixture_text(f, "UserIdList.0.Role");
}

static uint64_t member_num(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, "group_open_http_svc.get_group_info", "{\"GroupIdList\":[\"%s\"]}", id);
    assert_int_equal(f->err, IM_OK);
    return fixture_number(f, "GroupInfo.0.MemberNum");
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

TEST(a_free_public_group_is_joined_at_once)
{
    struct shard_fixture *f = accounts();
    int anna, olga;

    create(f, "g", "Public", ",\"ApplyJoinOption\":\"FreeAccess\"");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(join(f, anna, "g"), IM_OK);
    assert_string_equal(fixture_text(f, "JoinedStatus"), "JoinedSuccess");
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"List_Account\":[\"anna\"]"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"Operator_Account\":\"anna\""), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":2"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":"), 0);
    assert_string_equal(role_in(f, "g", "anna"), "Member");
    assert_int_equal(member_num(f, "g"), 2);
    assert_int_equal(join(f, anna, "g"), IM_ERR_GROUP_MEMBER_ALREADY);
    assert_int_equal(join(f, olga, "g"), IM_ERR_GROUP_MEMBER_ALREADY);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_chat_room_is_joined_at_once_without_a_tip)
{
    struct shard_fixture *f = accounts();
    int anna, olga;

    create(f, "c", "ChatRoom", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(join(f, anna, "c"), IM_OK);
    assert_string_equal(fixture_text(f, "JoinedStatus"), "JoinedSuccess");
    assert_int_equal(fixture_pushed(f, olga, "OpType"), 0);
    assert_string_equal(role_in(f, "c", "anna"), "Member");
    fixture_free(f);
}

TEST(the_other_terminals_of_whoever_joins_or_quits_are_told)
{
    struct shard_fixture *f = accounts();
    int web, phone;

    fixture_limit(f, "multi_terminal", 1);
    create(f, "g", "Public", ",\"ApplyJoinOption\":\"FreeAccess\"");
    web = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_ANDROID);
    fixture_forget(f);
    assert_int_equal(join(f, phone, "g"), IM_OK);
    assert_int_equal(fixture_pushed(f, web, "\"ReportType\":2,"), 1);
    assert_int_equal(fixture_pushed(f, phone, "\"ReportType\":2,"), 0);
    assert_int_equal(quit(f, web, "g"), IM_OK);
    assert_int_equal(fixture_pushed(f, phone, "\"ReportType\":8,"), 1);
    assert_int_equal(fixture_pushed(f, web, "\"ReportType\":8,"), 0);
    fixture_free(f);
}

/* A client that has left a group takes its tip for a new conversation. */
TEST(who_quits_hears_no_tip_of_it_on_any_terminal)
{
    struct shard_fixture *f = accounts();
    int web, phone, ben, ben_too;

    fixture_limit(f, "multi_terminal", 1);
    create(f, "g", "Public",
           ",\"MemberList\":[{\"Member_Account\":\"anna\"},{\"Member_Account\":\"ben\"}]");
    web = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_ANDROID);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    ben_too = fixture_login(f, "ben", PLATFORM_ANDROID);
    fixture_forget(f);
    assert_int_equal(quit(f, web, "g"), IM_OK);
    assert_int_equal(fixture_pushed(f, web, "\"OpType\":2,"), 0);
    assert_int_equal(fixture_pushed(f, phone, "\"OpType\":2,"), 0);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":2,"), 1);
    assert_int_equal(fixture_pushed(f, ben_too, "\"OpType\":2,"), 1);
    fixture_free(f);
}

TEST(where_permission_is_needed_owner_and_admins_are_asked)
{
    struct shard_fixture *f = accounts();
    int anna, olga, ben;

    fixture_account(f, "carl");
    create(f, "g", "Public",
           ",\"MemberList\":[{\"Member_Account\":\"ben\",\"Role\":\"Admin\"},"
           "{\"Member_Account\":\"carl\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    fixture_user(f, anna, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"g\",\"ApplyMsg\":\"please\",\"UserDefinedField\":\"mine\"}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "JoinedStatus"), "WaitAdminApproval");
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"ReportType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"RemarkInfo\":\"please\""), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"UserDefinedField\":\"mine\""), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"To_Account\":\"ben\""), 1);
    assert_string_equal(role_in(f, "g", "anna"), "NotMember");
    assert_int_equal(member_num(f, "g"), 3);
    same_after_restart(f);
    fixture_free(f);
}

TEST(nobody_applies_to_private_or_closed_groups)
{
    struct shard_fixture *f = accounts();
    int anna;

    create(f, "p", "Private", "");
    create(f, "d", "Public", ",\"ApplyJoinOption\":\"DisableApply\"");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    assert_int_equal(join(f, anna, "p"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(join(f, anna, "d"), IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(wrong_requests_have_their_codes)
{
    struct shard_fixture *f = accounts();
    char words[400];
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    create(f, "g", "Public", "");
    assert_int_equal(join(f, anna, "none"), IM_ERR_GROUP_NOT_FOUND);
    assert_int_equal(join(f, anna, ""), IM_ERR_GROUP_ID);
    assert_int_equal(join(f, anna, "1234567890123456789012345678901234567890123456789"),
                     IM_ERR_GROUP_ID);
    assert_int_equal(quit(f, anna, "none"), IM_ERR_GROUP_NOT_FOUND);
    fixture_user(f, anna, "group_open_http_svc.apply_join_group", "{}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_user(f, anna, "group_open_http_svc.apply_join_group", "[]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fixture_user(f, anna, "group_open_http_svc.quit_group", "{\"GroupId\":7}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    memset(words, 'w', sizeof(words));
    words[301] = 0;
    fixture_user(f, anna, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"g\",\"ApplyMsg\":\"%s\"}", words);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    words[300] = 0;
    fixture_user(f, anna, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"g\",\"ApplyMsg\":\"%s\"}", words);
    assert_int_equal(f->err, IM_OK);
    fixture_free(f);
}

TEST(a_full_group_takes_nobody)
{
    struct shard_fixture *f = accounts();
    int anna, ben;

    create(f, "g", "Public", ",\"ApplyJoinOption\":\"FreeAccess\",\"MaxMemberCount\":2");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(join(f, anna, "g"), IM_OK);
    assert_int_equal(join(f, ben, "g"), IM_ERR_GROUP_FULL);
    assert_int_equal(quit(f, anna, "g"), IM_OK);
    assert_int_equal(join(f, ben, "g"), IM_OK);
    fixture_free(f);
}

TEST(an_account_joins_as_many_groups_as_its_plan_has)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"caps.groups_per_account", "3"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);
    int anna;

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    create(f, "g0", "Public", ",\"ApplyJoinOption\":\"FreeAccess\"");
    create(f, "g1", "Public", "");
    create(f, "g2", "Public", ",\"ApplyJoinOption\":\"FreeAccess\"");
    assert_int_equal(join(f, anna, "g0"), IM_OK);
    assert_int_equal(join(f, anna, "g2"), IM_OK);
    create_for(f, "anna", "c", "ChatRoom", "");
    assert_int_equal(join(f, anna, "g1"), IM_ERR_GROUP_JOINED_MAX);
    assert_int_equal(quit(f, anna, "g0"), IM_OK);
    assert_int_equal(join(f, anna, "g0"), IM_OK);
    assert_int_equal(join(f, anna, "g1"), IM_ERR_GROUP_JOINED_MAX);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_group_that_its_plan_keeps_small_says_so)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"caps.members_of_public", "2"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);
    int anna, ben;

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    create(f, "g", "Public", ",\"ApplyJoinOption\":\"FreeAccess\"");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(join(f, anna, "g"), IM_OK);
    assert_int_equal(join(f, ben, "g"), IM_ERR_GROUP_MEMBERS_PLAN);
    fixture_free(f);
}

TEST(an_owner_leaves_only_a_private_group)
{
    struct shard_fixture *f = accounts();
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    create(f, "g", "Public", "");
    create(f, "c", "ChatRoom", "");
    assert_int_equal(quit(f, olga, "g"), IM_ERR_GROUP_OWNER_QUITS);
    assert_int_equal(quit(f, olga, "c"), IM_ERR_GROUP_OWNER_QUITS);
    assert_int_equal(quit(f, olga, "p"), IM_OK);
    assert_string_equal(role_in(f, "p", "olga"), "NotMember");
    assert_int_equal(member_num(f, "p"), 1);
    assert_int_equal(fixture_at(f, "GroupInfo.0.ErrorCode").type, JSON_NUMBER);
    if (fixture_at(f, "GroupInfo.0.Owner_Account").type == JSON_STRING)
        assert_string_equal(fixture_text(f, "GroupInfo.0.Owner_Account"), "");
    assert_int_equal(quit(f, olga, "p"), IM_ERR_GROUP_RIGHT);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_member_that_quits_is_gone_and_the_others_hear_it)
{
    struct shard_fixture *f = accounts();
    int anna, olga, ben;

    create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(quit(f, ben, "g"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(quit(f, anna, "g"), IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":2,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":1"), 1);
    assert_string_equal(role_in(f, "g", "anna"), "NotMember");
    assert_int_equal(member_num(f, "g"), 1);
    assert_int_equal(quit(f, anna, "g"), IM_ERR_GROUP_RIGHT);
    same_after_restart(f);
    fixture_free(f);
}

TEST(communities_are_joined_through_their_own_service_too)
{
    struct shard_fixture *f = accounts();
    int anna;

    create(f, "c", "Community", ",\"ApplyJoinOption\":\"FreeAccess\"");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_user(f, anna, "million_group_open_http_svc.apply_join_group", "{\"GroupId\":\"c\"}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "JoinedStatus"), "JoinedSuccess");
    fixture_user(f, anna, "million_group_open_http_svc.quit_group", "{\"GroupId\":\"c\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(member_num(f, "c"), 1);
    fixture_free(f);
}

TEST(joins_that_wait_for_rows_in_any_order_fill_a_group_exactly)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct shard_fixture *f = fixture_new(1 << 20);
        int terminal[8];
        char name[16];

        fixture_account(f, "olga");
        create(f, "g", "Public", ",\"ApplyJoinOption\":\"FreeAccess\",\"MaxMemberCount\":5");
        for (int i = 0; i < 8; i++) {
            snprintf(name, sizeof(name), "a%d", i);
            fixture_account(f, name);
            terminal[i] = fixture_login(f, name, PLATFORM_WEB);
        }
        fixture_checkpoint(f);
        f->shuffle = true;
        f->chance = seed * 7919;
        for (int i = 0; i < 8; i++)
            fixture_post(f, terminal[i], "group_open_http_svc.apply_join_group",
                         "{\"GroupId\":\"g\"}");
        fixture_drain(f);
        f->shuffle = false;
        assert_int_equal(member_num(f, "g"), 5);
        same_after_restart(f);
        fixture_free(f);
    }
}

int main(void)
{
    return RUN_TESTS(
        T(a_free_public_group_is_joined_at_once), T(a_chat_room_is_joined_at_once_without_a_tip),
        T(the_other_terminals_of_whoever_joins_or_quits_are_told),
        T(who_quits_hears_no_tip_of_it_on_any_terminal),
        T(where_permission_is_needed_owner_and_admins_are_asked),
        T(nobody_applies_to_private_or_closed_groups), T(wrong_requests_have_their_codes),
        T(a_full_group_takes_nobody), T(an_account_joins_as_many_groups_as_its_plan_has),
        T(a_group_that_its_plan_keeps_small_says_so), T(an_owner_leaves_only_a_private_group),
        T(a_member_that_quits_is_gone_and_the_others_hear_it),
        T(communities_are_joined_through_their_own_service_too),
        T(joins_that_wait_for_rows_in_any_order_fill_a_group_exactly));
}
