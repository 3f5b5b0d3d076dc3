/* Applications and invitations that wait: who decides, what the decision does, what is listed. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/notice.h"
#include "support/shard_fixture.h"

#define DAY_S 86400u

/* "g" is Public and asks for permission: olga owns it, adam is admin, mia a member. */
static struct shard_fixture *group(void)
{
    static const char *const names[] = {"olga", "adam", "mia", "anna", "ben", "stan"};
    struct shard_fixture *f = fixture_new(1 << 20);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fixture_account(f, names[i]);
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"Public\",\"Name\":\"Garden\",\"GroupId\":\"g\","
                  "\"Owner_Account\":\"olga\",\"ApplyJoinOption\":\"NeedPermission\","
                  "\"InviteJoinOption\":\"NeedPermission\",\"MaxMemberCount\":5,"
                  "\"MemberList\":[{\"Member_Account\":\"adam\",\"Role\":\"Admin\"},"
                  "{\"Member_Account\":\"mia\"}]}");
    if (f->err)
        fail_msg("%s", f->text);
    return f;
}

static void apply(struct shard_fixture *f, int terminal, const char *words)
{
    fixture_user(f, terminal, "group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"g\",\"ApplyMsg\":\"%s\",\"UserDefinedField\":\"u\"}", words);
    if (f->err)
        fail_msg("%s", f->text);
}

static enum im_err decide(struct shard_fixture *f, int terminal, const char *applicant,
                          const char *what, const char *members)
{
    fixture_user(f, terminal, "group_open_http_svc.handle_apply_join_group",
                 "{\"GroupId\":\"g\",\"Applicant_Account\":\"%s\",\"HandleMsg\":\"%s\"%s}",
                 applicant, what, members);
    return f->err;
}

static uint32_t list(struct shard_fixture *f, int terminal, const char *members)
{
    fixture_user(f, terminal, "group_open_http_svc.get_pendency",
                 "{\"StartTime\":0,\"Limit\":20,\"Handle_Account\":\"olga\"%s}", members);
    assert_int_equal(f->err, IM_OK);
    return (uint32_t)fixture_count(f, "PendencyList");
}

static void is_member(struct shard_fixture *f, const char *account, bool expected)
{
    fixture_admin(f, "group_open_http_svc.get_role_in_group",
                  "{\"GroupId\":\"g\",\"User_Account\":[\"%s\"]}", account);
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "UserIdList.0.Role"), expected ? "Member" : "NotMember");
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

TEST(an_application_agreed_to_joins_in_one_record)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int adam = fixture_login(f, "adam", PLATFORM_WEB);
    int mia = fixture_login(f, "mia", PLATFORM_WEB);
    uint64_t record;

    apply(f, anna, "please");
    fixture_forget(f);
    record = fact_record_number(f->shard);
    assert_int_equal(decide(f, adam, "anna", "Agree", ",\"ApprovalMsg\":\"welcome\""), IM_OK);
    assert_int_equal(fact_record_number(f->shard), record + 1);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":2,"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"RemarkInfo\":\"welcome\""), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":1,\"Operator_Account\":\"adam\""), 1);
    assert_int_equal(fixture_pushed(f, mia, "\"List_Account\":[\"anna\"]"), 1);
    assert_int_equal(fixture_pushed(f, mia, "\"MemberNum\":4"), 1);
    is_member(f, "anna", true);
    assert_int_equal(decide(f, adam, "anna", "Agree", ""), IM_ERR_GROUP_HANDLED);
    same_after_restart(f);
    is_member(f, "anna", true);
    fixture_free(f);
}

TEST(an_application_refused_tells_the_applicant_only)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    int mia = fixture_login(f, "mia", PLATFORM_WEB);

    apply(f, anna, "please");
    fixture_forget(f);
    assert_int_equal(decide(f, olga, "anna", "Reject", ",\"ApprovalMsg\":\"no\""), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":3,"), 1);
    assert_int_equal(fixture_pushed(f, mia, ""), 0);
    is_member(f, "anna", false);
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_ERR_GROUP_HANDLED);
    apply(f, anna, "again");
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_OK);
    is_member(f, "anna", true);
    same_after_restart(f);
    fixture_free(f);
}

TEST(who_may_not_decide_learns_nothing)
{
    static const char *const about[] = {"anna", "ben", "mia", "olga", "nobody"};
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int stan = fixture_login(f, "stan", PLATFORM_WEB);
    int mia = fixture_login(f, "mia", PLATFORM_WEB);

    apply(f, anna, "please");
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
        assert_int_equal(decide(f, stan, about[i], "Agree", ""), IM_ERR_GROUP_RIGHT);
        assert_int_equal(decide(f, mia, about[i], "Agree", ""), IM_ERR_GROUP_RIGHT);
        assert_int_equal(decide(f, anna, about[i], "Reject", ""), IM_ERR_GROUP_RIGHT);
    }
    assert_int_equal(list(f, mia, ""), 0);
    assert_int_equal(fixture_at(f, "PendencyList").type, JSON_ARRAY);
    assert_int_equal(fixture_number(f, "NextStartTime"), 0);
    assert_int_equal(list(f, stan, ""), 0);
    fixture_free(f);
}

TEST(wrong_decisions_have_their_codes)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    apply(f, anna, "please");
    assert_int_equal(decide(f, olga, "nobody", "Agree", ""), IM_ERR_GROUP_ACCOUNT);
    assert_int_equal(decide(f, olga, "ben", "Agree", ""), IM_ERR_GROUP_HANDLED);
    assert_int_equal(decide(f, olga, "mia", "Agree", ""), IM_ERR_GROUP_HANDLED);
    assert_int_equal(decide(f, olga, "anna", "Perhaps", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(decide(f, olga, "anna", "Agree", ",\"MsgKey\":7"), IM_ERR_GROUP_HANDLED);
    assert_int_equal(decide(f, olga, "anna", "Agree", ",\"Authentication\":\"x\""),
                     IM_ERR_GROUP_PARAM);
    fixture_user(f, olga, "group_open_http_svc.handle_apply_join_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_user(f, olga, "group_open_http_svc.handle_apply_join_group", "7");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fixture_user(f, olga, "group_open_http_svc.handle_apply_join_group",
                 "{\"GroupId\":\"h\",\"Applicant_Account\":\"anna\",\"HandleMsg\":\"Agree\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    fixture_user(f, olga, "group_open_http_svc.get_pendency", "{\"Limit\":101}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_user(f, olga, "group_open_http_svc.get_pendency", "[]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_OK);
    fixture_free(f);
}

TEST(a_repeated_application_replaces_the_one_that_waits)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    uint64_t first, second;
    char key[64];

    apply(f, anna, "one");
    assert_int_equal(list(f, olga, ""), 1);
    first = fixture_number(f, "PendencyList.0.Time");
    apply(f, anna, "two");
    assert_int_equal(list(f, olga, ""), 1);
    second = fixture_number(f, "PendencyList.0.Time");
    assert_true(second > first);
    assert_string_equal(fixture_text(f, "PendencyList.0.ApplyInviteMsg"), "two");
    snprintf(key, sizeof(key), ",\"MsgKey\":%llu", (unsigned long long)first);
    assert_int_equal(decide(f, olga, "anna", "Agree", key), IM_ERR_GROUP_HANDLED);
    snprintf(key, sizeof(key), ",\"MsgKey\":%llu", (unsigned long long)second);
    assert_int_equal(decide(f, olga, "anna", "Agree", key), IM_OK);
    fixture_free(f);
}

TEST(two_who_decide_at_once_decide_once)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct shard_fixture *f = group();
        int anna = fixture_login(f, "anna", PLATFORM_WEB);
        int adam = fixture_login(f, "adam", PLATFORM_WEB);
        int olga = fixture_login(f, "olga", PLATFORM_WEB);

        apply(f, anna, "please");
        fixture_checkpoint(f);
        fixture_forget(f);
        f->shuffle = true;
        f->chance = seed * 104729;
        fixture_post(f, adam, "group_open_http_svc.handle_apply_join_group",
                     "{\"GroupId\":\"g\",\"Applicant_Account\":\"anna\",\"HandleMsg\":\"Agree\"}");
        fixture_post(f, olga, "group_open_http_svc.handle_apply_join_group",
                     "{\"GroupId\":\"g\",\"Applicant_Account\":\"anna\",\"HandleMsg\":\"Reject\"}");
        fixture_drain(f);
        f->shuffle = false;
        assert_int_equal(f->err, IM_ERR_GROUP_HANDLED);
        assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":2,") +
                             fixture_pushed(f, anna, "\"ReportType\":3,"),
                         1);
        is_member(f, "anna", fixture_pushed(f, anna, "\"ReportType\":2,") == 1);
        same_after_restart(f);
        fixture_free(f);
    }
}

TEST(whoever_came_in_another_way_needs_no_decision)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    apply(f, anna, "please");
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"anna\"}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, olga, ""), 1);
    assert_int_equal(fixture_number(f, "PendencyList.0.Handled"), 1);
    assert_int_equal(fixture_number(f, "UnreadCount"), 0);
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_ERR_GROUP_HANDLED);
    assert_int_equal(decide(f, olga, "anna", "Reject", ""), IM_ERR_GROUP_HANDLED);
    fixture_free(f);
}

TEST(an_application_to_a_group_that_filled_up_goes_on_waiting)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int ben = fixture_login(f, "ben", PLATFORM_WEB);
    int stan = fixture_login(f, "stan", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    apply(f, anna, "a");
    apply(f, ben, "b");
    apply(f, stan, "s");
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_OK);
    assert_int_equal(decide(f, olga, "ben", "Agree", ""), IM_OK);
    assert_int_equal(decide(f, olga, "stan", "Agree", ""), IM_ERR_GROUP_FULL);
    fixture_user(f, anna, "group_open_http_svc.quit_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(decide(f, olga, "stan", "Agree", ""), IM_OK);
    is_member(f, "stan", true);
    fixture_free(f);
}

TEST(the_list_has_what_the_sdk_reads)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int ben = fixture_login(f, "ben", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    int adam = fixture_login(f, "adam", PLATFORM_WEB);

    fixture_user(f, anna, "profile.portrait_set",
                 "{\"From_Account\":\"anna\",\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_Nick\","
                 "\"Value\":\"Anna N\"}]}");
    apply(f, anna, "hi");
    fixture_advance(f, 1);
    apply(f, ben, "ho");
    assert_int_equal(list(f, olga, ""), 2);
    assert_int_equal(fixture_number(f, "NextStartTime"), 0);
    assert_int_equal(fixture_number(f, "UnreadCount"), 2);
    assert_string_equal(fixture_text(f, "PendencyList.0.From_Account"), "ben");
    assert_string_equal(fixture_text(f, "PendencyList.1.From_Account"), "anna");
    assert_string_equal(fixture_text(f, "PendencyList.1.FromUserNickName"), "Anna N");
    assert_string_equal(fixture_text(f, "PendencyList.1.To_Account"), "olga");
    assert_string_equal(fixture_text(f, "PendencyList.1.GroupId"), "g");
    assert_string_equal(fixture_text(f, "PendencyList.1.GroupName"), "Garden");
    assert_string_equal(fixture_text(f, "PendencyList.1.ApplyInviteMsg"), "hi");
    assert_int_equal(fixture_number(f, "PendencyList.1.ApplicationType"), 0);
    assert_int_equal(fixture_number(f, "PendencyList.1.Handled"), 0);
    assert_int_equal(strlen(fixture_text(f, "PendencyList.1.Authentication")), 16);
    assert_int_equal(decide(f, adam, "anna", "Reject", ""), IM_OK);
    assert_int_equal(list(f, adam, ""), 2);
    assert_string_equal(fixture_text(f, "PendencyList.1.To_Account"), "adam");
    assert_int_equal(fixture_number(f, "PendencyList.1.Handled"), 2);
    assert_int_equal(fixture_number(f, "UnreadCount"), 1);
    fixture_free(f);
}

TEST(pages_of_the_list_follow_each_other_without_loss)
{
    struct shard_fixture *f = group();
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    uint64_t next = 0;
    uint32_t total = 0;
    char name[16];

    for (int i = 0; i < 45; i++) {
        snprintf(name, sizeof(name), "x%d", i);
        fixture_account(f, name);
        apply(f, fixture_login(f, name, PLATFORM_WEB), "w");
        if (i % 3 == 0)
            fixture_advance(f, 1);
    }
    for (int page = 0; page < 10; page++) {
        fixture_user(f, olga, "group_open_http_svc.get_pendency",
                     "{\"StartTime\":%llu,\"Limit\":10}", (unsigned long long)next);
        assert_int_equal(f->err, IM_OK);
        total += (uint32_t)fixture_count(f, "PendencyList");
        next = fixture_number(f, "NextStartTime");
        if (!next)
            break;
    }
    assert_int_equal(total, 45);
    assert_int_equal(next, 0);
    fixture_free(f);
}

/* Applications of more accounts than there are terminals: each logs in for its own. */
static void apply_as(struct shard_fixture *f, int i)
{
    char name[16];

    snprintf(name, sizeof(name), "x%d", i);
    fixture_account(f, name);
    f->terminals = 10;
    apply(f, fixture_login(f, name, PLATFORM_WEB), "w");
    fixture_forget(f);
    if (i % 50 == 49)
        fixture_advance(f, 1);
}

TEST(a_group_keeps_the_newest_100_and_drops_decided_ones_first)
{
    struct shard_fixture *f = group();
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    for (int i = 0; i < 100; i++)
        apply_as(f, i);
    assert_int_equal(decide(f, olga, "x50", "Reject", ""), IM_OK);
    apply_as(f, 100);
    assert_int_equal(decide(f, olga, "x50", "Reject", ""), IM_ERR_GROUP_HANDLED);
    fixture_user(f, olga, "group_open_http_svc.get_pendency", "{\"Limit\":100}");
    assert_int_equal(fixture_count(f, "PendencyList"), 100);
    assert_int_equal(fixture_number(f, "UnreadCount"), 100);
    apply_as(f, 101);
    fixture_user(f, olga, "group_open_http_svc.get_pendency", "{\"Limit\":100}");
    assert_int_equal(fixture_count(f, "PendencyList"), 100);
    assert_int_equal(decide(f, olga, "x0", "Reject", ""), IM_ERR_GROUP_HANDLED);
    assert_int_equal(decide(f, olga, "x1", "Reject", ""), IM_OK);
    same_after_restart(f);
    fixture_free(f);
}

TEST(after_7_days_an_application_waits_no_more)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int ben = fixture_login(f, "ben", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    apply(f, anna, "old");
    fixture_advance(f, 7 * DAY_S - 1);
    assert_int_equal(list(f, olga, ""), 1);
    fixture_advance(f, 1);
    assert_int_equal(list(f, olga, ""), 0);
    assert_int_equal(decide(f, olga, "anna", "Agree", ""), IM_ERR_GROUP_HANDLED);
    apply(f, ben, "new");
    assert_int_equal(list(f, olga, ""), 1);
    same_after_restart(f);
    fixture_free(f);
}

static void invite(struct shard_fixture *f, int terminal, const char *who)
{
    fixture_user(f, terminal, "group_open_http_svc.add_group_member",
                 "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"%s\"}]}", who);
    if (f->err)
        fail_msg("%s", f->text);
    assert_int_equal(fixture_number(f, "MemberList.0.Result"), 3);
}

TEST(an_invitation_by_a_member_waits_for_permission)
{
    struct shard_fixture *f = group();
    int mia = fixture_login(f, "mia", PLATFORM_WEB);
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    invite(f, mia, "anna");
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":1,"), 1);
    assert_int_equal(fixture_pushed(f, anna, ""), 0);
    is_member(f, "anna", false);
    assert_int_equal(list(f, olga, ""), 1);
    assert_string_equal(fixture_text(f, "PendencyList.0.From_Account"), "mia");
    assert_string_equal(fixture_text(f, "PendencyList.0.To_Account"), "anna");
    assert_int_equal(fixture_number(f, "PendencyList.0.ApplicationType"), 2);
    fixture_user(f, mia, "group_open_http_svc.handle_invite_join_permission_group",
                 "{\"GroupId\":\"g\",\"Applicant_Account\":\"mia\",\"Invited_Account\":\"anna\","
                 "\"HandleMsg\":\"Agree\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_forget(f);
    fixture_user(f, olga, "group_open_http_svc.handle_invite_join_permission_group",
                 "{\"GroupId\":\"g\",\"Applicant_Account\":\"mia\",\"Invited_Account\":\"anna\","
                 "\"HandleMsg\":\"Agree\"}");
    assert_int_equal(f->err, IM_OK);
    is_member(f, "anna", true);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, mia, "\"ReportType\":13,"), 1);
    same_after_restart(f);
    fixture_free(f);
}

TEST(an_invitation_is_decided_from_its_notice_too)
{
    struct shard_fixture *f = group();
    int mia = fixture_login(f, "mia", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    char key[64];

    invite(f, mia, "anna");
    assert_int_equal(list(f, olga, ""), 1);
    snprintf(key, sizeof(key), ",\"MsgKey\":%llu",
             (unsigned long long)fixture_number(f, "PendencyList.0.Time"));
    fixture_forget(f);
    assert_int_equal(decide(f, olga, "mia", "Reject", key), IM_OK);
    assert_int_equal(fixture_pushed(f, mia, "\"ReportType\":14,"), 1);
    is_member(f, "anna", false);
    assert_int_equal(decide(f, olga, "mia", "Agree", key), IM_ERR_GROUP_HANDLED);
    fixture_free(f);
}

TEST(invitations_of_one_call_are_decided_each_by_itself)
{
    struct shard_fixture *f = group();
    int mia = fixture_login(f, "mia", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);
    char more[2][128], to[2][16];

    fixture_user(f, mia, "group_open_http_svc.add_group_member",
                 "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"anna\"},"
                 "{\"Member_Account\":\"ben\"}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, olga, ""), 2);
    for (int i = 0; i < 2; i++) {
        char path[64];

        snprintf(path, sizeof(path), "PendencyList.%d.To_Account", i);
        snprintf(to[i], sizeof(to[i]), "%s", fixture_text(f, path));
        snprintf(path, sizeof(path), "PendencyList.%d.Time", i);
        snprintf(more[i], sizeof(more[i]), ",\"MsgKey\":%llu",
                 (unsigned long long)fixture_number(f, path));
        snprintf(path, sizeof(path), "PendencyList.%d.Authentication", i);
        snprintf(more[i] + strlen(more[i]), sizeof(more[i]) - strlen(more[i]),
                 ",\"Authentication\":\"%s\"", fixture_text(f, path));
    }
    assert_int_equal(decide(f, olga, "mia", "Agree", more[1]), IM_OK);
    is_member(f, to[1], true);
    is_member(f, to[0], false);
    assert_int_equal(decide(f, olga, "mia", "Agree", more[0]), IM_OK);
    is_member(f, to[0], true);
    same_after_restart(f);
    fixture_free(f);
}

TEST(one_invited_twice_in_a_call_is_asked_for_once)
{
    struct shard_fixture *f = group();
    int mia = fixture_login(f, "mia", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    fixture_user(f, mia, "group_open_http_svc.add_group_member",
                 "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"anna\"},"
                 "{\"Member_Account\":\"anna\"}]}");
    assert_int_equal(fixture_number(f, "MemberList.0.Result"), 3);
    assert_int_equal(fixture_number(f, "MemberList.1.Result"), 3);
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\":1,"), 1);
    fixture_free(f);
}

TEST(applications_to_communities_are_listed_in_their_own_service_only)
{
    struct shard_fixture *f = group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"Community\",\"Name\":\"C\",\"GroupId\":\"c\","
                  "\"Owner_Account\":\"olga\",\"ApplyJoinOption\":\"NeedPermission\"}");
    assert_int_equal(f->err, IM_OK);
    apply(f, anna, "to g");
    fixture_user(f, anna, "million_group_open_http_svc.apply_join_group",
                 "{\"GroupId\":\"c\",\"ApplyMsg\":\"to c\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, olga, ""), 1);
    assert_string_equal(fixture_text(f, "PendencyList.0.GroupId"), "g");
    fixture_user(f, olga, "million_group_open_http_svc.get_pendency", "{\"StartTime\":0}");
    assert_int_equal(fixture_count(f, "PendencyList"), 1);
    assert_string_equal(fixture_text(f, "PendencyList.0.GroupId"), "c");
    assert_int_equal(fixture_number(f, "NextStartTime"), 0);
    fixture_user(f, olga, "million_group_open_http_svc.handle_apply_join_group",
                 "{\"GroupId\":\"c\",\"Applicant_Account\":\"anna\",\"HandleMsg\":\"Agree\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(an_application_agreed_to_joins_in_one_record),
        T(an_application_refused_tells_the_applicant_only), T(who_may_not_decide_learns_nothing),
        T(wrong_decisions_have_their_codes), T(a_repeated_application_replaces_the_one_that_waits),
        T(two_who_decide_at_once_decide_once), T(whoever_came_in_another_way_needs_no_decision),
        T(an_application_to_a_group_that_filled_up_goes_on_waiting),
        T(the_list_has_what_the_sdk_reads), T(pages_of_the_list_follow_each_other_without_loss),
        T(a_group_keeps_the_newest_100_and_drops_decided_ones_first),
        T(after_7_days_an_application_waits_no_more),
        T(an_invitation_by_a_member_waits_for_permission),
        T(an_invitation_is_decided_from_its_notice_too),
        T(invitations_of_one_call_are_decided_each_by_itself),
        T(one_invited_twice_in_a_call_is_asked_for_once),
        T(applications_to_communities_are_listed_in_their_own_service_only));
}
