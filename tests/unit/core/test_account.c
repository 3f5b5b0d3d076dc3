#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/app_shard.h"

#define IMPORT "im_open_login_svc.account_import"
#define BATCH "im_open_login_svc.multiaccount_import"
#define CHECK_ACCOUNTS "im_open_login_svc.account_check"

static const char *accounts(struct app_shard *t)
{
    char json[64];

    snprintf(json, sizeof(json), "{\"app\":%u}", t->app.v);
    return app_shard_operator(t, "admin.app_show", json);
}

TEST(an_imported_account_exists_and_may_be_imported_again)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_string_equal(app_shard_admin(t, IMPORT, "{\"Identifier\":\"ann\"}"),
                        "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0}");
    app_shard_admin(t, IMPORT, "{\"UserID\":\"ann\"}");
    assert_int_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(accounts(t), "\"accounts\":2"));
    app_shard_free(t);
}

TEST(a_name_of_33_bytes_or_none_or_beyond_ascii_is_no_account)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    static const char *const bad[] = {"{\"Identifier\":\"123456789012345678901234567890123\"}",
                                      "{\"Identifier\":\"\"}", "{}",
                                      "{\"Identifier\":\"caf\\u00e9\"}", "{\"Identifier\":5}"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(strstr(app_shard_admin(t, IMPORT, bad[i]), "\"ErrorCode\":70402"));
    app_shard_admin(t, IMPORT, "{\"Identifier\":\"12345678901234567890123456789012\"}");
    assert_int_equal(t->reply->err, IM_OK);
    app_shard_free(t);
}

TEST(a_batch_makes_each_name_once_and_returns_those_that_cannot_be_accounts)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_admin(t, IMPORT, "{\"Identifier\":\"ann\"}");
    app_shard_admin(t, BATCH, "{\"Accounts\":[\"ann\",\"bob\",\"\",\"cleo\",\"bob\",\"\\u00e9\"]}");
    assert_string_equal(t->text, "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0,"
                                 "\"FailAccounts\":[\"\",\"\xc3\xa9\"]}");
    assert_non_null(strstr(accounts(t), "\"accounts\":4"));
    app_shard_restart(t);
    assert_non_null(strstr(accounts(t), "\"accounts\":4"));
    app_shard_admin(t, CHECK_ACCOUNTS, "{\"CheckItem\":[{\"UserID\":\"bob\"},{\"UserID\":\"x\"}]}");
    assert_non_null(strstr(t->text, "{\"UserID\":\"bob\",\"ResultCode\":0,\"ResultInfo\":\"\","
                                    "\"AccountStatus\":\"Imported\"}"));
    assert_non_null(strstr(t->text, "{\"UserID\":\"x\",\"ResultCode\":0,\"ResultInfo\":\"\","
                                    "\"AccountStatus\":\"NotImported\"}"));
    app_shard_free(t);
}

TEST(a_batch_takes_100_names_and_refuses_101)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char json[4096];
    size_t n = 0;

    n += (size_t)snprintf(json, sizeof(json), "{\"Accounts\":[");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(json + n, sizeof(json) - n, "%s\"u%d\"", i ? "," : "", i);
    snprintf(json + n, sizeof(json) - n, "]}");
    app_shard_admin(t, BATCH, json);
    assert_int_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(accounts(t), "\"accounts\":101"));
    snprintf(json + n, sizeof(json) - n, ",\"u100\"]}");
    assert_non_null(strstr(app_shard_admin(t, BATCH, json), "\"ErrorCode\":70402"));
    assert_non_null(strstr(accounts(t), "\"accounts\":101"));
    app_shard_free(t);
}

TEST(accounts_made_after_a_checkpoint_and_a_restart_get_fresh_numbers)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char json[64];

    for (int i = 0; i < 200; i++) {
        snprintf(json, sizeof(json), "{\"Identifier\":\"u%d\"}", i);
        app_shard_admin(t, IMPORT, json);
        assert_int_equal(t->reply->err, IM_OK);
        t->now_us += 100000;
        if (i == 70)
            app_shard_checkpoint(t);
        if (i == 100)
            app_shard_restart(t);
    }
    assert_non_null(strstr(accounts(t), "\"accounts\":201"));
    app_shard_free(t);
}

TEST(a_first_login_makes_the_account_and_sending_to_strangers_makes_none)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    assert_int_equal(app_shard_login(t, "ann", PLATFORM_WEB), IM_OK);
    app_shard_admin(t, CHECK_ACCOUNTS, "{\"CheckItem\":[{\"UserID\":\"ann\"}]}");
    assert_non_null(strstr(t->text, "\"Imported\""));
    app_shard_admin(t, "openim.sendmsg",
                    "{\"From_Account\":\"ann\",\"To_Account\":\"bob\",\"MsgRandom\":1,\"MsgBody\":"
                    "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]}");
    assert_int_not_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(accounts(t), "\"accounts\":2"));
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(an_imported_account_exists_and_may_be_imported_again),
                     T(a_name_of_33_bytes_or_none_or_beyond_ascii_is_no_account),
                     T(a_batch_makes_each_name_once_and_returns_those_that_cannot_be_accounts),
                     T(a_batch_takes_100_names_and_refuses_101),
                     T(accounts_made_after_a_checkpoint_and_a_restart_get_fresh_numbers),
                     T(a_first_login_makes_the_account_and_sending_to_strangers_makes_none));
}
