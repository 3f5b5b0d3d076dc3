#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/account/profile.h"
#include "support/app_shard.h"

#define IMPORT "im_open_login_svc.account_import"
#define SET "profile.portrait_set"
#define GET "profile.portrait_get"

static const char *set(struct app_shard *t, const char *tag, const char *value)
{
    char json[1024];

    snprintf(json, sizeof(json),
             "{\"From_Account\":\"ann\",\"ProfileItem\":[{\"Tag\":\"%s\",\"Value\":%s}]}", tag,
             value);
    return app_shard_admin(t, SET, json);
}

static struct app_shard *with_ann(void)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, IMPORT,
                    "{\"Identifier\":\"ann\",\"Nick\":\"Ann\",\"FaceUrl\":\"http://x\"}");
    assert_int_equal(t->reply->err, IM_OK);
    return t;
}

TEST(nick_and_face_of_an_import_are_the_profile_and_a_later_import_replaces_them)
{
    struct app_shard *t = with_ann();
    static const char get[] = "{\"To_Account\":[\"ann\"],\"TagList\":[\"Tag_Profile_IM_Nick\","
                              "\"Tag_Profile_IM_Image\",\"Tag_Profile_IM_Level\"]}";

    assert_string_equal(
        app_shard_admin(t, GET, get),
        "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0,\"ErrorDisplay\":\"\","
        "\"UserProfileItem\":[{\"To_Account\":\"ann\",\"ProfileItem\":[{\"Tag\":"
        "\"Tag_Profile_IM_Nick\",\"Value\":\"Ann\"},{\"Tag\":\"Tag_Profile_IM_Image\",\"Value\":"
        "\"http://x\"}],\"ResultCode\":0,\"ResultInfo\":\"\"}],\"Fail_Account\":[],"
        "\"Invalid_Account\":[]}");
    app_shard_admin(t, IMPORT, "{\"Identifier\":\"ann\",\"Nick\":\"Anna\"}");
    app_shard_restart(t);
    app_shard_admin(t, GET, get);
    assert_non_null(strstr(t->text, "\"Anna\""));
    assert_non_null(strstr(t->text, "\"http://x\""));
    app_shard_free(t);
}

TEST(every_standard_field_is_kept_with_its_type)
{
    struct app_shard *t = with_ann();

    for (uint16_t tag = PROFILE_NICK; tag < PROFILE_TAG_END; tag++) {
        bool is_number;
        const char *name = profile_tag_name(tag, &is_number);
        const char *value = is_number                     ? "4294967295"
                            : tag == PROFILE_GENDER       ? "\"Gender_Type_Male\""
                            : tag == PROFILE_ALLOW_TYPE   ? "\"AllowType_Type_DenyAny\""
                            : tag == PROFILE_ADMIN_FORBID ? "\"AdminForbid_Type_SendOut\""
                                                          : "\"some text\"";
        char json[256], expect[256];

        set(t, name, value);
        assert_int_equal(t->reply->err, IM_OK);
        snprintf(json, sizeof(json), "{\"To_Account\":[\"ann\"],\"TagList\":[\"%s\"]}", name);
        snprintf(expect, sizeof(expect), "[{\"Tag\":\"%s\",\"Value\":%s}]", name, value);
        assert_non_null(strstr(app_shard_admin(t, GET, json), expect));
    }
    app_shard_free(t);
}

TEST(bad_values_are_refused_with_their_documented_codes)
{
    struct app_shard *t = with_ann();
    char longest[512];

    memset(longest, 'x', sizeof(longest));
    longest[0] = longest[501] = '"';
    longest[502] = 0;
    assert_non_null(strstr(set(t, "Tag_Profile_IM_Nick", longest), "\"ErrorCode\":0"));
    longest[501] = 'x';
    longest[502] = '"';
    longest[503] = 0;
    assert_non_null(strstr(set(t, "Tag_Profile_IM_Nick", longest), "\"ErrorCode\":40601"));
    assert_non_null(strstr(set(t, "Tag_Profile_IM_Gender", "\"x\""), "\"ErrorCode\":40605"));
    assert_non_null(
        strstr(set(t, "Tag_Profile_IM_Location", "\"12345678901234567\""), "\"ErrorCode\":40605"));
    assert_non_null(strstr(set(t, "Tag_Profile_IM_BirthDay", "\"x\""), "\"ErrorCode\":40610"));
    assert_non_null(strstr(set(t, "Tag_Profile_IM_BirthDay", "4294967296"), "\"ErrorCode\":40605"));
    assert_non_null(strstr(set(t, "Tag_Profile_IM_Nick", "5"), "\"ErrorCode\":40610"));
    assert_non_null(strstr(set(t, "Tag_Profile_IM_Nope", "5"), "\"ErrorCode\":40009"));
    assert_non_null(
        strstr(app_shard_admin(t, SET, "{\"From_Account\":\"ann\"}"), "\"ErrorCode\":40001"));
    assert_non_null(strstr(app_shard_admin(t, SET,
                                           "{\"From_Account\":\"x\",\"ProfileItem\":[{\"Tag\":"
                                           "\"Tag_Profile_IM_Nick\",\"Value\":\"a\"}]}"),
                           "\"ErrorCode\":40003"));
    assert_non_null(strstr(app_shard_admin(t, GET, "{\"TagList\":[\"Tag_Profile_IM_Nick\"]}"),
                           "\"ErrorCode\":40002"));
    app_shard_free(t);
}

TEST(a_user_changes_only_its_own_profile_and_not_what_administrators_forbid)
{
    struct app_shard *t = with_ann();

    app_shard_user(t, "bob", SET,
                   "{\"From_Account\":\"ann\",\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_Nick\","
                   "\"Value\":\"Bob\"}]}");
    assert_int_equal(t->reply->err, IM_OK);
    app_shard_admin(t, GET,
                    "{\"To_Account\":[\"ann\",\"bob\"],\"TagList\":[\"Tag_Profile_IM_Nick\"]}");
    assert_non_null(strstr(t->text, "\"Ann\""));
    assert_non_null(strstr(t->text, "\"Bob\""));
    app_shard_user(t, "bob", SET,
                   "{\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_AdminForbidType\",\"Value\":"
                   "\"AdminForbid_Type_None\"}]}");
    assert_int_equal(t->reply->err, IM_ERR_PROFILE_WRITE);
    app_shard_free(t);
}

TEST(a_change_is_pushed_to_the_accounts_terminals)
{
    struct app_shard *t = with_ann();

    set(t, "Tag_Profile_IM_Nick", "\"A\"");
    assert_int_equal(t->pushes, 0);
    assert_int_equal(app_shard_login(t, "ann", PLATFORM_WEB), IM_OK);
    set(t, "Tag_Profile_IM_Nick", "\"B\"");
    assert_int_equal(t->pushes, 1);
    /* The terminal that made the change knows. */
    app_shard_user(t, "ann", SET,
                   "{\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_Nick\",\"Value\":\"C\"}]}");
    assert_int_equal(t->reply->err, IM_OK);
    assert_int_equal(t->pushes, 0);
    app_shard_free(t);
}

TEST(unknown_accounts_are_reported_to_administrators_and_left_out_for_users)
{
    struct app_shard *t = with_ann();

    app_shard_admin(t, GET, "{\"To_Account\":[\"x\"],\"TagList\":[\"Tag_Profile_IM_Nick\"]}");
    assert_int_equal(t->reply->err, IM_ERR_PROFILE_ACCOUNT_MISSING);
    app_shard_admin(t, GET,
                    "{\"To_Account\":[\"x\",\"ann\"],\"TagList\":[\"Tag_Profile_IM_Nick\"]}");
    assert_int_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(t->text, "\"ResultCode\":40003"));
    assert_non_null(strstr(t->text, "\"Invalid_Account\":[\"x\"]"));
    app_shard_user(t, "bob", "profile.portrait_get_all",
                   "{\"UserItem\":[{\"To_Account\":\"x\",\"StandardSequence\":0},{\"To_Account\":"
                   "\"ann\",\"StandardSequence\":0}]}");
    assert_int_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(t->text, "\"UserProfileItem\":[{\"To_Account\":\"ann\","));
    assert_non_null(strstr(t->text, "\"Invalid_Account\":[]"));
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(nick_and_face_of_an_import_are_the_profile_and_a_later_import_replaces_them),
                     T(every_standard_field_is_kept_with_its_type),
                     T(bad_values_are_refused_with_their_documented_codes),
                     T(a_user_changes_only_its_own_profile_and_not_what_administrators_forbid),
                     T(a_change_is_pushed_to_the_accounts_terminals),
                     T(unknown_accounts_are_reported_to_administrators_and_left_out_for_users));
}
