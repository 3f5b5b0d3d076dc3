/* Groups made and changed: create_group, modify_group_base_info. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/member_fixture.h"

static enum im_err create(struct shard_fixture *f, int terminal, const char *members)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "create_group", "{%s}", members);
    else
        fixture_user(f, terminal, GROUPS "create_group", "{%s}", members);
    return f->err;
}

static enum im_err modify(struct shard_fixture *f, int terminal, const char *id,
                          const char *members)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "modify_group_base_info", "{\"GroupId\":\"%s\",%s}", id, members);
    else
        fixture_user(f, terminal, GROUPS "modify_group_base_info", "{\"GroupId\":\"%s\",%s}", id,
                     members);
    return f->err;
}

/* The group's information is the last reply. */
static void look(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"%s\"]}", id);
    assert_int_equal(f->err, IM_OK);
}

static const char *shown(struct shard_fixture *f, const char *id, const char *member)
{
    char path[64];

    look(f, id);
    snprintf(path, sizeof(path), "GroupInfo.0.%s", member);
    return fixture_text(f, path);
}

static uint64_t number(struct shard_fixture *f, const char *id, const char *member)
{
    char path[64];

    look(f, id);
    snprintf(path, sizeof(path), "GroupInfo.0.%s", member);
    return fixture_number(f, path);
}

static uint64_t groups_total(struct shard_fixture *f)
{
    fixture_admin(f, GROUPS "get_appid_group_list", "{}");
    return fixture_number(f, "TotalCount");
}

/* `count` letters. */
static const char *letters(size_t count)
{
    static char text[1024];

    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

/* ---- create_group ---- */

TEST(a_group_is_made_with_all_that_it_was_given)
{
    struct shard_fixture *f = members_fixture();

    assert_int_equal(
        create(f, -1,
               "\"Owner_Account\":\"olga\",\"Type\":\"Public\",\"GroupId\":\"g\",\"Name\":\"Team\","
               "\"Introduction\":\"intro\",\"Notification\":\"note\",\"FaceUrl\":\"http://f\","
               "\"MaxMemberCount\":150,\"ApplyJoinOption\":\"FreeAccess\","
               "\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
               "{\"Member_Account\":\"ben\"}]"),
        IM_OK);
    assert_string_equal(fixture_text(f, "GroupId"), "g");
    assert_string_equal(shown(f, "g", "Type"), "Public");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Name"), "Team");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Introduction"), "intro");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Notification"), "note");
    assert_string_equal(fixture_text(f, "GroupInfo.0.FaceUrl"), "http://f");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Owner_Account"), "olga");
    assert_string_equal(fixture_text(f, "GroupInfo.0.ApplyJoinOption"), "FreeAccess");
    assert_string_equal(fixture_text(f, "GroupInfo.0.ShutUpAllMember"), "Off");
    assert_int_equal(fixture_number(f, "GroupInfo.0.MaxMemberNum"), 150);
    assert_int_equal(fixture_number(f, "GroupInfo.0.MemberNum"), 3);
    assert_int_equal(fixture_number(f, "GroupInfo.0.NextMsgSeq"), 1);
    assert_int_equal(fixture_number(f, "GroupInfo.0.CreateTime"), fixture_now(f));
    assert_string_equal(members_role(f, "g", "olga"), "Owner");
    assert_string_equal(members_role(f, "g", "anna"), "Admin");
    assert_string_equal(members_role(f, "g", "ben"), "Member");
    members_same_after_restart(f);
    assert_string_equal(shown(f, "g", "Introduction"), "intro");
    fixture_free(f);
}

TEST(a_group_may_have_no_owner_and_gets_an_id_of_its_own)
{
    struct shard_fixture *f = members_fixture();
    char first[64], second[64];

    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"a\""), IM_OK);
    snprintf(first, sizeof(first), "%s", fixture_text(f, "GroupId"));
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"b\""), IM_OK);
    snprintf(second, sizeof(second), "%s", fixture_text(f, "GroupId"));
    assert_int_equal(strncmp(first, "@TGS#", 5), 0);
    assert_true(strlen(first) <= 48);
    assert_string_not_equal(first, second);
    assert_string_equal(shown(f, first, "Name"), "a");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Owner_Account"), "");
    assert_int_equal(fixture_number(f, "GroupInfo.0.MemberNum"), 0);
    assert_string_equal(shown(f, second, "Name"), "b");
    assert_int_equal(create(f, -1, "\"Type\":\"Community\",\"Name\":\"c\""), IM_OK);
    assert_int_equal(strncmp(fixture_text(f, "GroupId"), "@TGS#_", 6), 0);
    members_same_after_restart(f);
    assert_string_equal(shown(f, first, "Name"), "a");
    fixture_free(f);
}

TEST(types_have_their_defaults)
{
    static const struct {
        const char *type, *shown, *join;
        unsigned max;
    } types[] = {
        {"Private", "Private", "DisableApply", 200},
        {"Work", "Private", "DisableApply", 200},
        {"Public", "Public", "NeedPermission", 2000},
        {"ChatRoom", "ChatRoom", "FreeAccess", 10000},
        {"Meeting", "ChatRoom", "FreeAccess", 10000},
        {"AVChatRoom", "AVChatRoom", "FreeAccess", INT32_MAX},
        {"BChatRoom", "BChatRoom", "FreeAccess", INT32_MAX},
        {"Community", "Community", "FreeAccess", 10000},
    };
    struct shard_fixture *f = members_fixture();

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char id[8], json[128];

        snprintf(id, sizeof(id), "g%zu", i);
        snprintf(json, sizeof(json), "\"Type\":\"%s\",\"Name\":\"n\",\"GroupId\":\"%s\"",
                 types[i].type, id);
        assert_int_equal(create(f, -1, json), IM_OK);
        assert_string_equal(shown(f, id, "Type"), types[i].shown);
        assert_string_equal(shown(f, id, "ApplyJoinOption"), types[i].join);
        assert_int_equal(number(f, id, "MaxMemberNum"), types[i].max);
    }
    fixture_free(f);
}

TEST(texts_are_taken_up_to_their_limit_and_refused_one_byte_over)
{
    static const struct {
        const char *name;
        size_t max;
    } texts[] = {{"Name", 30}, {"Introduction", 240}, {"Notification", 300}, {"FaceUrl", 100}};
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", "");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *name = strcmp(texts[i].name, "Name") == 0 ? "" : "\"Name\":\"n\",";
        char json[2048];

        snprintf(json, sizeof(json), "\"Type\":\"Public\",%s\"%s\":\"%s\"", name, texts[i].name,
                 letters(texts[i].max));
        assert_int_equal(create(f, -1, json), IM_OK);
        snprintf(json, sizeof(json), "\"Type\":\"Public\",%s\"%s\":\"%s\"", name, texts[i].name,
                 letters(texts[i].max + 1));
        assert_int_equal(create(f, -1, json), IM_ERR_GROUP_PARAM);
        snprintf(json, sizeof(json), "\"%s\":\"%s\"", texts[i].name, letters(texts[i].max));
        assert_int_equal(modify(f, -1, "g", json), IM_OK);
        snprintf(json, sizeof(json), "\"%s\":\"%s\"", texts[i].name, letters(texts[i].max + 1));
        assert_int_equal(modify(f, -1, "g", json), IM_ERR_GROUP_PARAM);
    }
    fixture_free(f);
}

TEST(what_is_not_a_group_is_refused)
{
    struct shard_fixture *f = members_fixture();
    char json[2048];

    assert_int_equal(create(f, -1, "\"Name\":\"n\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":7"), IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Secret\",\"Name\":\"n\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(
        create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"ApplyJoinOption\":\"Never\""),
        IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"MaxMemberCount\":\"9\""),
                     IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"MemberList\":{}"),
                     IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"MemberList\":["
                            "{\"Member_Account\":\"anna\",\"Role\":\"Owner\"}]"),
                     IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "create_group", "[]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    snprintf(json, sizeof(json), "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"%s\"",
             letters(49));
    assert_int_equal(create(f, -1, json), IM_ERR_GROUP_ID);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"@TGS#x\""),
                     IM_ERR_GROUP_ID);
    assert_int_equal(groups_total(f), 0);
    snprintf(json, sizeof(json), "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"%s\"",
             letters(48));
    assert_int_equal(create(f, -1, json), IM_OK);
    fixture_free(f);
}

TEST(unknown_accounts_refuse_the_whole_group)
{
    struct shard_fixture *f = members_fixture();

    assert_int_equal(
        create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"Owner_Account\":\"ghost\""),
        IM_ERR_GROUP_ACCOUNT);
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"Owner_Account\":\"olga\","
                            "\"MemberList\":[{\"Member_Account\":\"anna\"},"
                            "{\"Member_Account\":\"ghost\"}]"),
                     IM_ERR_GROUP_ACCOUNT);
    assert_int_equal(groups_total(f), 0);
    fixture_free(f);
}

TEST(five_hundred_members_may_be_named_and_not_one_more)
{
    struct shard_fixture *f = members_fixture();
    char *list, *json = malloc(40000);

    members_accounts(f, 501);
    list = members_many("{\"Member_Account\":\"", "\"}", 0, 501);
    snprintf(json, 40000, "\"Type\":\"Public\",\"Name\":\"n\",\"MemberList\":[%s]", list);
    assert_int_equal(create(f, -1, json), IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    free(list);
    list = members_many("{\"Member_Account\":\"", "\"}", 0, 500);
    snprintf(json, 40000,
             "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\",\"Owner_Account\":\"olga\","
             "\"MemberList\":[%s]",
             list);
    assert_int_equal(create(f, -1, json), IM_OK);
    assert_int_equal(members_count(f, "g"), 501);
    members_same_after_restart(f);
    assert_int_equal(members_count(f, "g"), 501);
    free(list);
    free(json);
    fixture_free(f);
}

TEST(a_member_named_twice_is_one_and_the_owner_stays_the_owner)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"},{\"Member_Account\":\"anna\"},"
                   "{\"Member_Account\":\"olga\"}]");
    assert_int_equal(members_count(f, "g"), 2);
    assert_string_equal(members_role(f, "g", "olga"), "Owner");
    fixture_free(f);
}

TEST(rooms_are_made_without_members)
{
    static const char *const types[] = {"AVChatRoom", "BChatRoom"};
    struct shard_fixture *f = members_fixture();
    char json[160];

    for (size_t i = 0; i < 2; i++) {
        snprintf(json, sizeof(json),
                 "\"Type\":\"%s\",\"Name\":\"n\",\"MemberList\":[{\"Member_Account\":\"anna\"}]",
                 types[i]);
        assert_int_equal(create(f, -1, json), IM_ERR_GROUP_RIGHT);
    }
    assert_int_equal(groups_total(f), 0);
    fixture_free(f);
}

TEST(an_id_that_is_taken_tells_its_owner_so)
{
    struct shard_fixture *f = members_fixture();
    int olga = fixture_login(f, "olga", PLATFORM_WEB), anna;

    anna = fixture_login(f, "anna", PLATFORM_WEB);
    members_create(f, "g", "Public", "");
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\","
                            "\"Owner_Account\":\"olga\""),
                     IM_ERR_GROUP_ID_OWN);
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\","
                            "\"Owner_Account\":\"anna\""),
                     IM_ERR_GROUP_ID_TAKEN);
    assert_int_equal(create(f, -1, "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\""),
                     IM_ERR_GROUP_ID_TAKEN);
    assert_int_equal(create(f, olga, "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\""),
                     IM_ERR_GROUP_ID_OWN);
    assert_int_equal(create(f, anna, "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\""),
                     IM_ERR_GROUP_ID_TAKEN);
    fixture_admin(f, GROUPS "destroy_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(create(f, anna, "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\""),
                     IM_OK);
    assert_string_equal(shown(f, "g", "Owner_Account"), "anna");
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(a_user_owns_what_it_makes_whatever_it_says)
{
    struct shard_fixture *f = members_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    assert_int_equal(create(f, anna,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\","
                            "\"Owner_Account\":\"olga\",\"WebPushFlag\":1,\"FaceUrl\":\"\""),
                     IM_OK);
    assert_int_equal(fixture_count(f, "OverJoinedGroupLimit_Account"), 0);
    assert_null(strstr(f->text, "HugeGroupFlag"));
    assert_string_equal(shown(f, "g", "Owner_Account"), "anna");
    assert_int_equal(create(f, anna, "\"Type\":\"AVChatRoom\",\"Name\":\"n\",\"GroupId\":\"r\""),
                     IM_OK);
    assert_int_equal(fixture_number(f, "HugeGroupFlag"), 1);
    assert_string_equal(shown(f, "r", "Owner_Account"), "anna");
    assert_int_equal(create(f, anna, "\"Type\":\"BChatRoom\",\"Name\":\"n\""), IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(invited_members_and_the_creators_other_terminals_hear_of_a_new_group)
{
    struct shard_fixture *f = members_fixture();
    int olga, other, anna;

    fixture_limit(f, "multi_terminal", 2);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    other = fixture_login(f, "olga", PLATFORM_ANDROID);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(create(f, olga,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\","
                            "\"MemberList\":[{\"Member_Account\":\"anna\"}]"),
                     IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, other, "\"ReportType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"ReportType\""), 0);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\""), 0);
    assert_int_equal(number(f, "g", "NextMsgSeq"), 1);
    fixture_free(f);
}

TEST(a_private_group_is_silent_until_its_first_message)
{
    struct shard_fixture *f = members_fixture();
    int olga = fixture_login(f, "olga", PLATFORM_WEB), anna;

    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(create(f, olga,
                            "\"Type\":\"Private\",\"Name\":\"n\",\"GroupId\":\"g\","
                            "\"MemberList\":[{\"Member_Account\":\"anna\"}]"),
                     IM_OK);
    assert_int_equal(modify(f, olga, "g", "\"Name\":\"m\""), IM_OK);
    assert_int_equal(f->pushes, 0);
    fixture_admin(f, GROUPS "get_joined_group_list", "{\"Member_Account\":\"anna\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    members_say(f, "g");
    fixture_admin(f, GROUPS "get_joined_group_list", "{\"Member_Account\":\"anna\"}");
    assert_int_equal(fixture_number(f, "TotalCount"), 1);
    fixture_forget(f);
    assert_int_equal(modify(f, olga, "g", "\"Name\":\"k\""), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":6,"), 1);
    fixture_free(f);
}

/* ---- limits ---- */

static enum im_err create_type(struct shard_fixture *f, const char *type, const char *id,
                               const char *owner)
{
    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"%s\",\"Name\":\"n\",\"GroupId\":\"%s\",\"Owner_Account\":\"%s\"}",
                  type, id, owner);
    return f->err;
}

static void dissolve(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, GROUPS "destroy_group", "{\"GroupId\":\"%s\"}", id);
    assert_int_equal(f->err, IM_OK);
}

static struct shard_fixture *fixture_of_plan(const struct plan_edit *edits)
{
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    return f;
}

TEST(groups_of_a_day_are_counted_net_and_exactly)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"groups_per_day.included", "3"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_of_plan(edits);

    assert_int_equal(create_type(f, "Public", "g1", ""), IM_OK);
    assert_int_equal(create_type(f, "Private", "g2", ""), IM_OK);
    assert_int_equal(create_type(f, "AVChatRoom", "g3", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g4", ""), IM_ERR_GROUP_RATE);
    assert_int_equal(create_type(f, "AVChatRoom", "g4", ""), IM_ERR_GROUP_RATE);
    dissolve(f, "g2");
    assert_int_equal(create_type(f, "Public", "g4", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g5", ""), IM_ERR_GROUP_RATE);
    members_same_after_restart(f);
    assert_int_equal(create_type(f, "Public", "g5", ""), IM_ERR_GROUP_RATE);
    fixture_advance(f, 86400);
    assert_int_equal(create_type(f, "Public", "g5", ""), IM_OK);
    fixture_free(f);
}

TEST(groups_in_total_are_counted_exactly)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"groups_total.included", "2"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_of_plan(edits);

    assert_int_equal(create_type(f, "Public", "g1", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g2", ""), IM_OK);
    fixture_advance(f, 86400);
    assert_int_equal(create_type(f, "Public", "g3", ""), IM_ERR_GROUP_RATE);
    dissolve(f, "g1");
    assert_int_equal(create_type(f, "Public", "g3", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g4", ""), IM_ERR_GROUP_RATE);
    fixture_free(f);
}

TEST(a_trial_plan_ends_at_its_number_of_groups)
{
    static const struct plan_edit edits[] = {
        {"id", "\"trial\""}, {"caps.groups", "2"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_of_plan(edits);

    assert_int_equal(create_type(f, "Public", "g1", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g2", ""), IM_OK);
    assert_int_equal(create_type(f, "Public", "g3", ""), IM_ERR_GROUP_TRIAL);
    dissolve(f, "g2");
    assert_int_equal(create_type(f, "Public", "g3", ""), IM_OK);
    fixture_free(f);
}

TEST(rooms_of_each_kind_end_at_the_plans_number)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"caps.av_chat_rooms", "2"}, {"caps.b_chat_rooms", "1"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_of_plan(edits);

    assert_int_equal(create_type(f, "AVChatRoom", "a1", ""), IM_OK);
    assert_int_equal(create_type(f, "AVChatRoom", "a2", ""), IM_OK);
    assert_int_equal(create_type(f, "AVChatRoom", "a3", ""), IM_ERR_GROUP_ROOMS);
    assert_int_equal(create_type(f, "BChatRoom", "b1", ""), IM_OK);
    assert_int_equal(create_type(f, "BChatRoom", "b2", ""), IM_ERR_GROUP_ROOMS);
    assert_int_equal(create_type(f, "Public", "g", ""), IM_OK);
    dissolve(f, "a1");
    assert_int_equal(create_type(f, "AVChatRoom", "a3", ""), IM_OK);
    fixture_free(f);
}

TEST(an_account_is_in_no_more_groups_than_its_plan_says)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"caps.groups_per_account", "2"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_of_plan(edits);

    assert_int_equal(create_type(f, "Public", "g1", "olga"), IM_OK);
    assert_int_equal(create_type(f, "Private", "g2", "olga"), IM_OK);
    assert_int_equal(create_type(f, "Public", "g3", "olga"), IM_ERR_GROUP_JOINED_MAX);
    /* Rooms are not counted. */
    assert_int_equal(create_type(f, "AVChatRoom", "r", "olga"), IM_OK);
    /* A member that is in too many is left out, and said to be. */
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g4\","
                            "\"Owner_Account\":\"anna\",\"MemberList\":["
                            "{\"Member_Account\":\"olga\"},{\"Member_Account\":\"ben\"}]"),
                     IM_OK);
    assert_string_equal(fixture_text(f, "OverJoinedGroupLimit_Account.0"), "olga");
    assert_int_equal(members_count(f, "g4"), 2);
    dissolve(f, "g1");
    fixture_advance(f, 1);
    assert_int_equal(create_type(f, "Public", "g3", "olga"), IM_OK);
    fixture_free(f);
}

TEST(more_members_than_the_plan_lets_in_refuse_the_group)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""}, {"caps.members_of_public", "2"}, {NULL, NULL}};
    static const char members[] = "\"MemberList\":[{\"Member_Account\":\"anna\"},"
                                  "{\"Member_Account\":\"ben\"}]";
    struct shard_fixture *f = fixture_of_plan(edits);
    char json[256];

    snprintf(json, sizeof(json), "\"Type\":\"Public\",\"Name\":\"n\",\"Owner_Account\":\"olga\",%s",
             members);
    assert_int_equal(create(f, -1, json), IM_ERR_GROUP_MEMBERS_PLAN);
    snprintf(json, sizeof(json), "\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g\",%s",
             members);
    assert_int_equal(create(f, -1, json), IM_OK);
    assert_int_equal(number(f, "g", "MaxMemberNum"), 2);
    snprintf(json, sizeof(json), "\"Type\":\"ChatRoom\",\"Name\":\"n\",\"MaxMemberCount\":1,%s",
             members);
    assert_int_equal(create(f, -1, json), IM_ERR_GROUP_FULL);
    assert_int_equal(groups_total(f), 1);
    fixture_free(f);
}

/* ---- modify_group_base_info ---- */

TEST(a_change_of_many_things_is_one_tip)
{
    struct shard_fixture *f = members_fixture();
    uint64_t seq;
    int olga;

    members_create(f, "g", "Public", "");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    seq = number(f, "g", "InfoSeq");
    fixture_advance(f, 10);
    fixture_forget(f);
    assert_int_equal(modify(f, olga, "g",
                            "\"Name\":\"New\",\"Introduction\":\"i\",\"Notification\":\"n\","
                            "\"FaceUrl\":\"f\",\"ApplyJoinOption\":\"DisableApply\","
                            "\"InviteJoinOption\":\"FreeAccess\",\"MaxMemberNum\":77,"
                            "\"ShutUpAllMember\":\"On\""),
                     IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":6,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"GroupName\":\"New\""), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"ShutupAll\":1"), 1);
    assert_string_equal(shown(f, "g", "Name"), "New");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Introduction"), "i");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Notification"), "n");
    assert_string_equal(fixture_text(f, "GroupInfo.0.FaceUrl"), "f");
    assert_string_equal(fixture_text(f, "GroupInfo.0.ApplyJoinOption"), "DisableApply");
    assert_string_equal(fixture_text(f, "GroupInfo.0.InviteJoinOption"), "FreeAccess");
    assert_string_equal(fixture_text(f, "GroupInfo.0.ShutUpAllMember"), "On");
    assert_int_equal(fixture_number(f, "GroupInfo.0.MaxMemberNum"), 77);
    assert_int_equal(fixture_number(f, "GroupInfo.0.InfoSeq"), seq + 1);
    assert_int_equal(fixture_number(f, "GroupInfo.0.LastInfoTime"), fixture_now(f));
    assert_int_equal(fixture_number(f, "GroupInfo.0.NextMsgSeq"), 2);
    assert_int_equal(modify(f, olga, "g", "\"Introduction\":\"\",\"ShutUpAllMember\":\"Off\""),
                     IM_OK);
    assert_string_equal(shown(f, "g", "Introduction"), "");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Name"), "New");
    assert_string_equal(fixture_text(f, "GroupInfo.0.Notification"), "n");
    assert_string_equal(fixture_text(f, "GroupInfo.0.ShutUpAllMember"), "Off");
    members_same_after_restart(f);
    assert_string_equal(shown(f, "g", "FaceUrl"), "f");
    fixture_free(f);
}

TEST(changes_by_whom_the_type_does_not_let_are_refused)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna, ben, carl;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
                   "{\"Member_Account\":\"ben\"}]");
    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"ben\"}]");
    members_create(f, "b", "BChatRoom", "");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    assert_int_equal(modify(f, anna, "g", "\"Name\":\"x\""), IM_OK);
    assert_int_equal(modify(f, anna, "g", "\"MaxMemberNum\":9"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(modify(f, ben, "g", "\"Name\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(modify(f, carl, "g", "\"Name\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(modify(f, ben, "p", "\"Name\":\"x\""), IM_OK);
    assert_int_equal(modify(f, olga, "p", "\"ShutUpAllMember\":\"On\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(modify(f, olga, "b", "\"Name\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(modify(f, -1, "b", "\"Name\":\"x\""), IM_OK);
    assert_int_equal(modify(f, -1, "g", "\"Name\":\"\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(modify(f, -1, "g", "\"ShutUpAllMember\":\"Maybe\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(modify(f, -1, "g", "\"MaxMemberNum\":0"), IM_ERR_GROUP_PARAM);
    assert_int_equal(modify(f, -1, "nowhere", "\"Name\":\"x\""), IM_ERR_GROUP_NOT_FOUND);
    assert_int_equal(modify(f, -1, letters(49), "\"Name\":\"x\""), IM_ERR_GROUP_ID);
    fixture_admin(f, GROUPS "modify_group_base_info", "{\"Name\":\"x\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

/* ---- many at once ---- */

TEST(groups_made_while_rows_load_in_any_order_are_all_there)
{
    struct shard_fixture *f = members_fixture();

    fixture_checkpoint(f);
    f->shuffle = true;
    for (unsigned i = 0; i < 60; i++) {
        fixture_post(f, -1, GROUPS "create_group",
                     "{\"Type\":\"Public\",\"Name\":\"n\",\"GroupId\":\"g%u\","
                     "\"Owner_Account\":\"olga\",\"MemberList\":[{\"Member_Account\":\"anna\"},"
                     "{\"Member_Account\":\"ben\"}]}",
                     i % 40);
        fixture_post(f, -1, GROUPS "create_group", "{\"Type\":\"ChatRoom\",\"Name\":\"n\"}");
        if (i % 7 == 0)
            fixture_advance(f, 1);
    }
    fixture_drain(f);
    f->shuffle = false;
    assert_int_equal(groups_total(f), 100);
    for (unsigned i = 0; i < 40; i++) {
        char id[8];

        snprintf(id, sizeof(id), "g%u", i);
        assert_int_equal(members_count(f, id), 3);
    }
    members_same_after_restart(f);
    assert_int_equal(groups_total(f), 100);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(a_group_is_made_with_all_that_it_was_given),
        T(a_group_may_have_no_owner_and_gets_an_id_of_its_own), T(types_have_their_defaults),
        T(texts_are_taken_up_to_their_limit_and_refused_one_byte_over),
        T(what_is_not_a_group_is_refused), T(unknown_accounts_refuse_the_whole_group),
        T(five_hundred_members_may_be_named_and_not_one_more),
        T(a_member_named_twice_is_one_and_the_owner_stays_the_owner),
        T(rooms_are_made_without_members), T(an_id_that_is_taken_tells_its_owner_so),
        T(a_user_owns_what_it_makes_whatever_it_says),
        T(invited_members_and_the_creators_other_terminals_hear_of_a_new_group),
        T(a_private_group_is_silent_until_its_first_message),
        T(groups_of_a_day_are_counted_net_and_exactly), T(groups_in_total_are_counted_exactly),
        T(a_trial_plan_ends_at_its_number_of_groups), T(rooms_of_each_kind_end_at_the_plans_number),
        T(an_account_is_in_no_more_groups_than_its_plan_says),
        T(more_members_than_the_plan_lets_in_refuse_the_group),
        T(a_change_of_many_things_is_one_tip), T(changes_by_whom_the_type_does_not_let_are_refused),

        T(groups_made_while_rows_load_in_any_order_are_all_there));
}
