/* Custom fields of groups and of members: defined, set, read. */
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

/* `count` letters. */
static const char *letters(size_t count)
{
    static char text[1024];

    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

static void define(struct shard_fixture *f, const char *level, const char *key, const char *read,
                   const char *write)
{
    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"%s\",\"key\":\"%s\",\"read\":\"%s\","
                     "\"write\":\"%s\"}",
                     f->app.v, level, key, read, write);
}

TEST(custom_fields_are_set_changed_and_deleted)
{
    struct shard_fixture *f = members_fixture();
    char json[2048];

    define(f, "group", "k1", "anyone", "owner");
    define(f, "group", "k2", "anyone", "owner");
    members_create(f, "g", "Public",
                   ",\"AppDefinedData\":[{\"Key\":\"k2\",\"Value\":\"two\"},"
                   "{\"Key\":\"k1\",\"Value\":\"one\"}]");
    look(f, "g");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 2);
    assert_string_equal(fixture_text(f, "GroupInfo.0.AppDefinedData.0.Key"), "k1");
    assert_string_equal(fixture_text(f, "GroupInfo.0.AppDefinedData.0.Value"), "one");
    assert_int_equal(modify(f, -1, "g",
                            "\"AppDefinedData\":[{\"Key\":\"k1\",\"Value\":\"\"},"
                            "{\"Key\":\"k2\",\"Value\":\"\\u0001\\u20ac\"}]"),
                     IM_OK);
    look(f, "g");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 1);
    assert_string_equal(fixture_text(f, "GroupInfo.0.AppDefinedData.0.Value"), "\x01\xe2\x82\xac");
    snprintf(json, sizeof(json), "\"AppDefinedData\":[{\"Key\":\"k1\",\"Value\":\"%s\"}]",
             letters(512));
    assert_int_equal(modify(f, -1, "g", json), IM_OK);
    snprintf(json, sizeof(json), "\"AppDefinedData\":[{\"Key\":\"k1\",\"Value\":\"%s\"}]",
             letters(513));
    assert_int_equal(modify(f, -1, "g", json), IM_ERR_GROUP_PARAM);
    assert_int_equal(modify(f, -1, "g", "\"AppDefinedData\":[{\"Key\":\"k9\",\"Value\":\"x\"}]"),
                     IM_ERR_GROUP_PARAM);
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\","
                            "\"AppDefinedData\":[{\"Key\":\"k9\",\"Value\":\"x\"}]"),
                     IM_ERR_GROUP_PARAM);
    members_same_after_restart(f);
    look(f, "g");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 2);
    fixture_free(f);
}

TEST(custom_fields_are_read_and_written_by_whom_the_app_says)
{
    struct shard_fixture *f = members_fixture();
    int olga, ben;

    define(f, "group", "open", "member", "member");
    define(f, "group", "admins", "admin", "admin");
    define(f, "group", "apps", "app_admin", "app_admin");
    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"ben\"}],\"AppDefinedData\":["
                   "{\"Key\":\"open\",\"Value\":\"1\"},{\"Key\":\"admins\",\"Value\":\"2\"},"
                   "{\"Key\":\"apps\",\"Value\":\"3\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    look(f, "g");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 3);
    fixture_user(f, olga, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\"]}");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 2);
    fixture_user(f, ben, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\"]}");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 1);
    assert_int_equal(modify(f, ben, "g", "\"AppDefinedData\":[{\"Key\":\"open\",\"Value\":\"4\"}]"),
                     IM_OK);
    assert_int_equal(
        modify(f, ben, "g", "\"AppDefinedData\":[{\"Key\":\"admins\",\"Value\":\"4\"}]"),
        IM_ERR_GROUP_RIGHT);
    assert_int_equal(
        modify(f, olga, "g", "\"AppDefinedData\":[{\"Key\":\"apps\",\"Value\":\"4\"}]"),
        IM_ERR_GROUP_RIGHT);
    assert_int_equal(create(f, olga,
                            "\"Type\":\"Public\",\"Name\":\"n\","
                            "\"AppDefinedData\":[{\"Key\":\"apps\",\"Value\":\"x\"}]"),
                     IM_ERR_GROUP_RIGHT);
    define(f, "group", "apps", "anyone", "anyone");
    fixture_user(f, ben, GROUPS "get_group_info", "{\"GroupIdList\":[\"g\"]}");
    assert_int_equal(fixture_count(f, "GroupInfo.0.AppDefinedData"), 2);
    fixture_free(f);
}

TEST(members_come_with_custom_fields_of_their_own)
{
    struct shard_fixture *f = members_fixture();

    define(f, "member", "m1", "anyone", "member");
    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"AppMemberDefinedData\":["
                   "{\"Key\":\"m1\",\"Value\":\"hers\"}]}]");
    fixture_admin(f, GROUPS "get_group_info",
                  "{\"GroupIdList\":[\"g\"],\"ResponseFilter\":{"
                  "\"AppDefinedDataFilter_GroupMember\":[\"m1\"]}}");
    assert_non_null(strstr(f->text, "{\"Key\":\"m1\",\"Value\":\"hers\"}"));
    assert_int_equal(create(f, -1,
                            "\"Type\":\"Public\",\"Name\":\"n\",\"MemberList\":[{"
                            "\"Member_Account\":\"anna\",\"AppMemberDefinedData\":["
                            "{\"Key\":\"m2\",\"Value\":\"x\"}]}]"),
                     IM_ERR_GROUP_PARAM);
    members_same_after_restart(f);
    fixture_free(f);
}

static void refuse_definition(struct shard_fixture *f, const char *level, const char *key,
                              const char *access)
{
    assert_int_equal(fixture_operator_try(f, "admin.group_field_set",
                                          "{\"app\":%u,\"level\":\"%s\",\"key\":\"%s\","
                                          "\"read\":\"%s\",\"write\":\"owner\"}",
                                          f->app.v, level, key, access),
                     IM_ERR_INVALID);
}

TEST(an_app_defines_twenty_fields_of_groups_and_five_of_members)
{
    struct shard_fixture *f = members_fixture();

    for (unsigned i = 0; i < 20; i++) {
        char key[8];

        snprintf(key, sizeof(key), "k%u", i);
        define(f, "group", key, "anyone", "owner");
        if (i < 5)
            define(f, "member", key, "anyone", "owner");
    }
    refuse_definition(f, "group", "k20", "anyone");
    refuse_definition(f, "member", "k5", "anyone");
    define(f, "group", "k19", "member", "app_admin");
    refuse_definition(f, "groups", "k1", "anyone");
    refuse_definition(f, "group", "k-1", "anyone");
    refuse_definition(f, "group", "", "anyone");
    refuse_definition(f, "group", "12345678901234567", "anyone");
    refuse_definition(f, "group", "k1", "nobody");
    fixture_operator(f, "admin.group_field_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.fields"), 25);
    assert_string_equal(fixture_text(f, "Result.fields.0.level"), "group");
    assert_string_equal(fixture_text(f, "Result.fields.0.key"), "k0");
    assert_string_equal(fixture_text(f, "Result.fields.11.key"), "k19");
    assert_string_equal(fixture_text(f, "Result.fields.11.read"), "member");
    assert_string_equal(fixture_text(f, "Result.fields.11.write"), "app_admin");
    assert_string_equal(fixture_text(f, "Result.fields.20.level"), "member");
    members_same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(custom_fields_are_set_changed_and_deleted),
                     T(custom_fields_are_read_and_written_by_whom_the_app_says),
                     T(members_come_with_custom_fields_of_their_own),
                     T(an_app_defines_twenty_fields_of_groups_and_five_of_members));
}
