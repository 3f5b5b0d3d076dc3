/* Offline messages: getmsg, cookies and push acks; and the same state after any restart. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shard_fixture.h"

static struct shard_fixture *three(void)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    return f;
}

static const char *sync_with(struct shard_fixture *f, int terminal, const char *cookie)
{
    return fixture_user(f, terminal, "openim.getmsg",
                        "{\"Cookie\":\"%s\",\"SyncFlag\":0,\"NeedAbstract\":1,\"IsOnlineSync\":0}",
                        cookie);
}

static char *cookie_of(struct shard_fixture *f, char *into)
{
    snprintf(into, 32, "%s", fixture_text(f, "Cookie"));
    return into;
}

TEST(messages_wait_until_a_cookie_past_them_comes_back)
{
    struct shard_fixture *f = three();
    int bob;
    char cookie[32];

    fixture_send_rest(f, "alice", "bob", "one", "");
    fixture_advance(f, 1);
    fixture_send_rest(f, "carol", "bob", "two", "");
    fixture_send_rest(f, "carol", "bob", "online only", ",\"MsgLifeTime\":0");
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    for (int i = 0; i < 2; i++) {
        sync_with(f, bob, "");
        assert_int_equal(fixture_number(f, "SyncFlag"), 2);
        assert_int_equal(fixture_count(f, "MsgList"), 2);
        assert_string_equal(fixture_text(f, "MsgList.0.MsgBody.0.MsgContent.Text"), "one");
        assert_string_equal(fixture_text(f, "MsgList.1.MsgBody.0.MsgContent.Text"), "two");
        assert_string_equal(fixture_text(f, "MsgList.1.From_Account"), "carol");
        assert_string_equal(fixture_text(f, "MsgList.1.To_Account"), "bob");
        assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 2);
        assert_int_equal(fixture_count(f, "C2CRemainingUnreadCount"), 0);
        assert_int_equal(fixture_count(f, "EventArray"), 0);
    }
    sync_with(f, bob, cookie_of(f, cookie));
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 2);
    fixture_restart(f);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_send_rest(f, "alice", "bob", "three", "");
    sync_with(f, bob, cookie);
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    sync_with(f, bob, "of another server");
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    sync_with(f, bob, "18446744073709551615");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_free(f);
}

TEST(what_is_read_withdrawn_or_past_its_lifetime_does_not_wait)
{
    struct shard_fixture *f = three();
    struct message_key key;
    int bob;
    char text[51];

    fixture_send_rest(f, "alice", "bob", "read", "");
    fixture_admin(f, "openim.admin_set_msg_read",
                  "{\"Report_Account\":\"bob\",\"Peer_Account\":\"alice\"}");
    fixture_send_rest(f, "carol", "bob", "short", ",\"MsgLifeTime\":30");
    key = fixture_send_rest(f, "carol", "bob", "withdrawn", "");
    fixture_admin(f, "openim.admin_msgwithdraw",
                  "{\"From_Account\":\"carol\",\"To_Account\":\"bob\",\"MsgKey\":\"%s\"}",
                  fixture_key_text(key, text));
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    assert_string_equal(fixture_text(f, "MsgList.0.MsgBody.0.MsgContent.Text"), "short");
    fixture_advance(f, 30);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_free(f);
}

TEST(many_messages_come_in_pages_each_once)
{
    struct shard_fixture *f = three();
    unsigned total = 0, pages = 0;
    int bob;
    char cookie[32] = "", text[16], expected[16];

    for (unsigned i = 0; i < 180; i++) {
        snprintf(text, sizeof(text), "m%u", i);
        fixture_send_rest(f, i % 2 ? "alice" : "carol", "bob", text, "");
        if (i % 60 == 0)
            fixture_advance(f, 1);
    }
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    do {
        sync_with(f, bob, cookie);
        for (size_t i = 0; i < fixture_count(f, "MsgList"); i++) {
            char path[64];

            snprintf(path, sizeof(path), "MsgList.%u.MsgBody.0.MsgContent.Text", (unsigned)i);
            snprintf(expected, sizeof(expected), "m%u", total++);
            assert_string_equal(fixture_text(f, path), expected);
        }
        cookie_of(f, cookie);
        pages++;
    } while (fixture_number(f, "SyncFlag") == 1);
    assert_int_equal(total, 180);
    assert_int_equal(pages, 2);
    fixture_free(f);
}

TEST(a_push_ack_counts_only_after_getmsg_has_come_to_its_end_on_that_socket)
{
    struct shard_fixture *f = three();
    int bob;
    uint64_t position;

    fixture_send_rest(f, "alice", "bob", "missed", "");
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    fixture_forget(f);
    fixture_send_rest(f, "alice", "bob", "live", "");
    assert_int_equal(fixture_pushed(f, bob, "live"), 1);
    position = f->push[0].position;
    fixture_user(f, bob, "openim.ws_msg_push_ack", "{\"SessionData\":\"%llu\"}",
                 (unsigned long long)position);
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 2);
    fixture_user(f, bob, "openim.ws_msg_push_ack", "{\"SessionData\":\"99999999\"}");
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 2);
    fixture_user(f, bob, "openim.ws_msg_push_ack", "{\"SessionData\":\"%llu\"}",
                 (unsigned long long)position);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_free(f);
}

TEST(an_ack_is_asked_for_only_after_getmsg_has_come_to_its_end)
{
    struct shard_fixture *f = three();
    int bob;

    fixture_send_rest(f, "alice", "bob", "missed", "");
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    fixture_forget(f);
    fixture_send_rest(f, "alice", "bob", "live", "");
    assert_int_equal(fixture_pushed(f, bob, "live"), 1);
    assert_int_equal(fixture_pushed(f, bob, "NeedAck"), 0);
    sync_with(f, bob, "");
    fixture_send_rest(f, "alice", "bob", "later", "");
    assert_int_equal(fixture_pushed(f, bob, "NeedAck"), 1);
    fixture_free(f);
}

TEST(a_client_that_comes_back_hears_of_counts_that_fell_to_0)
{
    struct shard_fixture *f = three();
    int bob;
    char cookie[32];

    fixture_send_rest(f, "alice", "bob", "x", "");
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    sync_with(f, bob, "");
    cookie_of(f, cookie);
    fixture_admin(f, "openim.admin_set_msg_read",
                  "{\"Report_Account\":\"bob\",\"Peer_Account\":\"alice\"}");
    sync_with(f, bob, cookie);
    assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 1);
    assert_int_equal(fixture_number(f, "C2CPairUnreadCount.0.UnreadCount"), 0);
    sync_with(f, bob, "");
    assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 0);
    fixture_free(f);
}

/* ---- many commands at once ---- */

#define PEOPLE 12

static uint32_t roll(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

static void login_all(struct shard_fixture *f, int *terminals)
{
    char name[16];

    for (int i = 0; i < PEOPLE; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        terminals[i] = fixture_login(f, name, PLATFORM_WEB);
    }
}

static void post_one(struct shard_fixture *f, const int *terminals, uint32_t *seed)
{
    int from = terminals[roll(seed, PEOPLE)];
    uint32_t to = roll(seed, PEOPLE);

    switch (roll(seed, 10)) {
    case 0:
        fixture_post(f, from, "openim.getmsg", "{\"Cookie\":\"%u\"}", roll(seed, 500));
        break;
    case 1:
        fixture_post(f, from, "openim.msgreaded",
                     "{\"C2CMsgReaded\":{\"C2CMsgReadedItem\":[{\"To_Account\":\"u%u\"}]}}", to);
        break;
    case 2:
        fixture_post(f, from, "recentcontact.page_get", "{}");
        break;
    case 3:
        fixture_post(f, from, "recentcontact.batch_delete",
                     "{\"ContactItem\":[{\"Type\":1,\"To_Account\":\"u%u\"}],\"ClearRamble\":%u}",
                     to, roll(seed, 2));
        break;
    case 4:
        fixture_post(f, from, "openim.getroammsg", "{\"Peer_Account\":\"u%u\",\"LastMsgTime\":%u}",
                     to, fixture_now(f) - roll(seed, 100));
        break;
    case 5:
        fixture_post(f, -1, "openim.sendmsg",
                     "{\"From_Account\":\"u%u\",\"To_Account\":\"u%u\",\"MsgRandom\":%u,"
                     "\"MsgTimeStamp\":%u,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                     "\"MsgContent\":{\"Text\":\"r\"}}]}",
                     to, roll(seed, PEOPLE), roll(seed, 1u << 24),
                     fixture_now(f) - roll(seed, 100000));
        break;
    default:
        fixture_post(f, from, "openim.sendmsg",
                     "{\"To_Account\":\"u%u\",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgBody\":[{"
                     "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"t\"}}]}",
                     to, roll(seed, 1000), roll(seed, 1u << 24));
    }
}

static void random_run(uint32_t seed, int rounds)
{
    struct shard_fixture *f = fixture_new(1 << (14 + roll(&seed, 4)));
    int terminals[PEOPLE];
    char name[16];

    for (int i = 0; i < PEOPLE; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        fixture_account(f, name);
    }
    login_all(f, terminals);
    f->chance ^= seed;
    f->shuffle = true;
    for (int round = 0; round < rounds; round++) {
        for (uint32_t i = roll(&seed, 16); i > 0; i--)
            post_one(f, terminals, &seed);
        fixture_drain(f);
        fixture_forget(f);
        fixture_advance(f, roll(&seed, 50) ? 1 : 2 * 86400);
        if (roll(&seed, 4) == 0)
            fixture_checkpoint(f);
        if (roll(&seed, 8) == 0)
            fixture_compact(f);
        if (roll(&seed, 10) == 0) {
            uint64_t before = fixture_digest(f);

            fixture_restart(f);
            assert_int_equal(fixture_digest(f), before);
            login_all(f, terminals);
        }
    }
    fixture_free(f);
}

TEST(commands_under_way_together_all_end_and_a_restart_finds_the_same_state)
{
    for (uint32_t seed = 1; seed <= 12; seed++)
        random_run(seed, 80);
}

int main(void)
{
    return RUN_TESTS(T(messages_wait_until_a_cookie_past_them_comes_back),
                     T(what_is_read_withdrawn_or_past_its_lifetime_does_not_wait),
                     T(many_messages_come_in_pages_each_once),
                     T(a_push_ack_counts_only_after_getmsg_has_come_to_its_end_on_that_socket),
                     T(an_ack_is_asked_for_only_after_getmsg_has_come_to_its_end),
                     T(a_client_that_comes_back_hears_of_counts_that_fell_to_0),
                     T(commands_under_way_together_all_end_and_a_restart_finds_the_same_state));
}
