/* Histories, withdrawal and deleting for oneself, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/shard_fixture.h"

#define DAY_S 86400u

static struct shard_fixture *two(void)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    return f;
}

static const char *admin_list(struct shard_fixture *f, const char *from, const char *to,
                              unsigned max, uint32_t min, uint32_t until)
{
    return fixture_admin(f, "openim.admin_getroammsg",
                         "{\"From_Account\":\"%s\",\"To_Account\":\"%s\",\"MaxCnt\":%u,"
                         "\"MinTime\":%u,\"MaxTime\":%u}",
                         from, to, max, min, until);
}

static const char *text_at(struct shard_fixture *f, unsigned i)
{
    char path[64];

    snprintf(path, sizeof(path), "MsgList.%u.MsgBody.0.MsgContent.Text", i);
    return fixture_text(f, path);
}

TEST(an_administrator_reads_both_directions_oldest_first)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct message_key key = fixture_send(f, alice, "bob", "one");
    char text[51];

    fixture_advance(f, 1);
    fixture_send_rest(f, "bob", "alice", "two", ",\"CloudCustomData\":\"c\"");
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_int_equal(fixture_number(f, "Complete"), 1);
    assert_int_equal(fixture_number(f, "MsgCnt"), 2);
    assert_string_equal(text_at(f, 0), "one");
    assert_string_equal(text_at(f, 1), "two");
    assert_string_equal(fixture_text(f, "MsgList.0.From_Account"), "alice");
    assert_string_equal(fixture_text(f, "MsgList.0.To_Account"), "bob");
    assert_string_equal(fixture_text(f, "MsgList.1.From_Account"), "bob");
    assert_string_equal(fixture_text(f, "MsgList.1.CloudCustomData"), "c");
    assert_int_equal(fixture_number(f, "MsgList.0.MsgFlagBits"), 0);
    assert_int_equal(fixture_number(f, "MsgList.0.MsgSeq"), key.seq);
    assert_int_equal(fixture_number(f, "MsgList.0.MsgRandom"), key.random);
    assert_int_equal(fixture_number(f, "MsgList.0.MsgTimeStamp"), key.time);
    assert_int_equal(fixture_number(f, "MsgList.0.MsgClientTime"), key.time - 3);
    assert_string_equal(fixture_text(f, "LastMsgKey"), fixture_key_text(key, text));
    fixture_free(f);
}

/* Reads everything as a caller does: MaxTime := LastMsgTime, LastMsgKey. Returns how many. */
static unsigned page_through(struct shard_fixture *f, unsigned max, uint32_t min, uint32_t until)
{
    char key[51] = "";
    unsigned total = 0, rounds = 0;
    struct message_key before = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

    do {
        unsigned count;

        if (rounds % 90 == 0)
            fixture_advance(f, 1);
        fixture_admin(f, "openim.admin_getroammsg",
                      "{\"From_Account\":\"bob\",\"To_Account\":\"alice\",\"MaxCnt\":%u,"
                      "\"MinTime\":%u,\"MaxTime\":%u,\"LastMsgKey\":\"%s\"}",
                      max, min, until, key);
        count = (unsigned)fixture_number(f, "MsgCnt");
        assert_int_equal(fixture_count(f, "MsgList"), count);
        for (unsigned i = count; i-- > 0;) {
            struct message_key this;
            char path[32];

            snprintf(path, sizeof(path), "MsgList.%u.MsgKey", i);
            assert_true(msgkey_parse(span_of(fixture_text(f, path)), &this));
            assert_true(message_key_compare(this, before) < 0);
            before = this;
        }
        total += count;
        until = (uint32_t)fixture_number(f, "LastMsgTime");
        snprintf(key, sizeof(key), "%s", fixture_text(f, "LastMsgKey"));
        assert_true(++rounds < 1000);
    } while (!fixture_number(f, "Complete"));
    return total;
}

TEST(paging_by_MaxTime_and_LastMsgKey_has_no_gaps_or_doubles_within_one_second)
{
    struct shard_fixture *f = two();

    for (unsigned i = 0; i < 90; i++)
        fixture_send_rest(f, i % 2 ? "alice" : "bob", i % 2 ? "bob" : "alice", "x", "");
    fixture_advance(f, 1);
    for (unsigned i = 0; i < 60; i++)
        fixture_send_rest(f, "alice", "bob", "y", "");
    fixture_checkpoint(f);
    assert_int_equal(page_through(f, 1, 0, fixture_now(f)), 150);
    assert_int_equal(page_through(f, 7, 0, fixture_now(f)), 150);
    assert_int_equal(page_through(f, 100, 0, fixture_now(f)), 150);
    assert_int_equal(page_through(f, 500, FIXTURE_START_S + 1, fixture_now(f)), 60);
    assert_int_equal(page_through(f, 13, 0, FIXTURE_START_S), 90);
    fixture_free(f);
}

TEST(a_reply_holds_64_KB_of_bodies_and_the_next_page_the_rest)
{
    struct shard_fixture *f = two();
    static char text[7001];
    unsigned total = 30;

    memset(text, 'x', 7000);
    for (unsigned i = 0; i < total; i++)
        fixture_send_rest(f, "alice", "bob", text, "");
    admin_list(f, "bob", "alice", 100, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "Complete"), 0);
    assert_int_equal(fixture_number(f, "MsgCnt"), 9);
    assert_int_equal(page_through(f, 100, 0, fixture_now(f)), total);
    fixture_free(f);
}

TEST(a_message_not_synced_to_its_sender_is_in_the_receivers_copy_alone)
{
    struct shard_fixture *f = two();

    fixture_send_rest(f, "alice", "bob", "kept", "");
    fixture_send_rest(f, "alice", "bob", "one-sided", ",\"SyncOtherMachine\":2");
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgCnt"), 1);
    admin_list(f, "bob", "alice", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgCnt"), 2);
    fixture_free(f);
}

TEST(messages_of_one_batch_share_their_body)
{
    struct shard_fixture *f = two();

    fixture_account(f, "carol");
    fixture_admin(f, "openim.batchsendmsg",
                  "{\"From_Account\":\"alice\",\"To_Account\":[\"bob\",\"carol\"],\"MsgRandom\":5,"
                  "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"all\"}}]}");
    assert_int_equal(f->err, IM_OK);
    admin_list(f, "carol", "alice", 20, 0, fixture_now(f));
    assert_string_equal(text_at(f, 0), "all");
    admin_list(f, "bob", "alice", 20, 0, fixture_now(f));
    assert_string_equal(text_at(f, 0), "all");
    fixture_free(f);
}

TEST(bad_requests_get_their_documented_codes)
{
    struct shard_fixture *f = two();
    static const struct {
        const char *json;
        int code;
    } bad[] = {
        {"[]", 90001},
        {"{\"To_Account\":\"bob\",\"MaxCnt\":1,\"MinTime\":0,\"MaxTime\":1}", 90008},
        {"{\"From_Account\":\"alice\",\"MaxCnt\":1,\"MinTime\":0,\"MaxTime\":1}", 90003},
        {"{\"From_Account\":7,\"To_Account\":\"bob\",\"MaxCnt\":1,\"MinTime\":0,\"MaxTime\":1}",
         90008},
        {"{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MinTime\":0,\"MaxTime\":1}", 90001},
        {"{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MaxCnt\":\"1\",\"MinTime\":0,"
         "\"MaxTime\":1}",
         90001},
        {"{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MaxCnt\":1,\"MinTime\":0,"
         "\"MaxTime\":1,\"LastMsgKey\":\"x\"}",
         90001},
        {"{\"From_Account\":\"alice\",\"To_Account\":\"nobody\",\"MaxCnt\":1,\"MinTime\":0,"
         "\"MaxTime\":1}",
         20003},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fixture_admin(f, "openim.admin_getroammsg", "%s", bad[i].json);
        assert_int_equal(fixture_number(f, "ErrorCode"), bad[i].code);
    }
    fixture_free(f);
}

TEST(history_expires_to_the_second_and_a_longer_period_keeps_what_is_left)
{
    struct shard_fixture *f = two();

    fixture_send_rest(f, "alice", "bob", "old", "");
    fixture_advance(f, 3 * DAY_S);
    fixture_send_rest(f, "alice", "bob", "dated back", ",\"MsgTimeStamp\":1599999990");
    fixture_advance(f, 4 * DAY_S - 1);
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgCnt"), 2);
    assert_string_equal(text_at(f, 0), "dated back");
    fixture_advance(f, 1);
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgCnt"), 1);
    fixture_limit(f, "roaming", 1);
    fixture_advance(f, 20 * DAY_S);
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_true(fixture_number(f, "MsgCnt") >= 1);
    fixture_free(f);
}

/* What stands in the cache vanishes with a restart, and compactions take what has expired. */
static void expire(struct shard_fixture *f)
{
    fixture_checkpoint(f);
    fixture_compact(f);
    fixture_restart(f);
}

static uint64_t shown(struct shard_fixture *f)
{
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    return fixture_number(f, "MsgCnt");
}

TEST(roaming_lowered_by_mistake_can_be_raised_again_for_a_week)
{
    struct shard_fixture *f = two();

    fixture_limit(f, "roaming", 3);
    fixture_send_rest(f, "alice", "bob", "of long ago", "");
    fixture_advance(f, 40 * DAY_S);
    fixture_limit(f, "roaming", 0);
    expire(f);
    assert_int_equal(shown(f), 0);
    fixture_send_rest(f, "alice", "bob", "new", "");
    fixture_advance(f, 7 * DAY_S - 10);
    fixture_limit(f, "roaming", 1); /* less than it was: the three months are kept on */
    expire(f);
    fixture_advance(f, DAY_S);
    fixture_limit(f, "roaming", 3);
    assert_int_equal(shown(f), 2);
    fixture_limit(f, "roaming", 0);
    fixture_advance(f, 8 * DAY_S + 1);
    fixture_limit(f, "roaming", 1);
    expire(f);
    fixture_limit(f, "roaming", 3);
    assert_int_equal(shown(f), 1);
    fixture_free(f);
}

/* ---- users ---- */

static const char *history(struct shard_fixture *f, int terminal, const char *peer, unsigned max,
                           uint32_t time, const char *key, int forward)
{
    return fixture_user(f, terminal, "openim.getroammsg",
                        "{\"Peer_Account\":\"%s\",\"MaxCnt\":%u,\"LastMsgTime\":%u,\"MsgKey\":"
                        "\"%s\",\"WithRecalledMsg\":1,\"GetDirection\":%d}",
                        peer, max, time, key, forward);
}

TEST(a_user_pages_back_from_the_newest_with_what_the_sdk_needs)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB),
        bob = fixture_login(f, "bob", PLATFORM_WEB);
    char text[8], key[51];
    unsigned at = 10;

    for (unsigned i = 0; i < 10; i++) {
        snprintf(text, sizeof(text), "m%u", i);
        fixture_send(f, i % 3 ? alice : bob, i % 3 ? "bob" : "alice", text);
        fixture_advance(f, i % 2);
    }
    history(f, bob, "alice", 4, 0, "", 0);
    for (;;) {
        unsigned count = (unsigned)fixture_count(f, "MsgList");

        assert_int_equal(fixture_number(f, "MaxCnt"), count);
        for (unsigned i = count; i-- > 0;) {
            snprintf(text, sizeof(text), "m%u", --at);
            assert_string_equal(text_at(f, i), text);
        }
        if (fixture_number(f, "Complete"))
            break;
        snprintf(key, sizeof(key), "%s", fixture_text(f, "MsgKey"));
        history(f, bob, "alice", 4, (uint32_t)fixture_number(f, "LastMsgTime"), key, 0);
    }
    assert_int_equal(at, 0);
    history(f, bob, "alice", 1, 0, "", 0);
    assert_int_equal(strlen(fixture_text(f, "MsgList.0.TinyId")), 18);
    assert_int_equal(fixture_number(f, "MsgList.0.IsNeedReadReceipt"), 0);
    assert_int_equal(fixture_number(f, "MsgList.0.IsPeerRead"), 0);
    fixture_free(f);
}

TEST(forwards_begins_at_the_second_itself_and_is_oldest_first)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB),
        bob = fixture_login(f, "bob", PLATFORM_WEB);
    char text[8], key[51];

    for (unsigned i = 0; i < 6; i++) {
        snprintf(text, sizeof(text), "m%u", i);
        fixture_send(f, alice, "bob", text);
        fixture_advance(f, 1);
    }
    history(f, bob, "alice", 3, FIXTURE_START_S + 2, "", 1);
    assert_int_equal(fixture_count(f, "MsgList"), 3);
    assert_string_equal(text_at(f, 0), "m2");
    assert_string_equal(text_at(f, 2), "m4");
    assert_int_equal(fixture_number(f, "Complete"), 0);
    snprintf(key, sizeof(key), "%s", fixture_text(f, "MsgKey"));
    history(f, bob, "alice", 3, FIXTURE_START_S + 4, key, 1);
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    assert_string_equal(text_at(f, 0), "m5");
    assert_int_equal(fixture_number(f, "Complete"), 1);
    history(f, bob, "alice", 20, 1, "", 1);
    assert_int_equal(fixture_count(f, "MsgList"), 6);
    history(f, bob, "stranger", 20, 0, "", 0);
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    assert_int_equal(fixture_number(f, "Complete"), 1);
    fixture_free(f);
}

TEST(what_a_user_deletes_is_gone_for_him_alone)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB),
        bob = fixture_login(f, "bob", PLATFORM_WEB);
    struct message_key key = fixture_send(f, alice, "bob", "secret");
    char text[51];

    fixture_send(f, alice, "bob", "stays");
    fixture_user(
        f, bob, "openim.delete_c2c_msg_ramble",
        "{\"From_Account\":\"alice\",\"To_Account\":\"alice\",\"MsgKeyList\":[\"%s\",\"1_2_3\"]}",
        fixture_key_text(key, text));
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    fixture_restart(f);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    history(f, bob, "alice", 20, 0, "", 0);
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    assert_string_equal(text_at(f, 0), "stays");
    history(f, alice, "bob", 20, 0, "", 0);
    assert_int_equal(fixture_count(f, "MsgList"), 2);
    admin_list(f, "bob", "alice", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgCnt"), 2);
    fixture_free(f);
}

/* ---- withdrawing ---- */

static int withdraw(struct shard_fixture *f, int terminal, const char *to, struct message_key key)
{
    fixture_user(f, terminal, "openim.msgwithdraw",
                 "{\"MsgInfo\":{\"From_Account\":\"somebody\",\"To_Account\":\"%s\","
                 "\"MsgTimeStamp\":%u,\"MsgSeq\":%u,\"MsgRandom\":%u}}",
                 to, key.time, key.seq, key.random);
    return (int)fixture_number(f, "ErrorCode");
}

TEST(a_user_withdraws_his_own_messages_of_two_minutes)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB),
        bob = fixture_login(f, "bob", PLATFORM_WEB);
    int phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    struct message_key early = fixture_send(f, phone, "bob", "early"), late;

    (void)alice;
    fixture_advance(f, 1);
    late = fixture_send(f, phone, "bob", "late");
    fixture_advance(f, 120);
    fixture_forget(f);
    assert_int_equal(withdraw(f, phone, "bob", early), 20016);
    assert_int_equal(withdraw(f, bob, "alice", late), 20022);
    assert_int_equal(fixture_pushed(f, bob, ""), 0);
    assert_int_equal(withdraw(f, phone, "bob", late), 0);
    assert_int_equal(fixture_pushed(f, bob, "WithdrawC2cMsgNotify"), 1);
    assert_int_equal(fixture_pushed(f, phone, "WithdrawC2cMsgNotify"), 0);
    assert_int_equal(withdraw(f, phone, "bob", late), 20023);
    late.random++;
    assert_int_equal(withdraw(f, phone, "bob", late), 20022);
    history(f, bob, "alice", 20, 0, "", 0);
    assert_int_equal(fixture_count(f, "MsgList"), 2);
    assert_int_equal(fixture_number(f, "MsgList.1.MsgFlagBits"), 8);
    assert_string_equal(text_at(f, 1), "");
    assert_string_equal(fixture_text(f, "MsgList.1.RevokerInfo.Revoker_Account"), "alice");
    assert_null(strstr(f->text, "late"));
    fixture_user(f, bob, "openim.getroammsg", "{\"Peer_Account\":\"alice\",\"MaxCnt\":20}");
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    fixture_free(f);
}

TEST(an_administrator_withdraws_what_still_exists)
{
    struct shard_fixture *f = two();
    int alice = fixture_login(f, "alice", PLATFORM_WEB),
        bob = fixture_login(f, "bob", PLATFORM_WEB);
    struct message_key key = fixture_send(f, alice, "bob", "gone");
    char text[51];

    fixture_advance(f, 5 * DAY_S);
    fixture_forget(f);
    for (int i = 0; i < 2; i++) {
        fixture_admin(f, "openim.admin_msgwithdraw",
                      "{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MsgKey\":\"%s\"}",
                      fixture_key_text(key, text));
        assert_int_equal(fixture_number(f, "ErrorCode"), i ? 20023 : 0);
    }
    assert_int_equal(fixture_pushed(f, bob, "WithdrawC2cMsgNotify"), 1);
    assert_int_equal(fixture_pushed(f, alice, "WithdrawC2cMsgNotify"), 1);
    admin_list(f, "alice", "bob", 20, 0, fixture_now(f));
    assert_int_equal(fixture_number(f, "MsgList.0.MsgFlagBits"), 8);
    fixture_advance(f, 2 * DAY_S);
    fixture_admin(f, "openim.admin_msgwithdraw",
                  "{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MsgKey\":\"%s\"}", text);
    assert_int_equal(fixture_number(f, "ErrorCode"), 20022);
    fixture_admin(f, "openim.admin_msgwithdraw",
                  "{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MsgKey\":\"1_2\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 90054);
    fixture_admin(f, "openim.admin_msgwithdraw",
                  "{\"From_Account\":\"nobody\",\"To_Account\":\"bob\",\"MsgKey\":\"%s\"}", text);
    assert_int_equal(fixture_number(f, "ErrorCode"), 20001);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(an_administrator_reads_both_directions_oldest_first),
                     T(paging_by_MaxTime_and_LastMsgKey_has_no_gaps_or_doubles_within_one_second),
                     T(a_reply_holds_64_KB_of_bodies_and_the_next_page_the_rest),
                     T(a_message_not_synced_to_its_sender_is_in_the_receivers_copy_alone),
                     T(messages_of_one_batch_share_their_body),
                     T(bad_requests_get_their_documented_codes),
                     T(history_expires_to_the_second_and_a_longer_period_keeps_what_is_left),
                     T(roaming_lowered_by_mistake_can_be_raised_again_for_a_week),
                     T(a_user_pages_back_from_the_newest_with_what_the_sdk_needs),
                     T(forwards_begins_at_the_second_itself_and_is_oldest_first),
                     T(what_a_user_deletes_is_gone_for_him_alone),
                     T(a_user_withdraws_his_own_messages_of_two_minutes),
                     T(an_administrator_withdraws_what_still_exists));
}
