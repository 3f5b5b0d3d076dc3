/* Roles, cards, custom fields, mutes and owners of members. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/apply.h"
#include "support/member_fixture.h"

/* ---- modify_group_member_info ---- */

TEST(an_owner_makes_admins_and_unmakes_them)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna;

    members_create(f, "g", "ChatRoom", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_modify(f, olga, "g", "anna", "\"Role\":\"Admin\""), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":9,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":4,"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":4,"), 1);
    assert_string_equal(members_role(f, "g", "anna"), "Admin");
    fixture_forget(f);
    assert_int_equal(members_modify(f, olga, "g", "anna", "\"Role\":\"Admin\""), IM_OK);
    assert_int_equal(f->pushes, 0);
    members_same_after_restart(f);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_modify(f, -1, "g", "anna", "\"Role\":\"Member\""), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":10,"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":5,"), 1);
    assert_string_equal(members_role(f, "g", "anna"), "Member");
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(roles_that_cannot_be_are_refused)
{
    struct shard_fixture *f = members_fixture();
    int anna, ben;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
                   "{\"Member_Account\":\"ben\"}]");
    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "a", "AVChatRoom", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(members_modify(f, -1, "p", "anna", "\"Role\":\"Admin\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, anna, "g", "ben", "\"Role\":\"Admin\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, ben, "g", "ben", "\"Role\":\"Admin\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, -1, "g", "olga", "\"Role\":\"Member\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, -1, "g", "ben", "\"Role\":\"Owner\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, -1, "g", "carl", "\"Role\":\"Admin\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, -1, "g", "ghost", "\"NameCard\":\"x\""), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, -1, "a", "anna", "\"NameCard\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, -1, "nowhere", "anna", "\"NameCard\":\"x\""),
                     IM_ERR_GROUP_NOT_FOUND);
    fixture_admin(f, GROUPS "modify_group_member_info", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "modify_group_member_info", "\"g\"");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fixture_free(f);
}

TEST(members_change_their_own_card_and_option_and_nobody_elses)
{
    static const char fifty[] = "12345678901234567890123456789012345678901234567890";
    struct shard_fixture *f = members_fixture();
    char what[128];
    int anna, ben, carl;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"},"
                   "{\"Member_Account\":\"ben\",\"Role\":\"Admin\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    snprintf(what, sizeof(what), "\"NameCard\":\"%s\",\"MsgFlag\":\"Discard\"", fifty);
    assert_int_equal(members_modify(f, anna, "g", "anna", what), IM_OK);
    members_look(f, "g", "anna");
    assert_string_equal(fixture_text(f, "MemberList.0.NameCard"), fifty);
    assert_string_equal(fixture_text(f, "MemberList.0.MsgFlag"), "Discard");
    snprintf(what, sizeof(what), "\"NameCard\":\"%s1\"", fifty);
    assert_int_equal(members_modify(f, anna, "g", "anna", what), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, anna, "g", "anna", "\"MsgFlag\":\"Never\""),
                     IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, anna, "g", "ben", "\"NameCard\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, anna, "g", "ghost", "\"NameCard\":\"x\""),
                     IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, carl, "g", "carl", "\"NameCard\":\"x\""),
                     IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, ben, "g", "olga", "\"NameCard\":\"x\""), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, ben, "g", "anna", "\"MsgFlag\":\"Discard\""),
                     IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, ben, "g", "anna", "\"NameCard\":\"\""), IM_OK);
    assert_int_equal(members_modify(f, -1, "g", "anna", "\"MsgFlag\":\"AcceptNotNotify\""), IM_OK);
    members_look(f, "g", "anna");
    assert_string_equal(fixture_text(f, "MemberList.0.NameCard"), "");
    assert_string_equal(fixture_text(f, "MemberList.0.MsgFlag"), "AcceptNotNotify");
    members_same_after_restart(f);
    fixture_free(f);
}

/* ---- custom fields ---- */

struct definition {
    const char *key;
    uint8_t read, write;
};

static enum im_err run_define(struct shard *shard, struct request *req)
{
    const struct definition *define = req->body;
    struct fact_app_field *fact;
    struct row_key key;
    const void *value;
    size_t n = strlen(define->key);

    if (row_find(shard, row_key_app_field(&key, req->app, FIELD_OF_MEMBER, span_of(define->key)),
                 &value, NULL) == STATE_UNKNOWN)
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_APP_FIELD, sizeof(*fact) + n);
    *fact = (struct fact_app_field){.app = req->app.v,
                                    .level = FIELD_OF_MEMBER,
                                    .read = define->read,
                                    .write = define->write,
                                    .key_bytes = (uint8_t)n};
    memcpy(fact + 1, define->key, n);
    return IM_OK;
}

static void define(struct shard_fixture *f, const char *key, uint8_t read, uint8_t write)
{
    static const struct command command = {.operation = {.run = run_define}};
    struct definition definition = {key, read, write};
    struct request *req = request_new();

    req->operation = &command.operation;
    req->caller = CALLER_SYSTEM;
    req->app = f->app;
    req->from = (struct address){.slot = FIXTURE_TERMINALS, .generation = 1};
    req->body = &definition;
    f->waiting++;
    shard_begin(f->shard, f->now_us);
    shard_run(f->shard, req);
    fixture_drain(f);
}

static const char *field(const char *key, const char *value)
{
    static char text[256];

    snprintf(text, sizeof(text), "\"AppMemberDefinedData\":[{\"Key\":\"%s\",\"Value\":\"%s\"}]",
             key, value);
    return text;
}

TEST(custom_fields_hold_any_bytes_and_follow_their_access)
{
    static const char sixty_four[] =
        "1234567890123456789012345678901234567890123456789012345678901234";
    struct shard_fixture *f = members_fixture();
    char long_value[80];
    int anna, olga;

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    define(f, "mine", ACCESS_MEMBER, ACCESS_MEMBER);
    define(f, "given", ACCESS_ANYONE, ACCESS_OWNER);
    define(f, "secret", ACCESS_APP_ADMIN, ACCESS_APP_ADMIN);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(members_modify(f, anna, "g", "anna", field("mine", "a\\u0000\\u0001\\\"b")),
                     IM_OK);
    assert_int_equal(members_modify(f, anna, "g", "anna", field("given", "x")), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, olga, "g", "anna", field("given", sixty_four)), IM_OK);
    assert_int_equal(members_modify(f, olga, "g", "anna", field("secret", "x")),
                     IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, -1, "g", "anna", field("secret", "hidden")), IM_OK);
    assert_int_equal(members_modify(f, -1, "g", "anna", field("other", "x")), IM_ERR_GROUP_PARAM);
    snprintf(long_value, sizeof(long_value), "%s5", sixty_four);
    assert_int_equal(members_modify(f, olga, "g", "anna", field("given", long_value)),
                     IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, anna, "g", "anna", "\"NameCard\":\"card\""), IM_OK);
    members_look(f, "g", "anna");
    assert_int_equal(fixture_count(f, "MemberList.0.AppMemberDefinedData"), 3);
    assert_non_null(strstr(f->text, "{\"Key\":\"mine\",\"Value\":\"a\\u0000\\u0001\\\"b\"}"));
    assert_non_null(strstr(f->text, "hidden"));
    fixture_user(f, anna, GROUPS "get_group_member_info",
                 "{\"GroupId\":\"g\",\"MemberInfoFilter\":[\"NameCard\"],"
                 "\"AppDefinedDataFilter_GroupMember\":[\"given\",\"secret\"]}");
    assert_null(strstr(f->text, "hidden"));
    assert_null(strstr(f->text, "mine"));
    assert_non_null(strstr(f->text, sixty_four));
    assert_null(strstr(f->text, "Role"));
    members_same_after_restart(f);
    assert_int_equal(members_modify(f, -1, "g", "anna", field("mine", "")), IM_OK);
    members_look(f, "g", "anna");
    assert_int_equal(fixture_count(f, "MemberList.0.AppMemberDefinedData"), 2);
    assert_string_equal(fixture_text(f, "MemberList.0.NameCard"), "card");
    members_same_after_restart(f);
    fixture_free(f);
}

/* ---- mutes ---- */

static uint64_t muted_until(struct shard_fixture *f, const char *id, const char *account)
{
    members_look(f, id, account);
    return fixture_number(f, "MemberList.0.ShutUpUntil");
}

TEST(a_mute_ends_by_itself_is_lifted_and_outlives_leaving)
{
    struct shard_fixture *f = members_fixture();
    uint32_t until_s;
    int olga;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"},{\"Member_Account\":\"ben\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_mute(f, "g", "\"anna\",\"ben\"", "60"), IM_OK);
    until_s = fixture_now(f) + 60;
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"ShutupTime\":60"), 1);
    assert_int_equal(muted_until(f, "g", "anna"), until_s);
    fixture_admin(f, GROUPS "get_group_shutted_uin", "{\"GroupId\":\"g\"}");
    assert_int_equal(fixture_count(f, "ShuttedUinList"), 2);
    assert_string_equal(fixture_text(f, "ShuttedUinList.0.Member_Account"), "anna");
    assert_int_equal(fixture_number(f, "ShuttedUinList.0.ShuttedUntil"), until_s);
    assert_int_equal(members_mute(f, "g", "\"ben\"", "0"), IM_OK);
    assert_int_equal(members_kick(f, -1, "g", "\"anna\"", ""), IM_OK);
    assert_int_equal(members_add(f, -1, "g", "anna"), IM_OK);
    fixture_admin(f, GROUPS "get_group_muted_account", "{\"GroupId\":\"g\"}");
    assert_int_equal(fixture_count(f, "MutedAccountList"), 1);
    assert_int_equal(fixture_number(f, "MutedAccountList.0.MutedUntil"), until_s);
    members_same_after_restart(f);
    fixture_advance(f, 60);
    assert_int_equal(muted_until(f, "g", "anna"), 0);
    fixture_admin(f, GROUPS "get_group_shutted_uin", "{\"GroupId\":\"g\"}");
    assert_int_equal(fixture_count(f, "ShuttedUinList"), 0);
    fixture_free(f);
}

TEST(who_may_be_muted_where)
{
    struct shard_fixture *f = members_fixture();
    char *list = members_many("\"", "\"", 0, 501);
    int anna, ben;

    members_create(
        f, "g", "Public",
        ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
        "{\"Member_Account\":\"ben\"},{\"Member_Account\":\"carl\",\"Role\":\"Admin\"}]");
    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"ben\"}]");
    members_create(f, "b", "BChatRoom", "");
    members_create(f, "a", "AVChatRoom", "");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(members_mute(f, "g", "\"ben\",\"ghost\"", "60"), IM_ERR_GROUP_ACCOUNT);
    assert_int_equal(muted_until(f, "g", "ben"), 0);
    assert_int_equal(members_mute(f, "p", "\"ben\"", "60"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_mute(f, "b", "\"ben\"", "60"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_mute(f, "a", "\"ben\"", "60"), IM_OK);
    assert_int_equal(members_modify(f, -1, "a", "ben", "\"ShutUpTime\":0"), IM_OK);
    fixture_admin(f, GROUPS "get_group_shutted_uin", "{\"GroupId\":\"a\"}");
    assert_int_equal(fixture_count(f, "ShuttedUinList"), 0);
    assert_int_equal(members_modify(f, -1, "a", "ben", "\"ShutUpTime\":60"), IM_OK);
    fixture_admin(f, GROUPS "get_group_shutted_uin", "{\"GroupId\":\"a\"}");
    assert_int_equal(fixture_number(f, "ShuttedUinList.0.ShuttedUntil"), fixture_now(f) + 60);
    assert_int_equal(members_modify(f, -1, "a", "ghost", "\"ShutUpTime\":60"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, ben, "a", "anna", "\"ShutUpTime\":60"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, -1, "a", "ben", "\"ShutUpTime\":60,\"NameCard\":\"b\""),
                     IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_mute(f, "g", list, "60"), IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    assert_int_equal(members_mute(f, "g", "", "60"), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_mute(f, "g", "\"ben\"", "-1"), IM_ERR_GROUP_PARAM);
    fixture_admin(f, GROUPS "forbid_send_msg", "{\"GroupId\":\"g\",\"Members_Account\":[\"ben\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    assert_int_equal(members_modify(f, ben, "g", "ben", "\"ShutUpTime\":0"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, anna, "g", "carl", "\"ShutUpTime\":9"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_modify(f, anna, "g", "olga", "\"ShutUpTime\":9"), IM_ERR_GROUP_RIGHT);
    fixture_forget(f);
    assert_int_equal(members_modify(f, anna, "g", "ben", "\"ShutUpTime\":9"), IM_OK);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":7,"), 1);
    assert_int_equal(muted_until(f, "g", "ben"), fixture_now(f) + 9);
    assert_int_equal(members_mute(f, "g", "\"ben\"", "4294967295"), IM_OK);
    assert_int_equal(muted_until(f, "g", "ben"), UINT32_MAX);
    fixture_user(f, ben, GROUPS "forbid_send_msg",
                 "{\"GroupId\":\"g\",\"Members_Account\":[\"ghost\"],\"ShutUpTime\":1}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    free(list);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(a_role_and_a_mute_may_change_together)
{
    struct shard_fixture *f = members_fixture();
    int olga;

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_modify(f, olga, "g", "anna",
                                    "\"Role\":\"Admin\",\"ShutUpTime\":5,\"NameCard\":\"A\""),
                     IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":4,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"OpType\":7,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MsgSeq\":1,"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"MsgSeq\":2,"), 1);
    members_same_after_restart(f);
    fixture_free(f);
}

/* ---- change_group_owner ---- */

TEST(an_owner_hands_the_group_over)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna, carl;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"},"
                   "{\"Member_Account\":\"ben\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(members_own(f, anna, "g", "anna"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_own(f, carl, "g", "ghost"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(members_own(f, olga, "g", "carl"), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_own(f, olga, "g", "ghost"), IM_ERR_GROUP_PARAM);
    assert_int_equal(members_own(f, olga, "g", "olga"), IM_OK);
    assert_int_equal(f->pushes, 0);
    assert_int_equal(members_own(f, olga, "g", "anna"), IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"Owner_Account\":\"anna\""), 1);
    assert_string_equal(members_role(f, "g", "anna"), "Owner");
    assert_string_equal(members_role(f, "g", "olga"), "Member");
    members_same_after_restart(f);
    assert_int_equal(members_own(f, -1, "nowhere", "anna"), IM_ERR_GROUP_NOT_FOUND);
    fixture_admin(f, GROUPS "change_group_owner", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

TEST(an_ownerless_group_gets_an_owner_and_a_room_no_other)
{
    struct shard_fixture *f = members_fixture();

    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"Private\",\"Name\":\"P\",\"GroupId\":\"p\","
                  "\"MemberList\":[{\"Member_Account\":\"anna\"}]}");
    assert_int_equal(f->err, IM_OK);
    members_create(f, "a", "AVChatRoom", "");
    assert_int_equal(members_own(f, -1, "p", "anna"), IM_OK);
    assert_string_equal(members_role(f, "p", "anna"), "Owner");
    assert_int_equal(members_own(f, -1, "a", "anna"), IM_ERR_GROUP_RIGHT);
    members_same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(an_owner_makes_admins_and_unmakes_them), T(roles_that_cannot_be_are_refused),
                     T(members_change_their_own_card_and_option_and_nobody_elses),
                     T(custom_fields_hold_any_bytes_and_follow_their_access),
                     T(a_mute_ends_by_itself_is_lifted_and_outlives_leaving),
                     T(who_may_be_muted_where), T(a_role_and_a_mute_may_change_together),
                     T(an_owner_hands_the_group_over),
                     T(an_ownerless_group_gets_an_owner_and_a_room_no_other));
}
