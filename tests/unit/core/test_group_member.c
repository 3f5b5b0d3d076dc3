/* Members added and removed: results, rights, caps, and who is told. */
#include "support/test.h"

#include <stdlib.h>

#include "support/member_fixture.h"

/* ---- add_group_member ---- */

TEST(each_account_that_is_added_has_its_result)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    assert_int_equal(members_add(f, -1, "g", "anna ben ghost ben"), IM_OK);
    assert_string_equal(members_results(f), "2102");
    assert_string_equal(fixture_text(f, "MemberList.2.Member_Account"), "ghost");
    assert_string_equal(members_role(f, "g", "ben"), "Member");
    assert_int_equal(members_count(f, "g"), 3);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(wrong_lists_of_new_members_have_their_codes)
{
    struct shard_fixture *f = members_fixture();
    char *list;

    members_create(f, "g", "ChatRoom", "");
    members_accounts(f, 501);
    list = members_many("{\"Member_Account\":\"", "\"}", 0, 501);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[%s]}", list);
    assert_int_equal(f->err, IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    free(list);
    list = members_many("{\"Member_Account\":\"", "\"}", 1, 500);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[%s]}", list);
    assert_int_equal(f->err, IM_OK);
    free(list);
    assert_int_equal(members_count(f, "g"), 501);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[{}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[\"anna\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "add_group_member",
                  "{\"GroupId\":\"g\",\"Silence\":2,\"MemberList\":[{\"Member_Account\":\"a\"}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "add_group_member", "[]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    assert_int_equal(members_add(f, -1, "nowhere", "anna"), IM_ERR_GROUP_NOT_FOUND);
    assert_int_equal(members_add(f, -1, "\\u00e4", "anna"), IM_ERR_GROUP_ID);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(members_of_private_groups_bring_others_and_strangers_learn_nothing)
{
    struct shard_fixture *f = members_fixture();
    int anna, carl;

    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "c", "ChatRoom", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    assert_int_equal(members_add(f, anna, "p", "ben"), IM_OK);
    assert_string_equal(members_results(f), "1");
    assert_int_equal(members_add(f, anna, "c", "ben"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_add(f, carl, "p", "anna"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_add(f, carl, "p", "ghost"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_add(f, carl, "p", "carl"), IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(an_invitation_may_wait_for_permission_or_be_forbidden)
{
    struct shard_fixture *f = members_fixture();
    int anna;

    members_create(f, "ask", "Public",
                   ",\"InviteJoinOption\":\"NeedPermission\","
                   "\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "never", "Public",
                   ",\"InviteJoinOption\":\"DisableInvite\","
                   "\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    assert_int_equal(members_add(f, anna, "ask", "ben olga ghost"), IM_OK);
    assert_string_equal(members_results(f), "320");
    assert_string_equal(members_role(f, "ask", "ben"), "NotMember");
    assert_int_equal(members_add(f, anna, "never", "ben"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_add(f, -1, "never", "ben"), IM_OK);
    assert_string_equal(members_results(f), "1");
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(what_fits_joins_in_order_and_a_full_group_takes_nobody)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", ",\"MaxMemberCount\":3");
    assert_int_equal(members_add(f, -1, "g", "ghost anna ben carl dora"), IM_OK);
    assert_string_equal(members_results(f), "01100");
    assert_int_equal(members_add(f, -1, "g", "carl"), IM_ERR_GROUP_FULL);
    assert_int_equal(members_add(f, -1, "g", "anna ghost"), IM_OK);
    assert_string_equal(members_results(f), "20");
    assert_int_equal(members_count(f, "g"), 3);
    assert_int_equal(members_kick(f, -1, "g", "\"anna\"", ""), IM_OK);
    assert_int_equal(members_add(f, -1, "g", "dora dora carl carl"), IM_OK);
    assert_string_equal(members_results(f), "1200");
    assert_int_equal(members_count(f, "g"), 3);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(the_plan_bounds_members_and_groups_of_an_account)
{
    static const struct plan_edit edits[] = {{"id", "\"small\""},
                                             {"caps.members_of_public", "2"},
                                             {"caps.groups_per_account", "1"},
                                             {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    fixture_account(f, "carl");
    members_create(f, "g", "Public", "");
    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"Public\",\"Name\":\"G\",\"GroupId\":\"h\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(members_add(f, -1, "h", "olga anna"), IM_OK);
    assert_string_equal(members_results(f), "01");
    assert_string_equal(fixture_text(f, "OverJoinedGroupLimit_Account.0"), "olga");
    assert_int_equal(members_add(f, -1, "g", "ben"), IM_OK);
    assert_true(fixture_at(f, "OverJoinedGroupLimit_Account").type == JSON_NONE);
    assert_int_equal(members_add(f, -1, "g", "carl"), IM_ERR_GROUP_MEMBERS_PLAN);
    fixture_free(f);
}

TEST(newcomers_and_members_are_told_who_came)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna;

    members_create(f, "g", "Public", "");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_add(f, -1, "g", "anna ben"), IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"List_Account\":[\"anna\",\"ben\"]"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":3"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":7,"), 0);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":1,"), 1);
    fixture_forget(f);
    fixture_admin(f, GROUPS "add_group_member",
                  "{\"GroupId\":\"g\",\"Silence\":1,"
                  "\"MemberList\":[{\"Member_Account\":\"carl\"}]}");
    assert_string_equal(members_results(f), "1");
    assert_int_equal(f->pushes, 0);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(nobody_hears_of_a_private_group_before_its_first_message)
{
    struct shard_fixture *f = members_fixture();
    int anna, ben;

    members_create(f, "p", "Private", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_add(f, -1, "p", "anna"), IM_OK);
    assert_int_equal(f->pushes, 0);
    members_say(f, "p");
    fixture_forget(f);
    assert_int_equal(members_add(f, -1, "p", "ben"), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"ReportType\":7,"), 1);
    fixture_free(f);
}

TEST(seventeen_newcomers_are_named_in_two_tips)
{
    struct shard_fixture *f = members_fixture();
    char *list = members_many("{\"Member_Account\":\"", "\"}", 0, 17);
    int olga;

    members_create(f, "g", "Public", "");
    members_accounts(f, 17);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    fixture_forget(f);
    fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"g\",\"MemberList\":[%s]}", list);
    assert_string_equal(members_results(f), "11111111111111111");
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":1,"), 2);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":17"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"List_Account\":[\"u16\"]"), 1);
    fixture_forget(f);
    free(list);
    list = members_many("\"", "\"", 0, 17);
    assert_int_equal(members_kick(f, -1, "g", list, ""), IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":3,"), 2);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":2"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MemberNum\":1"), 1);
    free(list);
    members_same_after_restart(f);
    fixture_free(f);
}

/* ---- delete_group_member ---- */

/* The clients of the removed make a conversation from the tip, and end it from the notice. */
TEST(who_is_removed_hears_the_tip_and_then_the_notice)
{
    struct shard_fixture *f = members_fixture();
    int anna;

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_kick(f, -1, "g", "\"anna\"", ""), IM_OK);
    assert_int_equal(f->pushes, 2);
    assert_int_equal(f->push[0].terminal, anna);
    assert_int_equal(f->push[1].terminal, anna);
    assert_non_null(strstr(f->push[0].text, "\"OpType\":3,"));
    assert_non_null(strstr(f->push[1].text, "\"ReportType\":4,"));
    fixture_free(f);
}

TEST(who_is_removed_and_who_stays_are_told)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"},{\"Member_Account\":\"ben\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_kick(f, olga, "g", "\"anna\",\"ghost\",\"carl\",\"anna\"",
                                  ",\"Reason\":\"no more\""),
                     IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":3,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"List_Account\":[\"anna\"]"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"Operator_Account\":\"olga\""), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":4,"), 1);
    assert_int_equal(fixture_pushed(f, anna, "no more"), 1);
    assert_string_equal(members_role(f, "g", "anna"), "NotMember");
    fixture_forget(f);
    assert_int_equal(members_kick(f, -1, "g", "\"ben\"", ",\"Silence\":1"), IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":3,"), 0);
    assert_int_equal(members_count(f, "g"), 1);
    assert_int_equal(members_kick(f, -1, "g", "\"ben\"", ""), IM_OK);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(owners_stay_and_admins_are_removed_by_the_owner_alone)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna, ben, dora;

    members_create(
        f, "g", "Public",
        ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
        "{\"Member_Account\":\"ben\"},{\"Member_Account\":\"carl\",\"Role\":\"Admin\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    dora = fixture_login(f, "dora", PLATFORM_WEB);
    assert_int_equal(members_kick(f, -1, "g", "\"ben\",\"olga\"", ""), IM_ERR_GROUP_RIGHT);
    assert_string_equal(members_role(f, "g", "ben"), "Member");
    assert_int_equal(members_kick(f, anna, "g", "\"carl\"", ""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_kick(f, ben, "g", "\"ghost\"", ""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_kick(f, dora, "g", "\"ben\"", ""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_kick(f, dora, "g", "\"ghost\"", ""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_kick(f, anna, "g", "\"ben\"", ""), IM_OK);
    assert_int_equal(members_kick(f, olga, "g", "\"carl\"", ""), IM_OK);
    assert_string_equal(members_role(f, "g", "carl"), "NotMember");
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(wrong_lists_of_members_to_remove_have_their_codes)
{
    struct shard_fixture *f = members_fixture();
    char *list = members_many("\"", "\"", 0, 501), *fewer = members_many("\"", "\"", 0, 500);

    members_create(f, "g", "Public", "");
    members_create(f, "a", "AVChatRoom", "");
    assert_int_equal(members_kick(f, -1, "g", list, ""), IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    assert_int_equal(members_kick(f, -1, "g", fewer, ""), IM_OK);
    assert_int_equal(members_kick(f, -1, "g", "", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_kick(f, -1, "a", "\"anna\"", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_add(f, -1, "a", "anna"), IM_ERR_GROUP_RIGHT);
    fixture_admin(f, GROUPS "delete_group_member", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "delete_group_member", "7");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    free(list);
    free(fewer);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(each_account_that_is_added_has_its_result),
                     T(wrong_lists_of_new_members_have_their_codes),
                     T(members_of_private_groups_bring_others_and_strangers_learn_nothing),
                     T(an_invitation_may_wait_for_permission_or_be_forbidden),
                     T(what_fits_joins_in_order_and_a_full_group_takes_nobody),
                     T(the_plan_bounds_members_and_groups_of_an_account),
                     T(newcomers_and_members_are_told_who_came),
                     T(nobody_hears_of_a_private_group_before_its_first_message),
                     T(seventeen_newcomers_are_named_in_two_tips),
                     T(who_is_removed_hears_the_tip_and_then_the_notice),
                     T(who_is_removed_and_who_stays_are_told),
                     T(owners_stay_and_admins_are_removed_by_the_owner_alone),
                     T(wrong_lists_of_members_to_remove_have_their_codes));
}
