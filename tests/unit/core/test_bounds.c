/* Commands at the largest size that an app can bring them to: none may break the server. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/recent/contact.h"
#include "support/app_shard.h"
#include "support/shard_fixture.h"

#define MULTI_TERMINAL 10

static void send_to_alice(struct app_shard *t, unsigned i)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"Identifier\":\"p%u\"}", i);
    app_shard_admin(t, "im_open_login_svc.account_import", json);
    snprintf(json, sizeof(json),
             "{\"From_Account\":\"p%u\",\"To_Account\":\"alice\",\"MsgRandom\":1,\"MsgBody\":[{"
             "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
             i);
    app_shard_admin(t, "openim.sendmsg", json);
    assert_non_null(strstr(t->text, "\"ErrorCode\":0"));
    if (i % 50 == 49)
        t->now_us += 1000000; /* under the call limit */
}

TEST(a_full_account_with_all_terminals_reads_everything_at_once)
{
    struct app_shard *t = app_shard_new("2026-11-22", 9);
    char json[128];

    snprintf(json, sizeof(json),
             "{\"app\":%u,\"limit\":\"multi_terminal\",\"value\":%d,\"reason\":\"test\"}", t->app.v,
             MULTI_TERMINAL);
    app_shard_operator(t, "admin.limit_set", json);
    for (int i = 0; i < MULTI_TERMINAL - 1; i++)
        assert_int_equal(app_shard_login(t, "alice", PLATFORM_WEB), IM_OK);
    for (enum platform platform = PLATFORM_ANDROID; platform < PLATFORM_WEB; platform++)
        assert_int_equal(app_shard_login(t, "alice", platform), IM_OK);
    for (unsigned i = 0; i < CONTACTS_MAX; i++)
        send_to_alice(t, i);
    app_shard_user(t, "alice", "openim.read_all_unread_msg", "{\"C2CReadAllMsg\":1}");
    assert_non_null(strstr(t->text, "\"ErrorCode\":0"));
    /* One push a terminal, whatever was unread. */
    assert_int_equal(t->pushes, MULTI_TERMINAL - 1 + PLATFORM_WEB - 1);
    app_shard_admin(t, "openim.get_c2c_unread_msg_num", "{\"To_Account\":\"alice\"}");
    assert_non_null(strstr(t->text, "\"AllC2CUnreadMsgNum\":0"));
    app_shard_free(t);
}

/* A control character of a nick is six bytes of JSON. */
TEST(a_list_of_5000_conversations_with_the_longest_nicks_is_still_one_reply)
{
    struct shard_fixture *f = fixture_new(256 << 20);
    char nick[500 * 6 + 1] = "", name[16];
    int alice;

    for (int i = 0; i < 500; i++)
        strcat(nick, "\\u0001");
    fixture_account(f, "alice");
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    fixture_limit(f, "call_rate", 500);
    fixture_limit(f, "recents", CONTACTS_MAX);
    for (unsigned i = 0; i < CONTACTS_MAX; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        fixture_admin(f, "im_open_login_svc.account_import",
                      "{\"Identifier\":\"%s\",\"Nick\":\"%s\",\"FaceUrl\":\"%s\"}", name, nick,
                      nick);
        fixture_send(f, alice, name, "x");
        if (i % 100 == 0)
            fixture_advance(f, 1);
    }
    fixture_user(f, alice, "recentcontact.page_get", "{}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_int_equal(fixture_count(f, "SessionItem"), CONTACTS_MAX);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_full_account_with_all_terminals_reads_everything_at_once),
                     T(a_list_of_5000_conversations_with_the_longest_nicks_is_still_one_reply));
}
